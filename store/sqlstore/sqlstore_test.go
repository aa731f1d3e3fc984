package sqlstore

import (
	"path/filepath"
	"testing"

	"github.com/gatewright/gatewright/store"
	"github.com/gatewright/gatewright/store/storetest"
)

func TestSQLiteContract(t *testing.T) {
	storetest.Run(t, openNewSQLite)
}

func TestSQLiteConcurrency(t *testing.T) {
	storetest.RunConcurrency(t, openNewSQLite)
}

// openNewSQLite returns a store in a new file.
func openNewSQLite(t *testing.T) store.Store {
	t.Helper()
	return openSQLiteAt(t, newPath(t))
}

func newPath(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "gatewright.db")
}

func openSQLiteAt(t testing.TB, path string) *Store {
	t.Helper()
	s, err := OpenSQLite(t.Context(), path)
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

func createUser(t testing.TB, s store.Users, username string) store.User {
	t.Helper()
	u, err := s.CreateUser(t.Context(), store.User{
		Username: username, Email: username + "@example.com", Provider: "local", RoleID: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}
