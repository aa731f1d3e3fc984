package connect

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"

	"golang.org/x/oauth2"
)

// Flow is what must survive from the start of a handshake to its callback. It holds secrets: it belongs into a store on the
// server, or into a sealed cookie, bound to the browser that began, and is good for one callback.
type Flow struct {
	State         string `json:"state"`                    // 40 hex digits; OAuth 2.0 sends it
	Verifier      string `json:"verifier,omitempty"`       // PKCE; empty when off
	Nonce         string `json:"nonce,omitempty"`          // OpenID Connect; empty when off
	RequestToken  string `json:"request_token,omitempty"`  // OAuth 1.0a
	RequestSecret string `json:"request_secret,omitempty"` // OAuth 1.0a
}

// LogValue keeps the secrets of a handshake out of logs.
func (Flow) LogValue() slog.Value { return slog.StringValue("[handshake]") }

// Begin starts a handshake: the browser is sent to the address, and the caller keeps the flow for the callback.
//
// For OAuth 2.0 it makes no outgoing call, unless the endpoints come from metadata that [Provider.Discover] has not read
// yet. For OAuth 1.0a it asks for a request token, which is one call.
func (p *Provider) Begin(ctx context.Context) (authorizeURL string, flow Flow, err error) {
	flow = Flow{State: randomHex(20)}
	if p.d.OAuth == 1 {
		return p.begin1(ctx, flow)
	}
	meta, err := p.metadata(ctx)
	if err != nil {
		return "", Flow{}, err
	}
	if p.wantsPKCE(meta) {
		flow.Verifier = oauth2.GenerateVerifier()
	}
	if p.config.Extras && p.checksIDToken() {
		flow.Nonce = randomHex(16)
	}
	address := firstOf(p.d.AuthorizeURL, meta.AuthURL)
	if address == "" {
		return "", Flow{}, fmt.Errorf("%w: it names no authorization endpoint", ErrDiscovery)
	}
	return p.authorizeParams(flow).addTo(address), flow, nil
}

// authorizeParams keeps the order of the recordings: the five standard parameters, and all others after them.
func (p *Provider) authorizeParams(flow Flow) params {
	list := params(nil).
		with("client_id", p.config.ClientID).
		with("response_type", "code").
		with("redirect_uri", p.config.RedirectURI).
		with(scopeParam, p.scope).
		with(stateParam, flow.State)
	f := p.facts(map[string]string{stateParam: flow.State})
	list = list.set(p.d.AuthorizeParams, f)
	for _, name := range sortedKeys(p.config.CustomParams) {
		list = list.with(name, p.config.CustomParams[name])
	}
	list = list.with("nonce", flow.Nonce)
	if flow.Verifier != "" {
		list = list.with("code_challenge", oauth2.S256ChallengeFromVerifier(flow.Verifier)).
			with("code_challenge_method", "S256")
	}
	step := p.authorizeStep()
	if step != nil && step.ScopeRaw {
		if i := list.index(scopeParam); i >= 0 {
			list[i].raw = rawScope(p.scope)
		}
	}
	return list.apply(step, f)
}

// rawScope reports whether a scope can stand in a query as it is.
func rawScope(scope string) bool {
	for _, r := range scope {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-', r == '.', r == ':', r == '+':
		default:
			return false
		}
	}
	return true
}

// wantsPKCE: a provider that requires it gets it even without extras, since nothing else works there.
func (p *Provider) wantsPKCE(meta *metadata) bool {
	switch {
	case p.d.PKCERequired:
		return true
	case !p.config.Extras:
		return false
	case p.d.PKCE != nil:
		return *p.d.PKCE
	default:
		return meta.pkce
	}
}

func randomHex(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails
	return hex.EncodeToString(raw)
}
