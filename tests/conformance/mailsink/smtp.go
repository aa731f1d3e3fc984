package mailsink

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"
)

const (
	maxMail       = 10 << 20 // bytes
	maxRecipients = 100
	maxCommand    = 4096 // bytes of a line
	sessionLimit  = 5 * time.Minute
)

// ServeSMTP accepts mails until the listener is closed, and then returns nil.
func (s *Sink) ServeSMTP(listener net.Listener) error {
	for {
		connection, err := listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("accepting a mail: %w", err)
		}
		go s.converse(connection)
	}
}

// conversation is one SMTP session.
type conversation struct {
	sink *Sink
	in   *bufio.Reader
	out  io.Writer
	from string
	to   []string
}

func (s *Sink) converse(connection net.Conn) {
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(time.Now().Add(sessionLimit)); err != nil {
		return
	}
	c := &conversation{sink: s, in: bufio.NewReaderSize(connection, maxCommand), out: connection}
	for reply := "220 mailsink"; ; {
		if _, err := io.WriteString(c.out, reply+"\r\n"); err != nil || strings.HasPrefix(reply, "221") {
			return
		}
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return
		}
		if reply, err = c.obey(strings.TrimSpace(string(line))); err != nil {
			return
		}
	}
}

// obey carries out one command and returns the reply. After an error the session cannot go on.
func (c *conversation) obey(line string) (string, error) {
	verb, argument, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		return "250-mailsink\r\n250-8BITMIME\r\n250 SMTPUTF8", nil
	case "HELO", "NOOP":
		return "250 ok", nil
	case "RSET":
		c.from, c.to = "", nil
		return "250 ok", nil
	case "MAIL":
		c.from, c.to = address(argument), nil
		return "250 ok", nil
	case "RCPT":
		if len(c.to) >= maxRecipients {
			return "452 too many recipients", nil
		}
		c.to = append(c.to, address(argument))
		return "250 ok", nil
	case "DATA":
		return c.receive()
	case "QUIT":
		return "221 bye", nil
	default:
		return "502 not here", nil
	}
}

func (c *conversation) receive() (string, error) {
	if len(c.to) == 0 {
		return "503 no recipients", nil
	}
	if _, err := io.WriteString(c.out, "354 go on\r\n"); err != nil {
		return "", err
	}
	var raw bytes.Buffer
	dots := textproto.NewReader(c.in).DotReader()
	if _, err := io.Copy(&raw, io.LimitReader(dots, maxMail)); err != nil {
		return "", err
	}
	if dropped, err := io.Copy(io.Discard, dots); err != nil || dropped > 0 {
		return "552 too large", err
	}
	if c.sink.keep(c.from, c.to, raw.Bytes()) != nil {
		return "554 not a mail", nil
	}
	c.from, c.to = "", nil
	return "250 kept", nil
}

// address returns the mailbox of "FROM:<a@b> SIZE=1" and the like.
func address(argument string) string {
	_, path, _ := strings.Cut(argument, ":")
	path = strings.TrimSpace(path)
	if bracketed, ok := strings.CutPrefix(path, "<"); ok {
		inner, _, _ := strings.Cut(bracketed, ">")
		return inner
	}
	bare, _, _ := strings.Cut(path, " ")
	return bare
}
