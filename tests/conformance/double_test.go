package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// double is the least server the runner can work with: it keeps roles, users and settings and checks nothing.
type double struct {
	t        *testing.T
	lastID   int
	roles    map[string]map[string]any
	users    map[string]map[string]any
	advanced map[string]any
	requests []string
}

func newDouble(t *testing.T) *double {
	t.Helper()
	tree := func(name, kind string, id int) map[string]any {
		return map[string]any{"id": id, "documentId": "doc-" + kind, "name": name, "type": kind, "permissions": map[string]any{}}
	}
	return &double{
		t: t, lastID: 10,
		roles:    map[string]map[string]any{"1": tree("Authenticated", "authenticated", 1), "2": tree("Public", "public", 2)},
		users:    make(map[string]map[string]any),
		advanced: map[string]any{"unique_email": true},
	}
}

// start returns a target that leads to the double.
func (d *double) start() *Target {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /admin/login", d.answer(200, func(*http.Request) any {
		return map[string]any{"data": map[string]any{"token": "admin-token"}}
	}))
	mux.HandleFunc("GET /users-permissions/roles", d.answer(200, func(*http.Request) any { return map[string]any{"roles": values(d.roles)} }))
	mux.HandleFunc("GET /users-permissions/roles/{id}", d.answer(200, func(r *http.Request) any { return map[string]any{"role": d.roles[r.PathValue("id")]} }))
	mux.HandleFunc("POST /users-permissions/roles", d.answer(200, func(r *http.Request) any { return d.add(d.roles, r) }))
	mux.HandleFunc("PUT /users-permissions/roles/{id}", d.answer(200, func(r *http.Request) any {
		d.roles[r.PathValue("id")]["permissions"] = d.body(r)["permissions"]
		return map[string]any{"ok": true}
	}))
	mux.HandleFunc("DELETE /users-permissions/roles/{id}", d.answer(200, func(r *http.Request) any {
		delete(d.roles, r.PathValue("id"))
		return map[string]any{"ok": true}
	}))
	mux.HandleFunc("GET /users-permissions/advanced", d.answer(200, func(*http.Request) any { return map[string]any{"settings": d.advanced} }))
	mux.HandleFunc("PUT /users-permissions/advanced", d.answer(200, func(r *http.Request) any {
		d.advanced = d.body(r)
		return map[string]any{"ok": true}
	}))
	mux.HandleFunc("POST /api/users", d.answer(201, func(r *http.Request) any { return d.add(d.users, r) }))
	mux.HandleFunc("DELETE /api/users/{id}", d.answer(200, func(r *http.Request) any {
		delete(d.users, r.PathValue("id"))
		return map[string]any{}
	}))
	mux.HandleFunc("POST /api/auth/local", d.answer(200, func(r *http.Request) any {
		return map[string]any{"jwt": "token-of-" + text(d.body(r)["identifier"])}
	}))
	mux.HandleFunc("GET /settings", d.answer(200, func(*http.Request) any { return d.advanced }))
	base := serve(d.t, anyPort, mux)

	var file TargetFile
	raw := fmt.Sprintf(`{"base_url":%q,"admin":{"login":{"path":"/admin/login","email":"a@b","password":"p"}}}`, base)
	if err := json.Unmarshal([]byte(raw), &file); err != nil {
		d.t.Fatal(err)
	}
	return NewTarget(file)
}

// answer adapts a function; the runner sends one request at a time, so that nothing is locked.
func (d *double) answer(status int, reply func(*http.Request) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		d.requests = append(d.requests, r.Method+" "+r.URL.Path+" "+who)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(reply(r))
	}
}

func (d *double) body(r *http.Request) map[string]any {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		d.t.Error(err)
	}
	return body
}

func (d *double) add(to map[string]map[string]any, r *http.Request) map[string]any {
	d.lastID++
	made := d.body(r)
	made["id"], made["documentId"], made["type"] = d.lastID, fmt.Sprintf("doc-%d", d.lastID), "made"
	to[fmt.Sprint(d.lastID)] = made
	return made
}

func values(all map[string]map[string]any) []map[string]any {
	var list []map[string]any
	for _, value := range all {
		list = append(list, value)
	}
	return list
}
