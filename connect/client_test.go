package connect

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestPublicAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"140.82.112.3": true, "2606:50c0:8000::153": true, "8.8.8.8": true,
		"127.0.0.1": false, "127.8.8.8": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "0.0.0.0": false,
		"169.254.169.254": false, "100.64.0.1": false, "198.18.0.1": false, "224.0.0.1": false, "255.255.255.255": false,
		"240.0.0.1": false, "192.0.0.8": false, "192.0.2.1": false, "::1": false, "::": false, "::ffff:127.0.0.1": false,
		"::ffff:10.0.0.1": false, "::ffff:8.8.8.8": true, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd12::1": false,
		"ff02::1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001:db8::1": false, "2001::1": false, "::7f00:1": false,
		"fec0::1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestPrivateAddressesAreRefusedWhenDialled(t *testing.T) {
	asked := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer server.Close()
	for _, address := range []string{server.URL, strings.Replace(server.URL, "127.0.0.1", "localhost", 1)} {
		config := Config{
			Description: Description{Name: "acme", OAuth: 2, AuthorizeURL: "https://idp.test/a", AccessURL: address},
			ClientID:    "id", ClientSecret: "top-secret", RedirectURI: "https://gateway.test/",
		}
		p := mustNew(t, config, Options{})
		flow := Flow{State: strings.Repeat("a", 40)}
		_, err := p.Finish(t.Context(), flow, map[string][]string{"state": {flow.State}, "code": {"the-code"}})
		if !errors.Is(err, errPrivate) || !errors.Is(err, ErrUnreachable) || asked {
			t.Errorf("%s: %v", address, err)
		}
		if strings.Contains(err.Error(), "top-secret") || strings.Contains(err.Error(), "the-code") {
			t.Errorf("the error says too much: %v", err)
		}
	}
}

func TestRedirects(t *testing.T) {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	mux.HandleFunc("/1", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/2", http.StatusFound) })
	mux.HandleFunc("/2", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/3", http.StatusFound) })
	mux.HandleFunc("/3", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/end", http.StatusFound) })
	mux.HandleFunc("/end", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(server.URL, "127.0.0.1", "localhost", 1)+"/end", http.StatusFound)
	})
	it := newIDP(t)
	p := mustNew(t, it.config(), Options{AllowPrivate: true})
	if got, err := p.get(t.Context(), server.URL+"/1"); err != nil || string(got.body) != "ok" {
		t.Errorf("three redirects: %q, %v", got.body, err)
	}
	for _, path := range []string{"/loop", "/away"} {
		if _, err := p.get(t.Context(), server.URL+path); !errors.Is(err, errRedirects) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestSlowProvidersAreGivenUp(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(release)
	it := newIDP(t)
	p := mustNew(t, it.config(), Options{AllowPrivate: true, Timeout: 50 * time.Millisecond})
	if _, err := p.get(t.Context(), server.URL); !errors.Is(err, ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}

func TestAnswersAreCutOff(t *testing.T) {
	for size, want := range map[int]bool{maxResponse: true, maxResponse + 1: false, maxResponse * 3: false} {
		p := known(t, "github", nil, Options{Transport: fakeTransport(func(*http.Request) (int, string, string) {
			return http.StatusOK, "", strings.Repeat("x", size)
		})})
		got, err := p.get(t.Context(), "https://api.github.com/")
		if (err == nil && len(got.body) == size) != want || (!want && !errors.Is(err, errTooLarge)) {
			t.Errorf("%d bytes: %d, %v", size, len(got.body), err)
		}
	}
}
