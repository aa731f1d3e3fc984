// Package fakeidp is a made-up OAuth 2 and OpenID Connect provider for tests. It sends everyone straight back without
// asking, and can be told to misbehave in every way a login has to withstand.
//
//	GET    /authorize     302 to redirect_uri with a code and the state
//	POST   /token         a code for an access token and an ID token
//	GET    /userinfo      the profile that belongs to the bearer token
//	GET    /jwks, /.well-known/openid-configuration, /health
//	POST   /control/next  how the next authorization goes: a Wish
//	GET    /control/log   what /authorize, /token and /userinfo last received
//	DELETE /control       back to the defaults
package fakeidp

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"sync"
)

const (
	maxBody = 1 << 20 // bytes
	// maxKept bounds the codes and the tokens that are remembered.
	maxKept = 10_000
)

// Wish says how the next authorization goes. Its zero value is a login that succeeds with the default profile.
type Wish struct {
	Profile          map[string]any  `json:"profile"`
	Error            string          `json:"error"` // /authorize answers with this error
	ErrorDescription string          `json:"error_description"`
	State            *string         `json:"state"` // /authorize returns this state instead of the one given
	OmitState        bool            `json:"omit_state"`
	OmitCode         bool            `json:"omit_code"`
	TokenStatus      int             `json:"token_status"` // /token answers with this status or body instead
	TokenBody        json.RawMessage `json:"token_body"`
	TokenForm        bool            `json:"token_form"`      // /token answers form encoded, not JSON
	UserinfoStatus   int             `json:"userinfo_status"` // /userinfo answers with this status or body instead
	UserinfoBody     json.RawMessage `json:"userinfo_body"`
}

// Provider is the made-up provider. It is safe for concurrent use. A code works once, and carries the Wish it was made
// under, so that logins which have been through /authorize do not disturb each other.
type Provider struct {
	mux *http.ServeMux

	mu     sync.Mutex
	next   Wish
	codes  map[string]Wish
	tokens map[string]Wish
	log    map[string]any
}

// New returns a provider with the default profile. Its issuer is the address it is asked at.
func New() *Provider {
	p := &Provider{mux: http.NewServeMux(), next: defaultWish()}
	p.codes, p.tokens, p.log = make(map[string]Wish), make(map[string]Wish), make(map[string]any)
	p.mux.HandleFunc("GET /authorize", p.authorize)
	p.mux.HandleFunc("POST /token", p.token)
	p.mux.HandleFunc("GET /userinfo", p.userinfo)
	p.mux.HandleFunc("GET /jwks", serveKeys)
	p.mux.HandleFunc("GET /.well-known/openid-configuration", serveDiscovery)
	p.mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	p.mux.HandleFunc("POST /control/next", p.control)
	p.mux.HandleFunc("GET /control/log", p.serveLog)
	p.mux.HandleFunc("DELETE /control", func(w http.ResponseWriter, _ *http.Request) {
		p.Next(Wish{})
		writeJSON(w, http.StatusOK, map[string]any{"ok": true})
	})
	return p
}

// ServeHTTP answers one request.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	p.mux.ServeHTTP(w, r)
}

// Next sets how the next authorization goes and empties the log.
func (p *Provider) Next(wish Wish) {
	if wish.Profile == nil {
		wish.Profile = defaultWish().Profile
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = wish
	clear(p.log)
}

func defaultWish() Wish {
	return Wish{Profile: map[string]any{
		"sub": "1", "username": "fakeuser", "email": "fakeuser@example.test", "email_verified": true,
	}}
}

func (p *Provider) control(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	var wish Wish
	if err == nil && len(raw) > 0 {
		err = json.Unmarshal(raw, &wish)
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
		return
	}
	p.Next(wish)
	writeJSON(w, http.StatusOK, map[string]any{"ok": true})
}

func (p *Provider) serveLog(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	writeJSON(w, http.StatusOK, p.log)
}

// remember adds to codes or tokens; when there are too many, all are forgotten. It must be called with the lock held.
func remember(kept map[string]Wish, prefix string, wish Wish) string {
	if len(kept) >= maxKept {
		clear(kept)
	}
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails
	name := prefix + hex.EncodeToString(raw[:])
	kept[name] = wish
	return name
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// An error here means that the caller went away.
	_ = json.NewEncoder(w).Encode(body)
}
