package operator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/internal/operator"
	"github.com/gatewright/gatewright/store"
)

func (s *site) mail(t *testing.T, recipient string, dead bool) {
	t.Helper()
	mail, err := s.store.EnqueueMail(t.Context(), store.Mail{
		// Of nobody's mails there is one for each purpose.
		MessageID: recipient, Recipient: recipient, Purpose: store.Purpose("for " + recipient), NotBefore: time.Now(),
	})
	noError(t, err)
	if dead {
		noError(t, s.store.BuryMail(t.Context(), mail.ID, "550 no such mailbox"))
	}
}

func TestMailCommands(t *testing.T) {
	s := newSite(t)
	if list := run[[]operator.Mail](t, s, "mail.list", `{}`); len(list) != 0 {
		t.Errorf("mails %+v", list)
	}
	s.mail(t, "queued@example.test", false)
	s.mail(t, "dead@example.test", true)
	list := run[[]operator.Mail](t, s, "mail.list", `{}`)
	if len(list) != 2 || list[0].State != "dead" || list[0].LastError != "550 no such mailbox" || list[1].State != "queued" {
		t.Errorf("mails %+v", list)
	}
	s.refuse(t, "mail.resend", `{}`, "name the ids of mails, or --all")
	s.refuse(t, "mail.resend", `{"ids":[1],"all":true}`, "name the ids of mails, or --all")
	s.refuse(t, "mail.resend", `{"ids":[1]}`, "no such undelivered mail")
	s.refuse(t, "mail.resend", `{"ids":[99]}`, "no such undelivered mail")
	if resent := run[operator.Resent](t, s, "mail.resend", `{"ids":[2]}`); resent.Mails != 1 {
		t.Errorf("resent %+v", resent)
	}
	s.mail(t, "again@example.test", true)
	if resent := run[operator.Resent](t, s, "mail.resend", `{"all":true}`); resent.Mails != 1 {
		t.Errorf("resent %+v", resent)
	}
	for _, m := range run[[]operator.Mail](t, s, "mail.list", `{}`) {
		if m.State != "queued" {
			t.Errorf("mail %+v", m)
		}
	}
}

func TestAuditCommand(t *testing.T) {
	s := newSite(t)
	for _, subject := range []string{"user 1", "user 2", "user 1"} {
		noError(t, s.store.AppendEvent(t.Context(), store.Event{Name: "user_created", Subject: subject, Outcome: "ok"}))
	}
	for args, want := range map[string]int{
		`{}`: 3, `{"subject":"user 1"}`: 2, `{"name":"nosuch"}`: 0, `{"limit":1}`: 1, `{"before":2}`: 1,
		`{"since":"2999-01-01T00:00:00Z"}`: 0,
	} {
		if events := run[[]operator.Event](t, s, "audit", args); len(events) != want {
			t.Errorf("%s: %d events, want %d", args, len(events), want)
		}
	}
	s.refuse(t, "audit", `{"limit":-1}`, "between 1 and 10000")
	s.refuse(t, "audit", `{"limit":10001}`, "between 1 and 10000")
	s.refuse(t, "audit", `{"since":"yesterday"}`, "arguments")
}

func TestHealthCommand(t *testing.T) {
	s := newSite(t)
	problems := func() string {
		t.Helper()
		return strings.Join(run[operator.Health](t, s, "health", `{}`).Problems, "\n")
	}
	s.mail(t, "dead@example.test", true)
	run[operator.Role](t, s, "role.grant", `{"role":"public","actions":["api::no.such.action"],"anyway":true}`)
	s.PublicURL = ""
	err := s.Accounts.UpdateAdvanced(t.Context(), func(a accounts.Advanced) (accounts.Advanced, error) {
		a.EmailConfirmation, a.DefaultRole = true, new("nosuch")
		return a, nil
	})
	noError(t, err)
	noError(t, s.Accounts.UpdateProviders(t.Context(), func(p accounts.Providers) (accounts.Providers, error) {
		p["github"] = accounts.Provider{Enabled: true}
		return p, nil
	}))
	found := problems()
	for _, part := range []string{
		"1 mails were given up", "api::no.such.action", "default role", "public_url is not set", "email_reset_password is not set",
		"github is enabled",
	} {
		if !strings.Contains(found, part) {
			t.Errorf("nothing is said of %q: %s", part, found)
		}
	}
	s.PublicURL = "https://example.test"
	err = s.Accounts.UpdateAdvanced(t.Context(), func(a accounts.Advanced) (accounts.Advanced, error) {
		a.DefaultRole, a.EmailResetPassword = new("authenticated"), new("https://example.test/reset")
		return a, nil
	})
	noError(t, err)
	for _, part := range []string{"default role", "public_url", "email_reset_password"} {
		if found := problems(); strings.Contains(found, part) {
			t.Errorf("still said of %q: %s", part, found)
		}
	}
}
