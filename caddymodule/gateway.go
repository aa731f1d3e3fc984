package caddymodule

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/gatewright/gatewright/api"
	"github.com/gatewright/gatewright/internal/canonical"
	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/sessions"
)

func init() { caddy.RegisterModule(Gateway{}) }

// Gateway is the handler that judges every request of a site: it answers the endpoints of accounts itself and hands on to
// the next handler what the caller's role may do.
//
// It sets these placeholders for logs and later handlers, empty for a caller without an account:
//
//	{http.auth.user.id}        the numeric id
//	{http.auth.user.username}  the username
//	{http.auth.user.email}     the e-mail address
//	{http.auth.user.role}      the type of the role; "public" for a caller without an account
//
// A handler's own routes and content types are added to those of the app; unknown_routes and cors replace the app's.
type Gateway struct {
	Rules

	app      *App
	logger   *zap.Logger
	table    *policy.Table
	upstream []policy.Route
	unknown  *policy.Route
}

// CaddyModule returns the Caddy module information.
func (Gateway) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.gatewright", New: func() caddy.Module { return new(Gateway) }}
}

// Provision finds the app and compiles the routes.
func (g *Gateway) Provision(ctx caddy.Context) error {
	g.logger = ctx.Logger()
	app, err := ctx.App(appName)
	if err != nil {
		return err
	}
	g.app = app.(*App)
	if g.UnknownRoutes == "" {
		g.UnknownRoutes = g.app.UnknownRoutes
	}
	if g.CORS == nil {
		g.CORS = g.app.CORS
	}
	g.ForwardToken = g.ForwardToken || g.app.ForwardToken
	g.RaiseErrors = g.RaiseErrors || g.app.RaiseErrors
	if err := g.compile(); err != nil {
		return err
	}
	g.app.register(g)
	return nil
}

func (g *Gateway) compile() error {
	var err error
	if g.unknown, err = g.unknownAccess(); err != nil {
		return err
	}
	for _, rules := range []*Rules{&g.app.Rules, &g.Rules} {
		routes, err := rules.compile(g.app.APIPrefix)
		if err != nil {
			return err
		}
		g.upstream = append(g.upstream, routes...)
	}
	g.table, err = policy.Compile(append(g.app.server.Routes(), g.upstream...))
	return err
}

// Validate checks the options.
func (g *Gateway) Validate() error { return g.validate() }

// ServeHTTP judges a request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if g.CORS != nil {
		var done bool
		if w, done = g.CORS.handle(w, r); done {
			return nil
		}
	}
	path, err := canonical.Parse(rawPath(r.URL))
	if err != nil {
		return g.refuseTarget(w, r, err)
	}
	var buffer [8]policy.Param
	match, ok := g.table.Match(r.Method, path, buffer[:])
	switch {
	case !ok && (g.unknown == nil || match.EscapedLiteral):
		return g.unmatched(w, r, g.table.Allow(path))
	case !ok:
		return g.proxy(w, r, next, g.unknown, path.String())
	case match.Route.Endpoint != nil:
		g.app.server.Serve(w, r, match, func() (api.Caller, error) { return g.admit(r, match.Route) })
		return nil
	}
	return g.proxy(w, r, next, match.Route, match.ForwardPath())
}

// rawPath is the path as it was sent. Path and RawPath are those an upstream will see, after any rewriting by handlers
// before this one.
func rawPath(u *url.URL) string {
	if u.RawPath != "" {
		if path, err := url.PathUnescape(u.RawPath); err == nil && path == u.Path {
			return u.RawPath
		}
	}
	return u.EscapedPath()
}

// proxy hands a request on, in the form that was judged, if the caller may use the route.
func (g *Gateway) proxy(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler, route *policy.Route, path string) error {
	if _, err := g.admit(r, route); err != nil {
		return g.refuse(w, r, route, err)
	}
	if err := forwardAs(r, path); err != nil {
		return g.refuse(w, r, route, err)
	}
	if !g.ForwardToken && sessions.HasBearer(r.Header["Authorization"]) {
		r.Header.Del("Authorization")
	}
	return next.ServeHTTP(w, r)
}

// admit decides about a request, and says in the placeholders who it comes from, also of one that is refused.
func (g *Gateway) admit(r *http.Request, route *policy.Route) (api.Caller, error) {
	caller, err := g.app.guard.Admit(r, route)
	identify(r, caller)
	return caller, err
}

// forwardAs gives a request the target that was judged.
func forwardAs(r *http.Request, path string) error {
	plain, err := url.PathUnescape(path)
	if err != nil {
		return fmt.Errorf("unescaping the canonical path: %w", err)
	}
	r.URL.Path, r.URL.RawPath = plain, path
	r.RequestURI = r.URL.RequestURI()
	r.Host = canonicalHost(r.Host)
	return nil
}

// canonicalHost is the host in lower case and without a dot at the end, with its port.
func canonicalHost(host string) string {
	if _, port, err := net.SplitHostPort(host); err == nil {
		return net.JoinHostPort(canonical.Host(host), port)
	}
	if strings.HasPrefix(host, "[") {
		return "[" + canonical.Host(host) + "]"
	}
	return canonical.Host(host)
}

func identify(r *http.Request, caller api.Caller) {
	repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return
	}
	id := ""
	if !caller.Anonymous() {
		id = strconv.FormatInt(caller.UserID, 10)
	}
	repl.Set("http.auth.user.id", id)
	repl.Set("http.auth.user.username", caller.Username)
	repl.Set("http.auth.user.email", caller.Email)
	repl.Set("http.auth.user.role", caller.Role.Type)
}

// clientIP is the address a request comes from, by Caddy's rules for trusted proxies.
func clientIP(r *http.Request) string {
	if address, ok := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string); ok {
		return address
	}
	return ""
}

// unmatched answers a request without a route.
func (g *Gateway) unmatched(w http.ResponseWriter, r *http.Request, allow []string) error {
	if g.RaiseErrors && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return caddyhttp.Error(api.ErrNotFound.Status, api.ErrNotFound)
	}
	api.WriteUnmatched(w, r.Method, allow)
	return nil
}

// refuseTarget answers a request whose target has no single reading.
func (g *Gateway) refuseTarget(w http.ResponseWriter, r *http.Request, err error) error {
	// Without the query, which may have a code in it.
	g.logger.Info("target refused", zap.String("method", r.Method), zap.String("path", shortened(r.URL.EscapedPath())),
		zap.Error(err))
	if errors.Is(err, canonical.ErrMalicious) {
		return g.write(w, api.ErrMaliciousPath)
	}
	return g.unmatched(w, r, []string{http.MethodHead, http.MethodGet})
}

// maxLoggedPath bounds how much of a path stands in the log, in bytes.
const maxLoggedPath = 256

func shortened(path string) string { return path[:min(len(path), maxLoggedPath)] }

// refuse answers a request that may not pass.
func (g *Gateway) refuse(w http.ResponseWriter, r *http.Request, route *policy.Route, err error) error {
	g.logger.Debug("request refused", zap.String("method", r.Method), zap.String("route", route.Pattern),
		zap.String("action", route.Action), zap.Error(err))
	return g.write(w, err)
}

// write answers with the envelope, or raises the error for the site's handle_errors. What it gets is public.
func (g *Gateway) write(w http.ResponseWriter, err error) error {
	if g.RaiseErrors {
		public := api.Public(err)
		if public.Status >= http.StatusInternalServerError {
			g.logger.Error("request failed", zap.Error(err))
		}
		return caddyhttp.Error(public.Status, public)
	}
	if cause := api.WriteError(w, err); cause != nil {
		g.logger.Error("request failed", zap.Error(cause))
	}
	return nil
}

// Interface guards.
var (
	_ caddy.Provisioner           = (*Gateway)(nil)
	_ caddy.Validator             = (*Gateway)(nil)
	_ caddyhttp.MiddlewareHandler = (*Gateway)(nil)
)
