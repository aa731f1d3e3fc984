package accounts

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gatewright/gatewright/store"
)

// Bounds of a role's fields, in characters.
const (
	maxRoleName        = 255 // of types, too
	maxRoleDescription = 1024
)

// NewRole is a role to be made.
type NewRole struct {
	Name        string
	Description *string
	Type        string // made from the name when empty
	Actions     []string
}

// RoleChange is what is to become different about a role; nil leaves it as it is. The type of a role never changes.
type RoleChange struct {
	Name        *string
	Description *string
	Actions     *[]string // all that the role may do from now on
}

// Roles returns all roles with the number of their users.
func (s *Service) Roles(ctx context.Context) ([]store.Role, error) { return s.store.Roles(ctx) }

// Role returns a role and its actions, or ErrRoleNotFound.
func (s *Service) Role(ctx context.Context, id int64) (store.Role, []string, error) {
	role, err := s.store.Role(ctx, id)
	if err != nil {
		return store.Role{}, nil, roleError(err)
	}
	actions, err := s.store.GrantsOf(ctx, id)
	if err != nil {
		return store.Role{}, nil, fmt.Errorf("reading grants: %w", err)
	}
	return role, actions, nil
}

// CreateRole makes a role with its grants in one step. A name is needed, and the type must be new: ErrRoleType.
func (s *Service) CreateRole(ctx context.Context, n NewRole) (store.Role, error) {
	if n.Type == "" {
		n.Type = RoleType(n.Name)
	}
	wrong := checkRole(&n.Name, n.Description)
	if err := append(wrong, checkText("type", n.Type, 1, maxRoleName)...).orNil(); err != nil {
		return store.Role{}, err
	}
	var role store.Role
	err := s.store.Tx(ctx, func(tx store.Store) error {
		made, err := tx.CreateRole(ctx, store.Role{Name: n.Name, Description: n.Description, Type: n.Type})
		if err != nil {
			return roleError(err)
		}
		role = made
		return tx.SetGrants(ctx, made.ID, n.Actions)
	})
	if err == nil {
		details := map[string]any{"type": role.Type, "granted": n.Actions}
		s.record(ctx, store.Event{Name: EventRoleCreated, Subject: roleSubject(role.ID), Details: details})
	}
	return role, err
}

// checkRole returns what is wrong with the fields of a role that are given.
func checkRole(name, description *string) FieldErrors {
	var wrong FieldErrors
	if name != nil {
		wrong = append(wrong, checkText("name", *name, 1, maxRoleName)...)
	}
	if description != nil {
		wrong = append(wrong, checkText("description", *description, 0, maxRoleDescription)...)
	}
	return wrong
}

// UpdateRole changes a role and its grants in one step.
func (s *Service) UpdateRole(ctx context.Context, id int64, change RoleChange) error {
	if err := checkRole(change.Name, change.Description).orNil(); err != nil {
		return err
	}
	var before []string
	err := s.store.Tx(ctx, func(tx store.Store) error {
		_, err := tx.UpdateRole(ctx, id, func(r store.Role) (store.Role, error) {
			set(&r.Name, change.Name)
			if change.Description != nil {
				r.Description = change.Description
			}
			return r, nil
		})
		if err != nil {
			return roleError(err)
		}
		if change.Actions == nil {
			return nil
		}
		if before, err = tx.GrantsOf(ctx, id); err != nil {
			return fmt.Errorf("reading grants: %w", err)
		}
		return tx.SetGrants(ctx, id, *change.Actions)
	})
	if err != nil {
		return err
	}
	details := map[string]any{"renamed": change.Name != nil, "described": change.Description != nil}
	if change.Actions != nil {
		details["granted"], details["revoked"] = missing(*change.Actions, before), missing(before, *change.Actions)
	}
	s.record(ctx, store.Event{Name: EventRoleUpdated, Subject: roleSubject(id), Details: details})
	return nil
}

// missing returns, in order, those of actions that are not in others.
func missing(actions, others []string) []string {
	there := make(map[string]bool, len(others))
	for _, action := range others {
		there[action] = true
	}
	left := slices.DeleteFunc(slices.Clone(actions), func(action string) bool { return there[action] })
	slices.Sort(left)
	return slices.Compact(left)
}

// ChangeGrants adds and removes actions of a role.
func (s *Service) ChangeGrants(ctx context.Context, id int64, add, remove []string) error {
	if err := s.store.ChangeGrants(ctx, id, add, remove); err != nil {
		return roleError(err)
	}
	details := map[string]any{"granted": add, "revoked": remove}
	s.record(ctx, store.Event{Name: EventRoleUpdated, Subject: roleSubject(id), Details: details})
	return nil
}

// DeleteRole removes a role and moves its users to the public one. The public role stays: ErrFixedRole.
func (s *Service) DeleteRole(ctx context.Context, id int64) (moved int64, err error) {
	if _, err := s.store.Role(ctx, id); err != nil {
		return 0, roleError(err)
	}
	public, err := s.store.RoleByType(ctx, store.RolePublic)
	if err != nil {
		return 0, fmt.Errorf("looking up the public role: %w", err)
	}
	if id == public.ID {
		return 0, ErrFixedRole
	}
	if moved, err = s.store.DeleteRole(ctx, id, public.ID); err != nil {
		return 0, roleError(err)
	}
	s.record(ctx, store.Event{Name: EventRoleDeleted, Subject: roleSubject(id), Details: map[string]any{"users_moved": moved}})
	return moved, nil
}

func roleError(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return ErrRoleNotFound
	case errors.Is(err, store.ErrConflict):
		return ErrRoleType
	}
	return err
}
