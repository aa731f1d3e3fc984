package mailsink

import (
	"encoding/json"
	"net/http"
)

// Handler returns the HTTP view of the sink:
//
//	GET    /messages   {"messages": [...]}, oldest first; with ?to=ADDRESS only those to it
//	DELETE /messages   forgets them all; with ?to=ADDRESS only those to it
//	GET    /health     204
func (s *Sink) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /messages", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, map[string]any{"messages": s.Messages(r.URL.Query().Get("to"))})
	})
	mux.HandleFunc("DELETE /messages", func(w http.ResponseWriter, r *http.Request) {
		s.Forget(r.URL.Query().Get("to"))
		writeJSON(w, map[string]any{"ok": true})
	})
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return mux
}

func writeJSON(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	// An error here means that the caller went away.
	_ = json.NewEncoder(w).Encode(body)
}
