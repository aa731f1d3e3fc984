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
	wrong := checkEmail(email)
	switch {
	case utf8.RuneCountInString(password) < minAdminPassword:
		wrong = append(wrong, FieldError{Field: "password", Rule: RuleTooShort, Limit: minAdminPassword})
	case len(password) > MaxPasswordBytes:
		wrong = append(wrong, FieldError{Field: "password", Rule: RuleTooManyBytes, Limit: MaxPasswordBytes + 1})
	}
	if err := wrong.orNil(); err != nil {
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

func adminSubject(id int64) string { return "admin " + strconv.FormatInt(id, 10) }

// Admins returns the operators.
func (s *Service) Admins(ctx context.Context) ([]store.Admin, error) { return s.store.Admins(ctx) }

// AdminLogin signs an operator in and returns a token for AdminSessionLifetime. Whatever is wrong is ErrInvalidCredentials.
func (s *Service) AdminLogin(ctx context.Context, email, password string) (store.Admin, string, error) {
	admin, err := s.store.AdminByEmail(ctx, lowerEmail(email))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.Admin{}, "", fmt.Errorf("looking up an operator: %w", err)
	}
	ok, err := s.passwords.Matches(ctx, admin.PasswordHash, password)
	if err != nil {
		return store.Admin{}, "", err
	}
	if !ok || admin.Blocked {
		s.record(ctx, store.Event{Name: EventAdminLoginFailed, Outcome: "invalid_credentials"})
		return store.Admin{}, "", ErrInvalidCredentials
	}
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return store.Admin{}, "", fmt.Errorf("reading randomness for a token: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(random)
	err = s.store.CreateAdminSession(ctx, store.AdminSession{
		TokenHash: adminTokenHash(token), AdminID: admin.ID, ExpiresAt: s.now().Add(AdminSessionLifetime),
	})
	if err == nil {
		s.record(ctx, store.Event{Name: EventAdminLogin, Subject: adminSubject(admin.ID)})
	}
	return admin, token, err
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
