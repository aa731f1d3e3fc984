package accounts

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatewright/gatewright/store"
)

// providerLocal is the provider of accounts that sign in with a password.
const providerLocal = "local"

// RequireLocal returns ErrProviderDisabled when signing in with a password is switched off.
func (s *Service) RequireLocal(ctx context.Context) error {
	providers, err := s.Providers(ctx)
	if err != nil {
		return err
	}
	if !providers[LocalProvider].Enabled {
		return ErrProviderDisabled
	}
	return nil
}

// Login signs in a local account by username, compared exactly, or e-mail address, in any case. It returns the account
// and a token. An identifier that nobody has takes as long as a wrong password, and both are ErrInvalidCredentials; what
// else stands in the way (ErrUnconfirmed, ErrBlocked) is told only to who knows the password.
func (s *Service) Login(ctx context.Context, identifier, password string) (store.User, string, error) {
	if err := s.RequireLocal(ctx); err != nil {
		return store.User{}, "", err
	}
	user, err := s.byIdentifier(ctx, identifier)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.User{}, "", err
	}
	ok, err := s.passwords.Matches(ctx, user.PasswordHash, password)
	if err != nil {
		return store.User{}, "", err
	}
	if !ok {
		return store.User{}, "", s.loginFailed(ctx, user, "invalid_credentials", ErrInvalidCredentials)
	}
	settings, err := s.Advanced(ctx)
	if err != nil {
		return store.User{}, "", err
	}
	if settings.EmailConfirmation && !user.Confirmed {
		return store.User{}, "", s.loginFailed(ctx, user, "unconfirmed", ErrUnconfirmed)
	}
	if user.Blocked {
		return store.User{}, "", s.loginFailed(ctx, user, "blocked", ErrBlocked)
	}
	if err := s.rehash(ctx, &user, password); err != nil {
		return store.User{}, "", err
	}
	s.record(ctx, store.Event{Name: EventLoginSucceeded, Subject: userSubject(user.ID)})
	token, err := s.tokens.Issue(user.ID, user.ValidFrom)
	return user, token, err
}

// loginFailed records why a sign-in failed, of whom if that is known, and returns the error.
func (s *Service) loginFailed(ctx context.Context, user store.User, outcome string, err error) error {
	e := store.Event{Name: EventLoginFailed, Outcome: outcome}
	if user.ID != 0 {
		e.Subject = userSubject(user.ID)
	}
	s.record(ctx, e)
	return err
}

// rehash stores a password that was just right with the cost of today. It is the same password: tokens stay good.
func (s *Service) rehash(ctx context.Context, user *store.User, password string) error {
	if !s.passwords.Outdated(user.PasswordHash) {
		return nil
	}
	hash, err := s.passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	old := user.PasswordHash
	changed, err := s.store.UpdateUser(ctx, user.ID, func(u store.User) (store.User, error) {
		if u.PasswordHash == old { // else it was changed meanwhile
			u.PasswordHash = hash
		}
		return u, nil
	})
	if err != nil {
		return fmt.Errorf("storing a new hash: %w", err)
	}
	*user = changed
	return nil
}

// IssueToken returns a token for an account without asking for its password, for operators who try things. The token
// obeys the same rules as any other: that of a blocked account is refused.
func (s *Service) IssueToken(ctx context.Context, identifier string) (store.User, string, error) {
	user, err := s.ByIdentifier(ctx, identifier)
	if err != nil {
		return store.User{}, "", err
	}
	token, err := s.tokens.Issue(user.ID, user.ValidFrom)
	return user, token, err
}

// byIdentifier returns the local account with that username or address. Were there several, it is always the oldest.
func (s *Service) byIdentifier(ctx context.Context, identifier string) (store.User, error) {
	return s.oldest(ctx, store.And{
		store.Comparison{Field: "provider", Op: store.Eq, Values: []any{providerLocal}},
		identifiedBy(identifier),
	})
}

// ByIdentifier returns the account of any provider with that username or e-mail address, or ErrUserNotFound.
func (s *Service) ByIdentifier(ctx context.Context, identifier string) (store.User, error) {
	user, err := s.oldest(ctx, identifiedBy(identifier))
	if errors.Is(err, store.ErrNotFound) {
		return store.User{}, ErrUserNotFound
	}
	return user, err
}

func identifiedBy(identifier string) store.Filter {
	return store.Or{
		store.Comparison{Field: "email", Op: store.Eq, Values: []any{lowerEmail(identifier)}},
		store.Comparison{Field: "username", Op: store.Eq, Values: []any{identifier}},
	}
}

func (s *Service) oldest(ctx context.Context, filter store.Filter) (store.User, error) {
	users, err := s.store.FindUsers(ctx, store.Query{Filter: filter, Limit: 1})
	switch {
	case errors.Is(err, store.ErrInvalidQuery): // by a text that no account can have, such as NUL
		return store.User{}, store.ErrNotFound
	case err != nil:
		return store.User{}, fmt.Errorf("looking up an identifier: %w", err)
	case len(users) == 0:
		return store.User{}, store.ErrNotFound
	}
	return users[0], nil
}
