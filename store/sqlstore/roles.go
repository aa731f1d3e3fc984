package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	"github.com/gatewright/gatewright/store"
)

// movedUsersListed is how many users DeleteRole moves before it records one change for all users instead of one for
// each.
const movedUsersListed = 1000

func selectRoles(db bun.IDB, model any) *bun.SelectQuery {
	return db.NewSelect().Model(model).ColumnExpr("r.*").
		ColumnExpr("(SELECT count(*) FROM users WHERE users.role_id = r.id) AS users")
}

// Roles returns all roles. See store.Roles.
func (r reader) Roles(ctx context.Context) ([]store.Role, error) {
	var rows []roleRow
	if err := selectRoles(r.db, &rows).Order("r.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading roles: %w", err)
	}
	roles := make([]store.Role, len(rows))
	for i := range rows {
		roles[i] = rows[i].role()
	}
	return roles, nil
}

// Role returns the role with that id. See store.Roles.
func (r reader) Role(ctx context.Context, id int64) (store.Role, error) {
	var row roleRow
	if err := selectRoles(r.db, &row).Where("r.id = ?", id).Scan(ctx); err != nil {
		return store.Role{}, fmt.Errorf("reading role %d: %w", id, readError(err))
	}
	return row.role(), nil
}

// RoleByType returns the role of that type. See store.Roles.
func (r reader) RoleByType(ctx context.Context, roleType string) (store.Role, error) {
	if !validText(roleType) {
		return store.Role{}, fmt.Errorf("reading role by type: %w", store.ErrNotFound)
	}
	var row roleRow
	if err := selectRoles(r.db, &row).Where("r.type = ?", roleType).Scan(ctx); err != nil {
		return store.Role{}, fmt.Errorf("reading role of type %q: %w", roleType, readError(err))
	}
	return row.role(), nil
}

// CreateRole stores a role. See store.Roles.
func (s *Store) CreateRole(ctx context.Context, r store.Role) (store.Role, error) {
	return write(ctx, s, func(t *tx) (store.Role, error) { return t.CreateRole(ctx, r) })
}

// UpdateRole replaces a role by what change makes of it. See store.Roles.
func (s *Store) UpdateRole(
	ctx context.Context, id int64, change func(store.Role) (store.Role, error),
) (store.Role, error) {
	return write(ctx, s, func(t *tx) (store.Role, error) { return t.UpdateRole(ctx, id, change) })
}

// DeleteRole removes a role and gives its users the role heir. See store.Roles.
func (s *Store) DeleteRole(ctx context.Context, id, heir int64) (moved int64, err error) {
	return write(ctx, s, func(t *tx) (int64, error) { return t.DeleteRole(ctx, id, heir) })
}

// CreateRole stores a role. See store.Roles.
func (t *tx) CreateRole(ctx context.Context, r store.Role) (store.Role, error) {
	r.ID, r.Users = 0, 0
	r.DocumentID = cmp.Or(r.DocumentID, newDocumentID())
	r.CreatedAt, r.UpdatedAt, r.PublishedAt = t.now, t.now, t.now
	row, err := newRoleRow(r)
	if err != nil {
		return store.Role{}, fmt.Errorf("creating role: %w", err)
	}
	if _, err := t.db.NewInsert().Model(row).Exec(ctx); err != nil {
		return store.Role{}, fmt.Errorf("creating role: %w", writeError(t.dialect, err))
	}
	return row.role(), t.recordPolicy(ctx, row.ID)
}

// UpdateRole replaces a role by what change makes of it. See store.Roles.
func (t *tx) UpdateRole(
	ctx context.Context, id int64, change func(store.Role) (store.Role, error),
) (store.Role, error) {
	old, err := t.Role(ctx, id)
	if err != nil {
		return store.Role{}, err
	}
	r, err := change(old)
	if err != nil {
		return store.Role{}, err
	}
	r.ID, r.DocumentID, r.CreatedAt, r.UpdatedAt, r.Users = old.ID, old.DocumentID, old.CreatedAt, t.now, old.Users
	row, err := newRoleRow(r)
	if err != nil {
		return store.Role{}, fmt.Errorf("updating role %d: %w", id, err)
	}
	if _, err := t.db.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
		return store.Role{}, fmt.Errorf("updating role %d: %w", id, writeError(t.dialect, err))
	}
	return r, t.recordPolicy(ctx, id)
}

// DeleteRole removes a role and gives its users the role heir. See store.Roles.
func (t *tx) DeleteRole(ctx context.Context, id, heir int64) (moved int64, err error) {
	if id == heir {
		return 0, fmt.Errorf("deleting role %d: it cannot inherit its own users", id)
	}
	for _, role := range []int64{id, heir} {
		if err := t.roleExists(ctx, role); err != nil {
			return 0, fmt.Errorf("deleting role %d: %w", id, err)
		}
	}
	if moved, err = t.moveUsers(ctx, id, heir); err != nil {
		return 0, fmt.Errorf("moving users of role %d: %w", id, err)
	}
	// The grants go with it, by their foreign key.
	if _, err := t.db.NewDelete().Model((*roleRow)(nil)).Where("id = ?", id).Exec(ctx); err != nil {
		return 0, fmt.Errorf("deleting role %d: %w", id, err)
	}
	return moved, t.recordPolicy(ctx, id)
}

func (t *tx) moveUsers(ctx context.Context, from, to int64) (moved int64, err error) {
	var subjects []string
	err = t.db.NewSelect().Model((*userRow)(nil)).ColumnExpr("CAST(u.id AS TEXT)").
		Where("u.role_id = ?", from).Order("u.id").Limit(movedUsersListed+1).Scan(ctx, &subjects)
	if err != nil {
		return 0, err
	}
	result, err := t.db.NewUpdate().Model((*userRow)(nil)).
		Set("role_id = ?", to).Set("updated_at = ?", t.now.UnixMilli()).Where("role_id = ?", from).Exec(ctx)
	if err != nil {
		return 0, err
	}
	if moved, err = result.RowsAffected(); err != nil {
		return 0, err
	}
	if len(subjects) > movedUsersListed {
		subjects = []string{""}
	}
	return moved, t.record(ctx, store.ChangeUser, subjects...)
}

func (t *tx) roleExists(ctx context.Context, id int64) error {
	exists, err := t.db.NewSelect().Model((*roleRow)(nil)).Where("r.id = ?", id).Exists(ctx)
	if err != nil {
		return err
	}
	if !exists {
		return fmt.Errorf("role %d: %w", id, store.ErrNotFound)
	}
	return nil
}

func (t *tx) recordPolicy(ctx context.Context, role int64) error {
	return t.record(ctx, store.ChangePolicy, strconv.FormatInt(role, 10))
}
