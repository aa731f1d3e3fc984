// Command server runs a gateway as a black box for the conformance scenarios: on an empty store, in front of content
// doubles of its own, with an administrator already there. tests/conformance/README.md lists the environment variables it
// obeys. It ends on SIGTERM and SIGINT.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/gatewright/gatewright"
	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store/sqlstore"
)

// The administrator that target.json names.
const (
	adminEmail    = "root@example.test"
	adminPassword = "Root-admin-1"
)

// testCost makes hashes cheap: the scenarios make hundreds of accounts.
const testCost = 4

func main() {
	if err := run(); err != nil {
		slog.Error("conformance target", "error", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	s, err := readSettings()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "gatewright-conformance-")
	if err != nil {
		return fmt.Errorf("making a folder for the store: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	s.database = filepath.Join(folder, "gatewright.db")
	s.adminSocket = filepath.Join(folder, "admin.sock")
	if err := addAdministrator(ctx, s.database); err != nil {
		return err
	}
	if s.upstream == "" {
		doubles, err := startDoubles(ctx)
		if err != nil {
			return err
		}
		s.upstream = doubles
	}
	config, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(s.caddyfile()), nil)
	if err != nil {
		return fmt.Errorf("adapting the Caddyfile: %w", err)
	}
	for _, w := range warnings {
		slog.Warn("caddyfile", "message", w.Message, "line", w.Line)
	}
	if err := caddy.Load(config, true); err != nil {
		return fmt.Errorf("starting the gateway: %w", err)
	}
	<-ctx.Done()
	return caddy.Stop()
}

// addAdministrator makes the first administrator, as `caddy gatewright admin add` would.
func addAdministrator(ctx context.Context, database string) error {
	db, err := sqlstore.OpenSQLite(ctx, database)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	passwords, err := accounts.NewPasswords(testCost)
	if err != nil {
		return err
	}
	keys, err := sessions.NewKeySet(sessions.Key{ID: "unused", Algorithm: sessions.HS256, Secret: "signs nothing at all"})
	if err != nil {
		return err
	}
	tokens, err := sessions.NewTokens(keys, 0, nil)
	if err != nil {
		return err
	}
	service, err := accounts.New(accounts.Config{Store: db, Tokens: tokens, Passwords: passwords})
	if err != nil {
		return err
	}
	_, err = service.AddAdmin(ctx, adminEmail, adminPassword)
	return err
}
