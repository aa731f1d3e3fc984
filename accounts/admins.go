package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatewright/gatewright/store"
)

// Rules for operators.
const (
	minAdminPassword = 8
	// AdminSessionLifetime is how long an operator's token is good.
	AdminSessionLifetime = 8 * time.Hour
)

// AddAdmin makes an operator's account. A taken address is ErrEmailTaken.
func (s *Service) AddAdmin(ctx context.Context, email, password string) (store.Admin, error) {
	email = lowerEmail(email)
	if err := append(checkEmail(email), checkAdminPassword(password)...).orNil(); err != nil {
		return store.Admin{}, err
	}
	hash, err := s.passwords.Hash(ctx, password)
	if err != nil {
		return store.Admin{}, err
	}
	admin, err := s.store.CreateAdmin(ctx, store.Admin{Email: email, PasswordHash: hash})
	if errors.Is(err, store.ErrConflict) {
		return store.Admin{}, ErrEmailTaken
	}
	if err == nil {
		s.record(ctx, store.Event{Name: EventAdminCreated, Subject: adminSubject(admin.ID)})
	}
	return admin, err
}

func checkAdminPassword(password string) FieldErrors {
	const field = "password"
	switch {
	case utf8.RuneCountInString(password) < minAdminPassword:
		return FieldErrors{{Field: field, Rule: RuleTooShort, Limit: minAdminPassword}}
	case len(password) > MaxPasswordBytes:
		return FieldErrors{{Field: field, Rule: RuleTooManyBytes, Limit: MaxPasswordBytes + 1}}
	case strings.Contains(password, nul):
		return FieldErrors{{Field: field, Rule: RuleControl}}
	}
	return nil
}

func adminSubject(id int64) string { return "admin " + strconv.FormatInt(id, 10) }

// Admins returns the operators.
func (s *Service) Admins(ctx context.Context) ([]store.Admin, error) { return s.store.Admins(ctx) }

// BlockAdmin blocks an operator, or lets one in again, and ends the operator's sessions. ErrAdminNotFound when nobody has
// the address.
func (s *Service) BlockAdmin(ctx context.Context, email string, blocked bool) (store.Admin, error) {
	event := EventAdminUnblocked
	if blocked {
		event = EventAdminBlocked
	}
	return s.changeAdmin(ctx, email, event, func(a *store.Admin) { a.Blocked = blocked })
}

// SetAdminPassword gives an operator a new password and ends the operator's sessions. ErrAdminNotFound when nobody has the
// address.
func (s *Service) SetAdminPassword(ctx context.Context, email, password string) (store.Admin, error) {
	if err := checkAdminPassword(password).orNil(); err != nil {
		return store.Admin{}, err
	}
	hash, err := s.passwords.Hash(ctx, password)
	if err != nil {
		return store.Admin{}, err
	}
	return s.changeAdmin(ctx, email, EventAdminPasswordChanged, func(a *store.Admin) { a.PasswordHash = hash })
}

// changeAdmin changes an operator and ends the operator's sessions in one step.
func (s *Service) changeAdmin(ctx context.Context, email, event string, change func(*store.Admin)) (store.Admin, error) {
	var changed store.Admin
	err := s.store.Tx(ctx, func(tx store.Store) error {
		admin, err := tx.AdminByEmail(ctx, lowerEmail(email))
		if err != nil {
			return adminError(err)
		}
		changed, err = tx.UpdateAdmin(ctx, admin.ID, func(a store.Admin) (store.Admin, error) {
			change(&a)
			return a, nil
		})
		if err != nil {
			return adminError(err)
		}
		return tx.DeleteAdminSessions(ctx, admin.ID)
	})
	if err != nil {
		return store.Admin{}, err
	}
	s.record(ctx, store.Event{Name: event, Subject: adminSubject(changed.ID)})
	return changed, nil
}

// RemoveAdmin removes an operator's account, with its sessions, and returns what it was. ErrAdminNotFound when nobody has
// the address.
func (s *Service) RemoveAdmin(ctx context.Context, email string) (store.Admin, error) {
	var removed store.Admin
	err := s.store.Tx(ctx, func(tx store.Store) error {
		var err error
		if removed, err = tx.AdminByEmail(ctx, lowerEmail(email)); err != nil {
			return adminError(err)
		}
		return adminError(tx.DeleteAdmin(ctx, removed.ID))
	})
	if err != nil {
		return store.Admin{}, err
	}
	s.record(ctx, store.Event{Name: EventAdminRemoved, Subject: adminSubject(removed.ID)})
	return removed, nil
}

func adminError(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return ErrAdminNotFound
	}
	return err
}

// AdminLogin signs an operator in and returns a token for AdminSessionLifetime. Whatever is wrong is ErrInvalidCredentials,
// also a password or a block that is new since the sign-in began.
func (s *Service) AdminLogin(ctx context.Context, email, password string) (store.Admin, string, error) {
	admin, err := s.store.AdminByEmail(ctx, lowerEmail(email))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.Admin{}, "", fmt.Errorf("looking up an operator: %w", err)
	}
	ok, err := s.passwords.Matches(ctx, admin.PasswordHash, password)
	if err != nil {
		return store.Admin{}, "", err
	}
	if !ok {
		return store.Admin{}, "", s.adminLoginFailed(ctx, admin)
	}
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return store.Admin{}, "", fmt.Errorf("reading randomness for a token: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(random)
	err = s.store.Tx(ctx, func(tx store.Store) error {
		current, err := tx.AdminByEmail(ctx, admin.Email)
		if errors.Is(err, store.ErrNotFound) {
			return ErrInvalidCredentials
		}
		if err != nil {
			return fmt.Errorf("reading an operator again: %w", err)
		}
		if current.PasswordHash != admin.PasswordHash || current.Blocked {
			return ErrInvalidCredentials
		}
		return tx.CreateAdminSession(ctx, store.AdminSession{
			TokenHash: adminTokenHash(token), AdminID: admin.ID, ExpiresAt: s.now().Add(AdminSessionLifetime),
		})
	})
	if errors.Is(err, ErrInvalidCredentials) {
		return store.Admin{}, "", s.adminLoginFailed(ctx, admin)
	}
	if err != nil {
		return store.Admin{}, "", err
	}
	s.record(ctx, store.Event{Name: EventAdminLogin, Subject: adminSubject(admin.ID)})
	return admin, token, nil
}

// adminLoginFailed records a sign-in that was refused, of whom if that is known, and returns ErrInvalidCredentials.
func (s *Service) adminLoginFailed(ctx context.Context, admin store.Admin) error {
	e := store.Event{Name: EventAdminLoginFailed, Outcome: "invalid_credentials"}
	if admin.ID != 0 {
		e.Subject = adminSubject(admin.ID)
	}
	s.record(ctx, e)
	return ErrInvalidCredentials
}

// AuthenticateAdmin returns the operator a token belongs to, or ErrToken.
func (s *Service) AuthenticateAdmin(ctx context.Context, token string) (store.Admin, error) {
	admin, err := s.store.AdminBySession(ctx, adminTokenHash(token), s.now())
	if errors.Is(err, store.ErrNotFound) || err == nil && admin.Blocked {
		return store.Admin{}, ErrToken
	}
	return admin, err
}

func adminTokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
