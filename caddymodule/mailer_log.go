package caddymodule

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/gatewright/gatewright/mail"
)

func init() { caddy.RegisterModule(new(LogMailer)) }

// LogMailer delivers nothing: it notes in the log that there was a mail. It is the default, so that a site works before
// it has a mail server.
type LogMailer struct {
	// ShowBody writes the text of mails into the log, codes and all. Whoever reads the log can then take over accounts, so
	// it is for development alone. Default: false.
	ShowBody bool `json:"show_body,omitempty"`

	mail.Mailer `json:"-"`
}

// CaddyModule returns the Caddy module information.
func (*LogMailer) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "gatewright.mailers.log", New: func() caddy.Module { return new(LogMailer) }}
}

// Provision makes the mailer.
func (m *LogMailer) Provision(ctx caddy.Context) error {
	m.Mailer = &mail.Log{Logger: ctx.Slogger(), ShowBody: m.ShowBody}
	return nil
}

// UnmarshalCaddyfile reads the mailer. Syntax:
//
//	mailer log {
//	    show_body
//	}
func (m *LogMailer) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the name of the mailer
	if d.NextArg() {
		return d.ArgErr()
	}
	return options{d: d, what: "mailer log", parse: map[string]func() error{
		"show_body": func() error { m.ShowBody = true; return noArgs(d) },
	}}.read()
}

// Interface guards.
var (
	_ MailerBackend         = (*LogMailer)(nil)
	_ caddy.Provisioner     = (*LogMailer)(nil)
	_ caddyfile.Unmarshaler = (*LogMailer)(nil)
)
