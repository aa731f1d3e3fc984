package accounts_test

import (
	"testing"
	"time"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/mail"
	"github.com/gatewright/gatewright/store"
)

func TestTemplateAddresses(t *testing.T) {
	s := newSite(t)
	templates, err := s.Templates(t.Context())
	noError(t, err)
	for name, template := range templates {
		if err := template.Validate(); err != nil {
			t.Errorf("the preset %s: %v", name, err)
		}
	}
	for address, want := range map[string]error{
		"": nil, "no-reply@example.test": nil, "jürgen@example.test": nil,
		"nobody": mail.ErrInvalidTemplate, "a@example.test, b@example.test": mail.ErrInvalidTemplate,
		"Ann <ann@example.test>": mail.ErrInvalidTemplate, " a@example.test": mail.ErrInvalidTemplate,
		"a@example.test\r\nBcc: b@example.test": mail.ErrInvalidTemplate,
	} {
		sender, answers := templates["reset_password"], templates["reset_password"]
		sender.Options.From.Email, answers.Options.ResponseEmail = address, address
		for _, template := range []accounts.Template{sender, answers} {
			if err := template.Validate(); want == nil {
				noError(t, err)
			} else {
				wantError(t, err, want)
			}
		}
	}
}

// Whoever asks for a new password of addresses that nobody has leaves one mail behind, however often.
func TestForgottenPasswordsOfNobody(t *testing.T) {
	s := newSite(t)
	alice := s.register(t, "alice")
	for _, email := range []string{"a@example.test", "b@example.test", alice.Email, "c@example.test"} {
		noError(t, s.ForgotPassword(t.Context(), email))
	}
	mails, err := s.Mails(t.Context(), store.MailQueued, 10)
	noError(t, err)
	if len(mails) != 2 || mails[0].UserID != alice.ID || mails[1].UserID != 0 {
		t.Errorf("mails %+v", mails)
	}
}

func TestTrimMails(t *testing.T) {
	s := newSite(t)
	s.register(t, "alice")
	noError(t, s.ForgotPassword(t.Context(), "alice@example.test"))
	mails, err := s.Mails(t.Context(), store.MailQueued, 10)
	noError(t, err)
	noError(t, s.store.BuryMail(t.Context(), mails[0].ID, "no such mailbox"))
	for want, before := range []time.Time{start.Add(-time.Hour), time.Now().Add(time.Hour)} {
		if n, err := s.TrimMails(t.Context(), before); n != int64(want) || err != nil {
			t.Errorf("%d removed, %v, want %d", n, err, want)
		}
	}
}
