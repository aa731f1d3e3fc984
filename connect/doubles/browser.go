package doubles

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"strings"
)

var statePattern = regexp.MustCompile(`^[0-9a-f]{40}$`)

// Visit plays the browser at the provider's authorize page: it holds the address against the description, gives consent,
// and returns the parameters of the callback.
func (d *Double) Visit(authorizeURL string) (url.Values, error) {
	u, err := url.Parse(authorizeURL)
	if err != nil {
		return nil, err
	}
	if got := withoutQuery(authorizeURL); got != withoutQuery(d.endpoints.authorize) {
		return nil, fmt.Errorf("the browser is sent to %s, not to %s", got, d.endpoints.authorize)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, err
	}
	if d.d.OAuth == 1 {
		return d.visit1(query), nil
	}
	step := d.step("authorize")
	state := query.Get("state")
	if !statePattern.MatchString(state) {
		d.complain("authorize: the state %q is not 40 hex digits", state)
	}
	want := map[string]string{
		"client_id": d.clientID(), "response_type": "code", "redirect_uri": RedirectURI, "scope": d.scope(), "state": state,
	}
	maps.Copy(want, d.expanded(d.d.AuthorizeParams))
	d.visitExtras(query, want)
	want = d.changed(want, step)
	maps.Copy(want, queryOf(d.endpoints.authorize))
	if step.ScopeRaw {
		if !strings.Contains(u.RawQuery, "scope="+d.scope()) {
			d.complain("authorize: the scope is encoded")
		}
		want["scope"] = strings.ReplaceAll(d.scope(), "+", " ")
	}
	d.compare("authorize", want, query)
	return d.callback(state), nil
}

// visitExtras remembers PKCE and the nonce, and checks that they are there when they ought to be.
func (d *Double) visitExtras(query url.Values, want map[string]string) {
	d.mu.Lock()
	d.challenge, d.nonce = query.Get("code_challenge"), query.Get("nonce")
	d.mu.Unlock()
	allowed := !d.variant.NoExtras && d.d.PKCE != nil && *d.d.PKCE
	if allowed || d.d.PKCERequired {
		want["code_challenge"], want["code_challenge_method"] = query.Get("code_challenge"), "S256"
		if len(query.Get("code_challenge")) != 43 {
			d.complain("authorize: no PKCE challenge, which the description allows")
		}
	}
	if !d.variant.NoExtras && d.signsIDTokens() && query.Has("nonce") {
		want["nonce"] = query.Get("nonce")
	}
	if !d.variant.NoExtras && d.d.Profile != nil && d.d.Profile.Auth == "id_token" && len(query.Get("nonce")) < 16 {
		d.complain("authorize: no nonce for an ID token")
	}
}

func (d *Double) remembered() (challenge, nonce string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.challenge, d.nonce
}

func (d *Double) callback(state string) url.Values {
	callback := url.Values{"code": {code}, "state": {state}}
	if other := d.step("access").CallbackCode; other != "" {
		callback.Del("code")
		callback.Set(other, code)
	}
	if d.d.Flow != nil && d.d.Flow.TokenResponse != nil {
		for _, name := range d.d.Flow.TokenResponse.CopyFromCallback {
			callback.Set(name, plantedWord)
		}
	}
	return callback
}

func (d *Double) visit1(query url.Values) url.Values {
	step := d.step("authorize")
	want := map[string]string{"oauth_token": requestToken}
	if step.ScopeParam != "" {
		want["scope"] = d.scope()
	}
	maps.Copy(want, d.expanded(d.d.AuthorizeParams))
	want = d.changed(want, step)
	maps.Copy(want, queryOf(d.endpoints.authorize))
	d.compare("authorize", want, query)
	switch {
	case d.step("access").Auth == "none":
		return url.Values{}
	case d.step("access").OmitVerifier:
		return url.Values{"oauth_token": {requestToken}}
	default:
		return url.Values{"oauth_token": {requestToken}, "oauth_verifier": {verifier}}
	}
}
