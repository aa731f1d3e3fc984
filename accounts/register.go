package accounts

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatewright/gatewright/store"
)

// Registration is what somebody gives to sign up.
type Registration struct {
	Username string
	Email    string
	Password string
	// Blocked makes an account that cannot be used yet, where a site lets newcomers say so (register.allowedFields).
	Blocked bool
}

// RequireRegistration returns ErrRegisterDisabled when signing up is switched off.
func (s *Service) RequireRegistration(ctx context.Context) error {
	settings, err := s.Advanced(ctx)
	if err != nil {
		return err
	}
	if !settings.AllowRegister {
		return ErrRegisterDisabled
	}
	return nil
}

// Register makes a local account with the default role and returns it with a token. Where confirmation is required the
// account could not be used before a mail was answered, and as no mail can be sent, nothing is made: ErrMailNotSent.
func (s *Service) Register(ctx context.Context, r Registration) (store.User, string, error) {
	if err := s.RequireRegistration(ctx); err != nil {
		return store.User{}, "", err
	}
	settings, err := s.Advanced(ctx)
	if err != nil {
		return store.User{}, "", err
	}
	user := store.User{
		Username: r.Username, Email: lowerEmail(r.Email), Provider: providerLocal,
		Confirmed: !settings.EmailConfirmation, Blocked: r.Blocked,
	}
	if user.RoleID, err = s.defaultRole(ctx, settings); err != nil {
		return store.User{}, "", err
	}
	// Asked again with the insertion, where it counts; here it spares the refused the cost of a hash.
	if err := registrable(ctx, s.store, user, settings.UniqueEmail); err != nil {
		return store.User{}, "", err
	}
	if err := append(append(checkUsername(r.Username), checkEmail(user.Email)...), CheckPassword(r.Password)...).orNil(); err != nil {
		return store.User{}, "", err
	}
	if settings.EmailConfirmation {
		return store.User{}, "", ErrMailNotSent
	}
	if user.PasswordHash, err = s.passwords.Hash(ctx, r.Password); err != nil {
		return store.User{}, "", err
	}
	err = s.store.Tx(ctx, func(tx store.Store) error {
		if err := registrable(ctx, tx, user, settings.UniqueEmail); err != nil {
			return err
		}
		made, err := tx.CreateUser(ctx, user)
		if errors.Is(err, store.ErrConflict) {
			return ErrTaken
		}
		user = made
		return err
	})
	if err != nil {
		return store.User{}, "", err
	}
	token, err := s.tokens.Issue(user.ID, user.ValidFrom)
	return user, token, err
}

func (s *Service) defaultRole(ctx context.Context, settings Advanced) (int64, error) {
	if settings.DefaultRole == nil {
		return 0, ErrNoDefaultRole
	}
	role, err := s.store.RoleByType(ctx, *settings.DefaultRole)
	if errors.Is(err, store.ErrNotFound) {
		return 0, ErrNoDefaultRole
	}
	if err != nil {
		return 0, fmt.Errorf("looking up the default role: %w", err)
	}
	return role.ID, nil
}

// registrable returns ErrTaken when an identifier of a newcomer already leads to somebody. Without uniqueEmail an account
// of another provider may have the same address.
func registrable(ctx context.Context, users store.Users, u store.User, uniqueEmail bool) error {
	taken := store.Or{crosswise(u.Username, u.Email), field("username", u.Username)}
	if uniqueEmail {
		taken = append(taken, field("email", u.Email))
	} else {
		taken = append(taken, store.And{field("email", u.Email), field("provider", u.Provider)})
	}
	return refuseIfAny(ctx, users, taken, ErrTaken)
}

// crosswise finds accounts whose username is this e-mail address or whose address is this username: signing in would
// not know whom to take.
func crosswise(username, email string) store.Filter {
	return store.Or{field("username", email), field("email", lowerEmail(username))}
}

func field(name, value string) store.Filter {
	return store.Comparison{Field: name, Op: store.Eq, Values: []any{value}}
}

func refuseIfAny(ctx context.Context, users store.Users, filter store.Filter, refusal error) error {
	n, err := users.CountUsers(ctx, filter)
	if err != nil {
		return fmt.Errorf("looking for a taken identifier: %w", err)
	}
	if n > 0 {
		return refusal
	}
	return nil
}
