package accounts_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

func newUser(s *site, t *testing.T, name string) accounts.NewUser {
	t.Helper()
	return accounts.NewUser{
		Username: name, Email: name + "@example.test", Password: password,
		Role: accounts.RoleRef{ID: s.role(t, store.RoleAuthenticated).ID},
	}
}

func TestCreateUser(t *testing.T) {
	s := newSite(t)
	n := newUser(s, t, "alice")
	n.Email, n.Confirmed, n.Blocked = "ALICE@Example.TEST", true, true
	s.store.twice.Store(true) // as a backend may
	user, err := s.CreateUser(t.Context(), n)
	noError(t, err)
	if user.Email != "alice@example.test" || user.Provider != "local" || !user.Confirmed || !user.Blocked {
		t.Errorf("account %+v", user)
	}
	stored, err := s.User(t.Context(), user.ID)
	noError(t, err)
	if diff := cmp.Diff(stored, user); diff != "" || s.count(t) != 1 {
		t.Errorf("%d accounts (-stored +returned):\n%s", s.count(t), diff)
	}
}

func TestCreateUserTaken(t *testing.T) {
	for _, c := range []struct {
		name            string
		anyEmail        bool
		username, email string
		want            error
	}{
		{"username", false, "alice", "x@example.test", store.ErrConflict},
		{"address", false, "xavier", "Alice@example.test", accounts.ErrEmailTaken},
		{"both", false, "alice", "alice@example.test", accounts.ErrEmailTaken},
		{"username is an address", false, "ALICE@example.test", "x@example.test", accounts.ErrTaken},
		{"address is a username", false, "xavier", "alice", accounts.ErrTaken},
		{"address, not unique", true, "xavier", "alice@example.test", nil},
		{"username is an address, not unique", true, "alice@example.test", "x@example.test", accounts.ErrTaken},
		{"NUL in the username", false, "al\x00ice", "x@example.test", store.ErrInvalidText},
		{"neither", false, "xavier", "x@example.test", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			s.register(t, "alice")
			s.set(t, func(a *accounts.Advanced) { a.UniqueEmail = !c.anyEmail })
			n := newUser(s, t, c.username)
			n.Email = c.email
			_, err := s.CreateUser(t.Context(), n)
			wantError(t, err, c.want)
			if made := s.count(t) == 2; made != (c.want == nil) {
				t.Errorf("%d accounts", s.count(t))
			}
		})
	}
}

func TestRoleRef(t *testing.T) {
	s := newSite(t)
	authenticated, public := s.role(t, store.RoleAuthenticated), s.role(t, store.RolePublic)
	for _, c := range []struct {
		name string
		ref  accounts.RoleRef
		want int64
	}{
		{"id", accounts.RoleRef{ID: public.ID}, public.ID},
		{"documentId", accounts.RoleRef{DocumentID: authenticated.DocumentID}, authenticated.ID},
		{"id before documentId", accounts.RoleRef{ID: public.ID, DocumentID: authenticated.DocumentID}, public.ID},
		{"neither", accounts.RoleRef{}, 0},
		{"unknown id", accounts.RoleRef{ID: 99}, 0},
		{"unknown id, known documentId", accounts.RoleRef{ID: 99, DocumentID: public.DocumentID}, 0},
		{"negative id", accounts.RoleRef{ID: -1}, 0},
		{"unknown documentId", accounts.RoleRef{DocumentID: "nosuch"}, 0},
		{"type instead of documentId", accounts.RoleRef{DocumentID: "public"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newUser(s, t, "by "+c.name)
			n.Email, n.Role = strings.ReplaceAll(c.name, " ", "")+"@example.test", c.ref
			user, err := s.CreateUser(t.Context(), n)
			if c.want == 0 {
				wantError(t, err, accounts.ErrRoleNotFound)
			} else if err != nil || user.RoleID != c.want {
				t.Errorf("role %d, %v, want %d", user.RoleID, err, c.want)
			}
		})
	}
}

func TestUpdateUser(t *testing.T) {
	s := newSite(t)
	alice := s.register(t, "alice")
	public := s.role(t, store.RolePublic)
	changed, err := s.UpdateUser(t.Context(), alice.ID, accounts.UserChange{
		Username: new("Alicia"), Email: new("ALICIA@example.test"), Provider: new("github"),
		Confirmed: new(false), Blocked: new(true), Role: &accounts.RoleRef{ID: public.ID},
	})
	noError(t, err)
	want := alice
	want.Username, want.Email, want.Provider = "Alicia", "alicia@example.test", "github"
	want.Confirmed, want.Blocked, want.RoleID, want.UpdatedAt = false, true, public.ID, changed.UpdatedAt
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	same, err := s.UpdateUser(t.Context(), alice.ID, accounts.UserChange{})
	noError(t, err)
	want.UpdatedAt = same.UpdatedAt
	if diff := cmp.Diff(want, same); diff != "" {
		t.Errorf("an empty change changed (-want +got):\n%s", diff)
	}
}

func TestUpdateUserRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change accounts.UserChange
		want   error
	}{
		{"taken username", accounts.UserChange{Username: new("bobby")}, accounts.ErrUsernameTaken},
		{"taken address", accounts.UserChange{Email: new("BOBBY@example.test")}, accounts.ErrEmailTaken},
		{"username is another's address", accounts.UserChange{Username: new("Bobby@example.test")}, accounts.ErrTaken},
		{"address is another's username", accounts.UserChange{Email: new("bobby")}, accounts.ErrTaken},
		{"unknown role", accounts.UserChange{Role: &accounts.RoleRef{ID: 99}}, accounts.ErrRoleNotFound},
		{"no role", accounts.UserChange{Role: &accounts.RoleRef{}}, accounts.ErrRoleNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			alice := s.register(t, "alice")
			s.register(t, "bobby")
			_, err := s.UpdateUser(t.Context(), alice.ID, c.change)
			wantError(t, err, c.want)
			after, err := s.User(t.Context(), alice.ID)
			noError(t, err)
			if diff := cmp.Diff(alice, after); diff != "" {
				t.Errorf("refused, and yet (-before +after):\n%s", diff)
			}
		})
	}
}

func TestUpdateUserRules(t *testing.T) {
	s := newSite(t)
	alice := s.register(t, "alice")
	for _, c := range []struct {
		name   string
		change accounts.UserChange
		want   accounts.Rule
	}{
		{"short username", accounts.UserChange{Username: new("ab")}, accounts.RuleTooShort},
		{"long username", accounts.UserChange{Username: new(strings.Repeat("x", 256))}, accounts.RuleTooLong},
		{"control character", accounts.UserChange{Username: new("al\tice")}, accounts.RuleControl},
		{"long address", accounts.UserChange{Email: new(strings.Repeat("x", 255))}, accounts.RuleTooLong},
		{"empty password", accounts.UserChange{Password: new("")}, accounts.RuleNull},
		{"short password", accounts.UserChange{Password: new("short")}, accounts.RuleTooShort},
		{"long password", accounts.UserChange{Password: new(strings.Repeat("x", 73))}, accounts.RuleTooManyBytes},
		{"NUL in the provider", accounts.UserChange{Provider: new("git\x00hub")}, accounts.RuleControl},
		{"NUL in the password", accounts.UserChange{Password: new("secret\x00secret")}, accounts.RuleControl},
	} {
		_, err := s.UpdateUser(t.Context(), alice.ID, c.change)
		fields, _ := errors.AsType[accounts.FieldErrors](err)
		if len(fields) != 1 || fields[0].Rule != c.want {
			t.Errorf("%s: error = %v", c.name, err)
		}
	}
	_, _, err := s.Login(t.Context(), "alice", password)
	noError(t, err)
}

// Keeping one's own identifiers is no conflict, nor is an address shared from before it had to be unique.
func TestUpdateUserKeepsIdentifiers(t *testing.T) {
	s := newSite(t)
	alice := s.register(t, "alice")
	bob := s.register(t, "bobby")
	s.change(t, bob.ID, func(u *store.User) { u.Email = alice.Email })
	for _, change := range []accounts.UserChange{
		{Username: new("alice"), Email: new("alice@example.test")},
		{Username: new("Alice")},
		{Username: new("alice@example.test2")},
		{Blocked: new(true)},
	} {
		_, err := s.UpdateUser(t.Context(), alice.ID, change)
		noError(t, err)
	}
}

// A new password ends the tokens given out before; nothing else does.
func TestWhatEndsTokens(t *testing.T) {
	s := newSite(t)
	alice := s.register(t, "alice")
	public := s.role(t, store.RolePublic)
	for name, change := range map[string]accounts.UserChange{
		"block": {Blocked: new(true)}, "unblock": {Blocked: new(false)}, "role": {Role: &accounts.RoleRef{ID: public.ID}},
		"username": {Username: new("alicia")}, "address": {Email: new("alicia@example.test")},
		"confirmation": {Confirmed: new(false)}, "nothing": {},
	} {
		user, err := s.UpdateUser(t.Context(), alice.ID, change)
		noError(t, err)
		if user.ValidFrom != alice.ValidFrom {
			t.Errorf("%s moved ValidFrom to %d", name, user.ValidFrom)
		}
	}
	last := alice.ValidFrom
	for range 3 { // within one second
		user, err := s.UpdateUser(t.Context(), alice.ID, accounts.UserChange{Password: new("another password")})
		noError(t, err)
		if user.ValidFrom <= last || user.ValidFrom <= start.Unix() {
			t.Errorf("ValidFrom %d after %d", user.ValidFrom, last)
		}
		last = user.ValidFrom
	}
}

func TestUnknownUser(t *testing.T) {
	s := newSite(t)
	for _, id := range []int64{0, -1, 99} {
		_, err := s.User(t.Context(), id)
		wantError(t, err, accounts.ErrUserNotFound)
		_, err = s.UpdateUser(t.Context(), id, accounts.UserChange{Username: new("x")})
		wantError(t, err, accounts.ErrUserNotFound)
		_, err = s.DeleteUser(t.Context(), id)
		wantError(t, err, accounts.ErrUserNotFound)
	}
}

func TestDeleteUser(t *testing.T) {
	s := newSite(t)
	alice := s.register(t, "alice")
	deleted, err := s.DeleteUser(t.Context(), alice.ID)
	noError(t, err)
	if diff := cmp.Diff(alice, deleted); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	_, _, err = s.Login(t.Context(), "alice", password)
	wantError(t, err, accounts.ErrInvalidCredentials)
	if again := s.register(t, "alice"); again.ID <= alice.ID {
		t.Errorf("id %d is used again", again.ID)
	}
}

func TestFieldErrorsSayWhatIsWrong(t *testing.T) {
	wrong := accounts.FieldErrors{
		{Field: "username", Rule: accounts.RuleTooShort, Limit: 3, Value: "ab"},
		{Field: "username", Rule: accounts.RuleTooLong, Limit: 255},
		{Field: "password", Rule: accounts.RuleTooManyBytes, Limit: 73},
		{Field: "email", Rule: accounts.RuleControl},
		{Field: "password", Rule: accounts.RuleNull},
	}
	want := "username has less than 3 characters; username has more than 255 characters; " +
		"password has 73 bytes or more; email has control characters; password is missing"
	if got := wrong.Error(); got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}
