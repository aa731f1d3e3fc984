package accounts_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store"
	"github.com/gatewright/gatewright/store/sqlstore"
)

const password = "Passw0rd of somebody"

// start is when the tests' clock begins: now, since the store goes by a clock of its own.
var start = time.Now().Truncate(time.Second)

// site is a service with a new SQLite store, as a running gateway has it: caches are told of changes.
type site struct {
	*accounts.Service
	store  *wrapped
	tokens *sessions.Tokens
	clock  *atomic.Int64 // Unix nanoseconds
	events *events
}

// events is what was recorded.
type events struct {
	mu   sync.Mutex
	list []store.Event
}

func (e *events) record(_ context.Context, event store.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, event)
}

// take returns what was recorded since it was last called.
func (e *events) take() []store.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := e.list
	e.list = nil
	return list
}

func newSite(t testing.TB) *site {
	t.Helper()
	backend, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "gatewright.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := backend.Close(); err != nil {
			t.Errorf("closing store: %v", err)
		}
	})
	s := &site{store: &wrapped{Store: backend}, clock: new(atomic.Int64), events: new(events)}
	s.clock.Store(start.UnixNano())
	key := sessions.Key{ID: "k1", Algorithm: sessions.HS256, Secret: "a secret of more than sixteen bytes"}
	keys, err := sessions.NewKeySet(key)
	if err != nil {
		t.Fatal(err)
	}
	if s.tokens, err = sessions.NewTokens(keys, 0, s.now); err != nil {
		t.Fatal(err)
	}
	passwords, err := accounts.NewPasswords(4)
	if err != nil {
		t.Fatal(err)
	}
	s.Service, err = accounts.New(accounts.Config{
		Store: s.store, Tokens: s.tokens, Passwords: passwords, Now: s.now, Events: s.events.record,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.OnChange(s.Forget))
	return s
}

func (s *site) now() time.Time { return time.Unix(0, s.clock.Load()) }

func (s *site) advance(d time.Duration) { s.clock.Add(int64(d)) }

// wrapped is a store whose calls a test can watch, hold up or fail.
type wrapped struct {
	store.Store
	userReads    atomic.Int64
	settingReads atomic.Int64
	// onUser is called, when it is set, with what User read, before it returns.
	onUser atomic.Pointer[func()]
	// onFind is like onUser for FindUsers and AdminByEmail, and onTx for a Tx that was committed. Both are called once.
	onFind, onTx atomic.Pointer[func()]
	// twice makes Tx run each function a second time after rolling back the first, as a backend may.
	twice atomic.Bool
}

func (w *wrapped) User(ctx context.Context, id int64) (store.User, error) {
	w.userReads.Add(1)
	user, err := w.Store.User(ctx, id)
	if hook := w.onUser.Load(); hook != nil {
		(*hook)()
	}
	return user, err
}

func (w *wrapped) FindUsers(ctx context.Context, q store.Query) ([]store.User, error) {
	users, err := w.Store.FindUsers(ctx, q)
	callOnce(&w.onFind)
	return users, err
}

func (w *wrapped) AdminByEmail(ctx context.Context, email string) (store.Admin, error) {
	admin, err := w.Store.AdminByEmail(ctx, email)
	callOnce(&w.onFind)
	return admin, err
}

func callOnce(hook *atomic.Pointer[func()]) {
	if fn := hook.Swap(nil); fn != nil {
		(*fn)()
	}
}

func (w *wrapped) Setting(ctx context.Context, name string) (json.RawMessage, error) {
	w.settingReads.Add(1)
	return w.Store.Setting(ctx, name)
}

var errAgain = errors.New("again")

func (w *wrapped) Tx(ctx context.Context, fn func(store.Store) error) error {
	if w.twice.Load() {
		err := w.Store.Tx(ctx, func(tx store.Store) error { return errors.Join(fn(tx), errAgain) })
		if err == nil {
			return errors.New("the first try was not rolled back")
		}
	}
	err := w.Store.Tx(ctx, fn)
	if err == nil {
		callOnce(&w.onTx)
	}
	return err
}

// register signs somebody up as name, name@example.test and the password.
func (s *site) register(t testing.TB, name string) store.User {
	t.Helper()
	user, _, err := s.Register(t.Context(), registration(name))
	if err != nil {
		t.Fatal(err)
	}
	return user
}

func registration(name string) accounts.Registration {
	return accounts.Registration{Username: name, Email: name + "@example.test", Password: password}
}

// change updates an account in the store, past the service's rules.
func (s *site) change(t testing.TB, id int64, change func(*store.User)) {
	t.Helper()
	_, err := s.store.UpdateUser(t.Context(), id, func(u store.User) (store.User, error) {
		change(&u)
		return u, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// set changes the advanced settings.
func (s *site) set(t testing.TB, change func(*accounts.Advanced)) {
	t.Helper()
	err := s.UpdateAdvanced(t.Context(), func(a accounts.Advanced) (accounts.Advanced, error) {
		change(&a)
		return a, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) setProvider(t testing.TB, name string, enabled bool) {
	t.Helper()
	err := s.UpdateProviders(t.Context(), func(p accounts.Providers) (accounts.Providers, error) {
		one := p[name]
		one.Enabled = enabled
		p[name] = one
		return p, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) role(t testing.TB, roleType string) store.Role {
	t.Helper()
	role, err := s.store.RoleByType(t.Context(), roleType)
	if err != nil {
		t.Fatal(err)
	}
	return role
}

func (s *site) count(t testing.TB) int64 {
	t.Helper()
	n, err := s.CountUsers(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func wantError(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error = %v, want %v", got, want)
	}
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
