package gatetest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Patience bounds how long a test waits for what has to happen.
const Patience = 20 * time.Second

// Request is a request to the gateway.
type Request struct {
	Method string // empty: GET
	Path   string // with the query, as on the wire
	Host   string // empty: the address
	Token  string // sent as a Bearer token unless empty
	JSON   any    // encoded as the body unless nil
	Body   io.Reader
	Header http.Header
}

// Answer is what the gateway answered.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Do sends a request and reads the whole answer.
func (g *Gate) Do(t *testing.T, r Request) Answer {
	t.Helper()
	response, err := g.Send(t, r) //nolint:bodyclose // ReadAnswer closes it
	if err != nil {
		t.Fatal(err)
	}
	return ReadAnswer(t, response)
}

// Send sends a request and returns when the head of the answer is there. The caller closes its body.
func (g *Gate) Send(t *testing.T, r Request) (*http.Response, error) {
	t.Helper()
	body := r.Body
	if r.JSON != nil {
		encoded, err := json.Marshal(r.JSON)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(t.Context(), or(r.Method, http.MethodGet), g.URL+r.Path, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = r.Host
	maps.Copy(request.Header, r.Header)
	if r.JSON != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if r.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	return g.client.Do(request)
}

// ReadAnswer reads the whole answer and closes its body.
func ReadAnswer(t *testing.T, response *http.Response) Answer {
	t.Helper()
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: string(body)}
}

// Get is Do for a GET request with a token, or none.
func (g *Gate) Get(t *testing.T, path, token string) Answer {
	t.Helper()
	return g.Do(t, Request{Path: path, Token: token})
}

// Dial opens a connection of its own to the gateway, for the test's lifetime and no longer than Patience.
func (g *Gate) Dial(t *testing.T) net.Conn {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", g.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(Patience)); err != nil {
		t.Fatal(err)
	}
	return connection
}

// Raw sends bytes over a connection of its own and reads one answer. Line ends in head are made CRLF, and the head is
// ended.
func (g *Gate) Raw(t *testing.T, head string) Answer {
	t.Helper()
	connection := g.Dial(t)
	lines := strings.ReplaceAll(strings.TrimSpace(head), "\n", "\r\n") + "\r\n\r\n"
	if _, err := io.WriteString(connection, lines); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(head, " ")
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: method}) //nolint:bodyclose // ReadAnswer closes it
	if err != nil {
		t.Fatalf("reading the answer to %q: %v", head, err)
	}
	return ReadAnswer(t, response)
}

// Decode reads the body as JSON into value.
func (a Answer) Decode(t *testing.T, value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Body), value); err != nil {
		t.Fatalf("reading the answer %d %q: %v", a.Status, a.Body, err)
	}
}

// Message is the message of an error answer; empty when there is none.
func (a Answer) Message() string {
	var envelope struct {
		Error struct{ Message string }
	}
	_ = json.Unmarshal([]byte(a.Body), &envelope)
	return envelope.Error.Message
}

// Want fails the test unless the answer has the status.
func (a Answer) Want(t *testing.T, status int) Answer {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d; the body is %s", a.Status, status, a.Body)
	}
	return a
}
