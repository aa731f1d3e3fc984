package caddymodule

import (
	"fmt"
	"strings"

	"github.com/gatewright/gatewright/policy"
)

// Rules say which requests are let through to the upstream. Those of the app hold for every site, those of a handler for
// its own besides.
type Rules struct {
	// Routes give actions to requests.
	Routes []Route `json:"routes,omitempty"`

	// ContentTypes are shorthand for five routes each.
	ContentTypes []ContentType `json:"content_types,omitempty"`

	// UnknownRoutes is what becomes of a request for which there is no route: "deny" (404 on GET and HEAD, 405 on other
	// methods), "authenticated" (only signed-in users get through) or "public" (everyone does). Targets that could be
	// read in two ways are refused in any case. Default: deny.
	UnknownRoutes string `json:"unknown_routes,omitempty"`

	// CORS lets pages of other origins call the API from a browser. Default: none; an upstream's own CORS headers are
	// left alone then, but preflight requests do not reach it.
	CORS *CORS `json:"cors,omitempty"`

	// ForwardToken hands the Authorization header of a user's token on to the upstream, which is needed in front of
	// Strapi itself. Default: the header is removed.
	ForwardToken bool `json:"forward_token,omitempty"`

	// RaiseErrors hands refusals of requests to the upstream to the site's handle_errors instead of answering them with
	// the envelope that clients of the API know. Default: false.
	RaiseErrors bool `json:"raise_errors,omitempty"`
}

// Route gives an action to the requests with a method and a path.
type Route struct {
	// Method is GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, or * for all. HEAD requests use the GET route where they have
	// none of their own. Required.
	Method string `json:"method,omitempty"`

	// Path begins with a slash and has {name} for one segment, whatever it is, and * as its last segment for any rest
	// that is not empty. Letter case and a slash at the end do not matter. Where several routes match, the more literal
	// one counts. Required.
	Path string `json:"path,omitempty"`

	// Action is what a role must be allowed to do, such as api::article.article.find; or "public" for everyone, whoever
	// asks and with whatever token; or "authenticated" for every signed-in user. Required.
	Action string `json:"action,omitempty"`
}

// ContentType is a collection with the REST routes of Strapi: find, findOne, create, update and delete.
type ContentType struct {
	// Plural is the name in the path: articles for /api/articles. Required.
	Plural string `json:"plural,omitempty"`

	// Singular is the name in the actions: article for api::article.article.find. Default: the plural without its s,
	// where that is safe to guess.
	Singular string `json:"singular,omitempty"`
}

// The values of UnknownRoutes.
const (
	unknownDeny          = "deny"
	unknownAuthenticated = "authenticated"
	unknownPublic        = "public"
)

func (r *Rules) setDefaults() {
	if r.UnknownRoutes == "" {
		r.UnknownRoutes = unknownDeny
	}
}

func (r *Rules) validate() error {
	if _, err := r.unknownAccess(); err != nil {
		return err
	}
	if r.CORS != nil {
		return r.CORS.validate()
	}
	return nil
}

// unknownAccess is who gets through without a route; nil is nobody.
func (r *Rules) unknownAccess() (*policy.Route, error) {
	switch r.UnknownRoutes {
	case unknownDeny:
		return nil, nil
	case unknownAuthenticated:
		return &policy.Route{Access: policy.Authenticated, Source: "unknown_routes"}, nil
	case unknownPublic:
		return &policy.Route{Access: policy.Public, Source: "unknown_routes"}, nil
	}
	return nil, fmt.Errorf("unknown_routes is %q and has to be deny, authenticated or public", r.UnknownRoutes)
}

// compile returns the routes to the upstream.
func (r *Rules) compile(prefix string) ([]policy.Route, error) {
	var routes []policy.Route
	for _, route := range r.Routes {
		routes = append(routes, route.compile())
	}
	for _, ct := range r.ContentTypes {
		more, err := ct.compile(prefix)
		if err != nil {
			return nil, err
		}
		routes = append(routes, more...)
	}
	return routes, nil
}

func (r Route) compile() policy.Route {
	route := policy.Route{Method: strings.ToUpper(r.Method), Pattern: r.Path, Source: "route"}
	switch r.Action {
	case "public":
		route.Access = policy.Public
	case "authenticated":
		route.Access = policy.Authenticated
	default:
		route.Action = r.Action
	}
	return route
}

func (c ContentType) compile(prefix string) ([]policy.Route, error) {
	if c.Plural == "" || strings.ContainsAny(c.Plural, "/{}*:") {
		return nil, fmt.Errorf("content_type %q: the plural is one segment of a path, such as articles", c.Plural)
	}
	singular := c.Singular
	if singular == "" {
		singular = singularOf(c.Plural)
	}
	if singular == "" {
		return nil, fmt.Errorf("content_type %s: what is one of them called? Say content_type %s <singular>", c.Plural, c.Plural)
	}
	all := prefix + "/" + c.Plural
	one := all + "/{id}"
	action := "api::" + singular + "." + singular + "."
	source := "content_type " + c.Plural
	return []policy.Route{
		{Method: "GET", Pattern: all, Action: action + "find", Source: source},
		{Method: "GET", Pattern: one, Action: action + "findOne", Source: source},
		{Method: "POST", Pattern: all, Action: action + "create", Source: source},
		{Method: "PUT", Pattern: one, Action: action + "update", Source: source},
		{Method: "DELETE", Pattern: one, Action: action + "delete", Source: source},
	}, nil
}

// singularOf guesses as far as a guess is safe; empty means that it is not.
func singularOf(plural string) string {
	stem, ok := strings.CutSuffix(plural, "s")
	if !ok || strings.HasSuffix(stem, "s") {
		return ""
	}
	// Houses are of a house, but addresses of an address; categories of a category, but movies of a movie.
	for _, ending := range []string{"se", "xe", "ze", "che", "she", "ie"} {
		if strings.HasSuffix(stem, ending) {
			return ""
		}
	}
	return stem
}
