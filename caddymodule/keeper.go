package caddymodule

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/store"
)

// caches are what accounts remember of the store.
type caches struct {
	service       *accounts.Service
	authenticator *accounts.Authenticator
}

func (c caches) forget(changes []store.Change, complete bool) {
	if !complete {
		c.service.ForgetAll()
		c.authenticator.ForgetAll()
		return
	}
	c.service.Forget(changes)
	c.authenticator.Forget(changes)
}

// How long a policy may take to build, and how soon a failure is tried again.
const (
	rebuildTimeout = 10 * time.Second
	rebuildRetry   = 200 * time.Millisecond
)

// policyKeeper rebuilds the policy when it changes.
type policyKeeper struct {
	engine *policy.Engine
	logger *slog.Logger
	stale  atomic.Bool
	// failing keeps the log from saying the same with every try.
	failing atomic.Bool
}

// keep returns the listener. What fails is tried again until it works or ctx ends.
func (k *policyKeeper) keep(ctx context.Context) store.Listener {
	go func() {
		ticker := time.NewTicker(rebuildRetry)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if k.stale.Load() {
					k.rebuild(ctx)
				}
			}
		}
	}()
	return func(changes []store.Change, complete bool) {
		if !complete || slices.ContainsFunc(changes, func(c store.Change) bool { return c.Kind == store.ChangePolicy }) {
			k.rebuild(ctx)
		}
	}
}

func (k *policyKeeper) rebuild(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, rebuildTimeout)
	defer cancel()
	// Cleared before, not after: a later change whose own rebuild fails meanwhile must not be forgotten.
	k.stale.Store(false)
	err := k.engine.Rebuild(ctx)
	if err != nil {
		k.stale.Store(true)
	}
	if failing := k.failing.Swap(err != nil); err != nil && !failing {
		k.logger.Error("policy could not be rebuilt, the last one stays until it can", "error", err)
	}
}
