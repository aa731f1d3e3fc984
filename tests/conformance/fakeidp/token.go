package fakeidp

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	signingKey = "fakeidp-signing-secret"
	expiresIn  = 600 // seconds
)

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	values, errForm := url.ParseQuery(string(raw))
	if err != nil || errForm != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_request"})
		return
	}
	form := flat(values)
	p.note("token", map[string]any{
		"form": form, "authorization": header(r, "Authorization"), "content_type": header(r, "Content-Type"),
	})
	wish, access, ok := p.redeem(form["code"])
	switch {
	case !ok:
		writeJSON(w, http.StatusBadRequest, map[string]any{
			"error": "invalid_grant", "error_description": "Unknown code",
		})
	case wish.TokenStatus != 0 || wish.TokenBody != nil:
		writeInstead(w, wish.TokenStatus, wish.TokenBody)
	default:
		serveTokens(w, r, wish, access, form["client_id"])
	}
}

// redeem takes a code and returns the wish it carries, with an access token for it unless /token is to answer
// something else.
func (p *Provider) redeem(code string) (wish Wish, access string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wish, ok = p.codes[code]
	delete(p.codes, code)
	if ok && wish.TokenStatus == 0 && wish.TokenBody == nil {
		access = remember(p.tokens, "access-", wish)
	}
	return wish, access, ok
}

func serveTokens(w http.ResponseWriter, r *http.Request, wish Wish, access, audience string) {
	idToken, err := signIDToken(issuer(r), audience, wish.Profile, time.Now())
	if err != nil {
		writeJSON(w, http.StatusInternalServerError, map[string]any{"error": "server_error"})
		return
	}
	if !wish.TokenForm {
		writeJSON(w, http.StatusOK, map[string]any{
			"access_token": access, "token_type": "bearer", "expires_in": expiresIn, "id_token": idToken,
		})
		return
	}
	form := url.Values{
		"access_token": {access}, "token_type": {"bearer"}, "expires_in": {fmt.Sprint(expiresIn)}, "id_token": {idToken},
	}
	w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
	_, _ = io.WriteString(w, form.Encode())
}

func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	authorization := r.Header.Get("Authorization")
	_, bearer, _ := strings.Cut(authorization, " ")
	p.mu.Lock()
	p.log["userinfo"] = map[string]any{"authorization": authorization}
	wish, ok := p.tokens[bearer]
	p.mu.Unlock()
	switch {
	case !ok:
		writeJSON(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
	case wish.UserinfoStatus != 0 || wish.UserinfoBody != nil:
		writeInstead(w, wish.UserinfoStatus, wish.UserinfoBody)
	default:
		writeJSON(w, http.StatusOK, wish.Profile)
	}
}

// writeInstead answers what a wish asks for: {} or 200 where it leaves one out. A body that is a JSON text is sent as
// the text it holds.
func writeInstead(w http.ResponseWriter, status int, body json.RawMessage) {
	status = cmp.Or(status, http.StatusOK)
	var plain string
	if json.Unmarshal(body, &plain) == nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, plain)
		return
	}
	if body == nil {
		body = json.RawMessage("{}")
	}
	writeJSON(w, status, body)
}

// signIDToken returns an ID token with the profile as claims.
func signIDToken(issuer, audience string, profile map[string]any, now time.Time) (string, error) {
	claims := map[string]any{"iss": issuer, "aud": audience, "iat": now.Unix(), "exp": now.Unix() + expiresIn}
	maps.Copy(claims, profile)
	var parts []string
	for _, part := range []any{map[string]any{"alg": "HS256", "typ": "JWT", "kid": "fake"}, claims} {
		raw, err := json.Marshal(part)
		if err != nil {
			return "", fmt.Errorf("writing an ID token: %w", err)
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(raw))
	}
	signed := strings.Join(parts, ".")
	mac := hmac.New(sha256.New, []byte(signingKey))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

func serveKeys(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "oct", "kid": "fake", "alg": "HS256", "k": base64.RawURLEncoding.EncodeToString([]byte(signingKey)),
	}}})
}

func serveDiscovery(w http.ResponseWriter, r *http.Request) {
	base := issuer(r)
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                base,
		"authorization_endpoint":                base + "/authorize",
		"token_endpoint":                        base + "/token",
		"userinfo_endpoint":                     base + "/userinfo",
		"jwks_uri":                              base + "/jwks",
		"response_types_supported":              []string{"code"},
		"id_token_signing_alg_values_supported": []string{"HS256"},
	})
}

func issuer(r *http.Request) string {
	return "http://" + r.Host
}

// header returns nil for a header that was not sent.
func header(r *http.Request, name string) any {
	if values := r.Header.Values(name); len(values) > 0 {
		return values[0]
	}
	return nil
}
