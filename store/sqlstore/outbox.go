package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/gatewright/gatewright/store"
)

// maxLastError is how much of an error a mail keeps, in bytes.
const maxLastError = 500

// mailRow is a row of outbox.
type mailRow struct {
	bun.BaseModel `bun:"table:outbox,alias:o"`

	ID        int64  `bun:"id,pk,autoincrement"`
	MessageID string `bun:"message_id"`
	UserID    int64  `bun:"user_id,nullzero"`
	Recipient string `bun:"recipient"`
	Purpose   string `bun:"purpose"`
	State     string `bun:"state"`
	Attempts  int    `bun:"attempts"`
	NotBefore int64  `bun:"not_before"`
	LastError string `bun:"last_error"`
	CreatedAt int64  `bun:"created_at"`
}

func (r *mailRow) mail() store.Mail {
	return store.Mail{
		ID: r.ID, MessageID: r.MessageID, UserID: r.UserID, Recipient: r.Recipient,
		Purpose: store.Purpose(r.Purpose), State: store.MailState(r.State), Attempts: r.Attempts,
		NotBefore: fromMillis(r.NotBefore), LastError: r.LastError, CreatedAt: fromMillis(r.CreatedAt),
	}
}

// Mails returns the mails in a state. See store.Outbox.
func (r reader) Mails(ctx context.Context, state store.MailState, limit int) ([]store.Mail, error) {
	if limit <= 0 || !validText(string(state)) {
		return nil, ctx.Err()
	}
	var rows []mailRow
	err := r.db.NewSelect().Model(&rows).Where("state = ?", string(state)).Order("id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading %s mails: %w", state, err)
	}
	mails := make([]store.Mail, len(rows))
	for i := range rows {
		mails[i] = rows[i].mail()
	}
	return mails, nil
}

// CountMails returns how many mails are in a state. See store.Outbox.
func (r reader) CountMails(ctx context.Context, state store.MailState) (int64, error) {
	if !validText(string(state)) {
		return 0, ctx.Err()
	}
	count, err := r.db.NewSelect().Model((*mailRow)(nil)).Where("state = ?", string(state)).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("counting %s mails: %w", state, err)
	}
	return count, nil
}

// EnqueueMail stores a mail. See store.Outbox.
func (s *Store) EnqueueMail(ctx context.Context, m store.Mail) (store.Mail, error) {
	return write(ctx, s, func(t *tx) (store.Mail, error) { return t.EnqueueMail(ctx, m) })
}

// LeaseMail returns a mail that is due. See store.Outbox.
func (s *Store) LeaseMail(ctx context.Context, now time.Time, lease time.Duration) (store.Mail, error) {
	return write(ctx, s, func(t *tx) (store.Mail, error) { return t.LeaseMail(ctx, now, lease) })
}

// FinishMail removes a mail. See store.Outbox.
func (s *Store) FinishMail(ctx context.Context, id int64) error {
	return s.inTx(ctx, func(t *tx) error { return t.FinishMail(ctx, id) })
}

// DelayMail puts off a mail. See store.Outbox.
func (s *Store) DelayMail(ctx context.Context, id int64, notBefore time.Time, lastError string) error {
	return s.inTx(ctx, func(t *tx) error { return t.DelayMail(ctx, id, notBefore, lastError) })
}

// BuryMail gives a mail up. See store.Outbox.
func (s *Store) BuryMail(ctx context.Context, id int64, lastError string) error {
	return s.inTx(ctx, func(t *tx) error { return t.BuryMail(ctx, id, lastError) })
}

// ReviveMail queues a dead mail again. See store.Outbox.
func (s *Store) ReviveMail(ctx context.Context, id int64, now time.Time) error {
	return s.inTx(ctx, func(t *tx) error { return t.ReviveMail(ctx, id, now) })
}

// TrimMails removes old dead mails. See store.Outbox.
func (s *Store) TrimMails(ctx context.Context, before time.Time) (int64, error) {
	return s.inBatches(ctx, func(t *tx) (int64, error) { return t.TrimMails(ctx, before) })
}

// EnqueueMail stores a mail; store.ErrNotFound when there is no such account. See store.Outbox.
func (t *tx) EnqueueMail(ctx context.Context, m store.Mail) (store.Mail, error) {
	if err := checkText(m.MessageID, m.Recipient, string(m.Purpose), m.LastError); err != nil {
		return store.Mail{}, fmt.Errorf("enqueuing mail: %w", err)
	}
	row := mailRow{
		MessageID: m.MessageID, UserID: m.UserID, Recipient: m.Recipient, Purpose: string(m.Purpose),
		State: string(store.MailQueued), Attempts: m.Attempts, NotBefore: m.NotBefore.UnixMilli(),
		LastError: cutText(m.LastError, maxLastError), CreatedAt: t.now.UnixMilli(),
	}
	if _, err := t.db.NewInsert().Model(&row).Exec(ctx); err != nil {
		return store.Mail{}, fmt.Errorf("enqueuing mail: %w", writeError(t.dialect, err))
	}
	older := t.db.NewDelete().Model((*mailRow)(nil)).Where("purpose = ? AND id <> ?", row.Purpose, row.ID)
	if row.UserID == 0 {
		older = older.Where("user_id IS NULL")
	} else {
		older = older.Where("user_id = ?", row.UserID)
	}
	if _, err := older.Exec(ctx); err != nil {
		return store.Mail{}, fmt.Errorf("replacing older mails: %w", err)
	}
	return row.mail(), nil
}

// LeaseMail returns the mail that has been due longest and makes it due again when the lease is over. See store.Outbox.
func (t *tx) LeaseMail(ctx context.Context, now time.Time, lease time.Duration) (store.Mail, error) {
	var row mailRow
	err := t.db.NewRaw(`
		UPDATE outbox SET attempts = attempts + 1, not_before = ?
		WHERE id = (SELECT id FROM outbox WHERE state = ? AND not_before <= ? ORDER BY not_before, id LIMIT 1)
		RETURNING *`, now.Add(lease).UnixMilli(), string(store.MailQueued), now.UnixMilli()).Scan(ctx, &row)
	if err != nil {
		return store.Mail{}, fmt.Errorf("leasing mail: %w", readError(err))
	}
	return row.mail(), nil
}

// FinishMail removes a mail. See store.Outbox.
func (t *tx) FinishMail(ctx context.Context, id int64) error {
	if _, err := t.db.NewDelete().Model((*mailRow)(nil)).Where("id = ?", id).Exec(ctx); err != nil {
		return fmt.Errorf("finishing mail %d: %w", id, err)
	}
	return nil
}

// DelayMail puts off a queued mail. One that was given up stays so and is store.ErrNotFound. See store.Outbox.
func (t *tx) DelayMail(ctx context.Context, id int64, notBefore time.Time, lastError string) error {
	if err := checkText(lastError); err != nil {
		return fmt.Errorf("delaying mail %d: %w", id, err)
	}
	return t.changeMail(ctx, "delaying", id, t.db.NewUpdate().Model((*mailRow)(nil)).
		Set("not_before = ?, last_error = ?", notBefore.UnixMilli(), cutText(lastError, maxLastError)).
		Where("state = ?", string(store.MailQueued)))
}

// BuryMail gives a mail up. See store.Outbox.
func (t *tx) BuryMail(ctx context.Context, id int64, lastError string) error {
	if err := checkText(lastError); err != nil {
		return fmt.Errorf("burying mail %d: %w", id, err)
	}
	return t.changeMail(ctx, "burying", id, t.db.NewUpdate().Model((*mailRow)(nil)).
		Set("state = ?, last_error = ?", string(store.MailDead), cutText(lastError, maxLastError)))
}

// ReviveMail queues a dead mail again. See store.Outbox.
func (t *tx) ReviveMail(ctx context.Context, id int64, now time.Time) error {
	return t.changeMail(ctx, "reviving", id, t.db.NewUpdate().Model((*mailRow)(nil)).
		Set("state = ?, attempts = 0, not_before = ?", string(store.MailQueued), now.UnixMilli()).
		Where("state = ?", string(store.MailDead)))
}

// TrimMails removes old dead mails, at most trimBatch of them. See store.Outbox.
func (t *tx) TrimMails(ctx context.Context, before time.Time) (int64, error) {
	removed, err := rowsOf(t.db.NewRaw(`
		DELETE FROM outbox
		WHERE id IN (SELECT id FROM outbox WHERE state = ? AND created_at < ? ORDER BY id LIMIT ?)`,
		string(store.MailDead), before.UnixMilli(), trimBatch).Exec(ctx))
	if err != nil {
		return 0, fmt.Errorf("removing old mails: %w", err)
	}
	return removed, nil
}

func (t *tx) changeMail(ctx context.Context, doing string, id int64, update *bun.UpdateQuery) error {
	changed, err := rowsOf(update.Where("id = ?", id).Exec(ctx))
	if err != nil {
		return fmt.Errorf("%s mail %d: %w", doing, id, err)
	}
	if changed == 0 {
		return fmt.Errorf("%s mail %d: %w", doing, id, store.ErrNotFound)
	}
	return nil
}

// cutText is text without what is beyond size bytes; no character is cut in two.
func cutText(text string, size int) string {
	if len(text) <= size {
		return text
	}
	return strings.ToValidUTF8(text[:size], "")
}
