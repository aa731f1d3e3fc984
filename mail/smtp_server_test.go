package mail

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// smtpServer is a mail server that says what a test wants it to say.
type smtpServer struct {
	extensions []string
	replies    map[string]string // by verb, in place of the usual ones; "data end" is after the text; "-" hangs up
	implicit   bool              // TLS from the first byte

	host  string
	port  int
	roots *x509.CertPool

	tls *tls.Config
	mu  sync.Mutex
	log []string // the commands, with "TLS " in front of those under TLS, and the text
}

// start begins to listen, and ends with the test, which it fails if a connection is still open then.
func (s *smtpServer) start(t *testing.T) *smtpServer {
	t.Helper()
	certified := httptest.NewTLSServer(nil) // for its certificate
	t.Cleanup(certified.Close)
	s.tls = &tls.Config{Certificates: certified.TLS.Certificates}
	s.roots = x509.NewCertPool()
	s.roots.AddCert(certified.Certificate())
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().(*net.TCPAddr)
	s.host, s.port = address.IP.String(), address.Port
	var conversations sync.WaitGroup
	conversations.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conversations.Go(func() { s.converse(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		conversations.Wait()
	})
	return s
}

func (s *smtpServer) config(security Security) SMTPConfig {
	return SMTPConfig{Host: s.host, Port: s.port, Security: security, RootCAs: s.roots, Hello: "gateway.test"}
}

// commands returns what the server was told so far.
func (s *smtpServer) commands() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.log, "\n")
}

func (s *smtpServer) converse(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	prefix := ""
	if s.implicit {
		conn, prefix = tls.Server(conn, s.tls), "TLS "
	}
	in := bufio.NewReader(conn)
	if !s.say(conn, "greeting", "220 server") {
		return
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		s.note(prefix + line)
		verb, argument, _ := strings.Cut(line, " ")
		switch verb {
		case "EHLO":
			if !s.say(conn, verb, "250-"+strings.Join(append([]string{"server"}, s.extensions...), "\r\n250-")+"\r\n250 HELP") {
				return
			}
		case "STARTTLS":
			_, _ = io.WriteString(conn, "220 go on\r\n")
			conn, prefix = tls.Server(conn, s.tls), "TLS "
			in = bufio.NewReader(conn)
		case "AUTH":
			if !s.say(conn, verb, "235 welcome "+credentials(argument)) {
				return
			}
		case "DATA":
			if !s.say(conn, verb, "354 go on") || s.replies[verb] != "" {
				continue
			}
			s.receive(in)
			if !s.say(conn, "data end", "250 kept") {
				return
			}
		case "QUIT":
			_ = s.say(conn, verb, "221 bye")
			return
		default:
			if !s.say(conn, verb, "250 ok") {
				return
			}
		}
	}
}

func (s *smtpServer) receive(in *bufio.Reader) {
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return
		}
		s.note(strings.TrimSuffix(line, "\r\n"))
	}
}

func (s *smtpServer) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, line)
}

// say reports whether the conversation goes on.
func (s *smtpServer) say(conn net.Conn, verb, usual string) bool {
	if reply := s.replies[verb]; reply != "" {
		usual = reply
	}
	if usual == "-" {
		return false
	}
	_, err := io.WriteString(conn, usual+"\r\n")
	return err == nil
}

func credentials(argument string) string {
	_, encoded, _ := strings.Cut(argument, " ")
	decoded, _ := base64.StdEncoding.DecodeString(encoded)
	return strings.ReplaceAll(string(decoded), "\x00", "/")
}
