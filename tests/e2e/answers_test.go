package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

// TestAnswers holds what comes before any endpoint against the recorded behaviour.
func TestAnswers(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: `
		route GET /open public
		route * /members/* authenticated
		route POST /api/articles/{id}/publish api::article.article.publish`})
	g.Upstream.Handle(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	ann := g.SignUp(t, "ann")
	g.Grant(t, "authenticated", findOne)
	const passed = http.StatusTeapot
	for _, tt := range []struct {
		name, method, path, token string
		status                    int
		message                   string
	}{
		{name: "an action nobody may do", path: "/api/articles", status: 403, message: "Forbidden"},
		{name: "an action the role may not do", path: "/api/articles", token: ann.Token, status: 403, message: "Forbidden"},
		{name: "an action the role may do", path: "/api/articles/1", token: ann.Token, status: passed},
		{name: "an action others may do", path: "/api/articles/1", status: 403, message: "Forbidden"},
		{name: "a bad token", path: "/api/articles/1", token: "x.y.z", status: 401, message: "Missing or invalid credentials"},
		{name: "a public route", path: "/open", status: passed},
		{name: "a public route with a token", path: "/open", token: ann.Token, status: passed},
		{name: "a public route with a bad token", path: "/open", token: "x.y.z", status: passed},
		{name: "HEAD on a GET route", method: "HEAD", path: "/open", status: passed},
		{name: "another method on a public path", method: "POST", path: "/open", status: 405},
		{name: "a members' route", path: "/members/area", status: 401, message: "Missing or invalid credentials"},
		{name: "a members' route with a token", path: "/members/area", token: ann.Token, status: passed},
		{name: "a members' route with any method", method: "PATCH", path: "/members/area", token: ann.Token, status: passed},
		{name: "a members' route with a bad token", path: "/members/area", token: "x", status: 401, message: "Missing or invalid credentials"},
		{name: "the start of a tail", path: "/members", token: ann.Token, status: 404, message: "Not Found"},
		{name: "a route of one's own", method: "POST", path: "/api/articles/1/publish", token: ann.Token, status: 403, message: "Forbidden"},
		{name: "no route, GET", path: "/api/nothing", status: 404, message: "Not Found"},
		{name: "no route, HEAD", method: "HEAD", path: "/api/nothing", status: 404},
		{name: "no route, POST", method: "POST", path: "/api/nothing", status: 405},
		{name: "no route, OPTIONS", method: "OPTIONS", path: "/api/nothing", status: 200},
		{name: "a method nobody knows", method: "BREW", path: "/api/nothing", status: 501},
		{name: "a method nobody knows on a route", method: "BREW", path: "/open", status: 501},
		{name: "TRACE", method: "TRACE", path: "/api/articles", status: 501},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g.Upstream.Forget()
			answer := g.Do(t, gatetest.Request{Method: tt.method, Path: tt.path, Token: tt.token}).Want(t, tt.status)
			if got := answer.Message(); got != tt.message {
				t.Errorf("message %q, want %q", got, tt.message)
			}
			if reached := len(g.Upstream.Requests()) > 0; reached != (tt.status == passed) {
				t.Errorf("reached the upstream: %v", reached)
			}
		})
	}
}

func TestPublicRoleWithoutPermissions(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	var public struct {
		Actions []string `json:"actions"`
	}
	g.Operate(t, "role.show", map[string]string{"role": "public"}, &public)
	g.Revoke(t, "public", public.Actions...)
	answer := g.Get(t, "/api/articles", "").Want(t, http.StatusUnauthorized)
	if got, want := answer.Message(), "Missing or invalid credentials"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

func TestAllow(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	for path, want := range map[string]string{
		"/api/articles":   "HEAD, GET, POST",
		"/api/articles/1": "HEAD, GET, PUT, DELETE",
		"/api/auth/local": "HEAD, GET, POST",
		"/nothing":        "HEAD, GET",
	} {
		answer := g.Do(t, gatetest.Request{Method: http.MethodOptions, Path: path}).Want(t, http.StatusOK)
		if got := answer.Header.Get("Allow"); got != want {
			t.Errorf("OPTIONS %s: Allow is %q, want %q", path, got, want)
		}
		if answer.Body != "" {
			t.Errorf("OPTIONS %s has the body %q", path, answer.Body)
		}
	}
}

func TestUnknownRoutes(t *testing.T) {
	for _, tt := range []struct {
		value               string
		anonymous, signedIn int
	}{
		{"deny", http.StatusNotFound, http.StatusNotFound},
		{"authenticated", http.StatusUnauthorized, http.StatusOK},
		{"public", http.StatusOK, http.StatusOK},
	} {
		t.Run(tt.value, func(t *testing.T) {
			g := gatetest.Start(t, gatetest.Site{Options: "unknown_routes " + tt.value})
			g.Upstream.Handle(func(http.ResponseWriter, *http.Request) {})
			ann := g.SignUp(t, "ann")
			g.Get(t, "/pages/home", "").Want(t, tt.anonymous)
			g.Get(t, "/pages/home", ann.Token).Want(t, tt.signedIn)
			g.Get(t, "/", "").Want(t, tt.anonymous)
			// What is known stays as it is, and what has two readings is unknown to everyone.
			g.Get(t, "/api/articles", ann.Token).Want(t, http.StatusForbidden)
			g.Get(t, "/api/users", ann.Token).Want(t, http.StatusForbidden)
			g.Upstream.Forget()
			for _, target := range []string{"/a/../api/articles", "/api%2farticles", "/api/%61rticles", "/api;/articles", "/api//articles"} {
				g.Raw(t, "GET "+target+" HTTP/1.1\nHost: x").Want(t, http.StatusNotFound)
			}
			if seen := g.Upstream.Requests(); len(seen) > 0 {
				t.Errorf("the upstream got %v", seen)
			}
		})
	}
}

// TestUnknownRoutesOfSite tells that a site's own word goes before the app's.
func TestUnknownRoutesOfSite(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "unknown_routes public", Options: "unknown_routes deny"})
	g.Get(t, "/pages/home", "").Want(t, http.StatusNotFound)
}

func TestHead(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.Grant(t, "public", find)
	answer := g.Do(t, gatetest.Request{Method: http.MethodHead, Path: "/api/articles"}).Want(t, http.StatusOK)
	if answer.Body != "" {
		t.Errorf("the body is %q", answer.Body)
	}
	if got := g.Upstream.Last(t).Method; got != http.MethodHead {
		t.Errorf("the upstream got %s", got)
	}
	g.Do(t, gatetest.Request{Method: http.MethodHead, Path: "/api/users/me"}).Want(t, http.StatusForbidden)
	g.Do(t, gatetest.Request{Method: http.MethodHead, Path: "/api/users/me", Token: g.SignUp(t, "ann").Token}).Want(t, http.StatusOK)
}

// sorry writes errors in the site's own way.
const sorry = `handle_errors {
	respond "sorry: {err.status_code} {err.message}" {err.status_code}
}`

// TestRaiseErrors tells that a site may write refusals itself, with what is public of the cause.
func TestRaiseErrors(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{Options: "raise_errors", Handlers: sorry})
	for _, tt := range []struct {
		path, token string
		status      int
		body        string
	}{
		{path: "/api/articles", status: 403, body: "sorry: 403 Forbidden"},
		{path: "/api/articles", token: "bad", status: 401, body: "sorry: 401 Missing or invalid credentials"},
		{path: "/nothing", status: 404, body: "sorry: 404 Not Found"},
		{path: "/api/../x", status: 404, body: "sorry: 404 Not Found"},
		{path: "//x", status: 400, body: "sorry: 400 Malicious Path"},
	} {
		head := "GET " + tt.path + " HTTP/1.1\nHost: x"
		if tt.token != "" {
			head += "\nAuthorization: Bearer " + tt.token
		}
		got := g.Raw(t, head)
		if diff := cmp.Diff([]any{tt.status, tt.body}, []any{got.Status, got.Body}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.path, diff)
		}
	}
	// What endpoints answer themselves is for clients of the API.
	if got := g.SignIn(t, "nobody", "nothing"); got.Status != 400 || got.Message() != "Invalid identifier or password" {
		t.Errorf("a failed sign-in is answered %d %s", got.Status, got.Body)
	}
}

// TestEnvelopeStays tells that handle_errors alone takes nothing from clients of the API.
func TestEnvelopeStays(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{Handlers: sorry})
	for path, message := range map[string]string{"/api/articles": "Forbidden", "/nothing": "Not Found"} {
		if got := g.Get(t, path, "").Message(); got != message {
			t.Errorf("%s is answered %q, want %q", path, got, message)
		}
	}
}

// TestMissingUpstream tells nothing of where the upstream should be.
func TestMissingUpstream(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{Proxy: "reverse_proxy 127.0.0.1:1"})
	g.Grant(t, "public", find)
	answer := g.Get(t, "/api/articles", "").Want(t, http.StatusBadGateway)
	if strings.Contains(answer.Body, "127.0.0.1") || strings.Contains(answer.Body, "dial") {
		t.Errorf("the answer tells %q", answer.Body)
	}
}
