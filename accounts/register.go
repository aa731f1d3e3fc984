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
	Extra   map[string]any
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

// Register makes a local account with the default role and returns it with a token. Where confirmation is required there
// is no token, and a mail with a code is on its way when it returns: the account and the mail are stored in one step.
func (s *Service) Register(ctx context.Context, r Registration) (store.User, string, error) {
	settings, err := s.Advanced(ctx)
	if err != nil {
		return store.User{}, "", err
	}
	user, err := s.newcomer(ctx, r, settings)
	if err != nil {
		return store.User{}, "", err
	}
	if user.PasswordHash, err = s.passwords.Hash(ctx, r.Password); err != nil {
		return store.User{}, "", err
	}
	at := s.now()
	err = s.store.Tx(ctx, func(tx store.Store) error {
		if err := registrable(ctx, tx, user, settings.UniqueEmail); err != nil {
			return err
		}
		made, err := tx.CreateUser(ctx, user)
		if errors.Is(err, store.ErrConflict) {
			return ErrTaken
		}
		if err != nil {
			return err
		}
		user = made
		if settings.EmailConfirmation {
			return s.enqueue(ctx, tx, user, store.PurposeEmailConfirmation)
		}
		return nil
	})
	if err != nil {
		return store.User{}, "", err
	}
	s.record(ctx, store.Event{Name: EventUserRegistered, Subject: userSubject(user.ID)})
	if settings.EmailConfirmation {
		s.wake()
		return user, "", nil
	}
	token, err := s.tokens.IssueAt(user.ID, user.ValidFrom, at)
	return user, token, err
}

// newcomer checks a registration and returns the account it would make, without a hash.
func (s *Service) newcomer(ctx context.Context, r Registration, settings Advanced) (store.User, error) {
	if !settings.AllowRegister {
		return store.User{}, ErrRegisterDisabled
	}
	user := store.User{
		Username: r.Username, Email: lowerEmail(r.Email), Provider: providerLocal,
		Confirmed: !settings.EmailConfirmation, Blocked: r.Blocked, Extra: r.Extra,
	}
	var err error
	if user.RoleID, err = s.defaultRole(ctx, settings); err != nil {
		return store.User{}, err
	}
	// Asked again with the insertion, where it counts; here it spares the refused the cost of a hash.
	if err := registrable(ctx, s.store, user, settings.UniqueEmail); err != nil {
		return store.User{}, err
	}
	return user, s.checkFields(user, r.Password).orNil()
}

// checkFields returns what is wrong with the fields of an account to be made.
func (s *Service) checkFields(user store.User, password string) FieldErrors {
	wrong := checkUsername(user.Username)
	wrong = append(wrong, checkEmail(user.Email)...)
	wrong = append(wrong, s.rules.check(password)...)
	return append(wrong, checkExtra(user.Extra)...)
}

// CheckDefaultRole returns ErrNoDefaultRole when newcomers could be given no role.
func (s *Service) CheckDefaultRole(ctx context.Context) error {
	settings, err := s.Advanced(ctx)
	if err != nil {
		return err
	}
	_, err = s.defaultRole(ctx, settings)
	return err
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
	if errors.Is(err, store.ErrInvalidQuery) { // the identifiers are all there is in it
		return store.ErrInvalidText
	}
	if err != nil {
		return fmt.Errorf("looking for a taken identifier: %w", err)
	}
	if n > 0 {
		return refusal
	}
	return nil
}
