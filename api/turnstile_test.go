package api

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestTurnstileLetsSomeThrough(t *testing.T) {
	s := newTurnstile(2)
	first, err := s.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, enter := range map[string]entrance{"enter": s.enter, "wait": s.wait} {
		if _, err := enter(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: a third is let in, or not told why not: %v", name, err)
		}
	}
	first()
	if _, err := s.enter(t.Context()); err != nil {
		t.Errorf("after one has left: %v", err)
	}
}

func TestTurnstilePatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTurnstile(1)
		leave, err := s.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if _, err := s.enter(t.Context()); !errors.Is(err, errBusy) || time.Since(begun) != queuePatience {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
		time.AfterFunc(queuePatience-1, leave)
		if leave, err = s.enter(t.Context()); err != nil {
			t.Errorf("a place that is free in time: %v", err)
		}
		time.AfterFunc(time.Hour, leave)
		if _, err := s.wait(t.Context()); err != nil {
			t.Errorf("wait has patience: %v", err)
		}
	})
}

func TestTurnstileQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTurnstile(1)
		leave, err := s.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		entered := make(chan error)
		for range maxQueue {
			go func() {
				leave, err := s.enter(t.Context())
				if err == nil {
					leave()
				}
				entered <- err
			}()
		}
		synctest.Wait()
		begun := time.Now()
		if _, err := s.enter(t.Context()); !errors.Is(err, errBusy) || time.Since(begun) != 0 {
			t.Errorf("one more waits: %v after %s", err, time.Since(begun))
		}
		leave()
		for range maxQueue {
			if err := <-entered; err != nil {
				t.Errorf("one who waited: %v", err)
			}
		}
		if n := s.queue.Load(); n != 0 {
			t.Errorf("%d are counted as waiting", n)
		}
	})
}
