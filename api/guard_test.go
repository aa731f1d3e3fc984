package api

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/store"
)

func newGuard(t *testing.T, s *site) *Guard {
	t.Helper()
	authenticator, err := accounts.NewAuthenticator(s.tokens, s.Accounts, func() bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	return &Guard{Authenticator: authenticator, Policy: s.Policy}
}

// The rules are those of permissions/*.json and tokens/*.json.
func TestAdmit(t *testing.T) {
	s := newSite(t)
	guard := newGuard(t, s)
	alice := s.user(t, "alice")
	_, token, err := s.Accounts.IssueToken(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	s.user(t, "blocked")
	_, blocked, err := s.Accounts.IssueToken(t.Context(), "blocked")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accounts.UpdateUser(t.Context(), alice.ID+1, accounts.UserChange{Blocked: new(true)}); err != nil {
		t.Fatal(err)
	}
	needs := func(action string) policy.Route { return policy.Route{Action: policy.PluginUID + "." + action} }
	open, signedIn := policy.Route{Access: policy.Public}, policy.Route{Access: policy.Authenticated}
	for _, c := range []struct {
		name   string
		header []string
		route  policy.Route
		want   error
		userID int64
		role   string
	}{
		{"nobody, allowed", nil, needs("auth.callback"), nil, 0, store.RolePublic},
		{"nobody, denied", nil, needs("user.me"), ErrForbidden, 0, ""},
		{"nobody, public route", nil, open, nil, 0, store.RolePublic},
		{"nobody, for signed-in users", nil, signedIn, ErrCredentials, 0, ""},
		{"user, allowed", []string{"Bearer " + token}, needs("user.me"), nil, alice.ID, store.RoleAuthenticated},
		{"user, what only the public role may", []string{"Bearer " + token}, needs("auth.callback"), ErrForbidden, 0, ""},
		{"user, public route", []string{"Bearer " + token}, open, nil, alice.ID, store.RoleAuthenticated},
		{"user, for signed-in users", []string{"bearer  " + token}, signedIn, nil, alice.ID, store.RoleAuthenticated},
		{"user, unknown action", []string{"Bearer " + token}, needs("no.such"), ErrForbidden, 0, ""},
		{"bad token, what nobody needs one for", []string{"Bearer nonsense"}, needs("auth.callback"), accounts.ErrToken, 0, ""},
		{"bad token, public route", []string{"Bearer nonsense"}, open, nil, 0, store.RolePublic},
		{"bad token, for signed-in users", []string{"Bearer nonsense"}, signedIn, accounts.ErrToken, 0, ""},
		{"blocked", []string{"Bearer " + blocked}, needs("auth.callback"), accounts.ErrAccount, 0, ""},
		{"blocked, public route", []string{"Bearer " + blocked}, open, nil, 0, store.RolePublic},
		{"another scheme", []string{"Basic YTpi"}, needs("auth.callback"), nil, 0, store.RolePublic},
		{"two tokens", []string{"Bearer " + token, "Bearer " + token}, needs("user.me"), ErrForbidden, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.Header["Authorization"] = c.header
			caller, err := guard.Admit(r, &c.route)
			if !errors.Is(err, c.want) {
				t.Fatalf("error = %v, want %v", err, c.want)
			}
			if c.want == nil && (caller.UserID != c.userID || caller.Role.Type != c.role) {
				t.Errorf("caller %+v", caller)
			}
		})
	}
}

// Where the public role may do nothing at all, nobody is asked to sign in instead of being turned away.
func TestAdmitWithoutPublicGrants(t *testing.T) {
	s := newSite(t)
	guard := newGuard(t, s)
	if err := s.store.SetGrants(t.Context(), s.role(t, store.RolePublic).ID, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Policy.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	_, err := guard.Admit(r, &policy.Route{Action: "api::article.article.find"})
	if !errors.Is(err, ErrCredentials) {
		t.Errorf("error = %v, want ErrCredentials", err)
	}
}

// A store that does not answer opens nothing, not even a public route to who shows a token.
func TestAdmitWhenTheStoreFails(t *testing.T) {
	s := newSite(t)
	guard := newGuard(t, s)
	s.user(t, "alice")
	_, token, err := s.Accounts.IssueToken(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	for _, access := range []policy.Access{policy.Public, policy.Authenticated, policy.RequireAction} {
		if _, err := guard.Admit(r, &policy.Route{Access: access, Action: "api::a.a.a"}); err == nil || isRefusal(err) {
			t.Errorf("%s: error = %v, want that of the store", access, err)
		}
	}
}

func TestMay(t *testing.T) {
	if (Caller{}).May("api::a.a.a") {
		t.Error("the zero Caller may do something")
	}
	caller := callerWith(t, 1, "api::a.a.a")
	if !caller.May("api::a.a.a") || caller.May("api::a.a.b") || caller.May("") {
		t.Error("what a role may do is not what it was granted")
	}
}
