package operator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

// Health is what an operator should look at.
type Health struct {
	Problems []string `json:"problems"` // none: all is well
}

// Health looks for settings that do not go together and for work that is left undone.
func (o *Operator) Health(ctx context.Context, _ None) (Health, error) {
	h := Health{Problems: []string{}}
	settings, err := o.Accounts.Advanced(ctx)
	if err != nil {
		return h, err
	}
	if err := o.Accounts.CheckDefaultRole(ctx); errors.Is(err, accounts.ErrNoDefaultRole) {
		h.add("the default role of the advanced settings does not exist, so nobody can sign up")
	} else if err != nil {
		return h, err
	}
	if settings.EmailConfirmation && o.PublicURL == "" {
		h.add("addresses have to be confirmed, but public_url is not set, so no link can be sent and nobody can sign up")
	}
	if settings.EmailResetPassword == nil || *settings.EmailResetPassword == "" {
		h.add("email_reset_password is not set in the advanced settings, so mails about passwords lead nowhere")
	}
	if settings.EmailConfirmation && !o.SendsMail {
		h.add("addresses have to be confirmed, but mails are only logged; configure `mailer smtp`")
	}
	enabled, err := o.Accounts.EnabledProviders(ctx)
	if err != nil {
		return h, err
	}
	if len(enabled) > 0 {
		h.add("%s is enabled, but this version signs nobody in by a provider yet", strings.Join(enabled, ", "))
	}
	if err := o.checkMails(ctx, &h); err != nil {
		return h, err
	}
	if idle := o.deadGrants(); len(idle) > 0 {
		h.add("no route asks for %s, which roles may do", strings.Join(idle, ", "))
	}
	return h, nil
}

// late is how long a mail may wait before somebody should know.
const late = time.Hour

func (o *Operator) checkMails(ctx context.Context, h *Health) error {
	dead, err := o.Accounts.CountMails(ctx, store.MailDead)
	if err != nil {
		return err
	}
	if dead > 0 {
		h.add("%d mails were given up; see `caddy gatewright mail list`", dead)
	}
	oldest, err := o.Accounts.Mails(ctx, store.MailQueued, 1)
	if err != nil {
		return err
	}
	if len(oldest) > 0 && o.Accounts.Now().Sub(oldest[0].CreatedAt) > late {
		h.add("mails wait since %s; see `caddy gatewright mail list`", oldest[0].CreatedAt.Format(time.RFC3339))
	}
	return nil
}

func (h *Health) add(format string, args ...any) {
	h.Problems = append(h.Problems, fmt.Sprintf(format, args...))
}

// deadGrants returns the actions that some role may do and no route asks for.
func (o *Operator) deadGrants() []string {
	known := make(map[string]bool)
	for _, action := range o.actions() {
		known[action] = true
	}
	var idle []string
	for _, action := range o.Policy.Snapshot().Actions() {
		if !known[action] {
			idle = append(idle, action)
		}
	}
	return idle
}
