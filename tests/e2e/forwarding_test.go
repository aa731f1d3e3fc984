package e2e

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

// TestCanonicalForwarding shows that the upstream gets the form that was judged, and the query as it came.
func TestCanonicalForwarding(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "route GET /Files/* public\nunknown_routes public"})
	g.Grant(t, "public", find, findOne)
	g.Upstream.Handle(func(http.ResponseWriter, *http.Request) {})
	for _, tt := range []struct{ name, target, want string }{
		{"as it is", "/api/articles", "/api/articles"},
		{"upper case", "/API/Articles", "/api/articles"},
		{"trailing slash", "/api/articles/", "/api/articles"},
		{"query untouched", "/api/articles/?a=%2f..%2F&b[$eq]=x;y&b=//&&=", "/api/articles?a=%2f..%2F&b[$eq]=x;y&b=//&&="},
		{"empty query", "/api/articles?", "/api/articles?"},
		{"parameter keeps its case", "/api/Articles/AbC", "/api/articles/AbC"},
		{"parameter is normalised", "/api/articles/%61%c3%a9%40", "/api/articles/a%C3%A9%40"},
		{"parameter with raw bytes", "/api/articles/\xc3\xa9\"<>", "/api/articles/%C3%A9%22%3C%3E"},
		{"reserved characters stay", "/api/articles/a@b:c!$&'()*+,=", "/api/articles/a@b:c!$&'()*+,="},
		{"route's spelling", "/fILES/a/B%20c", "/Files/a/B%20c"},
		{"unknown route", "/Pages/Home/", "/Pages/Home"},
		{"root", "/", "/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g.Raw(t, "GET "+tt.target+" HTTP/1.1\nHost: x").Want(t, http.StatusOK)
			if got := g.Upstream.Last(t).Target; got != tt.want {
				t.Errorf("the upstream got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCanonicalHost(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "unknown_routes public"})
	g.Upstream.Handle(func(http.ResponseWriter, *http.Request) {})
	for _, tt := range []struct{ host, want string }{
		{"api.example.com", "api.example.com"},
		{"API.Example.COM", "api.example.com"},
		{"api.example.com.", "api.example.com"},
		{"API.example.com.:8080", "api.example.com:8080"},
		{"[2001:DB8::1]", "[2001:db8::1]"},
		{"[2001:DB8::1]:80", "[2001:db8::1]:80"},
	} {
		g.Raw(t, "GET / HTTP/1.1\nHost: "+tt.host).Want(t, http.StatusOK)
		if got := g.Upstream.Last(t).Host; got != tt.want {
			t.Errorf("Host %s came as %q, want %q", tt.host, got, tt.want)
		}
	}
}

// TestRewrittenRequest shows that what handlers before ours made of a request is what is judged.
func TestRewrittenRequest(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{Handlers: "uri strip_prefix /v1"})
	g.Grant(t, "public", findOne)
	g.Upstream.Handle(func(http.ResponseWriter, *http.Request) {})
	g.Raw(t, "GET /v1/api/articles/a%20b%40c HTTP/1.1\nHost: x").Want(t, http.StatusOK)
	if got, want := g.Upstream.Last(t).Target, "/api/articles/a%20b%40c"; got != want {
		t.Errorf("the upstream got %q, want %q", got, want)
	}
	g.Get(t, "/v1/api/articles", "").Want(t, http.StatusForbidden)
}

// TestAmbiguousTargets sends what can be read in two ways past HTTP clients, which would tidy it up.
func TestAmbiguousTargets(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "route * /files/* public\nunknown_routes public"})
	g.Grant(t, "public", find, findOne)
	ann := g.SignUp(t, "ann")
	for _, tt := range []struct {
		name, target string
		status       int
	}{
		{"dot segments", "/files/../api/articles", 404},
		{"dot segment at the end", "/api/articles/..", 404},
		{"single dot", "/api/./articles", 404},
		{"escaped dots", "/files/%2e%2e/api/articles", 404},
		{"half escaped dots", "/files/.%2E/api/articles", 404},
		{"escaped slash", "/api%2farticles", 404},
		{"escaped slash in a parameter", "/api/articles/a%2Fb", 404},
		{"escaped backslash", "/files/%5c..%5capi", 404},
		{"backslash", `/files/..\api`, 404},
		{"empty segment", "/api//articles", 404},
		{"two slashes at the end", "/api/articles//", 404},
		{"authority", "//api/articles", 400},
		{"authority with a host", "//evil.example/api/articles", 400},
		{"semicolon", "/api/articles;x=1", 404},
		{"semicolon and dots", "/files/..;/api/articles", 404},
		{"escaped semicolon", "/api/articles%3bx", 404},
		{"escaped literal", "/api/%61rticles", 404},
		{"escaped literal of our own", "/api/%75sers", 404},
		{"NUL", "/api/articles/%00", 404},
		{"line feed", "/api/articles/%0a", 404},
		{"delete", "/api/articles/%7f", 404},
		{"C1 control", "/api/articles/%c2%85", 404},
		{"double encoding", "/files/%252e%252e/api", 404},
		{"overlong UTF-8", "/files/%c0%ae%c0%ae/api", 404},
		{"broken UTF-8", "/files/%ff", 404},
		{"broken escape", "/files/%zz", 400},
		{"no slash", "api/articles", 400},
		{"fragment", "/files/a#/api", 404},
		{"asterisk", "*", 404},
		{"too many segments", "/files" + repeat("/a", 200), 404},
		{"too long", "/files/" + repeat("a", 9000), 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, method := range []string{"GET", "POST"} {
				g.Upstream.Forget()
				answer := g.Raw(t, method+" "+tt.target+" HTTP/1.1\nHost: x\nContent-Length: 0\nAuthorization: Bearer "+ann.Token)
				want := tt.status
				if want == http.StatusNotFound && method == http.MethodPost {
					want = http.StatusMethodNotAllowed
				}
				if answer.Status != want {
					t.Errorf("%s: status %d, want %d", method, answer.Status, want)
				}
				if seen := g.Upstream.Requests(); len(seen) > 0 {
					t.Errorf("%s: the upstream got %+v", method, seen)
				}
			}
		})
	}
}

// TestAbsoluteTarget tells that the form for proxies has the same reading: RFC 9112, 3.2.2.
func TestAbsoluteTarget(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.Raw(t, "GET http://x/api/articles HTTP/1.1\nHost: x").Want(t, http.StatusForbidden)
	g.Raw(t, "GET http://x//api/articles HTTP/1.1\nHost: x").Want(t, http.StatusBadRequest)
	g.Grant(t, "public", find)
	g.Raw(t, "GET http://x/api/articles HTTP/1.1\nHost: y").Want(t, http.StatusOK)
	got := g.Upstream.Last(t)
	if diff := cmp.Diff([]string{"/api/articles", "x"}, []string{got.Target, got.Host}); diff != "" {
		t.Errorf("the upstream got (-want +got):\n%s", diff)
	}
}
