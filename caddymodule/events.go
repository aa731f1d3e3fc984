package caddymodule

import (
	"context"
	"errors"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"go.uber.org/zap"

	"github.com/gatewright/gatewright/store"
)

// Bounds of keeping events.
const (
	defaultRetention = 90 * 24 * time.Hour
	trimInterval     = time.Hour
	appendTimeout    = 5 * time.Second
)

// recorder keeps what happens: a line in the log, a row in the store, and an event for Caddy's events app, where a site
// can act on it. None of them has a secret in it.
type recorder struct {
	ctx    caddy.Context
	logger *zap.Logger
	store  store.Store
	events *caddyevents.App
}

func newRecorder(ctx caddy.Context, s store.Store) (*recorder, error) {
	app, err := ctx.App("events")
	if err != nil {
		return nil, err
	}
	events, ok := app.(*caddyevents.App)
	if !ok {
		return nil, errors.New("the events app is not Caddy's")
	}
	return &recorder{ctx: ctx, logger: ctx.Logger().Named("audit"), store: s, events: events}, nil
}

// record is called once for each thing that happens. A client that goes away does not keep it from being recorded.
func (r *recorder) record(ctx context.Context, e store.Event) {
	r.logger.Info(e.Name, zap.String("outcome", e.Outcome), zap.String("subject", e.Subject),
		zap.String("actor_kind", e.ActorKind), zap.Int64("actor_id", e.ActorID), zap.String("address", e.Address),
		zap.Any("details", e.Details))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), appendTimeout)
	defer cancel()
	if err := r.store.AppendEvent(ctx, e); err != nil {
		r.logger.Error("event is not in the store", zap.String("event", e.Name), zap.Error(err))
	}
	r.events.Emit(r.ctx, e.Name, map[string]any{
		"outcome": e.Outcome, "subject": e.Subject, "actor_kind": e.ActorKind, "actor_id": e.ActorID, "address": e.Address,
	})
}

// trim forgets events, and mails that were given up, when they are older than the retention, until ctx ends.
func (r *recorder) trim(ctx context.Context, retention time.Duration) {
	ticker := time.NewTicker(trimInterval)
	defer ticker.Stop()
	for {
		before := time.Now().Add(-retention)
		_, err := r.store.TrimEvents(ctx, before)
		if err == nil {
			_, err = r.store.TrimMails(ctx, before)
		}
		if err != nil && ctx.Err() == nil {
			r.logger.Error("old events and mails could not be removed", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
