package connect

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/tests/conformance/fakeidp"
)

func TestWholeHandshake(t *testing.T) {
	for name, wish := range map[string]fakeidp.Wish{"json": {}, "form": {TokenForm: true}} {
		t.Run(name, func(t *testing.T) {
			it := newIDP(t)
			it.Next(wish)
			p := mustNew(t, it.config(), Options{AllowPrivate: true})
			address, flow, err := p.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			callback := visit(t, address)
			before := it.calls.Load()
			tokens, err := p.Finish(t.Context(), flow, callback)
			if err != nil {
				t.Fatal(err)
			}
			if calls := it.calls.Load() - before; calls != 1 || tokens.Expiry.IsZero() || tokens.IDToken == "" {
				t.Errorf("%d calls, expiry %v", calls, tokens.Expiry)
			}
			profile, err := p.Profile(t.Context(), tokens)
			if err != nil {
				t.Fatal(err)
			}
			want := Profile{Subject: "1", Username: "fakeuser", Email: "fakeuser@example.test", EmailVerified: true, Raw: profile.Raw}
			if diff := cmp.Diff(want, profile); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The recorded token request.
func TestTokenRequestAsRecorded(t *testing.T) {
	it := newIDP(t)
	p := mustNew(t, it.config(), Options{AllowPrivate: true})
	address, flow, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	callback := visit(t, address)
	if _, err := p.Finish(t.Context(), flow, callback); err != nil {
		t.Fatal(err)
	}
	answer, err := p.get(t.Context(), it.url+"/control/log")
	if err != nil {
		t.Fatal(err)
	}
	var log struct{ Token any }
	if err := json.Unmarshal(answer.body, &log); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"form": map[string]any{
			"grant_type": "authorization_code", "code": callback.Get("code"), "redirect_uri": testRedirect,
			"client_id": "fake-key", "client_secret": testSecret,
		},
		"authorization": nil, "content_type": formType,
	}
	if diff := cmp.Diff(any(want), log.Token); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFinishRefuses(t *testing.T) {
	flow := Flow{State: strings.Repeat("a", 40)}
	cases := []struct {
		name     string
		flow     Flow
		callback url.Values
		want     error
	}{
		{"another state", flow, url.Values{"code": {"c"}, "state": {strings.Repeat("b", 40)}}, ErrState},
		{"no state", flow, url.Values{"code": {"c"}}, ErrState},
		{"no flow", Flow{}, url.Values{"code": {"c"}, "state": {""}}, ErrState},
		{"a state and no flow", Flow{}, url.Values{"code": {"c"}, "state": {"x"}}, ErrState},
		{"nothing", flow, nil, ErrState},
		{"no code", flow, url.Values{"state": {flow.State}}, ErrNoCode},
		{
			"an error",
			Flow{},
			url.Values{"error": {"access_denied"}, "error_description": {"The user said\r\nno & left\x00"}},
			&ProviderError{Step: "authorize", Code: "access_denied", Description: "The user said  no & left"},
		},
		{
			"a secret echoed", flow,
			url.Values{"error": {"bad"}, "error_description": {"key the-secret"}},
			&ProviderError{Step: "authorize", Code: "bad", Description: "key ***"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := known(t, "github", nil, noNetwork(t)).Finish(t.Context(), c.flow, c.callback)
			if refused, ok := errors.AsType[*ProviderError](c.want); ok {
				if diff := cmp.Diff(error(refused), err); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			} else if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestFinish1Refuses(t *testing.T) {
	flow := Flow{State: strings.Repeat("a", 40), RequestToken: "t", RequestSecret: "s"}
	cases := []struct {
		name     string
		flow     Flow
		callback url.Values
		want     error
	}{
		{"another token", flow, url.Values{"oauth_token": {"u"}, "oauth_verifier": {"v"}}, ErrState},
		{"no token", flow, url.Values{"oauth_verifier": {"v"}}, ErrState},
		{"no flow", Flow{}, url.Values{"oauth_token": {""}, "oauth_verifier": {"v"}}, ErrState},
		{"no verifier", flow, url.Values{"oauth_token": {"t"}}, ErrNoCode},
	}
	for _, c := range cases {
		if _, err := known(t, "twitter", nil, noNetwork(t)).Finish(t.Context(), c.flow, c.callback); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
	_, err := known(t, "twitter", nil, noNetwork(t)).Finish(t.Context(), flow, url.Values{"denied": {"t"}})
	if refused, ok := errors.AsType[*ProviderError](err); !ok || refused.Code != "access_denied" {
		t.Errorf("denied: %v", err)
	}
	if _, err := known(t, "getpocket", nil, noNetwork(t)).Finish(t.Context(), Flow{}, url.Values{}); !errors.Is(err, ErrState) {
		t.Errorf("a callback without token and flow: %v", err)
	}
}

// What token endpoints answer, and what becomes of it.
func TestTokenAnswers(t *testing.T) {
	long := strings.Repeat("x", 5000)
	cases := []struct {
		name   string
		status int
		body   string
		want   any // an access token, or an error
	}{
		{"json", 200, `{"access_token":"tok"}`, "tok"},
		{"form", 200, `access_token=tok&scope=user`, "tok"},
		{"a byte order mark", 200, "\xef\xbb\xbf" + `{"access_token":"tok"}`, "tok"},
		{"expiry as text", 200, `{"access_token":"tok","expires_in":"3600"}`, "tok"},
		{"expiry as rubbish", 200, `{"access_token":"tok","expires_in":"soon"}`, "tok"},
		{"a scope list", 200, `{"access_token":"tok","scope":["a","b"]}`, "tok"},
		{"no token", 200, `{"hello":"world"}`, ErrNoToken},
		{"a token that is none", 200, `{"access_token":{"a":1}}`, ErrNoToken},
		{"a token with a line break", 200, `{"access_token":"a\r\nb"}`, ErrNoToken},
		{"a token without end", 200, `{"access_token":"` + strings.Repeat("t", maxToken+1) + `"}`, ErrNoToken},
		{"empty", 200, ``, ErrResponse},
		{"rubbish", 200, `<<<`, ErrResponse},
		{"nested without end", 200, strings.Repeat("[", 1<<19), ErrResponse},
		{"too large", 200, `{"access_token":"` + strings.Repeat("t", 1<<20) + `"}`, ErrUnreachable},
		{"a redirect", 302, ``, ErrUnreachable},
		{
			"refused", 400, `{"error":"invalid_grant","error_description":"The code is stale"}`,
			&ProviderError{Step: "access", Code: "invalid_grant", Description: "The code is stale", Status: 400},
		},
		{
			"refused with status 200", 200, `{"error":"bad_verification_code"}`,
			&ProviderError{Step: "access", Code: "bad_verification_code", Status: 200},
		},
		{
			"refused in Chinese fashion", 200, `{"errcode":40029,"errmsg":"invalid code"}`,
			&ProviderError{Step: "access", Code: "40029", Description: "invalid code", Status: 200},
		},
		{
			"refused as an object", 401, `{"error":{"message":"no","type":"OAuthException"}}`,
			&ProviderError{Step: "access", Code: "OAuthException", Description: "no", Status: 401},
		},
		{"refused as a page", 500, `<html>the-secret</html>`, &ProviderError{Step: "access", Code: "http_500", Status: 500}},
		{"refused with a token", 400, `{"access_token":"tok"}`, &ProviderError{Step: "access", Code: "http_400", Status: 400}},
		{
			"a secret echoed", 400, `{"error":"x","error_description":"the-secret is wrong"}`,
			&ProviderError{Step: "access", Code: "x", Description: "*** is wrong", Status: 400},
		},
		{
			"a code echoed", 400, `{"error":"x","error_description":"the-code is stale"}`,
			&ProviderError{Step: "access", Code: "x", Description: "*** is stale", Status: 400},
		},
		{
			"long text", 400, `{"error":"` + long + `","error_description":"` + long + `"}`,
			&ProviderError{Step: "access", Code: long[:maxCode], Description: long[:maxDescription], Status: 400},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := known(t, "github", nil, Options{Transport: fakeTransport(func(*http.Request) (int, string, string) {
				return c.status, "text/plain", c.body
			})})
			flow := Flow{State: strings.Repeat("a", 40)}
			tokens, err := p.Finish(t.Context(), flow, url.Values{"code": {"the-code"}, "state": {flow.State}})
			checkAnswer(t, c.want, tokens.AccessToken, err)
		})
	}
}

func checkAnswer(t *testing.T, want any, token string, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), "the-secret") {
		t.Errorf("the error holds the secret: %v", err)
	}
	switch want := want.(type) {
	case string:
		if token != want || err != nil {
			t.Errorf("got %q, %v", token, err)
		}
	case *ProviderError:
		if diff := cmp.Diff(error(want), err); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	case error:
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

func TestRefresh(t *testing.T) {
	var form string
	p := known(t, "google", nil, Options{Transport: fakeTransport(func(req *http.Request) (int, string, string) {
		raw, _ := io.ReadAll(req.Body)
		form = string(raw)
		return http.StatusOK, jsonType, `{"access_token":"new","expires_in":60}`
	})})
	tokens, err := p.Refresh(t.Context(), Tokens{AccessToken: "old", RefreshToken: "again"})
	if err != nil || tokens.AccessToken != "new" || tokens.RefreshToken != "again" {
		t.Errorf("%+v, %v", tokens, err)
	}
	if want := "client_id=the-key&client_secret=the-secret&grant_type=refresh_token&refresh_token=again"; form != want {
		t.Errorf("the request was %s", form)
	}
	if _, err := p.Refresh(t.Context(), Tokens{AccessToken: "old"}); !errors.Is(err, ErrNoToken) {
		t.Errorf("without a refresh token: %v", err)
	}
}

func TestCallbackParametersAreKept(t *testing.T) {
	p := known(t, "intuit", nil, Options{Transport: fakeTransport(func(*http.Request) (int, string, string) {
		return http.StatusOK, jsonType, `{"access_token":"tok"}`
	})})
	flow := Flow{State: strings.Repeat("a", 40)}
	tokens, err := p.Finish(t.Context(), flow, url.Values{
		"code": {"c"}, "state": {flow.State}, "realmId": {"42"}, "access_token": {"forged"},
	})
	if err != nil || string(tokens.Raw) != `{"access_token":"tok","realmId":"42"}` {
		t.Errorf("%s, %v", tokens.Raw, err)
	}
}
