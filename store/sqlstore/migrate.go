package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"

	"github.com/gatewright/gatewright/store"
)

// Migrations only go forward. A published one is never edited: what is to change goes into the next number. Number 2,
// the seeding, is code.
//
//go:embed migrations
var migrations embed.FS

const (
	// seedVersion is the migration that writes store.Seeds, in the schema of migration 1.
	seedVersion = 2

	// versionTable is where goose notes which migrations were made.
	versionTable = goose.DefaultTablename
)

// migrate makes the migrations in folder that db lacks. It refuses a database with migrations this binary does not know.
func migrate(ctx context.Context, db *bun.DB, database goose.Dialect, folder string, now time.Time) error {
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	seeding := &goose.GoFunc{
		RunTx: func(ctx context.Context, tx *sql.Tx) error { return seed(ctx, db, tx, now) },
	}
	provider, err := goose.NewProvider(database, db.DB, files,
		goose.WithTableName(versionTable),
		goose.WithGoMigrations(goose.NewGoMigration(seedVersion, seeding, nil)),
		goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()),
	)
	if err != nil {
		return fmt.Errorf("reading migrations: %w", err)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("reading the schema's version: %w", err)
	}
	if current > target {
		return fmt.Errorf("its schema has version %d and this binary knows up to %d; use the newer binary that wrote it",
			current, target)
	}
	// Each migration is a transaction. One that another process makes at the same time fails here on what is there
	// already, at most once for each, and is not tried again.
	for race := current; current < target; race++ {
		if _, err = provider.Up(ctx); err == nil || race == target || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("migrating the schema from version %d to %d: %w", current, target, err)
	}
	return nil
}

// seed writes what a new store holds. It uses no models: they follow the newest schema, not that of migration 1.
func seed(ctx context.Context, db *bun.DB, tx *sql.Tx, now time.Time) error {
	ms := now.UnixMilli()
	for _, s := range store.Seeds() {
		var role int64
		err := db.NewRaw(`
			INSERT INTO roles (document_id, name, description, type, created_at, updated_at, published_at)
			VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			newDocumentID(), s.Role.Name, s.Role.Description, s.Role.Type, ms, ms, ms).Conn(tx).Scan(ctx, &role)
		if err != nil {
			return fmt.Errorf("seeding role %q: %w", s.Role.Type, err)
		}
		for _, action := range s.Actions {
			_, err := db.NewRaw(`INSERT INTO grants (role_id, action) VALUES (?, ?)`, role, action).Conn(tx).Exec(ctx)
			if err != nil {
				return fmt.Errorf("seeding grants of role %q: %w", s.Role.Type, err)
			}
		}
	}
	return nil
}
