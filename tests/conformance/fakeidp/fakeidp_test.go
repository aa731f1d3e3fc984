package fakeidp

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

// provider is a running provider with a browser that follows nothing.
type provider struct {
	*testing.T
	url string
}

func start(t *testing.T) provider {
	t.Helper()
	server := httptest.NewServer(New())
	t.Cleanup(server.Close)
	return provider{t, server.URL}
}

// ask sends a request; a body that begins with { is JSON, any other is a form.
func (p provider) ask(method, path, body, bearer string) (*http.Response, string) {
	p.Helper()
	request, err := http.NewRequestWithContext(p.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if strings.HasPrefix(body, "{") {
		request.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		p.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		p.Fatal(err)
	}
	return answer, string(data)
}

// authorize returns the parameters of the way back.
func (p provider) authorize() url.Values {
	p.Helper()
	query := url.Values{"redirect_uri": {"http://app.test/back?x=1"}, "state": {"st"}, "client_id": {"app"}}
	answer, body := p.ask(http.MethodGet, "/authorize?"+query.Encode(), "", "")
	back, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || answer.StatusCode != http.StatusFound || back.Host != "app.test" {
		p.Fatalf("status %d, Location %s: %s", answer.StatusCode, back, body)
	}
	if back.Query().Get("x") != "1" {
		p.Errorf("the query of the redirect address is lost: %s", back)
	}
	return back.Query()
}

func (p provider) wish(wish string) {
	p.Helper()
	if answer, body := p.ask(http.MethodPost, "/control/next", wish, ""); answer.StatusCode != http.StatusOK {
		p.Fatalf("the wish was refused: %s", body)
	}
}

func (p provider) redeem(code string) (*http.Response, string) {
	p.Helper()
	return p.ask(http.MethodPost, "/token", url.Values{"code": {code}, "client_id": {"app"}}.Encode(), "")
}

func decode(t *testing.T, body string) map[string]any {
	t.Helper()
	var decoded map[string]any
	if err := json.Unmarshal([]byte(body), &decoded); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return decoded
}

func TestCodeFlow(t *testing.T) {
	p := start(t)
	p.wish(`{"profile":{"sub":"9","username":"ola"}}`)
	back := p.authorize()
	if back.Get("state") != "st" {
		t.Errorf("state %q", back.Get("state"))
	}
	// What comes after /authorize is not disturbed by the next wish.
	p.wish(`{"profile":{"username":"other"}}`)

	answer, body := p.redeem(back.Get("code"))
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", answer.StatusCode, body)
	}
	tokens := decode(t, body)
	_, profile := p.ask(http.MethodGet, "/userinfo", "", tokens["access_token"].(string))
	if diff := cmp.Diff(map[string]any{"sub": "9", "username": "ola"}, decode(t, profile)); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
	parsed, err := jwt.Parse(tokens["id_token"].(string), func(*jwt.Token) (any, error) { return []byte(signingKey), nil },
		jwt.WithIssuer(p.url), jwt.WithAudience("app"), jwt.WithExpirationRequired(), jwt.WithSubject("9"))
	if err != nil {
		t.Fatalf("the ID token: %v", err)
	}
	if parsed.Header["kid"] != "fake" {
		t.Errorf("the ID token has the header %v", parsed.Header)
	}
	if answer, _ := p.redeem(back.Get("code")); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("a code worked twice: status %d", answer.StatusCode)
	}
	if answer, _ := p.ask(http.MethodGet, "/userinfo", "", "nonsense"); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("a token nobody made: status %d", answer.StatusCode)
	}
}

func TestWishesForAuthorize(t *testing.T) {
	tests := []struct {
		name, wish string
		want       url.Values // without the code
		code       bool
	}{
		{"default", `{}`, url.Values{"state": {"st"}}, true},
		{"error", `{"error":"access_denied","error_description":"no & left"}`, url.Values{
			"state": {"st"}, "error": {"access_denied"}, "error_description": {"no & left"},
		}, false},
		{"other state", `{"state":"other"}`, url.Values{"state": {"other"}}, true},
		{"no state", `{"omit_state":true}`, url.Values{}, true},
		{"no code", `{"omit_code":true}`, url.Values{"state": {"st"}}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := start(t)
			p.wish(test.wish)
			got := p.authorize()
			if got.Has("code") != test.code {
				t.Errorf("code: %v, want %v", got.Has("code"), test.code)
			}
			got.Del("code")
			got.Del("x")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWishesForTokenAndUserinfo(t *testing.T) {
	tests := []struct {
		name, wish     string
		userinfo       bool // whether the flow gets as far as that
		status         int
		body, mustHold string
	}{
		{"token status and body", `{"token_status":400,"token_body":{"error":"invalid_grant"}}`, false, 400, `{"error":"invalid_grant"}`, ""},
		{"token status alone", `{"token_status":503}`, false, 503, "{}", ""},
		{"token body alone", `{"token_body":{"hello":"world"}}`, false, 200, `{"hello":"world"}`, ""},
		{"token body that is no JSON", `{"token_body":"<html>"}`, false, 200, "<html>", ""},
		{"token form", `{"token_form":true}`, false, 200, "", "access_token=access-"},
		{"userinfo", `{"userinfo_status":403,"userinfo_body":{"error":"insufficient_scope"}}`, true, 403, `{"error":"insufficient_scope"}`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := start(t)
			p.wish(test.wish)
			answer, body := p.redeem(p.authorize().Get("code"))
			if test.userinfo {
				answer, body = p.ask(http.MethodGet, "/userinfo", "", decode(t, body)["access_token"].(string))
			}
			if answer.StatusCode != test.status {
				t.Errorf("status %d, want %d", answer.StatusCode, test.status)
			}
			if body = strings.TrimSpace(body); (test.mustHold == "" && body != test.body) || !strings.Contains(body, test.mustHold) {
				t.Errorf("body %q", body)
			}
		})
	}
}

func TestControl(t *testing.T) {
	p := start(t)
	p.wish(`{"error":"x"}`)
	if answer, _ := p.ask(http.MethodDelete, "/control", "", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("status %d", answer.StatusCode)
	}
	code := p.authorize().Get("code")
	p.redeem(code)
	_, body := p.ask(http.MethodGet, "/control/log", "", "")
	want := map[string]any{
		"authorize": map[string]any{"query": map[string]any{
			"redirect_uri": "http://app.test/back?x=1", "state": "st", "client_id": "app",
		}},
		"token": map[string]any{
			"form":          map[string]any{"code": code, "client_id": "app"},
			"authorization": nil, "content_type": "application/x-www-form-urlencoded",
		},
	}
	if diff := cmp.Diff(want, decode(t, body)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if answer, _ := p.ask(http.MethodPost, "/control/next", "{nonsense", ""); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("a broken wish: status %d", answer.StatusCode)
	}
	if answer, _ := p.ask(http.MethodGet, "/authorize", "", ""); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("nowhere to go back to: status %d", answer.StatusCode)
	}
}

func TestDiscovery(t *testing.T) {
	p := start(t)
	_, body := p.ask(http.MethodGet, "/.well-known/openid-configuration", "", "")
	found := decode(t, body)
	if found["issuer"] != p.url || found["jwks_uri"] != p.url+"/jwks" {
		t.Errorf("discovery: %v", found)
	}
	_, keys := p.ask(http.MethodGet, "/jwks", "", "")
	if !strings.Contains(keys, `"kid":"fake"`) {
		t.Errorf("keys: %s", keys)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	kept := make(map[string]Wish)
	for range maxKept + 1 {
		remember(kept, "code-", Wish{})
	}
	if len(kept) != 1 {
		t.Errorf("%d codes are kept", len(kept))
	}
}
