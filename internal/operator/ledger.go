package operator

import (
	"context"
	"time"

	"github.com/gatewright/gatewright/store"
)

// mostRows bounds what one command shows.
const mostRows = 10_000

// Mail is a mail in the outbox as commands show it.
type Mail struct {
	ID        int64     `json:"id"`
	State     string    `json:"state"`
	Recipient string    `json:"recipient"`
	Purpose   string    `json:"purpose"`
	Attempts  int       `json:"attempts"`
	NotBefore time.Time `json:"not_before"`
	LastError string    `json:"last_error,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// ListMails shows the mails that are not delivered: those given up first, then those still tried.
func (o *Operator) ListMails(ctx context.Context, _ None) ([]Mail, error) {
	list := []Mail{}
	for _, state := range []store.MailState{store.MailDead, store.MailQueued} {
		mails, err := o.Accounts.Mails(ctx, state, mostRows)
		if err != nil {
			return nil, err
		}
		for _, m := range mails {
			list = append(list, Mail{
				ID: m.ID, State: string(m.State), Recipient: m.Recipient, Purpose: string(m.Purpose), Attempts: m.Attempts,
				NotBefore: m.NotBefore, LastError: m.LastError, CreatedAt: m.CreatedAt,
			})
		}
	}
	return list, nil
}

// ResendArgs are the arguments of ResendMails.
type ResendArgs struct {
	IDs []int64 `json:"ids"`
	All bool    `json:"all"`
}

// Resent is how many mails are tried again.
type Resent struct {
	Mails int `json:"mails"`
}

// ResendMails tries mails again that were given up. Each will carry a new code.
func (o *Operator) ResendMails(ctx context.Context, a ResendArgs) (Resent, error) {
	if a.All == (len(a.IDs) > 0) {
		return Resent{}, usage("name the ids of mails, or --all; `caddy gatewright mail list` shows them")
	}
	if a.All {
		mails, err := o.Accounts.Mails(ctx, store.MailDead, mostRows)
		if err != nil {
			return Resent{}, err
		}
		for _, m := range mails {
			a.IDs = append(a.IDs, m.ID)
		}
	}
	for i, id := range a.IDs {
		if err := o.Accounts.ResendMail(ctx, id); err != nil {
			return Resent{Mails: i}, err
		}
	}
	return Resent{Mails: len(a.IDs)}, nil
}

// AuditArgs are the arguments of ListEvents.
type AuditArgs struct {
	Name    string    `json:"name"`
	Subject string    `json:"subject"`
	Since   time.Time `json:"since"`
	Before  int64     `json:"before"`
	Limit   int       `json:"limit"` // 0: 100
}

// Event is something that happened as commands show it.
type Event struct {
	ID      int64          `json:"id"`
	Time    time.Time      `json:"time"`
	Name    string         `json:"name"`
	Actor   string         `json:"actor"`
	ActorID int64          `json:"actor_id,omitempty"`
	Subject string         `json:"subject,omitempty"`
	Address string         `json:"address,omitempty"`
	Outcome string         `json:"outcome"`
	Details map[string]any `json:"details,omitempty"`
}

// ListEvents shows what happened, the newest first.
func (o *Operator) ListEvents(ctx context.Context, a AuditArgs) ([]Event, error) {
	if a.Limit < 0 || a.Limit > mostRows {
		return nil, usage("a limit is between 1 and %d", mostRows)
	}
	events, err := o.Accounts.Events(ctx, store.EventQuery{
		Name: a.Name, Subject: a.Subject, Since: a.Since, Before: a.Before, Limit: a.Limit,
	})
	if err != nil {
		return nil, err
	}
	list := make([]Event, len(events))
	for i, e := range events {
		list[i] = Event{
			ID: e.ID, Time: e.Time, Name: e.Name, Actor: e.ActorKind, ActorID: e.ActorID, Subject: e.Subject,
			Address: e.Address, Outcome: e.Outcome, Details: e.Details,
		}
	}
	return list, nil
}
