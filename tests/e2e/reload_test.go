package e2e

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

// load is Gate.Load that must work.
func load(t *testing.T, g *gatetest.Gate, site gatetest.Site) {
	t.Helper()
	if err := g.Load(t, site); err != nil {
		t.Fatalf("reloading: %v", err)
	}
}

// reload is Gate.Reload that must work.
func reload(t *testing.T, g *gatetest.Gate, site gatetest.Site) {
	t.Helper()
	if err := g.Reload(t, site); err != nil {
		t.Fatalf("reloading: %v", err)
	}
}

// TestReloadKeepsRequest reloads while the upstream is still thinking, and again while it is talking.
func TestReloadKeepsRequest(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "route GET /slow public"})
	arrived, head, rest := make(chan struct{}), make(chan struct{}), make(chan struct{})
	g.Upstream.Handle(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-head
		_, _ = io.WriteString(w, "slow ")
		_ = http.NewResponseController(w).Flush()
		<-rest
		_, _ = io.WriteString(w, "but sure")
	})
	answered := make(chan *http.Response, 1)
	go func() {
		response, err := g.Send(t, gatetest.Request{Path: "/slow"})
		if err != nil {
			t.Errorf("the slow request: %v", err)
			response = &http.Response{Body: http.NoBody}
		}
		answered <- response
	}()
	<-arrived
	reload(t, g, gatetest.Site{App: "route GET /slow public", Handlers: "header X-Config 2"})
	close(head)
	response := <-answered
	reload(t, g, gatetest.Site{App: "route GET /slow public", Handlers: "header X-Config 3"})
	close(rest)
	if got := gatetest.ReadAnswer(t, response).Want(t, http.StatusOK).Body; got != "slow but sure" {
		t.Errorf("the answer is %q", got)
	}
	eventually(t, "the new configuration answers", func() bool {
		response, err := g.Send(t, gatetest.Request{Path: "/nothing"})
		return err == nil && response.Body.Close() == nil && response.Header.Get("X-Config") == "3"
	})
}

// TestReloadUnderLoad reloads five times while clients that know nothing of it ask on. A request that was begun is
// answered, and answered right. One that was not may be turned away, and is sent again: the kernel resets connections that
// still wait at the listener of the old configuration, and net/http closes those that it has just accepted.
func TestReloadUnderLoad(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.Grant(t, "authenticated", find)
	ann := g.SignUp(t, "ann")
	var stop atomic.Bool
	var sent, answered atomic.Int64
	turnedAway := make([][]string, 8)
	var clients sync.WaitGroup
	for i := range turnedAway {
		clients.Go(func() {
			for !stop.Load() {
				target := fmt.Sprintf("/api/articles?n=%d", sent.Add(1))
				response, err := g.Send(t, gatetest.Request{Path: target, Token: ann.Token})
				if err != nil {
					turnedAway[i] = append(turnedAway[i], target)
					continue
				}
				_, err = io.Copy(io.Discard, response.Body)
				if err := errors.Join(err, response.Body.Close()); err != nil || response.StatusCode != http.StatusOK {
					t.Errorf("answered %d, %v", response.StatusCode, err)
					return
				}
				answered.Add(1)
			}
		})
	}
	for i := range 5 {
		before := answered.Load()
		reload(t, g, gatetest.Site{Handlers: "header X-Config " + string(rune('a'+i))})
		eventually(t, "requests go on", func() bool { return t.Failed() || answered.Load() > before+20 })
	}
	stop.Store(true)
	clients.Wait()
	for _, seen := range g.Upstream.Requests() {
		if slices.Contains(slices.Concat(turnedAway...), seen.Target) {
			t.Errorf("%s reached the upstream, and its answer is lost", seen.Target)
		}
	}
}

// TestReloadKeepsState tells that accounts, tokens and grants outlive a reload, and that changes still count at once.
func TestReloadKeepsState(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	ann := g.SignUp(t, "ann")
	g.Grant(t, "authenticated", find)
	g.Get(t, "/api/articles", ann.Token).Want(t, http.StatusOK)
	for range 2 {
		load(t, g, gatetest.Site{Options: "unknown_routes public"})
		g.Get(t, "/api/articles", ann.Token).Want(t, http.StatusOK)
		g.Revoke(t, "authenticated", find)
		g.Get(t, "/api/articles", ann.Token).Want(t, http.StatusForbidden)
		g.Grant(t, "authenticated", find)
		g.Get(t, "/api/articles", ann.Token).Want(t, http.StatusOK)
	}
	g.SignIn(t, "ann", gatetest.Password).Want(t, http.StatusOK)
}

func TestReloadWithChanges(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	ann := g.SignUp(t, "ann")
	g.Get(t, "/api/users/me", ann.Token).Want(t, http.StatusOK)

	load(t, g, gatetest.Site{Secret: "another secret, of thirty-two bytes"})
	g.Get(t, "/api/users/me", ann.Token).Want(t, http.StatusUnauthorized)

	load(t, g, gatetest.Site{Store: filepath.Join(g.Folder, "other.db")})
	g.Get(t, "/api/users/me", ann.Token).Want(t, http.StatusUnauthorized)
	g.SignIn(t, "ann", gatetest.Password).Want(t, http.StatusBadRequest)

	load(t, g, gatetest.Site{})
	g.Get(t, "/api/users/me", ann.Token).Want(t, http.StatusOK)
}

// TestRefusedReload tells that the old configuration serves on, with its store, where the new one does not work.
func TestRefusedReload(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.Grant(t, "public", find)
	ann := g.SignUp(t, "ann")
	broken := filepath.Join(g.Folder, "broken.db")
	if err := os.WriteFile(broken, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		site gatetest.Site
		want string
	}{
		{"an unknown option", gatetest.Site{App: "shop open"}, `gatewright has no option "shop", at Caddyfile:`},
		{"a cost out of range", gatetest.Site{Cost: 99}, "a bcrypt cost of 99"},
		{"a bad address", gatetest.Site{App: "public_url here"}, "public_url"},
		{"a short secret", gatetest.Site{Secret: "short"}, "secret"},
		{"a route that is there already", gatetest.Site{App: "route POST /api/auth/local public"}, "matches the same requests"},
		{"the same route of app and site", gatetest.Site{App: "route GET /a public", Options: "route GET /A/ authenticated"}, "matches the same requests"},
		{"a broken store", gatetest.Site{Store: broken}, "it is no SQLite database"},
		{"a store that is a folder", gatetest.Site{Store: g.Folder}, "this is not a file"},
		{"a broken proxy", gatetest.Site{Proxy: "reverse_proxy {\n dynamic nothing\n}"}, "nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := g.Load(t, tt.site)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("loading: %v; want something about %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "short,") || strings.Contains(err.Error(), gatetest.Secret) {
				t.Errorf("the error has the secret in it: %v", err)
			}
			g.Get(t, "/api/articles", "").Want(t, http.StatusOK)
			g.Get(t, "/api/users/me", ann.Token).Want(t, http.StatusOK)
			g.SignIn(t, "ann", gatetest.Password).Want(t, http.StatusOK) // needs the store
		})
	}
	load(t, g, gatetest.Site{})
	g.SignIn(t, "ann", gatetest.Password).Want(t, http.StatusOK)
}

// eventually waits until something holds, for as long as gatetest.Patience.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(gatetest.Patience); !holds(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
