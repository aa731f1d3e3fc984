package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// station is a worker with fakes around it.
type station struct {
	*Worker
	outbox *fakeOutbox
	mailer *fakeMailer
	log    *strings.Builder
}

func newStation() *station {
	s := &station{outbox: &fakeOutbox{}, mailer: &fakeMailer{}, log: &strings.Builder{}}
	s.Worker = &Worker{
		Outbox: s.outbox, Mailer: s.mailer, Logger: slog.New(slog.NewTextHandler(s.log, nil)),
		Compose: func(_ context.Context, item Item) (Message, error) {
			return Message{Subject: item.Purpose, Text: "code c0dec0dec0dec0de"}, nil
		},
	}
	return s
}

// inBubble runs try with a station that works meanwhile, on made-up time.
func inBubble(t *testing.T, try func(t *testing.T, s *station)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newStation()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.Run(ctx)
		}()
		synctest.Wait()
		try(t, s)
		cancel()
		<-ended
	})
}

// pass lets time go by.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (s *station) wantSent(t *testing.T, want int) {
	t.Helper()
	if got := len(s.mailer.messages()); got != want {
		t.Fatalf("got %d mails sent, want %d", got, want)
	}
}

func (s *station) wantLeft(t *testing.T, queued, dead int) {
	t.Helper()
	got := map[bool]int{}
	for _, m := range s.outbox.left() {
		got[m.dead]++
	}
	if got[false] != queued || got[true] != dead {
		t.Errorf("got %d mails queued and %d dead, want %d and %d", got[false], got[true], queued, dead)
	}
}

func TestWorkerDelivers(t *testing.T) {
	inBubble(t, func(t *testing.T, s *station) {
		s.outbox.add("1@gateway.test")
		s.wantSent(t, 0)
		pass(DefaultPollInterval)
		want := []Message{{
			MessageID: "1@gateway.test", To: "bob@example.test", Subject: "reset_password", Text: "code c0dec0dec0dec0de",
		}}
		if diff := cmp.Diff(want, s.mailer.messages()); diff != "" {
			t.Errorf("unexpected mails (-want +got):\n%s", diff)
		}
		s.wantLeft(t, 0, 0)
	})
}

func TestWakeDeliversAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, s *station) {
		for range 3 {
			s.outbox.add("1@gateway.test")
			s.Wake()
			s.Wake()
			synctest.Wait()
		}
		s.wantSent(t, 3)
	})
}

func TestWorkerSendsFourAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, s *station) {
		var busy, most atomic.Int64
		s.mailer.send = func(context.Context, Message) error {
			most.Store(max(most.Load(), busy.Add(1)))
			defer busy.Add(-1)
			time.Sleep(time.Second)
			return nil
		}
		for range 10 {
			s.outbox.add("1@gateway.test")
		}
		s.Wake()
		pass(3*time.Second + time.Millisecond)
		s.wantSent(t, 10)
		s.wantLeft(t, 0, 0)
		if most.Load() != DefaultConcurrency {
			t.Errorf("got %d mails at once, want %d", most.Load(), DefaultConcurrency)
		}
	})
}

func TestWorkerTriesAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, s *station) {
		var open atomic.Bool
		s.mailer.send = func(context.Context, Message) error {
			if open.Load() {
				return nil
			}
			return errors.New("451 not now\r\nplease\x00: your text c0dec0dec0dec0de")
		}
		s.outbox.add("1@gateway.test")
		s.Wake()
		pass(time.Hour)
		// 2 s are the poll interval.
		for i, at := range s.mailer.at[1:] {
			least := min(time.Second<<min(i, 10), 10*time.Minute) * 3 / 4
			most := min(least*5/3, 10*time.Minute) + DefaultPollInterval
			if waited := at.Sub(s.mailer.at[i]); waited < least || waited > most {
				t.Errorf("got attempt %d after %v, want it after %v to %v", i+2, waited, least, most)
			}
		}
		if sent := s.mailer.messages(); len(sent) < 12 || sent[0].MessageID != sent[len(sent)-1].MessageID {
			t.Errorf("got %d attempts, want at least 12 with one Message-ID", len(sent))
		}
		s.wantLeft(t, 1, 0)
		const reason = "451 not now please: your text …"
		if got := s.outbox.left()[0].lastError; got != reason {
			t.Errorf("got reason %q, want %q", got, reason)
		}
		if strings.Contains(s.log.String(), "c0dec0de") {
			t.Errorf("a code is in the log: %s", s.log)
		}

		open.Store(true)
		pass(10*time.Minute + DefaultPollInterval)
		s.wantLeft(t, 0, 0)
	})
}

func TestWorkerGivesUp(t *testing.T) {
	refuse := func(context.Context, Message) error { return fmt.Errorf("550 who: %w", ErrPermanent) }
	unsure := func(context.Context, Message) error { return errors.New("451 not now") }
	for name, c := range map[string]struct {
		prepare      func(s *station, m *fakeMail)
		wait         time.Duration
		sent         int // 0: any number
		queued, dead int
	}{
		"refused for good": {func(s *station, _ *fakeMail) { s.mailer.send = refuse }, time.Minute, 1, 0, 1},
		"cannot be composed": {func(s *station, _ *fakeMail) {
			s.Compose = func(context.Context, Item) (Message, error) { return Message{}, ErrPermanent }
		}, time.Minute, 0, 0, 1},
		"a day old":     {func(s *station, _ *fakeMail) { s.mailer.send = unsure }, 24*time.Hour + 11*time.Minute, 0, 0, 1},
		"not a day old": {func(s *station, _ *fakeMail) { s.mailer.send = unsure }, 23 * time.Hour, 0, 1, 0},
		"old, with few attempts": {func(s *station, m *fakeMail) {
			s.mailer.send, m.CreatedAt = unsure, time.Now().Add(-48*time.Hour)
		}, 10 * time.Minute, minAttempts, 0, 1},
		"too often": {func(s *station, m *fakeMail) {
			s.mailer.send, m.Attempts = unsure, DefaultMaxAttempts-2
		}, time.Hour, 2, 0, 1},
		"too often by workers that ended": {func(_ *station, m *fakeMail) { m.Attempts = DefaultMaxAttempts }, time.Minute, 0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *station) {
				c.prepare(s, s.outbox.add("1@gateway.test"))
				s.Wake()
				pass(c.wait)
				s.wantLeft(t, c.queued, c.dead)
				if c.sent > 0 {
					s.wantSent(t, c.sent)
				}
				if reason := s.outbox.left()[0].lastError; reason == "" {
					t.Error("got no reason")
				}
			})
		})
	}
}

func TestVoidMailIsFinishedSilently(t *testing.T) {
	inBubble(t, func(t *testing.T, s *station) {
		s.Compose = func(context.Context, Item) (Message, error) { return Message{}, fmt.Errorf("user 7: %w", ErrGone) }
		s.outbox.add("1@gateway.test")
		s.Wake()
		pass(time.Minute)
		s.wantSent(t, 0)
		s.wantLeft(t, 0, 0)
		if s.log.Len() > 0 {
			t.Errorf("got log %s, want none", s.log)
		}
	})
}

func TestPanicIsAnErrorOfOneMail(t *testing.T) {
	inBubble(t, func(t *testing.T, s *station) {
		compose := s.Compose
		s.Compose = func(ctx context.Context, item Item) (Message, error) {
			if item.ID == 1 && item.Attempts == 1 {
				panic("by the test")
			}
			return compose(ctx, item)
		}
		s.outbox.add("1@gateway.test")
		s.outbox.add("2@gateway.test")
		s.Wake()
		synctest.Wait()
		s.wantSent(t, 1)
		s.wantLeft(t, 1, 0)
		pass(10 * time.Second)
		s.wantSent(t, 2)
		s.wantLeft(t, 0, 0)
	})
}

func TestWorkerFinishesWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation()
		s.mailer.send = func(ctx context.Context, _ Message) error {
			time.Sleep(20 * time.Second)
			return ctx.Err()
		}
		s.outbox.add("1@gateway.test")
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Second)
			s.outbox.add("2@gateway.test")
			cancel()
		}()
		begun := time.Now()
		s.Run(ctx)
		if took := time.Since(begun); took != 20*time.Second {
			t.Errorf("ended after %v, want 20s", took)
		}
		s.wantSent(t, 1)
		s.wantLeft(t, 1, 0)
	})
}

func TestLeaseOutlivesTheAttempt(t *testing.T) {
	inBubble(t, func(t *testing.T, s *station) {
		s.mailer.send = func(ctx context.Context, _ Message) error {
			<-ctx.Done()
			return ctx.Err()
		}
		s.outbox.add("1@gateway.test")
		s.Wake()
		pass(DefaultSendTimeout - time.Millisecond)
		s.wantSent(t, 1)
		pass(10 * time.Second)
		s.wantSent(t, 2)
	})
}

func TestUnrecordedDeliveryIsRepeated(t *testing.T) {
	inBubble(t, func(t *testing.T, s *station) {
		down := errors.New("disk full")
		s.mailer.send = func(context.Context, Message) error {
			if len(s.mailer.messages()) == 1 {
				s.outbox.setFail(down)
			}
			return nil
		}
		s.outbox.add("1@gateway.test")
		s.Wake()
		pass(10 * time.Second)
		s.outbox.setFail(nil)
		pass(DefaultSendTimeout + leaseMargin)
		sent := s.mailer.messages()
		if len(sent) != 2 || sent[0].MessageID != sent[1].MessageID {
			t.Errorf("got %v, want two with one Message-ID", sent)
		}
		s.wantLeft(t, 0, 0)
		if got := strings.Count(s.log.String(), "outbox does not answer"); got != 1 {
			t.Errorf("got %d messages about an outage, want 1:\n%s", got, s.log)
		}
	})
}

func TestWorkersShareAnOutbox(t *testing.T) {
	inBubble(t, func(t *testing.T, s *station) {
		other := newStation()
		other.Outbox, other.Mailer = s.outbox, s.mailer
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			other.Run(ctx)
		}()
		s.mailer.send = func(context.Context, Message) error {
			time.Sleep(time.Second)
			return nil
		}
		for i := range 40 {
			s.outbox.add(fmt.Sprint(i))
		}
		pass(time.Minute)
		seen := map[string]bool{}
		for _, m := range s.mailer.messages() {
			if seen[m.MessageID] {
				t.Errorf("mail %s was sent twice", m.MessageID)
			}
			seen[m.MessageID] = true
		}
		if len(seen) != 40 {
			t.Errorf("got %d mails, want 40", len(seen))
		}
		cancel()
		<-ended
	})
}

func TestBackoff(t *testing.T) {
	for attempts, want := range map[int]time.Duration{
		-1: time.Second, 1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 9: 256 * time.Second,
		11: 10 * time.Minute, 1000: 10 * time.Minute,
	} {
		for range 100 {
			if got := backoff(attempts); got < want*3/4 || got > min(want*5/4, maxDelay) {
				t.Errorf("got %v after %d attempts, want about %v", got, attempts, want)
			}
		}
	}
}

func TestExplain(t *testing.T) {
	m := Message{Text: "go to https://a.test/?code=0123456789ABCDEF0123", HTML: "<p>0123456789ABCDEF0123</p>"}
	for text, want := range map[string]string{
		"554 bad link https://a.test/?code=0123456789abcdef0123": "554 bad link https://a.test/?code=…",
		"554 bad link 0123456789AB...":                           "554 bad link …...",
		"554 5.7.1 queue id 9F8E7D6C5B4A3210":                    "554 5.7.1 queue id 9F8E7D6C5B4A3210",
		"a\r\nb\x00\xff\u2028c":                                  "a bc",
		strings.Repeat("é", 300):                                 strings.Repeat("é", 250),
	} {
		if got := explain(errors.New(text), m); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestLogMailer(t *testing.T) {
	var out strings.Builder
	log := &Log{Logger: slog.New(slog.NewTextHandler(&out, nil))}
	m := Message{MessageID: "1@gateway.test", To: "bob@example.test", Subject: "Reset", Text: "c0de", HTML: "c0de"}
	if err := log.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	if !strings.Contains(got, "domain=example.test subject=Reset message_id=1@gateway.test") ||
		strings.Contains(got, "bob") || strings.Contains(got, "c0de") {
		t.Errorf("got log %s", got)
	}
	log.ShowBody = true
	if err := log.Send(t.Context(), m); err != nil || !strings.Contains(out.String(), "text=c0de") {
		t.Errorf("got log %s, %v, want the text in it", out.String(), err)
	}
}
