package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/gatewright/gatewright/store"
)

// codeRow is a row of codes.
type codeRow struct {
	bun.BaseModel `bun:"table:codes,alias:c"`

	Hash      string `bun:"hash,pk"`
	UserID    int64  `bun:"user_id"`
	Purpose   string `bun:"purpose"`
	MailID    int64  `bun:"mail_id"`
	ExpiresAt int64  `bun:"expires_at"`
}

func (r *codeRow) code() store.Code {
	return store.Code{
		Hash: r.Hash, UserID: r.UserID, Purpose: store.Purpose(r.Purpose), MailID: r.MailID,
		ExpiresAt: fromMillis(r.ExpiresAt),
	}
}

// CreateCode stores a code. See store.Codes.
func (s *Store) CreateCode(ctx context.Context, c store.Code, now time.Time) error {
	return s.inTx(ctx, func(t *tx) error { return t.CreateCode(ctx, c, now) })
}

// TakeCode removes a code and returns it. See store.Codes.
func (s *Store) TakeCode(
	ctx context.Context, purpose store.Purpose, hash string, now time.Time,
) (store.Code, error) {
	return write(ctx, s, func(t *tx) (store.Code, error) { return t.TakeCode(ctx, purpose, hash, now) })
}

// VoidCodes removes the codes of an account. See store.Codes.
func (s *Store) VoidCodes(ctx context.Context, userID int64, purposes ...store.Purpose) error {
	return s.inTx(ctx, func(t *tx) error { return t.VoidCodes(ctx, userID, purposes...) })
}

// CreateCode stores a code and voids those of other mails. See store.Codes.
func (t *tx) CreateCode(ctx context.Context, c store.Code, now time.Time) error {
	if err := checkText(c.Hash, string(c.Purpose)); err != nil {
		return fmt.Errorf("creating code: %w", err)
	}
	_, err := t.db.NewDelete().Model((*codeRow)(nil)).Where("expires_at <= ?", now.UnixMilli()).Exec(ctx)
	if err != nil {
		return fmt.Errorf("forgetting expired codes: %w", err)
	}
	waiting, err := t.db.NewSelect().Model((*mailRow)(nil)).Where("id = ?", c.MailID).Exists(ctx)
	if err != nil {
		return fmt.Errorf("looking for the mail of a code: %w", err)
	}
	if !waiting {
		return fmt.Errorf("creating code: mail %d: %w", c.MailID, store.ErrNotFound)
	}
	row := codeRow{
		Hash: c.Hash, UserID: c.UserID, Purpose: string(c.Purpose), MailID: c.MailID, ExpiresAt: c.ExpiresAt.UnixMilli(),
	}
	if _, err := t.db.NewInsert().Model(&row).Exec(ctx); err != nil {
		return fmt.Errorf("creating code: %w", writeError(t.dialect, err))
	}
	_, err = t.db.NewDelete().Model((*codeRow)(nil)).
		Where("user_id = ? AND purpose = ? AND mail_id <> ?", row.UserID, row.Purpose, row.MailID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("voiding codes of other mails: %w", err)
	}
	return nil
}

// TakeCode removes a code, with the others for the same, and returns it. See store.Codes.
func (t *tx) TakeCode(ctx context.Context, purpose store.Purpose, hash string, now time.Time) (store.Code, error) {
	if checkText(hash, string(purpose)) != nil {
		return store.Code{}, fmt.Errorf("taking code: %w", store.ErrNotFound)
	}
	var row codeRow
	err := t.db.NewSelect().Model(&row).
		Where("hash = ? AND purpose = ? AND expires_at > ?", hash, string(purpose), now.UnixMilli()).Scan(ctx)
	if err != nil {
		return store.Code{}, fmt.Errorf("taking code: %w", readError(err))
	}
	if err := t.forgetCodes(ctx, row.UserID, purpose); err != nil {
		return store.Code{}, fmt.Errorf("taking code: %w", err)
	}
	return row.code(), nil
}

// VoidCodes removes the codes of an account and the mails that are to carry some. See store.Codes.
func (t *tx) VoidCodes(ctx context.Context, userID int64, purposes ...store.Purpose) error {
	names := make([]string, len(purposes))
	for i, purpose := range purposes {
		names[i] = string(purpose)
	}
	if err := checkText(names...); err != nil {
		return fmt.Errorf("voiding codes of user %d: %w", userID, err)
	}
	for _, model := range []any{(*mailRow)(nil), (*codeRow)(nil)} {
		query := t.db.NewDelete().Model(model).Where("user_id = ?", userID)
		if len(names) > 0 {
			query = query.Where("purpose IN (?)", bun.List(names))
		}
		if _, err := query.Exec(ctx); err != nil {
			return fmt.Errorf("voiding codes of user %d: %w", userID, err)
		}
	}
	return nil
}

// forgetCodes removes the codes of an account for a purpose, and leaves its mails alone.
func (t *tx) forgetCodes(ctx context.Context, userID int64, purpose store.Purpose) error {
	_, err := t.db.NewDelete().Model((*codeRow)(nil)).
		Where("user_id = ? AND purpose = ?", userID, string(purpose)).Exec(ctx)
	return err
}
