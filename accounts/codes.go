package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store"
)

// How long codes are good unless a site says otherwise. Strapi's are good for ever.
const (
	DefaultResetLifetime        = time.Hour
	DefaultConfirmationLifetime = 3 * 24 * time.Hour
)

// codeBytes are the lengths of codes before they are written in hexadecimal: those of Strapi.
var codeBytes = map[store.Purpose]int{
	store.PurposeResetPassword:     64,
	store.PurposeEmailConfirmation: 20,
}

// newCode makes a code and its hash.
func newCode(purpose store.Purpose) (code, hash string, err error) {
	random := make([]byte, codeBytes[purpose])
	if _, err := rand.Read(random); err != nil {
		return "", "", fmt.Errorf("reading randomness for a code: %w", err)
	}
	code = hex.EncodeToString(random)
	return code, codeHash(code), nil
}

// codeHash is what is stored of a code. A plain hash will do: a code has at least 160 random bits.
func codeHash(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

func (s *Service) codeLifetime(purpose store.Purpose) time.Duration {
	if purpose == store.PurposeResetPassword {
		return s.resetLifetime
	}
	return s.confirmationLifetime
}

// ForgotPassword sends a mail with a code to the account that has the address, of whatever provider, unless it is
// blocked. An address that nobody has is no error and takes the same work, so that neither answer nor time tells.
func (s *Service) ForgotPassword(ctx context.Context, email string) error {
	email = lowerEmail(email)
	user, err := s.oldest(ctx, field("email", email))
	if errors.Is(err, store.ErrNotFound) || err == nil && user.Blocked {
		user = store.User{Email: email} // whose mail is not sent
	} else if err != nil {
		return err
	}
	return s.send(ctx, user, store.PurposeResetPassword)
}

// errPeek ends a transaction that was only to look.
var errPeek = errors.New("looked")

// ResetPassword sets a new password for the account that a code was sent to and returns the account with a token. A code
// is good once: ErrCode when it is unknown, used, replaced or expired. A password that breaks the rules leaves it good.
func (s *Service) ResetPassword(ctx context.Context, code, password string) (store.User, string, error) {
	hash := codeHash(code)
	err := s.store.Tx(ctx, func(tx store.Store) error {
		if _, err := s.takeCode(ctx, tx, store.PurposeResetPassword, hash); err != nil {
			return err
		}
		return errPeek
	})
	if !errors.Is(err, errPeek) {
		return store.User{}, "", s.codeRefused(ctx, store.PurposeResetPassword, err)
	}
	if err := s.rules.check(password).orNil(); err != nil {
		return store.User{}, "", err
	}
	passwordHash, err := s.passwords.Hash(ctx, password)
	if err != nil {
		return store.User{}, "", err
	}
	var user store.User
	at := s.now()
	err = s.store.Tx(ctx, func(tx store.Store) error {
		owner, err := s.takeCode(ctx, tx, store.PurposeResetPassword, hash)
		if err != nil {
			return err
		}
		user, err = s.setPassword(ctx, tx, owner.ID, passwordHash)
		return err
	})
	if err != nil {
		return store.User{}, "", s.codeRefused(ctx, store.PurposeResetPassword, err)
	}
	s.record(ctx, store.Event{Name: EventPasswordReset, Subject: userSubject(user.ID)})
	token, err := s.tokens.IssueAt(user.ID, user.ValidFrom, at)
	return user, token, err
}

// codeRefused records a code that was not good and returns the error.
func (s *Service) codeRefused(ctx context.Context, purpose store.Purpose, err error) error {
	if errors.Is(err, ErrCode) || errors.Is(err, ErrConfirmation) {
		s.record(ctx, store.Event{
			Name: EventCodeRefused, Outcome: "incorrect_code", Details: map[string]any{"purpose": string(purpose)},
		})
	}
	return err
}

// takeCode takes a code and returns the account it belongs to.
func (s *Service) takeCode(ctx context.Context, tx store.Store, purpose store.Purpose, hash string) (store.User, error) {
	taken, err := tx.TakeCode(ctx, purpose, hash, s.now())
	if errors.Is(err, store.ErrNotFound) {
		return store.User{}, ErrCode
	}
	if err != nil {
		return store.User{}, fmt.Errorf("taking a code: %w", err)
	}
	user, err := tx.User(ctx, taken.UserID)
	if errors.Is(err, store.ErrNotFound) || err == nil && user.Blocked {
		return store.User{}, ErrCode
	}
	return user, err
}

// setPassword gives an account a new password: tokens given out before it and codes sent before it are over.
func (s *Service) setPassword(ctx context.Context, tx store.Store, id int64, hash string) (store.User, error) {
	if err := tx.VoidCodes(ctx, id); err != nil {
		return store.User{}, fmt.Errorf("voiding codes: %w", err)
	}
	return tx.UpdateUser(ctx, id, func(u store.User) (store.User, error) {
		u.PasswordHash = hash
		u.ValidFrom = sessions.NextValidFrom(s.now(), u.ValidFrom)
		return u, nil
	})
}

// ChangePassword sets a new password for an account whose present one is given, and returns the account with a token. Of
// several changes at once one wins; for the others the present password was another one: ErrCurrentPassword.
func (s *Service) ChangePassword(ctx context.Context, id int64, current, password string) (store.User, string, error) {
	user, err := s.User(ctx, id)
	if err != nil {
		return store.User{}, "", err
	}
	ok, err := s.passwords.Matches(ctx, user.PasswordHash, current)
	if err != nil {
		return store.User{}, "", err
	}
	if !ok {
		return store.User{}, "", s.wrongCurrent(ctx, id)
	}
	if password == current {
		return store.User{}, "", ErrSamePassword
	}
	if err := s.rules.check(password).orNil(); err != nil {
		return store.User{}, "", err
	}
	hash, err := s.passwords.Hash(ctx, password)
	if err != nil {
		return store.User{}, "", err
	}
	at := s.now()
	changed, err := s.replacePassword(ctx, user, hash)
	if errors.Is(err, ErrCurrentPassword) {
		return store.User{}, "", s.wrongCurrent(ctx, id)
	}
	if err != nil {
		return store.User{}, "", err
	}
	s.record(ctx, store.Event{Name: EventPasswordChanged, Subject: userSubject(id)})
	token, err := s.tokens.IssueAt(id, changed.ValidFrom, at)
	return changed, token, err
}

// replacePassword gives an account a new password unless it has another one by now than it had in before, which is
// ErrCurrentPassword: hashing waits for its turn, and who knew the old password must not undo what came meanwhile.
func (s *Service) replacePassword(ctx context.Context, before store.User, hash string) (changed store.User, err error) {
	err = s.store.Tx(ctx, func(tx store.Store) error {
		present, err := tx.User(ctx, before.ID)
		if errors.Is(err, store.ErrNotFound) {
			return ErrUserNotFound
		}
		if err != nil {
			return err
		}
		if present.PasswordHash != before.PasswordHash {
			return ErrCurrentPassword
		}
		changed, err = s.setPassword(ctx, tx, before.ID, hash)
		return err
	})
	return changed, err
}

// wrongCurrent records a change of password without the present one and returns ErrCurrentPassword.
func (s *Service) wrongCurrent(ctx context.Context, id int64) error {
	s.record(ctx, store.Event{Name: EventPasswordChanged, Subject: userSubject(id), Outcome: "wrong_current_password"})
	return ErrCurrentPassword
}

// ConfirmEmail confirms the account that a code was sent to. ErrConfirmation when the code is unknown, used, replaced or
// expired.
func (s *Service) ConfirmEmail(ctx context.Context, code string) error {
	var user store.User
	err := s.store.Tx(ctx, func(tx store.Store) error {
		owner, err := s.takeCode(ctx, tx, store.PurposeEmailConfirmation, codeHash(code))
		if errors.Is(err, ErrCode) {
			return ErrConfirmation
		}
		if err != nil {
			return err
		}
		user, err = tx.UpdateUser(ctx, owner.ID, func(u store.User) (store.User, error) {
			u.Confirmed = true
			return u, nil
		})
		return err
	})
	if err != nil {
		return s.codeRefused(ctx, store.PurposeEmailConfirmation, err)
	}
	s.record(ctx, store.Event{Name: EventEmailConfirmed, Subject: userSubject(user.ID)})
	return nil
}

// ResendConfirmation sends another confirmation mail. ErrConfirmed and ErrUserBlocked tell about the account, as recorded,
// unless the site conceals accounts; then, and for an address that nobody has, nothing is sent and nothing said.
func (s *Service) ResendConfirmation(ctx context.Context, email string) error {
	email = lowerEmail(email)
	user, err := s.oldest(ctx, field("email", email))
	nobody := errors.Is(err, store.ErrNotFound)
	if err != nil && !nobody {
		return err
	}
	switch {
	case nobody:
	case user.Confirmed && !s.conceal:
		return ErrConfirmed
	case user.Blocked && !s.conceal:
		return ErrUserBlocked
	}
	if nobody || user.Confirmed || user.Blocked {
		user = store.User{Email: email} // whose mail is not sent
	}
	return s.send(ctx, user, store.PurposeEmailConfirmation)
}
