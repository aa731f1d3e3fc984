package accounts

import (
	"errors"
	"time"

	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store"
)

// Config is what a Service is made of.
type Config struct {
	Store     store.Store
	Tokens    *sessions.Tokens
	Passwords *Passwords
	// Now is time.Now unless a test says otherwise.
	Now func() time.Time
}

// Service is the use cases of accounts. It is safe for concurrent use.
type Service struct {
	store     store.Store
	tokens    *sessions.Tokens
	passwords *Passwords
	now       func() time.Time

	advanced  document[Advanced]
	providers document[Providers]
}

// New makes a Service. Register its Forget with the store's changes, or it will not notice what others write.
func New(c Config) (*Service, error) {
	if c.Store == nil || c.Tokens == nil || c.Passwords == nil {
		return nil, errors.New("accounts need a store, tokens and passwords")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Service{
		store: c.Store, tokens: c.Tokens, passwords: c.Passwords, now: c.Now,
		advanced:  document[Advanced]{name: settingAdvanced, fallback: defaultAdvanced},
		providers: document[Providers]{name: settingProviders, fallback: defaultProviders},
	}, nil
}

// Forget drops what is cached of the settings that changed.
func (s *Service) Forget(changes []store.Change) {
	for _, c := range changes {
		if c.Kind != store.ChangeSetting {
			continue
		}
		switch c.Subject {
		case settingAdvanced:
			s.advanced.forget()
		case settingProviders:
			s.providers.forget()
		}
	}
}

// ForgetAll drops everything cached, for when some changes were missed.
func (s *Service) ForgetAll() {
	s.advanced.forget()
	s.providers.forget()
}

// Now returns the time by the service's clock.
func (s *Service) Now() time.Time { return s.now() }
