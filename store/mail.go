package store

import (
	"context"
	"time"
)

// Purpose says what a one-time code is good for. It is also the name of the mail template that carries it.
type Purpose string

// The purposes there are.
const (
	PurposeResetPassword     Purpose = "reset_password"
	PurposeEmailConfirmation Purpose = "email_confirmation"
)

// Code is a one-time code of an account. The code itself is never stored.
type Code struct {
	Hash    string // hexadecimal SHA-256; unique
	UserID  int64
	Purpose Purpose
	// MailID is the mail that carries the code. A mail that is sent twice, because a server ended in between, carries two
	// codes, and both are good.
	MailID    int64
	ExpiresAt time.Time
}

// Codes keeps one-time codes.
type Codes interface {
	// CreateCode stores c and voids the codes for the same account and purpose that other mails carry. Codes that have
	// expired at now are forgotten. ErrNotFound when the mail is not in the outbox any more, so that a mail that was
	// replaced while it was being written carries no code, or when there is no such account; a taken hash is a
	// *ConflictError.
	CreateCode(ctx context.Context, c Code, now time.Time) error
	// TakeCode removes the code and every other one for the same account and purpose, and returns it: each can be taken
	// once, however many try. ErrNotFound when it is unknown, expired at now, or for another purpose; nothing is removed
	// then.
	TakeCode(ctx context.Context, purpose Purpose, hash string, now time.Time) (Code, error)
	// VoidCodes removes the codes of an account for these purposes, and the mails that are to carry some; for all
	// purposes when none is named.
	VoidCodes(ctx context.Context, userID int64, purposes ...Purpose) error
}

// MailState is where a mail in the outbox stands.
type MailState string

// The states of a mail. One that was delivered is in the outbox no more.
const (
	MailQueued MailState = "queued"
	MailDead   MailState = "dead" // given up; an operator may send it again
)

// Mail is a message that is to be sent. It says to whom and what for, and never holds a code or a rendered text.
type Mail struct {
	ID        int64
	MessageID string // the Message-ID header, the same at every attempt
	UserID    int64  // 0: nobody's; such a mail is never delivered, and costs what another would
	Recipient string
	Purpose   Purpose
	State     MailState
	Attempts  int
	// NotBefore is when the next attempt is due.
	NotBefore time.Time
	LastError string // of the last attempt; at most 500 bytes
	CreatedAt time.Time
}

// Outbox keeps mails until they are delivered. What was enqueued survives a crash.
type Outbox interface {
	// EnqueueMail stores m, queued and due at NotBefore, and returns it with ID, State and CreatedAt set. It replaces the
	// other mails to the same account for the same purpose, whatever their state: only the newest is wanted. Nobody counts
	// as one account: of nobody's mails there is at most one for each purpose, however many strangers ask for mails that
	// nobody gets. ErrNotFound when there is no such account.
	EnqueueMail(ctx context.Context, m Mail) (Mail, error)
	// LeaseMail returns the queued mail that has been due longest at now, with Attempts raised by one, and hands it to
	// nobody else until the lease is over, when it is due again. ErrNotFound when none is due.
	LeaseMail(ctx context.Context, now time.Time, lease time.Duration) (Mail, error)
	// FinishMail removes a mail that was delivered; one that is gone already is fine.
	FinishMail(ctx context.Context, id int64) error
	// DelayMail makes a mail due at notBefore and notes why. ErrNotFound when it is gone.
	DelayMail(ctx context.Context, id int64, notBefore time.Time, lastError string) error
	// BuryMail gives a mail up. ErrNotFound when it is gone.
	BuryMail(ctx context.Context, id int64, lastError string) error
	// ReviveMail queues a dead mail again, due at now with Attempts 0. ErrNotFound when there is no such dead mail.
	ReviveMail(ctx context.Context, id int64, now time.Time) error
	// TrimMails removes dead mails that were created before a time and returns how many, in steps as TrimEvents does.
	// Queued ones stay.
	TrimMails(ctx context.Context, before time.Time) (int64, error)
	// Mails returns the mails in a state, the oldest first, at most limit of them.
	Mails(ctx context.Context, state MailState, limit int) ([]Mail, error)
	// CountMails returns how many mails are in a state.
	CountMails(ctx context.Context, state MailState) (int64, error)
}
