package sqlstore

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/store"
)

func enqueue(t *testing.T, s *Store, userID int64) store.Mail {
	t.Helper()
	m, err := s.EnqueueMail(t.Context(), store.Mail{
		MessageID: "1@example.com", UserID: userID, Recipient: "a@example.com", Purpose: store.PurposeResetPassword,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestQueuedMailSurvivesACrash(t *testing.T) {
	path, crashed := newPath(t), newPath(t)
	s := openSQLiteAt(t, path)
	want := enqueue(t, s, createUser(t, s, "alice").ID)
	// The files as they are while the store is open are what a crash leaves behind.
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(crashed+suffix, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := openSQLiteAt(t, crashed).Mails(t.Context(), store.MailQueued, 10)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]store.Mail{want}, got); diff != "" {
		t.Errorf("unexpected mails (-want +got):\n%s", diff)
	}
}

func TestStoreOfVersion2IsMigrated(t *testing.T) {
	path := newPath(t)
	s := openSQLiteAt(t, path)
	alice := createUser(t, s, "alice")
	execSQLite(t, path, `DROP TABLE codes`)
	execSQLite(t, path, `DROP TABLE outbox`)
	execSQLite(t, path, `DROP TABLE events`)
	execSQLite(t, path, `DELETE FROM goose_db_version WHERE version_id >= 3`)

	again := openSQLiteAt(t, path)
	read, err := again.User(t.Context(), alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(alice, read); diff != "" {
		t.Errorf("migrating changed the user (-before +after):\n%s", diff)
	}
	enqueue(t, again, alice.ID)
}

func TestMailAndEventsUseIndexes(t *testing.T) {
	s := openSQLiteAt(t, newPath(t))
	ctx, now := t.Context(), time.Now()
	events := func(q store.EventQuery) func() error {
		return func() error { _, err := s.Events(ctx, q); return err }
	}
	for _, c := range []struct {
		name   string
		lookup func() error
		want   string
	}{
		{"lease", func() error {
			_, _ = s.LeaseMail(ctx, now, time.Minute)
			return nil
		}, "INDEX outbox_due (state=? AND not_before<?)"},
		{
			"dead mails", func() error { _, err := s.Mails(ctx, store.MailDead, 10); return err },
			"INDEX outbox_state_id (state=?)",
		},
		{"count", func() error { _, err := s.CountMails(ctx, store.MailQueued); return err }, "COVERING INDEX outbox_"},
		{"take code", func() error {
			_, _ = s.TakeCode(ctx, store.PurposeResetPassword, "x", now)
			return nil
		}, "PRIMARY KEY (hash=?)"},
		{
			"void codes", func() error { return s.VoidCodes(ctx, 1, store.PurposeResetPassword) },
			"INDEX codes_user_id_purpose (user_id=? AND purpose=?)",
		},
		{"events by name", events(store.EventQuery{Name: "x"}), "INDEX events_name (name=?)"},
		{
			"events by subject", events(store.EventQuery{Subject: "x", Before: 9}),
			"INDEX events_subject (subject=? AND id<?)",
		},
		{"events by actor", events(store.EventQuery{ActorID: 1}), "INDEX events_actor_id (actor_id=?)"},
		{"trim", func() error { _, err := s.TrimEvents(ctx, now); return err }, "INDEX events_time (time<?)"},
		{
			"trim mails", func() error { _, err := s.TrimMails(ctx, now); return err },
			"INDEX outbox_state_id (state=?)",
		},
		{"nobody's mail", func() error {
			_, err := s.EnqueueMail(ctx, store.Mail{Purpose: store.PurposeResetPassword})
			return err
		}, "INDEX outbox_user_id (user_id=?)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := &queryLog{}
			s.db, s.writePool = s.readPool.WithQueryHook(log), s.writePool.WithQueryHook(log)
			if err := c.lookup(); err != nil {
				t.Fatal(err)
			}
			plan := planOf(t, s, lastStatement(log))
			if !strings.Contains(plan, c.want) {
				t.Errorf("the plan is\n%s\nwant %q in it", plan, c.want)
			}
			if strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("the plan sorts:\n%s", plan)
			}
		})
	}
}

// lastStatement is the last query that is neither BEGIN nor COMMIT nor ROLLBACK.
func lastStatement(log *queryLog) string {
	for _, query := range slices.Backward(log.queries) {
		if strings.Contains(query, " ") {
			return query
		}
	}
	return ""
}
