package caddymodule

import (
	"context"
	"errors"
	"testing"

	"github.com/gatewright/gatewright/store"
)

// fakeBackend counts how often its store is opened and closed.
type fakeBackend struct {
	store.Store
	key            string
	failure        error
	opened, closed int
}

func (b *fakeBackend) Exists() bool { return true }

func (b *fakeBackend) Key() string { return b.key }

func (b *fakeBackend) Open(context.Context) (store.Store, error) {
	b.opened++
	return b, b.failure
}

func (b *fakeBackend) Close() error {
	b.closed++
	return nil
}

func TestStoresAreShared(t *testing.T) {
	backend := &fakeBackend{key: t.Name()}
	other := &fakeBackend{key: t.Name() + " with another option"}
	old := acquire(t, backend)
	next := acquire(t, backend)
	if old != next || backend.opened != 1 {
		t.Errorf("two configurations have opened one store %d times", backend.opened)
	}
	changed := acquire(t, other)
	if other.opened != 1 || changed.fingerprint() == old.fingerprint() {
		t.Errorf("another configuration of a store has opened %d", other.opened)
	}
	release(t, old)
	if backend.closed != 0 {
		t.Error("the store is closed, and a configuration uses it")
	}
	release(t, next)
	release(t, changed)
	if backend.closed != 1 || other.closed != 1 {
		t.Errorf("closed %d and %d times", backend.closed, other.closed)
	}
}

// TestFailedOpen tells that a failure leaves nothing behind: the next configuration tries anew.
func TestFailedOpen(t *testing.T) {
	failure := errors.New("out of order")
	backend := &fakeBackend{key: t.Name(), failure: failure}
	if _, err := acquireStore(t.Context(), backend); !errors.Is(err, failure) {
		t.Fatalf("got %v", err)
	}
	backend.failure = nil
	release(t, acquire(t, backend))
	if backend.opened != 2 || backend.closed != 1 {
		t.Errorf("opened %d and closed %d times", backend.opened, backend.closed)
	}
}

// TestCleanupWithoutStore is what Caddy does to an app whose store could not be opened.
func TestCleanupWithoutStore(t *testing.T) {
	backend := &fakeBackend{key: t.Name()}
	running := acquire(t, backend)
	if err := new(App).Cleanup(); err != nil {
		t.Error(err)
	}
	if backend.closed != 0 {
		t.Error("the store of the running configuration is closed")
	}
	release(t, running)
}

func acquire(t *testing.T, backend StoreBackend) *pooledStore {
	t.Helper()
	s, err := acquireStore(t.Context(), backend)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func release(t *testing.T, s *pooledStore) {
	t.Helper()
	if err := s.release(); err != nil {
		t.Fatal(err)
	}
}
