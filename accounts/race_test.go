package accounts_test

import (
	"regexp"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

const newPassword = "Another password"

// setPassword changes a password as an administrator does.
func (s *site) setPassword(t *testing.T, id int64) {
	t.Helper()
	_, err := s.UpdateUser(t.Context(), id, accounts.UserChange{Password: new(newPassword)})
	noError(t, err)
}

// Comparing a password may wait long in a queue, and what was read before it counts no more.
func TestLoginWhileTheAccountChanges(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, s *site, id int64)
		want   error
	}{
		{"nothing", func(*testing.T, *site, int64) {}, nil},
		{"new password", func(t *testing.T, s *site, id int64) { s.setPassword(t, id) }, accounts.ErrInvalidCredentials},
		{"password taken away", func(t *testing.T, s *site, id int64) {
			s.change(t, id, func(u *store.User) { u.PasswordHash = "" })
		}, accounts.ErrInvalidCredentials},
		{"blocked", func(t *testing.T, s *site, id int64) {
			s.change(t, id, func(u *store.User) { u.Blocked = true })
		}, accounts.ErrBlocked},
		{"not confirmed any more", func(t *testing.T, s *site, id int64) {
			s.change(t, id, func(u *store.User) { u.Confirmed = false })
		}, accounts.ErrUnconfirmed},
		{"deleted", func(t *testing.T, s *site, id int64) {
			_, err := s.DeleteUser(t.Context(), id)
			noError(t, err)
		}, accounts.ErrInvalidCredentials},
		{"same password hashed anew", func(t *testing.T, s *site, id int64) {
			hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
			noError(t, err)
			s.change(t, id, func(u *store.User) { u.PasswordHash = string(hash) })
		}, nil},
		{"tokens ended", func(t *testing.T, s *site, id int64) {
			s.change(t, id, func(u *store.User) { u.ValidFrom = start.Unix() + 7 })
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			alice := s.register(t, "alice")
			s.set(t, func(a *accounts.Advanced) { a.EmailConfirmation = true })
			s.events.take()
			s.store.onFind.Store(new(func() { c.change(t, s, alice.ID) }))
			s.store.twice.Store(c.want == nil)
			user, token, err := s.Login(t.Context(), "alice", password)
			wantError(t, err, c.want)
			if c.want != nil {
				if token != "" || user.ID != 0 {
					t.Errorf("refused, and yet user %d and token %q", user.ID, token)
				}
				last := s.events.take()
				if e := last[len(last)-1]; e.Name != accounts.EventLoginFailed || e.Subject != "user 1" {
					t.Errorf("event %+v", e)
				}
				return
			}
			current, err := s.store.User(t.Context(), alice.ID)
			noError(t, err)
			if claims, err := s.tokens.Verify(token); err != nil || claims.IssuedAt < current.ValidFrom {
				t.Errorf("claims %+v, %v, of an account valid from %d", claims, err, current.ValidFrom)
			}
		})
	}
}

// A password is hashed anew by two sign-ins at once: the second one's hash is another, and yet the password is right.
func TestLoginRehashes(t *testing.T) {
	s := newSite(t)
	alice := s.register(t, "alice")
	dearer, err := accounts.NewPasswords(5)
	noError(t, err)
	other, err := accounts.New(accounts.Config{Store: s.store, Tokens: s.tokens, Passwords: dearer, Now: s.now})
	noError(t, err)
	s.store.onFind.Store(new(func() {
		_, _, err := other.Login(t.Context(), "alice", password)
		noError(t, err)
	}))
	user, _, err := other.Login(t.Context(), "alice", password)
	noError(t, err)
	if cost, err := bcrypt.Cost([]byte(user.PasswordHash)); err != nil || cost != 5 || user.ValidFrom != alice.ValidFrom {
		t.Errorf("cost %d, %v, valid from %d", cost, err, user.ValidFrom)
	}
}

// resetCode makes a code for a new password as the mail for it has it.
func (s *site) resetCode(t *testing.T, user store.User) string {
	t.Helper()
	mail, err := s.store.EnqueueMail(t.Context(), store.Mail{
		MessageID: "1@example.test", UserID: user.ID, Recipient: user.Email, Purpose: store.PurposeResetPassword,
	})
	noError(t, err)
	message, err := s.Compose(t.Context(), mail)
	noError(t, err)
	return regexp.MustCompile(`[0-9a-f]{128}`).FindString(message.HTML)
}

// A token is no younger than what was read of the account, however long it takes to be made: a change of password in
// between ends it.
func TestTokenEndsWithTheNextChange(t *testing.T) {
	const between = 5 * time.Second
	for name, issue := range map[string]func(t *testing.T, s *site, alice store.User) (string, error){
		"login": func(t *testing.T, s *site, _ store.User) (string, error) {
			_, token, err := s.Login(t.Context(), "alice", password)
			return token, err
		},
		"change of password": func(t *testing.T, s *site, alice store.User) (string, error) {
			_, token, err := s.ChangePassword(t.Context(), alice.ID, password, "Yet another password")
			return token, err
		},
		"reset of password": func(t *testing.T, s *site, alice store.User) (string, error) {
			code := s.resetCode(t, alice)
			_, token, err := s.ResetPassword(t.Context(), code, "Yet another password")
			return token, err
		},
		"registration": func(t *testing.T, s *site, _ store.User) (string, error) {
			_, token, err := s.Register(t.Context(), registration("bobby"))
			return token, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			alice := s.register(t, "alice")
			s.store.onTx.Store(new(func() {
				newest, err := s.FindUsers(t.Context(), store.Query{Sort: []store.Sort{{Field: "id", Desc: true}}, Limit: 1})
				noError(t, err)
				s.setPassword(t, newest[0].ID)
				s.advance(between)
			}))
			token, err := issue(t, s, alice)
			noError(t, err)
			wantEnded(t, s, token)
		})
	}
	t.Run("token for an operator", func(t *testing.T) {
		s := newSite(t)
		alice := s.register(t, "alice")
		s.store.onFind.Store(new(func() {
			s.setPassword(t, alice.ID)
			s.advance(between)
		}))
		_, token, err := s.IssueToken(t.Context(), "alice")
		noError(t, err)
		wantEnded(t, s, token)
	})
}

func wantEnded(t *testing.T, s *site, token string) {
	t.Helper()
	claims, err := s.tokens.Verify(token)
	noError(t, err)
	user, err := s.store.User(t.Context(), claims.UserID)
	noError(t, err)
	if claims.IssuedAt >= user.ValidFrom {
		t.Errorf("issued at %d, and good although the password changed at %d", claims.IssuedAt, user.ValidFrom)
	}
}

// Who knew the old password does not undo a change that came meanwhile.
func TestChangePasswordWhileItChanges(t *testing.T) {
	s := newSite(t)
	alice := s.register(t, "alice")
	s.events.take()
	hook := func() {
		s.store.onUser.Store(nil)
		s.setPassword(t, alice.ID)
	}
	s.store.onUser.Store(&hook)
	_, token, err := s.ChangePassword(t.Context(), alice.ID, password, "The thief's password")
	wantError(t, err, accounts.ErrCurrentPassword)
	if token != "" {
		t.Error("refused, and yet a token")
	}
	if recorded := s.events.take(); recorded[len(recorded)-1].Outcome != "wrong_current_password" {
		t.Errorf("events %+v", recorded)
	}
	_, _, err = s.Login(t.Context(), "alice", newPassword)
	noError(t, err)

	s.store.twice.Store(true)
	_, _, err = s.ChangePassword(t.Context(), alice.ID, newPassword, "Chosen by alice")
	noError(t, err)
}

func TestAdminLoginWhileTheOperatorChanges(t *testing.T) {
	for name, change := range map[string]func(s *site) error{
		"new password": func(s *site) error {
			_, err := s.SetAdminPassword(t.Context(), "admin@example.test", newPassword)
			return err
		},
		"blocked": func(s *site) error {
			_, err := s.BlockAdmin(t.Context(), "admin@example.test", true)
			return err
		},
		"removed": func(s *site) error {
			_, err := s.RemoveAdmin(t.Context(), "admin@example.test")
			return err
		},
		"made anew": func(s *site) error {
			if _, err := s.RemoveAdmin(t.Context(), "admin@example.test"); err != nil {
				return err
			}
			_, err := s.AddAdmin(t.Context(), "admin@example.test", password)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			newAdmin(t, s)
			s.events.take()
			s.store.onFind.Store(new(func() { noError(t, change(s)) }))
			_, token, err := s.AdminLogin(t.Context(), "admin@example.test", password)
			wantError(t, err, accounts.ErrInvalidCredentials)
			if token != "" {
				t.Error("refused, and yet a token")
			}
			recorded := s.events.take()
			if e := recorded[len(recorded)-1]; e.Name != accounts.EventAdminLoginFailed || e.Subject != "admin 1" {
				t.Errorf("event %+v", e)
			}
		})
	}
}
