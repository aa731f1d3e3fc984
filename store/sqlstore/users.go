package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/gatewright/gatewright/store"
)

// User returns the account with that id. See store.Users.
func (r reader) User(ctx context.Context, id int64) (store.User, error) {
	var row userRow
	if err := r.db.NewSelect().Model(&row).Where("u.id = ?", id).Scan(ctx); err != nil {
		return store.User{}, fmt.Errorf("reading user %d: %w", id, readError(err))
	}
	return row.user()
}

// FindUsers returns the accounts that match q. See store.Users.
func (r reader) FindUsers(ctx context.Context, q store.Query) ([]store.User, error) {
	var rows []userRow
	query, err := userQuery(r.dialect, r.db.NewSelect().Model(&rows), q)
	if err != nil {
		return nil, fmt.Errorf("finding users: %w", err)
	}
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("finding users: %w", err)
	}
	users := make([]store.User, len(rows))
	for i := range rows {
		if users[i], err = rows[i].user(); err != nil {
			return nil, err
		}
	}
	return users, nil
}

// CountUsers returns how many accounts match f. See store.Users.
func (r reader) CountUsers(ctx context.Context, f store.Filter) (int64, error) {
	query, err := userQuery(r.dialect, r.db.NewSelect().Model((*userRow)(nil)), store.Query{Filter: f})
	if err != nil {
		return 0, fmt.Errorf("counting users: %w", err)
	}
	count, err := query.Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("counting users: %w", err)
	}
	return count, nil
}

// FindUsers returns the accounts that match q. See store.Users.
func (s *Store) FindUsers(ctx context.Context, q store.Query) ([]store.User, error) {
	return s.lists.FindUsers(ctx, q)
}

// CountUsers returns how many accounts match f. See store.Users.
func (s *Store) CountUsers(ctx context.Context, f store.Filter) (int64, error) {
	return s.lists.CountUsers(ctx, f)
}

// CreateUser stores an account. See store.Users.
func (s *Store) CreateUser(ctx context.Context, u store.User) (store.User, error) {
	return write(ctx, s, func(t *tx) (store.User, error) { return t.CreateUser(ctx, u) })
}

// UpdateUser replaces an account by what change makes of it. See store.Users.
func (s *Store) UpdateUser(
	ctx context.Context, id int64, change func(store.User) (store.User, error),
) (store.User, error) {
	return write(ctx, s, func(t *tx) (store.User, error) { return t.UpdateUser(ctx, id, change) })
}

// DeleteUser removes an account. See store.Users.
func (s *Store) DeleteUser(ctx context.Context, id int64) (store.User, error) {
	return write(ctx, s, func(t *tx) (store.User, error) { return t.DeleteUser(ctx, id) })
}

// CreateUser stores an account. See store.Users.
func (t *tx) CreateUser(ctx context.Context, u store.User) (store.User, error) {
	u.ID = 0
	u.DocumentID = cmp.Or(u.DocumentID, newDocumentID())
	u.CreatedAt, u.UpdatedAt, u.PublishedAt = t.now, t.now, t.now
	row, err := newUserRow(u)
	if err != nil {
		return store.User{}, fmt.Errorf("creating user: %w", err)
	}
	if _, err := t.db.NewInsert().Model(row).Exec(ctx); err != nil {
		return store.User{}, fmt.Errorf("creating user: %w", writeError(t.dialect, err))
	}
	if err := t.recordUser(ctx, row.ID); err != nil {
		return store.User{}, err
	}
	return row.user()
}

// UpdateUser replaces an account by what change makes of it. See store.Users.
func (t *tx) UpdateUser(
	ctx context.Context, id int64, change func(store.User) (store.User, error),
) (store.User, error) {
	old, err := t.User(ctx, id)
	if err != nil {
		return store.User{}, err
	}
	u, err := change(old)
	if err != nil {
		return store.User{}, err
	}
	u.ID, u.DocumentID, u.CreatedAt, u.UpdatedAt = old.ID, old.DocumentID, old.CreatedAt, t.now
	row, err := newUserRow(u)
	if err != nil {
		return store.User{}, fmt.Errorf("updating user %d: %w", id, err)
	}
	if _, err := t.db.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
		return store.User{}, fmt.Errorf("updating user %d: %w", id, writeError(t.dialect, err))
	}
	if err := t.recordUser(ctx, id); err != nil {
		return store.User{}, err
	}
	return row.user()
}

// DeleteUser removes an account. See store.Users.
func (t *tx) DeleteUser(ctx context.Context, id int64) (store.User, error) {
	u, err := t.User(ctx, id)
	if err != nil {
		return store.User{}, err
	}
	if _, err := t.db.NewDelete().Model((*userRow)(nil)).Where("id = ?", id).Exec(ctx); err != nil {
		return store.User{}, fmt.Errorf("deleting user %d: %w", id, err)
	}
	return u, t.recordUser(ctx, id)
}

func (t *tx) recordUser(ctx context.Context, id int64) error {
	return t.record(ctx, store.ChangeUser, strconv.FormatInt(id, 10))
}
