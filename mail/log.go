package mail

import (
	"context"
	"log/slog"
	"strings"
)

// Log is a Mailer that sends nothing and writes to a log that there was a mail. It is the default, and for development.
type Log struct {
	Logger *slog.Logger
	// ShowBody writes the text of each mail, too. It holds a code that gives whoever reads the log the account, so this is
	// for development only.
	ShowBody bool
}

// Send writes the domain of the recipient, the subject and the Message-ID. It never fails.
func (l *Log) Send(ctx context.Context, m Message) error {
	domain := m.To[strings.LastIndexByte(m.To, '@')+1:]
	facts := []any{"domain", domain, "subject", m.Subject, "message_id", m.MessageID}
	if l.ShowBody {
		facts = append(facts, "recipient", m.To, "text", m.Text)
	}
	l.Logger.InfoContext(ctx, "mail is not sent but logged, as no mail server is configured", facts...)
	return nil
}

var (
	_ Mailer = (*Log)(nil)
	_ Mailer = (*SMTP)(nil)
)
