package api

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/policy"
)

// openAPIDocument is the part of a document that the tests look at.
type openAPIDocument struct {
	OpenAPI string
	Servers []struct{ URL string }
	Paths   map[string]map[string]any
	// Components holds what the paths refer to.
	Components struct {
		Schemas map[string]struct {
			Properties map[string]any
			Required   []string
		}
	}
}

func describe(t *testing.T, d Description) openAPIDocument {
	t.Helper()
	raw, err := OpenAPI(d)
	if err != nil {
		t.Fatal(err)
	}
	var document openAPIDocument
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	return document
}

func TestOpenAPIPrefix(t *testing.T) {
	for _, prefix := range []string{"", "/api", "/content/v1"} {
		document := describe(t, Description{Prefix: prefix})
		paths := slices.Collect(maps.Keys(document.Paths))
		if !slices.Contains(paths, prefix+"/auth/local") {
			t.Errorf("prefix %q: no %s/auth/local in %v", prefix, prefix, paths)
		}
		for _, path := range paths {
			if !strings.HasPrefix(path, prefix+"/") {
				t.Errorf("prefix %q: the path %s", prefix, path)
			}
		}
		if len(document.Servers) != 0 {
			t.Errorf("servers without a public URL: %v", document.Servers)
		}
	}
}

func TestOpenAPIServers(t *testing.T) {
	document := describe(t, Description{Prefix: "/api", PublicURL: "https://api.example.com/"})
	want := []struct{ URL string }{{"https://api.example.com"}}
	if diff := cmp.Diff(want, document.Servers); diff != "" {
		t.Errorf("servers (-want +got):\n%s", diff)
	}
}

// Every operation is one of the plugin's routes, apart from that of the document.
func TestOpenAPIPaths(t *testing.T) {
	known := map[string]bool{"get /openapi.json": true}
	for _, r := range policy.PluginRoutes() {
		known[strings.ToLower(r.Method)+" "+strings.NewReplacer("{role}", "{id}", "/*", "/{provider}").Replace(r.Path)] = true
	}
	for path, item := range describe(t, Description{}).Paths {
		for method := range item {
			if method != "parameters" && !known[method+" "+path] {
				t.Errorf("%s %s is no route", method, path)
			}
		}
	}
}

func TestOpenAPIFields(t *testing.T) {
	document := describe(t, Description{
		Fields: []accounts.UserField{
			{Name: "city", Type: accounts.FieldString},
			{Name: "age", Type: accounts.FieldInteger},
			{Name: "height", Type: accounts.FieldFloat},
			{Name: "member", Type: accounts.FieldBoolean},
			{Name: "born", Type: accounts.FieldDatetime},
			{Name: "notes", Type: accounts.FieldJSON},
		},
		RegisterFields: []string{"city", "blocked", "campaign", "email"},
	})
	orNull := func(name string) map[string]any { return map[string]any{"type": []any{name, "null"}} }
	want := map[string]any{
		"city": orNull("string"), "age": orNull("integer"), "height": orNull("number"), "member": orNull("boolean"),
		"born":  map[string]any{"type": []any{"string", "null"}, "format": "date-time"},
		"notes": map[string]any{},
	}
	for _, name := range []string{"Account", "User", "UserSelection", "NewUser", "UserChange"} {
		schema := document.Components.Schemas[name]
		whole := name == "Account" || name == "User"
		for field, fieldWant := range want {
			if diff := cmp.Diff(fieldWant, schema.Properties[field]); diff != "" {
				t.Errorf("%s of %s (-want +got):\n%s", field, name, diff)
			}
			if got := slices.Contains(schema.Required, field); got != whole {
				t.Errorf("%s of %s is required: %v, want %v", field, name, got, whole)
			}
		}
	}
	registration := document.Components.Schemas["NewAccount"]
	delete(registration.Properties, "username")
	delete(registration.Properties, "password")
	wantRegistration := map[string]any{
		"email": map[string]any{"type": "string", "minLength": 3.0}, // as without the option
		"city":  orNull("string"), "blocked": map[string]any{"type": "boolean"}, "campaign": map[string]any{},
	}
	if diff := cmp.Diff(wantRegistration, registration.Properties); diff != "" {
		t.Errorf("NewAccount (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"username", "email", "password"}, registration.Required); diff != "" {
		t.Errorf("required of NewAccount (-want +got):\n%s", diff)
	}
}

// HEAD is GET without the body.
func TestOpenAPIHead(t *testing.T) {
	s := newSite(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Serve(w, r, s.match(t, r), func() (Caller, error) { return callerWith(t, 0), nil })
	}))
	defer server.Close()
	answers := make(map[string]*http.Response)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/api/openapi.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err := errors.Join(err, answer.Body.Close()); err != nil {
			t.Fatal(err)
		}
		answers[method] = answer
		if method == http.MethodGet && int64(len(body)) != answer.ContentLength || method == http.MethodHead && len(body) != 0 {
			t.Errorf("%s: %d bytes of %d", method, len(body), answer.ContentLength)
		}
	}
	get, head := answers[http.MethodGet], answers[http.MethodHead]
	if head.StatusCode != http.StatusOK || head.ContentLength != get.ContentLength || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
		t.Errorf("HEAD: %d %v, GET: %v", head.StatusCode, head.Header, get.Header)
	}
}
