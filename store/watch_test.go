package store_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/store"
	"github.com/gatewright/gatewright/store/sqlstore"
)

// changeLog is a store.ChangeLog in memory that a test can spoil.
type changeLog struct {
	mu         sync.Mutex
	changes    []store.Change
	incomplete bool  // what ChangesSince answers until LastChange has
	sinceErr   error // of ChangesSince
	lastErr    error // of LastChange
	onChange   func([]store.Change)
	// onSince is called by ChangesSince after it has read.
	onSince func()
}

// foreign appends a change that another process made.
func (l *changeLog) foreign(subject string) store.Change {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := store.Change{Seq: int64(len(l.changes)) + 1, Kind: store.ChangeUser, Subject: subject}
	l.changes = append(l.changes, c)
	return c
}

// own appends a change and tells of it, as a write through the Store value does.
func (l *changeLog) own(subject string) store.Change {
	c := l.foreign(subject)
	l.tell(c)
	return c
}

func (l *changeLog) tell(c store.Change) {
	l.mu.Lock()
	fn := l.onChange
	l.mu.Unlock()
	if fn != nil {
		fn([]store.Change{c})
	}
}

func (l *changeLog) spoil(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

func (l *changeLog) LastChange(context.Context) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lastErr == nil {
		l.incomplete = false
	}
	return int64(len(l.changes)), l.lastErr
}

func (l *changeLog) ChangesSince(_ context.Context, seq int64) ([]store.Change, bool, error) {
	l.mu.Lock()
	changes, complete, err, hook := l.changes[seq:], !l.incomplete, l.sinceErr, l.onSince
	if err == nil {
		l.onSince = nil
	}
	l.mu.Unlock()
	if err == nil && hook != nil {
		hook()
	}
	return changes, complete, err
}

func (l *changeLog) OnChange(fn func([]store.Change)) (cancel func()) {
	l.spoil(func() { l.onChange = fn })
	return func() { l.spoil(func() { l.onChange = nil }) }
}

// news is what a listener was told.
type news struct {
	Changes  []store.Change
	Complete bool
}

type ear struct {
	mu    sync.Mutex
	heard []news
}

func (e *ear) listen(changes []store.Change, complete bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, news{changes, complete})
}

// want compares what was told since it was last asked.
func (e *ear) want(t *testing.T, want ...news) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if diff := cmp.Diff(want, e.heard); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	e.heard = nil
}

func told(changes ...store.Change) news { return news{changes, true} }

// watch starts a Watcher with one listener. It ends with the test's context.
func watch(t *testing.T, log store.ChangeLog) (*store.Watcher, *ear, *bytes.Buffer) {
	t.Helper()
	var logged bytes.Buffer
	w, err := store.NewWatcher(t.Context(), log, slog.New(slog.NewTextHandler(&logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{}
	w.Listen(e.listen)
	w.Start(t.Context())
	return w, e, &logged
}

// pass lets the watcher look n times.
func pass(n int) {
	time.Sleep(time.Duration(n)*store.WatchInterval + store.WatchInterval/2)
	synctest.Wait()
}

func TestWatcherTellsOwnChangesAtOnceAndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &changeLog{}
		log.foreign("before the start")
		_, e, _ := watch(t, log)
		first := log.own("a")
		e.want(t, told(first))
		second := log.own("b")
		e.want(t, told(second))
		pass(3)
		e.want(t)
		third := log.own("c")
		pass(1)
		e.want(t, told(third))
	})
}

func TestWatcherTellsForeignChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &changeLog{}
		_, e, _ := watch(t, log)
		a, b := log.foreign("a"), log.foreign("b")
		e.want(t)
		pass(1)
		e.want(t, told(a, b))
		pass(5)
		e.want(t)

		// Mixed with our own, which were told already.
		c := log.foreign("c")
		d := log.own("d")
		f := log.foreign("f")
		e.want(t, told(d))
		pass(1)
		e.want(t, told(c, f))
	})
}

// Between a commit and the telling of it the change may be read from the log: it is told by whoever comes first, and not
// again.
func TestWatcherSeesOwnChangeInTheLogFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &changeLog{}
		_, e, _ := watch(t, log)
		a := log.foreign("a") // committed, not yet told
		pass(1)
		log.tell(a)
		pass(3)
		e.want(t, told(a))

		// It is told after the log was read and before the reading is handled.
		b := log.foreign("b")
		log.spoil(func() { log.onSince = func() { log.tell(b) } })
		pass(2)
		e.want(t, told(b))
	})
}

func TestWatcherStartsOverWhenTheLogIsIncomplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &changeLog{}
		_, e, _ := watch(t, log)
		own := log.own("a")
		e.want(t, told(own))
		log.foreign("b")
		log.spoil(func() { log.incomplete = true })
		pass(1)
		e.want(t, news{nil, false})
		c := log.foreign("c")
		pass(1)
		e.want(t, told(c))
	})
}

// As long as it is not known what was missed, nothing cached may be relied upon.
func TestWatcherIsNotFreshUntilItStartedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &changeLog{}
		w, e, _ := watch(t, log)
		pass(1)
		log.spoil(func() { log.incomplete, log.lastErr = true, errors.New("no answer") })
		time.Sleep(store.MaxStaleness + store.WatchInterval)
		e.want(t)
		if w.Fresh() {
			t.Error("fresh, although changes were missed and nobody was told")
		}
		log.spoil(func() { log.lastErr = nil })
		pass(1)
		e.want(t, news{nil, false})
		if !w.Fresh() {
			t.Error("not fresh, although the store answers")
		}
	})
}

func TestWatcherIsFreshWhileTheStoreAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &changeLog{}
		w, e, logged := watch(t, log)
		for range 50 {
			pass(1)
			if !w.Fresh() {
				t.Fatal("not fresh, although the store answers")
			}
		}
		log.spoil(func() { log.sinceErr = errors.New("disk on fire") })
		a := log.foreign("a")
		time.Sleep(store.MaxStaleness - 2*store.WatchInterval)
		if !w.Fresh() {
			t.Error("not fresh before MaxStaleness is over")
		}
		time.Sleep(3 * store.WatchInterval)
		if w.Fresh() {
			t.Error("fresh after MaxStaleness without an answer")
		}
		e.want(t)
		log.spoil(func() { log.sinceErr = nil })
		pass(1)
		e.want(t, told(a))
		if !w.Fresh() {
			t.Error("not fresh, although the store answers again")
		}
		if n := strings.Count(logged.String(), "\n"); n != 2 || !strings.Contains(logged.String(), "disk on fire") {
			t.Errorf("logged %d lines, want one of the failure and one of its end:\n%s", n, logged.String())
		}
	})
}

// News that is late is told before it counts as news: nobody finds a cache both fresh and stale.
func TestWatcherIsFreshOnlyAfterTelling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &changeLog{}
		w, err := store.NewWatcher(t.Context(), log, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		var freshWhileTelling []bool
		w.Listen(func([]store.Change, bool) { freshWhileTelling = append(freshWhileTelling, w.Fresh()) })
		w.Start(t.Context())
		log.spoil(func() { log.sinceErr = errors.New("no answer") })
		time.Sleep(2 * store.MaxStaleness)
		log.foreign("a")
		log.spoil(func() { log.sinceErr = nil })
		pass(1)
		if diff := cmp.Diff([]bool{false}, freshWhileTelling); diff != "" {
			t.Errorf("fresh while telling (-want +got):\n%s", diff)
		}
		if !w.Fresh() {
			t.Error("not fresh afterwards")
		}
	})
}

func TestWatcherEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &changeLog{}
		w, err := store.NewWatcher(t.Context(), log, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		e := &ear{}
		w.Listen(e.listen)
		ctx, cancel := context.WithCancel(t.Context())
		w.Start(ctx)
		cancel()
		synctest.Wait()
		log.own("a")
		time.Sleep(2 * store.MaxStaleness)
		e.want(t)
		if w.Fresh() {
			t.Error("fresh, although nobody looks any more")
		}
	})
}

func TestNewWatcherNeedsAnAnswer(t *testing.T) {
	failure := errors.New("no answer")
	if _, err := store.NewWatcher(t.Context(), &changeLog{lastErr: failure}, nil); !errors.Is(err, failure) {
		t.Errorf("error = %v", err)
	}
}

func openSQLite(t *testing.T, path string) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing store: %v", err)
		}
	})
	return s
}

// Two processes share a file: what one writes, it knows when the write returns, and the other soon.
func TestWatchersOnOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatewright.db")
	ours, theirs := openSQLite(t, path), openSQLite(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w, err := store.NewWatcher(ctx, ours, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 100)
	w.Listen(func(changes []store.Change, complete bool) {
		for _, c := range changes {
			heard <- string(c.Kind) + " " + c.Subject
		}
		if !complete {
			heard <- "incomplete"
		}
	})
	w.Start(ctx)

	if err := ours.PutSetting(ctx, "ours", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-heard:
		if got != "setting ours" {
			t.Errorf("told of %s", got)
		}
	default:
		t.Error("the write returned before it was told of")
	}
	if err := theirs.PutSetting(ctx, "theirs", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-heard:
		if got != "setting theirs" {
			t.Errorf("told of %s", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("never told of what the other wrote")
	}
	if !w.Fresh() {
		t.Error("not fresh")
	}
}
