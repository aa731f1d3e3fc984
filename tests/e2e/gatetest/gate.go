package gatetest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/modules/standard" // what an ordinary Caddy has

	_ "github.com/gatewright/gatewright" // and what we add
)

// Gate is a running gateway.
type Gate struct {
	// Address is the host and port of the site; URL has http:// before it.
	Address, URL string
	// Folder holds the Caddyfile, the store, the socket of the admin endpoint and the logs.
	Folder string
	// Upstream is what the gateway protects.
	Upstream *Upstream

	socket string // of the admin endpoint
	loads  int
	client *http.Client
}

// Start runs a gateway in front of an upstream with articles and reviews, until the test ends.
func Start(t *testing.T, site Site) *Gate {
	t.Helper()
	g := prepare(t)
	if err := g.Load(t, site); err != nil {
		t.Fatalf("starting the gateway: %v", err)
	}
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Errorf("stopping the gateway: %v", err)
		}
	})
	return g
}

// Prepare is Start without a running server: commands find the configuration and the store.
func Prepare(t *testing.T, site Site) *Gate {
	t.Helper()
	g := prepare(t)
	g.move(freeAddress(t))
	g.write(t, site)
	return g
}

func prepare(t *testing.T) *Gate {
	t.Helper()
	g := &Gate{Folder: shortFolder(t), Upstream: startUpstream(t)}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	g.client = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return g
}

// Load makes the gateway go on with another configuration, at another address, or returns why it refuses; the old one
// serves on then. The address changes because the old configuration may still accept connections at its own when this
// returns; Reload keeps it.
func (g *Gate) Load(t *testing.T, site Site) error {
	t.Helper()
	const attempts = 5 // another process may take the address before Caddy does
	for i := 1; ; i++ {
		next := *g
		next.move(freeAddress(t))
		err := next.run(t, site)
		if err == nil {
			*g = next
			return nil
		}
		if i == attempts || !strings.Contains(err.Error(), "address already in use") {
			return err
		}
	}
}

// Reload is Load at the same address. Requests that are made meanwhile, or soon after, may be answered by either
// configuration, or be turned away before they are read.
func (g *Gate) Reload(t *testing.T, site Site) error {
	t.Helper()
	return g.run(t, site)
}

func (g *Gate) run(t *testing.T, site Site) error {
	t.Helper()
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(g.write(t, site), nil)
	if err != nil {
		return err
	}
	return caddy.Load(config, true)
}

func (g *Gate) move(address string) {
	g.loads++
	g.Address, g.URL = address, "http://"+address
	g.socket = filepath.Join(g.Folder, fmt.Sprintf("admin%d.sock", g.loads))
}

func (g *Gate) write(t *testing.T, site Site) []byte {
	t.Helper()
	caddyfile := []byte(site.caddyfile(g))
	if err := os.WriteFile(g.Caddyfile(), caddyfile, 0o600); err != nil {
		t.Fatal(err)
	}
	return caddyfile
}

// Caddyfile is the file with the configuration that was loaded last.
func (g *Gate) Caddyfile() string { return filepath.Join(g.Folder, "Caddyfile") }

// Store is the file with the accounts.
func (g *Gate) Store() string { return filepath.Join(g.Folder, "gatewright.db") }

// Logs returns all that was logged since the test began, access logs included.
func (g *Gate) Logs(t *testing.T) string {
	t.Helper()
	var logs strings.Builder
	for _, name := range []string{"caddy.log", "access.log"} {
		text, err := os.ReadFile(filepath.Join(g.Folder, name))
		if err != nil {
			t.Fatal(err)
		}
		logs.Write(text)
	}
	return logs.String()
}

// freeAddress is one that nobody listens at now.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return address
}

// shortFolder is a temporary folder whose name leaves room for that of a socket, which t.TempDir does not promise.
func shortFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "gate") //nolint:usetesting // the name of a socket may have about 100 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	return folder
}

func dialSocket(path string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
}
