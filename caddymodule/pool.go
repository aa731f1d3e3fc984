package caddymodule

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatewright/gatewright/store"
)

// openTimeout bounds how long a store may take to open, its migrations included.
const openTimeout = 30 * time.Second

// StoreBackend is a guest module in the namespace gatewright.stores.
type StoreBackend interface {
	// Key says which store this is: the whole of its configuration, so that a changed option opens a new one. It may hold
	// secrets and is never logged.
	Key() string
	// Exists tells whether there is such a store already, without opening it.
	Exists() bool
	// Open opens the store, and makes it when it is not there. It may be open already, by a configuration that is about to be replaced.
	Open(ctx context.Context) (store.Store, error)
}

// stores are the open stores. A configuration that replaces another one with the same store goes on with its connection.
var stores = caddy.NewUsagePool()

// pooledStore is an open store that configurations share.
type pooledStore struct {
	store.Store
	key string
}

// Destruct closes the store when no configuration uses it any more.
func (p *pooledStore) Destruct() error { return p.Close() }

func acquireStore(ctx context.Context, backend StoreBackend) (*pooledStore, error) {
	key := backend.Key()
	value, _, err := stores.LoadOrNew(key, func() (caddy.Destructor, error) {
		ctx, cancel := context.WithTimeout(ctx, openTimeout)
		defer cancel()
		opened, err := backend.Open(ctx)
		if err != nil {
			return nil, err
		}
		return &pooledStore{Store: opened, key: key}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	pooled, ok := value.(*pooledStore)
	if !ok {
		return nil, errors.New("the pool of stores holds something else")
	}
	return pooled, nil
}

func (p *pooledStore) release() error {
	_, err := stores.Delete(p.key)
	return err
}

// fingerprint names the store without telling its configuration.
func (p *pooledStore) fingerprint() string { return fingerprint(p.key) }

func fingerprint(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
