package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gatewright/gatewright/accounts"
)

func TestPutProviders(t *testing.T) {
	const icon = `{"email":{"icon":"envelope","enabled":true}}`
	for _, x := range []exchange{
		{name: "off", body: `{"providers":{"email":{"enabled":false}}}`, status: 200, equal: okBody},
		{name: "nothing of it", body: `{"providers":{}}`, status: 200, equal: okBody},
		{name: "empty", body: `{}`, status: 400, equal: failure(400, "ValidationError", "Request body cannot be empty")},
		{name: "no providers", body: `{"email":{}}`, status: 400, with: []string{"providers must be a `object` type"}},
		{name: "providers are a list", body: `{"providers":[]}`, status: 400, with: []string{"providers must be a `object` type"}},
		{name: "a provider is a text", body: `{"providers":{"email":"x"}}`, status: 400, with: []string{"email must be a `object` type"}},
		{name: "unknown provider", body: `{"providers":{"nosuch":{"enabled":true}}}`, status: 400, with: []string{"nosuch"}},
		{name: "enabled as a text", body: `{"providers":{"email":{"enabled":"false"}}}`, status: 400, with: []string{"email.enabled"}},
		{name: "key of the local provider", body: `{"providers":{"email":{"enabled":false,"key":"x"}}}`, status: 400, with: []string{"email.key"}},
		{name: "unknown field", body: `{"providers":{"email":{"enabled":false,"x":1}}}`, status: 400, with: []string{"email.x"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newSite(t)
			x.method, x.target = "PUT", "/users-permissions/providers"
			x.check(t, s.serveAdmin(t, x, s.newOperator(t)))
			providers, err := s.Accounts.Providers(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			raw, err := json.Marshal(accounts.Providers{"email": providers["email"]})
			if off := string(raw) != icon; err != nil || off != (x.name == "off") {
				t.Errorf("providers %s, %v", raw, err)
			}
		})
	}
}

const providersTarget = "/users-permissions/providers"

// The providers of Strapi are there from the start, in the shape that its admin panel shows and sends back.
func TestBuiltInProviders(t *testing.T) {
	s := newSite(t)
	s.PublicURL = "https://api.example.test/"
	x := exchange{method: "GET", target: providersTarget, status: 200, with: []string{
		`"github":{"icon":"github","enabled":false,"key":"","secret":"",` +
			`"callbackUrl":"https://api.example.test/api/auth/github/callback","scope":["user","user:email"],` +
			`"redirectUri":"https://api.example.test/api/connect/github/callback"}`,
		`"auth0":{"icon":"","enabled":false,"key":"","secret":"",` +
			`"callback":"https://api.example.test/api/auth/auth0/callback","subdomain":"my-tenant.eu","scope":["openid","email","profile"],` +
			`"redirectUri":"https://api.example.test/api/connect/auth0/callback"}`,
		`"email":{"icon":"envelope","enabled":true}`,
		`"twitter":{"icon":"twitter","enabled":false,"key":"","secret":"","callbackUrl":"https://api.example.test/api/auth/twitter/callback","redirectUri"`,
	}}
	token := s.newOperator(t)
	answer := s.serveAdmin(t, x, token)
	x.check(t, answer)

	before, err := s.Accounts.Providers(t.Context())
	if err != nil || len(before) != 17 {
		t.Fatalf("%d providers, %v", len(before), err)
	}
	back := exchange{method: "PUT", target: providersTarget, body: `{"providers":` + answer.Body.String() + `}`, status: 200, equal: okBody}
	back.check(t, s.serveAdmin(t, back, token))
	after, err := s.Accounts.Providers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if was, is := marshal(t, before), marshal(t, after); was != is {
		t.Errorf("sending back what was shown changes\n%s to\n%s", was, is)
	}
}

// A secret is never given out; the mask in its place keeps it, and anything else replaces it.
func TestSecretsOfProviders(t *testing.T) {
	s := newSite(t)
	token := s.newOperator(t)
	for _, step := range []struct{ put, want string }{
		{`{"key":"client","secret":"hush-1","enabled":true}`, "hush-1"},
		{`{"key":"client-2","secret":"********"}`, "hush-1"},
		{`{"key":"client-3"}`, "hush-1"},
		{`{"secret":"hush-2"}`, "hush-2"},
		{`{"secret":""}`, ""},
		{`{"secret":"********"}`, ""},
	} {
		put := exchange{method: "PUT", target: providersTarget, body: `{"providers":{"github":` + step.put + `}}`, status: 200, equal: okBody}
		put.check(t, s.serveAdmin(t, put, token))
		providers, err := s.Accounts.Providers(t.Context())
		if err != nil || providers["github"].Secret != step.want || !providers["github"].Enabled {
			t.Errorf("after %s: %+v, %v", step.put, providers["github"], err)
		}
		answer := s.serveAdmin(t, exchange{method: "GET", target: providersTarget}, token).Body.String()
		if strings.Contains(answer, "hush") || strings.Contains(answer, `"secret":"********"`) != (step.want != "") {
			t.Errorf("after %s the secret is shown as\n%s", step.put, answer)
		}
	}
	if log := s.log.String(); strings.Contains(log, "hush") {
		t.Errorf("a secret is logged: %s", log)
	}
}

func TestFieldsOfProviders(t *testing.T) {
	s := newSite(t)
	token := s.newOperator(t)
	long := strings.Repeat("x", maxProviderText+1)
	for _, x := range []exchange{
		{name: "everything", body: `{"auth0":{"enabled":true,"icon":"lock","key":"k","secret":"s","callback":"https://front.example.test/done?x=1","subdomain":"tenant.example.test:8443/realms/one","scope":["openid"]}}`},
		{name: "path of a callback", body: `{"github":{"callbackUrl":"/done"}}`},
		{name: "no callback", body: `{"github":{"callbackUrl":""}}`},
		{name: "no scope", body: `{"github":{"scope":null}}`},
		{name: "the other name of the callback", body: `{"github":{"callback":"/done"}}`, status: 400, with: []string{"github.callback"}},
		{name: "callback at another site", body: `{"github":{"callbackUrl":"//evil.example.test"}}`, status: 400, with: []string{"github.callbackUrl"}},
		{name: "callback with a backslash", body: `{"github":{"callbackUrl":"/\\evil.example.test"}}`, status: 400, with: []string{"github.callbackUrl"}},
		{name: "callback that is a script", body: `{"github":{"callbackUrl":"javascript:alert(1)"}}`, status: 400, with: []string{"github.callbackUrl"}},
		{name: "callback with a password", body: `{"github":{"callbackUrl":"https://a:b@front.example.test"}}`, status: 400, with: []string{"github.callbackUrl"}},
		{name: "subdomain that leaves the host", body: `{"auth0":{"subdomain":"evil.example.test#"}}`, status: 400, with: []string{"auth0.subdomain"}},
		{name: "subdomain with an account", body: `{"auth0":{"subdomain":"a@evil.example.test"}}`, status: 400, with: []string{"auth0.subdomain"}},
		{name: "subdomain that climbs", body: `{"auth0":{"subdomain":"tenant/../x"}}`, status: 400, with: []string{"auth0.subdomain"}},
		{name: "scope as a text", body: `{"github":{"scope":"user"}}`, status: 400, with: []string{"github.scope"}},
		{name: "scope with a number", body: `{"github":{"scope":[1]}}`, status: 400, with: []string{"github.scope"}},
		{name: "secret as a number", body: `{"github":{"secret":1}}`, status: 400, with: []string{"github.secret"}},
		{name: "too long", body: `{"github":{"key":"` + long + `"}}`, status: 400, with: []string{"github.key"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			before, err := s.Accounts.Providers(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			x.method, x.target, x.body = "PUT", providersTarget, `{"providers":`+x.body+`}`
			if x.status == 0 {
				x.status, x.equal = 200, okBody
			}
			x.check(t, s.serveAdmin(t, x, token))
			after, err := s.Accounts.Providers(t.Context())
			if err != nil || x.status == 400 && marshal(t, before) != marshal(t, after) {
				t.Errorf("a refused change is stored: %+v, %v", after, err)
			}
		})
	}
	providers, err := s.Accounts.Providers(t.Context())
	const want = `{"icon":"lock","enabled":true,"key":"k","secret":"s","callback":"https://front.example.test/done?x=1",` +
		`"subdomain":"tenant.example.test:8443/realms/one","scope":["openid"]}`
	if got := marshal(t, providers["auth0"]); err != nil || got != want {
		t.Errorf("stored %s, %v", got, err)
	}
}

func marshal(t testing.TB, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
