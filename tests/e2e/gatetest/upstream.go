package gatetest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gatewright/gatewright/internal/contentapi"
)

// Upstream is the API behind a gateway. It notes the requests that reach it.
type Upstream struct {
	Address string

	mu      sync.Mutex
	seen    []Seen
	handler http.Handler
}

// Seen is a request that reached the upstream.
type Seen struct {
	Method string
	Target string // as on the wire, with the query
	Host   string
	Header http.Header
}

func startUpstream(t *testing.T) *Upstream {
	t.Helper()
	u := &Upstream{handler: contentapi.New(contentapi.Articles(), contentapi.Reviews())}
	server := httptest.NewServer(u)
	t.Cleanup(server.Close)
	u.Address = strings.TrimPrefix(server.URL, "http://")
	return u
}

// Handle makes the upstream answer by handler instead.
func (u *Upstream) Handle(handler http.HandlerFunc) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.handler = handler
}

// ServeHTTP notes the request and answers it.
func (u *Upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	u.seen = append(u.seen, Seen{Method: r.Method, Target: r.RequestURI, Host: r.Host, Header: r.Header.Clone()})
	handler := u.handler
	u.mu.Unlock()
	handler.ServeHTTP(w, r)
}

// Requests returns what has reached the upstream.
func (u *Upstream) Requests() []Seen {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.seen)
}

// Last returns the request that came last, and fails the test where there is none.
func (u *Upstream) Last(t *testing.T) Seen {
	t.Helper()
	seen := u.Requests()
	if len(seen) == 0 {
		t.Fatal("nothing has reached the upstream")
	}
	return seen[len(seen)-1]
}

// Forget drops what was noted.
func (u *Upstream) Forget() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen = nil
}
