package mail_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatewright/gatewright/mail"
	"github.com/gatewright/gatewright/store"
	"github.com/gatewright/gatewright/store/sqlstore"
	"github.com/gatewright/gatewright/tests/conformance/mailsink"
)

const (
	queuedMails = 200
	deaths      = 10
	perLife     = 15 // deliveries until a worker dies

	// haste is how many times faster than time the worker's clock runs, so that nobody waits for a retry or a lease.
	haste = 500
)

var errDead = errors.New("the process has ended")

// doors is a listener that turns connections away for a while.
type doors struct {
	net.Listener
	refuse atomic.Int64 // so many connections
	turned atomic.Int64 // that many were
}

func (d *doors) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil || d.refuse.Add(-1) < 0 {
			return conn, err
		}
		d.turned.Add(1)
		_, _ = io.WriteString(conn, "421 closed for now\r\n")
		_ = conn.Close()
	}
}

// process is a server that may be killed: from then on nothing of it reaches the store.
type process struct {
	store  store.Store
	mailer mail.Mailer
	dead   atomic.Bool
	left   atomic.Int64 // deliveries until it dies; below zero: it lives
	kill   context.CancelFunc
	done   func() // after each mail that was finished
}

func (p *process) alive() error {
	if p.dead.Load() {
		return errDead
	}
	return nil
}

// Send delivers, and may be the last thing the process does: nobody notes that the mail was sent.
func (p *process) Send(ctx context.Context, m mail.Message) error {
	if err := p.alive(); err != nil {
		return err
	}
	err := p.mailer.Send(ctx, m)
	if err == nil && p.left.Add(-1) == 0 {
		p.dead.Store(true)
		p.kill()
	}
	return err
}

func (p *process) LeaseMail(ctx context.Context, now time.Time, lease time.Duration) (mail.Item, bool, error) {
	if err := p.alive(); err != nil {
		return mail.Item{}, false, err
	}
	m, err := p.store.LeaseMail(ctx, now, lease)
	if errors.Is(err, store.ErrNotFound) {
		return mail.Item{}, false, nil
	}
	return mail.Item{
		ID: m.ID, MessageID: m.MessageID, UserID: m.UserID, Recipient: m.Recipient, Purpose: string(m.Purpose),
		Attempts: m.Attempts, CreatedAt: m.CreatedAt,
	}, err == nil, err
}

func (p *process) FinishMail(ctx context.Context, id int64) error {
	if err := p.alive(); err != nil {
		return err
	}
	if err := p.store.FinishMail(ctx, id); err != nil {
		return err
	}
	p.done()
	return nil
}

func (p *process) DelayMail(ctx context.Context, id int64, notBefore time.Time, lastError string) error {
	if err := p.alive(); err != nil {
		return err
	}
	return p.store.DelayMail(ctx, id, notBefore, lastError)
}

func (p *process) BuryMail(ctx context.Context, id int64, lastError string) error {
	if err := p.alive(); err != nil {
		return err
	}
	return p.store.BuryMail(ctx, id, lastError)
}

// compose makes a code, and a mail with it.
func (p *process) compose(now func() time.Time) func(context.Context, mail.Item) (mail.Message, error) {
	return func(ctx context.Context, item mail.Item) (mail.Message, error) {
		if err := p.alive(); err != nil {
			return mail.Message{}, err
		}
		code := fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, item.ID, item.Attempts)))
		err := p.store.CreateCode(ctx, store.Code{
			Hash: hash(code), UserID: item.UserID, Purpose: store.Purpose(item.Purpose), MailID: item.ID,
			ExpiresAt: now().Add(24 * time.Hour),
		}, now())
		if err != nil {
			return mail.Message{}, err
		}
		return mail.Render(mail.Presets()[0].Template, mail.Variables{URL: "https://front.test/reset", Code: code})
	}
}

func hash(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

func TestEveryMailArrivesThroughCrashesAndOutages(t *testing.T) {
	s := openStore(t)
	enqueueMails(t, s)
	sink, entrance := openSink(t)
	smtp, err := mail.NewSMTP(mail.SMTPConfig{
		Host: "127.0.0.1", Port: entrance.Addr().(*net.TCPAddr).Port, Security: mail.SecurityNone,
	})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	now := func() time.Time { return begun.Add(haste * time.Since(begun)) }
	for life := range deaths + 1 {
		if life%3 == 1 {
			entrance.refuse.Store(20)
		}
		live(t, &process{store: s, mailer: smtp}, now, life < deaths)
	}
	wantAllDelivered(t, s, sink, now())
	if turned := entrance.turned.Load(); turned < 60 {
		t.Errorf("the server turned %d connections away, want at least 60", turned)
	}
}

// live runs a worker until it dies or, if it is not mortal, until no mail is left.
func live(t *testing.T, p *process, now func() time.Time, mortal bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p.kill = cancel
	p.left.Store(-1)
	if mortal {
		p.left.Store(perLife)
	}
	p.done = func() {
		if n, err := p.store.CountMails(context.WithoutCancel(ctx), store.MailQueued); err == nil && n == 0 {
			cancel()
		}
	}
	worker := &mail.Worker{
		Outbox: p, Mailer: p, Compose: p.compose(now), Now: now, Poll: time.Millisecond,
		Logger: slog.New(slog.DiscardHandler),
	}
	worker.Run(ctx)
}

func openStore(t *testing.T) store.Store {
	t.Helper()
	s, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "gatewright.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func openSink(t *testing.T) (*mailsink.Sink, *doors) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	entrance := &doors{Listener: listener}
	sink := &mailsink.Sink{}
	go func() { _ = sink.ServeSMTP(entrance) }()
	return sink, entrance
}

func enqueueMails(t *testing.T, s store.Store) {
	t.Helper()
	err := s.Tx(t.Context(), func(tx store.Store) error {
		for i := range queuedMails {
			name := fmt.Sprintf("user%d", i)
			u, err := tx.CreateUser(t.Context(), store.User{Username: name, Email: name + "@example.test", Provider: "local"})
			if err != nil {
				return err
			}
			_, err = tx.EnqueueMail(t.Context(), store.Mail{
				MessageID: mail.NewMessageID("gateway.test"), UserID: u.ID, Recipient: u.Email,
				Purpose: store.PurposeResetPassword, NotBefore: time.Now(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wantAllDelivered checks that each mail arrived, that repeats have one Message-ID, and that a code of each is good once.
func wantAllDelivered(t *testing.T, s store.Store, sink *mailsink.Sink, now time.Time) {
	t.Helper()
	for _, state := range []store.MailState{store.MailQueued, store.MailDead} {
		if n, err := s.CountMails(t.Context(), state); err != nil || n != 0 {
			t.Errorf("got %d %s mails, %v, want none", n, state, err)
		}
	}
	repeats, seen := 0, map[string]bool{}
	for i := range queuedMails {
		received := sink.Messages(fmt.Sprintf("user%d@example.test", i))
		if len(received) == 0 {
			t.Errorf("mail %d did not arrive", i)
			continue
		}
		repeats += len(received) - 1
		id := received[0].Headers["Message-Id"]
		if seen[id] {
			t.Errorf("mail %d has the Message-ID of another", i)
		}
		seen[id] = true
		for _, m := range received {
			if m.Headers["Message-Id"] != id {
				t.Errorf("mail %d was repeated with Message-ID %s, want %s", i, m.Headers["Message-Id"], id)
			}
		}
		_, code, _ := strings.Cut(*received[0].Text, "?code=")
		code, _, _ = strings.Cut(code, "\n")
		for use, want := range []error{nil, store.ErrNotFound} {
			_, err := s.TakeCode(t.Context(), store.PurposeResetPassword, hash(code), now)
			if !errors.Is(err, want) {
				t.Errorf("mail %d: use %d of its code gave %v, want %v", i, use+1, err, want)
			}
		}
	}
	if repeats < deaths {
		t.Errorf("got %d repeats, want at least one for each of %d deaths", repeats, deaths)
	}
}
