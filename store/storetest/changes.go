package storetest

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"testing"

	"github.com/gatewright/gatewright/store"
)

var changeContracts = []contract{
	{"a new store has no changes", changesEmpty},
	{"every write appends what it changed", changesAppended},
	{"a write that fails appends nothing", changesOfFailure},
	{"since returns the later ones in order", changesSince},
	{"since is incomplete for a number not reached", changesUnreached},
	{"listeners hear before the write returns", changesHeard},
	{"listeners can read what was written", changesReadable},
	{"listeners are called in order until cancelled", changesCancelled},
	{"listeners do not hear of what was rolled back", changesRolledBack},
	{"listeners hear once of a transaction", changesOfTx},
}

// subjects are the subjects of changes by kind.
func subjects(changes []store.Change) map[store.ChangeKind][]string {
	byKind := map[store.ChangeKind][]string{}
	for _, c := range changes {
		byKind[c.Kind] = append(byKind[c.Kind], c.Subject)
	}
	return byKind
}

func lastChange(t *testing.T, s store.ChangeLog) int64 {
	t.Helper()
	seq, err := s.LastChange(t.Context())
	noError(t, err)
	return seq
}

func since(t *testing.T, s store.ChangeLog, seq int64) []store.Change {
	t.Helper()
	changes, complete, err := s.ChangesSince(t.Context(), seq)
	noError(t, err)
	if !complete {
		t.Errorf("changes since %d are not complete", seq)
	}
	return changes
}

func changesEmpty(t *testing.T, s store.Store) {
	equal(t, lastChange(t, s), int64(0))
	equal(t, since(t, s, 0), []store.Change{})
}

func changesAppended(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	editor := createRole(t, s, "editor")
	user, role := strconv.FormatInt(alice.ID, 10), strconv.FormatInt(editor.ID, 10)
	writes := []struct {
		name  string
		write func(context.Context) error
		want  store.Change
	}{
		{"UpdateUser", func(ctx context.Context) error {
			_, err := s.UpdateUser(ctx, alice.ID, func(u store.User) (store.User, error) { return u, nil })
			return err
		}, store.Change{Kind: store.ChangeUser, Subject: user}},
		{"DeleteUser", func(ctx context.Context) error {
			_, err := s.DeleteUser(ctx, alice.ID)
			return err
		}, store.Change{Kind: store.ChangeUser, Subject: user}},
		{"UpdateRole", func(ctx context.Context) error {
			_, err := s.UpdateRole(ctx, editor.ID, func(r store.Role) (store.Role, error) { return r, nil })
			return err
		}, store.Change{Kind: store.ChangePolicy, Subject: role}},
		{"SetGrants", func(ctx context.Context) error {
			return s.SetGrants(ctx, editor.ID, []string{"a"})
		}, store.Change{Kind: store.ChangePolicy, Subject: role}},
		{"ChangeGrants", func(ctx context.Context) error {
			return s.ChangeGrants(ctx, editor.ID, []string{"b"}, []string{"a"})
		}, store.Change{Kind: store.ChangePolicy, Subject: role}},
		{"DeleteRole", func(ctx context.Context) error {
			_, err := s.DeleteRole(ctx, editor.ID, 1)
			return err
		}, store.Change{Kind: store.ChangePolicy, Subject: role}},
		{"PutSetting", func(ctx context.Context) error {
			return s.PutSetting(ctx, "advanced", json.RawMessage(`{}`))
		}, store.Change{Kind: store.ChangeSetting, Subject: "advanced"}},
	}
	equal(t, subjects(since(t, s, 0)), map[store.ChangeKind][]string{
		store.ChangeUser: {user}, store.ChangePolicy: {role},
	})
	for _, w := range writes {
		t.Run(w.name, func(t *testing.T) {
			last := lastChange(t, s)
			noError(t, w.write(t.Context()))
			w.want.Seq = lastChange(t, s)
			equal(t, since(t, s, last), []store.Change{w.want})
		})
	}
}

func changesOfFailure(t *testing.T, s store.Store) {
	createUser(t, s, account("alice"))
	last := lastChange(t, s)
	heard := listen(t, s)
	_, err := s.CreateUser(t.Context(), account("alice"))
	wantError(t, err, store.ErrConflict)
	_, err = s.DeleteUser(t.Context(), missingID)
	wantError(t, err, store.ErrNotFound)
	wantError(t, s.SetGrants(t.Context(), missingID, nil), store.ErrNotFound)
	equal(t, lastChange(t, s), last)
	equal(t, *heard, [][]store.Change{})
}

func changesSince(t *testing.T, s store.Store) {
	for _, name := range []string{"a", "b", "c"} {
		createUser(t, s, account(name))
	}
	all := since(t, s, 0)
	equal(t, len(all), 3)
	if !slices.IsSortedFunc(all, func(a, b store.Change) int { return int(a.Seq - b.Seq) }) {
		t.Errorf("got %v, want the oldest first", all)
	}
	for i, c := range all {
		equal(t, since(t, s, c.Seq), all[i+1:])
	}
	equal(t, lastChange(t, s), all[2].Seq)
}

func changesUnreached(t *testing.T, s store.Store) {
	for range 2 { // once in a store nobody wrote to, and once in another
		for _, seq := range []int64{lastChange(t, s) + 1, missingID, -1} {
			_, complete, err := s.ChangesSince(t.Context(), seq)
			noError(t, err)
			if complete {
				t.Errorf("changes since %d are complete, though the store was never there", seq)
			}
		}
		noError(t, s.PutSetting(t.Context(), "advanced", json.RawMessage(`{}`)))
	}
}

// listen returns what a listener hears, call by call. The calls must not run beside the test.
func listen(t *testing.T, s store.ChangeLog) *[][]store.Change {
	t.Helper()
	var heard [][]store.Change
	t.Cleanup(s.OnChange(func(changes []store.Change) { heard = append(heard, slices.Clone(changes)) }))
	return &heard
}

func changesHeard(t *testing.T, s store.Store) {
	heard := listen(t, s)
	createUser(t, s, account("alice"))
	equal(t, len(*heard), 1)
	noError(t, s.PutSetting(t.Context(), "advanced", json.RawMessage(`{}`)))
	equal(t, len(*heard), 2)
	equal(t, slices.Concat(*heard...), since(t, s, 0))
}

func changesReadable(t *testing.T, s store.Store) {
	var read json.RawMessage
	var err error
	t.Cleanup(s.OnChange(func([]store.Change) { read, err = s.Setting(t.Context(), "advanced") }))
	noError(t, s.PutSetting(t.Context(), "advanced", json.RawMessage(`{"a":1}`)))
	noError(t, err)
	equal(t, string(read), `{"a":1}`)
}

func changesCancelled(t *testing.T, s store.Store) {
	var order []string
	cancelA := s.OnChange(func([]store.Change) { order = append(order, "a") })
	cancelB := s.OnChange(func([]store.Change) { order = append(order, "b") })
	defer cancelB()
	createUser(t, s, account("alice"))
	equal(t, order, []string{"a", "b"})
	cancelA()
	cancelA() // ends nobody else's
	createUser(t, s, account("bob"))
	equal(t, order, []string{"a", "b", "b"})
}

func changesRolledBack(t *testing.T, s store.Store) {
	heard := listen(t, s)
	wantError(t, s.Tx(t.Context(), func(tx store.Store) error {
		_, err := tx.CreateUser(t.Context(), account("alice"))
		noError(t, err)
		return errTest
	}), errTest)
	equal(t, *heard, [][]store.Change{})
	equal(t, lastChange(t, s), int64(0))
}

func changesOfTx(t *testing.T, s store.Store) {
	heard := listen(t, s)
	noError(t, s.Tx(t.Context(), func(tx store.Store) error {
		createUser(t, tx, account("alice"))
		createUser(t, tx, account("bob"))
		equal(t, *heard, [][]store.Change{})
		return tx.PutSetting(t.Context(), "advanced", json.RawMessage(`{}`))
	}))
	equal(t, *heard, [][]store.Change{since(t, s, 0)})
	equal(t, len((*heard)[0]), 3)

	noError(t, s.Tx(t.Context(), func(tx store.Store) error {
		_, err := tx.Roles(t.Context())
		return err
	}))
	equal(t, len(*heard), 1)
}
