package caddymodule

import (
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/gatewright/gatewright/mail"
)

func init() { caddy.RegisterModule(new(SMTPMailer)) }

// MailerBackend is a guest module in the namespace gatewright.mailers.
type MailerBackend interface{ mail.Mailer }

// SMTPMailer hands mails to a mail server.
type SMTPMailer struct {
	// Address is the server, host:port. Without a port: 587 for starttls, 465 for tls, 25 for none. Required.
	Address string `json:"address,omitempty"`

	// Security is "starttls" (begins in the clear and must switch to TLS), "tls" (from the first byte) or "none" (for a
	// server on this machine). Default: starttls.
	Security string `json:"security,omitempty"`

	// Username and Password sign in to the server. Take the password from the environment or a file: {env.SMTP_PASSWORD},
	// {file./run/secrets/smtp}. Default: no sign-in.
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`

	// From is the sender of mails whose template names none: noreply@example.com or Example <noreply@example.com>.
	From string `json:"from,omitempty"`

	// Hello is the name to greet the server with. Default: that of this machine.
	Hello string `json:"hello,omitempty"`

	// Timeout is how long the delivery of one mail may take. Default: 30s.
	Timeout caddy.Duration `json:"timeout,omitempty"`

	mail.Mailer `json:"-"`
}

// CaddyModule returns the Caddy module information.
func (*SMTPMailer) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "gatewright.mailers.smtp", New: func() caddy.Module { return new(SMTPMailer) }}
}

// Provision checks the options; it connects to nothing.
func (m *SMTPMailer) Provision(caddy.Context) error {
	repl := caddy.NewReplacer()
	for _, value := range []*string{&m.Address, &m.Username, &m.Password, &m.From} {
		replaced, err := repl.ReplaceOrErr(*value, true, false)
		if err != nil {
			return fmt.Errorf("smtp: %w", err)
		}
		*value = replaced
	}
	var err error
	m.Mailer, err = m.mailer()
	return err
}

func (m *SMTPMailer) mailer() (*mail.SMTP, error) {
	config := mail.SMTPConfig{
		Security: mail.Security(m.Security), Username: m.Username, Password: m.Password, Hello: m.Hello,
		Timeout: time.Duration(m.Timeout),
	}
	var err error
	if config.Host, config.Port, err = splitAddress(m.Address); err != nil {
		return nil, err
	}
	if m.From != "" {
		from, err := netmail.ParseAddress(m.From)
		if err != nil {
			return nil, fmt.Errorf("smtp: from %q is no address", m.From)
		}
		config.From = mail.Address{Name: from.Name, Email: from.Address}
	}
	return mail.NewSMTP(config)
}

// SendTimeout is how long the delivery of one mail may take.
func (m *SMTPMailer) SendTimeout() time.Duration { return time.Duration(m.Timeout) }

// splitAddress parts host and port; 0 is a port that is not given.
func splitAddress(address string) (host string, port int, err error) {
	if address == "" {
		return "", 0, errors.New("smtp: the address of the server is missing: mailer smtp smtp.example.com:587")
	}
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return address, 0, nil // NewSMTP judges the host
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 1 {
		return "", 0, fmt.Errorf("smtp: %q is no port", text)
	}
	return host, port, nil
}

// UnmarshalCaddyfile reads the mailer. Syntax:
//
//	mailer smtp <host>[:<port>] {
//	    security starttls|tls|none
//	    username <name>
//	    password <text>
//	    from     <address>
//	    hello    <name>
//	    timeout  <duration>
//	}
func (m *SMTPMailer) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the name of the mailer
	if !d.AllArgs(&m.Address) {
		return d.Err("mailer smtp takes one argument, the address of the server")
	}
	err := options{d: d, what: "mailer smtp", parse: map[string]func() error{
		"security": func() error { return oneArg(d, &m.Security) },
		"username": func() error { return oneArg(d, &m.Username) },
		"password": func() error { return oneArg(d, &m.Password) },
		"from":     func() error { return oneArg(d, &m.From) },
		"hello":    func() error { return oneArg(d, &m.Hello) },
		"timeout":  func() error { return durationArg(d, &m.Timeout) },
	}}.read()
	if err != nil || hasPlaceholder(m.Address+m.Username+m.Password+m.From) {
		return err
	}
	_, err = m.mailer()
	return wrapped(d, err)
}

// Interface guards.
var (
	_ MailerBackend         = (*SMTPMailer)(nil)
	_ caddy.Provisioner     = (*SMTPMailer)(nil)
	_ caddyfile.Unmarshaler = (*SMTPMailer)(nil)
)
