package policy

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const find = "api::article.article.find"

func TestCompileRefuses(t *testing.T) {
	route := func(method, pattern string) Route { return Route{Method: method, Pattern: pattern, Action: find} }
	for _, test := range []struct {
		name   string
		routes []Route
		want   string // in the error
	}{
		{"no slash", []Route{route("GET", "api")}, "must begin with a slash"},
		{"empty", []Route{route("GET", "")}, "must begin with a slash"},
		{"empty segment", []Route{route("GET", "/api//x")}, "empty segment"},
		{"leading double slash", []Route{route("GET", "//api")}, "empty segment"},
		{"only slashes", []Route{route("GET", "//")}, "empty segment"},
		{"two trailing slashes", []Route{route("GET", "/api//")}, "empty segment"},
		{"dot segment", []Route{route("GET", "/api/../x")}, "dot segment"},
		{"needless escape", []Route{route("GET", "/%61pi")}, `write "api"`},
		{"escaped slash", []Route{route("GET", "/a%2fb")}, "escaped slash"},
		{"semicolon", []Route{route("GET", "/a;b")}, "semicolon"},
		{"query", []Route{route("GET", "/a?b")}, "delimiter"},
		{"tail in the middle", []Route{route("GET", "/a/*/b")}, "last segment"},
		{"tail in a segment", []Route{route("GET", "/a*")}, "whole segment"},
		{"parameter in a segment", []Route{route("GET", "/a{id}")}, "whole segment"},
		{"text behind a parameter", []Route{route("GET", "/{id}.json")}, "no parameter"},
		{"open parameter", []Route{route("GET", "/{id")}, "no parameter"},
		{"parameter without a name", []Route{route("GET", "/{}")}, "no parameter"},
		{"parameter with an odd name", []Route{route("GET", "/{a b}")}, "no parameter"},
		{"Strapi's parameter", []Route{route("GET", "/a/:id")}, "write {id}"},
		{"parameter twice", []Route{route("GET", "/{id}/x/{id}")}, "two parameters {id}"},
		{"long segment", []Route{route("GET", "/"+strings.Repeat("a", maxLiteral+1))}, "more than 255 bytes"},
		{"many segments", []Route{route("GET", strings.Repeat("/a", 129))}, "more than 128 segments"},
		{"unknown method", []Route{route("FETCH", "/a")}, `method "FETCH" is unknown`},
		{"lower-case method", []Route{route("get", "/a")}, `method "get" is unknown`},
		{"no method", []Route{route("", "/a")}, `method "" is unknown`},
		{"no action", []Route{{Method: "GET", Pattern: "/a"}}, "invalid action"},
		{"invalid action", []Route{{Method: "GET", Pattern: "/a", Action: "find"}}, "invalid action"},
		{"invalid action of a public route", []Route{{Method: "GET", Pattern: "/a", Access: Public, Action: "x"}}, "invalid action"},
		{"unknown access", []Route{{Method: "GET", Pattern: "/a", Access: 9, Action: find}}, "unknown access Access(9)"},
		{"duplicate", []Route{route("GET", "/a/b"), route("GET", "/a/b")}, "same requests as GET /a/b"},
		{"duplicate in another case", []Route{route("GET", "/a"), route("GET", "/A")}, "same requests as GET /a"},
		{"duplicate but for the slash", []Route{route("GET", "/a"), route("GET", "/a/")}, "same requests as GET /a"},
		{"duplicate but for the name", []Route{route("GET", "/{id}"), route("GET", "/{name}")}, "same requests as GET /{id}"},
		{"duplicate but for the escape", []Route{route("GET", "/@me"), route("GET", "/%40me")}, "same requests as GET /@me"},
		{"duplicate tail", []Route{route("GET", "/a/*"), route("GET", "/a/*")}, "same requests as GET /a/*"},
		{"duplicate of all methods", []Route{route("*", "/a"), route("ANY", "/a")}, "same requests as * /a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Compile(test.routes)
			if !errors.Is(err, ErrInvalidRoute) {
				t.Fatalf("got %v", err)
			}
			offender := test.routes[len(test.routes)-1]
			if !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), offender.String()) {
				t.Errorf("got %q, want %q and %q in it", err, test.want, offender)
			}
		})
	}
}

func TestCompileErrorNamesTheSource(t *testing.T) {
	_, err := Compile([]Route{{Method: "GET", Pattern: "/a", Source: "Caddyfile:7"}})
	if err == nil || !strings.Contains(err.Error(), "GET /a (Caddyfile:7)") {
		t.Errorf("got %v", err)
	}
	if !errors.Is(err, ErrInvalidAction) {
		t.Errorf("%v is not ErrInvalidAction", err)
	}
}

func TestRoutesAreKeptInOrder(t *testing.T) {
	routes := []Route{
		{Method: "GET", Pattern: "/", Access: Public},
		{Method: "GET", Pattern: "/b/*", Access: Authenticated, Endpoint: 7},
		{Method: "*", Pattern: "/a/{id}", Action: find},
	}
	table, err := Compile(routes)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(routes, table.Routes()); diff != "" {
		t.Error(diff)
	}
	table.Routes()[0].Access = Authenticated
	if table.Routes()[0].Access != Public {
		t.Error("the caller's slice is the table's")
	}
}

func TestAccessIsSafeByDefault(t *testing.T) {
	var route Route
	if route.Access != RequireAction {
		t.Errorf("got %v", route.Access)
	}
	for access, want := range map[Access]string{
		RequireAction: "action", Public: "public", Authenticated: "authenticated", -1: "Access(-1)",
	} {
		if access.String() != want {
			t.Errorf("got %q, want %q", access, want)
		}
	}
}

func TestStrapiPattern(t *testing.T) {
	for pattern, want := range map[string]string{
		"/": "/", "/users": "/users", "/users/{id}": "/users/:id", "/connect/*": "/connect/(.*)",
		"/auth/{provider}/callback": "/auth/:provider/callback",
	} {
		if got := StrapiPattern(pattern); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
