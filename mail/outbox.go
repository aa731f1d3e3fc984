package mail

import (
	"context"
	"errors"
	"time"
)

// ErrGone is returned by Compose for a mail that nobody waits for any more: the account is gone or the request is void.
// The mail is finished without being sent.
var ErrGone = errors.New("the mail is void")

// Item is a mail in the outbox. It says to whom and what for; Compose makes a Message of it.
type Item struct {
	ID        int64
	MessageID string
	UserID    int64
	Recipient string
	Purpose   string
	Attempts  int // with this one
	CreatedAt time.Time
}

// Outbox keeps mails until they are delivered, for the workers of all servers that share it.
type Outbox interface {
	// LeaseMail returns the mail that has been due longest at now, with Attempts raised by one, and hands it to nobody else
	// until the lease is over. ok is false when none is due.
	LeaseMail(ctx context.Context, now time.Time, lease time.Duration) (item Item, ok bool, err error)
	// FinishMail removes a mail that was delivered.
	FinishMail(ctx context.Context, id int64) error
	// DelayMail makes a mail due at notBefore and notes why.
	DelayMail(ctx context.Context, id int64, notBefore time.Time, lastError string) error
	// BuryMail gives a mail up and notes why.
	BuryMail(ctx context.Context, id int64, lastError string) error
}
