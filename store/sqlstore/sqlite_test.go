package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"github.com/gatewright/gatewright/store"
)

func TestOpenSQLiteModes(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", `odd ?#%20&'name`)
	s := openSQLiteAt(t, filepath.Join(folder, "gatewright.db"))
	createUser(t, s, "alice")
	got := map[string]os.FileMode{}
	for _, path := range []string{folder, filepath.Dir(folder)} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		got[filepath.Base(path)] = info.Mode().Perm()
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		got[entry.Name()] = info.Mode().Perm()
	}
	want := map[string]os.FileMode{
		"new": 0o700, `odd ?#%20&'name`: 0o700,
		"gatewright.db": 0o600, "gatewright.db-wal": 0o600, "gatewright.db-shm": 0o600,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected modes (-want +got):\n%s", diff)
	}
}

func TestOpenSQLiteRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	openSQLiteAt(t, "here.db")
	if _, err := os.Stat("here.db"); err != nil {
		t.Error(err)
	}
}

func TestReopenKeepsData(t *testing.T) {
	path := newPath(t)
	s := openSQLiteAt(t, path)
	alice := createUser(t, s, "alice")
	if err := s.ChangeGrants(t.Context(), 1, nil, []string{"plugin::users-permissions.user.me"}); err != nil {
		t.Fatal(err)
	}
	want := stateOf(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	again := openSQLiteAt(t, path)
	if diff := cmp.Diff(want, stateOf(t, again)); diff != "" {
		t.Errorf("reopening changed what is stored (-before +after):\n%s", diff)
	}
	got, err := again.User(t.Context(), alice.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(alice, got); diff != "" {
		t.Errorf("reopening changed the user (-before +after):\n%s", diff)
	}
}

type state struct {
	Roles  []store.Role
	Grants []store.Grant
	Last   int64
}

func stateOf(t *testing.T, s store.Store) state {
	t.Helper()
	roles, errRoles := s.Roles(t.Context())
	grants, errGrants := s.Grants(t.Context())
	last, errLast := s.LastChange(t.Context())
	if err := errors.Join(errRoles, errGrants, errLast); err != nil {
		t.Fatal(err)
	}
	return state{roles, grants, last}
}

func TestTwoStoresShareOneFile(t *testing.T) {
	path := newPath(t)
	a, b := openSQLiteAt(t, path), openSQLiteAt(t, path)
	for i, s := range []*Store{a, b, a} {
		other := []*Store{b, a, b}[i]
		last, err := other.LastChange(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		created := createUser(t, s, string(rune('a'+i)))
		read, err := other.User(t.Context(), created.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(created, read); diff != "" {
			t.Errorf("the other store reads another user (-written +read):\n%s", diff)
		}
		changes, complete, err := other.ChangesSince(t.Context(), last)
		if err != nil || !complete || len(changes) != 1 || changes[0].Kind != store.ChangeUser {
			t.Errorf("got changes %v, %v, %v, want one of a user", changes, complete, err)
		}
	}
}

func TestTwoStoresWriteAtOnce(t *testing.T) {
	path := newPath(t)
	const each = 20
	var wg sync.WaitGroup
	errs := make([]error, 2)
	shared := createUser(t, openSQLiteAt(t, path), "shared")
	for i := range errs {
		s := openSQLiteAt(t, path)
		wg.Go(func() {
			for range each {
				_, err := s.UpdateUser(t.Context(), shared.ID, func(u store.User) (store.User, error) {
					u.ValidFrom++
					return u, nil
				})
				errs[i] = errors.Join(errs[i], err)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	got, err := openSQLiteAt(t, path).User(t.Context(), shared.ID)
	if err != nil || got.ValidFrom != 2*each {
		t.Errorf("got %d, %v, want %d updates", got.ValidFrom, err, 2*each)
	}
}

func TestOpenSQLiteAtOnce(t *testing.T) {
	path := newPath(t)
	const openers = 6
	stores, errs := make([]*Store, openers), make([]error, openers)
	var wg sync.WaitGroup
	for i := range openers {
		wg.Go(func() { stores[i], errs[i] = OpenSQLite(t.Context(), path) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for _, s := range stores {
		got := stateOf(t, s)
		if len(got.Roles) != 2 || len(got.Grants) != 13 {
			t.Errorf("got %d roles and %d grants, want them seeded once", len(got.Roles), len(got.Grants))
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenSQLiteRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, path string)
		want    string
	}{
		{"a folder", makeFolder, "name a file"},
		{"a file that is no database", writeGarbage, "it is no SQLite database: name another file"},
		{"the database of another program", makeForeign, "another program"},
		{"a newer schema", makeNewer, "its schema has version 999 and this binary knows up to 3; use the newer binary"},
		{"a file in the place of a folder", blockFolder, "creating its folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "folder", "gatewright.db")
			c.prepare(t, path)
			before, _ := os.ReadFile(path)
			s, err := OpenSQLite(t.Context(), path)
			if err == nil {
				t.Fatal(s.Close(), "opened it")
			}
			if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %q, want it to name the file and to say %q", err, c.want)
			}
			if after, _ := os.ReadFile(path); !cmp.Equal(before, after) {
				t.Error("the refused file was changed")
			}
		})
	}
	if _, err := OpenSQLite(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "no path given") {
		t.Errorf("got error %v, want one about the missing path", err)
	}
}

func TestMissingPermissionIsExplained(t *testing.T) {
	err := sqliteAdvice(&os.PathError{Op: "open", Path: "gatewright.db", Err: os.ErrPermission})
	if !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "let this process read and write the file") {
		t.Errorf("got error %q, want it to say what to do", err)
	}
}

func makeFolder(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

func writeGarbage(t *testing.T, path string) {
	t.Helper()
	makeFolder(t, filepath.Dir(path))
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func blockFolder(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(filepath.Dir(path), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func makeForeign(t *testing.T, path string) {
	t.Helper()
	makeFolder(t, filepath.Dir(path))
	execSQLite(t, path, `CREATE TABLE users (id INTEGER)`)
}

func makeNewer(t *testing.T, path string) {
	t.Helper()
	s, err := OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	execSQLite(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`)
}

func execSQLite(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), statement)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestPragmasOnEveryConnection(t *testing.T) {
	s := openSQLiteAt(t, newPath(t))
	for _, pool := range []struct {
		name      string
		db        *bun.DB
		size      int
		queryOnly string
	}{
		{"readers", s.readPool, sqliteReaders, "1"},
		{"lists", s.listPool, sqliteLists, "1"},
		{"writer", s.writePool, 1, "0"},
	} {
		want := map[string]string{
			"busy_timeout": "5000", "foreign_keys": "1", "journal_mode": "wal", "synchronous": "2",
			"query_only": pool.queryOnly,
		}
		for range pool.size {
			conn, err := pool.db.DB.Conn(t.Context()) // held, so that the next one is another
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if diff := cmp.Diff(want, pragmas(t, conn, want)); diff != "" {
				t.Errorf("unexpected pragmas of the %s (-want +got):\n%s", pool.name, diff)
			}
		}
	}
}

// However long lists take, what every request needs does not wait behind them.
func TestListsHaveConnectionsOfTheirOwn(t *testing.T) {
	s := openSQLiteAt(t, newPath(t))
	u := createUser(t, s, "alice")
	for range sqliteLists {
		conn, err := s.listPool.DB.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	for name, read := range map[string]func(context.Context) error{
		"User":         func(ctx context.Context) error { _, err := s.User(ctx, u.ID); return err },
		"Roles":        func(ctx context.Context) error { _, err := s.Roles(ctx); return err },
		"Grants":       func(ctx context.Context) error { _, err := s.Grants(ctx); return err },
		"ChangesSince": func(ctx context.Context) error { _, _, err := s.ChangesSince(ctx, 0); return err },
		"PutSetting":   func(ctx context.Context) error { return s.PutSetting(ctx, "x", []byte(`1`)) },
		"Setting":      func(ctx context.Context) error { _, err := s.Setting(ctx, "x"); return err },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		for range sqliteReaders + 1 {
			if err := read(ctx); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for name, list := range map[string]func(context.Context) error{
		"FindUsers":  func(ctx context.Context) error { _, err := s.FindUsers(ctx, store.Query{}); return err },
		"CountUsers": func(ctx context.Context) error { _, err := s.CountUsers(ctx, nil); return err },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := list(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s uses another connection: error = %v", name, err)
		}
	}
}

func pragmas(t *testing.T, conn *sql.Conn, names map[string]string) map[string]string {
	t.Helper()
	got := map[string]string{}
	for name := range names {
		var value string
		if err := conn.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&value); err != nil {
			t.Fatal(err)
		}
		got[name] = value
	}
	return got
}

func TestOpenSQLiteEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := OpenSQLite(ctx, newPath(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want that of the context", err)
	}
}
