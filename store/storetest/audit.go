package storetest

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gatewright/gatewright/store"
)

var auditContracts = []contract{
	{"a new store has no events", auditEmpty},
	{"an event is kept as it is", auditAppend},
	{"an event without a time happened now", auditNow},
	{"events are selected", auditSelect},
	{"events are paged, the newest first", auditPages},
	{"a limit has a default and a bound", auditLimit},
	{"details beyond 4 KiB are refused", auditTooLarge},
	{"trimming removes what is older, and nothing else does", auditTrim},
	{"trimming removes as many as there are", auditTrimMany},
	{"events of a deleted account stay", auditUserDeleted},
	{"events append no changes", auditNoChanges},
}

var login = store.Event{
	Time: codeNow, Name: "login_failed", ActorKind: "user", ActorID: 5, Subject: "user 5", Address: "2001:db8::1",
	Outcome: "invalid_credentials",
	Details: map[string]any{"fields": []any{"email", "username"}, "count": float64(2), "local": true},
}

func appendEvent(t *testing.T, s store.Audit, e store.Event) {
	t.Helper()
	noError(t, s.AppendEvent(t.Context(), e))
}

func events(t *testing.T, s store.Audit, q store.EventQuery) []store.Event {
	t.Helper()
	found, err := s.Events(t.Context(), q)
	noError(t, err)
	return found
}

// eventNames are the names of the events that match.
func eventNames(t *testing.T, s store.Audit, q store.EventQuery) string {
	t.Helper()
	var names []string
	for _, e := range events(t, s, q) {
		names = append(names, e.Name)
	}
	return strings.Join(names, " ")
}

func auditEmpty(t *testing.T, s store.Store) {
	equal(t, events(t, s, store.EventQuery{}), []store.Event{})
}

func auditAppend(t *testing.T, s store.Store) {
	appendEvent(t, s, login)
	appendEvent(t, s, store.Event{Time: codeNow, Name: "started"})
	found := events(t, s, store.EventQuery{})
	equal(t, len(found), 2)
	if found[0].ID <= found[1].ID || found[1].ID <= 0 {
		t.Errorf("got ids %d and %d, want the newest first", found[0].ID, found[1].ID)
	}
	want := login
	want.ID = found[1].ID
	equal(t, found[1], want)
	equal(t, found[0], store.Event{ID: found[0].ID, Time: codeNow, Name: "started"})
}

func auditNow(t *testing.T, s store.Store) {
	before := time.Now().Truncate(time.Millisecond)
	appendEvent(t, s, store.Event{Name: "started"})
	at := events(t, s, store.EventQuery{})[0].Time
	if at.Before(before) || at.After(time.Now()) {
		t.Errorf("got time %v, want now", at)
	}
}

func auditSelect(t *testing.T, s store.Store) {
	for i, e := range []store.Event{
		{Name: "a", Subject: "user 1", ActorID: 1},
		{Name: "b", Subject: "user 1", ActorID: 2},
		{Name: "c", Subject: "user 10", ActorID: 1},
	} {
		e.Time = codeNow.Add(time.Duration(i) * time.Minute)
		appendEvent(t, s, e)
	}
	ids := events(t, s, store.EventQuery{})
	for name, c := range map[string]struct {
		query store.EventQuery
		want  string
	}{
		"all":     {store.EventQuery{}, "c b a"},
		"name":    {store.EventQuery{Name: "b"}, "b"},
		"subject": {store.EventQuery{Subject: "user 1"}, "b a"},
		"actor":   {store.EventQuery{ActorID: 1}, "c a"},
		"since":   {store.EventQuery{Since: codeNow.Add(time.Minute)}, "c b"},
		"before":  {store.EventQuery{Before: ids[0].ID}, "b a"},
		"all of these": {
			store.EventQuery{Name: "b", Subject: "user 1", ActorID: 2, Since: codeNow, Before: ids[0].ID, Limit: 1}, "b",
		},
		"none": {store.EventQuery{Name: "B"}, ""},
	} {
		t.Run(name, func(t *testing.T) { equal(t, eventNames(t, s, c.query), c.want) })
	}
}

func auditPages(t *testing.T, s store.Store) {
	for i := range 5 {
		// What was appended last is the newest, whatever its time says.
		appendEvent(t, s, store.Event{Name: strconv.Itoa(i), Time: codeNow.Add(-time.Duration(i) * time.Hour)})
	}
	var pages []string
	query := store.EventQuery{Limit: 2}
	for {
		page := events(t, s, query)
		if len(page) == 0 {
			break
		}
		pages = append(pages, eventNames(t, s, query))
		query.Before = page[len(page)-1].ID
	}
	equal(t, pages, []string{"4 3", "2 1", "0"})
}

func auditLimit(t *testing.T, s store.Store) {
	noError(t, s.Tx(t.Context(), func(tx store.Store) error {
		for range 10_001 {
			if err := tx.AppendEvent(t.Context(), store.Event{Name: "started"}); err != nil {
				return err
			}
		}
		return nil
	}))
	for limit, want := range map[int]int{0: 100, -1: 100, 1: 1, 10_000: 10_000, 20_000: 10_000} {
		equal(t, len(events(t, s, store.EventQuery{Limit: limit})), want)
	}
}

func auditTooLarge(t *testing.T, s store.Store) {
	e := login
	const frame = len(`{"x":""}`)
	e.Details = map[string]any{"x": strings.Repeat("y", 4096-frame+1)}
	if err := s.AppendEvent(t.Context(), e); err == nil {
		t.Error("details of 4097 bytes were stored")
	}
	auditEmpty(t, s)
	e.Details = map[string]any{"x": strings.Repeat("y", 4096-frame)}
	appendEvent(t, s, e)
	equal(t, events(t, s, store.EventQuery{})[0].Details, e.Details)
}

func auditTrim(t *testing.T, s store.Store) {
	old := codeNow.Add(-10 * 365 * 24 * time.Hour)
	for name, at := range map[string]time.Time{"old": old, "older": old.Add(-time.Millisecond), "new": codeNow} {
		appendEvent(t, s, store.Event{Name: name, Time: at})
	}
	equal(t, len(events(t, s, store.EventQuery{})), 3)
	for range 2 {
		removed, err := s.TrimEvents(t.Context(), old.Add(-time.Hour))
		noError(t, err)
		equal(t, removed, int64(0))
	}
	removed, err := s.TrimEvents(t.Context(), old)
	noError(t, err)
	equal(t, removed, int64(1))
	equal(t, events(t, s, store.EventQuery{Name: "older"}), []store.Event{})
	removed, err = s.TrimEvents(t.Context(), codeNow.Add(time.Millisecond))
	noError(t, err)
	equal(t, removed, int64(2))
	auditEmpty(t, s)
}

func auditTrimMany(t *testing.T, s store.Store) {
	noError(t, s.Tx(t.Context(), func(tx store.Store) error {
		for range 1100 {
			if err := tx.AppendEvent(t.Context(), store.Event{Name: "old", Time: codeNow}); err != nil {
				return err
			}
		}
		return tx.AppendEvent(t.Context(), store.Event{Name: "new", Time: codeNow.Add(time.Hour)})
	}))
	removed, err := s.TrimEvents(t.Context(), codeNow.Add(time.Minute))
	noError(t, err)
	equal(t, removed, int64(1100))
	equal(t, eventNames(t, s, store.EventQuery{}), "new")
}

func auditUserDeleted(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	e := login
	e.ActorID, e.Subject = alice.ID, "user "+strconv.FormatInt(alice.ID, 10)
	appendEvent(t, s, e)
	_, err := s.DeleteUser(t.Context(), alice.ID)
	noError(t, err)
	found := events(t, s, store.EventQuery{ActorID: alice.ID, Subject: e.Subject})
	equal(t, len(found), 1)
}

func auditNoChanges(t *testing.T, s store.Store) {
	appendEvent(t, s, login)
	_, err := s.TrimEvents(t.Context(), codeNow.Add(time.Hour))
	noError(t, err)
	changesEmpty(t, s)
}
