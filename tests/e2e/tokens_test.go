package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

// TestAuthorizationOfUpstream shows what the upstream gets of the Authorization header.
func TestAuthorizationOfUpstream(t *testing.T) {
	for _, tt := range []struct {
		name, options, header string
		want                  []string
	}{
		{name: "a user's token is taken off", header: "Authorization: Bearer TOKEN"},
		{name: "in any spelling of the scheme", header: "authorization:  bEARER   TOKEN"},
		{name: "a malformed one is taken off", header: "Authorization: Bearer TOKEN x"},
		{name: "two lines are taken off", header: "Authorization: Bearer TOKEN\nAuthorization: Basic YTpi"},
		{name: "two in one line are taken off", header: "Authorization: Basic YTpi, Bearer TOKEN"},
		{name: "another scheme is not ours", header: "Authorization: Basic YTpi", want: []string{"Basic YTpi"}},
		{name: "forward_token leaves it", options: "forward_token", header: "Authorization: Bearer TOKEN", want: []string{"Bearer TOKEN"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := gatetest.Start(t, gatetest.Site{App: "route GET /open public", Options: tt.options})
			g.Upstream.Handle(func(http.ResponseWriter, *http.Request) {})
			ann := g.SignUp(t, "ann")
			g.Raw(t, "GET /open HTTP/1.1\nHost: x\n"+strings.ReplaceAll(tt.header, "TOKEN", ann.Token)).Want(t, http.StatusOK)
			for i := range tt.want {
				tt.want[i] = strings.ReplaceAll(tt.want[i], "TOKEN", ann.Token)
			}
			if diff := cmp.Diff(tt.want, g.Upstream.Last(t).Header["Authorization"]); diff != "" {
				t.Errorf("the upstream got (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTwoAuthorizationLines tells that nobody is signed in by a header that servers read in different ways.
func TestTwoAuthorizationLines(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	ann, bob := g.SignUp(t, "ann"), g.SignUp(t, "bob")
	g.Raw(t, "GET /api/users/me HTTP/1.1\nHost: x\nAuthorization: Bearer "+ann.Token).Want(t, http.StatusOK)
	g.Raw(t, "GET /api/users/me HTTP/1.1\nHost: x\nAuthorization: Bearer "+ann.Token+"\nAuthorization: Bearer "+bob.Token).
		Want(t, http.StatusForbidden)
}

// who shows what later handlers see of the caller.
const who = `respond "id={http.auth.user.id} name={http.auth.user.username} mail={http.auth.user.email} role={http.auth.user.role}"`

func TestPlaceholders(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "unknown_routes public", Proxy: who})
	ann := g.SignUp(t, "ann")
	spoofed := http.Header{
		"Http.auth.user.id": {"1"}, "X-User-Id": {"1"}, "Remote-User": {"root"}, "X-Forwarded-User": {"root"},
		"X_Forwarded_User": {"root"},
	}
	for _, tt := range []struct {
		name    string
		request gatetest.Request
		want    string
	}{
		{"a user", gatetest.Request{Token: ann.Token}, "id=1 name=ann mail=ann@example.com role=authenticated"},
		{"nobody", gatetest.Request{}, "id= name= mail= role=public"},
		{"nobody with headers of somebody", gatetest.Request{Header: spoofed}, "id= name= mail= role=public"},
		{"a user with headers of another", gatetest.Request{Token: ann.Token, Header: spoofed}, "id=1 name=ann mail=ann@example.com role=authenticated"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.request.Path = "/whoami?http.auth.user.id=1"
			if got := g.Do(t, tt.request).Want(t, http.StatusOK).Body; got != tt.want {
				t.Errorf("a later handler sees %q, want %q", got, tt.want)
			}
		})
	}
}

// TestPlaceholderText tells that what a user chose is shown as it is, not as a placeholder of Caddy's.
func TestPlaceholderText(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "unknown_routes public", Proxy: who})
	g.Do(t, gatetest.Request{Method: http.MethodPost, Path: "/api/auth/local/register", JSON: map[string]string{
		"username": "{env.HOME}{http.request.header.Authorization}", "email": "eve@example.com", "password": gatetest.Password,
	}}).Want(t, http.StatusOK)
	signedIn := g.SignIn(t, "eve@example.com", gatetest.Password).Want(t, http.StatusOK)
	var session struct{ JWT string }
	signedIn.Decode(t, &session)
	want := "id=1 name={env.HOME}{http.request.header.Authorization} mail=eve@example.com role=authenticated"
	if got := g.Get(t, "/whoami", session.JWT).Want(t, http.StatusOK).Body; got != want {
		t.Errorf("a later handler sees %q, want %q", got, want)
	}
}

// TestIdentityHeaders shows the usual way to tell an upstream who asks.
func TestIdentityHeaders(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "unknown_routes public", Handlers: "request_header X-User-Id {http.auth.user.id}"})
	g.Upstream.Handle(func(http.ResponseWriter, *http.Request) {})
	ann := g.SignUp(t, "ann")
	spoofed := http.Header{"X-User-Id": {"7", "8"}}
	for token, want := range map[string]string{ann.Token: "1", "": ""} {
		g.Do(t, gatetest.Request{Path: "/", Token: token, Header: spoofed}).Want(t, http.StatusOK)
		if got := g.Upstream.Last(t).Header["X-User-Id"]; len(got) != 1 || got[0] != want {
			t.Errorf("the upstream got %q, want %q", got, want)
		}
	}
}
