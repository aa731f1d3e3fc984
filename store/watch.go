package store

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Defaults of a Watcher.
const (
	// WatchInterval is how often a store is asked what other processes wrote.
	WatchInterval = 100 * time.Millisecond
	// MaxStaleness is how long cached facts may be relied upon after the store last answered.
	MaxStaleness = 2 * time.Second
)

// Listener is told what changed. With complete false more may have changed than is listed, and everything cached has to
// go. It must not block on the store for long: the write that made the change waits for it.
type Listener func(changes []Change, complete bool)

// Watcher tells listeners of every change to a store: at once of those made through the same Store value, before the
// write returns, and within WatchInterval of those that other processes made.
type Watcher struct {
	log    ChangeLog
	logger *slog.Logger

	mu        sync.Mutex
	listeners []Listener
	last      int64
	own       map[int64]struct{} // told already, but not yet seen in the log

	lastAnswer atomic.Int64 // nanoseconds after started
	started    time.Time
}

// NewWatcher makes a Watcher that begins at the store's present state: what is read from the store after this call is no
// older than what listeners are told of. Add listeners with Listen, then call Start.
func NewWatcher(ctx context.Context, log ChangeLog, logger *slog.Logger) (*Watcher, error) {
	last, err := log.LastChange(ctx)
	if err != nil {
		return nil, err
	}
	w := &Watcher{log: log, logger: logger, last: last, own: make(map[int64]struct{}), started: time.Now()}
	w.answered()
	return w, nil
}

// Listen adds a listener.
func (w *Watcher) Listen(fn Listener) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listeners = append(w.listeners, fn)
}

// Start watches, in the background, until the context ends. From its return on, writes through the same Store value are
// told before they return.
func (w *Watcher) Start(ctx context.Context) {
	cancel := w.log.OnChange(w.tellOwn)
	go func() {
		defer cancel()
		w.run(ctx)
	}()
}

func (w *Watcher) run(ctx context.Context) {
	ticker := time.NewTicker(WatchInterval)
	defer ticker.Stop()
	for failing := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := w.poll(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			w.logger.Error("store does not tell what changed, reading through the caches", "error", err)
		}
		if err == nil && failing {
			w.logger.Info("store tells what changed again")
		}
		failing = err != nil
	}
}

// Fresh tells whether the store answered within MaxStaleness, so that what is cached may be relied upon.
func (w *Watcher) Fresh() bool {
	return int64(time.Since(w.started))-w.lastAnswer.Load() < int64(MaxStaleness)
}

// answered notes the time on the monotonic clock, which no adjustment of the wall clock moves.
func (w *Watcher) answered() { w.lastAnswer.Store(int64(time.Since(w.started))) }

func (w *Watcher) tellOwn(changes []Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	// A change can be seen in the log before its own writer tells of it.
	var news []Change
	for _, c := range changes {
		if c.Seq > w.last {
			w.own[c.Seq] = struct{}{}
			news = append(news, c)
		}
	}
	if len(news) > 0 {
		w.tell(news, true)
	}
}

func (w *Watcher) poll(ctx context.Context) error {
	w.mu.Lock()
	since := w.last
	w.mu.Unlock()
	changes, complete, err := w.log.ChangesSince(ctx, since)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !complete {
		return w.restart(ctx)
	}
	var foreign []Change
	for _, c := range changes {
		w.last = c.Seq
		if _, ok := w.own[c.Seq]; ok {
			delete(w.own, c.Seq)
			continue
		}
		foreign = append(foreign, c)
	}
	if len(foreign) > 0 {
		w.tell(foreign, true)
	}
	w.answered() // when the news is told, not before
	return nil
}

// restart goes on from the present, having missed something.
func (w *Watcher) restart(ctx context.Context) error {
	last, err := w.log.LastChange(ctx)
	if err != nil {
		return err
	}
	w.last = last
	clear(w.own)
	w.tell(nil, false)
	w.answered()
	return nil
}

func (w *Watcher) tell(changes []Change, complete bool) {
	for _, fn := range w.listeners {
		fn(changes, complete)
	}
}
