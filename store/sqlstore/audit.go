package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/gatewright/gatewright/store"
)

const (
	maxEventDetails   = 4 << 10 // bytes of JSON
	defaultEventLimit = 100
	maxEventLimit     = 10_000
)

// eventRow is a row of events.
type eventRow struct {
	bun.BaseModel `bun:"table:events,alias:e"`

	ID        int64  `bun:"id,pk,autoincrement"`
	Time      int64  `bun:"time"`
	Name      string `bun:"name"`
	ActorKind string `bun:"actor_kind"`
	ActorID   int64  `bun:"actor_id"`
	Subject   string `bun:"subject"`
	Address   string `bun:"address"`
	Outcome   string `bun:"outcome"`
	Details   string `bun:"details"` // a JSON object
}

// newEventRow refuses text that a database cannot keep, and details beyond their limit.
func newEventRow(e store.Event) (*eventRow, error) {
	if err := checkText(e.Name, e.ActorKind, e.Subject, e.Address, e.Outcome); err != nil {
		return nil, err
	}
	if err := checkJSONText(e.Details); err != nil {
		return nil, err
	}
	details := []byte("{}")
	if len(e.Details) > 0 {
		var err error
		if details, err = json.Marshal(e.Details); err != nil {
			return nil, fmt.Errorf("writing details: %w", err)
		}
	}
	if len(details) > maxEventDetails {
		return nil, fmt.Errorf("details take %d bytes, more than %d", len(details), maxEventDetails)
	}
	return &eventRow{
		Time: e.Time.UnixMilli(), Name: e.Name, ActorKind: e.ActorKind, ActorID: e.ActorID, Subject: e.Subject,
		Address: e.Address, Outcome: e.Outcome, Details: string(details),
	}, nil
}

func (r *eventRow) event() (store.Event, error) {
	e := store.Event{
		ID: r.ID, Time: fromMillis(r.Time), Name: r.Name, ActorKind: r.ActorKind, ActorID: r.ActorID,
		Subject: r.Subject, Address: r.Address, Outcome: r.Outcome,
	}
	if r.Details != "{}" {
		if err := json.Unmarshal([]byte(r.Details), &e.Details); err != nil {
			return store.Event{}, fmt.Errorf("reading details of event %d: %w", r.ID, err)
		}
	}
	return e, nil
}

// Events returns the events that match. See store.Audit.
func (r reader) Events(ctx context.Context, q store.EventQuery) ([]store.Event, error) {
	if checkText(q.Name, q.Subject) != nil {
		return nil, ctx.Err() // nothing stored is called that
	}
	var rows []eventRow
	query := r.db.NewSelect().Model(&rows).Order("id DESC").
		Limit(int64(min(cmp.Or(max(q.Limit, 0), defaultEventLimit), maxEventLimit)))
	if q.Name != "" {
		query = query.Where("name = ?", q.Name)
	}
	if q.Subject != "" {
		query = query.Where("subject = ?", q.Subject)
	}
	if q.ActorID != 0 {
		query = query.Where("actor_id = ?", q.ActorID)
	}
	if !q.Since.IsZero() {
		query = query.Where("time >= ?", q.Since.UnixMilli())
	}
	if q.Before != 0 {
		query = query.Where("id < ?", q.Before)
	}
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading events: %w", err)
	}
	events := make([]store.Event, len(rows))
	for i := range rows {
		var err error
		if events[i], err = rows[i].event(); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// AppendEvent stores an event. See store.Audit.
func (s *Store) AppendEvent(ctx context.Context, e store.Event) error {
	return s.inTx(ctx, func(t *tx) error { return t.AppendEvent(ctx, e) })
}

// TrimEvents removes old events. See store.Audit.
func (s *Store) TrimEvents(ctx context.Context, before time.Time) (int64, error) {
	return s.inBatches(ctx, func(t *tx) (int64, error) { return t.TrimEvents(ctx, before) })
}

// AppendEvent stores an event; details beyond 4 KiB are an error. See store.Audit.
func (t *tx) AppendEvent(ctx context.Context, e store.Event) error {
	if e.Time.IsZero() {
		e.Time = t.now
	}
	row, err := newEventRow(e)
	if err != nil {
		return fmt.Errorf("appending event %q: %w", e.Name, err)
	}
	if _, err := t.db.NewInsert().Model(row).Exec(ctx); err != nil {
		return fmt.Errorf("appending event %q: %w", e.Name, err)
	}
	if row.ID%trimBatch == 0 {
		_, err = t.trimSurplus(ctx, row.ID)
	}
	return err
}

// TrimEvents removes old events and those that are too many, at most trimBatch of each kind. See store.Audit.
func (t *tx) TrimEvents(ctx context.Context, before time.Time) (int64, error) {
	var newest int64
	if err := t.db.NewRaw(`SELECT coalesce(max(id), 0) FROM events`).Scan(ctx, &newest); err != nil {
		return 0, fmt.Errorf("reading the newest event: %w", err)
	}
	surplus, err := t.trimSurplus(ctx, newest)
	if err != nil {
		return 0, err
	}
	old, err := rowsOf(t.db.NewRaw(`
		DELETE FROM events WHERE id IN (SELECT id FROM events WHERE time < ? ORDER BY time LIMIT ?)`,
		before.UnixMilli(), trimBatch).Exec(ctx))
	if err != nil {
		return 0, fmt.Errorf("removing old events: %w", err)
	}
	return surplus + old, nil
}

// trimSurplus removes the oldest events, at most trimBatch of them, that are too many when newest is the newest id. It
// makes room for those that come until it is called again.
func (t *tx) trimSurplus(ctx context.Context, newest int64) (int64, error) {
	removed, err := rowsOf(t.db.NewRaw(`
		DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id <= ? ORDER BY id LIMIT ?)`,
		newest-t.parent.maxEvents+trimBatch, trimBatch).Exec(ctx))
	if err != nil {
		return 0, fmt.Errorf("removing surplus events: %w", err)
	}
	return removed, nil
}
