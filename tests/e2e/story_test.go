package e2e

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

// commandLines are the commands that `make run` proposes.
var commandLines = regexp.MustCompile(`\./caddy (gatewright .*?) --config Caddyfile\.example`)

// TestStory follows what `make run` proposes to try, with its own commands.
func TestStory(t *testing.T) {
	text, err := os.ReadFile("../../tools/try.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := commandLines.FindAllStringSubmatch(string(text), -1)
	if len(lines) != 4 {
		t.Fatalf("tools/try.txt has %d commands; this test knows four", len(lines))
	}
	g := gatetest.Start(t, gatetest.Site{})
	run := func(n int) string {
		t.Helper()
		return succeed(t, g.Command(t, strings.Fields(lines[n][1])...))
	}

	g.Get(t, "/api/articles", "").Want(t, http.StatusForbidden)
	run(0)
	list := g.Get(t, "/api/articles", "").Want(t, http.StatusOK)
	if !strings.Contains(list.Body, "Article 1") {
		t.Errorf("the list of articles is %s", list.Body)
	}

	ann := g.SignUp(t, "ann")
	write := gatetest.Request{
		Method: http.MethodPost, Path: "/api/articles", Token: ann.Token,
		JSON: map[string]any{"data": map[string]string{"title": "Hello", "body": "Written through the gate"}},
	}
	g.Do(t, write).Want(t, http.StatusForbidden)
	run(1)
	write.Token = strings.TrimSpace(run(2))
	g.Do(t, write).Want(t, http.StatusCreated)
	write.Token = ""
	g.Do(t, write).Want(t, http.StatusForbidden)

	routes := run(3)
	if !regexp.MustCompile(`POST +/api/articles +` + create + ` +authenticated `).MatchString(routes) {
		t.Errorf("the routes are\n%s", routes)
	}
}

// succeed returns what the command printed, and fails the test if the command failed.
func succeed(t *testing.T, out gatetest.Output) string {
	t.Helper()
	if out.Code != 0 {
		t.Fatalf("the command ended with %d and said\n%s%s", out.Code, out.Out, out.Err)
	}
	return out.Out
}
