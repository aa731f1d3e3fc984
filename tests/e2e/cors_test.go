package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

const (
	front  = "https://front.example"
	corsOn = `cors {
		origin https://front.example http://localhost:3000
		credentials
		header X-Extra
		expose X-Total
	}`
	corsForAll = `cors {
		origin *
	}`
)

// corsHeaders are the headers of an answer that browsers look at, without the prefix they share.
func corsHeaders(a gatetest.Answer) map[string]string {
	got := make(map[string]string)
	for name, values := range a.Header {
		if short, ok := strings.CutPrefix(name, "Access-Control-"); ok {
			got[short] = strings.Join(values, " | ")
		}
	}
	return got
}

func TestPreflight(t *testing.T) {
	methods, headers := "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS", "Content-Type,Authorization,Origin,Accept"
	for _, tt := range []struct {
		name, config, origin string
		want                 map[string]string
	}{
		{
			name: "an origin that is let in", config: corsOn, origin: front,
			want: map[string]string{
				"Allow-Origin": front, "Allow-Credentials": "true", "Allow-Methods": methods,
				"Allow-Headers": headers + ",X-Extra", "Max-Age": "31536000",
			},
		},
		{name: "another origin", config: corsOn, origin: "https://evil.example", want: map[string]string{}},
		{name: "one with a longer name", config: corsOn, origin: front + ".evil.example", want: map[string]string{}},
		{name: "one with another port", config: corsOn, origin: front + ":8443", want: map[string]string{}},
		{name: "one of another scheme", config: corsOn, origin: "http://front.example", want: map[string]string{}},
		{name: "a page without an origin", config: corsOn, origin: "null", want: map[string]string{}},
		{
			name: "any origin", config: corsForAll, origin: "https://anybody.example",
			want: map[string]string{"Allow-Origin": "*", "Allow-Methods": methods, "Allow-Headers": headers, "Max-Age": "31536000"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := gatetest.Start(t, gatetest.Site{App: tt.config + "\nunknown_routes public"})
			for _, path := range []string{"/api/articles", "/api/auth/local", "/nothing"} {
				answer := g.Do(t, gatetest.Request{Method: http.MethodOptions, Path: path, Header: http.Header{
					"Origin": {tt.origin}, "Access-Control-Request-Method": {"PUT"}, "Access-Control-Request-Headers": {"x-extra"},
				}}).Want(t, http.StatusNoContent)
				if diff := cmp.Diff(tt.want, corsHeaders(answer)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", path, diff)
				}
				if got := answer.Header.Get("Vary"); got != "Origin" {
					t.Errorf("%s: Vary is %q", path, got)
				}
			}
			if seen := g.Upstream.Requests(); len(seen) > 0 {
				t.Errorf("the upstream got %v", seen)
			}
		})
	}
}

func TestCrossOriginRequest(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: corsOn + "\nunknown_routes public"})
	g.Upstream.Handle(withOwnCORS)
	ours := map[string]string{"Allow-Origin": front, "Allow-Credentials": "true", "Expose-Headers": "X-Total"}
	for _, tt := range []struct {
		name, path, origin string
		status             int
		want               map[string]string
	}{
		{"the upstream's headers are replaced", "/", front, 200, ours},
		{"and taken away", "/", "https://evil.example", 200, map[string]string{}},
		{"and taken away where there is no origin", "/", "", 200, map[string]string{}},
		{"a refusal can be read", "/api/articles", front, 403, ours},
		{"by nobody else", "/api/articles", "https://evil.example", 403, map[string]string{}},
		{"our own endpoints", "/api/users/me", front, 403, ours},
		{"a target with two readings", "/a;b", front, 404, ours},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			if tt.origin != "" {
				header.Set("Origin", tt.origin)
			}
			answer := g.Do(t, gatetest.Request{Path: tt.path, Header: header}).Want(t, tt.status)
			if diff := cmp.Diff(tt.want, corsHeaders(answer)); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
			if got := answer.Header.Values("Vary"); !strings.Contains(strings.Join(got, ","), "Origin") {
				t.Errorf("Vary is %q", got)
			}
		})
	}
}

// withOwnCORS is an upstream that lets everyone in.
func withOwnCORS(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Allow-Credentials", "true")
	w.Header().Set("Access-Control-Allow-Private-Network", "true")
	w.Header().Set("Vary", "Accept")
	w.WriteHeader(http.StatusOK)
}

// TestNoCORS tells that without the option an upstream's headers are its own affair.
func TestNoCORS(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "unknown_routes public"})
	g.Upstream.Handle(withOwnCORS)
	answer := g.Do(t, gatetest.Request{Path: "/", Header: http.Header{"Origin": {front}}}).Want(t, http.StatusOK)
	want := map[string]string{"Allow-Origin": "*", "Allow-Credentials": "true", "Allow-Private-Network": "true"}
	if diff := cmp.Diff(want, corsHeaders(answer)); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

// TestCORSOfOtherHandlers tells that handlers which write in other ways than the reverse proxy are mended, too.
func TestCORSOfOtherHandlers(t *testing.T) {
	for name, proxy := range map[string]string{
		"respond": "handle {\n header Access-Control-Allow-Origin *\n respond hello\n}",
		"files":   "handle {\n header Access-Control-Allow-Origin *\n root ..\n file_server\n}",
	} {
		t.Run(name, func(t *testing.T) {
			g := gatetest.Start(t, gatetest.Site{App: corsOn + "\nunknown_routes public", Proxy: proxy})
			answer := g.Do(t, gatetest.Request{Path: "/e2e/main_test.go", Header: http.Header{"Origin": {"https://evil.example"}}})
			if diff := cmp.Diff(map[string]string{}, corsHeaders(answer.Want(t, http.StatusOK))); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCORSWithErrorRoutes tells that a page can read the errors that a site writes itself.
func TestCORSWithErrorRoutes(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: corsOn + "\nraise_errors", Handlers: "handle_errors {\n respond sorry {err.status_code}\n}"})
	answer := g.Do(t, gatetest.Request{Path: "/nothing", Header: http.Header{"Origin": {front}}}).Want(t, http.StatusNotFound)
	if got := corsHeaders(answer)["Allow-Origin"]; got != front || answer.Body != "sorry" {
		t.Errorf("the answer %q is for the origin %q", answer.Body, got)
	}
}
