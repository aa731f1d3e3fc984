package caddymodule

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestCORSWriter tells that an upstream's headers are mended however a handler begins its answer.
func TestCORSWriter(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter) error{
		"WriteHeader": func(w http.ResponseWriter) error { w.WriteHeader(http.StatusOK); return nil },
		"Write":       func(w http.ResponseWriter) error { _, err := io.WriteString(w, "hello"); return err },
		"ReadFrom": func(w http.ResponseWriter) error {
			_, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader("hello"))
			return err
		},
		"Flush": func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			recorder := httptest.NewRecorder()
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			request.Header.Set("Origin", "https://front.example")
			w, done := (&CORS{Origins: []string{"https://front.example"}}).handle(recorder, request)
			if done {
				t.Fatal("the request is answered")
			}
			w.Header().Set("Access-Control-Allow-Origin", "*")
			w.Header().Set("Access-Control-Allow-Credentials", "true")
			w.Header().Del("Vary")
			if err := answer(w); err != nil {
				t.Fatal(err)
			}
			got := recorder.Result().Header
			if origin := got.Get("Access-Control-Allow-Origin"); origin != "https://front.example" {
				t.Errorf("the answer is for %q", origin)
			}
			if got.Get("Access-Control-Allow-Credentials") != "" || got.Get("Vary") != "Origin" {
				t.Errorf("the header is %v", got)
			}
		})
	}
}
