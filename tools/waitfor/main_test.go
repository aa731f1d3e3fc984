package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestWaitTakesAnyAnswer(t *testing.T) {
	handlers := map[string]http.HandlerFunc{
		"ok":    func(http.ResponseWriter, *http.Request) {},
		"error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		},
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			if err := wait(t.Context(), server.URL); err != nil {
				t.Fatalf("wait: %v", err)
			}
		})
	}
}

func TestWaitGivesUp(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	url := server.URL
	server.Close()

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := wait(ctx, url); err == nil {
		t.Fatal("wait found an answer where nothing listens")
	}
}

func TestWaitRefusesWhatIsNoURL(t *testing.T) {
	if err := wait(t.Context(), "http://[::1"); err == nil {
		t.Fatal("wait accepted a broken URL")
	}
}
