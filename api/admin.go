package api

import (
	"net/http"
	"strings"

	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store"
)

// AdminRoutes returns the routes of operators: signing in, roles, settings.
func (s *Server) AdminRoutes() []policy.Route {
	const base = "/users-permissions"
	return []policy.Route{
		adminRoute("POST", "/admin/login", policy.Public, s.adminLogin),
		adminRoute("GET", base+"/roles", policy.Authenticated, s.listRoles),
		adminRoute("POST", base+"/roles", policy.Authenticated, s.createRole),
		adminRoute("GET", base+"/roles/{id}", policy.Authenticated, s.showRole),
		adminRoute("PUT", base+"/roles/{role}", policy.Authenticated, s.updateRole),
		adminRoute("DELETE", base+"/roles/{role}", policy.Authenticated, s.deleteRole),
		adminRoute("GET", base+"/permissions", policy.Authenticated, s.listPermissions),
		adminRoute("GET", base+"/routes", policy.Authenticated, s.listRoutes),
		adminRoute("GET", base+"/policies", policy.Authenticated, s.listPolicies),
		adminRoute("GET", base+"/advanced", policy.Authenticated, s.getAdvanced),
		adminRoute("PUT", base+"/advanced", policy.Authenticated, s.putAdvanced),
		adminRoute("GET", base+"/providers", policy.Authenticated, s.getProviders),
		adminRoute("PUT", base+"/providers", policy.Authenticated, s.putProviders),
		adminRoute("GET", base+"/email-templates", policy.Authenticated, s.getTemplates),
		adminRoute("PUT", base+"/email-templates", policy.Authenticated, s.putTemplates),
	}
}

func adminRoute(method, pattern string, access policy.Access, endpoint Endpoint) policy.Route {
	return policy.Route{Method: method, Pattern: pattern, Access: access, Source: "gatewright_admin", Endpoint: endpoint}
}

// AdmitAdmin lets operators through. A token of a user is none here.
func (s *Server) AdmitAdmin(r *http.Request, route *policy.Route) (Caller, error) {
	if route.Access == policy.Public {
		return Caller{}, nil
	}
	token, ok := sessions.Bearer(r.Header["Authorization"])
	if !ok {
		return Caller{}, ErrCredentials
	}
	admin, err := s.Accounts.AuthenticateAdmin(r.Context(), token)
	return Caller{AdminID: admin.ID}, err
}

// adminLogin is POST /admin/login.
func (s *Server) adminLogin(r *Request) (*Reply, error) {
	body, _ := r.Body.(*Object)
	if body == nil {
		body = NewObject()
	}
	email, _ := body.Get("email")
	password, _ := body.Get("password")
	if !isText(email) || !isText(password) {
		return nil, applicationError("Missing credentials")
	}
	admin, token, err := s.Accounts.AdminLogin(r.HTTP.Context(), email.(string), password.(string))
	if err != nil {
		return nil, adminLoginError(err)
	}
	data := NewObject().Set("token", token).Set("user", adminView(admin))
	return &Reply{Body: NewObject().Set("data", data)}, nil
}

func adminView(a store.Admin) *Object {
	return NewObject().
		Set("id", a.ID).Set("documentId", a.DocumentID).
		Set("firstname", a.Firstname).Set("lastname", a.Lastname).Set("username", nil).Set("email", a.Email).
		Set("isActive", true).Set("blocked", a.Blocked).
		Set("createdAt", jsTime(a.CreatedAt)).Set("updatedAt", jsTime(a.UpdatedAt))
}

func (s *Server) listPolicies(*Request) (*Reply, error) {
	return &Reply{Body: NewObject().Set("policies", []any{})}, nil
}

// listRoutes is GET /users-permissions/routes: our own endpoints and the routes to the upstream that need an action, by
// the API they belong to.
func (s *Server) listRoutes(*Request) (*Reply, error) {
	plugin := []any{}
	for _, p := range policy.PluginRoutes() {
		plugin = append(plugin, s.pluginRoute(p))
	}
	byAPI := NewObject()
	for _, route := range s.Site().Routes {
		uid, _, _, err := policy.SplitAction(route.Action)
		if err != nil {
			continue // a public route has no action
		}
		known, _ := byAPI.Get(uid)
		list, _ := known.([]any)
		byAPI.Set(uid, append(list, contentRoute(route, uid)))
	}
	byAPI.Set(policy.PluginUID, plugin)
	return &Reply{Body: NewObject().Set("routes", byAPI)}, nil
}

func (s *Server) pluginRoute(p policy.PluginRoute) *Object {
	config := NewObject()
	if p.RateLimited {
		config.Set("middlewares", []any{policy.PluginUID + ".rateLimit"})
	}
	if p.EmptyPrefix {
		config.Set("prefix", "")
	}
	config.Set("auth", scopeOf(p.Action))
	info := NewObject().Set("pluginName", strings.TrimPrefix(policy.PluginUID, "plugin::")).Set("type", "content-api")
	path := policy.StrapiPattern(s.Prefix + p.Path)
	return NewObject().Set("method", p.Method).Set("path", path).Set("handler", p.Handler).
		Set("config", config).Set("info", info)
}

func contentRoute(r policy.Route, uid string) *Object {
	_, name, _ := strings.Cut(uid, "::")
	return NewObject().Set("method", r.Method).Set("path", policy.StrapiPattern(r.Pattern)).Set("handler", r.Action).
		Set("config", NewObject().Set("auth", scopeOf(r.Action))).
		Set("info", NewObject().Set("apiName", name).Set("type", "content-api"))
}

func scopeOf(action string) *Object { return NewObject().Set("scope", []any{action}) }
