package mail

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/tests/conformance/mailsink"
)

func newSMTP(t *testing.T, config SMTPConfig) *SMTP {
	t.Helper()
	s, err := NewSMTP(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// note is a mail like those the gateway sends.
func note() Message {
	return Message{
		MessageID: "1@gateway.test", From: Address{"Administration Panel", "no-reply@strapi.io"}, To: "bob@example.test",
		Subject: "Reset password", HTML: "<p>don’t</p>\n<p>?code=c0de</p>", Text: "don’t\n\n?code=c0de",
	}
}

// startSink returns the mail server of the conformance tests and a config for it.
func startSink(t *testing.T) (*mailsink.Sink, SMTPConfig) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	sink := &mailsink.Sink{}
	go func() { _ = sink.ServeSMTP(listener) }()
	return sink, SMTPConfig{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Security: SecurityNone}
}

func TestSMTPDeliversToTheSink(t *testing.T) {
	sink, config := startSink(t)
	config.From = Address{Email: "default-from@example.test"}
	smtp := newSMTP(t, config)
	answered, unnamed, foreign := note(), note(), note()
	answered.ReplyTo = "help@example.test"
	unnamed.From, unnamed.Text = Address{}, ""
	foreign.From.Name, foreign.Subject, foreign.HTML = "Büro, \"Süd\"", strings.Repeat("Grüße ", 30)+"<i>", ""
	for _, m := range []Message{note(), answered, unnamed, foreign} {
		if err := smtp.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	type seen struct {
		EnvelopeFrom, From, To, Subject, MessageID string
		ReplyTo, HTML, Text                        *string
	}
	html, text := new(note().HTML), new(note().Text)
	want := []seen{
		{
			"no-reply@strapi.io", "Administration Panel <no-reply@strapi.io>", "bob@example.test", "Reset password",
			"<1@gateway.test>", nil, html, text,
		},
		{
			"no-reply@strapi.io", "Administration Panel <no-reply@strapi.io>", "bob@example.test", "Reset password",
			"<1@gateway.test>", new("help@example.test"), html, text,
		},
		{
			"default-from@example.test", "default-from@example.test", "bob@example.test", "Reset password",
			"<1@gateway.test>", nil, html, nil,
		},
		{
			"no-reply@strapi.io", `"Büro, \"Süd\"" <no-reply@strapi.io>`, "bob@example.test", foreign.Subject,
			"<1@gateway.test>", nil, nil, text,
		},
	}
	var got []seen
	for _, m := range sink.Messages("") {
		got = append(got, seen{
			m.EnvelopeFrom, m.From, strings.Join(m.To, ","), m.Subject, m.Headers["Message-Id"], m.ReplyTo, m.HTML, m.Text,
		})
		if m.Headers["Auto-Submitted"] != "auto-generated" || m.Headers["Date"] == "" || m.Headers["User-Agent"] != "" {
			t.Errorf("got headers %v", m.Headers)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected mails (-want +got):\n%s", diff)
	}
}

func TestSMTPSecurity(t *testing.T) {
	plain := "AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00bob\x00secret"))
	for name, c := range map[string]struct {
		server    *smtpServer
		security  Security
		change    func(*SMTPConfig)
		want      string // a command that the server must have seen
		mustNot   string
		wantError string
	}{
		"starttls by default": {&smtpServer{extensions: []string{"STARTTLS", "AUTH PLAIN LOGIN"}}, "", nil, "TLS " + plain, "", ""},
		"tls":                 {&smtpServer{implicit: true, extensions: []string{"AUTH PLAIN"}}, SecurityTLS, nil, "TLS " + plain, "", ""},
		"starttls is missing": {&smtpServer{extensions: []string{"AUTH PLAIN"}}, SecurityStartTLS, nil, "EHLO", "AUTH", "STARTTLS"},
		"starttls, certificate unknown": {
			&smtpServer{extensions: []string{"STARTTLS", "AUTH PLAIN"}}, SecurityStartTLS,
			func(c *SMTPConfig) { c.RootCAs = nil }, "STARTTLS", "AUTH", "certificate",
		},
		"tls, certificate unknown": {
			&smtpServer{implicit: true}, SecurityTLS, func(c *SMTPConfig) { c.RootCAs = nil }, "", "EHLO", "certificate",
		},
		"tls, certificate of another host": {
			&smtpServer{implicit: true}, SecurityTLS, func(c *SMTPConfig) { c.Host = "localhost" }, "", "EHLO", "certificate",
		},
		"none, on this machine": {&smtpServer{extensions: []string{"STARTTLS", "AUTH PLAIN"}}, SecurityNone, nil, plain, "STARTTLS", ""},
		"none, without sign-in": {
			&smtpServer{}, SecurityNone, func(c *SMTPConfig) { c.Username, c.Password = "", "" }, "MAIL FROM", "AUTH", "",
		},
		"no mechanism": {&smtpServer{extensions: []string{"STARTTLS", "AUTH GSSAPI"}}, "", nil, "TLS EHLO", "MAIL", "authentication mechanism"},
		"no sign-in":   {&smtpServer{extensions: []string{"STARTTLS"}}, "", nil, "TLS EHLO", "MAIL", "AUTH"},
		"wrong password": {
			&smtpServer{extensions: []string{"STARTTLS", "AUTH PLAIN"}, replies: map[string]string{"AUTH": "535 5.7.8 wrong"}},
			"", nil, "TLS " + plain, "MAIL", "535",
		},
		"hello": {&smtpServer{extensions: []string{"STARTTLS", "AUTH PLAIN"}}, "", nil, "TLS EHLO gateway.test", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := c.server.start(t)
			config := server.config(c.security)
			config.Username, config.Password = "bob", "secret"
			if c.change != nil {
				c.change(&config)
			}
			err := newSMTP(t, config).Send(t.Context(), note())
			if (err != nil) != (c.wantError != "") || err != nil && !strings.Contains(err.Error(), c.wantError) {
				t.Errorf("got error %v, want one with %q", err, c.wantError)
			}
			if errors.Is(err, ErrPermanent) {
				t.Errorf("got the permanent error %v, want a temporary one", err)
			}
			seen := server.commands()
			if !strings.Contains(seen, c.want) || c.mustNot != "" && strings.Contains(seen, c.mustNot) {
				t.Errorf("the server was told\n%s\nwant %q and not %q", seen, c.want, c.mustNot)
			}
		})
	}
}

func TestSMTPErrors(t *testing.T) {
	for name, c := range map[string]struct {
		replies   map[string]string
		permanent bool
		delivered bool
	}{
		"delivered":                 {nil, false, true},
		"goodbye fails":             {map[string]string{"QUIT": "500 what"}, false, true},
		"hung up after the text":    {map[string]string{"RSET": "-"}, false, true},
		"sender refused":            {map[string]string{"MAIL": "550 5.7.1 not you"}, true, false},
		"sender refused for now":    {map[string]string{"MAIL": "451 later"}, false, false},
		"sign in first":             {map[string]string{"MAIL": "530 5.7.0 sign in"}, false, false},
		"recipient refused":         {map[string]string{"RCPT": "550 5.1.1 who"}, true, false},
		"recipient refused for now": {map[string]string{"RCPT": "450 4.2.0 greylisted"}, false, false},
		"data refused":              {map[string]string{"DATA": "554 no"}, true, false},
		"text refused":              {map[string]string{"data end": "554 5.6.0 spam"}, true, false},
		"text refused for now":      {map[string]string{"data end": "452 full"}, false, false},
		"hung up before the reply":  {map[string]string{"data end": "-"}, false, false},
		"hung up":                   {map[string]string{"RCPT": "-"}, false, false},
		"busy":                      {map[string]string{"greeting": "554 go away"}, false, false},
		"greeting refused":          {map[string]string{"EHLO": "554 no", "HELO": "554 no"}, false, false},
		"garbage":                   {map[string]string{"MAIL": "what?"}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			server := (&smtpServer{replies: c.replies}).start(t)
			err := newSMTP(t, server.config(SecurityNone)).Send(t.Context(), note())
			if (err == nil) != c.delivered || errors.Is(err, ErrPermanent) != c.permanent {
				t.Errorf("got error %v, want delivered %v, permanent %v", err, c.delivered, c.permanent)
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		config := (&smtpServer{}).start(t).config(SecurityNone)
		config.Host = "127.0.0.2"
		err := newSMTP(t, config).Send(t.Context(), note())
		if err == nil || errors.Is(err, ErrPermanent) {
			t.Errorf("got error %v, want a temporary one", err)
		}
	})
}

func TestSMTPEndsWithItsContext(t *testing.T) {
	server := (&smtpServer{replies: map[string]string{"RCPT": "250-and so on"}}).start(t) // and never ends
	t.Run("timeout", func(t *testing.T) {
		config := server.config(SecurityNone)
		config.Timeout = 50 * time.Millisecond
		err := newSMTP(t, config).Send(t.Context(), note())
		if err == nil || errors.Is(err, ErrPermanent) {
			t.Errorf("got error %v, want a temporary one", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := newSMTP(t, server.config(SecurityNone)).Send(ctx, note())
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v, want that of the context", err)
		}
	})
}

func TestSMTPUTF8IsAskedForWhereNeeded(t *testing.T) {
	for to, want := range map[string]bool{"bob@example.test": false, "jürgen@example.test": true, "bob@bücher.test": true} {
		server := (&smtpServer{extensions: []string{"8BITMIME", "SMTPUTF8"}}).start(t)
		m := note()
		m.To = to
		if err := newSMTP(t, server.config(SecurityNone)).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(server.commands(), "SMTPUTF8"); got != want {
			t.Errorf("%s: got SMTPUTF8 %v, want %v", to, got, want)
		}
	}
}

// injections are texts that would begin another header, another command or a body.
var injections = []string{
	"\r\nBcc: evil@x.test", "\nBcc: evil@x.test", "\rBcc: evil@x.test", "\r\n\r\nevil", "\r\n.\r\nMAIL FROM:<evil@x.test>",
	"\x00", "\x0bBcc: evil@x.test", "\u2028Bcc: evil@x.test", "\u0085Bcc: evil@x.test", ", evil@x.test", "> <evil@x.test",
	" evil@x.test", "\xff",
}

func TestNoFieldInjectsAHeader(t *testing.T) {
	fields := map[string]func(*Message, string){
		"MessageID":  func(m *Message, s string) { m.MessageID += s },
		"From.Name":  func(m *Message, s string) { m.From.Name += s },
		"From.Email": func(m *Message, s string) { m.From.Email += s },
		"To":         func(m *Message, s string) { m.To += s },
		"ReplyTo":    func(m *Message, s string) { m.ReplyTo = "help@example.test" + s },
		"Subject":    func(m *Message, s string) { m.Subject += s },
		"HTML":       func(m *Message, s string) { m.HTML += s },
		"Text":       func(m *Message, s string) { m.Text += s },
	}
	sink, config := startSink(t)
	smtp := newSMTP(t, config)
	for name, inject := range fields {
		for _, injection := range injections {
			m := note()
			inject(&m, injection)
			sink.Forget("")
			if err := smtp.Send(t.Context(), m); err != nil {
				if !errors.Is(err, ErrPermanent) {
					t.Errorf("%s %q: got error %v, want a permanent one or none", name, injection, err)
				}
				continue
			}
			wantOneHonestMail(t, sink, name+" "+injection)
		}
	}
}

func wantOneHonestMail(t *testing.T, sink *mailsink.Sink, name string) {
	t.Helper()
	mails := sink.Messages("")
	if len(mails) != 1 {
		t.Fatalf("%q: got %d mails, want one", name, len(mails))
	}
	m := mails[0]
	allowed := map[string]bool{
		"From": true, "To": true, "Reply-To": true, "Subject": true, "Message-Id": true, "Date": true, "Mime-Version": true,
		"Content-Type": true, "Auto-Submitted": true, "Content-Transfer-Encoding": true,
	}
	for header := range m.Headers {
		if !allowed[header] {
			t.Errorf("%q: got header %s: %s", name, header, m.Headers[header])
		}
	}
	for _, header := range []string{m.Headers["From"], m.Headers["To"]} {
		if addresses, err := netmail.ParseAddressList(header); err != nil || len(addresses) != 1 {
			t.Errorf("%q: got address header %q", name, header)
		}
	}
	if m.EnvelopeFrom != "no-reply@strapi.io" || len(m.To) != 1 || m.To[0] != "bob@example.test" {
		t.Errorf("%q: got envelope %q to %q", name, m.EnvelopeFrom, m.To)
	}
}

func TestAddressesAreParsedStrictly(t *testing.T) {
	for email, want := range map[string]bool{
		"bob@example.test": true, "b.o+b@example.test": true, "jürgen@example.test": true, "bob@[127.0.0.1]": true,
		"": false, "bob": false, "@example.test": false, "bob@": false, "Bob <bob@example.test>": false,
		"<bob@example.test>": false, "bob@example.test (Bob)": false, " bob@example.test": false, "a@b.test,c@d.test": false,
		`"a b"@example.test`: false, "bob@example.test\r\n": false, "undisclosed:;": false, "a..b@example.test": false,
		strings.Repeat("x", 250) + "@example.test": false,
	} {
		if _, err := parseAddress(Address{Email: email}); (err == nil) != want {
			t.Errorf("%q: got error %v, want valid %v", email, err, want)
		}
	}
}

func TestNewSMTPRefuses(t *testing.T) {
	for want, change := range map[string]func(*SMTPConfig){
		"security":  func(c *SMTPConfig) { c.Security = "ssl" },
		"host":      func(c *SMTPConfig) { c.Host = "" },
		"name or":   func(c *SMTPConfig) { c.Host = "mail.test\r\nx" },
		"port":      func(c *SMTPConfig) { c.Port = 70000 },
		"together":  func(c *SMTPConfig) { c.Username = "bob" },
		"timeout":   func(c *SMTPConfig) { c.Timeout = -1 },
		"hello":     func(c *SMTPConfig) { c.Hello = "a\r\nMAIL FROM:<x>" },
		"no e-mail": func(c *SMTPConfig) { c.From.Email = "nobody" },
		"a name":    func(c *SMTPConfig) { c.From.Name = "Nobody" },
	} {
		config := SMTPConfig{Host: "mail.test"}
		change(&config)
		if _, err := NewSMTP(config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
	for security, port := range map[Security]int{"": 587, SecurityStartTLS: 587, SecurityTLS: 465, SecurityNone: 25} {
		if s := newSMTP(t, SMTPConfig{Host: "mail.test", Security: security}); s.config.Port != port {
			t.Errorf("%q: got port %d, want %d", security, s.config.Port, port)
		}
	}
}

func TestNoSenderIsPermanent(t *testing.T) {
	m := note()
	m.From = Address{Name: "Only Name"}
	if err := newSMTP(t, SMTPConfig{Host: "mail.test"}).Send(t.Context(), m); !errors.Is(err, ErrPermanent) {
		t.Errorf("got error %v, want a permanent one", err)
	}
}
