package accounts

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store"
)

// RoleRef names a role by id or, when that is zero, by documentId.
type RoleRef struct {
	ID         int64
	DocumentID string
}

// NewUser is an account made by somebody who may make accounts. It is always a local one.
type NewUser struct {
	Username  string
	Email     string
	Password  string
	Confirmed bool
	Blocked   bool
	Role      RoleRef
	Extra     map[string]any
}

// UserChange is what is to become different about an account; nil leaves a field as it is.
type UserChange struct {
	Username  *string
	Email     *string
	Password  *string
	Provider  *string
	Confirmed *bool
	Blocked   *bool
	Role      *RoleRef
	Extra     map[string]any // what is to become different; null takes a field away
}

// CreateUser makes an account. A taken username is a *store.ConflictError, a taken address ErrEmailTaken where addresses
// are unique, an identifier that would lead to two people ErrTaken, an unknown role ErrRoleNotFound.
func (s *Service) CreateUser(ctx context.Context, n NewUser) (store.User, error) {
	settings, err := s.Advanced(ctx)
	if err != nil {
		return store.User{}, err
	}
	user := store.User{
		Username: n.Username, Email: lowerEmail(n.Email), Provider: providerLocal,
		Confirmed: n.Confirmed, Blocked: n.Blocked, Extra: n.Extra,
	}
	if err := identifiable(ctx, s.store, user, settings.UniqueEmail); err != nil {
		return store.User{}, err
	}
	if err := s.checkFields(user, n.Password).orNil(); err != nil {
		return store.User{}, err
	}
	if user.RoleID, err = s.resolveRole(ctx, n.Role); err != nil {
		return store.User{}, err
	}
	if user.PasswordHash, err = s.passwords.Hash(ctx, n.Password); err != nil {
		return store.User{}, err
	}
	err = s.store.Tx(ctx, func(tx store.Store) error {
		if err := identifiable(ctx, tx, user, settings.UniqueEmail); err != nil {
			return err
		}
		made, err := tx.CreateUser(ctx, user)
		user = made
		return err
	})
	if err == nil {
		s.record(ctx, store.Event{Name: EventUserCreated, Subject: userSubject(user.ID)})
	}
	return user, err
}

// identifiable returns an error when u, new or changed, would share an identifier with another account.
func identifiable(ctx context.Context, users store.Users, u store.User, uniqueEmail bool) error {
	others := store.Comparison{Field: "id", Op: store.Ne, Values: []any{u.ID}}
	if uniqueEmail {
		if err := refuseIfAny(ctx, users, store.And{others, field("email", u.Email)}, ErrEmailTaken); err != nil {
			return err
		}
	}
	return refuseIfAny(ctx, users, store.And{others, crosswise(u.Username, u.Email)}, ErrTaken)
}

// UpdateUser changes an account. A new password ends every token given out before it; a new password or address voids
// the codes that were sent.
func (s *Service) UpdateUser(ctx context.Context, id int64, change UserChange) (store.User, error) {
	if _, err := s.User(ctx, id); err != nil {
		return store.User{}, err
	}
	if err := s.check(change); err != nil {
		return store.User{}, err
	}
	settings, err := s.Advanced(ctx)
	if err != nil {
		return store.User{}, err
	}
	var roleID int64
	if change.Role != nil {
		if roleID, err = s.resolveRole(ctx, *change.Role); err != nil {
			return store.User{}, err
		}
	}
	var hash string
	if change.Password != nil {
		if hash, err = s.passwords.Hash(ctx, *change.Password); err != nil {
			return store.User{}, err
		}
	}
	var changed store.User
	err = s.store.Tx(ctx, func(tx store.Store) error {
		before, err := tx.User(ctx, id)
		if err != nil {
			return err
		}
		next := s.apply(before, change, hash, roleID)
		if len(change.Extra) > 0 {
			if err := checkExtraSize(next.Extra).orNil(); err != nil {
				return err
			}
		}
		if next.Username != before.Username || next.Email != before.Email {
			if err := identifiable(ctx, tx, next, settings.UniqueEmail && next.Email != before.Email); err != nil {
				return err
			}
		}
		if hash != "" || next.Email != before.Email {
			if err := tx.VoidCodes(ctx, id); err != nil {
				return err
			}
		}
		changed, err = tx.UpdateUser(ctx, id, func(store.User) (store.User, error) { return next, nil })
		return err
	})
	switch {
	case errors.Is(err, store.ErrConflict):
		return store.User{}, ErrUsernameTaken
	case errors.Is(err, store.ErrNotFound):
		return store.User{}, ErrUserNotFound
	case err != nil:
		return store.User{}, err
	}
	s.record(ctx, store.Event{Name: EventUserUpdated, Subject: userSubject(id), Details: map[string]any{"fields": change.names()}})
	return changed, nil
}

func (s *Service) check(c UserChange) error {
	var wrong FieldErrors
	if c.Username != nil {
		wrong = append(wrong, checkUsername(*c.Username)...)
	}
	if c.Email != nil {
		wrong = append(wrong, checkEmail(*c.Email)...)
	}
	if c.Provider != nil {
		wrong = append(wrong, checkText("provider", *c.Provider, 0, maxProvider)...)
	}
	if c.Password != nil {
		if *c.Password == "" {
			return FieldErrors{{Field: "password", Rule: RuleNull}}
		}
		wrong = append(wrong, s.rules.check(*c.Password)...)
	}
	return append(wrong, checkExtraTexts(c.Extra)...).orNil()
}

// names returns the names of the fields that change, for the record.
func (c UserChange) names() []string {
	names := []string{}
	for name, changes := range map[string]bool{
		"username": c.Username != nil, "email": c.Email != nil, "password": c.Password != nil, "provider": c.Provider != nil,
		"confirmed": c.Confirmed != nil, "blocked": c.Blocked != nil, "role": c.Role != nil,
	} {
		if changes {
			names = append(names, name)
		}
	}
	for name := range c.Extra {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (s *Service) apply(u store.User, c UserChange, hash string, roleID int64) store.User {
	set(&u.Username, c.Username)
	set(&u.Provider, c.Provider)
	set(&u.Confirmed, c.Confirmed)
	set(&u.Blocked, c.Blocked)
	if c.Email != nil {
		u.Email = lowerEmail(*c.Email)
	}
	if hash != "" {
		u.PasswordHash = hash
		u.ValidFrom = sessions.NextValidFrom(s.now(), u.ValidFrom)
	}
	if roleID != 0 {
		u.RoleID = roleID
	}
	u.Extra = merged(u.Extra, c.Extra)
	return u
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// User returns an account, or ErrUserNotFound.
func (s *Service) User(ctx context.Context, id int64) (store.User, error) {
	user, err := s.store.User(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return store.User{}, ErrUserNotFound
	}
	return user, err
}

// FindUsers returns the accounts that match.
func (s *Service) FindUsers(ctx context.Context, q store.Query) ([]store.User, error) {
	return s.store.FindUsers(ctx, q)
}

// CountUsers returns how many accounts match.
func (s *Service) CountUsers(ctx context.Context, f store.Filter) (int64, error) {
	return s.store.CountUsers(ctx, f)
}

// DeleteUser removes an account and returns what it was, or ErrUserNotFound.
func (s *Service) DeleteUser(ctx context.Context, id int64) (store.User, error) {
	user, err := s.store.DeleteUser(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return store.User{}, ErrUserNotFound
	}
	if err == nil {
		s.record(ctx, store.Event{Name: EventUserDeleted, Subject: userSubject(id)})
	}
	return user, err
}

func (s *Service) resolveRole(ctx context.Context, ref RoleRef) (int64, error) {
	if ref.ID == 0 && ref.DocumentID == "" {
		return 0, ErrRoleNotFound
	}
	roles, err := s.store.Roles(ctx)
	if err != nil {
		return 0, fmt.Errorf("looking up a role: %w", err)
	}
	for _, role := range roles {
		if role.ID == ref.ID || ref.ID == 0 && role.DocumentID == ref.DocumentID {
			return role.ID, nil
		}
	}
	return 0, ErrRoleNotFound
}
