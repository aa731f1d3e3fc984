package policy

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/gatewright/gatewright/store"
)

// Source is where an Engine reads the policy; store.Store is one.
type Source interface {
	Roles(ctx context.Context) ([]store.Role, error)
	Grants(ctx context.Context) ([]store.Grant, error)
}

// Engine holds the current Snapshot. It is safe for concurrent use.
type Engine struct {
	source  Source
	current atomic.Pointer[Snapshot]

	building chan struct{} // full while a rebuild runs; a channel, so that who waits can be cancelled
	begun    atomic.Int64  // rebuilds that began to read
	good     int64         // the last of them that succeeded; guarded by building
}

// NewEngine returns an engine with a first snapshot of the source, or the error of making it.
func NewEngine(ctx context.Context, source Source) (*Engine, error) {
	e := &Engine{source: source, building: make(chan struct{}, 1)}
	if err := e.Rebuild(ctx); err != nil {
		return nil, err
	}
	return e, nil
}

// Snapshot returns the current snapshot, never nil. Who makes several decisions for one request takes it once.
func (e *Engine) Snapshot() *Snapshot {
	return e.current.Load()
}

// Rebuild reads the policy and makes it the current snapshot. When it returns nil, the snapshot has everything that was
// durable when it was called. Rebuilds run one after another and read only when it is their turn, so older data never
// replaces newer; one that waited while another read and succeeded has nothing left to do. After an error, which may be
// that of ctx, the last snapshot stays.
func (e *Engine) Rebuild(ctx context.Context) error {
	before := e.begun.Load()
	select {
	case e.building <- struct{}{}:
		defer func() { <-e.building }()
	case <-ctx.Done():
		return fmt.Errorf("waiting for a rebuild of the policy: %w", ctx.Err())
	}
	if e.good > before {
		return nil
	}
	turn := e.begun.Add(1)
	// Roles first: a grant that is newer than its role's reading is ignored, and its own change brings another rebuild.
	roles, err := e.source.Roles(ctx)
	if err != nil {
		return fmt.Errorf("reading roles: %w", err)
	}
	grants, err := e.source.Grants(ctx)
	if err != nil {
		return fmt.Errorf("reading grants: %w", err)
	}
	snapshot, err := Build(roles, grants)
	if err != nil {
		return fmt.Errorf("building the policy: %w", err)
	}
	e.current.Store(snapshot)
	e.good = turn
	return nil
}
