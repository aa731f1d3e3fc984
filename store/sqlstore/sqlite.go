package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

const (
	// sqliteApplicationID is what the first migration writes into the header of the file.
	sqliteApplicationID = 1196913524

	// sqliteBusyTimeout is how long a call waits for another process to let go of the file.
	sqliteBusyTimeout = 5 * time.Second

	// sqliteReaders is how many reads run at once, but for lists and counts of users.
	sqliteReaders = 8

	// sqliteLists is how many lists and counts of users run at once.
	sqliteLists = 4
)

// OpenSQLite opens the SQLite database in the file at path and brings its schema up to date. It makes the file (mode
// 0600) and its folder (mode 0700) when they are not there; the modes of what is there stay. Several Stores, also of
// several processes, may have the file open at once. The folder must be on a local disk.
//
// It returns an error that names the file and what to do when the file cannot be read and written, is no SQLite
// database, belongs to another program or has a schema newer than this one's.
func OpenSQLite(ctx context.Context, path string) (*Store, error) {
	if path == "" {
		return nil, errors.New("opening SQLite database: no path given; name a file, such as /var/lib/gatewright/gatewright.db")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("opening SQLite database %s: %w", path, err)
	}
	s, err := openSQLite(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("opening SQLite database %s: %w", path, sqliteAdvice(err))
	}
	return s, nil
}

func openSQLite(ctx context.Context, path string) (*Store, error) {
	if err := createSQLiteFile(path); err != nil {
		return nil, err
	}
	if err := refuseForeignSQLite(ctx, path); err != nil {
		return nil, err
	}
	s, err := openSQLitePools(path)
	if err != nil {
		return nil, err
	}
	if err := connectSQLite(ctx, s.writePool.DB); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := migrate(ctx, s.writePool, goose.DialectSQLite3, "migrations/sqlite", s.now()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// createSQLiteFile makes an empty file, which SQLite takes for an empty database, unless there is a file. SQLite itself
// would make it readable to all; the files it makes beside it get the mode of this one.
func createSQLiteFile(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return errors.New("this is not a file; name a file")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("creating its folder: %w", err)
	}
	// Never opened when it exists: closing it would take away the locks that this process has on it.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- the operator names the file
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("creating the file: %w", err)
	}
	return file.Close()
}

// refuseForeignSQLite looks at the database without changing it, not even its journal mode.
func refuseForeignSQLite(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", sqliteDSN(path, url.Values{"_pragma": {"query_only(1)"}}))
	if err != nil {
		return err
	}
	var id, tables int64
	err = db.QueryRowContext(ctx, `
		SELECT a.application_id, (
			SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' AND tbl_name <> ?
		) FROM pragma_application_id AS a`, versionTable).Scan(&id, &tables)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if id != sqliteApplicationID && (id != 0 || tables > 0) {
		return errors.New("this is the database of another program; name another file")
	}
	return nil
}

func openSQLitePools(path string) (*Store, error) {
	writePool, err := openSQLitePool(path, 1, url.Values{"_txlock": {"immediate"}})
	if err != nil {
		return nil, err
	}
	readPool, err := openSQLitePool(path, sqliteReaders, url.Values{"_pragma": {"query_only(1)"}})
	if err != nil {
		return nil, errors.Join(err, writePool.Close())
	}
	listPool, err := openSQLitePool(path, sqliteLists, url.Values{"_pragma": {"query_only(1)"}})
	if err != nil {
		return nil, errors.Join(err, readPool.Close(), writePool.Close())
	}
	bunDB := func(pool *sql.DB) *bun.DB { return bun.NewDB(pool, sqlitedialect.New()) }
	return newStore(sqliteDialect{}, bunDB(readPool), bunDB(listPool), bunDB(writePool)), nil
}

func openSQLitePool(path string, size int, params url.Values) (*sql.DB, error) {
	params["_pragma"] = append(params["_pragma"], "foreign_keys(1)", "journal_mode(WAL)", "synchronous(FULL)")
	params.Set("_defensive", "true")
	db, err := sql.Open("sqlite", sqliteDSN(path, params))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// connectSQLite opens the first connection, which makes a new file one with a write-ahead log. Of two that do so at once
// one may be told that the file is busy without having waited for it, so this waits in the place of SQLite.
func connectSQLite(ctx context.Context, db *sql.DB) error {
	deadline := time.Now().Add(sqliteBusyTimeout)
	for {
		err := db.PingContext(ctx)
		failure, ok := errors.AsType[*sqlite.Error](err)
		if !ok || failure.Code()&0xff != sqlitelib.SQLITE_BUSY || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// sqliteDSN names the file and the driver's parameters, which it applies to every connection it opens.
func sqliteDSN(path string, params url.Values) string {
	params.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", sqliteBusyTimeout.Milliseconds()))
	params.Set("_dqs", "false") // "x" is a name, never a string
	params.Set("_error_rc", "true")
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") { // a Windows drive
		slashed = "/" + slashed
	}
	return (&url.URL{Scheme: "file", Path: slashed, RawQuery: params.Encode()}).String()
}

// sqliteAdvice adds to the error of a failed opening what to do about it.
func sqliteAdvice(err error) error {
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		if errors.Is(err, os.ErrPermission) {
			return fmt.Errorf("%w; let this process read and write the file and its folder", err)
		}
		return err
	}
	switch failure.Code() & 0xff { // without the extension
	case sqlitelib.SQLITE_CANTOPEN, sqlitelib.SQLITE_PERM, sqlitelib.SQLITE_READONLY, sqlitelib.SQLITE_AUTH:
		return fmt.Errorf("%w; let this process read and write the file and its folder", err)
	case sqlitelib.SQLITE_NOTADB:
		return fmt.Errorf("%w; it is no SQLite database: name another file or move this one away", err)
	case sqlitelib.SQLITE_CORRUPT:
		return fmt.Errorf("%w; it is damaged: restore a backup", err)
	case sqlitelib.SQLITE_BUSY, sqlitelib.SQLITE_LOCKED:
		return fmt.Errorf("%w; another process keeps it locked: stop that one", err)
	case sqlitelib.SQLITE_FULL:
		return fmt.Errorf("%w; make room on its disk", err)
	default:
		return err
	}
}
