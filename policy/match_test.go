package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/internal/canonical"
)

// siteTable has the plugin's routes and some of a site.
func siteTable(t *testing.T) *Table {
	t.Helper()
	routes := pluginTable()
	for _, line := range []string{
		"GET /", "GET /api/articles", "POST /api/articles", "GET /api/articles/{id}", "PUT /api/articles/{id}",
		"GET /api/Articles/Featured", "GET /files/*", "GET /files/{name}", "PUT /files/{name}/meta", "GET /files/a/b/c",
		"ANY /any/{x}", "GET /any/{x}", "DELETE /any/one", "HEAD /heads", "GET /heads", "GET /@me", "GET /{handle}",
		"GET /café/menu", "GET /pki/ca/prod", "* /all/*", "GET /x/{a}/c", "GET /x/b/{d}", "GET /x/{a}/{e}/f",
	} {
		method, pattern, _ := strings.Cut(line, " ")
		routes = append(routes, Route{Method: method, Pattern: pattern, Action: find})
	}
	table, err := Compile(routes)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func parse(t testing.TB, path string) canonical.Path {
	t.Helper()
	p, err := canonical.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestMatch(t *testing.T) {
	table := siteTable(t)
	for _, test := range []struct{ name, method, path, want, params, forward string }{
		{"root", "GET", "/", "GET /", "", "/"},
		{"literal", "GET", "/api/articles", "GET /api/articles", "", "/api/articles"},
		{"other method", "POST", "/api/articles", "POST /api/articles", "", "/api/articles"},
		{"no such method", "DELETE", "/api/articles", "", "", ""},
		{"method in lower case", "get", "/api/articles", "", "", ""},
		{"trailing slash", "GET", "/api/articles/", "GET /api/articles", "", "/api/articles"},
		{"case", "GET", "/API/ARTICLES", "GET /api/articles", "", "/api/articles"},
		{"route spelled with capitals", "GET", "/api/articles/featured", "GET /api/Articles/Featured", "", "/api/Articles/Featured"},
		{"parameter keeps its case", "GET", "/API/articles/AbC", "GET /api/articles/{id}", "id=AbC", "/api/articles/AbC"},
		{"parameter is normalised", "GET", "/api/articles/%61%20caf%c3%a9", "GET /api/articles/{id}", "id=a%20caf%C3%A9", "/api/articles/a%20caf%C3%A9"},
		{"unknown", "GET", "/api/nothing", "", "", ""},
		{"longer than a route", "GET", "/api/articles/1/2", "", "", ""},
		{"shorter than a route", "GET", "/api", "GET /{handle}", "handle=api", "/api"},
		{"HEAD for GET", "HEAD", "/api/articles", "GET /api/articles", "", "/api/articles"},
		{"HEAD of its own", "HEAD", "/heads", "HEAD /heads", "", "/heads"},
		{"literal before parameter", "GET", "/api/users/me", "GET /api/users/me", "", "/api/users/me"},
		{"count before parameter", "GET", "/api/users/count", "GET /api/users/count", "", "/api/users/count"},
		{"parameter where the literal lacks the method", "PUT", "/api/users/me", "PUT /api/users/{id}", "id=me", "/api/users/me"},
		{"users-permissions is no user", "GET", "/api/users-permissions/roles", "GET /api/users-permissions/roles", "", "/api/users-permissions/roles"},
		{"provider", "GET", "/api/auth/github/callback", "GET /api/auth/{provider}/callback", "provider=github", "/api/auth/github/callback"},
		{"provider named local", "GET", "/api/auth/local/callback", "GET /api/auth/{provider}/callback", "provider=local", "/api/auth/local/callback"},
		{"tail of one", "GET", "/api/connect/github", "GET /api/connect/*", "*=github", "/api/connect/github"},
		{"tail of two", "GET", "/api/connect/github/callback", "GET /api/connect/*", "*=github/callback", "/api/connect/github/callback"},
		{"tail of none", "GET", "/api/connect", "", "", ""},
		{"tail of none with a slash", "GET", "/api/connect/", "", "", ""},
		{"tail is normalised", "GET", "/Files/%61/b%c3%a9", "GET /files/*", "*=a/b%C3%A9", "/files/a/b%C3%A9"},
		{"parameter before tail", "GET", "/files/a", "GET /files/{name}", "name=a", "/files/a"},
		{"back to the tail", "GET", "/files/a/b", "GET /files/*", "*=a/b", "/files/a/b"},
		{"literal below a tail", "GET", "/files/a/b/c", "GET /files/a/b/c", "", "/files/a/b/c"},
		{"back from a longer literal", "GET", "/files/a/b/d", "GET /files/*", "*=a/b/d", "/files/a/b/d"},
		{"parameter in the middle", "PUT", "/files/a/meta", "PUT /files/{name}/meta", "name=a", "/files/a/meta"},
		{"tail where the parameter lacks the method", "GET", "/files/a/meta", "GET /files/*", "*=a/meta", "/files/a/meta"},
		{"own method before all", "GET", "/any/one", "GET /any/{x}", "x=one", "/any/one"},
		{"HEAD goes with GET before all", "HEAD", "/any/one", "GET /any/{x}", "x=one", "/any/one"},
		{"all methods", "PATCH", "/any/one", "ANY /any/{x}", "x=one", "/any/one"},
		{"literal of its own method", "DELETE", "/any/one", "DELETE /any/one", "", "/any/one"},
		{"unheard-of method", "PROPFIND", "/all/x", "* /all/*", "*=x", "/all/x"},
		{"literal beyond ASCII", "GET", "/caf%c3%a9/MENU", "GET /café/menu", "", "/caf%C3%A9/menu"},
		{"literal beyond ASCII, raw", "GET", "/café/menu", "GET /café/menu", "", "/caf%C3%A9/menu"},
		{"case beyond ASCII", "GET", "/CAF%C3%89/menu", "", "", ""},
		{"no prefix of a segment", "GET", "/pki/ca/prod-backup", "", "", ""},
		{"first segment decides", "GET", "/x/b/c", "GET /x/b/{d}", "d=c", "/x/b/c"},
		{"back from a literal to a parameter", "GET", "/x/b/c/f", "GET /x/{a}/{e}/f", "a=b e=c", "/x/b/c/f"},
		{"parameter with reserved octets", "GET", "/a%3Fb%23c", "GET /{handle}", "handle=a%3Fb%23c", "/a%3Fb%23c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, ok := table.Match(test.method, parse(t, test.path), nil)
			if ok != (test.want != "") {
				t.Fatalf("got %v: %v", ok, m.Route)
			}
			if !ok {
				if m.Route != nil || m.EscapedLiteral {
					t.Errorf("got %+v", m)
				}
				return
			}
			var params []string
			for _, p := range m.Params {
				params = append(params, p.Name+"="+p.Value)
				if m.Param(p.Name) != p.Value {
					t.Errorf("Param(%q) = %q", p.Name, m.Param(p.Name))
				}
			}
			got := []string{strings.TrimSuffix(m.Route.String(), " (plugin)"), strings.Join(params, " "), m.ForwardPath()}
			if diff := cmp.Diff([]string{test.want, test.params, test.forward}, got); diff != "" {
				t.Error(diff)
			}
			if m.Param("absent") != "" {
				t.Error("a parameter the route lacks has a value")
			}
		})
	}
}

// A path that hides a literal behind an escape must not reach another route, whose action the literal's would not be.
func TestMatchEscapedLiteral(t *testing.T) {
	table := siteTable(t)
	for _, test := range []struct {
		name, method, path string
		route              string // "" for none
	}{
		{"escaped letter in a literal", "GET", "/api/%61rticles", ""},
		{"escaped letter in a prefix", "GET", "/%61pi/articles/1", ""},
		{"escaped literal is no parameter", "GET", "/api/users/%6De", ""},
		{"in another case", "GET", "/api/users/%4De", ""},
		{"reserved octet of a literal", "GET", "/%40me", ""},
		{"escaped literal is no tail", "GET", "/files/a/b/%63", ""},
		{"escaped parameter", "GET", "/api/articles/%61", "GET /api/articles/{id}"},
		{"no literal has the method", "PUT", "/api/users/%6De", "PUT /api/users/{id}"},
		{"reserved octet of a parameter", "GET", "/%40you", "GET /{handle}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, ok := table.Match(test.method, parse(t, test.path), nil)
			if ok != (test.route != "") || m.EscapedLiteral == ok {
				t.Fatalf("got %v: %+v", ok, m)
			}
			if ok && strings.TrimSuffix(m.Route.String(), " (plugin)") != test.route {
				t.Errorf("got %v", m.Route)
			}
		})
	}
}

func TestAllow(t *testing.T) {
	table := siteTable(t)
	for path, want := range map[string]string{
		"/":                              "HEAD, GET",
		"/nothing/here":                  "HEAD, GET",
		"/api/articles":                  "HEAD, GET, POST",
		"/api/articles/abc":              "HEAD, GET, PUT",
		"/API/Users/ME/":                 "HEAD, GET, PUT, DELETE",
		"/api/users":                     "HEAD, GET, POST",
		"/api/users/1":                   "HEAD, GET, PUT, DELETE",
		"/api/auth/local":                "HEAD, GET, POST",
		"/api/auth/local/register":       "HEAD, GET, POST",
		"/api/auth/github/callback":      "HEAD, GET",
		"/api/auth/sessions/1":           "HEAD, GET, DELETE",
		"/api/connect/fakeidp":           "HEAD, GET",
		"/api/users-permissions/roles/1": "HEAD, GET, PUT, DELETE",
		"/api/%61rticles":                "HEAD, GET",
		"/files/a/meta":                  "HEAD, GET, PUT",
		"/any/one":                       "HEAD, GET, PUT, POST, PATCH, DELETE, OPTIONS",
	} {
		t.Run(path, func(t *testing.T) {
			if got := strings.Join(table.Allow(parse(t, path)), ", "); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestZeroTable(t *testing.T) {
	var table Table
	if m, ok := table.Match("GET", parse(t, "/"), nil); ok {
		t.Errorf("got %v", m.Route)
	}
	if diff := cmp.Diff([]string{"HEAD", "GET"}, table.Allow(parse(t, "/a"))); diff != "" {
		t.Error(diff)
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	table := siteTable(t)
	params := make([]Param, 0, 4)
	for _, path := range []string{"/api/articles", "/API/articles/a%20b", "/x/b/c/f", "/api/connect/a/b/c", "/nothing/at/all"} {
		p := parse(t, path)
		if n := testing.AllocsPerRun(100, func() { table.Match("GET", p, params) }); n != 0 {
			t.Errorf("%s: %v allocations", path, n)
		}
	}
}

// A search may visit a node once at most, so no path costs more than the table has nodes.
func TestMatchIsBounded(t *testing.T) {
	const depth = 12
	var routes []Route
	for shape := range 1 << depth {
		var b strings.Builder
		for i := range depth {
			b.WriteString([]string{"/a", fmt.Sprintf("/{p%d}", i)}[shape>>i&1])
		}
		routes = append(routes, Route{Method: "GET", Pattern: b.String() + "/end", Action: find})
	}
	table, err := Compile(routes)
	if err != nil {
		t.Fatal(err)
	}
	const nodes = 1<<(depth+1) - 1 + 1<<depth
	for _, segments := range []int{1, depth, depth + 1, depth + 2, canonical.MaxSegments} {
		path := parse(t, strings.Repeat("/a", segments))
		s := search{method: "GET", segments: path.Segments}
		if found := s.find(&table.root, 0); found != nil {
			t.Fatalf("got %v", found.route)
		}
		if s.visited > nodes {
			t.Errorf("%d segments: %d visits of %d nodes", segments, s.visited, nodes)
		}
	}
}

// The tree must find what a scan of all patterns finds.
func TestMatchEqualsScan(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	words := []string{"a", "b", "c"}
	for range 300 {
		var table Table
		for range 12 {
			pattern := ""
			for i := range 1 + random.IntN(4) {
				pattern += "/" + append(words, fmt.Sprintf("{p%d}", i))[random.IntN(len(words)+1)]
			}
			if random.IntN(4) == 0 {
				pattern += "/*"
			}
			method := []string{"GET", "PUT", MethodAny}[random.IntN(3)]
			added, err := Compile(append(table.Routes(), Route{Method: method, Pattern: pattern, Action: find}))
			if err == nil {
				table = *added
			}
		}
		for range 50 {
			path := ""
			for range 1 + random.IntN(5) {
				path += "/" + words[random.IntN(len(words))]
			}
			p := parse(t, path)
			got := ""
			if m, ok := table.Match("GET", p, nil); ok {
				got = m.Route.String()
			}
			if want := scan(table.Routes(), p); got != want {
				t.Fatalf("%s: got %q, want %q of %v", path, got, want, table.Routes())
			}
		}
	}
}

// scan returns the GET route of the path by comparing every pattern: the one whose kinds of segments come first.
func scan(routes []Route, path canonical.Path) string {
	best, bestRank := "", ""
	for _, route := range routes {
		rank := ""
		parts := strings.Split(route.Pattern, "/")[1:]
		matches := route.Method != "PUT"
		for i, part := range parts {
			switch {
			case part == "*":
				matches = matches && len(path.Segments) > i
				rank += "2"
			case i >= len(path.Segments):
				matches = false
			case part[0] == '{':
				rank += "1"
			default:
				matches = matches && path.Segments[i].Text == part
				rank += "0"
			}
		}
		if parts[len(parts)-1] != "*" && len(parts) != len(path.Segments) {
			matches = false
		}
		if rank += route.Method[:1]; route.Method == MethodAny {
			rank = rank[:len(rank)-1] + "Z"
		}
		if matches && (bestRank == "" || rank < bestRank) {
			best, bestRank = route.String(), rank
		}
	}
	return best
}

func FuzzMatch(f *testing.F) {
	table, err := Compile(append(pluginTable(), Route{Method: "ANY", Pattern: "/api/*", Action: find}))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"/api/users/me", "/api/users/%6de", "/API/connect/a/b", "/api/auth/x/callback/"} {
		f.Add("GET", seed)
	}
	f.Fuzz(func(t *testing.T, method, in string) {
		path, err := canonical.Parse(in)
		if err != nil {
			return
		}
		m, ok := table.Match(method, path, nil)
		table.Allow(path)
		if !ok {
			return
		}
		// What is forwarded must be judged as what was sent.
		again, ok := table.Match(method, parse(t, m.ForwardPath()), nil)
		if !ok || again.Route != m.Route || again.ForwardPath() != m.ForwardPath() {
			t.Errorf("%s %q is forwarded as %q: %v, then %v", method, in, m.ForwardPath(), m.Route, again.Route)
		}
	})
}
