package accounts_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

func newAdmin(t *testing.T, s *site) (store.Admin, string) {
	t.Helper()
	admin, err := s.AddAdmin(t.Context(), "Admin@Example.TEST", password)
	noError(t, err)
	_, token, err := s.AdminLogin(t.Context(), "admin@example.test", password)
	noError(t, err)
	return admin, token
}

func blockAdmin(t *testing.T, s *site, id int64) {
	t.Helper()
	_, err := s.store.UpdateAdmin(t.Context(), id, func(a store.Admin) (store.Admin, error) {
		a.Blocked = true
		return a, nil
	})
	noError(t, err)
}

func TestAddAdmin(t *testing.T) {
	s := newSite(t)
	admin, _ := newAdmin(t, s)
	if admin.Email != "admin@example.test" || strings.Contains(admin.PasswordHash, password) {
		t.Errorf("admin %+v", admin)
	}
	_, err := s.AddAdmin(t.Context(), "ADMIN@example.test", password)
	wantError(t, err, accounts.ErrEmailTaken)
	for _, c := range []struct {
		name, email, password string
		want                  []accounts.Rule
	}{
		{"no address", "", password, []accounts.Rule{accounts.RuleTooShort}},
		{"short password", "b@example.test", "7 chars", []accounts.Rule{accounts.RuleTooShort}},
		{"long password", "b@example.test", strings.Repeat("x", 73), []accounts.Rule{accounts.RuleTooManyBytes}},
		{"control characters", "b\n@example.test", password, []accounts.Rule{accounts.RuleControl}},
		{"both", "", "", []accounts.Rule{accounts.RuleTooShort, accounts.RuleTooShort}},
	} {
		_, err := s.AddAdmin(t.Context(), c.email, c.password)
		fields, _ := errors.AsType[accounts.FieldErrors](err)
		if len(fields) != len(c.want) || fields[0].Rule != c.want[0] {
			t.Errorf("%s: error = %v", c.name, err)
		}
	}
	if admins, err := s.Admins(t.Context()); err != nil || len(admins) != 1 {
		t.Errorf("%d operators, %v", len(admins), err)
	}
}

func TestAdminLogin(t *testing.T) {
	s := newSite(t)
	s.register(t, "alice")
	newAdmin(t, s)
	blocked, err := s.AddAdmin(t.Context(), "blocked@example.test", password)
	noError(t, err)
	blockAdmin(t, s, blocked.ID)
	for _, c := range []struct {
		name, email, password string
		want                  error
	}{
		{"right", "admin@example.test", password, nil},
		{"address in another case", "ADMIN@Example.test", password, nil},
		{"wrong password", "admin@example.test", "not it at all", accounts.ErrInvalidCredentials},
		{"empty password", "admin@example.test", "", accounts.ErrInvalidCredentials},
		{"long password", "admin@example.test", strings.Repeat("x", 100), accounts.ErrInvalidCredentials},
		{"nobody", "nobody@example.test", password, accounts.ErrInvalidCredentials},
		{"a user of the content API", "alice@example.test", password, accounts.ErrInvalidCredentials},
		{"blocked", "blocked@example.test", password, accounts.ErrInvalidCredentials},
		{"NUL", "admin@example.test\x00", password, accounts.ErrInvalidCredentials},
		{"no UTF-8", "admin\xff@example.test", password, accounts.ErrInvalidCredentials},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, token, err := s.AdminLogin(t.Context(), c.email, c.password)
			wantError(t, err, c.want)
			if (token == "") != (c.want != nil) {
				t.Errorf("token %q", token)
			}
		})
	}
}

func TestAuthenticateAdmin(t *testing.T) {
	s := newSite(t)
	admin, token := newAdmin(t, s)
	_, other, err := s.AdminLogin(t.Context(), "admin@example.test", password)
	noError(t, err)
	if other == token || len(token) < 32 {
		t.Errorf("tokens %q and %q", token, other)
	}
	alice := s.register(t, "alice")
	_, userToken, err := s.IssueToken(t.Context(), alice.Username)
	noError(t, err)

	good := func() error {
		got, err := s.AuthenticateAdmin(t.Context(), token)
		if err == nil && got.ID != admin.ID {
			t.Errorf("operator %d, want %d", got.ID, admin.ID)
		}
		return err
	}
	noError(t, good())
	for _, bad := range []string{"", "nonsense", token[1:], token + "x", strings.ToUpper(token), userToken, "a\x00", "\xff"} {
		_, err := s.AuthenticateAdmin(t.Context(), bad)
		wantError(t, err, accounts.ErrToken)
	}
	s.advance(accounts.AdminSessionLifetime - time.Second)
	noError(t, good())
	s.advance(time.Second)
	wantError(t, good(), accounts.ErrToken)

	s.clock.Store(start.UnixNano())
	noError(t, good())
	blockAdmin(t, s, admin.ID)
	wantError(t, good(), accounts.ErrToken)
}
