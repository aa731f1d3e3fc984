package e2e

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"testing"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

// streaming is a site where every response passes the writer that mends CORS headers.
var streaming = gatetest.Site{App: corsOn + "\nunknown_routes public"}

// TestServerSentEvents reads an event before the upstream has sent the next one.
func TestServerSentEvents(t *testing.T) {
	g := gatetest.Start(t, streaming)
	next := make(chan struct{})
	g.Upstream.Handle(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, event := range []string{"data: one\n", "data: two\n"} {
			if _, err := io.WriteString(w, event); err != nil {
				return
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				return
			}
			select {
			case <-next:
			case <-r.Context().Done():
				return
			}
		}
	})
	response, err := g.Send(t, gatetest.Request{Path: "/events"})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	for _, want := range []string{"data: one\n", "data: two\n"} {
		if got, err := lines.ReadString('\n'); got != want || err != nil {
			t.Fatalf("got %q and %v, want %q", got, err, want)
		}
		next <- struct{}{}
	}
}

func TestEarlyHints(t *testing.T) {
	g := gatetest.Start(t, streaming)
	g.Upstream.Handle(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("X-Final", "yes")
		w.WriteHeader(http.StatusOK)
	})
	var hints textproto.MIMEHeader
	trace := &httptrace.ClientTrace{Got1xxResponse: func(_ int, header textproto.MIMEHeader) error {
		hints = header
		return nil
	}}
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, g.URL+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", front)
	response, err := new(http.Transport).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	answer := gatetest.ReadAnswer(t, response).Want(t, http.StatusOK)
	if got := hints.Get("Link"); got == "" {
		t.Error("the early hints are lost")
	}
	for name, got := range map[string]string{"hints": hints.Get("Access-Control-Allow-Origin"), "answer": corsHeaders(answer)["Allow-Origin"]} {
		if got != front {
			t.Errorf("the %s are for the origin %q", name, got)
		}
	}
	if answer.Header.Get("X-Final") != "yes" {
		t.Errorf("the header is %v", answer.Header)
	}
}

// TestUpgrade talks another protocol through the gateway, as a WebSocket does after its handshake.
func TestUpgrade(t *testing.T) {
	g := gatetest.Start(t, streaming)
	g.Upstream.Handle(func(w http.ResponseWriter, _ *http.Request) {
		connection, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Errorf("hijacking: %v", err)
			return
		}
		defer connection.Close()
		const head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nAccess-Control-Allow-Origin: *\r\n\r\n"
		if _, err := io.WriteString(connection, head); err != nil {
			t.Errorf("switching protocols: %v", err)
		}
		_, _ = io.Copy(connection, buffered)
	})
	connection := g.Dial(t)
	write := func(text string) {
		t.Helper()
		if _, err := io.WriteString(connection, text); err != nil {
			t.Fatal(err)
		}
	}
	write("GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\nOrigin: " + front + "\r\n\r\n")
	reader := bufio.NewReader(connection)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("status %d", response.StatusCode)
	}
	if got := response.Header.Values("Access-Control-Allow-Origin"); len(got) != 1 || got[0] != front {
		t.Errorf("the handshake is for the origins %q", got)
	}
	for _, line := range []string{"hello\n", "again\n"} {
		write(line)
		if got, err := reader.ReadString('\n'); got != line || err != nil {
			t.Fatalf("the echo is %q, %v", got, err)
		}
	}
}

// TestKeepAlive sends several requests, refused and answered ones, over one connection.
func TestKeepAlive(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "unknown_routes public"})
	connection := g.Dial(t)
	reader := bufio.NewReader(connection)
	for _, tt := range []struct {
		head   string
		status int
	}{
		{"GET /api/articles HTTP/1.1\r\nHost: x\r\n\r\n", 403},
		{"POST /api/auth/local HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", 400},
		{"POST /api/articles HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 403},
		{"GET /a/../b HTTP/1.1\r\nHost: x\r\n\r\n", 404},
		{"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	} {
		if _, err := io.WriteString(connection, tt.head); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatalf("after %q: %v", tt.head, err)
		}
		gatetest.ReadAnswer(t, response).Want(t, tt.status)
	}
}
