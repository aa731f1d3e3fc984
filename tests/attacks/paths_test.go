package attacks

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

// TestPrefixEndsAtSegment: GHSA-gx7w-56w6-g48x. A route is no prefix of other names.
func TestPrefixEndsAtSegment(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "route GET /open public\nroute GET /files/* public"})
	g.Upstream.Handle(silent)
	g.Get(t, "/open", "").Want(t, http.StatusOK)
	g.Get(t, "/files/a/b", "").Want(t, http.StatusOK)
	g.Upstream.Forget()
	for _, path := range []string{"/opened", "/open-backup", "/open/more", "/open.json", "/open%20", "/files", "/filesystem", "/files-backup/a", "/api/open"} {
		g.Get(t, path, "").Want(t, http.StatusNotFound)
	}
	unreached(t, g)
}

// TestQueryOpensNoRoute: GHSA-7rh7-c77v-6434, GHSA-pxq7-h93f-9jrg. Only the path is matched.
func TestQueryOpensNoRoute(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "route GET /open public\nroute GET /files/* public"})
	for _, target := range []string{
		"/api/articles?/open", "/api/articles?x=/open", "/api/articles?/files/a", "/api/articles?../../open", "/api/articles#/open",
		"/api/articles#/files/a", "/api/articles%3f/open", "/api/articles%23/open", "/api/articles%3F/files/a", "/?/open", "/?path=/open",
		"/api/articles;/open", "/api/articles%20/open",
	} {
		answer := g.Raw(t, "GET "+target+" HTTP/1.1\nHost: x")
		if answer.Status != http.StatusForbidden && answer.Status != http.StatusNotFound {
			t.Errorf("%s is answered %d", target, answer.Status)
		}
	}
	unreached(t, g)
}

// TestMalformedTargetIsDenied: CVE-2021-32637. What cannot be read has no rule, and so no way through, also where the
// unknown is public.
func TestMalformedTargetIsDenied(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "unknown_routes public"})
	for _, target := range []string{
		"/%", "/%4", "/%zz", "/a%", "/%u002e", "/%c0%af", "/%ff", "/a\x01b", "/a\x7fb", "http:open", "open", "?", "//", "///",
		"/..", "/a/..", "/.", "/%2e", "/%00", "/a%0d%0ab", "http://x:y/open",
	} {
		answer := g.Raw(t, "GET "+target+" HTTP/1.1\nHost: x")
		if answer.Status != http.StatusBadRequest && answer.Status != http.StatusNotFound {
			t.Errorf("%q is answered %d", target, answer.Status)
		}
	}
	unreached(t, g)
}

// TestPathSpelling: CVE-2026-27587, Caddy #7941 and #7858. However a path is spelt, no upstream can take it for one that
// is protected, even if it decodes twice, resolves dots, ignores case, and takes backslashes and semicolons its own way.
func TestPathSpelling(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "route * /files/* public\nunknown_routes public"})
	g.Upstream.Handle(silent)
	for _, target := range spellings() {
		g.Upstream.Forget()
		answer := g.Raw(t, "GET "+target+" HTTP/1.1\nHost: x")
		for _, seen := range g.Upstream.Requests() {
			if lenient(seen.Target) == "/api/articles" {
				t.Errorf("%s is answered %d and came to the upstream as %s", target, answer.Status, seen.Target)
			}
		}
	}
}

// spellings are ways to write /api/articles.
func spellings() []string {
	roots := []string{
		"", "/.", "/x/..", "/files/..", "/files/%2e%2e", "/files/.%2e", "/files/..;", "/files/..;a=b", "/files/x/../..", "/files/%252e%252e",
		"/files/..%2f..", `/files/..\..`, "/files/%5c..%5c..", "/files/%c0%ae%c0%ae", "/", "//", "/;", "/files//..", "/%2f..", "http://x",
	}
	slashes := []string{"/", "//", "/./", "%2f", "%2F", "%252f", `\`, "%5c", "/;/", ";/", "/%2e/", "%c0%af"}
	apis := []string{"api", "API", "%61pi", "a%70i", "%2561pi", "api;x=y", "api%00", "api%20"}
	articles := []string{"articles", "Articles", "article%73", "articles/", "articles//", "articles;x", "articles/.", "articles/x/..", "articles%2f", "articles%00"}
	var all []string
	for _, root := range roots {
		for _, slash := range slashes {
			all = append(all, root+"/api"+slash+"articles")
		}
	}
	for _, api := range apis {
		for _, name := range articles {
			all = append(all, "/"+api+"/"+name)
		}
	}
	return all
}

// lenient reads a target as the most careless of servers.
func lenient(target string) string {
	target, _, _ = strings.Cut(target, "?")
	for range 2 {
		if decoded, err := url.PathUnescape(target); err == nil {
			target = decoded
		}
	}
	target = strings.NewReplacer(`\`, "/", "\x00", "").Replace(target)
	segments := strings.Split(target, "/")
	for i, segment := range segments {
		segments[i], _, _ = strings.Cut(segment, ";")
	}
	return strings.ToLower(path.Clean("/" + strings.Join(segments, "/")))
}

// TestCaseAndSlashAreTheSame: CVE-2023-38507. Spellings that mean the same are judged the same, with a token or without.
func TestCaseAndSlashAreTheSame(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.Upstream.Handle(silent)
	ann := g.SignUp(t, "ann")
	g.Grant(t, "authenticated", find)
	for _, target := range []string{"/api/articles", "/API/ARTICLES", "/api/articles/", "/Api/Articles/?x=1"} {
		g.Get(t, target, "").Want(t, http.StatusForbidden)
		g.Get(t, target, ann.Token).Want(t, http.StatusOK)
		if got, _, _ := strings.Cut(g.Upstream.Last(t).Target, "?"); got != "/api/articles" {
			t.Errorf("%s came to the upstream as %s", target, got)
		}
	}
	login := map[string]string{"identifier": "ann", "password": gatetest.Password}
	for _, target := range []string{"/api/auth/local", "/API/Auth/LOCAL/"} {
		g.Do(t, gatetest.Request{Method: http.MethodPost, Path: target, JSON: login}).Want(t, http.StatusOK)
	}
}

// TestErrorsAreNoPages: caddy-security #264, #267, #273. No error is a page that a browser would run.
func TestErrorsAreNoPages(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.Grant(t, "public", findUsers)
	const script = "<script>alert(1)</script>"
	for _, request := range []gatetest.Request{
		{Path: "/" + script},
		{Path: "/api/users?sort=" + script},
		{Path: "/api/users?filters[" + script + "]=1"},
		{Path: "/api/auth/" + script + "/callback"},
		{Method: http.MethodPost, Path: "/" + script},
		{Method: http.MethodPost, Path: "/api/auth/local", JSON: map[string]any{"identifier": []string{script}, "password": script}},
		{Path: "/nothing", Header: http.Header{"Referer": {"https://x/" + script}}},
	} {
		answer := g.Do(t, request)
		media := answer.Header.Get("Content-Type")
		if !strings.HasPrefix(media, "application/json") && !strings.HasPrefix(media, "text/plain") {
			t.Errorf("%s is answered with %q", request.Path, media)
		}
		if strings.HasPrefix(media, "text/plain") && strings.Contains(answer.Body, "<script>") {
			t.Errorf("%s is answered %s", request.Path, answer.Body)
		}
	}
}
