package sqlstore

import (
	"testing"
	"time"

	"github.com/gatewright/gatewright/store"
)

// appendEvents appends n events of now, in one write.
func appendEvents(t *testing.T, s *Store, n int) {
	t.Helper()
	err := s.Tx(t.Context(), func(tx store.Store) error {
		for range n {
			if err := tx.AppendEvent(t.Context(), store.Event{Name: "login_failed"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// eventIDs returns how many events there are and the least and greatest of their ids.
func eventIDs(t *testing.T, s *Store) (count, oldest, newest int64) {
	t.Helper()
	err := s.readPool.QueryRowContext(t.Context(), `SELECT count(*), min(id), max(id) FROM events`).Scan(&count, &oldest, &newest)
	if err != nil {
		t.Fatal(err)
	}
	return count, oldest, newest
}

// Failed sign-ins cost strangers nothing, so the events of them must not fill the disk.
func TestEventsHaveAnEnd(t *testing.T) {
	s := openSQLiteAt(t, newPath(t))
	s.maxEvents = 3 * trimBatch
	for range 12 {
		appendEvents(t, s, trimBatch/2)
		if count, _, _ := eventIDs(t, s); count > s.maxEvents {
			t.Fatalf("%d events, of at most %d", count, s.maxEvents)
		}
	}
	count, oldest, newest := eventIDs(t, s)
	if count < s.maxEvents-trimBatch || newest != 6*trimBatch || oldest != newest-count+1 {
		t.Errorf("%d events from %d to %d, want the newest", count, oldest, newest)
	}
}

// A store that had no end before gets one in steps.
func TestTrimEventsRemovesSurplus(t *testing.T) {
	s := openSQLiteAt(t, newPath(t))
	appendEvents(t, s, 6*trimBatch)
	s.maxEvents = 3 * trimBatch
	removed, err := s.TrimEvents(t.Context(), time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	count, oldest, _ := eventIDs(t, s)
	if removed != 4*trimBatch || count != 2*trimBatch || oldest != 4*trimBatch+1 {
		t.Errorf("removed %d, left %d from %d on", removed, count, oldest)
	}
}

// Between the steps of a trimming others write.
func TestTrimEventsInSteps(t *testing.T) {
	s := openSQLiteAt(t, newPath(t))
	appendEvents(t, s, 2*trimBatch)
	steps := 0
	removed, err := s.inBatches(t.Context(), func(tx *tx) (int64, error) {
		steps++
		n, err := tx.TrimEvents(t.Context(), time.Now().Add(time.Hour))
		if n > trimBatch {
			t.Errorf("%d rows in one step", n)
		}
		return n, err
	})
	if err != nil || removed != 2*trimBatch || steps != 3 {
		t.Errorf("removed %d in %d steps, %v", removed, steps, err)
	}
}
