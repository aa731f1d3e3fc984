package accounts_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

func TestRegister(t *testing.T) {
	s := newSite(t)
	user, token, err := s.Register(t.Context(), accounts.Registration{
		Username: "Alice", Email: "ALICE@Example.TEST", Password: password,
	})
	noError(t, err)
	stored, err := s.User(t.Context(), user.ID)
	noError(t, err)
	if diff := cmp.Diff(stored, user); diff != "" {
		t.Errorf("stored and returned (-stored +returned):\n%s", diff)
	}
	got := store.User{
		Username: user.Username, Email: user.Email, Provider: user.Provider, Confirmed: user.Confirmed,
		Blocked: user.Blocked, RoleID: user.RoleID, ValidFrom: user.ValidFrom,
	}
	want := store.User{
		Username: "Alice", Email: "alice@example.test", Provider: "local", Confirmed: true,
		RoleID: s.role(t, store.RoleAuthenticated).ID,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
	if strings.Contains(user.PasswordHash, password) || !strings.HasPrefix(user.PasswordHash, "$2a$04$") {
		t.Errorf("password hash %q", user.PasswordHash)
	}
	claims, err := s.tokens.Verify(token)
	if err != nil || claims.UserID != user.ID {
		t.Errorf("claims %+v, %v", claims, err)
	}
}

func TestRegisterRoleAndBlocked(t *testing.T) {
	s := newSite(t)
	writer, err := s.CreateRole(t.Context(), accounts.NewRole{Name: "Writer"})
	noError(t, err)
	s.set(t, func(a *accounts.Advanced) { a.DefaultRole = new("writer") })
	if user := s.register(t, "alice"); user.RoleID != writer.ID {
		t.Errorf("role %d, want %d", user.RoleID, writer.ID)
	}
	r := registration("bob")
	r.Blocked = true
	user, _, err := s.Register(t.Context(), r)
	if err != nil || !user.Blocked {
		t.Errorf("blocked = %t, %v", user.Blocked, err)
	}

	for _, missing := range []*string{nil, new(""), new("nosuch"), new("Writer"), new("a\x00b")} {
		s.set(t, func(a *accounts.Advanced) { a.DefaultRole = missing })
		before := s.count(t)
		_, _, err = s.Register(t.Context(), registration("carol"))
		wantError(t, err, accounts.ErrNoDefaultRole)
		if s.count(t) != before {
			t.Error("an account was made without a role")
		}
	}
}

func TestRegisterSwitchedOff(t *testing.T) {
	s := newSite(t)
	s.set(t, func(a *accounts.Advanced) { a.AllowRegister = false })
	_, _, err := s.Register(t.Context(), registration("alice"))
	wantError(t, err, accounts.ErrRegisterDisabled)
	wantError(t, s.RequireRegistration(t.Context()), accounts.ErrRegisterDisabled)
	if n := s.count(t); n != 0 {
		t.Errorf("%d accounts", n)
	}
}

// Where a confirmation is needed and nothing can be mailed, nothing is made: the account could never be used.
func TestRegisterWithoutMail(t *testing.T) {
	s := newSite(t)
	s.set(t, func(a *accounts.Advanced) { a.EmailConfirmation = true })
	_, token, err := s.Register(t.Context(), registration("alice"))
	wantError(t, err, accounts.ErrMailNotSent)
	if n := s.count(t); n != 0 || token != "" {
		t.Errorf("%d accounts, token %q", n, token)
	}
}

func TestRegisterTaken(t *testing.T) {
	for _, c := range []struct {
		name      string
		anyEmail  bool // unique_email is off
		provider  string
		newcomer  accounts.Registration
		wantTaken bool
	}{
		{"username", false, "local", accounts.Registration{Username: "alice", Email: "x@example.test"}, true},
		{"username of another provider", false, "github", accounts.Registration{Username: "alice", Email: "x@example.test"}, true},
		{"address", false, "local", accounts.Registration{Username: "xavier", Email: "alice@example.test"}, true},
		{"address in another case", false, "local", accounts.Registration{Username: "xavier", Email: "Alice@EXAMPLE.test"}, true},
		{"address of another provider", false, "github", accounts.Registration{Username: "xavier", Email: "alice@example.test"}, true},
		{"username is an address", false, "local", accounts.Registration{Username: "alice@example.test", Email: "x@example.test"}, true},
		{"username is an address in another case", false, "local", accounts.Registration{Username: "ALICE@example.test", Email: "x@example.test"}, true},
		{"address is a username", false, "local", accounts.Registration{Username: "xavier", Email: "alice"}, true},
		{"username in another case", false, "local", accounts.Registration{Username: "ALICE", Email: "x@example.test"}, false},
		{"both new", false, "local", accounts.Registration{Username: "xavier", Email: "x@example.test"}, false},
		{"not unique: same provider", true, "local", accounts.Registration{Username: "xavier", Email: "alice@example.test"}, true},
		{"not unique: other provider", true, "github", accounts.Registration{Username: "xavier", Email: "alice@example.test"}, false},
		{"not unique: username", true, "github", accounts.Registration{Username: "alice", Email: "x@example.test"}, true},
		{"not unique: username is an address", true, "github", accounts.Registration{Username: "alice@example.test", Email: "x@example.test"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			alice := s.register(t, "alice")
			s.change(t, alice.ID, func(u *store.User) { u.Provider = c.provider })
			s.set(t, func(a *accounts.Advanced) { a.UniqueEmail = !c.anyEmail })
			c.newcomer.Password = password
			_, _, err := s.Register(t.Context(), c.newcomer)
			if c.wantTaken {
				wantError(t, err, accounts.ErrTaken)
				if n := s.count(t); n != 1 {
					t.Errorf("%d accounts", n)
				}
			} else {
				noError(t, err)
			}
		})
	}
}

func TestRegisterRules(t *testing.T) {
	type fault struct {
		Field string
		Rule  accounts.Rule
		Limit int
	}
	for _, c := range []struct {
		name   string
		change func(*accounts.Registration)
		want   []fault
	}{
		{"short username", func(r *accounts.Registration) { r.Username = "éé" }, []fault{{"username", accounts.RuleTooShort, 3}}},
		{"username of 3", func(r *accounts.Registration) { r.Username = "ééé" }, nil},
		{"username of 255", func(r *accounts.Registration) { r.Username = strings.Repeat("é", 255) }, nil},
		{"username of 256", func(r *accounts.Registration) { r.Username = strings.Repeat("x", 256) }, []fault{{"username", accounts.RuleTooLong, 255}}},
		{"line break in the username", func(r *accounts.Registration) { r.Username = "al\r\nice" }, []fault{{"username", accounts.RuleControl, 0}}},
		{"escape in the username", func(r *accounts.Registration) { r.Username = "\x1b[2Jalice" }, []fault{{"username", accounts.RuleControl, 0}}},
		{"C1 control in the username", func(r *accounts.Registration) { r.Username = "al\u0085ice" }, []fault{{"username", accounts.RuleControl, 0}}},
		{"address of 254", func(r *accounts.Registration) { r.Email = strings.Repeat("x", 242) + "@example.com" }, nil},
		{"address of 255", func(r *accounts.Registration) { r.Email = strings.Repeat("x", 243) + "@example.com" }, []fault{{"email", accounts.RuleTooLong, 254}}},
		{"no address", func(r *accounts.Registration) { r.Email = "" }, []fault{{"email", accounts.RuleTooShort, 1}}},
		{"header in the address", func(r *accounts.Registration) { r.Email = "a@example.test\r\nBcc: b@example.test" }, []fault{{"email", accounts.RuleControl, 0}}},
		{"password of 5", func(r *accounts.Registration) { r.Password = "ééééé" }, []fault{{"password", accounts.RuleTooShort, 6}}},
		{"password of 6", func(r *accounts.Registration) { r.Password = "éééééé" }, nil},
		{"password of 72 bytes", func(r *accounts.Registration) { r.Password = strings.Repeat("é", 36) }, nil},
		{"password of 73 bytes", func(r *accounts.Registration) { r.Password = strings.Repeat("é", 36) + "x" }, []fault{{"password", accounts.RuleTooManyBytes, 73}}},
		{
			"everything", func(r *accounts.Registration) { r.Username, r.Email, r.Password = "", "", "" },
			[]fault{{"username", accounts.RuleTooShort, 3}, {"email", accounts.RuleTooShort, 1}, {"password", accounts.RuleTooShort, 6}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			r := registration("alice")
			c.change(&r)
			_, _, err := s.Register(t.Context(), r)
			var got []fault
			if fields, ok := errors.AsType[accounts.FieldErrors](err); ok {
				for _, f := range fields {
					got = append(got, fault{f.Field, f.Rule, f.Limit})
					if f.Field == "password" && f.Value != "" {
						t.Errorf("the error tells the password %q", f.Value)
					}
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if n := s.count(t); (n == 1) != (c.want == nil) {
				t.Errorf("%d accounts", n)
			}
		})
	}
}

func TestRegisterTextNoStoreKeeps(t *testing.T) {
	s := newSite(t)
	for _, r := range []accounts.Registration{
		{Username: "al\x00ice", Email: "a@example.test", Password: password},
		{Username: "al\xffice", Email: "a@example.test", Password: password},
		{Username: "alice", Email: "a\x00@example.test", Password: password},
	} {
		_, _, err := s.Register(t.Context(), r)
		wantError(t, err, store.ErrInvalidText)
	}
	if n := s.count(t); n != 0 {
		t.Errorf("%d accounts", n)
	}
}

// Whatever arrives at once, an address and a username lead to one account.
func TestRegisterAtOnce(t *testing.T) {
	const newcomers = 20
	for _, c := range []struct {
		name string
		who  func(i int) accounts.Registration
	}{
		{"one address", func(i int) accounts.Registration {
			return accounts.Registration{Username: fmt.Sprintf("user %d", i), Email: "alice@example.test", Password: password}
		}},
		{"one username", func(i int) accounts.Registration {
			return accounts.Registration{Username: "alice", Email: fmt.Sprintf("a%d@example.test", i), Password: password}
		}},
		{"crosswise", func(i int) accounts.Registration {
			if i%2 == 0 {
				return accounts.Registration{Username: "same@example.test", Email: fmt.Sprintf("a%d@example.test", i), Password: password}
			}
			return accounts.Registration{Username: fmt.Sprintf("user %d", i), Email: "same@example.test", Password: password}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			errs := make([]error, newcomers)
			var all sync.WaitGroup
			for i := range newcomers {
				all.Go(func() { _, _, errs[i] = s.Register(t.Context(), c.who(i)) })
			}
			all.Wait()
			made := 0
			for _, err := range errs {
				if err == nil {
					made++
				} else {
					wantError(t, err, accounts.ErrTaken)
				}
			}
			if n := s.count(t); made != 1 || n != 1 {
				t.Errorf("%d sign-ups succeeded, %d accounts", made, n)
			}
		})
	}
}

// A backend may run a transaction again; the account is that of the last try.
func TestRegisterTriedAgain(t *testing.T) {
	s := newSite(t)
	s.store.twice.Store(true)
	user := s.register(t, "alice")
	stored, err := s.User(t.Context(), user.ID)
	noError(t, err)
	if diff := cmp.Diff(stored, user); diff != "" || s.count(t) != 1 {
		t.Errorf("%d accounts (-stored +returned):\n%s", s.count(t), diff)
	}
}
