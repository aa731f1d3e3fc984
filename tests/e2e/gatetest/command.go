package gatetest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
)

// asCaddy makes a test binary behave as Caddy: it has everything that Caddy has, and needs no build.
const asCaddy = "GATETEST_AS_CADDY"

// Main is what TestMain calls. It runs the tests, or the command that a test asked for.
func Main(m *testing.M) {
	if os.Getenv(asCaddy) != "" {
		caddycmd.Main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Output is what a command wrote and how it ended.
type Output struct {
	Out, Err string
	Code     int
}

// Command runs `caddy <args>` in a process of its own.
func (g *Gate) Command(t *testing.T, args ...string) Output {
	t.Helper()
	return g.CommandWith(t, "", args...)
}

// CommandWith is Command with something on standard input.
func (g *Gate) CommandWith(t *testing.T, stdin string, args ...string) Output {
	t.Helper()
	command := g.Process(t, args...)
	var out, errs bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &out, &errs
	if err := command.Run(); err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	return Output{Out: out.String(), Err: errs.String(), Code: command.ProcessState.ExitCode()}
}

// Process is `caddy <args>`, not begun. It is killed when the test ends. The gateway's folder is its own and its home.
func (g *Gate) Process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], args...) // #nosec G204 G702 -- this very binary
	command.Env = []string{
		asCaddy + "=1", "HOME=" + g.Folder, "PATH=" + os.Getenv("PATH"),
		"GORACE=atexit_sleep_ms=0", // or the race detector makes each command a second longer
	}
	command.Dir = g.Folder
	return command
}

// Operate runs a command of operators in the running server, by way of its admin socket, and reads the result.
func (g *Gate) Operate(t *testing.T, name string, args, result any) {
	t.Helper()
	encoded, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	answer := g.Admin(t, http.MethodPost, "/gatewright/commands/"+name, encoded).Want(t, http.StatusOK)
	if result != nil {
		answer.Decode(t, result)
	}
}

// Admin sends a request to the admin socket.
func (g *Gate) Admin(t *testing.T, method, path string, body []byte) Answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{DialContext: dialSocket(g.socket), DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Do(request) //nolint:bodyclose // ReadAnswer closes it
	if err != nil {
		t.Fatal(err)
	}
	return ReadAnswer(t, response)
}

type grantArgs struct {
	Role    string   `json:"role"`
	Actions []string `json:"actions"`
}

// Grant allows a role actions.
func (g *Gate) Grant(t *testing.T, role string, actions ...string) {
	t.Helper()
	g.Operate(t, "role.grant", grantArgs{role, actions}, nil)
}

// Revoke takes actions from a role.
func (g *Gate) Revoke(t *testing.T, role string, actions ...string) {
	t.Helper()
	g.Operate(t, "role.revoke", grantArgs{role, actions}, nil)
}
