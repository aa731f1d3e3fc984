package accounts_test

import (
	"strings"
	"testing"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

func TestLogin(t *testing.T) {
	s := newSite(t)
	alice := s.register(t, "Alice")
	blocked := s.register(t, "blocked")
	s.change(t, blocked.ID, func(u *store.User) { u.Blocked = true })
	unconfirmed := s.register(t, "unconfirmed")
	s.change(t, unconfirmed.ID, func(u *store.User) { u.Confirmed = false })
	github := s.register(t, "github")
	s.change(t, github.ID, func(u *store.User) { u.Provider = "github" })
	bare := s.register(t, "bare")
	s.change(t, bare.ID, func(u *store.User) { u.PasswordHash = "" })
	s.set(t, func(a *accounts.Advanced) { a.EmailConfirmation = true })

	for _, c := range []struct {
		name       string
		identifier string
		password   string
		want       error
	}{
		{"by username", "Alice", password, nil},
		{"by address", "alice@example.test", password, nil},
		{"by address in another case", "ALICE@Example.TEST", password, nil},
		{"by username in another case", "alice", password, accounts.ErrInvalidCredentials},
		{"padded address", " alice@example.test ", password, accounts.ErrInvalidCredentials},
		{"wrong password", "Alice", "not it", accounts.ErrInvalidCredentials},
		{"password in another case", "Alice", strings.ToUpper(password), accounts.ErrInvalidCredentials},
		{"empty password", "Alice", "", accounts.ErrInvalidCredentials},
		{"longer password", "Alice", password + " ", accounts.ErrInvalidCredentials},
		{"password of 100 bytes", "Alice", strings.Repeat("x", 100), accounts.ErrInvalidCredentials},
		{"nobody", "nobody", password, accounts.ErrInvalidCredentials},
		{"nobody's address", "nobody@example.test", password, accounts.ErrInvalidCredentials},
		{"no identifier", "", password, accounts.ErrInvalidCredentials},
		{"NUL in the identifier", "Alice\x00", password, accounts.ErrInvalidCredentials},
		{"identifier that is no UTF-8", "Alice\xff", password, accounts.ErrInvalidCredentials},
		{"wildcard", "%", password, accounts.ErrInvalidCredentials},
		{"account of another provider", "github", password, accounts.ErrInvalidCredentials},
		{"account without a password", "bare", password, accounts.ErrInvalidCredentials},
		{"account without a password, empty", "bare", "", accounts.ErrInvalidCredentials},
		{"account without a password, decoy's", "bare", "nobody has this password", accounts.ErrInvalidCredentials},
		{"blocked", "blocked", password, accounts.ErrBlocked},
		{"blocked, wrong password", "blocked", "not it", accounts.ErrInvalidCredentials},
		{"unconfirmed", "unconfirmed", password, accounts.ErrUnconfirmed},
		{"unconfirmed, wrong password", "unconfirmed", "not it", accounts.ErrInvalidCredentials},
	} {
		t.Run(c.name, func(t *testing.T) {
			user, token, err := s.Login(t.Context(), c.identifier, c.password)
			wantError(t, err, c.want)
			if c.want != nil {
				if token != "" || user.ID != 0 {
					t.Errorf("refused, and yet user %d and token %q", user.ID, token)
				}
				return
			}
			claims, err := s.tokens.Verify(token)
			if err != nil || claims.UserID != alice.ID || user.ID != alice.ID {
				t.Errorf("user %d, claims %+v, %v, want user %d", user.ID, claims, err, alice.ID)
			}
		})
	}

	s.set(t, func(a *accounts.Advanced) { a.EmailConfirmation = false })
	if _, _, err := s.Login(t.Context(), "unconfirmed", password); err != nil {
		t.Errorf("unconfirmed where nobody asks for it: %v", err)
	}
}

// bcrypt looks at 72 bytes; one more is refused, not cut off.
func TestLoginWithLongestPassword(t *testing.T) {
	s := newSite(t)
	longest := strings.Repeat("é", 36)
	r := registration("alice")
	r.Password = longest
	_, _, err := s.Register(t.Context(), r)
	noError(t, err)
	for given, want := range map[string]error{
		longest:       nil,
		longest + "x": accounts.ErrInvalidCredentials,
		longest[:71]:  accounts.ErrInvalidCredentials,
	} {
		_, _, err := s.Login(t.Context(), "alice", given)
		wantError(t, err, want)
	}
}

func TestLoginWithProviderDisabled(t *testing.T) {
	s := newSite(t)
	s.register(t, "alice")
	s.setProvider(t, accounts.LocalProvider, false)
	for _, identifier := range []string{"alice", "nobody"} {
		_, _, err := s.Login(t.Context(), identifier, password)
		wantError(t, err, accounts.ErrProviderDisabled)
	}
	s.setProvider(t, accounts.LocalProvider, true)
	_, _, err := s.Login(t.Context(), "alice", password)
	noError(t, err)
}

// Two accounts that share an identifier, from before the rules forbade it: the oldest is meant, every time, and the
// password of the other one opens neither.
func TestLoginWithSharedIdentifier(t *testing.T) {
	s := newSite(t)
	alice := s.register(t, "alice")
	bob := s.register(t, "bobby")
	_, err := s.UpdateUser(t.Context(), bob.ID, accounts.UserChange{Password: new("Bob's own password")})
	noError(t, err)
	s.change(t, bob.ID, func(u *store.User) { u.Username = alice.Email })
	user, _, err := s.Login(t.Context(), alice.Email, password)
	if err != nil || user.ID != alice.ID {
		t.Errorf("user %d, %v, want %d", user.ID, err, alice.ID)
	}
	_, _, err = s.Login(t.Context(), alice.Email, "Bob's own password")
	wantError(t, err, accounts.ErrInvalidCredentials)
}

func TestIssueToken(t *testing.T) {
	s := newSite(t)
	alice := s.register(t, "alice")
	s.change(t, alice.ID, func(u *store.User) { u.Provider, u.ValidFrom = "github", start.Unix()+50 })
	for _, identifier := range []string{"alice", "Alice@Example.test"} {
		user, token, err := s.IssueToken(t.Context(), identifier)
		noError(t, err)
		claims, err := s.tokens.Verify(token)
		noError(t, err)
		if user.ID != alice.ID || claims.UserID != alice.ID || claims.IssuedAt != start.Unix()+50 {
			t.Errorf("%s: user %d, claims %+v", identifier, user.ID, claims)
		}
	}
	for _, identifier := range []string{"nobody", "", "a\x00", "\xff"} {
		_, _, err := s.IssueToken(t.Context(), identifier)
		wantError(t, err, accounts.ErrUserNotFound)
	}
}
