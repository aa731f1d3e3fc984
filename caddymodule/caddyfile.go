package caddymodule

import (
	"encoding/json"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/sessions"
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
		d.Next() // for the line number
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
		if name == "{" {
			return o.d.Errf("%s: there is no block here", o.what)
		}
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
//	    password {
//	        min_length <number>
//	        require    lower|upper|digit|symbol...
//	        refused    <file>
//	    }
//	    user_field <name> string|integer|float|boolean|datetime|json
//	    mailer <name> [<args...>]
//	    codes {
//	        reset        <duration>
//	        confirmation <duration>
//	    }
//	    conceal_accounts
//	    audit_retention <duration>
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
//	raise_errors
func (a *App) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the name of the option
	if d.NextArg() {
		return d.ArgErr()
	}
	o := options{d: d, what: "gatewright", repeat: map[string]bool{"route": true, "content_type": true, "user_field": true}, parse: a.Rules.options(d)}
	o.parse["store"] = func() error { return a.parseStore(d) }
	o.parse["jwt"] = func() error { return a.JWT.parse(d) }
	o.parse["api_prefix"] = func() error { return a.parsePrefix(d) }
	o.parse["public_url"] = func() error { return checkedArg(d, &a.PublicURL, checkPublicURL) }
	o.parse["register"] = func() error { return a.Register.parse(d) }
	o.parse["bcrypt_cost"] = func() error {
		if err := numberArg(d, &a.BcryptCost); err != nil {
			return err
		}
		return wrapped(d, accounts.CheckCost(a.BcryptCost))
	}
	o.parse["password"] = func() error { return a.Password.parse(d) }
	o.parse["user_field"] = func() error { return a.parseUserField(d) }
	o.parse["mailer"] = func() error { return a.parseMailer(d) }
	o.parse["codes"] = func() error { return a.Codes.parse(d) }
	o.parse["conceal_accounts"] = func() error { a.ConcealAccounts = true; return noArgs(d) }
	o.parse["audit_retention"] = func() error { return durationArg(d, &a.AuditRetention) }
	if err := o.read(); err != nil {
		return err
	}
	if err := a.checkAllowedFields(); err != nil {
		return d.WrapErr(err)
	}
	return a.Rules.refuseDuplicates(d)
}

func (a *App) parsePrefix(d *caddyfile.Dispenser) error {
	if err := oneArg(d, &a.APIPrefix); err != nil {
		return err
	}
	if !strings.HasPrefix(a.APIPrefix, "/") {
		return d.Errf("api_prefix %q does not begin with a slash", a.APIPrefix)
	}
	return nil
}

func (a *App) parseStore(d *caddyfile.Dispenser) (err error) {
	a.StoreRaw, err = parseGuest(d, "store", "gatewright.stores.", "backend")
	return err
}

func (a *App) parseMailer(d *caddyfile.Dispenser) (err error) {
	a.MailerRaw, err = parseGuest(d, "mailer", "gatewright.mailers.", "mailer")
	return err
}

// parseGuest reads the name of a guest module and what belongs to it.
func parseGuest(d *caddyfile.Dispenser, option, namespace, key string) (json.RawMessage, error) {
	if !d.NextArg() {
		return nil, d.Errf("%s needs the name of one: %s", option, guestNames(namespace))
	}
	name := d.Val()
	if _, err := caddy.GetModule(namespace + name); err != nil {
		return nil, d.Errf("there is no %s %q in this build; there is %s", option, name, guestNames(namespace))
	}
	module, err := caddyfile.UnmarshalModule(d, namespace+name)
	if err != nil {
		return nil, err
	}
	return caddyconfig.JSONModuleObject(module, key, name, nil), nil
}

func guestNames(namespace string) string {
	var names []string
	for _, m := range caddy.GetModules(strings.TrimSuffix(namespace, ".")) {
		names = append(names, m.ID.Name())
	}
	return strings.Join(names, ", ")
}

func (j *JWT) parse(d *caddyfile.Dispenser) error {
	if d.NextArg() {
		return d.ArgErr()
	}
	return options{d: d, what: "jwt", parse: map[string]func() error{
		"secret":     func() error { return checkedArg(d, &j.Secret, sessions.CheckSecret) },
		"algorithm":  func() error { return j.parseAlgorithm(d) },
		"expires_in": func() error { return durationArg(d, &j.ExpiresIn) },
	}}.read()
}

func (j *JWT) parseAlgorithm(d *caddyfile.Dispenser) error {
	if err := oneArg(d, &j.Algorithm); err != nil {
		return err
	}
	if err := j.checkAlgorithm(); err != nil {
		return d.WrapErr(err)
	}
	return nil
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
	if err := (options{d: d, what: "gatewright", parse: g.Rules.options(d), repeat: rulesRepeat}).read(); err != nil {
		return err
	}
	return g.Rules.refuseDuplicates(d)
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

// checkedArg is oneArg for a value that can be judged at once, unless it is not known before the server runs.
func checkedArg(d *caddyfile.Dispenser, target *string, check func(string) error) error {
	if err := oneArg(d, target); err != nil {
		return err
	}
	if hasPlaceholder(*target) {
		return nil
	}
	return wrapped(d, check(*target))
}

// wrapped adds file and line to an error.
func wrapped(d *caddyfile.Dispenser, err error) error {
	if err != nil {
		return d.WrapErr(err)
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
