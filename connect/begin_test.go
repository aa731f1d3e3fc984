package connect

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var statePattern = regexp.MustCompile(`state=[0-9a-f]{40}$`)

// The recorded addresses that logins are sent to.
func TestBeginAsRecorded(t *testing.T) {
	const redirect = "&response_type=code&redirect_uri=https%3A%2F%2Fgateway.test%2Fcallback"
	cases := []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"facebook", nil, "https://www.facebook.com/dialog/oauth?client_id=the-key" + redirect + "&scope=email&state=STATE"},
		{
			"github", func(c *Config) { c.Scope = []string{"user", "user:email"} },
			"https://github.com/login/oauth/authorize?client_id=the-key" + redirect + "&scope=user%2Cuser%3Aemail&state=STATE",
		},
		{"google", nil, "https://accounts.google.com/o/oauth2/v2/auth?client_id=the-key" + redirect + "&scope=email&state=STATE"},
		{"keycloak", func(c *Config) {
			c.Scope, c.Placeholders = []string{"openid", "email", "profile"}, map[string]string{"subdomain": "sso.example.test/realms/one"}
		}, "https://sso.example.test/realms/one/protocol/openid-connect/auth?client_id=the-key" + redirect + "&scope=openid+email+profile&state=STATE"},
		{"reddit", nil, "https://ssl.reddit.com/api/v1/authorize?client_id=the-key" + redirect + "&scope=identity&state=STATE"},
		{"twitch", nil, "https://id.twitch.tv/oauth2/authorize?client_id=the-key" + redirect + "&scope=user%3Aread%3Aemail&state=STATE"},
		{"discord", func(c *Config) { c.Scope = []string{} }, "https://discord.com/api/oauth2/authorize?client_id=the-key" + redirect + "&state=STATE"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := known(t, c.name, c.change, noNetwork(t))
			address, flow, err := p.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := statePattern.ReplaceAllString(address, "state=STATE"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if diff := cmp.Diff(Flow{State: address[len(address)-40:]}, flow); diff != "" {
				t.Errorf("the flow (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBeginWithExtras(t *testing.T) {
	p := known(t, "google", func(c *Config) {
		c.Extras, c.Scope = true, []string{"openid", "email"}
		c.CustomParams = map[string]string{"access_type": "offline"}
	}, noNetwork(t))
	address, flow, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`&state=[0-9a-f]{40}&access_type=offline&nonce=[0-9a-f]{32}&code_challenge=[\w-]{43}&code_challenge_method=S256$`)
	if !want.MatchString(address) {
		t.Errorf("the address is %s", address)
	}
	if len(flow.Verifier) < 43 || len(flow.Nonce) != 32 {
		t.Errorf("the flow is %+v", flow)
	}
	raw, err := json.Marshal(flow)
	if err != nil {
		t.Fatal(err)
	}
	var again Flow
	if err := json.Unmarshal(raw, &again); err != nil || again != flow {
		t.Errorf("the flow came back as %+v, %v", again, err)
	}
}

func TestBeginKeepsPKCEOffWhereRefused(t *testing.T) {
	for _, name := range []string{"vk", "linear"} {
		_, flow, err := known(t, name, func(c *Config) { c.Extras = true }, noNetwork(t)).Begin(t.Context())
		if err != nil || flow.Verifier != "" {
			t.Errorf("%s: %+v, %v", name, flow, err)
		}
	}
	_, flow, err := known(t, "twitter2", nil, noNetwork(t)).Begin(t.Context())
	if err != nil || flow.Verifier == "" {
		t.Errorf("twitter2 works with PKCE only: %+v, %v", flow, err)
	}
}

func TestBeginManyAtOnce(t *testing.T) {
	p := known(t, "github", func(c *Config) { c.Extras = true }, noNetwork(t))
	var seen sync.Map
	var group sync.WaitGroup
	for range 1000 {
		group.Go(func() {
			_, flow, err := p.Begin(t.Context())
			if _, twice := seen.LoadOrStore(flow.State, true); err != nil || twice {
				t.Errorf("%v, or a state of another handshake", err)
			}
		})
	}
	group.Wait()
}

func TestNewTellsWhatIsMissing(t *testing.T) {
	d, _ := Lookup("auth0")
	_, err := New(Config{Description: d}, Options{})
	var problems *ConfigError
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	want := &ConfigError{Provider: "auth0", Missing: []string{"client id", "redirect URI", "client secret", "subdomain"}}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNewRefuses(t *testing.T) {
	cases := map[string]func(*Config){
		"no endpoints":           func(c *Config) { c.Description.AuthorizeURL, c.Description.AccessURL = "", "" },
		"a plain address":        func(c *Config) { c.Description.AuthorizeURL = "http://idp.test/authorize" },
		"a script":               func(c *Config) { c.Description.AuthorizeURL = "javascript:alert(1)//" },
		"credentials":            func(c *Config) { c.Description.AccessURL = "https://a:b@idp.test/token" },
		"a fragment":             func(c *Config) { c.Description.AccessURL = "https://idp.test/token#x" },
		"a name with a slash":    func(c *Config) { c.Description.Name = "a/b" },
		"a state of one's own":   func(c *Config) { c.CustomParams = map[string]string{"state": "x"} },
		"a redirect elsewhere":   func(c *Config) { c.CustomParams = map[string]string{"redirect_uri": "x"} },
		"a line break":           func(c *Config) { c.ClientSecret = "a\r\nb" },
		"subject by address":     func(c *Config) { c.SubjectEmail = true },
		"a key that is no key":   func(c *Config) { c.PrivateKey = []byte("secret-stuff") },
		"a key that cannot be":   func(c *Config) { c.PrivateKey = []byte("-----BEGIN A KEY-----\nQUJD\n-----END A KEY-----\n") },
		"OAuth 3":                func(c *Config) { c.Description.OAuth = 3 },
		"1.0a without request":   func(c *Config) { c.Description.OAuth = 1 },
		"discovery of nobody":    func(c *Config) { c.Description.Discovery = true },
		"a profile in the clear": func(c *Config) { c.Description.Profile = &ProfileCall{URL: "http://idp.test/me"} },
	}
	for name, change := range cases {
		d := Description{Name: "acme", OAuth: 2, AuthorizeURL: "https://idp.test/authorize", AccessURL: "https://idp.test/token"}
		config := Config{Description: d, ClientID: "id", ClientSecret: "secret", RedirectURI: "https://gateway.test/callback"}
		if _, err := New(config, Options{}); err != nil {
			t.Fatal(err)
		}
		change(&config)
		_, err := New(config, Options{})
		if _, ok := errors.AsType[*ConfigError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBegin1MakesOneCall(t *testing.T) {
	calls := 0
	p := known(t, "twitter", nil, Options{Transport: fakeTransport(func(*http.Request) (int, string, string) {
		calls++
		return http.StatusOK, "text/html", "oauth_token=t&oauth_token_secret=s&oauth_callback_confirmed=true"
	})})
	address, flow, err := p.Begin(t.Context())
	if err != nil || calls != 1 || flow.RequestToken != "t" || flow.RequestSecret != "s" {
		t.Errorf("%d calls, %+v, %v", calls, flow, err)
	}
	if want := "https://api.twitter.com/oauth/authenticate?oauth_token=t"; address != want {
		t.Errorf("got %s, want %s", address, want)
	}
}

func BenchmarkBegin(b *testing.B) {
	d, _ := Lookup("google")
	p, err := New(Config{Description: d, ClientID: "id", ClientSecret: "secret", RedirectURI: "https://gateway.test/", Extras: true}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, err := p.Begin(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
