package attacks

import (
	"net/http"
	"testing"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

// TestHeadersOpenNoRoute: CVE-2024-21494, CVE-2026-40575, CVE-2026-34457. What a header says of the request, and who
// seems to ask, is not what is judged.
func TestHeadersOpenNoRoute(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "route GET /open public\nroute * /health public"})
	for name, value := range map[string]string{
		"X-Forwarded-Uri": "/open", "X-Forwarded-Method": "OPTIONS", "X-Forwarded-Host": "127.0.0.1", "X-Forwarded-For": "127.0.0.1",
		"X-Forwarded-Prefix": "/open", "X-Forwarded-Proto": "https", "Forwarded": "for=127.0.0.1;host=localhost", "X-Real-Ip": "127.0.0.1",
		"X-Original-Url": "/open", "X-Rewrite-Url": "/health", "X-Original-Method": "GET", "X-Http-Method-Override": "OPTIONS",
		"X-Http-Method": "HEAD", "X-Method-Override": "GET", "User-Agent": "GoogleHC/1.0", "X-User-Id": "1", "X-User-Role": "admin",
		"Remote-User": "root", "X-Forwarded-User": "root", "X-Auth-Request-User": "root", "Cookie": "jwt=x; token=x; role=admin",
		"Authorization": "Basic cm9vdDpyb290", "Proxy-Authorization": "Bearer x", "X-Authorization": "Bearer x", "Via": "1.1 Caddy",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			answer := g.Do(t, gatetest.Request{Method: method, Path: "/api/articles/1", Header: http.Header{name: {value}}})
			if answer.Status != http.StatusForbidden && answer.Status != http.StatusMethodNotAllowed {
				t.Errorf("%s with %s: %s is answered %d", method, name, value, answer.Status)
			}
		}
	}
	unreached(t, g)
}

// identity is how a site tells its upstream who asks: header_up is applied after the removal of hop-by-hop headers.
const identity = "reverse_proxy UPSTREAM {\n header_up X-User-Id {http.auth.user.id}\n header_up X-User-Role {http.auth.user.role}\n}"

// TestIdentityCannotBeSpoofed: CVE-2025-64484, CVE-2026-30851, GHSA-5m6w-wvh7-57vm. Copies that a client sends never come
// through, in any spelling that an upstream could take for ours, whoever asks.
func TestIdentityCannotBeSpoofed(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "route GET /open public", Proxy: identity})
	g.Upstream.Handle(silent)
	ann := g.SignUp(t, "ann")
	for token, want := range map[string]string{"": "", ann.Token: "1"} {
		head := "GET /open HTTP/1.1\nHost: x\nX-User-Id: 7\nx-user-id: 8\nX_User_Id: 9\nX-USER_ID: 10\nX-User-Role: root\nX_USER_ROLE: root"
		if token != "" {
			head += "\nAuthorization: Bearer " + token
		}
		g.Raw(t, head).Want(t, http.StatusOK)
		got := g.Upstream.Last(t).Header
		if ids := got["X-User-Id"]; len(ids) != 1 || ids[0] != want {
			t.Errorf("the upstream got the ids %q, want %q", ids, want)
		}
		if roles := got["X-User-Role"]; len(roles) != 1 || roles[0] == "root" {
			t.Errorf("the upstream got the roles %q", roles)
		}
		for _, name := range []string{"X_user_id", "X_User_Id", "X-User_id", "X-USER_ID", "X_user_role", "X_USER_ROLE"} {
			if values := got[name]; values != nil {
				t.Errorf("the upstream got %s: %q", name, values)
			}
		}
	}
}

// TestIdentityIsNotHopByHop: CVE-2025-48865. A client cannot have it taken off by naming it in Connection.
func TestIdentityIsNotHopByHop(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "route GET /open public", Proxy: identity})
	g.Upstream.Handle(silent)
	ann := g.SignUp(t, "ann")
	g.Raw(t, "GET /open HTTP/1.1\nHost: x\nConnection: keep-alive, X-User-Id, x-user-role, Authorization\nAuthorization: Bearer "+ann.Token).
		Want(t, http.StatusOK)
	got := g.Upstream.Last(t).Header
	if got.Get("X-User-Id") != "1" || got.Get("X-User-Role") != "authenticated" {
		t.Errorf("the upstream got %v", got)
	}
}

// TestNothingInternalIsPublic: CVE-2022-24797. What is for operators is on the admin socket alone.
func TestNothingInternalIsPublic(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "unknown_routes public"})
	g.Upstream.Handle(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for _, path := range []string{"/debug/pprof/", "/debug/vars", "/metrics", "/config/", "/stop", "/load", "/gatewright/commands/user.list"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			// It is the upstream that answers.
			g.Do(t, gatetest.Request{Method: method, Path: path}).Want(t, http.StatusTeapot)
		}
	}
}
