package accounts

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/gatewright/gatewright/store"
)

// ErrMailNotFound is returned for a mail that was never given up, or is not there.
var ErrMailNotFound = errors.New("no such undelivered mail")

// Events returns what happened.
func (s *Service) Events(ctx context.Context, q store.EventQuery) ([]store.Event, error) {
	return s.store.Events(ctx, q)
}

// Mails returns the mails in a state, the oldest first.
func (s *Service) Mails(ctx context.Context, state store.MailState, limit int) ([]store.Mail, error) {
	return s.store.Mails(ctx, state, limit)
}

// CountMails returns how many mails are in a state.
func (s *Service) CountMails(ctx context.Context, state store.MailState) (int64, error) {
	return s.store.CountMails(ctx, state)
}

// ResendMail queues a mail that was given up. It will carry a new code. ErrMailNotFound when there is no such mail.
func (s *Service) ResendMail(ctx context.Context, id int64) error {
	err := s.store.ReviveMail(ctx, id, s.now())
	if errors.Is(err, store.ErrNotFound) {
		return ErrMailNotFound
	}
	if err == nil {
		s.record(ctx, store.Event{Name: EventMailResent, Subject: "mail " + strconv.FormatInt(id, 10)})
		s.wake()
	}
	return err
}

// TrimMails removes mails that were given up and are older than a time, and returns how many.
func (s *Service) TrimMails(ctx context.Context, before time.Time) (int64, error) {
	return s.store.TrimMails(ctx, before)
}
