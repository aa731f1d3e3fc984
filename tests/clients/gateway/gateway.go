// Package gateway runs the conformance target for tests that talk to it as a front end would: in a process of its own,
// on a free port, with a mail server that keeps everything.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/gatewright/gatewright/tests/conformance"
	"github.com/gatewright/gatewright/tests/conformance/mailsink"
)

const (
	startTimeout = time.Minute
	requestLimit = 20 * time.Second
	jwtSecret    = "a secret of the tests, long enough for HS256"
)

// Gateway is a running gateway with content doubles behind it: articles, of which there are three, and reviews.
type Gateway struct {
	URL   string // without a path
	Mails *mailsink.Sink
	// MailsURL is the HTTP view of Mails.
	MailsURL string

	admin string // the administrator's token
}

// program is the built conformance target, from when Main runs the tests.
var program string

// Main builds the gateway and runs the tests of a package, which calls it from its TestMain.
func Main(m *testing.M) {
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func run(m *testing.M) (status int, err error) {
	folder, err := os.MkdirTemp("", "gatewright-tests-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	program = filepath.Join(folder, "conformance-server")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", program,
		"github.com/gatewright/gatewright/tests/conformance/server")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building the gateway: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// Start runs a gateway until the test ends. Its log is part of a failed test's output.
func Start(t *testing.T) *Gateway {
	t.Helper()
	sink, smtp := startMails(t)
	view := httptest.NewServer(sink.Handler())
	t.Cleanup(view.Close)
	port, err := conformance.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server, err := conformance.StartServer(context.WithoutCancel(t.Context()), program, folder(t), []string{
		"CONFORMANCE_PORT=" + strconv.Itoa(port),
		"CONFORMANCE_SMTP=" + smtp,
		"CONFORMANCE_JWT_SECRET=" + jwtSecret,
		"CONFORMANCE_MODE=legacy-support",
		"CONFORMANCE_RATELIMIT=off",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Stop()
		if t.Failed() {
			t.Logf("the log of the gateway ends:\n%s", server.LogTail())
		}
	})
	g := &Gateway{URL: "http://127.0.0.1:" + strconv.Itoa(port), Mails: sink, MailsURL: view.URL}
	if err := server.Await(t.Context(), g.URL+"/", startTimeout); err != nil {
		t.Fatalf("%v\n%s", err, server.LogTail())
	}
	g.login(t)
	return g
}

func startMails(t *testing.T) (sink *mailsink.Sink, address string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sink = new(mailsink.Sink)
	ended := make(chan error, 1)
	go func() { ended <- sink.ServeSMTP(listener) }()
	t.Cleanup(func() {
		_ = listener.Close()
		if err := <-ended; err != nil {
			t.Errorf("the mail server: %v", err)
		}
	})
	return sink, listener.Addr().String()
}

// folder is a temporary folder with a short name: the gateway puts a socket into it, whose path may have about 100 bytes.
func folder(t *testing.T) string {
	t.Helper()
	name, err := os.MkdirTemp("", "gw") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(name) })
	return name
}
