package storetest

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/gatewright/gatewright/store"
)

var txContracts = []contract{
	{"commits when fn returns nil", txCommit},
	{"rolls everything back when fn fails", txRollback},
	{"rolls back when fn panics", txPanic},
	{"returns the error of fn unchanged", txError},
	{"reads its own writes", txReads},
	{"is not seen before it commits", txIsolated},
	{"refuses Tx and Close inside", txRefuses},
	{"cannot be used after its end", txEnded},
	{"a closed store fails", storeClosed},
}

func txCommit(t *testing.T, s store.Store) {
	var alice store.User
	noError(t, s.Tx(t.Context(), func(tx store.Store) error {
		role, err := tx.CreateRole(t.Context(), store.Role{Name: "Editor", Type: "editor"})
		if err != nil {
			return err
		}
		a := account("alice")
		a.RoleID = role.ID
		alice, err = tx.CreateUser(t.Context(), a)
		return errors.Join(err, tx.SetGrants(t.Context(), role.ID, []string{"x"}))
	}))
	read, err := s.User(t.Context(), alice.ID)
	noError(t, err)
	equal(t, read, alice)
	wantGrants(t, s, alice.RoleID, "x")
}

// writeEverything makes a change to every entity, each of which the caller then rolls back.
func writeEverything(t *testing.T, tx store.Store) error {
	t.Helper()
	alice := createUser(t, tx, account("alice"))
	createRole(t, tx, "editor")
	noError(t, tx.SetGrants(t.Context(), 1, nil))
	noError(t, tx.PutSetting(t.Context(), "advanced", json.RawMessage(`{}`)))
	createAdmin(t, tx, operator)
	createCode(t, tx, resetCode(alice.ID, "a"))
	enqueue(t, tx, queued(alice.ID, "1@example.com"))
	appendEvent(t, tx, login)
	return errTest
}

func wantNothingWritten(t *testing.T, s store.Store) {
	t.Helper()
	usersEmpty(t, s)
	rolesSeeded(t, s)
	grantsSeeded(t, s)
	settingMissing(t, s)
	adminsEmpty(t, s)
	wantNoCode(t, s, resetCode(0, "a"))
	outboxEmpty(t, s)
	auditEmpty(t, s)
	changesEmpty(t, s)
}

func txRollback(t *testing.T, s store.Store) {
	wantError(t, s.Tx(t.Context(), func(tx store.Store) error { return writeEverything(t, tx) }), errTest)
	wantNothingWritten(t, s)
	createUser(t, s, account("alice"))
}

func txPanic(t *testing.T, s store.Store) {
	func() {
		defer func() { equal(t, recover(), any("by the test")) }()
		_ = s.Tx(t.Context(), func(tx store.Store) error {
			_ = writeEverything(t, tx)
			panic("by the test")
		})
	}()
	wantNothingWritten(t, s)
	createUser(t, s, account("alice"))
}

func txError(t *testing.T, s store.Store) {
	err := s.Tx(t.Context(), func(store.Store) error { return errTest })
	if err != errTest { //nolint:errorlint // the contract is: unchanged, not wrapped
		t.Errorf("got error %v, want that of fn itself", err)
	}
}

func txReads(t *testing.T, s store.Store) {
	noError(t, s.Tx(t.Context(), func(tx store.Store) error {
		alice := createUser(t, tx, account("alice"))
		read, err := tx.User(t.Context(), alice.ID)
		noError(t, err)
		equal(t, read, alice)
		found, err := tx.FindUsers(t.Context(), store.Query{Filter: compare("username", store.Eq, "alice")})
		noError(t, err)
		equal(t, found, []store.User{alice})
		count, err := tx.CountUsers(t.Context(), nil)
		noError(t, err)
		equal(t, count, int64(1))

		noError(t, tx.SetGrants(t.Context(), 1, []string{"x"}))
		wantGrants(t, tx, 1, "x")
		noError(t, tx.PutSetting(t.Context(), "advanced", json.RawMessage(`{}`)))
		_, err = tx.Setting(t.Context(), "advanced")
		noError(t, err)

		createCode(t, tx, resetCode(alice.ID, "a"))
		wantCode(t, tx, resetCode(alice.ID, "a"))
		noError(t, tx.FinishMail(t.Context(), resetCode(alice.ID, "a").MailID))
		m := enqueue(t, tx, queued(alice.ID, "1@example.com"))
		wantMails(t, tx, store.MailQueued, m)
		wantLeased(t, tx, codeNow, m.ID)
		appendEvent(t, tx, login)
		equal(t, len(events(t, tx, store.EventQuery{})), 1)
		return nil
	}))
}

func txIsolated(t *testing.T, s store.Store) {
	noError(t, s.Tx(t.Context(), func(tx store.Store) error {
		createUser(t, tx, account("alice"))
		usersEmpty(t, s)
		equal(t, lastChange(t, s), int64(0))
		return nil
	}))
}

func txRefuses(t *testing.T, s store.Store) {
	noError(t, s.Tx(t.Context(), func(tx store.Store) error {
		if err := tx.Tx(t.Context(), func(store.Store) error { return nil }); err == nil {
			t.Error("Tx inside Tx succeeded")
		}
		if err := tx.Close(); err == nil {
			t.Error("Close inside Tx succeeded")
		}
		createUser(t, tx, account("alice"))
		return nil
	}))
	count, err := s.CountUsers(t.Context(), nil)
	noError(t, err)
	equal(t, count, int64(1))
}

func txEnded(t *testing.T, s store.Store) {
	var ended store.Store
	noError(t, s.Tx(t.Context(), func(tx store.Store) error {
		ended = tx
		return nil
	}))
	if _, err := ended.CreateUser(t.Context(), account("alice")); err == nil {
		t.Error("a transaction that had ended wrote")
	}
	usersEmpty(t, s)
}

func storeClosed(t *testing.T, s store.Store) {
	noError(t, s.Close())
	if _, err := s.User(t.Context(), 1); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("reading from a closed store: got error %v, want another", err)
	}
	if _, err := s.CreateUser(t.Context(), account("alice")); err == nil {
		t.Error("writing to a closed store succeeded")
	}
	if err := s.Tx(t.Context(), func(store.Store) error { return nil }); err == nil {
		t.Error("beginning a transaction in a closed store succeeded")
	}
}
