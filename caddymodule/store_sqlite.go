package caddymodule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/gatewright/gatewright/store"
	"github.com/gatewright/gatewright/store/sqlstore"
)

func init() { caddy.RegisterModule(SQLite{}) }

// SQLite keeps everything in one file on this machine.
type SQLite struct {
	// Path is the file; it is made, with its folder and for its owner alone, when it is not there. Placeholders such as
	// {env.DATA} are replaced. A relative path begins at the folder Caddy was started in. Required.
	Path string `json:"path,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (SQLite) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "gatewright.stores.sqlite", New: func() caddy.Module { return new(SQLite) }}
}

// defaultStore is the configuration of a store that nobody configured.
func defaultStore() json.RawMessage {
	s := SQLite{Path: filepath.Join(caddy.AppDataDir(), "gatewright", "gatewright.db")}
	return caddyconfig.JSONModuleObject(s, "backend", "sqlite", nil)
}

// Provision makes the path absolute.
func (s *SQLite) Provision(caddy.Context) error {
	if s.Path == "" {
		return errors.New("the sqlite store needs a path: store sqlite /var/lib/gatewright/gatewright.db")
	}
	path, err := caddy.NewReplacer().ReplaceOrErr(s.Path, true, true)
	if err != nil {
		return fmt.Errorf("the path of the sqlite store: %w", err)
	}
	if s.Path, err = filepath.Abs(path); err != nil {
		return fmt.Errorf("the path of the sqlite store: %w", err)
	}
	return nil
}

// Key is the file.
func (s *SQLite) Key() string { return "sqlite " + s.Path }

// Exists tells whether the file is there.
func (s *SQLite) Exists() bool {
	_, err := os.Stat(s.Path)
	return err == nil
}

// Open opens the file.
func (s *SQLite) Open(ctx context.Context) (store.Store, error) {
	return sqlstore.OpenSQLite(ctx, s.Path)
}

// UnmarshalCaddyfile reads the store. Syntax:
//
//	store sqlite <path>
func (s *SQLite) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the name of the backend
	if !d.AllArgs(&s.Path) {
		return d.Err("store sqlite takes one argument, the path of the file")
	}
	if d.NextBlock(d.Nesting()) {
		return d.Errf("store sqlite has no option %q", d.Val())
	}
	return nil
}

// Interface guards.
var (
	_ StoreBackend          = (*SQLite)(nil)
	_ caddy.Provisioner     = (*SQLite)(nil)
	_ caddyfile.Unmarshaler = (*SQLite)(nil)
)
