package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/internal/canonical"
	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store"
	"github.com/gatewright/gatewright/store/sqlstore"
)

const password = "Passw0rd of somebody"

// site is a Server with a new SQLite store, and the two tables that a gateway would have.
type site struct {
	*Server
	store  *sqlstore.Store
	tokens *sessions.Tokens
	table  *policy.Table
	admin  *policy.Table
	log    *bytes.Buffer
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{log: new(bytes.Buffer)}
	var err error
	if s.store, err = sqlstore.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "gatewright.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			t.Errorf("closing store: %v", err)
		}
	})
	s.tokens = newTokens(t)
	passwords, err := accounts.NewPasswords(4)
	if err != nil {
		t.Fatal(err)
	}
	service, err := accounts.New(accounts.Config{Store: s.store, Tokens: s.tokens, Passwords: passwords})
	if err != nil {
		t.Fatal(err)
	}
	engine, err := policy.NewEngine(t.Context(), s.store)
	if err != nil {
		t.Fatal(err)
	}
	actions := append(policy.PluginActions(), "api::article.article.find")
	routes := []policy.Route{{Method: "GET", Pattern: "/api/articles", Action: "api::article.article.find"}}
	s.Server, err = NewServer(Config{
		Accounts: service, Policy: engine, Prefix: "/api", Logger: slog.New(slog.NewTextHandler(s.log, nil)),
		Site: func() Site { return Site{Actions: actions, Routes: routes} },
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.table, err = policy.Compile(s.Routes()); err != nil {
		t.Fatal(err)
	}
	if s.admin, err = policy.Compile(s.AdminRoutes()); err != nil {
		t.Fatal(err)
	}
	return s
}

func newTokens(t testing.TB) *sessions.Tokens {
	t.Helper()
	key := sessions.Key{ID: "k1", Algorithm: sessions.HS256, Secret: "a secret of more than sixteen bytes"}
	keys, err := sessions.NewKeySet(key)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := sessions.NewTokens(keys, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// exchange is a request and what its answer has to be.
type exchange struct {
	name   string
	method string
	target string
	media  string // application/json unless given
	body   string
	caller *Caller // nil: nobody, who may do nothing

	status  int
	equal   string   // the whole body, unless empty
	with    []string // parts that the body has
	without []string // and parts that it has not
}

// serve sends a request of somebody to the content API.
func (s *site) serve(t testing.TB, x exchange) *httptest.ResponseRecorder {
	t.Helper()
	caller := callerWith(t, 0)
	if x.caller != nil {
		caller = *x.caller
	}
	return s.send(t, s.table, x, func(*http.Request, *policy.Route) (Caller, error) { return caller, nil }, "")
}

// serveAdmin sends a request to the admin API.
func (s *site) serveAdmin(t testing.TB, x exchange, token string) *httptest.ResponseRecorder {
	t.Helper()
	return s.send(t, s.admin, x, s.AdmitAdmin, token)
}

func (s *site) send(
	t testing.TB, table *policy.Table, x exchange, admit func(*http.Request, *policy.Route) (Caller, error), token string,
) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), x.method, x.target, strings.NewReader(x.body))
	if x.media == "" {
		x.media = "application/json"
	}
	r.Header.Set("Content-Type", x.media)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	match := matchIn(t, table, r)
	w := httptest.NewRecorder()
	s.Serve(w, r, match, func() (Caller, error) { return admit(r, match.Route) })
	return w
}

// match is the route of a request to the content API.
func (s *site) match(t testing.TB, r *http.Request) policy.Match {
	t.Helper()
	return matchIn(t, s.table, r)
}

func matchIn(t testing.TB, table *policy.Table, r *http.Request) policy.Match {
	t.Helper()
	path, err := canonical.Parse(r.URL.EscapedPath())
	if err != nil {
		t.Fatal(err)
	}
	match, ok := table.Match(r.Method, path, nil)
	if !ok {
		t.Fatalf("no route for %s %s", r.Method, r.URL)
	}
	return match
}

// check compares an answer with what it has to be.
func (x exchange) check(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	body := w.Body.String()
	if w.Code != x.status {
		t.Errorf("status %d, want %d: %s", w.Code, x.status, body)
	}
	if x.equal != "" && body != x.equal {
		t.Errorf("body %s\nwant %s", body, x.equal)
	}
	for _, part := range x.with {
		if !strings.Contains(body, part) {
			t.Errorf("body without %s: %s", part, body)
		}
	}
	for _, part := range append(x.without, "$2a$", "assword_hash", "PasswordHash") {
		if strings.Contains(body, part) {
			t.Errorf("body with %s: %s", part, body)
		}
	}
	if w.Code < 400 && w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the answer may be cached: %v", w.Header())
	}
	if body != "" && !json.Valid([]byte(body)) {
		t.Errorf("no JSON: %s", body)
	}
}

// failure is the envelope of an error without further details.
func failure(status int, name, message string) string {
	body := NewObject().Set("data", nil).Set("error", newError(status, name, message).envelope())
	raw, err := body.MarshalJSON()
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// user makes an account of the seeded role with the name, an address and the password.
func (s *site) user(t testing.TB, name string) store.User {
	t.Helper()
	user, _, err := s.Accounts.Register(t.Context(), accounts.Registration{
		Username: name, Email: name + "@example.test", Password: password,
	})
	if err != nil {
		t.Fatal(err)
	}
	return user
}

func (s *site) set(t testing.TB, change func(*accounts.Advanced)) {
	t.Helper()
	err := s.Accounts.UpdateAdvanced(t.Context(), func(a accounts.Advanced) (accounts.Advanced, error) {
		change(&a)
		return a, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNewServerNeedsItsParts(t *testing.T) {
	if _, err := NewServer(Config{}); err == nil {
		t.Error("a server of nothing")
	}
}

// The body is judged before the caller, and the caller before what is asked.
func TestOrderOfJudgement(t *testing.T) {
	s := newSite(t)
	refused := func() (Caller, error) { return Caller{}, ErrForbidden }
	match := policy.Match{Route: &policy.Route{Endpoint: Endpoint(func(*Request) (*Reply, error) {
		t.Error("the endpoint was asked")
		return nil, nil
	})}}
	for body, status := range map[string]int{`{"a":`: 400, `{}`: 403, `{"a":"` + strings.Repeat("x", 1<<20) + `"}`: 413} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.Serve(w, r, match, refused)
		if w.Code != status {
			t.Errorf("%.20s: status %d, want %d", body, w.Code, status)
		}
	}
}

// What breaks inside is told to the log and to nobody else.
func TestInternalErrors(t *testing.T) {
	s := newSite(t)
	cause := errors.New("dial tcp 10.0.0.7: no route")
	for name, endpoint := range map[string]any{
		"no endpoint":          nil,
		"an error":             Endpoint(func(*Request) (*Reply, error) { return nil, cause }),
		"what cannot be wrote": Endpoint(func(*Request) (*Reply, error) { return &Reply{Body: func() {}}, nil }),
	} {
		s.log.Reset()
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil)
		match := policy.Match{Route: &policy.Route{Pattern: "/x", Endpoint: endpoint}}
		s.Serve(w, r, match, func() (Caller, error) { return Caller{}, nil })
		if strings.Contains(w.Body.String(), "10.0.0.7") {
			t.Errorf("%s: a client is told %s", name, w.Body)
		}
		if !strings.Contains(s.log.String(), "route=/x") {
			t.Errorf("%s: logged %q", name, s.log)
		}
	}
}

// Every route of the plugin is there; what is not built is not found.
func TestRoutes(t *testing.T) {
	s := newSite(t)
	there := make(map[string]policy.Route)
	for _, r := range s.Routes() {
		there[r.Method+" "+r.Pattern] = r
	}
	for _, p := range policy.PluginRoutes() {
		r := there[p.Method+" /api"+p.Path]
		if r.Access != policy.RequireAction || r.Action != p.Action || r.Endpoint == nil {
			t.Errorf("%s %s is %+v", p.Method, p.Path, r)
		}
	}
	if _, err := missing(nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("what is missing: %v", err)
	}
	x := exchange{
		method: "GET", target: "/api/connect/nosuch", status: 400,
		equal: failure(400, "ApplicationError", "This provider is disabled"),
	}
	x.check(t, s.serve(t, x))
	for _, r := range s.AdminRoutes() {
		if want := r.Pattern == "/admin/login"; (r.Access == policy.Public) != want {
			t.Errorf("%s has access %s", r, r.Access)
		}
	}
}

func TestJSTime(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_999_999, time.FixedZone("", 3600))
	if got := jsTime(at); got != "2026-01-02T02:04:05.678Z" {
		t.Errorf("%s", got)
	}
}
