package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

// TestCommands runs every command with a server and without one; the results are the same.
func TestCommands(t *testing.T) {
	for name, make := range map[string]func(*testing.T, gatetest.Site) *gatetest.Gate{
		"with a server": gatetest.Start, "without a server": gatetest.Prepare,
	} {
		t.Run(name, func(t *testing.T) {
			g := make(t, gatetest.Site{App: "public_url https://api.example.com"})
			wants(t, g, "", "user list --init", `^ID USERNAME E-MAIL ROLE STATE SINCE\n$`)
			t.Run("users", func(t *testing.T) { userCommands(t, g) })
			t.Run("roles", func(t *testing.T) { roleCommands(t, g) })
			t.Run("admins", func(t *testing.T) { adminCommands(t, g) })
			t.Run("JSON", func(t *testing.T) { commandsInJSON(t, g) })
		})
	}
}

// wants runs a command and matches what it prints against a regular expression in which a space stands for any number.
func wants(t *testing.T, g *gatetest.Gate, stdin, line, want string) {
	t.Helper()
	out := succeed(t, g.CommandWith(t, stdin, strings.Fields("gatewright "+line)...))
	if !regexp.MustCompile(strings.ReplaceAll(want, " ", " +")).MatchString(out) {
		t.Errorf("%s printed\n%s\nwant %s", line, out, want)
	}
}

func userCommands(t *testing.T, g *gatetest.Gate) {
	wants(t, g, "", "user add ann --email ann@example.com",
		`^added user ann <ann@example.com> with role authenticated \(id 1\)\npassword: [A-Z2-7]{26}\n`)
	wants(t, g, "a chosen password\n", "user add bob --email Bob@example.com --role public --password-stdin",
		`^added user bob <bob@example.com> with role public \(id 2\)\n$`)
	wants(t, g, "", "user list",
		`^ID USERNAME E-MAIL ROLE STATE SINCE\n2 bob bob@example.com public ok [-0-9]+\n1 ann ann@example.com authenticated ok [-0-9]+\n$`)
	wants(t, g, "", "user list ANN", `SINCE\n1 ann .*\n$`)
	wants(t, g, "", "user list --limit 1", `SINCE\n2 bob .*\n1 of 2; see more with --limit, or search\n$`)
	wants(t, g, "", "user block bob@example.com", `^blocked user bob <bob@example.com>; undo it with --unblock\n$`)
	wants(t, g, "", "user list bob", `2 bob bob@example.com public blocked `)
	wants(t, g, "", "user block bob --unblock", `^user bob <bob@example.com> is not blocked any more\n$`)
	wants(t, g, "", "token ann@example.com", `^[-\w]+\.[-\w]+\.[-\w]+\n$`)
}

func roleCommands(t *testing.T, g *gatetest.Gate) {
	wants(t, g, "", "role list", `^ID TYPE NAME USERS ACTIONS DESCRIPTION\n1 authenticated Authenticated \d 5 Default role .*\n2 public Public \d 8 `)
	wants(t, g, "", "role grant public "+find+" "+findOne, `^public may do `+find+", "+findOne+" now; undo it with `caddy gatewright role revoke`\n$")
	wants(t, g, "", "role show Public", `^public \(Public, id 2, \d users\)\n  `+find+`\n`)
	wants(t, g, "", "role show 2", findOne)
	wants(t, g, "", "routes", `^METHOD PATH ACTION WHO MAY SOURCE\n(.*\n)*GET /api/articles `+find+` public content_type articles\n`)
	wants(t, g, "", "role revoke public "+find+" "+findOne, `^public may not do `+find+`, `+findOne+` any more\n$`)
	wants(t, g, "", "role grant public api::not.there.yet --anyway", `^public may do api::not.there.yet now`)
	wants(t, g, "", "routes", `GET /api/articles `+find+` - content_type articles\n`)
}

func adminCommands(t *testing.T, g *gatetest.Gate) {
	wants(t, g, "", "admin list", "^there is no operator yet; add one with `caddy gatewright admin add <address>`\n$")
	wants(t, g, "", "admin add root@example.com", `^added operator root@example.com \(id 1\)\npassword: [A-Z2-7]{26}\nIt is kept nowhere in clear and shown this once.\n$`)
	wants(t, g, "Chosen-password-1\n", "admin add second@example.com --password-stdin", `^added operator second@example.com \(id 2\)\n$`)
	wants(t, g, "", "admin list", `^ID E-MAIL STATE\n1 root@example.com ok\n2 second@example.com ok\n$`)
}

func commandsInJSON(t *testing.T, g *gatetest.Gate) {
	for line, want := range map[string]string{
		"user list":            `{"users": [{"username": "bob"}, {"username": "ann"}], "total": 2}`,
		"role list":            `[{"type": "authenticated"}, {"type": "public"}]`,
		"role show 1":          `{"id": 1, "type": "authenticated"}`,
		"routes":               `[{"method": "GET", "path": "/api/connect/*", "access": "action", "roles": ["public"]}]`,
		"token ann":            `{"user": {"username": "ann"}, "public_url": "https://api.example.com"}`,
		"admin list":           `[{"email": "root@example.com"}, {"email": "second@example.com"}]`,
		"user block bob":       `{"username": "bob", "blocked": true}`,
		"role grant 2 " + find: `{"type": "public"}`,
	} {
		out := succeed(t, g.Command(t, strings.Fields("gatewright "+line+" --json")...))
		var got, has any
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Errorf("%s printed %s: %v", line, out, err)
		}
		if err := json.Unmarshal([]byte(want), &has); err != nil {
			t.Fatal(err)
		}
		if !includes(got, has) {
			t.Errorf("%s printed %s, want at least %s", line, out, want)
		}
	}
}

// includes tells whether got has what want has, and maybe more: further keys of objects, further elements of lists.
func includes(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		for key := range want {
			ok = ok && includes(got[key], want[key])
		}
		return ok
	case []any:
		got, ok := got.([]any)
		for i := range want {
			ok = ok && i < len(got) && includes(got[i], want[i])
		}
		return ok
	}
	return got == want
}

// TestCommandErrors tells that an operator learns what to do instead.
func TestCommandErrors(t *testing.T) {
	for name, make := range map[string]func(*testing.T, gatetest.Site) *gatetest.Gate{
		"with a server": gatetest.Start, "without a server": gatetest.Prepare,
	} {
		t.Run(name, func(t *testing.T) {
			g := make(t, gatetest.Site{})
			succeed(t, g.Command(t, "gatewright", "user", "add", "ann", "--email", "ann@example.com", "--init"))
			for _, tt := range []struct{ name, stdin, line, want string }{
				{"unknown role", "", "role show editor", `there is no role "editor"; there are authenticated, public`},
				{"grant to an unknown role", "", "role grant editor " + find, `there is no role "editor"`},
				{"unknown action", "", "role grant public api::article.article.fnid", "--anyway"},
				{"no action", "", "role grant public articles", `"articles" is not of the form api::type.controller.action`},
				{"too few words", "", "role grant public", "requires at least 2 arg"},
				{"revoking what is not there", "", "role revoke public " + find, "public may not do " + find + ", so there is nothing to take"},
				{"short password", "short\n", "user add bob --email bob@example.com --password-stdin", "password"},
				{"long password", strings.Repeat("x", 73) + "\n", "user add bob --email bob@example.com --password-stdin", "password"},
				{"no password", "", "user add bob --email bob@example.com --password-stdin", "there is no password on standard input"},
				{"short password of an operator", "short\n", "admin add bob@example.com --password-stdin", "password"},
				{"taken name", "", "user add ann --email other@example.com", "taken"},
				{"taken address", "", "user add other --email ann@example.com", "the e-mail address is taken"},
				{"no address", "", "user add bob", `required flag(s) "email" not set`},
				{"unknown user", "", "user block carol", "no such user"},
				{"token of an unknown user", "", "token carol", "no such user"},
				{"bad limit", "", "user list --limit -1", "a limit is between 1 and 10000"},
				{"unknown command", "", "user rename ann", `unknown command "rename"`},
			} {
				t.Run(tt.name, func(t *testing.T) {
					out := g.CommandWith(t, tt.stdin, strings.Fields("gatewright "+tt.line)...)
					if out.Code == 0 || !strings.Contains(out.Err, tt.want) {
						t.Errorf("ended with %d and said %q, want something about %q", out.Code, out.Err, tt.want)
					}
					if out.Out != "" {
						t.Errorf("standard output has %q", out.Out)
					}
					if password := strings.TrimSpace(tt.stdin); len(password) > 10 && strings.Contains(out.Err, password) {
						t.Errorf("the error tells the password: %s", out.Err)
					}
				})
			}
		})
	}
}

// TestCommandsWithoutConfiguration tells where a configuration is missing or not what it should be.
func TestCommandsWithoutConfiguration(t *testing.T) {
	g := gatetest.Prepare(t, gatetest.Site{})
	elsewhere := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(elsewhere, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct {
		name, want string
		args       []string
	}{
		{"a file that is not there", "no-such-file", []string{"--config", filepath.Join(elsewhere, "no-such-file")}},
		{"a file without gatewright", "has no gatewright in it", []string{"--config", write("empty.json", `{"admin": {"disabled": true}}`)}},
		{"a mistake in the file", "Caddyfile:2", []string{"--config", write("Caddyfile", "{\n\tgatewright here\n}\n")}},
		{"a bad address", `"127.0.0.1:1-9" is no address of an admin endpoint`, []string{"--address", "127.0.0.1:1-9"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := g.Command(t, append([]string{"gatewright", "routes"}, tt.args...)...)
			if out.Code == 0 || !strings.Contains(out.Err, tt.want) {
				t.Errorf("ended with %d and said %q, want something about %q", out.Code, out.Err, tt.want)
			}
		})
	}
	t.Run("no file at all", func(t *testing.T) {
		command := g.Process(t, "gatewright", "routes")
		command.Dir = t.TempDir()
		out, err := command.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "there is no Caddyfile here") {
			t.Errorf("said %q, %v", out, err)
		}
	})
}

// TestCommandWithoutServer tells that nothing is written where no server would see it, unless that is asked for.
func TestCommandWithoutServer(t *testing.T) {
	g := gatetest.Prepare(t, gatetest.Site{})
	dead := "unix/" + filepath.Join(g.Folder, "nobody.sock")
	for line, want := range map[string]string{
		"user list":                   "start the server, or make the store with --init",
		"user list --address " + dead: "no server answers at " + dead,
	} {
		out := g.Command(t, strings.Fields("gatewright "+line)...)
		if out.Code == 0 || !strings.Contains(out.Err, want) {
			t.Errorf("%s ended with %d and said %q, want something about %q", line, out.Code, out.Err, want)
		}
	}
	if _, err := os.Stat(g.Store()); !os.IsNotExist(err) {
		t.Errorf("a store was made: %v", err)
	}
}

// TestCommandOfAnotherStore tells that a server with another store is not asked, and that nothing else is done instead.
func TestCommandOfAnotherStore(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.SignUp(t, "ann")
	caddyfile, err := os.ReadFile(g.Caddyfile())
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(g.Folder, "other.caddyfile")
	text := strings.ReplaceAll(string(caddyfile), g.Store(), filepath.Join(g.Folder, "other.db"))
	if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	wants(t, g, "", "user list", "ann")
	list := []string{"gatewright", "user", "list", "--config", other, "--adapter", "caddyfile"}
	if out := g.Command(t, list...); out.Code == 0 || !strings.Contains(out.Err, "uses another store") {
		t.Errorf("ended with %d and said %q", out.Code, out.Err)
	}
	if out := succeed(t, g.Command(t, append(list, "--offline", "--init")...)); strings.Contains(out, "ann") {
		t.Errorf("the users of another store are\n%s", out)
	}
}

// TestAdminEndpoint tells what the endpoint of the commands refuses.
func TestAdminEndpoint(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"another method", http.MethodGet, "/gatewright/commands/routes", "", http.StatusMethodNotAllowed},
		{"another path", http.MethodPost, "/gatewright/", "{}", http.StatusNotFound},
		{"an unknown command", http.MethodPost, "/gatewright/commands/user.promote", "{}", http.StatusBadRequest},
		{"no arguments", http.MethodPost, "/gatewright/commands/user.add", "", http.StatusBadRequest},
		{"an unknown argument", http.MethodPost, "/gatewright/commands/user.list", `{"where": "1=1"}`, http.StatusBadRequest},
		{"arguments of the wrong type", http.MethodPost, "/gatewright/commands/user.list", `{"limit": "all"}`, http.StatusBadRequest},
		{"too much", http.MethodPost, "/gatewright/commands/user.list", `{"search": "` + repeat("a", 1<<20) + `"}`, http.StatusBadRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g.Admin(t, tt.method, tt.path, []byte(tt.body)).Want(t, tt.status)
		})
	}
	// It is on no public listener.
	g.Do(t, gatetest.Request{Method: http.MethodPost, Path: "/gatewright/commands/user.list", JSON: struct{}{}}).Want(t, http.StatusMethodNotAllowed)
}
