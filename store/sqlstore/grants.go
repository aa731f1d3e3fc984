package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/gatewright/gatewright/store"
)

// Grants returns all grants. See store.Grants.
func (r reader) Grants(ctx context.Context) ([]store.Grant, error) {
	var rows []grantRow
	if err := r.db.NewSelect().Model(&rows).Order("role_id", "action").Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading grants: %w", err)
	}
	grants := make([]store.Grant, len(rows))
	for i, row := range rows {
		grants[i] = store.Grant{RoleID: row.RoleID, Action: row.Action}
	}
	return grants, nil
}

// GrantsOf returns the actions of one role. See store.Grants.
func (r reader) GrantsOf(ctx context.Context, roleID int64) ([]string, error) {
	var actions []string
	err := r.db.NewSelect().Model((*grantRow)(nil)).Column("action").
		Where("role_id = ?", roleID).Order("action").Scan(ctx, &actions)
	if err != nil {
		return nil, fmt.Errorf("reading grants of role %d: %w", roleID, err)
	}
	return actions, nil
}

// SetGrants makes actions the whole of what the role may do. See store.Grants.
func (s *Store) SetGrants(ctx context.Context, roleID int64, actions []string) error {
	return s.inTx(ctx, func(t *tx) error { return t.SetGrants(ctx, roleID, actions) })
}

// ChangeGrants adds and removes single actions. See store.Grants.
func (s *Store) ChangeGrants(ctx context.Context, roleID int64, add, remove []string) error {
	return s.inTx(ctx, func(t *tx) error { return t.ChangeGrants(ctx, roleID, add, remove) })
}

// SetGrants makes actions the whole of what the role may do. See store.Grants.
func (t *tx) SetGrants(ctx context.Context, roleID int64, actions []string) error {
	if err := errors.Join(checkText(actions...), t.roleExists(ctx, roleID)); err != nil {
		return fmt.Errorf("setting grants of role %d: %w", roleID, err)
	}
	if _, err := t.db.NewDelete().Model((*grantRow)(nil)).Where("role_id = ?", roleID).Exec(ctx); err != nil {
		return fmt.Errorf("setting grants of role %d: %w", roleID, err)
	}
	if err := t.addGrants(ctx, roleID, actions); err != nil {
		return fmt.Errorf("setting grants of role %d: %w", roleID, err)
	}
	return t.recordPolicy(ctx, roleID)
}

// ChangeGrants adds and removes single actions. See store.Grants.
func (t *tx) ChangeGrants(ctx context.Context, roleID int64, add, remove []string) error {
	if err := errors.Join(checkText(add...), checkText(remove...), t.roleExists(ctx, roleID)); err != nil {
		return fmt.Errorf("changing grants of role %d: %w", roleID, err)
	}
	if err := t.addGrants(ctx, roleID, add); err != nil {
		return fmt.Errorf("changing grants of role %d: %w", roleID, err)
	}
	if err := t.removeGrants(ctx, roleID, remove); err != nil {
		return fmt.Errorf("changing grants of role %d: %w", roleID, err)
	}
	return t.recordPolicy(ctx, roleID)
}

func (t *tx) addGrants(ctx context.Context, roleID int64, actions []string) error {
	if len(actions) == 0 {
		return nil
	}
	rows := make([]grantRow, len(actions))
	for i, action := range actions {
		rows[i] = grantRow{RoleID: roleID, Action: action}
	}
	_, err := t.db.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx)
	return err
}

func (t *tx) removeGrants(ctx context.Context, roleID int64, actions []string) error {
	if len(actions) == 0 {
		return nil
	}
	_, err := t.db.NewDelete().Model((*grantRow)(nil)).
		Where("role_id = ?", roleID).Where("action IN ?", bun.Tuple(actions)).Exec(ctx)
	return err
}
