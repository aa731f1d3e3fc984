package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/gatewright/gatewright/store"
)

// Admins returns all operators. See store.Admins.
func (r reader) Admins(ctx context.Context) ([]store.Admin, error) {
	var rows []adminRow
	if err := r.db.NewSelect().Model(&rows).Order("a.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading admins: %w", err)
	}
	admins := make([]store.Admin, len(rows))
	for i := range rows {
		admins[i] = rows[i].admin()
	}
	return admins, nil
}

// AdminByEmail returns the operator with that address. See store.Admins.
func (r reader) AdminByEmail(ctx context.Context, email string) (store.Admin, error) {
	return r.admin(ctx, "a.email = ?", email)
}

// AdminBySession returns the operator of the session. See store.Admins.
func (r reader) AdminBySession(ctx context.Context, tokenHash string, now time.Time) (store.Admin, error) {
	return r.admin(ctx, "a.id = (SELECT admin_id FROM admin_sessions WHERE token_hash = ? AND expires_at > ?)",
		tokenHash, now.UnixMilli())
}

func (r reader) admin(ctx context.Context, where string, args ...any) (store.Admin, error) {
	for _, arg := range args {
		if text, ok := arg.(string); ok && !validText(text) {
			return store.Admin{}, fmt.Errorf("reading admin: %w", store.ErrNotFound)
		}
	}
	var row adminRow
	if err := r.db.NewSelect().Model(&row).Where(where, args...).Scan(ctx); err != nil {
		return store.Admin{}, fmt.Errorf("reading admin: %w", readError(err))
	}
	return row.admin(), nil
}

// CreateAdmin stores an operator. See store.Admins.
func (s *Store) CreateAdmin(ctx context.Context, a store.Admin) (store.Admin, error) {
	return write(ctx, s, func(t *tx) (store.Admin, error) { return t.CreateAdmin(ctx, a) })
}

// UpdateAdmin replaces an operator by what change makes of it. See store.Admins.
func (s *Store) UpdateAdmin(
	ctx context.Context, id int64, change func(store.Admin) (store.Admin, error),
) (store.Admin, error) {
	return write(ctx, s, func(t *tx) (store.Admin, error) { return t.UpdateAdmin(ctx, id, change) })
}

// DeleteAdmin removes an operator. See store.Admins.
func (s *Store) DeleteAdmin(ctx context.Context, id int64) error {
	return s.inTx(ctx, func(t *tx) error { return t.DeleteAdmin(ctx, id) })
}

// DeleteAdminSessions removes the sessions of an operator. See store.Admins.
func (s *Store) DeleteAdminSessions(ctx context.Context, adminID int64) error {
	return s.inTx(ctx, func(t *tx) error { return t.DeleteAdminSessions(ctx, adminID) })
}

// CreateAdminSession stores a session. See store.Admins.
func (s *Store) CreateAdminSession(ctx context.Context, session store.AdminSession) error {
	return s.inTx(ctx, func(t *tx) error { return t.CreateAdminSession(ctx, session) })
}

// CreateAdmin stores an operator. See store.Admins.
func (t *tx) CreateAdmin(ctx context.Context, a store.Admin) (store.Admin, error) {
	a.ID = 0
	a.DocumentID = cmp.Or(a.DocumentID, newDocumentID())
	a.CreatedAt, a.UpdatedAt = t.now, t.now
	row, err := newAdminRow(a)
	if err != nil {
		return store.Admin{}, fmt.Errorf("creating admin: %w", err)
	}
	if _, err := t.db.NewInsert().Model(row).Exec(ctx); err != nil {
		return store.Admin{}, fmt.Errorf("creating admin: %w", writeError(t.dialect, err))
	}
	return row.admin(), nil
}

// UpdateAdmin replaces an operator by what change makes of it. See store.Admins.
func (t *tx) UpdateAdmin(
	ctx context.Context, id int64, change func(store.Admin) (store.Admin, error),
) (store.Admin, error) {
	old, err := t.admin(ctx, "a.id = ?", id)
	if err != nil {
		return store.Admin{}, err
	}
	a, err := change(old)
	if err != nil {
		return store.Admin{}, err
	}
	a.ID, a.DocumentID, a.CreatedAt, a.UpdatedAt = old.ID, old.DocumentID, old.CreatedAt, t.now
	row, err := newAdminRow(a)
	if err != nil {
		return store.Admin{}, fmt.Errorf("updating admin %d: %w", id, err)
	}
	if _, err := t.db.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
		return store.Admin{}, fmt.Errorf("updating admin %d: %w", id, writeError(t.dialect, err))
	}
	return row.admin(), nil
}

// CreateAdminSession stores a session and forgets expired ones. See store.Admins.
func (t *tx) CreateAdminSession(ctx context.Context, session store.AdminSession) error {
	if err := checkText(session.TokenHash); err != nil {
		return fmt.Errorf("creating admin session: %w", err)
	}
	_, err := t.db.NewDelete().Model((*adminSessionRow)(nil)).Where("expires_at <= ?", t.now.UnixMilli()).Exec(ctx)
	if err != nil {
		return fmt.Errorf("forgetting expired admin sessions: %w", err)
	}
	row := adminSessionRow{
		TokenHash: session.TokenHash, AdminID: session.AdminID, ExpiresAt: session.ExpiresAt.UnixMilli(),
	}
	if _, err := t.db.NewInsert().Model(&row).Exec(ctx); err != nil {
		return fmt.Errorf("creating admin session: %w", writeError(t.dialect, err))
	}
	return nil
}

// DeleteAdmin removes an operator; the schema removes its sessions. See store.Admins.
func (t *tx) DeleteAdmin(ctx context.Context, id int64) error {
	removed, err := rowsOf(t.db.NewDelete().Model((*adminRow)(nil)).Where("id = ?", id).Exec(ctx))
	if err != nil {
		return fmt.Errorf("deleting admin %d: %w", id, err)
	}
	if removed == 0 {
		return fmt.Errorf("deleting admin %d: %w", id, store.ErrNotFound)
	}
	return nil
}

// DeleteAdminSessions removes the sessions of an operator. See store.Admins.
func (t *tx) DeleteAdminSessions(ctx context.Context, adminID int64) error {
	_, err := t.db.NewDelete().Model((*adminSessionRow)(nil)).Where("admin_id = ?", adminID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("deleting sessions of admin %d: %w", adminID, err)
	}
	return nil
}
