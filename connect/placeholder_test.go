package connect

import (
	"net/url"
	"strings"
	"testing"
)

func TestPlaces(t *testing.T) {
	for address, want := range map[string]place{
		"[x]":                           wholeURL,
		"https://[x]":                   hostAndPath,
		"https://[x]/oauth/token":       hostAndPath,
		"https://[x].auth0.com/token":   hostLabels,
		"https://api.[x].test":          hostLabels,
		"https://idp.test/[x]/token":    pathSegment,
		"https://idp.test/a?tenant=[x]": plainText,
		"[x] and more":                  plainText,
	} {
		at := strings.Index(address, "[x]")
		if got := placeIn(address, at, at+3); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

func TestSettings(t *testing.T) {
	cases := []struct {
		where place
		good  []string
		bad   []string
	}{
		{
			hostLabels,
			[]string{"acme", "my-tenant.eu", "A1"},
			[]string{"", "evil.test/", "a.b@c", "a:80", "-a", "a-", "a..b", "a b", "a\nb", "é", "a#", "a?b", `a\b`, "[a]", "{a}", strings.Repeat("a", 64)},
		},
		{
			hostAndPath,
			[]string{"idp.test", "idp.test/realms/one", "idp.test:8443/cas", "localhost:8080", "t.b2clogin.com/t.onmicrosoft.com/B2C_1_in/v2.0"},
			[]string{
				"", "https://idp.test", "//idp.test", "a@idp.test", "idp.test:80@evil.test", "idp.test:", "idp.test:0", "idp.test:080", "idp.test:99999",
				"idp.test:8a", "idp.test/", "idp.test/../x", "idp.test/./x", "idp.test/a//b", "idp.test/%2e%2e/x", "idp.test?x", "idp.test#x", "idp.test/a b",
				"idp.test/a;b", "[::1]", "::1", "idp.test\r\nHost: x", "{client_secret}.evil.test",
			},
		},
		{
			pathSegment,
			[]string{"common", "contoso.onmicrosoft.com", "a_b~c", tenantUUID},
			[]string{"", ".", "..", "a/b", "a%2fb", "a?b", "a b", ".hidden", "a.", `a\b`, "é"},
		},
		{
			plainText,
			[]string{"a b", "key=1&x", "https://idp.test/x", "/"},
			[]string{"", " a", "a ", "a\nb", "a\x00", "{client_secret}", "[x]", `"`, "é"},
		},
		{
			wholeURL,
			[]string{"https://idp.test/a?b=c", "https://idp.test:8443/", "https://idp.test/@me"},
			[]string{
				"", "http://idp.test/", "//idp.test", "javascript:alert(1)", "https://a@idp.test/", "https://idp.test/#x", "https://", "https:idp.test",
				"https://idp.test/../x", "https://idp.test/ x", "https://idp.test:0/", "https://idp.test:/", `https://idp.test\@evil.test/`,
			},
		},
	}
	for _, c := range cases {
		for _, value := range c.good {
			if !c.where.accepts(value, false) {
				t.Errorf("%q is refused: it is %s", value, c.where.expected())
			}
		}
		for _, value := range c.bad {
			if c.where.accepts(value, false) {
				t.Errorf("%q is accepted for %s", value, c.where.expected())
			}
		}
	}
}

// Whatever the value of a setting, the address keeps its scheme, what surrounds the setting, and has no user.
func FuzzSettings(f *testing.F) {
	for _, seed := range []string{"acme", "idp.test/realms/one", "a@b", "../x", "a:80@b", "%2e%2e", "x?y#z", "https://x/"} {
		f.Add(seed)
	}
	templates := []string{"https://[x]/oauth/token", "https://[x].auth0.test/token", "https://idp.test/[x]/token", "https://idp.test/a?t=[x]", "[x]"}
	f.Fuzz(func(t *testing.T, value string) {
		for _, template := range templates {
			d := Description{Placeholders: []string{"x"}, AuthorizeURL: template}
			problems := &ConfigError{}
			got := resolve(d, map[string]string{"x": value}, false, problems).AuthorizeURL
			if len(problems.Missing)+len(problems.Invalid) > 0 {
				continue
			}
			u, err := url.Parse(got)
			if err != nil || u.Scheme != "https" || u.User != nil || u.Host == "" || u.Fragment != "" {
				t.Fatalf("%q makes %q", value, got)
			}
			switch template {
			case templates[0]:
				if !strings.HasSuffix(u.Path, "/oauth/token") || u.RawQuery != "" {
					t.Fatalf("%q makes %q", value, got)
				}
			case templates[1]:
				if !strings.HasSuffix(u.Host, ".auth0.test") || u.Path != "/token" {
					t.Fatalf("%q makes %q", value, got)
				}
			case templates[2]:
				if u.Host != "idp.test" || strings.Count(u.Path, "/") != 2 || !strings.HasSuffix(u.Path, "/token") {
					t.Fatalf("%q makes %q", value, got)
				}
			case templates[3]:
				if u.Host != "idp.test" || u.Path != "/a" || u.Query().Get("t") != value || len(u.Query()) != 1 {
					t.Fatalf("%q makes %q", value, got)
				}
			}
		}
	})
}
