package caddymodule

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp" // the app that our handlers live in

	"github.com/gatewright/gatewright/store/sqlstore"
)

// validate provisions and validates a configuration as `caddy validate` does.
func validate(t *testing.T, app, handler string) error {
	t.Helper()
	var config caddy.Config
	text := fmt.Sprintf(`{
		"admin": {"disabled": true},
		"logging": {"logs": {"default": {"writer": {"output": "discard"}}}},
		"apps": {
			"gatewright": {"bcrypt_cost": 4, %s},
			"http": {"servers": {"site": {"listen": ["127.0.0.1:0"], "automatic_https": {"disable": true}, "routes": [{"handle": [
				{"handler": "gatewright_admin"},
				{"handler": "gatewright"%s}
			]}]}}}
		}
	}`, app, handler)
	if err := caddy.StrictUnmarshalJSON([]byte(text), &config); err != nil {
		return err
	}
	return caddy.Validate(&config)
}

// TestJSON tells what is wrong with a configuration that never was a Caddyfile.
func TestJSON(t *testing.T) {
	t.Setenv("EMPTY", "")
	t.Setenv("JWT_SECRET", strings.Repeat("s", 32))
	for _, tt := range []struct {
		name, app, handler string
		want               string // part of the error; empty where all is well
	}{
		{name: "nothing but a store"},
		{name: "a secret of the environment", app: `"jwt": {"secret": "{env.JWT_SECRET}"}`},
		{name: "a secret that is not there", app: `"jwt": {"secret": "{env.EMPTY}"}`, want: "jwt secret: "},
		{name: "a placeholder nobody knows", app: `"jwt": {"secret": "{http.request.host}"}`, want: "jwt secret: "},
		{name: "a short secret", app: `"jwt": {"secret": "short"}`, want: "at least 16 are needed"},
		{name: "no algorithm", app: `"jwt": {"algorithm": "none"}`, want: `algorithm "none": HS256 is the one there is`},
		{name: "another algorithm", app: `"jwt": {"algorithm": "RS256", "secret": "{env.JWT_SECRET}"}`, want: `"RS256"`},
		{name: "a lifetime below zero", app: `"jwt": {"expires_in": -1}`, want: "jwt expires_in: "},
		{name: "a lifetime without a unit", app: `"jwt": {"expires_in": 30}`, want: "shorter than a second"},
		{name: "a low cost", app: `"bcrypt_cost": 3`, want: "bcrypt_cost: a bcrypt cost of 3"},
		{name: "a high cost", app: `"bcrypt_cost": 31`, want: "bcrypt_cost: a bcrypt cost of 31"},
		{name: "a relative prefix", app: `"api_prefix": "api"`, want: `api_prefix "api" does not begin with a slash`},
		{name: "a prefix with two readings", app: `"api_prefix": "/a/../b"`, want: "invalid route"},
		{name: "the root as prefix", app: `"api_prefix": "/"`},
		{name: "a public address that is none", app: `"public_url": "api.example.com"`, want: `public_url "api.example.com" is no address`},
		{name: "a public address with a query", app: `"public_url": "https://api.example.com?a=b"`, want: "public_url"},
		{name: "a public address that runs scripts", app: `"public_url": "javascript://api.example.com"`, want: "public_url"},
		{name: "unknown routes", app: `"unknown_routes": "allow"`, want: `unknown_routes is "allow"`},
		{name: "unknown routes of a site", handler: `"unknown_routes": "allow"`, want: `unknown_routes is "allow"`},
		{name: "no origin", app: `"cors": {}`, want: "cors needs an origin"},
		{name: "an origin that is none", handler: `"cors": {"origins": ["https://a.example/"]}`, want: "is no origin"},
		{name: "a wild origin", handler: `"cors": {"origins": ["https://*.a.example"]}`, want: "name the origins"},
		{name: "all origins with credentials", handler: `"cors": {"origins": ["*"], "credentials": true}`, want: "name the origins"},
		{name: "a bad route", app: `"routes": [{"method": "GET", "path": "a", "action": "public"}]`, want: "must begin with a slash"},
		{name: "a route without an action", handler: `"routes": [{"method": "GET", "path": "/a"}]`, want: "invalid action"},
		{name: "a route without a method", handler: `"routes": [{"path": "/a", "action": "public"}]`, want: `method "" is unknown`},
		{
			name: "a route of app and site", app: `"routes": [{"method": "GET", "path": "/a", "action": "public"}]`,
			handler: `"routes": [{"method": "GET", "path": "/A/", "action": "authenticated"}]`, want: "matches the same requests",
		},
		{
			name: "a route over our own", handler: `"routes": [{"method": "POST", "path": "/api/auth/local", "action": "public"}]`,
			want: "matches the same requests",
		},
		{name: "a content type without a name", app: `"content_types": [{}]`, want: "content_type"},
		{name: "a content type without a singular", app: `"content_types": [{"plural": "people"}]`, want: "what is one of them called?"},
		{name: "an unknown field", app: `"shop": "open"`, want: "shop"},
		{name: "an unknown field of the handler", handler: `"shop": "open"`, want: "shop"},
		{name: "an unknown store", app: `"store": {"backend": "memory"}`, want: "memory"},
		{name: "a store without a path", app: `"store": {"backend": "sqlite"}`, want: "the sqlite store needs a path"},
		{name: "a path without its variable", app: `"store": {"backend": "sqlite", "path": "{env.EMPTY}/x"}`, want: "the path of the sqlite store"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := tt.app
			if !strings.Contains(app, `"store"`) {
				app = storeAt(filepath.Join(t.TempDir(), "gatewright.db")) + comma(app)
			}
			err := validate(t, app, comma(tt.handler))
			if tt.want == "" && err != nil {
				t.Fatalf("refused: %v", err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Fatalf("got %v, want something about %q", err, tt.want)
			}
		})
	}
}

func storeAt(path string) string {
	return fmt.Sprintf(`"store": {"backend": "sqlite", "path": %q}`, path)
}

func comma(text string) string {
	if text == "" {
		return ""
	}
	return ", " + text
}

// TestUnusableStore tells that a gateway does not start on a store that it cannot trust.
func TestUnusableStore(t *testing.T) {
	folder := t.TempDir()
	file := func(name, content string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct{ name, path, want string }{
		{"no database", file("text.db", strings.Repeat("no database at all\n", 50)), "it is no SQLite database: name another file"},
		{"a folder", folder, "this is not a file"},
		{"a file as folder", filepath.Join(file("file", ""), "gatewright.db"), "not a directory"},
		{"a damaged database", file("damaged.db", damaged(t)), "it is damaged: restore a backup"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := validate(t, storeAt(tt.path), "")
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.path) {
				t.Errorf("got %v, want the file and %q", err, tt.want)
			}
		})
	}
}

// damaged returns a database whose pages after the first one are overwritten.
func damaged(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "good.db")
	s, err := sqlstore.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range content[4096:] {
		content[4096+i] = 0x55
	}
	return string(content)
}

// TestAlgorithmWithStoredKeys tells that keys which are there already do not hide a mistake.
func TestAlgorithmWithStoredKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatewright.db")
	if err := validate(t, storeAt(path), ""); err != nil {
		t.Fatal(err)
	}
	if err := validate(t, storeAt(path)+`, "jwt": {"algorithm": "none"}`, ""); err == nil {
		t.Error("the algorithm none is taken")
	}
}
