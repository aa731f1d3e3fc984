package caddymodule

import (
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func init() {
	httpcaddyfile.RegisterGlobalOption("gatewright", parseGlobalOption)
	httpcaddyfile.RegisterHandlerDirective("gatewright", parseGateway)
	httpcaddyfile.RegisterHandlerDirective("gatewright_admin", parseAdminHandler)
	// Each goes right behind forward_auth, so the one named last is the first to see a request.
	httpcaddyfile.RegisterDirectiveOrder("gatewright", httpcaddyfile.After, "forward_auth")
	httpcaddyfile.RegisterDirectiveOrder("gatewright_admin", httpcaddyfile.After, "forward_auth")
}

// parseGlobalOption reads the app from the global options.
func parseGlobalOption(d *caddyfile.Dispenser, existing any) (any, error) {
	if existing != nil {
		return nil, d.Err("gatewright is configured twice in the global options")
	}
	app := new(App)
	if err := app.UnmarshalCaddyfile(d); err != nil {
		return nil, err
	}
	return httpcaddyfile.App{Name: appName, Value: caddyconfig.JSON(app, nil)}, nil
}

func parseGateway(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	g := new(Gateway)
	return g, g.UnmarshalCaddyfile(h.Dispenser)
}

func parseAdminHandler(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	a := new(AdminHandler)
	return a, a.UnmarshalCaddyfile(h.Dispenser)
}

// options reads a block of options, each by its function; an unknown and a repeated option are errors.
type options struct {
	d      *caddyfile.Dispenser
	what   string
	parse  map[string]func() error
	repeat map[string]bool // options that may stand more than once
}

func (o options) read() error {
	seen := make(map[string]bool)
	for nesting := o.d.Nesting(); o.d.NextBlock(nesting); {
		name := o.d.Val()
		parse, ok := o.parse[name]
		if !ok {
			return o.d.Errf("%s has no option %q", o.what, name)
		}
		if seen[name] && !o.repeat[name] {
			return o.d.Errf("%s has the option %q twice", o.what, name)
		}
		seen[name] = true
		if err := parse(); err != nil {
			return err
		}
	}
	return nil
}

// UnmarshalCaddyfile reads the app. Syntax:
//
//	gatewright {
//	    store <backend> [<args...>]
//	    jwt {
//	        secret     <secret>
//	        expires_in <duration>
//	        algorithm  HS256
//	    }
//	    api_prefix  <path>
//	    public_url  <url>
//	    register {
//	        allowed_fields <name...>
//	    }
//	    bcrypt_cost <number>
//	    <rules>
//	}
//
// with the rules that a site can have, too:
//
//	route          <method> <path> <action>|public|authenticated
//	content_type   <plural> [<singular>]
//	unknown_routes deny|authenticated|public
//	cors {
//	    origin <origin...>
//	    credentials
//	    header <name...>
//	    expose <name...>
//	}
//	forward_token
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the name of the option
	if d.NextArg() {
		return d.ArgErr()
	}
	o := options{d: d, what: "gatewright", repeat: rulesRepeat, parse: a.Rules.options(d)}
	o.parse["store"] = func() error { return a.parseStore(d) }
	o.parse["jwt"] = func() error { return a.JWT.parse(d) }
	o.parse["api_prefix"] = func() error { return oneArg(d, &a.APIPrefix) }
	o.parse["public_url"] = func() error { return oneArg(d, &a.PublicURL) }
	o.parse["register"] = func() error { return a.Register.parse(d) }
	o.parse["bcrypt_cost"] = func() error { return a.parseCost(d) }
	if err := o.read(); err != nil {
		return err
	}
	if a.APIPrefix != "" && a.APIPrefix[0] != '/' {
		return d.Errf("api_prefix %q does not begin with a slash", a.APIPrefix)
	}
	return nil
}

func (a *App) parseStore(d *caddyfile.Dispenser) error {
	if !d.NextArg() {
		return d.Err("store needs a backend: store sqlite <path>")
	}
	name := d.Val()
	if _, err := caddy.GetModule("gatewright.stores." + name); err != nil {
		return d.Errf("there is no store %q in this build; sqlite is one", name)
	}
	module, err := caddyfile.UnmarshalModule(d, "gatewright.stores."+name)
	if err != nil {
		return err
	}
	a.StoreRaw = caddyconfig.JSONModuleObject(module, "backend", name, nil)
	return nil
}

func (a *App) parseCost(d *caddyfile.Dispenser) error {
	var text string
	if err := oneArg(d, &text); err != nil {
		return err
	}
	cost, err := strconv.Atoi(text)
	if err != nil {
		return d.Errf("bcrypt_cost %q is no number", text)
	}
	a.BcryptCost = cost
	return nil
}

func (j *JWT) parse(d *caddyfile.Dispenser) error {
	if d.NextArg() {
		return d.ArgErr()
	}
	return options{d: d, what: "jwt", parse: map[string]func() error{
		"secret":    func() error { return oneArg(d, &j.Secret) },
		"algorithm": func() error { return oneArg(d, &j.Algorithm) },
		"expires_in": func() error {
			var text string
			if err := oneArg(d, &text); err != nil {
				return err
			}
			lifetime, err := caddy.ParseDuration(text)
			if err != nil || lifetime <= 0 {
				return d.Errf("expires_in %q is no duration such as 12h or 30d", text)
			}
			j.ExpiresIn = caddy.Duration(lifetime)
			return nil
		},
	}}.read()
}

func (r *Register) parse(d *caddyfile.Dispenser) error {
	if d.NextArg() {
		return d.ArgErr()
	}
	return options{d: d, what: "register", parse: map[string]func() error{
		"allowed_fields": func() error { return manyArgs(d, &r.AllowedFields) },
	}}.read()
}

// UnmarshalCaddyfile reads the handler. Syntax:
//
//	gatewright [<matcher>] {
//	    <rules>
//	}
//
// The rules are those of App.UnmarshalCaddyfile.
func (g *Gateway) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the name of the directive
	if d.NextArg() {
		return d.ArgErr()
	}
	return options{d: d, what: "gatewright", parse: g.Rules.options(d), repeat: rulesRepeat}.read()
}

// UnmarshalCaddyfile reads the handler. Syntax:
//
//	gatewright_admin [<matcher>]
func (h *AdminHandler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the name of the directive
	if d.NextArg() {
		return d.ArgErr()
	}
	return options{d: d, what: "gatewright_admin"}.read()
}

// oneArg reads exactly one argument.
func oneArg(d *caddyfile.Dispenser, target *string) error {
	if !d.AllArgs(target) {
		return d.ArgErr()
	}
	return nil
}

// manyArgs reads at least one argument.
func manyArgs(d *caddyfile.Dispenser, target *[]string) error {
	args := d.RemainingArgs()
	if len(args) == 0 {
		return d.ArgErr()
	}
	*target = append(*target, args...)
	return nil
}

// Interface guards.
var (
	_ caddyfile.Unmarshaler = (*App)(nil)
	_ caddyfile.Unmarshaler = (*Gateway)(nil)
	_ caddyfile.Unmarshaler = (*AdminHandler)(nil)
)
