package connect

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"log/slog"
	"net/url"
	"time"
)

// Tokens are what a provider handed out. They hold secrets: they stay on the server. Their JSON form may be kept between
// [Provider.Finish] and [Provider.Profile].
type Tokens struct {
	AccessToken  string          `json:"access_token"`
	TokenSecret  string          `json:"token_secret,omitempty"` // OAuth 1.0a
	RefreshToken string          `json:"refresh_token,omitempty"`
	IDToken      string          `json:"id_token,omitempty"`
	Expiry       time.Time       `json:"expiry,omitzero"` // zero when the provider does not say
	Raw          json.RawMessage `json:"raw,omitempty"`   // the token response as one JSON object
	Code         string          `json:"code,omitempty"`  // some profile requests need it
	Nonce        string          `json:"nonce,omitempty"` // what the ID token must repeat
}

// LogValue keeps tokens out of logs.
func (Tokens) LogValue() slog.Value { return slog.StringValue("[tokens]") }

// Finish checks what the browser came back with and exchanges it for tokens. The flow is that of the same browser's start;
// a zero flow is refused. For OAuth 2.0 it makes one call, and for OAuth 1.0a one.
func (p *Provider) Finish(ctx context.Context, flow Flow, callback url.Values) (Tokens, error) {
	if refused := CallbackError(callback); refused != nil {
		p.scrub(refused)
		return Tokens{}, refused
	}
	var tokens Tokens
	var err error
	if p.d.OAuth == 1 {
		tokens, err = p.finish1(ctx, flow, callback)
	} else {
		tokens, err = p.finish2(ctx, flow, callback)
	}
	if err != nil {
		return Tokens{}, err
	}
	tokens.Raw = withCallback(tokens.Raw, p.tokenShape().CopyFromCallback, callback)
	return tokens, nil
}

func (p *Provider) finish2(ctx context.Context, flow Flow, callback url.Values) (Tokens, error) {
	if !equal(flow.State, callback.Get(stateParam)) {
		return Tokens{}, ErrState
	}
	code := callback.Get("code")
	if step := p.accessStep(); code == "" && step != nil && step.CallbackCode != "" {
		code = callback.Get(step.CallbackCode)
	}
	if code == "" {
		return Tokens{}, ErrNoCode
	}
	tokens, err := p.exchange(ctx, code, flow.Verifier)
	tokens.Nonce = flow.Nonce
	return tokens, err
}

// equal compares in constant time; an empty value equals nothing.
func equal(expected, got string) bool {
	return expected != "" && subtle.ConstantTimeCompare([]byte(expected), []byte(got)) == 1
}

// withCallback adds callback parameters to the token response, never over what the provider said itself.
func withCallback(raw json.RawMessage, names []string, callback url.Values) json.RawMessage {
	if len(names) == 0 {
		return raw
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members == nil {
		return raw
	}
	for _, name := range names {
		if _, taken := members[name]; taken || !callback.Has(name) {
			continue
		}
		if text, err := json.Marshal(clean(callback.Get(name), maxSetting)); err == nil {
			members[name] = text
		}
	}
	if joined, err := json.Marshal(members); err == nil {
		return joined
	}
	return raw
}
