package connect

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	testIssuer = "https://idp.acme.test"
	tenantUUID = "11111111-2222-3333-4444-555555555555"
)

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// issuing is an issuer without a network: metadata, keys, and a count of requests.
func issuing(issuer string, requests *int) Options {
	keys, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: testKey().Public(), KeyID: "k", Algorithm: "RS256"}}})
	return Options{Transport: fakeTransport(func(req *http.Request) (int, string, string) {
		*requests++
		switch {
		case strings.HasSuffix(req.URL.Path, wellKnown):
			raw, _ := json.Marshal(map[string]any{
				"issuer": issuer, "authorization_endpoint": testIssuer + "/authorize", "token_endpoint": testIssuer + "/token",
				"jwks_uri": testIssuer + "/keys", "id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
				"code_challenge_methods_supported": []string{"plain", "S256"},
			})
			return http.StatusOK, jsonType, string(raw)
		case req.URL.Path == "/keys":
			return http.StatusOK, jsonType, string(keys)
		default:
			return http.StatusNotFound, "", ""
		}
	})}
}

func oidcProvider(t *testing.T, opts Options) *Provider {
	t.Helper()
	d, _ := Lookup("duende-identity-server6")
	d.DefaultScopes = []string{"openid"}
	return mustNew(t, Config{
		Description: d, ClientID: "client", ClientSecret: "a secret of thirty-two bytes....", RedirectURI: "https://gateway.test/callback",
		Placeholders: map[string]string{"subdomain": "idp.acme.test"}, Extras: true,
	}, opts)
}

func signed(t *testing.T, key jose.SigningKey, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := token.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func rs256() jose.SigningKey { return jose.SigningKey{Algorithm: jose.RS256, Key: testKey()} }

func claimsWith(changes map[string]any) map[string]any {
	claims := map[string]any{
		"iss": testIssuer, "aud": "client", "sub": "42", "nonce": "n", "exp": time.Now().Add(time.Hour).Unix(), "name": "ola",
	}
	maps.Copy(claims, changes)
	return claims
}

func TestIDTokens(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(testKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"`+testIssuer+`","aud":"client","sub":"42","nonce":"n","exp":9999999999}`)) + "."
	good := signed(t, rs256(), claimsWith(nil))
	cases := map[string]struct {
		token string
		ok    bool
	}{
		"good":                     {good, true},
		"among several audiences":  {signed(t, rs256(), claimsWith(map[string]any{"aud": []string{"x", "client"}, "azp": "client"})), true},
		"another party's":          {signed(t, rs256(), claimsWith(map[string]any{"aud": []string{"x", "client"}, "azp": "x"})), false},
		"another audience":         {signed(t, rs256(), claimsWith(map[string]any{"aud": "x"})), false},
		"another issuer":           {signed(t, rs256(), claimsWith(map[string]any{"iss": "https://evil.test"})), false},
		"another nonce":            {signed(t, rs256(), claimsWith(map[string]any{"nonce": "m"})), false},
		"no nonce":                 {signed(t, rs256(), claimsWith(map[string]any{"nonce": nil})), false},
		"expired":                  {signed(t, rs256(), claimsWith(map[string]any{"exp": time.Now().Add(-time.Minute).Unix()})), false},
		"no expiry":                {signed(t, rs256(), claimsWith(map[string]any{"exp": nil})), false},
		"not yet":                  {signed(t, rs256(), claimsWith(map[string]any{"nbf": time.Now().Add(time.Hour).Unix()})), false},
		"another key":              {signed(t, jose.SigningKey{Algorithm: jose.RS256, Key: other}, claimsWith(nil)), false},
		"the public key as secret": {signed(t, jose.SigningKey{Algorithm: jose.HS256, Key: publicPEM}, claimsWith(nil)), false},
		"the client's secret":      {signed(t, jose.SigningKey{Algorithm: jose.HS256, Key: []byte("a secret of thirty-two bytes....")}, claimsWith(nil)), false},
		"none":                     {none, false},
		"cut":                      {good[:len(good)-10], false},
		"missing":                  {"", false},
	}
	requests := 0
	p := oidcProvider(t, issuing(testIssuer, &requests))
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			profile, err := p.Profile(t.Context(), Tokens{AccessToken: "a", IDToken: c.token, Nonce: "n"})
			if c.ok && (err != nil || profile.Subject != "42" || profile.EmailVerified) {
				t.Errorf("%+v, %v", profile, err)
			}
			if !c.ok && !errors.Is(err, ErrIDToken) {
				t.Errorf("accepted, or refused for another reason: %v", err)
			}
		})
	}
	if _, err := p.ProfileFromIDToken(t.Context(), good); err != nil {
		t.Errorf("a native application's token: %v", err)
	}
	if _, err := p.ProfileFromIDToken(t.Context(), cases["another audience"].token); !errors.Is(err, ErrIDToken) {
		t.Errorf("a token made for another application: %v", err)
	}
}

func TestTenants(t *testing.T) {
	requests := 0
	const template = "https://login.microsoftonline.com/" + tenantID + "/v2.0"
	p := known(t, "azure", func(c *Config) { c.Placeholders = map[string]string{"tenant": "common"} }, issuing(template, &requests))
	issuer := strings.Replace(template, tenantID, tenantUUID, 1)
	cases := []struct {
		name string
		give map[string]any
		want error
	}{
		{"good", map[string]any{"iss": issuer, "tid": tenantUUID}, nil},
		{"another tenant's issuer", map[string]any{"iss": issuer, "tid": strings.Replace(tenantUUID, "1", "9", 1)}, ErrIDToken},
		{"no tenant", map[string]any{"iss": issuer}, ErrIDToken},
		{"a tenant that is a path", map[string]any{"iss": strings.Replace(template, tenantID, "../x", 1), "tid": "../x"}, ErrIDToken},
		{"another host", map[string]any{"iss": "https://evil.test/" + tenantUUID + "/v2.0", "tid": tenantUUID}, ErrIDToken},
	}
	for _, c := range cases {
		token := signed(t, rs256(), claimsWith(map[string]any{"aud": "the-key", "iss": c.give["iss"], "tid": c.give["tid"]}))
		if _, err := p.Profile(t.Context(), Tokens{IDToken: token, Nonce: "n"}); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

func TestDiscovery(t *testing.T) {
	for name, issuer := range map[string]string{
		"another issuer": "https://evil.test", "another path": testIssuer + "/x", "none": "", "a template of another host": "https://evil.test/" + tenantID,
	} {
		requests := 0
		p := oidcProvider(t, issuing(issuer, &requests))
		if err := p.Discover(t.Context()); !errors.Is(err, ErrDiscovery) {
			t.Errorf("%s: %v", name, err)
		}
		// A failure is remembered for a moment.
		if _, _, err := p.Begin(t.Context()); !errors.Is(err, ErrDiscovery) || requests != 1 {
			t.Errorf("%s: %d requests, %v", name, requests, err)
		}
	}
	requests := 0
	p := oidcProvider(t, issuing(testIssuer+"/", &requests))
	if err := p.Discover(t.Context()); err != nil || !p.NeedsDiscovery() {
		t.Fatal(err)
	}
	for range 3 {
		address, flow, err := p.Begin(t.Context())
		if err != nil || !strings.HasPrefix(address, testIssuer+"/authorize?client_id=client&") || flow.Verifier == "" || flow.Nonce == "" {
			t.Errorf("%s, %v", address, err)
		}
	}
	if requests != 1 {
		t.Errorf("%d requests; after discovery a start makes none", requests)
	}
}

func TestProfileOfAnotherSubject(t *testing.T) {
	if !sameSubject(nil, []byte(`{"sub":"x"}`)) || !sameSubject([]byte(`{"sub":"x"}`), []byte(`{"id":1}`)) {
		t.Error("without two subjects there is nothing to compare")
	}
	if sameSubject([]byte(`{"sub":"x"}`), []byte(`{"sub":"y"}`)) {
		t.Error("userinfo of another subject passes")
	}
}

func TestSignedProfiles(t *testing.T) {
	requests := 0
	p := oidcProvider(t, issuing(testIssuer, &requests))
	for name, c := range map[string]struct {
		token string
		ok    bool
	}{
		"good":             {signed(t, rs256(), map[string]any{"sub": "42"}), true},
		"another issuer":   {signed(t, rs256(), map[string]any{"sub": "42", "iss": "https://evil.test"}), false},
		"another audience": {signed(t, rs256(), map[string]any{"sub": "42", "aud": "x"}), false},
		"not signed":       {`{"sub":"42"}`, false},
	} {
		payload, err := p.signedProfile(t.Context(), c.token)
		if c.ok && (err != nil || string(payload) != `{"sub":"42"}`) || !c.ok && !errors.Is(err, ErrIDToken) {
			t.Errorf("%s: %s, %v", name, payload, err)
		}
	}
}
