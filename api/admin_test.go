package api

import (
	"testing"
)

// newOperator makes an operator and signs in.
func (s *site) newOperator(t testing.TB) string {
	t.Helper()
	if _, err := s.Accounts.AddAdmin(t.Context(), "admin@example.test", password); err != nil {
		t.Fatal(err)
	}
	_, token, err := s.Accounts.AdminLogin(t.Context(), "admin@example.test", password)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestAdminLoginEndpoint(t *testing.T) {
	s := newSite(t)
	s.user(t, "alice")
	s.newOperator(t)
	const missing, wrong = "Missing credentials", "Invalid credentials"
	for _, x := range []exchange{
		{name: "good", body: `{"email":"ADMIN@example.test","password":"` + password + `"}`, status: 200, with: []string{`{"data":{"token":"`, `"user":{"id":1,`, `"email":"admin@example.test","isActive":true,"blocked":false`}},
		{name: "wrong password", body: `{"email":"admin@example.test","password":"x"}`, status: 400, equal: failure(400, "ApplicationError", wrong)},
		{name: "nobody", body: `{"email":"nobody@example.test","password":"x"}`, status: 400, equal: failure(400, "ApplicationError", wrong)},
		{name: "a user", body: `{"email":"alice@example.test","password":"` + password + `"}`, status: 400, equal: failure(400, "ApplicationError", wrong)},
		{name: "NUL", body: `{"email":"admin\u0000@example.test","password":"x"}`, status: 400, equal: failure(400, "ApplicationError", wrong)},
		{name: "no password", body: `{"email":"admin@example.test"}`, status: 400, equal: failure(400, "ApplicationError", missing)},
		{name: "empty password", body: `{"email":"admin@example.test","password":""}`, status: 400, equal: failure(400, "ApplicationError", missing)},
		{name: "password is a list", body: `{"email":"admin@example.test","password":["x"]}`, status: 400, equal: failure(400, "ApplicationError", missing)},
		{name: "nothing", body: ``, status: 400, equal: failure(400, "ApplicationError", missing)},
		{name: "list", body: `[]`, status: 400, equal: failure(400, "ApplicationError", missing)},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.method, x.target = "POST", "/admin/login"
			x.check(t, s.serveAdmin(t, x, ""))
		})
	}
}

// Nothing but signing in is there for who is no operator, and a user's token makes nobody one.
func TestAdmitAdmin(t *testing.T) {
	s := newSite(t)
	token := s.newOperator(t)
	s.user(t, "alice")
	_, users, err := s.Accounts.IssueToken(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	refused := failure(401, "UnauthorizedError", "Missing or invalid credentials")
	for _, route := range s.AdminRoutes() {
		if route.Pattern == "/admin/login" {
			continue
		}
		target := map[string]string{
			"/users-permissions/roles/{id}": "/users-permissions/roles/1", "/users-permissions/roles/{role}": "/users-permissions/roles/1",
		}[route.Pattern]
		if target == "" {
			target = route.Pattern
		}
		for _, bad := range []string{"", "nonsense", users, token + "x", token + " " + token} {
			x := exchange{method: route.Method, target: target, body: `{}`, status: 401, equal: refused}
			x.check(t, s.serveAdmin(t, x, bad))
		}
		x := exchange{method: route.Method, target: target, body: `{}`}
		if w := s.serveAdmin(t, x, token); w.Code == 401 || w.Code >= 500 {
			t.Errorf("%s, by an operator: %d %s", route, w.Code, w.Body)
		}
	}
}

func TestAdminReads(t *testing.T) {
	s := newSite(t)
	token := s.newOperator(t)
	for _, x := range []exchange{
		{name: "policies", target: "/policies", status: 200, equal: `{"policies":[]}`},
		{name: "roles", target: "/roles", status: 200, with: []string{`{"roles":[{"id":1,`}},
		{name: "permissions", target: "/permissions", status: 200, with: []string{`{"permissions":{`}},
		{name: "routes", target: "/routes", status: 200, with: []string{
			`{"routes":{"api::article":[{"method":"GET","path":"/api/articles","handler":"api::article.article.find",` +
				`"config":{"auth":{"scope":["api::article.article.find"]}},"info":{"apiName":"article","type":"content-api"}}]`,
			`{"method":"GET","path":"/api/connect/(.*)","handler":"auth.connect","config":{"middlewares":["plugin::users-permissions.rateLimit"],` +
				`"prefix":"","auth":{"scope":["plugin::users-permissions.auth.connect"]}},"info":{"pluginName":"users-permissions","type":"content-api"}}`,
			`"path":"/api/auth/sessions/:sessionId"`,
		}},
		{name: "advanced", target: "/advanced", status: 200, with: []string{
			`{"settings":{"unique_email":true,"allow_register":true,"email_confirmation":false,"email_reset_password":null,` +
				`"email_confirmation_redirection":null,"default_role":"authenticated"},"roles":[{"id":1,`, `"locale":null,"nb_users":0`,
		}},
		{name: "providers", target: "/providers", status: 200, with: []string{`"email":{"icon":"envelope","enabled":true}`}},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.method, x.target = "GET", "/users-permissions"+x.target
			x.check(t, s.serveAdmin(t, x, token))
		})
	}
}

func TestPutAdvanced(t *testing.T) {
	for _, x := range []exchange{
		{name: "one", body: `{"allow_register":false}`, status: 200, equal: okBody},
		{name: "all", body: `{"unique_email":true,"allow_register":false,"email_confirmation":true,"email_reset_password":"https://front.example.test/r","email_confirmation_redirection":null,"default_role":"public"}`, status: 200, equal: okBody},
		{name: "empty", body: `{}`, status: 400, equal: failure(400, "ValidationError", "Request body cannot be empty")},
		{name: "unknown keys", body: `{"allow_register":false,"x":1,"y":2}`, status: 400, equal: failure(400, "ValidationError", "Invalid parameters: x, y")},
		{name: "switch as a text", body: `{"allow_register":"false"}`, status: 400, with: []string{"allow_register must be a `boolean` type"}},
		{name: "switch as null", body: `{"allow_register":null}`, status: 400, with: []string{"allow_register must be a `boolean` type"}},
		{name: "text as a number", body: `{"allow_register":false,"default_role":1}`, status: 400, with: []string{"default_role must be a `string` type"}},
		{name: "list", body: `[1]`, status: 400, with: []string{"this must be a `object` type"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newSite(t)
			x.method, x.target = "PUT", "/users-permissions/advanced"
			x.check(t, s.serveAdmin(t, x, s.newOperator(t)))
			settings, err := s.Accounts.Advanced(t.Context())
			if err != nil || settings.AllowRegister == (x.status == 200) || !settings.UniqueEmail {
				t.Errorf("settings %+v, %v", settings, err)
			}
		})
	}
}
