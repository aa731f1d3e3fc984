// Package sqlstore keeps the contract of package store in a SQL database: today SQLite, in one file. It owns the schema,
// its migrations and the translation of queries. It leaves the rules of an account, and every decision, to others.
package sqlstore

import (
	"errors"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/gatewright/gatewright/store"
)

// Store is a store.Store in a SQL database. Reads outside Tx run beside each other and beside the one write at a time.
type Store struct {
	reader            // on readPool
	lists     reader  // on listPool
	readPool  *bun.DB // connections that only read
	listPool  *bun.DB // more of them, for what may take long; nothing else ever waits behind it
	writePool *bun.DB // one connection
	now       func() time.Time
	maxEvents int64

	// turn is held by the write under way, from its beginning until its listeners have returned. A channel, so that
	// waiting for it ends with the context.
	turn      chan struct{}
	lastTrim  time.Time // guarded by turn
	listeners listeners
}

var _ store.Store = (*Store)(nil)

func newStore(d dialect, readPool, listPool, writePool *bun.DB) *Store {
	return &Store{
		reader:    reader{db: readPool, dialect: d},
		lists:     reader{db: listPool, dialect: d},
		readPool:  readPool,
		listPool:  listPool,
		writePool: writePool,
		now:       time.Now,
		maxEvents: store.MaxEvents,
		turn:      make(chan struct{}, 1),
	}
}

// Close closes the database once the write under way has ended.
func (s *Store) Close() error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	// The writer goes last: the last connection of all moves what is in the write-ahead log to the database file.
	return errors.Join(s.readPool.Close(), s.listPool.Close(), s.writePool.Close())
}

// OnChange registers fn to be called after each write. See store.ChangeLog.
func (s *Store) OnChange(fn func([]store.Change)) (cancel func()) {
	return s.listeners.add(fn)
}

// listeners are the functions that hear of changes, in the order they were registered.
type listeners struct {
	mu  sync.Mutex
	fns []*func([]store.Change)
}

func (l *listeners) add(fn func([]store.Change)) (cancel func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fns = append(l.fns, &fn)
	return func() { l.remove(&fn) }
}

func (l *listeners) remove(fn *func([]store.Change)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// A new slice, since notify may be walking the old one.
	kept := make([]*func([]store.Change), 0, len(l.fns))
	for _, other := range l.fns {
		if other != fn {
			kept = append(kept, other)
		}
	}
	l.fns = kept
}

func (l *listeners) notify(changes []store.Change) {
	if len(changes) == 0 {
		return
	}
	l.mu.Lock()
	fns := l.fns
	l.mu.Unlock()
	for _, fn := range fns {
		(*fn)(changes)
	}
}
