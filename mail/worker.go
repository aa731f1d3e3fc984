package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// Defaults of a Worker.
const (
	DefaultPollInterval = 2 * time.Second
	DefaultSendTimeout  = time.Minute
	DefaultMaxAge       = 24 * time.Hour
	DefaultMaxAttempts  = 200
	DefaultConcurrency  = 4
)

const (
	// leaseMargin is how much longer than an attempt a lease is: the time to write down how it went.
	leaseMargin = 20 * time.Second

	// outboxTimeout bounds each call of the outbox.
	outboxTimeout = 15 * time.Second

	// minAttempts is how often an old mail is tried before it is given up: it may have waited while no server ran, or may
	// have been revived.
	minAttempts = 5
)

// Worker delivers the mails of an outbox: it leases what is due, composes it, sends it and finishes it. What fails is
// tried again after 1 s, 2 s, 4 s and so on, at most 10 min; what fails for good, too often or for too long is buried.
// Each mail is sent at least once: one whose worker ended in between is sent again, with the same Message-ID, when its
// lease is over. Several workers may share an outbox.
type Worker struct {
	Outbox Outbox
	// Compose makes the message, and the code in it, each time anew; MessageID and, where it is empty, To are filled in
	// from the item. ErrGone ends the mail silently, an error that wraps ErrPermanent buries it, any other delays it.
	Compose func(ctx context.Context, item Item) (Message, error)
	Mailer  Mailer
	Logger  *slog.Logger
	Now     func() time.Time // nil: time.Now

	Poll        time.Duration // how often to look for what became due; 0: DefaultPollInterval
	SendTimeout time.Duration // for one attempt, composing included; 0: DefaultSendTimeout
	MaxAge      time.Duration // 0: DefaultMaxAge. An older mail gets five attempts, no more
	MaxAttempts int           // 0: DefaultMaxAttempts
	Concurrency int           // how many mails are sent at once; 0: DefaultConcurrency

	once sync.Once
	wake chan struct{}
}

// Wake makes the worker look for due mails at once. It may be called at any time and does not block.
func (w *Worker) Wake() {
	select {
	case w.wakened() <- struct{}{}:
	default: // it is about to look
	}
}

func (w *Worker) wakened() chan struct{} {
	w.once.Do(func() { w.wake = make(chan struct{}, 1) })
	return w.wake
}

// Run works until the context ends, and returns when what was under way then is done, which takes no longer than an
// attempt and writing down how it went. It is called once.
func (w *Worker) Run(ctx context.Context) {
	var busy sync.WaitGroup
	defer busy.Wait()
	free := make(chan struct{}, cmp.Or(w.Concurrency, DefaultConcurrency))
	ticker := time.NewTicker(cmp.Or(w.Poll, DefaultPollInterval))
	defer ticker.Stop()
	for failing := false; ; {
		select {
		case <-ctx.Done():
			return
		case free <- struct{}{}:
		}
		item, ok, err := w.lease(ctx)
		if err == nil && ok {
			busy.Go(func() {
				defer func() { <-free }()
				w.deliver(context.WithoutCancel(ctx), item)
			})
			continue
		}
		<-free
		if err != nil && !failing && ctx.Err() == nil {
			w.Logger.ErrorContext(ctx, "outbox does not answer, mails wait", "error", err)
		}
		if err == nil && failing {
			w.Logger.InfoContext(ctx, "outbox answers again")
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-w.wakened():
		case <-ticker.C:
		}
	}
}

// lease does not end with ctx: a mail that was leased unnoticed would wait for the end of its lease.
func (w *Worker) lease(ctx context.Context) (Item, bool, error) {
	if ctx.Err() != nil {
		return Item{}, false, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outboxTimeout)
	defer cancel()
	return w.Outbox.LeaseMail(ctx, w.now(), w.sendTimeout()+leaseMargin)
}

// deliver makes one attempt and writes down how it went.
func (w *Worker) deliver(ctx context.Context, item Item) {
	var message Message
	err := w.exhausted(item)
	if err == nil {
		message, err = w.attempt(ctx, item)
	}
	ctx, cancel := context.WithTimeout(ctx, outboxTimeout)
	defer cancel()
	if outboxErr := w.settle(ctx, item, message, err); outboxErr != nil {
		w.Logger.ErrorContext(ctx, "outbox does not take how a mail went, it is tried again", "mail", item.ID, "error", outboxErr)
	}
}

func (w *Worker) settle(ctx context.Context, item Item, message Message, err error) error {
	if err == nil || errors.Is(err, ErrGone) {
		return w.Outbox.FinishMail(ctx, item.ID)
	}
	reason := explain(err, message)
	log := w.Logger.With("mail", item.ID, "purpose", item.Purpose, "attempts", item.Attempts, "error", reason)
	if w.hopeless(item, err) {
		log.ErrorContext(ctx, "mail given up")
		return w.Outbox.BuryMail(ctx, item.ID, reason)
	}
	delay := backoff(item.Attempts)
	log.WarnContext(ctx, "mail not sent, trying again", "delay", delay)
	return w.Outbox.DelayMail(ctx, item.ID, w.now().Add(delay), reason)
}

// attempt composes and sends. A panic is an error of this mail, not the end of the worker.
func (w *Worker) attempt(ctx context.Context, item Item) (message Message, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.sendTimeout())
	defer cancel()
	defer func() {
		if value := recover(); value != nil {
			w.Logger.ErrorContext(ctx, "delivering a mail panicked", "mail", item.ID, "stack", string(debug.Stack()))
			err = errors.New("delivering it panicked")
		}
	}()
	message, err = w.Compose(ctx, item)
	if err != nil {
		return message, fmt.Errorf("composing mail: %w", err)
	}
	message.MessageID = item.MessageID
	message.To = cmp.Or(message.To, item.Recipient)
	return message, w.Mailer.Send(ctx, message)
}

// exhausted tells of a mail that was tried too often, though nobody could write down how that went: its workers ended.
func (w *Worker) exhausted(item Item) error {
	if item.Attempts <= w.maxAttempts() {
		return nil
	}
	return fmt.Errorf("%w: %d attempts were made", ErrPermanent, item.Attempts-1)
}

func (w *Worker) hopeless(item Item, err error) bool {
	old := w.now().Sub(item.CreatedAt) > cmp.Or(w.MaxAge, DefaultMaxAge)
	return errors.Is(err, ErrPermanent) || item.Attempts >= w.maxAttempts() || old && item.Attempts >= minAttempts
}

func (w *Worker) maxAttempts() int           { return cmp.Or(w.MaxAttempts, DefaultMaxAttempts) }
func (w *Worker) sendTimeout() time.Duration { return cmp.Or(w.SendTimeout, DefaultSendTimeout) }

func (w *Worker) now() time.Time {
	if w.Now != nil {
		return w.Now()
	}
	return time.Now()
}
