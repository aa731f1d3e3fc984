package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatewright/gatewright/tests/conformance/mailsink"
)

const (
	mails   = 200
	kills   = 10
	writers = 4
)

// TestOutboxSurvivesKills signs up 200 accounts whose addresses have to be confirmed, while the gateway is killed ten times
// at random moments and the mail server refuses everything for a while. Each account that was acknowledged gets its mail;
// a mail that comes twice has the same Message-ID.
func TestOutboxSurvivesKills(t *testing.T) {
	sink := newFlakySink(t)
	g := newGateway(t, sink.address)
	g.start(t)
	g.requireConfirmation(t)

	sink.refusing.Store(true)
	var acknowledged atomic.Int64
	names := make(chan int, mails)
	for i := range mails {
		names <- i
	}
	close(names)
	done := make(chan struct{})
	for range writers {
		go func() {
			for i := range names {
				g.signUp(t.Context(), i)
				acknowledged.Add(1)
			}
			done <- struct{}{}
		}()
	}
	for kill := range kills {
		time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
		g.kill(t)
		g.start(t)
		if kill == kills/2 {
			sink.refusing.Store(false)
		}
	}
	for range writers {
		<-done
	}
	sink.refusing.Store(false)

	seen := sink.waitFor(t, mails)
	repeats := 0
	for recipient, ids := range seen {
		for _, id := range ids[1:] {
			repeats++
			if id != ids[0] {
				t.Errorf("%s got mails with different Message-IDs: %q", recipient, ids)
			}
		}
	}
	t.Logf("%d sign-ups acknowledged, %d kills: %d recipients got their mail, %d repeats with the same Message-ID, 0 lost",
		acknowledged.Load(), kills, len(seen), repeats)
}

// signUp registers an account, and tries again until it is acknowledged. A try whose answer was lost may have worked: then
// the account is there, and its mail is due all the same.
func (g *gateway) signUp(ctx context.Context, i int) {
	body := fmt.Sprintf(`{"username":"user-%03d","email":"%s","password":"correct horse"}`, i, recipient(i))
	for ctx.Err() == nil {
		status, _ := g.post(ctx, "/api/auth/local/register", "", body)
		if status == http.StatusOK || status == http.StatusBadRequest {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func recipient(i int) string { return fmt.Sprintf("user-%03d@example.test", i) }

// flakySink is a mail server that can refuse everybody.
type flakySink struct {
	sink     *mailsink.Sink
	address  string
	refusing atomic.Bool
}

func newFlakySink(t *testing.T) *flakySink {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &flakySink{sink: new(mailsink.Sink), address: listener.Addr().String()}
	t.Cleanup(func() { _ = listener.Close() })
	go func() { _ = s.sink.ServeSMTP(refusingListener{listener, &s.refusing}) }()
	return s
}

// refusingListener hangs up on everybody while it refuses.
type refusingListener struct {
	net.Listener
	refusing *atomic.Bool
}

func (l refusingListener) Accept() (net.Conn, error) {
	for {
		connection, err := l.Listener.Accept()
		if err != nil || !l.refusing.Load() {
			return connection, err
		}
		_ = connection.Close()
	}
}

// waitFor waits until the recipients of all mails have one, and returns the Message-IDs that each got.
func (s *flakySink) waitFor(t *testing.T, recipients int) map[string][]string {
	t.Helper()
	deadline := time.Now().Add(4 * time.Minute)
	for {
		seen := make(map[string][]string)
		for _, m := range s.sink.Messages("") {
			seen[m.To[0]] = append(seen[m.To[0]], m.Headers["Message-ID"])
		}
		if len(seen) >= recipients {
			return seen
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d recipients got their mail", len(seen), recipients)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (g *gateway) requireConfirmation(t *testing.T) {
	t.Helper()
	status, answer := g.post(t.Context(), "/admin/login", "",
		fmt.Sprintf(`{"email":%q,"password":%q}`, adminEmail, adminPassword))
	var login struct{ Data struct{ Token string } }
	if err := json.Unmarshal(answer, &login); err != nil || status != http.StatusOK {
		t.Fatalf("signing in as an operator: %d %s", status, answer)
	}
	status, answer = g.send(t.Context(), http.MethodPut, "/users-permissions/advanced", login.Data.Token,
		`{"email_confirmation":true}`)
	if status != http.StatusOK {
		t.Fatalf("requiring confirmation: %d %s", status, bytes.TrimSpace(answer))
	}
}
