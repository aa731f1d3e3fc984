package e2e

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

// TestFloodOfLogins fills the queue for hashing passwords. What is too much is sent away, and proxied requests go on.
func TestFloodOfLogins(t *testing.T) {
	// So that the queue of 256 fills faster than it empties.
	g := gatetest.Start(t, gatetest.Site{Cost: 12})
	g.Grant(t, "public", find)
	flood := 320 + 4*runtime.GOMAXPROCS(0) // half of the processors hash
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	busy := make(chan string, flood)
	var logins sync.WaitGroup
	for range flood {
		logins.Go(func() {
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, g.URL+"/api/auth/local",
				strings.NewReader(`{"identifier":"nobody","password":"nothing"}`))
			if err != nil {
				t.Error(err)
				return
			}
			request.Header.Set("Content-Type", "application/json")
			response, err := http.DefaultTransport.RoundTrip(request)
			if err != nil {
				return // cancelled in the end
			}
			defer response.Body.Close()
			switch response.StatusCode {
			case http.StatusServiceUnavailable:
				busy <- response.Header.Get("Retry-After")
			case http.StatusBadRequest: // it got its turn
			default:
				t.Errorf("a login is answered %d", response.StatusCode)
			}
		})
	}
	for range 20 {
		select {
		case got := <-busy:
			if got != "1" {
				t.Errorf("Retry-After is %q", got)
			}
		case <-time.After(gatetest.Patience):
			t.Fatal("every login is let in")
		}
		g.Get(t, "/api/articles", "").Want(t, http.StatusOK)
	}
	cancel()
	logins.Wait()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	eventually(t, "logins are taken again", func() bool {
		return g.SignIn(t, "nobody", "nothing").Status == http.StatusBadRequest
	})
}
