package connect

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What profile requests answer, and what becomes of it.
func TestProfileAnswers(t *testing.T) {
	cases := []struct {
		name   string
		status int
		body   string
		want   error
	}{
		{
			"refused as recorded", 403, `{"error":"insufficient_scope"}`,
			&ProviderError{Step: "profile", Code: "insufficient_scope", Status: 403},
		},
		{
			"the token echoed", 401, `{"message":"no such token: the-token"}`,
			&ProviderError{Step: "profile", Code: "http_401", Description: "no such token: ***", Status: 401},
		},
		{
			"refused with status 200", 200, `{"ok":false,"error":"not_authed"}`,
			&ProviderError{Step: "profile", Code: "not_authed", Status: 200},
		},
		{"nobody", 200, `{"login":"ola"}`, ErrNoSubject},
		{"a subject that is none", 200, `{"id":{"a":1}}`, ErrNoSubject},
		{"a subject without end", 200, `{"id":"` + strings.Repeat("x", maxSubject+1) + `"}`, ErrNoSubject},
		{"a list", 200, `[]`, ErrResponse},
		{"rubbish", 200, `hello`, ErrResponse},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := known(t, "github", nil, Options{Transport: fakeTransport(func(*http.Request) (int, string, string) {
				return c.status, jsonType, c.body
			})})
			_, err := p.Profile(t.Context(), Tokens{AccessToken: "the-token", Raw: []byte("{}")})
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

func TestOptionalRequestsMayFail(t *testing.T) {
	p := known(t, "github", nil, Options{Transport: fakeTransport(func(req *http.Request) (int, string, string) {
		if req.URL.Path == "/user/emails" {
			return http.StatusNotFound, jsonType, `{"message":"Not Found"}`
		}
		return http.StatusOK, jsonType, `{"id":7,"login":"ola","email":"ola@b.test","_emails":[{"email":"ola@b.test","verified":true}]}`
	})})
	profile, err := p.Profile(t.Context(), Tokens{AccessToken: "a", Raw: []byte("{}")})
	if err != nil || profile.Subject != "7" || profile.Email != "ola@b.test" {
		t.Errorf("%+v, %v", profile, err)
	}
	if profile.EmailVerified {
		t.Error("a member of the profile passes for the answer of another request")
	}
}

func TestInactiveAccountsAreRefused(t *testing.T) {
	for status, want := range map[string]error{"active": nil, "inactive": ErrRefused} {
		p := known(t, "box", nil, Options{Transport: fakeTransport(func(*http.Request) (int, string, string) {
			return http.StatusOK, jsonType, `{"id":"7","login":"ola@b.test","status":"` + status + `"}`
		})})
		if _, err := p.Profile(t.Context(), Tokens{AccessToken: "a"}); !errors.Is(err, want) {
			t.Errorf("%s: %v", status, err)
		}
	}
}

func TestProvidersWithoutAProfile(t *testing.T) {
	if _, err := known(t, "garmin", nil, noNetwork(t)).Profile(t.Context(), Tokens{AccessToken: "a"}); !errors.Is(err, ErrNoProfile) {
		t.Errorf("got %v", err)
	}
}

func TestTemplatesInAddresses(t *testing.T) {
	f := facts{
		names: map[string]string{"a": "x/y?z", "up": "..", "none": ""},
		docs:  map[string][]byte{"token": []byte(`{"u":"1 2"}`)},
	}
	for address, want := range map[string]string{
		"https://a.test/{a}/b":        "https://a.test/x%2Fy%3Fz/b",
		"https://a.test/{token.u}":    "https://a.test/1%202",
		"https://a.test/?q={a}":       "https://a.test/?q=x%2Fy%3Fz",
		"https://a.test/{unknown}":    "https://a.test/{unknown}",
		"https://a.test/{up}":         "",
		"https://a.test/{none}/b":     "",
		"https://a.test/{token.none}": "",
	} {
		got, err := expandAddress(address, f)
		if err == nil && got != want || err != nil && want != "" {
			t.Errorf("%s: %s, %v", address, got, err)
		}
	}
}
