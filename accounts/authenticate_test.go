package accounts_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

// gate is a site with an Authenticator that hears of the store's changes while it is told of them.
type gate struct {
	*site
	*accounts.Authenticator
	fresh atomic.Bool
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{site: newSite(t)}
	g.fresh.Store(true)
	var err error
	g.Authenticator, err = accounts.NewAuthenticator(g.tokens, g.Service, g.fresh.Load)
	noError(t, err)
	t.Cleanup(g.store.OnChange(g.Authenticator.Forget))
	return g
}

func (g *gate) signIn(t *testing.T, name string) (store.User, string) {
	t.Helper()
	user, token, err := g.Register(t.Context(), registration(name))
	noError(t, err)
	return user, token
}

func (g *gate) wantReads(t *testing.T, want int64) {
	t.Helper()
	if got := g.store.userReads.Swap(0); got != want {
		t.Errorf("%d reads of accounts, want %d", got, want)
	}
}

func TestAuthenticate(t *testing.T) {
	g := newGate(t)
	alice, token := g.signIn(t, "alice")
	got, err := g.Authenticate(t.Context(), token)
	noError(t, err)
	want := accounts.Principal{UserID: alice.ID, RoleID: alice.RoleID, Username: "alice", Email: "alice@example.test"}
	if diff := cmp.Diff(want, got); diff != "" || got.Anonymous() {
		t.Errorf("principal (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"", "nonsense", token + "x", token[:len(token)-2]} {
		got, err := g.Authenticate(t.Context(), bad)
		wantError(t, err, accounts.ErrToken)
		if !got.Anonymous() {
			t.Errorf("a bad token is of %+v", got)
		}
	}
	nobodys, err := g.tokens.Issue(999, 0)
	noError(t, err)
	_, err = g.Authenticate(t.Context(), nobodys)
	wantError(t, err, accounts.ErrAccount)
	unnamed, err := g.tokens.Issue(0, 0)
	noError(t, err)
	_, err = g.Authenticate(t.Context(), unnamed)
	wantError(t, err, accounts.ErrAccount)
}

// Whatever becomes of an account counts for the next request with a token given out before.
func TestChangesCountAtOnce(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, g *gate, id int64)
		want   error
	}{
		{"blocked", func(t *testing.T, g *gate, id int64) {
			_, err := g.UpdateUser(t.Context(), id, accounts.UserChange{Blocked: new(true)})
			noError(t, err)
		}, accounts.ErrAccount},
		{"deleted", func(t *testing.T, g *gate, id int64) {
			_, err := g.DeleteUser(t.Context(), id)
			noError(t, err)
		}, accounts.ErrAccount},
		{"new password", func(t *testing.T, g *gate, id int64) {
			_, err := g.UpdateUser(t.Context(), id, accounts.UserChange{Password: new("another password")})
			noError(t, err)
		}, accounts.ErrToken},
		{"unconfirmed where nobody asks", func(t *testing.T, g *gate, id int64) {
			_, err := g.UpdateUser(t.Context(), id, accounts.UserChange{Confirmed: new(false)})
			noError(t, err)
		}, nil},
		{"unconfirmed where confirmation is required", func(t *testing.T, g *gate, id int64) {
			_, err := g.UpdateUser(t.Context(), id, accounts.UserChange{Confirmed: new(false)})
			noError(t, err)
			g.set(t, func(a *accounts.Advanced) { a.EmailConfirmation = true })
		}, accounts.ErrAccount},
		{"confirmed where confirmation is required", func(t *testing.T, g *gate, _ int64) {
			g.set(t, func(a *accounts.Advanced) { a.EmailConfirmation = true })
		}, nil},
		{"renamed", func(t *testing.T, g *gate, id int64) {
			_, err := g.UpdateUser(t.Context(), id, accounts.UserChange{Username: new("alicia")})
			noError(t, err)
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGate(t)
			alice, token := g.signIn(t, "alice")
			_, err := g.Authenticate(t.Context(), token)
			noError(t, err)
			c.change(t, g, alice.ID)
			got, err := g.Authenticate(t.Context(), token)
			wantError(t, err, c.want)
			if c.want != nil {
				return
			}
			now, err := g.User(t.Context(), alice.ID)
			noError(t, err)
			if got.Username != now.Username || got.RoleID != now.RoleID {
				t.Errorf("principal %+v", got)
			}
		})
	}
}

func TestRoleChangeCountsAtOnce(t *testing.T) {
	g := newGate(t)
	_, token := g.signIn(t, "alice")
	_, err := g.Authenticate(t.Context(), token)
	noError(t, err)
	_, err = g.DeleteRole(t.Context(), g.role(t, store.RoleAuthenticated).ID)
	noError(t, err)
	got, err := g.Authenticate(t.Context(), token)
	if public := g.role(t, store.RolePublic).ID; err != nil || got.RoleID != public {
		t.Errorf("role %d, %v, want %d", got.RoleID, err, public)
	}
}

// A token given out with the new password is good at once, and the old ones stay refused.
func TestTokensAroundAPasswordChange(t *testing.T) {
	g := newGate(t)
	alice, old := g.signIn(t, "alice")
	for range 2 { // twice in one second
		_, err := g.UpdateUser(t.Context(), alice.ID, accounts.UserChange{Password: new("another password")})
		noError(t, err)
		_, err = g.Authenticate(t.Context(), old)
		wantError(t, err, accounts.ErrToken)
		_, fresh, err := g.Login(t.Context(), "alice", "another password")
		noError(t, err)
		_, err = g.Authenticate(t.Context(), fresh)
		noError(t, err)
		old = fresh
	}
	g.advance(time.Hour)
	_, later, err := g.Login(t.Context(), "alice", "another password")
	noError(t, err)
	for _, token := range []string{old, later} {
		_, err = g.Authenticate(t.Context(), token)
		noError(t, err)
	}
}

func TestPrincipalsAreRemembered(t *testing.T) {
	g := newGate(t)
	alice, token := g.signIn(t, "alice")
	bob, bobs := g.signIn(t, "bobby")
	authenticate := func(token string, times int) {
		t.Helper()
		for range times {
			_, err := g.Authenticate(t.Context(), token)
			noError(t, err)
		}
	}
	g.wantReads(t, 0)
	authenticate(token, 5)
	authenticate(bobs, 5)
	g.wantReads(t, 2)

	g.change(t, alice.ID, func(*store.User) {})
	authenticate(token, 2)
	authenticate(bobs, 2)
	g.wantReads(t, 1) // only alice was forgotten

	g.Authenticator.Forget([]store.Change{{Kind: store.ChangePolicy, Subject: "1"}, {Kind: store.ChangeSetting, Subject: "2"}})
	authenticate(token, 2)
	g.wantReads(t, 0)

	g.Authenticator.Forget([]store.Change{{Kind: store.ChangeUser}}) // all users
	authenticate(token, 2)
	authenticate(bobs, 2)
	g.wantReads(t, 2)

	g.Authenticator.ForgetAll()
	authenticate(token, 2)
	authenticate(bobs, 2)
	g.wantReads(t, 2)

	g.fresh.Store(false) // news is late: the store is asked every time, and nothing is remembered
	authenticate(token, 3)
	g.wantReads(t, 3)
	g.fresh.Store(true)
	g.change(t, bob.ID, func(*store.User) {})
	g.fresh.Store(false)
	authenticate(bobs, 1)
	g.fresh.Store(true)
	g.wantReads(t, 1)
	authenticate(bobs, 2)
	g.wantReads(t, 1)
}

// While news is late, what was remembered counts for nothing.
func TestStaleNewsIsReadThrough(t *testing.T) {
	g := newGate(t)
	alice, token := g.signIn(t, "alice")
	_, err := g.Authenticate(t.Context(), token)
	noError(t, err)
	g.fresh.Store(false)
	deaf, err := accounts.NewAuthenticator(g.tokens, g.Service, g.fresh.Load) // hears of no change
	noError(t, err)
	g.fresh.Store(true)
	_, err = deaf.Authenticate(t.Context(), token)
	noError(t, err)
	g.change(t, alice.ID, func(u *store.User) { u.Blocked = true })
	g.fresh.Store(false)
	_, err = deaf.Authenticate(t.Context(), token)
	wantError(t, err, accounts.ErrAccount)
}

// What was read before a change and arrives after the news of it is not remembered.
func TestReadingThatIsOvertaken(t *testing.T) {
	for name, announce := range map[string]func(g *gate, id int64){
		"a change of the account": func(*gate, int64) {},
		"all of them":             func(g *gate, _ int64) { g.ForgetAll() },
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t)
			alice, token := g.signIn(t, "alice")
			reading, goOn := make(chan struct{}), make(chan struct{})
			var once sync.Once
			hook := func() {
				once.Do(func() {
					close(reading)
					<-goOn
				})
			}
			g.store.onUser.Store(&hook)

			var slow sync.WaitGroup
			slow.Go(func() {
				// It began before the change, so either answer is right; what counts is what stays behind.
				if _, err := g.Authenticate(t.Context(), token); err != nil {
					t.Errorf("the overtaken request: %v", err)
				}
			})
			<-reading
			g.change(t, alice.ID, func(u *store.User) { u.Blocked = true })
			announce(g, alice.ID)
			close(goOn)
			slow.Wait()
			_, err := g.Authenticate(t.Context(), token)
			wantError(t, err, accounts.ErrAccount)
		})
	}
}

func TestAuthenticateWhenTheStoreFails(t *testing.T) {
	g := newGate(t)
	_, token := g.signIn(t, "alice")
	noError(t, g.store.Close())
	_, err := g.Authenticate(t.Context(), token)
	if err == nil || errors.Is(err, accounts.ErrToken) || errors.Is(err, accounts.ErrAccount) {
		t.Errorf("error = %v, want the store's", err)
	}
}
