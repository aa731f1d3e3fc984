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
		return store.User{}, "", ErrInvalidCredentials
	}
	settings, err := s.Advanced(ctx)
	if err != nil {
		return store.User{}, "", err
	}
	if settings.EmailConfirmation && !user.Confirmed {
		return store.User{}, "", ErrUnconfirmed
	}
	if user.Blocked {
		return store.User{}, "", ErrBlocked
	}
	token, err := s.tokens.Issue(user.ID, user.ValidFrom)
	return user, token, err
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
	if err != nil {
		return store.User{}, fmt.Errorf("looking up an identifier: %w", err)
	}
	if len(users) == 0 {
		return store.User{}, store.ErrNotFound
	}
	return users[0], nil
}
