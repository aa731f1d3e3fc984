package policy

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/gatewright/gatewright/store"
)

// fakeSource is a Source made of functions.
type fakeSource struct {
	roles  func(context.Context) ([]store.Role, error)
	grants func(context.Context) ([]store.Grant, error)
}

func (f *fakeSource) Roles(ctx context.Context) ([]store.Role, error) { return f.roles(ctx) }

func (f *fakeSource) Grants(ctx context.Context) ([]store.Grant, error) { return f.grants(ctx) }

// oneRole is a source with role 1, whose grants are those the function returns.
func oneRole(grants func(context.Context) ([]store.Grant, error)) *fakeSource {
	return &fakeSource{
		roles:  func(context.Context) ([]store.Role, error) { return []store.Role{{ID: 1}}, nil },
		grants: grants,
	}
}

func TestEngineRebuilds(t *testing.T) {
	var granted []store.Grant
	engine, err := NewEngine(t.Context(), oneRole(func(context.Context) ([]store.Grant, error) { return granted, nil }))
	if err != nil {
		t.Fatal(err)
	}
	before := engine.Snapshot()
	if before.Decide(1, find).Allowed {
		t.Error("allowed without a grant")
	}
	granted = []store.Grant{{RoleID: 1, Action: find}}
	if err := engine.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !engine.Snapshot().Decide(1, find).Allowed {
		t.Error("the grant is not seen")
	}
	if before.Decide(1, find).Allowed {
		t.Error("the old snapshot has changed")
	}
	granted = nil
	if err := engine.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if engine.Snapshot().Decide(1, find).Allowed {
		t.Error("the grant outlives its removal")
	}
}

func TestEngineKeepsTheLastSnapshot(t *testing.T) {
	broken := errors.New("broken")
	var failRoles, failGrants bool
	source := &fakeSource{
		roles: func(context.Context) ([]store.Role, error) {
			if failRoles {
				return nil, broken
			}
			return []store.Role{{ID: 1}}, nil
		},
		grants: func(context.Context) ([]store.Grant, error) {
			if failGrants {
				return nil, broken
			}
			return []store.Grant{{RoleID: 1, Action: find}}, nil
		},
	}
	engine, err := NewEngine(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	last := engine.Snapshot()
	for _, test := range []struct {
		name          string
		roles, grants bool
	}{{"roles", true, false}, {"grants", false, true}} {
		t.Run(test.name, func(t *testing.T) {
			failRoles, failGrants = test.roles, test.grants
			if err := engine.Rebuild(t.Context()); !errors.Is(err, broken) {
				t.Errorf("got %v", err)
			}
			if engine.Snapshot() != last {
				t.Error("the snapshot has changed")
			}
			if _, err := NewEngine(t.Context(), source); !errors.Is(err, broken) {
				t.Errorf("a new engine: %v", err)
			}
		})
	}
	failRoles, failGrants = false, false
	if err := engine.Rebuild(t.Context()); err != nil || engine.Snapshot() == last {
		t.Errorf("after the failure: %v", err)
	}
}

func TestRebuildWaitsNoLongerThanItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		close(release)
		engine, err := NewEngine(t.Context(), oneRole(func(context.Context) ([]store.Grant, error) {
			<-release
			return nil, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		release = make(chan struct{})
		var running sync.WaitGroup
		running.Go(func() {
			if err := engine.Rebuild(t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := engine.Rebuild(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		close(release)
		running.Wait()
	})
}

// Those who wait while another reads may have asked after it read, so they need one more reading, but one for all.
func TestWaitingRebuildsShareOneReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var readings atomic.Int64
		var gate atomic.Pointer[chan struct{}]
		engine, err := NewEngine(t.Context(), oneRole(func(context.Context) ([]store.Grant, error) {
			readings.Add(1)
			if open := gate.Load(); open != nil {
				<-*open
			}
			return nil, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		open := make(chan struct{})
		gate.Store(&open)
		var running sync.WaitGroup
		rebuild := func() {
			if err := engine.Rebuild(t.Context()); err != nil {
				t.Error(err)
			}
		}
		running.Go(rebuild)
		synctest.Wait()
		for range 20 {
			running.Go(rebuild)
		}
		synctest.Wait()
		close(open)
		running.Wait()
		if got := readings.Load(); got != 3 {
			t.Errorf("%d readings, want the first, the one that ran and one more", got)
		}
	})
}

// Each Rebuild that returns must show at least what was true when it was called, whatever runs beside it.
func TestRacingRebuildsNeverGoBack(t *testing.T) {
	var version atomic.Int64
	engine, err := NewEngine(t.Context(), &fakeSource{
		roles:  func(context.Context) ([]store.Role, error) { return []store.Role{{ID: version.Load()}}, nil },
		grants: func(context.Context) ([]store.Grant, error) { return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for range 50 {
				written := version.Add(1)
				if err := engine.Rebuild(t.Context()); err != nil {
					t.Error(err)
					return
				}
				if seen := engine.Snapshot().Roles()[0].ID; seen < written {
					t.Errorf("wrote %d, but the snapshot has %d", written, seen)
				}
			}
		})
	}
	running.Wait()
}
