package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Security is how the connection to a mail server is protected.
type Security string

// The kinds of Security.
const (
	SecurityStartTLS Security = "starttls" // begins in the clear and must switch to TLS; the default
	SecurityTLS      Security = "tls"      // TLS from the first byte
	SecurityNone     Security = "none"     // no TLS: for a server on this machine or in a test
)

// DefaultSMTPTimeout is how long the delivery of one mail may take unless a config says otherwise.
const DefaultSMTPTimeout = 30 * time.Second

// SMTPConfig says how to reach a mail server.
type SMTPConfig struct {
	Host     string
	Port     int      // 0: 587 for starttls, 465 for tls, 25 for none
	Security Security // empty: starttls
	// Username and Password sign in with the best mechanism both sides know; both are empty where the server wants none.
	// Without TLS they are sent in the clear to this machine only.
	Username, Password string
	// From is the sender of mails that name none, such as those of a template without an address. Without it they cannot
	// be sent.
	From    Address
	Hello   string         // how to greet the server; empty: the name of this machine
	Timeout time.Duration  // for one mail, from dialling on; 0: DefaultSMTPTimeout
	RootCAs *x509.CertPool // who may vouch for the server's certificate; nil: whom this machine trusts
}

// SMTP is a Mailer that hands mails to a mail server, each over a connection of its own. The server's certificate is
// verified.
type SMTP struct {
	config SMTPConfig
}

// NewSMTP makes an SMTP from a config, or says what is wrong with it. It connects to nothing.
func NewSMTP(config SMTPConfig) (*SMTP, error) {
	config.Security = cmp.Or(config.Security, SecurityStartTLS)
	config.Port = cmp.Or(config.Port, ports[config.Security])
	config.Timeout = cmp.Or(config.Timeout, DefaultSMTPTimeout)
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("smtp: %w", err)
	}
	s := &SMTP{config: config}
	if _, err := s.client(s.dial, false); err != nil {
		return nil, fmt.Errorf("smtp: %w", err)
	}
	return s, nil
}

var ports = map[Security]int{SecurityStartTLS: 587, SecurityTLS: 465, SecurityNone: 25}

func (c *SMTPConfig) check() error {
	switch {
	case ports[c.Security] == 0:
		return fmt.Errorf("security is %q; it must be %q, %q or %q", c.Security, SecurityStartTLS, SecurityTLS, SecurityNone)
	case !isHostName(c.Host):
		return errors.New("the host must be a name or an IP address")
	case c.Port < 1 || c.Port > 65535:
		return fmt.Errorf("the port is %d; it must be between 1 and 65535", c.Port)
	case (c.Username == "") != (c.Password == ""):
		return errors.New("username and password must be given together")
	case c.Timeout < 0:
		return errors.New("the timeout must not be negative")
	case c.Hello != "" && !isHostName(c.Hello):
		return errors.New("the hello name must be a host name")
	case c.From.Email == "" && c.From.Name != "":
		return errors.New("the sender has a name and no address")
	case c.From.Email != "":
		_, err := parseAddress(c.From)
		return err
	default:
		return nil
	}
}

// isHostName keeps out what would end a command or a host. Whether there is such a host, dialling tells.
func isHostName(name string) bool {
	return name != "" && oneLine(name) == name && !strings.ContainsAny(name, " /@<>")
}

// Send hands m to the server. See Mailer.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	message, err := newSMTPMessage(m, s.config.From)
	if err != nil {
		return fmt.Errorf("writing mail: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	// Once it is connected, the client looks at no context, and it keeps a connection on which the greeting or the sign-in
	// failed. So the connection is closed here, when the context ends or the sending does.
	dial := func(dialling context.Context, network, address string) (net.Conn, error) {
		conn, err := s.dial(dialling, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	}
	client, err := s.client(dial, needsSMTPUTF8(message))
	if err != nil {
		return fmt.Errorf("preparing to send mail: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, message)
	switch {
	case err == nil, message.IsDelivered():
		return nil // what goes wrong after the server took it, such as saying goodbye, does not matter
	case ctx.Err() != nil:
		return fmt.Errorf("sending mail: %w: %w", ctx.Err(), err)
	default:
		return fmt.Errorf("sending mail: %w", classify(err))
	}
}

func (s *SMTP) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.config.Security == SecurityTLS {
		return (&tls.Dialer{Config: s.config.tls()}).DialContext(ctx, network, address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// client makes a client for one connection.
func (s *SMTP) client(dial gomail.DialContextFunc, utf8 bool) (*gomail.Client, error) {
	c := &s.config
	options := []gomail.Option{
		gomail.WithPort(c.Port),
		gomail.WithTimeout(c.Timeout),
		gomail.WithTLSConfig(c.tls()),
		gomail.WithDialContextFunc(dial),
		gomail.WithoutNoop(),
	}
	if c.Hello != "" {
		options = append(options, gomail.WithHELO(c.Hello))
	}
	if !utf8 {
		// Or else a relay has to find a server that knows SMTPUTF8, for a mail that does not need it.
		options = append(options, gomail.WithoutSMTPUTF8())
	}
	if c.Security == SecurityStartTLS {
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	} else {
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS)) // for SecurityTLS dial has seen to it
	}
	if c.Username != "" {
		options = append(options, gomail.WithUsername(c.Username), gomail.WithPassword(c.Password),
			gomail.WithOpportunisticSMTPAuth(c.mechanisms()...))
	}
	return gomail.NewClient(c.Host, options...)
}

// mechanisms are the ways to sign in, the best first. PLAIN and LOGIN refuse to work without TLS, except on this machine.
func (c *SMTPConfig) mechanisms() []gomail.SMTPAuthType {
	mechanisms := []gomail.SMTPAuthType{
		gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin,
	}
	if c.Security == SecurityNone {
		return slices.Insert(mechanisms, 2, gomail.SMTPAuthCramMD5)
	}
	return mechanisms
}

func (c *SMTPConfig) tls() *tls.Config {
	return &tls.Config{ServerName: c.Host, RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12}
}
