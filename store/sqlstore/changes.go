package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gatewright/gatewright/store"
)

const (
	// changesKept is how long changes are kept at least.
	changesKept = time.Hour

	// trimInterval is how much time passes between two removals of old changes.
	trimInterval = 5 * time.Minute
)

// LastChange returns the newest sequence number. See store.ChangeLog.
func (r reader) LastChange(ctx context.Context) (int64, error) {
	var seq int64
	err := r.db.NewSelect().Model((*changeRow)(nil)).ColumnExpr("coalesce(max(seq), 0)").Scan(ctx, &seq)
	if err != nil {
		return 0, fmt.Errorf("reading last change: %w", err)
	}
	return seq, nil
}

// ChangesSince returns the changes after seq. See store.ChangeLog.
func (r reader) ChangesSince(ctx context.Context, seq int64) (changes []store.Change, complete bool, err error) {
	// One statement sees one state: beside the changes asked for it reads the one before them.
	var rows []changeRow
	if err := r.db.NewSelect().Model(&rows).Where("seq >= ?", seq).Order("seq").Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("reading changes since %d: %w", seq, err)
	}
	if len(rows) == 0 {
		return nil, seq == 0, nil // the newest change is always kept, so this is a store nobody wrote to
	}
	// Numbers have no gaps, and only the oldest changes are ever removed.
	complete = rows[0].Seq-seq <= 1
	for _, row := range rows {
		if row.Seq > seq {
			changes = append(changes, row.change())
		}
	}
	return changes, complete, nil
}

// record appends a change of that kind for each subject.
func (t *tx) record(ctx context.Context, kind store.ChangeKind, subjects ...string) error {
	if len(subjects) == 0 {
		return nil
	}
	rows := make([]changeRow, len(subjects))
	for i, subject := range subjects {
		rows[i] = changeRow{Kind: string(kind), Subject: subject, At: t.now.UnixMilli()}
	}
	if _, err := t.db.NewInsert().Model(&rows).Returning("seq, kind, subject").Exec(ctx); err != nil {
		return fmt.Errorf("recording %s change: %w", kind, err)
	}
	// RETURNING promises no order.
	slices.SortFunc(rows, func(a, b changeRow) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, row := range rows {
		t.changes = append(t.changes, row.change())
	}
	return nil
}

// trimWhenDue removes what is older than the log has to keep, now and then. The newest change stays, so that
// ChangesSince can tell a number that was reached from one that was not.
func (t *tx) trimWhenDue(ctx context.Context) (trimmed bool, err error) {
	if len(t.changes) == 0 || t.now.Sub(t.parent.lastTrim).Abs() < trimInterval {
		return false, nil
	}
	// By number, not by time: a clock that was set back must not leave a gap.
	_, err = t.db.NewDelete().Model((*changeRow)(nil)).
		Where("seq < (SELECT coalesce(min(seq), 0) FROM changes WHERE at >= ?)", t.now.Add(-changesKept).UnixMilli()).
		Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("removing old changes: %w", err)
	}
	return true, nil
}
