package mail

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// fakeOutbox keeps mails in memory, as a store would.
type fakeOutbox struct {
	mu    sync.Mutex
	mails []*fakeMail
	fail  error // of every call
}

type fakeMail struct {
	Item
	notBefore time.Time
	dead      bool
	lastError string
}

var errMissing = errors.New("no such mail")

// add queues a mail that is due now.
func (o *fakeOutbox) add(messageID string) *fakeMail {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := &fakeMail{
		Item: Item{
			ID: int64(len(o.mails) + 1), MessageID: messageID, UserID: 7, Recipient: "bob@example.test",
			Purpose: "reset_password", CreatedAt: time.Now(),
		},
		notBefore: time.Now(),
	}
	o.mails = append(o.mails, m)
	return m
}

// left returns copies of the mails that were not finished.
func (o *fakeOutbox) left() []fakeMail {
	o.mu.Lock()
	defer o.mu.Unlock()
	var left []fakeMail
	for _, m := range o.mails {
		if m != nil {
			left = append(left, *m)
		}
	}
	return left
}

func (o *fakeOutbox) setFail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fail = err
}

func (o *fakeOutbox) LeaseMail(ctx context.Context, now time.Time, lease time.Duration) (Item, bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := errors.Join(o.fail, ctx.Err()); err != nil {
		return Item{}, false, err
	}
	var first *fakeMail
	for _, m := range o.mails {
		if m != nil && !m.dead && !m.notBefore.After(now) && (first == nil || m.notBefore.Before(first.notBefore)) {
			first = m
		}
	}
	if first == nil {
		return Item{}, false, nil
	}
	first.Attempts++
	first.notBefore = now.Add(lease)
	return first.Item, true, nil
}

func (o *fakeOutbox) change(ctx context.Context, id int64, change func(i int, m *fakeMail)) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := errors.Join(o.fail, ctx.Err()); err != nil {
		return err
	}
	i := slices.IndexFunc(o.mails, func(m *fakeMail) bool { return m != nil && m.ID == id })
	if i < 0 {
		return errMissing
	}
	change(i, o.mails[i])
	return nil
}

func (o *fakeOutbox) FinishMail(ctx context.Context, id int64) error {
	return o.change(ctx, id, func(i int, _ *fakeMail) { o.mails[i] = nil })
}

func (o *fakeOutbox) DelayMail(ctx context.Context, id int64, notBefore time.Time, lastError string) error {
	return o.change(ctx, id, func(_ int, m *fakeMail) { m.notBefore, m.lastError = notBefore, lastError })
}

func (o *fakeOutbox) BuryMail(ctx context.Context, id int64, lastError string) error {
	return o.change(ctx, id, func(_ int, m *fakeMail) { m.dead, m.lastError = true, lastError })
}

// fakeMailer keeps what it is given, and when.
type fakeMailer struct {
	send func(context.Context, Message) error // nil: all goes well

	mu   sync.Mutex
	sent []Message
	at   []time.Time
}

func (f *fakeMailer) Send(ctx context.Context, m Message) error {
	f.mu.Lock()
	f.sent, f.at = append(f.sent, m), append(f.at, time.Now())
	f.mu.Unlock()
	if f.send == nil {
		return nil
	}
	return f.send(ctx, m)
}

func (f *fakeMailer) messages() []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}
