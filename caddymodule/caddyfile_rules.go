package caddymodule

import (
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/gatewright/gatewright/policy"
)

// rulesRepeat are the options of Rules that may stand more than once.
var rulesRepeat = map[string]bool{"route": true, "content_type": true}

// options returns what reads the options of Rules.
func (r *Rules) options(d *caddyfile.Dispenser) map[string]func() error {
	return map[string]func() error{
		"route":          func() error { return r.parseRoute(d) },
		"content_type":   func() error { return r.parseContentType(d) },
		"unknown_routes": func() error { return r.parseUnknownRoutes(d) },
		"cors":           func() error { return r.parseCORS(d) },
		"raise_errors":   func() error { r.RaiseErrors = true; return noArgs(d) },
		"forward_token":  func() error { r.ForwardToken = true; return noArgs(d) },
	}
}

func (r *Rules) parseRoute(d *caddyfile.Dispenser) error {
	var route Route
	if !d.AllArgs(&route.Method, &route.Path, &route.Action) {
		return d.Err("route takes a method, a path and an action (or public, or authenticated)")
	}
	// Compiled now for the sake of the line number; compiled for good when the handler is provisioned.
	if _, err := policy.Compile([]policy.Route{route.compile()}); err != nil {
		return d.WrapErr(err)
	}
	r.Routes = append(r.Routes, route)
	return nil
}

func (r *Rules) parseContentType(d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	if len(args) != 1 && len(args) != 2 {
		return d.Err("content_type takes the plural and, where it cannot be guessed, the singular")
	}
	contentType := ContentType{Plural: args[0]}
	if len(args) == 2 {
		contentType.Singular = args[1]
	}
	routes, err := contentType.compile("")
	if err == nil {
		_, err = policy.Compile(routes)
	}
	if err != nil {
		return d.WrapErr(err)
	}
	r.ContentTypes = append(r.ContentTypes, contentType)
	return nil
}

// refuseDuplicates tells where two rules of a block are about the same requests. Rules of different blocks, and our own
// endpoints, are compared when the handler is provisioned.
func (r *Rules) refuseDuplicates(d *caddyfile.Dispenser) error {
	// Apart from one another: below which prefix the content types are is not known here.
	for _, rules := range []Rules{{Routes: r.Routes}, {ContentTypes: r.ContentTypes}} {
		routes, err := rules.compile("")
		if err == nil {
			_, err = policy.Compile(routes)
		}
		if err != nil {
			return d.WrapErr(err)
		}
	}
	return nil
}

func (r *Rules) parseUnknownRoutes(d *caddyfile.Dispenser) error {
	if err := oneArg(d, &r.UnknownRoutes); err != nil {
		return err
	}
	if _, err := r.unknownAccess(); err != nil {
		return d.WrapErr(err)
	}
	return nil
}

func (r *Rules) parseCORS(d *caddyfile.Dispenser) error {
	if err := noArgs(d); err != nil {
		return err
	}
	c := new(CORS)
	err := options{d: d, what: "cors", repeat: map[string]bool{"origin": true, "header": true, "expose": true}, parse: map[string]func() error{
		"origin":      func() error { return c.parseOrigins(d) },
		"credentials": func() error { c.Credentials = true; return noArgs(d) },
		"header":      func() error { return manyArgs(d, &c.Headers) },
		"expose":      func() error { return manyArgs(d, &c.ExposedHeaders) },
	}}.read()
	if err != nil {
		return err
	}
	if err := c.validate(); err != nil {
		return d.WrapErr(err)
	}
	r.CORS = c
	return nil
}

func (c *CORS) parseOrigins(d *caddyfile.Dispenser) error {
	if err := manyArgs(d, &c.Origins); err != nil {
		return err
	}
	for _, origin := range c.Origins {
		if err := checkOrigin(origin); err != nil {
			return d.WrapErr(err)
		}
	}
	return nil
}

func noArgs(d *caddyfile.Dispenser) error {
	if d.NextArg() {
		return d.ArgErr()
	}
	return nil
}
