package connect

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gatewright/gatewright/tests/conformance/fakeidp"
)

const (
	testSecret   = "fake-secret"
	testRedirect = "http://gateway.test/api/connect/fakeidp/callback"
)

// idp is a made-up provider on loopback, and what a client says to it.
type idp struct {
	*fakeidp.Provider
	url   string
	calls atomic.Int64
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	it := &idp{Provider: fakeidp.New()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		it.calls.Add(1)
		it.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	it.url = server.URL
	return it
}

func (i *idp) config() Config {
	return Config{
		ClientID: "fake-key", ClientSecret: testSecret, RedirectURI: testRedirect,
		Description: Description{
			Name: "fakeidp", OAuth: 2, AuthorizeURL: i.url + "/authorize", AccessURL: i.url + "/token", ScopeDelimiter: " ",
			DefaultScopes: []string{"openid", "email"},
			Profile:       &ProfileCall{URL: i.url + "/userinfo", Auth: "bearer"},
			Map:           &Mapping{ID: Path("sub"), Username: Path("username"), Email: Path("email"), EmailVerified: Path("email_verified")},
			EmailTrust:    TrustVerifiedClaim,
		},
	}
}

func mustNew(t *testing.T, config Config, opts Options) *Provider {
	t.Helper()
	p, err := New(config, opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// visit follows the browser to the authorize page and returns the parameters it comes back with.
func visit(t *testing.T, address string) url.Values {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusFound {
		t.Fatalf("the authorize page answers %s", resp.Status)
	}
	return back.Query()
}

// fakeTransport answers without a network.
type fakeTransport func(req *http.Request) (status int, contentType, body string)

func (f fakeTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	status, kind, body := f(req)
	recorder := httptest.NewRecorder()
	if kind != "" {
		recorder.Header().Set("Content-Type", kind)
	}
	recorder.WriteHeader(status)
	_, _ = recorder.WriteString(body)
	resp := recorder.Result()
	resp.Request = req
	return resp, nil
}

// known makes a provider of the catalogue with everything it needs.
func known(t *testing.T, name string, change func(*Config), opts Options) *Provider {
	t.Helper()
	d, ok := Lookup(name)
	if !ok {
		t.Fatalf("%s is not in the catalogue", name)
	}
	config := Config{Description: d, ClientID: "the-key", ClientSecret: "the-secret", RedirectURI: "https://gateway.test/callback"}
	if change != nil {
		change(&config)
	}
	return mustNew(t, config, opts)
}

func noNetwork(t *testing.T) Options {
	t.Helper()
	return Options{Transport: fakeTransport(func(req *http.Request) (int, string, string) {
		t.Errorf("an outgoing call to %s", strings.SplitN(req.URL.String(), "?", 2)[0])
		return http.StatusTeapot, "", ""
	})}
}
