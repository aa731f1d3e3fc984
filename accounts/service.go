package accounts

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/gatewright/gatewright/mail"
	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store"
)

// Config is what a Service is made of.
type Config struct {
	Store     store.Store
	Tokens    *sessions.Tokens
	Passwords *Passwords
	// Rules are those of new passwords.
	Rules PasswordRules
	// Fields are the further fields of accounts.
	Fields []UserField
	// Links is where links in mails lead. Without a base URL no confirmation mail is sent: ErrMailNotSent. Mails about
	// passwords lead to the page that the settings name, and are sent all the same.
	Links Links
	// ResetLifetime and ConfirmationLifetime are how long codes are good; zero means the defaults.
	ResetLifetime        time.Duration
	ConfirmationLifetime time.Duration
	// ConcealAccounts keeps ResendConfirmation from telling which accounts exist.
	ConcealAccounts bool
	// Mailer sends mails, once DeliverMails is called; nil leaves them in the outbox for another server.
	Mailer mail.Mailer
	// MailTimeout is how long the delivery of one mail may take; zero means mail.DefaultSendTimeout. A mail that was under
	// way when its server ended is sent again soon after.
	MailTimeout time.Duration
	// Logger gets what goes wrong with mails. Default: slog.Default().
	Logger *slog.Logger
	// Events gets what happens. It must not block for long.
	Events func(context.Context, store.Event)
	// Now is time.Now unless a test says otherwise.
	Now func() time.Time
}

// Service is the use cases of accounts. It is safe for concurrent use.
type Service struct {
	store     store.Store
	tokens    *sessions.Tokens
	passwords *Passwords
	rules     PasswordRules
	fields    []UserField
	links     Links
	conceal   bool
	worker    *mail.Worker
	events    func(context.Context, store.Event)
	now       func() time.Time

	resetLifetime        time.Duration
	confirmationLifetime time.Duration

	advanced  document[Advanced]
	providers document[Providers]
	templates document[Templates]
}

// New makes a Service. Register its Forget with the store's changes, or it will not notice what others write.
func New(c Config) (*Service, error) {
	if c.Store == nil || c.Tokens == nil || c.Passwords == nil {
		return nil, errors.New("accounts need a store, tokens and passwords")
	}
	if err := c.Rules.Validate(); err != nil {
		return nil, err
	}
	if err := ValidateFields(c.Fields); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.ResetLifetime == 0 {
		c.ResetLifetime = DefaultResetLifetime
	}
	if c.ConfirmationLifetime == 0 {
		c.ConfirmationLifetime = DefaultConfirmationLifetime
	}
	s := &Service{
		store: c.Store, tokens: c.Tokens, passwords: c.Passwords, rules: c.Rules, fields: c.Fields, links: c.Links,
		conceal: c.ConcealAccounts, events: c.Events, now: c.Now,
		resetLifetime: c.ResetLifetime, confirmationLifetime: c.ConfirmationLifetime,
		advanced:  document[Advanced]{name: settingAdvanced, fallback: defaultAdvanced},
		providers: document[Providers]{name: settingProviders, fallback: defaultProviders},
		templates: document[Templates]{name: settingTemplates, fallback: defaultTemplates},
	}
	if c.Mailer != nil {
		s.worker = s.newWorker(c.Mailer, cmp.Or(c.Logger, slog.Default()))
		s.worker.SendTimeout = c.MailTimeout
	}
	return s, nil
}

// Now returns the time by the service's clock.
func (s *Service) Now() time.Time { return s.now() }

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
		case settingTemplates:
			s.templates.forget()
		}
	}
}

// ForgetAll drops everything cached, for when some changes were missed.
func (s *Service) ForgetAll() {
	s.advanced.forget()
	s.providers.forget()
	s.templates.forget()
}
