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
// else stands in the way (ErrUnconfirmed, ErrBlocked) is told only to who knows the password. The token ends with the
// next change of the password, also with one that is made while the sign-in is under way.
func (s *Service) Login(ctx context.Context, identifier, password string) (store.User, string, error) {
	if err := s.RequireLocal(ctx); err != nil {
		return store.User{}, "", err
	}
	user, err := s.byIdentifier(ctx, identifier)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.User{}, "", err
	}
	current, token, err := s.signIn(ctx, user, password)
	if errors.Is(err, errOtherHash) {
		current, token, err = s.signIn(ctx, current, password)
	}
	if err == nil {
		s.record(ctx, store.Event{Name: EventLoginSucceeded, Subject: userSubject(user.ID)})
		return current, token, nil
	}
	if errors.Is(err, errOtherHash) || errors.Is(err, store.ErrNotFound) {
		err = ErrInvalidCredentials
	}
	return store.User{}, "", s.loginFailed(ctx, user, err)
}

// loginFailed records why a sign-in was refused, of whom if that is known, and returns the error.
func (s *Service) loginFailed(ctx context.Context, user store.User, err error) error {
	e := store.Event{Name: EventLoginFailed}
	switch {
	case errors.Is(err, ErrInvalidCredentials):
		e.Outcome = "invalid_credentials"
	case errors.Is(err, ErrUnconfirmed):
		e.Outcome = "unconfirmed"
	case errors.Is(err, ErrBlocked):
		e.Outcome = "blocked"
	default: // not refused, but broken
		return err
	}
	if user.ID != 0 {
		e.Subject = userSubject(user.ID)
	}
	s.record(ctx, e)
	return err
}

// errOtherHash means that an account has another hash than the one a password was compared with: a new password, or the
// same one that another sign-in hashed anew. Comparing again tells which.
var errOtherHash = errors.New("the password was hashed anew meanwhile")

// signIn compares the password and returns the account as it is afterwards with a token. Comparing may wait long for its
// turn, so nothing that was read before it is relied upon: with errOtherHash comes the account to compare with.
func (s *Service) signIn(ctx context.Context, user store.User, password string) (store.User, string, error) {
	ok, err := s.passwords.Matches(ctx, user.PasswordHash, password)
	if err != nil {
		return store.User{}, "", err
	}
	if !ok {
		return store.User{}, "", ErrInvalidCredentials
	}
	hash, err := s.todaysHash(ctx, user.PasswordHash, password)
	if err != nil {
		return store.User{}, "", err
	}
	settings, err := s.Advanced(ctx)
	if err != nil {
		return store.User{}, "", err
	}
	var current store.User
	at := s.now() // before the account is read: a change that comes after it makes the token too old
	err = s.store.Tx(ctx, func(tx store.Store) error {
		if current, err = tx.User(ctx, user.ID); err != nil {
			return fmt.Errorf("reading an account again: %w", err)
		}
		switch {
		case current.PasswordHash != user.PasswordHash:
			return errOtherHash
		case settings.EmailConfirmation && !current.Confirmed:
			return ErrUnconfirmed
		case current.Blocked:
			return ErrBlocked
		case current.PasswordHash == hash:
			return nil
		}
		current, err = tx.UpdateUser(ctx, user.ID, func(u store.User) (store.User, error) {
			u.PasswordHash = hash // of the same password: tokens stay good
			return u, nil
		})
		return err
	})
	if err != nil {
		return current, "", err
	}
	token, err := s.tokens.IssueAt(current.ID, current.ValidFrom, at)
	return current, token, err
}

// todaysHash is the hash of a password that was just right, with the cost of today: the one there is, or a new one.
func (s *Service) todaysHash(ctx context.Context, hash, password string) (string, error) {
	if !s.passwords.Outdated(hash) {
		return hash, nil
	}
	return s.passwords.Hash(ctx, password)
}

// IssueToken returns a token for an account without asking for its password, for operators who try things. The token
// obeys the same rules as any other: that of a blocked account is refused.
func (s *Service) IssueToken(ctx context.Context, identifier string) (store.User, string, error) {
	at := s.now()
	user, err := s.ByIdentifier(ctx, identifier)
	if err != nil {
		return store.User{}, "", err
	}
	token, err := s.tokens.IssueAt(user.ID, user.ValidFrom, at)
	if err != nil {
		return store.User{}, "", err
	}
	s.record(ctx, store.Event{Name: EventTokenMinted, Subject: userSubject(user.ID)})
	return user, token, nil
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
