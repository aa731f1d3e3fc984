package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/gatewright/gatewright/store"
)

// reader has the reads of a store.Store, on a pool of connections or in a transaction.
type reader struct {
	db      bun.IDB
	dialect dialect
}

// tx is a store.Store in one transaction. It has the writes; those of Store run in a tx of their own.
type tx struct {
	reader
	parent  *Store
	now     time.Time
	changes []store.Change // appended so far
}

var _ store.Store = (*tx)(nil)

// Tx runs fn in one transaction. See store.Store.
func (s *Store) Tx(ctx context.Context, fn func(store.Store) error) error {
	return s.inTx(ctx, func(t *tx) error { return fn(t) })
}

// inTx runs fn in a transaction and tells the listeners what it changed.
func (s *Store) inTx(ctx context.Context, fn func(*tx) error) error {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.turn }()

	begun, err := s.writePool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning transaction: %w", err)
	}
	defer func() { _ = begun.Rollback() }() // does nothing after Commit

	t := &tx{reader: reader{db: begun, dialect: s.dialect}, parent: s, now: s.now().UTC().Truncate(time.Millisecond)}
	if err := fn(t); err != nil {
		return err
	}
	trimmed, err := t.trimWhenDue(ctx)
	if err != nil {
		return err
	}
	if err := begun.Commit(); err != nil {
		// A context that ended has rolled back already; what Commit says of it is less clear.
		return fmt.Errorf("committing transaction: %w", errors.Join(ctx.Err(), err))
	}
	if trimmed {
		s.lastTrim = t.now
	}
	s.listeners.notify(t.changes)
	return nil
}

// write is inTx for a function with a result.
func write[T any](ctx context.Context, s *Store, fn func(*tx) (T, error)) (T, error) {
	var result T
	err := s.inTx(ctx, func(t *tx) (err error) {
		result, err = fn(t)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return result, nil
}

// trimBatch is how many rows are removed in one write: others wait for a few milliseconds.
const trimBatch = 1000

// inBatches calls remove, in a transaction each time, until it removed less than trimBatch rows, and returns how many
// there were.
func (s *Store) inBatches(ctx context.Context, remove func(*tx) (int64, error)) (removed int64, err error) {
	for {
		n, err := write(ctx, s, remove)
		removed += n
		if err != nil || n < trimBatch {
			return removed, err
		}
	}
}

// rowsOf is how many rows a statement changed.
func rowsOf(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Tx refuses: a transaction is not begun within one.
func (t *tx) Tx(context.Context, func(store.Store) error) error {
	return errors.New("beginning transaction: there is one already")
}

// Close refuses: the Store is closed, not its transaction.
func (t *tx) Close() error {
	return errors.New("closing store: not inside a transaction")
}

// OnChange registers fn with the Store.
func (t *tx) OnChange(fn func([]store.Change)) (cancel func()) {
	return t.parent.OnChange(fn)
}
