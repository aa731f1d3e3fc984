package accounts

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/gatewright/gatewright/mail"
	"github.com/gatewright/gatewright/store"
)

// newWorker makes what delivers the mails of accounts.
func (s *Service) newWorker(mailer mail.Mailer, logger *slog.Logger) *mail.Worker {
	return &mail.Worker{
		Outbox: outbox{s.store},
		Compose: func(ctx context.Context, item mail.Item) (mail.Message, error) {
			return s.Compose(ctx, store.Mail{
				ID: item.ID, MessageID: item.MessageID, UserID: item.UserID, Recipient: item.Recipient,
				Purpose: store.Purpose(item.Purpose), Attempts: item.Attempts, CreatedAt: item.CreatedAt,
			})
		},
		Mailer: mailer, Logger: logger, Now: s.now,
	}
}

// DeliverMails sends what is in the outbox until the context ends, and returns when what was under way is done. Several
// servers may do so at once.
func (s *Service) DeliverMails(ctx context.Context) {
	if s.worker != nil {
		s.worker.Run(ctx)
	}
}

// wake tells the worker that there is a mail.
func (s *Service) wake() {
	if s.worker != nil {
		s.worker.Wake()
	}
}

// outbox is the store's outbox in the terms of package mail.
type outbox struct{ store store.Outbox }

func (o outbox) LeaseMail(ctx context.Context, now time.Time, lease time.Duration) (mail.Item, bool, error) {
	m, err := o.store.LeaseMail(ctx, now, lease)
	if errors.Is(err, store.ErrNotFound) {
		return mail.Item{}, false, nil
	}
	return mail.Item{
		ID: m.ID, MessageID: m.MessageID, UserID: m.UserID, Recipient: m.Recipient, Purpose: string(m.Purpose),
		Attempts: m.Attempts, CreatedAt: m.CreatedAt,
	}, err == nil, err
}

func (o outbox) FinishMail(ctx context.Context, id int64) error { return o.store.FinishMail(ctx, id) }

func (o outbox) DelayMail(ctx context.Context, id int64, notBefore time.Time, lastError string) error {
	return ignoreGone(o.store.DelayMail(ctx, id, notBefore, lastError))
}

func (o outbox) BuryMail(ctx context.Context, id int64, lastError string) error {
	return ignoreGone(o.store.BuryMail(ctx, id, lastError))
}

// ignoreGone makes nothing of a mail that was replaced meanwhile.
func ignoreGone(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
