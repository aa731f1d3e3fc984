package faults

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	adminEmail    = "root@example.test"
	adminPassword = "Root-admin-1"
)

// gateway is a process with Gatewright that can be killed and started again on the same data.
type gateway struct {
	program    string
	folder     string
	url        string
	mailServer string
	process    *exec.Cmd
	client     *http.Client
}

// newGateway builds the program and writes its configuration.
func newGateway(t *testing.T, mailServer string) *gateway {
	t.Helper()
	folder := t.TempDir()
	g := &gateway{
		program: filepath.Join(folder, "gateway"), folder: folder, mailServer: mailServer,
		client: &http.Client{Timeout: 5 * time.Second},
	}
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", g.program, "./gateway").CombinedOutput()
	if err != nil {
		t.Fatalf("building the gateway: %v\n%s", err, output)
	}
	port := freePort(t)
	g.url = fmt.Sprintf("http://127.0.0.1:%d", port)
	caddyfile := fmt.Sprintf(`{
	admin unix/%s
	auto_https off
	gatewright {
		store sqlite %s
		public_url %s
		bcrypt_cost 4
		mailer smtp %s {
			security none
			timeout 2s
		}
	}
}
http://:%d {
	bind 127.0.0.1
	gatewright_admin
	gatewright
}
`, filepath.Join(folder, "admin.sock"), filepath.Join(folder, "gatewright.db"), g.url, mailServer, port)
	if err := os.WriteFile(g.caddyfile(), []byte(caddyfile), 0o600); err != nil {
		t.Fatal(err)
	}
	add := exec.CommandContext(t.Context(), g.program, "gatewright", "admin", "add", adminEmail, "--password-stdin", "--init",
		"--config", g.caddyfile())
	add.Stdin = strings.NewReader(adminPassword)
	if output, err := add.CombinedOutput(); err != nil {
		t.Fatalf("adding an operator: %v\n%s", err, output)
	}
	t.Cleanup(func() {
		if g.process != nil {
			_ = g.process.Process.Kill()
			_ = g.process.Wait()
		}
	})
	return g
}

func (g *gateway) caddyfile() string { return filepath.Join(g.folder, "Caddyfile") }

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}

// start starts the process and waits until it answers.
func (g *gateway) start(t *testing.T) {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(g.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	g.process = exec.CommandContext(context.WithoutCancel(t.Context()), g.program, "run", "--config", g.caddyfile())
	g.process.Stdout, g.process.Stderr = log, log
	if err := g.process.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if status, _ := g.send(t.Context(), http.MethodGet, "/api/users/me", "", ""); status != 0 {
			return
		}
		if time.Now().After(deadline) {
			written, _ := os.ReadFile(filepath.Join(g.folder, "log"))
			t.Fatalf("the gateway does not answer; its log:\n%s", written[max(0, len(written)-4000):])
		}
	}
}

// kill ends the process as a power failure would.
func (g *gateway) kill(t *testing.T) {
	t.Helper()
	if err := g.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = g.process.Wait()
	g.process = nil
}

func (g *gateway) post(ctx context.Context, path, token, body string) (status int, answer []byte) {
	return g.send(ctx, http.MethodPost, path, token, body)
}

// send returns status 0 when there is no answer.
func (g *gateway) send(ctx context.Context, method, path, token, body string) (status int, answer []byte) {
	request, err := http.NewRequestWithContext(ctx, method, g.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := g.client.Do(request)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(response.Body)
	if err != nil {
		return 0, nil
	}
	return response.StatusCode, answer
}
