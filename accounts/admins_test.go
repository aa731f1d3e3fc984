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
		{"NUL in the password", "b@example.test", "eight\x00characters", []accounts.Rule{accounts.RuleControl}},
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
	_, err = s.BlockAdmin(t.Context(), blocked.Email, true)
	noError(t, err)
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
	_, err = s.store.UpdateAdmin(t.Context(), admin.ID, func(a store.Admin) (store.Admin, error) {
		a.Blocked = true
		return a, nil
	})
	noError(t, err)
	wantError(t, good(), accounts.ErrToken)
}

// adminSite is a site with two operators who are signed in.
func adminSite(t *testing.T) (s *site, tokens map[string]string) {
	t.Helper()
	s = newSite(t)
	tokens = map[string]string{}
	for _, email := range []string{"a@example.test", "b@example.test"} {
		_, err := s.AddAdmin(t.Context(), email, password)
		noError(t, err)
		_, tokens[email], err = s.AdminLogin(t.Context(), email, password)
		noError(t, err)
	}
	s.events.take()
	return s, tokens
}

// wantLogin checks that the first operator can or cannot sign in.
func (s *site) wantLogin(t *testing.T, password string, want error) {
	t.Helper()
	_, _, err := s.AdminLogin(t.Context(), "a@example.test", password)
	wantError(t, err, want)
}

func TestChangesOfOperatorsEndSessions(t *testing.T) {
	for _, c := range []struct {
		name, event string
		change      func(s *site) (store.Admin, error)
		after       func(t *testing.T, s *site)
	}{
		{
			"block", accounts.EventAdminBlocked,
			func(s *site) (store.Admin, error) { return s.BlockAdmin(t.Context(), "A@example.test", true) },
			func(t *testing.T, s *site) {
				s.wantLogin(t, password, accounts.ErrInvalidCredentials)
				_, err := s.BlockAdmin(t.Context(), "a@example.test", false)
				noError(t, err)
				s.wantLogin(t, password, nil)
			},
		},
		{
			"unblock", accounts.EventAdminUnblocked,
			func(s *site) (store.Admin, error) { return s.BlockAdmin(t.Context(), "a@example.test", false) },
			func(t *testing.T, s *site) { s.wantLogin(t, password, nil) },
		},
		{
			"password", accounts.EventAdminPasswordChanged,
			func(s *site) (store.Admin, error) {
				return s.SetAdminPassword(t.Context(), "A@example.test", newPassword)
			},
			func(t *testing.T, s *site) {
				s.wantLogin(t, password, accounts.ErrInvalidCredentials)
				s.wantLogin(t, newPassword, nil)
			},
		},
		{
			"remove", accounts.EventAdminRemoved,
			func(s *site) (store.Admin, error) { return s.RemoveAdmin(t.Context(), "A@example.test") },
			func(t *testing.T, s *site) {
				s.wantLogin(t, password, accounts.ErrInvalidCredentials)
				_, err := s.RemoveAdmin(t.Context(), "a@example.test")
				wantError(t, err, accounts.ErrAdminNotFound)
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, tokens := adminSite(t)
			s.store.twice.Store(true)
			admin, err := c.change(s)
			noError(t, err)
			s.store.twice.Store(false)
			if admin.Email != "a@example.test" {
				t.Errorf("operator %+v", admin)
			}
			if recorded := s.events.take(); len(recorded) != 1 || recorded[0].Name != c.event || recorded[0].Subject != "admin 1" {
				t.Errorf("events %+v", recorded)
			}
			_, err = s.AuthenticateAdmin(t.Context(), tokens["a@example.test"])
			wantError(t, err, accounts.ErrToken)
			_, err = s.AuthenticateAdmin(t.Context(), tokens["b@example.test"])
			noError(t, err)
			c.after(t, s)
		})
	}
}

func TestUnknownOperator(t *testing.T) {
	s, _ := adminSite(t)
	for _, email := range []string{"nobody@example.test", "", "a\x00", "\xff"} {
		_, err := s.BlockAdmin(t.Context(), email, true)
		wantError(t, err, accounts.ErrAdminNotFound)
		_, err = s.SetAdminPassword(t.Context(), email, newPassword)
		wantError(t, err, accounts.ErrAdminNotFound)
		_, err = s.RemoveAdmin(t.Context(), email)
		wantError(t, err, accounts.ErrAdminNotFound)
	}
	for _, short := range []string{"", "7 chars", strings.Repeat("x", 73), "eight\x00characters"} {
		_, err := s.SetAdminPassword(t.Context(), "a@example.test", short)
		if _, ok := errors.AsType[accounts.FieldErrors](err); !ok {
			t.Errorf("password %q: %v", short, err)
		}
	}
	s.wantLogin(t, password, nil)
}
