package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/gatewright/gatewright/mail"
	"github.com/gatewright/gatewright/store"
)

// enqueue puts a mail for an account into the outbox, within the transaction that makes it necessary; call wake when that
// is done. One for an account with id 0 is never sent; it stands for the same work. A confirmation needs a base URL to
// lead to: ErrMailNotSent.
func (s *Service) enqueue(ctx context.Context, in store.Store, user store.User, purpose store.Purpose) error {
	if s.links.BaseURL == "" && purpose == store.PurposeEmailConfirmation {
		return fmt.Errorf("%w: set public_url, the address that links in mails begin with", ErrMailNotSent)
	}
	_, err := in.EnqueueMail(ctx, store.Mail{
		MessageID: mail.NewMessageID(s.links.host()), UserID: user.ID, Recipient: user.Email, Purpose: purpose, NotBefore: s.now(),
	})
	if err != nil {
		return fmt.Errorf("putting a mail into the outbox: %w", err)
	}
	return nil
}

// send is enqueue where nothing else has to happen with it.
func (s *Service) send(ctx context.Context, user store.User, purpose store.Purpose) error {
	if err := s.enqueue(ctx, s.store, user, purpose); err != nil {
		return err
	}
	s.wake()
	return nil
}

// Links is where links in mails lead.
type Links struct {
	// BaseURL is the address by which clients reach the gateway, without a slash at the end.
	BaseURL string
	// APIPrefix is where the content API begins.
	APIPrefix string
}

func (l Links) host() string {
	u, err := url.Parse(l.BaseURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func (l Links) confirmation() string { return l.BaseURL + l.APIPrefix + "/auth/email-confirmation" }

// Compose writes a mail and makes the code that it carries; mail.ErrGone when the mail has no reason any more, because the
// account is gone, blocked, confirmed, or has another address, or because a newer mail took its place. It is called when
// the mail is delivered, so that no code is stored in clear; a second delivery makes a second code.
func (s *Service) Compose(ctx context.Context, m store.Mail) (mail.Message, error) {
	user, err := s.recipient(ctx, m)
	if err != nil {
		return mail.Message{}, err
	}
	page, template, err := s.words(ctx, m.Purpose)
	if err != nil {
		return mail.Message{}, err
	}
	code, hash, err := newCode(m.Purpose)
	if err != nil {
		return mail.Message{}, err
	}
	now := s.now()
	err = s.store.CreateCode(ctx, store.Code{
		Hash: hash, UserID: user.ID, Purpose: m.Purpose, MailID: m.ID, ExpiresAt: now.Add(s.codeLifetime(m.Purpose)),
	}, now)
	if errors.Is(err, store.ErrNotFound) {
		return mail.Message{}, mail.ErrGone
	}
	if err != nil {
		return mail.Message{}, fmt.Errorf("storing a code: %w", err)
	}
	message, err := mail.Render(template.template(), mail.Variables{
		URL: page, ServerURL: s.links.BaseURL, AdminURL: s.links.BaseURL + "/admin", Code: code,
		Username: user.Username, Email: user.Email,
	})
	if err != nil {
		return mail.Message{}, fmt.Errorf("writing a mail: %w", err)
	}
	message.MessageID, message.To = m.MessageID, m.Recipient
	return message, nil
}

// recipient returns the account that a mail is for, or mail.ErrGone.
func (s *Service) recipient(ctx context.Context, m store.Mail) (store.User, error) {
	if m.UserID == 0 {
		return store.User{}, mail.ErrGone
	}
	user, err := s.store.User(ctx, m.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return store.User{}, mail.ErrGone
	}
	if err != nil {
		return store.User{}, fmt.Errorf("looking up the recipient: %w", err)
	}
	if user.Blocked || user.Email != m.Recipient || m.Purpose == store.PurposeEmailConfirmation && user.Confirmed {
		return store.User{}, mail.ErrGone
	}
	return user, nil
}

// words returns the page and the template for a purpose.
func (s *Service) words(ctx context.Context, purpose store.Purpose) (page string, t Template, err error) {
	templates, err := s.Templates(ctx)
	if err != nil {
		return "", Template{}, err
	}
	t = templates[string(purpose)]
	if purpose == store.PurposeEmailConfirmation {
		return s.links.confirmation(), t, nil
	}
	settings, err := s.Advanced(ctx)
	if err != nil {
		return "", Template{}, err
	}
	if settings.EmailResetPassword != nil {
		page = *settings.EmailResetPassword
	}
	return page, t, nil
}
