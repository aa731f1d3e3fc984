package caddymodule

import (
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatewright/gatewright/api"
	"github.com/gatewright/gatewright/internal/canonical"
	"github.com/gatewright/gatewright/policy"
)

func init() { caddy.RegisterModule(AdminHandler{}) }

// AdminHandler is the handler that serves operators: signing in at /admin/login, and roles, permissions and settings below
// /users-permissions, as Strapi's admin API has them. Every other request goes to the next handler. It is off unless
// configured, and may stand in a site or on a listener of its own.
type AdminHandler struct {
	app   *App
	table *policy.Table
}

// CaddyModule returns the Caddy module information.
func (AdminHandler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.gatewright_admin", New: func() caddy.Module { return new(AdminHandler) }}
}

// Provision finds the app and compiles the routes.
func (h *AdminHandler) Provision(ctx caddy.Context) error {
	app, err := ctx.App(appName)
	if err != nil {
		return err
	}
	h.app = app.(*App)
	h.table, err = policy.Compile(h.app.server.AdminRoutes())
	return err
}

// ServeHTTP answers requests of operators.
func (h *AdminHandler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	path, err := canonical.Parse(rawPath(r.URL))
	if err != nil {
		return next.ServeHTTP(w, r)
	}
	var buffer [8]policy.Param
	match, ok := h.table.Match(r.Method, path, buffer[:])
	if ok && h.sharesPath(match.Route) {
		// With the API at the root, users have routes of the same name; only an operator's token leads to these.
		if _, err := h.app.server.AdmitAdmin(r, match.Route); err != nil {
			return next.ServeHTTP(w, r)
		}
	}
	if ok {
		h.app.server.Serve(w, r, match, func() (api.Caller, error) { return h.app.server.AdmitAdmin(r, match.Route) })
		return nil
	}
	// HEAD and GET are always in it.
	if allow := h.table.Allow(path); len(allow) > 2 {
		api.WriteUnmatched(w, r.Method, allow)
		return nil
	}
	return next.ServeHTTP(w, r)
}

// sharesPath tells whether the content API has a route of the same path.
func (h *AdminHandler) sharesPath(route *policy.Route) bool {
	return h.app.APIPrefix == "" && route.Access != policy.Public
}

// Interface guards.
var (
	_ caddy.Provisioner           = (*AdminHandler)(nil)
	_ caddyhttp.MiddlewareHandler = (*AdminHandler)(nil)
)
