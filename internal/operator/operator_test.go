package operator_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/internal/operator"
	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store/sqlstore"
)

const password = "Passw0rd of somebody"

// site is an Operator of a new SQLite store whose changes of policy count at once, and a route to an upstream.
type site struct {
	*operator.Operator
	store  *sqlstore.Store
	tokens *sessions.Tokens
}

func newSite(t *testing.T) *site {
	t.Helper()
	backend, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "gatewright.db"))
	noError(t, err)
	t.Cleanup(func() { noError(t, backend.Close()) })
	keys, err := sessions.NewKeySet(sessions.Key{ID: "k1", Algorithm: sessions.HS256, Secret: "a secret of more than sixteen bytes"})
	noError(t, err)
	tokens, err := sessions.NewTokens(keys, 0, nil)
	noError(t, err)
	passwords, err := accounts.NewPasswords(4)
	noError(t, err)
	service, err := accounts.New(accounts.Config{Store: backend, Tokens: tokens, Passwords: passwords})
	noError(t, err)
	engine, err := policy.NewEngine(t.Context(), backend)
	noError(t, err)
	routes := []policy.Route{
		{Method: "GET", Pattern: "/api/articles", Action: "api::article.article.find", Source: "Caddyfile:7"},
		{Method: "GET", Pattern: "/api/articles/{id}", Action: "api::article.article.findOne", Source: "Caddyfile:8"},
		{Method: "GET", Pattern: "/health", Access: policy.Public, Source: "Caddyfile:9"},
		{Method: "GET", Pattern: "/profile", Access: policy.Authenticated, Source: "Caddyfile:10"},
	}
	o := &operator.Operator{
		Accounts: service, Policy: engine, PublicURL: "https://example.test", Routes: func() []policy.Route { return routes },
	}
	return &site{Operator: o, store: backend, tokens: tokens}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a command and decodes what it returns.
func run[R any](t *testing.T, s *site, name, args string) R {
	t.Helper()
	raw, err := s.Run(t.Context(), name, json.RawMessage(args))
	if err != nil {
		t.Fatalf("%s %s: %v", name, args, err)
	}
	if strings.Contains(string(raw), "$2a$") || strings.Contains(string(raw), password) {
		t.Errorf("%s shows a password or its hash: %s", name, raw)
	}
	var result R
	noError(t, json.Unmarshal(raw, &result))
	noError(t, s.Policy.Rebuild(t.Context()))
	return result
}

// refuse runs a command that has to fail by the operator's mistake, with all of the parts in its message.
func (s *site) refuse(t *testing.T, name, args string, parts ...string) {
	t.Helper()
	result, err := s.Run(t.Context(), name, json.RawMessage(args))
	if !errors.Is(err, operator.ErrUsage) {
		t.Errorf("%s %s: %s, error = %v, want ErrUsage", name, args, result, err)
		return
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s %s: %q, want it to say %q", name, args, err, part)
		}
	}
	if strings.Contains(err.Error(), password) {
		t.Errorf("%s: the error tells a password: %v", name, err)
	}
}

// arguments is a command's arguments that are complete, for each command.
var arguments = map[string]string{
	"user.add":  `{"username":"alice","email":"alice@example.test","password":"` + password + `"}`,
	"user.list": `{}`, "user.block": `{"user":"alice"}`, "role.list": `{}`, "role.show": `{"role":"public"}`,
	"role.grant":  `{"role":"public","actions":["api::article.article.find"]}`,
	"role.revoke": `{"role":"public","actions":["plugin::users-permissions.auth.callback"]}`,
	"routes":      `{}`, "token": `{"user":"alice"}`, "admin.list": `{}`,
	"mail.list": `{}`, "mail.resend": `{"all":true}`, "audit": `{}`, "health": `{}`,
	"admin.add":   `{"email":"admin@example.test","password":"` + password + `"}`,
	"admin.block": `{"email":"admin@example.test"}`, "admin.remove": `{"email":"admin@example.test"}`,
	"admin.password": `{"email":"admin@example.test","password":"` + password + `"}`,
}

func TestArguments(t *testing.T) {
	s := newSite(t)
	for name, args := range arguments {
		s.refuse(t, name, ``, "arguments")
		s.refuse(t, name, `[]`, "arguments")
		s.refuse(t, name, `{`, "arguments")
		s.refuse(t, name, strings.Replace(args, "{", `{"nosuch":1`+strings.Repeat(",", min(1, len(args)-2)), 1), "nosuch")
		s.refuse(t, name, args+` {}`, "arguments")
		s.refuse(t, name, args+`x`, "arguments")
	}
	s.refuse(t, "nosuch", `{}`, `unknown command "nosuch"`)
	s.refuse(t, "", `{}`, "unknown command")
	s.refuse(t, "user.list", `{"limit":"ten"}`, "arguments")
}

// What is no mistake of the operator's is told as it is.
func TestFailuresAreNoMistakes(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, args := range arguments {
		if name == "routes" { // asks nobody
			continue
		}
		_, err := s.Run(ctx, name, json.RawMessage(args))
		if err == nil || errors.Is(err, operator.ErrUsage) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error = %v, want that of the context", name, err)
		}
	}
}
