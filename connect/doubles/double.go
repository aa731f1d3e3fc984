package doubles

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gatewright/gatewright/connect"
)

// What every double knows of its one client.
const (
	ClientID     = "double-client"
	NumericID    = "4711081542" // the client id of [Variant].NumericID
	ClientSecret = "double secret/+&=% of thirty-two bytes"
	RedirectURI  = "https://gateway.example.test/api/connect/double/callback?x=1"

	code         = "double-code.1/2"
	accessToken  = "double-access-token"
	refreshToken = "double-refresh-token"
	tokenSecret  = "double token&secret"
	requestToken = "double-request-token"
	verifier     = "double-verifier"
)

// Variant changes what a double does where a description leaves a choice. The zero value is the plain case.
type Variant struct {
	Last       bool // mappings find their values at the last path of a list, not at the first
	Unverified bool // the address is not verified
	FormTokens bool // the token response is form-encoded, where its shape allows
	NumericID  bool // the client id consists of digits
	NoExtras   bool // neither PKCE nor nonce
	RSA        bool // OAuth 1.0a by RSA-SHA1
}

// A Double is a made-up provider. It serves one handshake at a time.
type Double struct {
	described connect.Description // as it came
	d         connect.Description // with the settings filled in
	values    map[string]string
	variant   Variant
	server    *httptest.Server
	plan      *plan
	endpoints endpoints

	mu        sync.Mutex
	challenge string // what the browser brought to the authorize page
	nonce     string
	problems  []string
}

// New starts a double. The caller closes it.
func New(d connect.Description, variant Variant) (*Double, error) {
	double := &Double{described: d.Clone(), values: sampleSettings(d), variant: variant}
	filled, err := fill(d, double.values)
	if err != nil {
		return nil, err
	}
	double.d = filled
	double.endpoints = double.findEndpoints()
	double.plan = newPlan(filled, variant)
	double.server = httptest.NewServer(http.HandlerFunc(double.serve))
	return double, nil
}

// Close stops the server.
func (d *Double) Close() { d.server.Close() }

// Config is the configuration of the client that the double knows.
func (d *Double) Config() connect.Config {
	config := connect.Config{
		Description: d.described.Clone(), ClientID: d.clientID(), ClientSecret: ClientSecret, RedirectURI: RedirectURI,
		Scope: d.scopes(), Placeholders: d.values, Extras: !d.variant.NoExtras,
	}
	if d.variant.RSA || d.d.TokenAuth == "private_key_jwt" {
		config.PrivateKey, config.KeyID = clientKeyPEM(), "client-key"
	}
	return config
}

// Options make a client's requests go to the double, whatever host they name.
func (d *Double) Options() connect.Options {
	return connect.Options{Transport: detour{to: strings.TrimPrefix(d.server.URL, "http://")}}
}

// Want is the profile that the client must find. Its Raw is empty.
func (d *Double) Want() connect.Profile { return d.plan.want(d.d) }

// Problems lists the requests that were not what they ought to be.
func (d *Double) Problems() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.problems)
}

func (d *Double) complain(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.problems = append(d.problems, fmt.Sprintf(format, args...))
}

func (d *Double) clientID() string {
	if d.variant.NumericID {
		return NumericID
	}
	return ClientID
}

// step returns the changes of a step, which may depend on the client id.
func (d *Double) step(name string) connect.Step {
	flow := d.d.Flow
	if flow == nil {
		return connect.Step{}
	}
	step := map[string]*connect.Step{"request_token": flow.RequestToken, "authorize": flow.Authorize, "access": flow.Access}[name]
	if numeric := flow.WhenNumericClientID; numeric != nil && d.variant.NumericID {
		step = map[string]*connect.Step{"authorize": numeric.Authorize, "access": numeric.Access}[name]
	}
	if step == nil {
		return connect.Step{}
	}
	return *step
}

// detour sends every request to one server and keeps the host it named.
type detour struct{ to string }

// RoundTrip makes the request.
func (t detour) RoundTrip(req *http.Request) (*http.Response, error) {
	detoured := req.Clone(req.Context())
	detoured.Host = req.URL.Host
	detoured.URL.Scheme, detoured.URL.Host = "http", t.to
	return http.DefaultTransport.RoundTrip(detoured)
}

// sampleSettings makes up a value for every setting, by where it stands.
func sampleSettings(d connect.Description) map[string]string {
	raw, _ := json.Marshal(d) // a description always has a JSON form
	values := map[string]string{}
	for _, name := range slices.Concat(d.Placeholders, d.ConfigKeys) {
		values[name] = "acme"
		if regexp.MustCompile(`"https://\[` + name + `\][/"]`).Match(raw) {
			values[name] = "idp.acme.example/realms/one"
		}
		if regexp.MustCompile(`:"\[`+name+`\]"`).Match(raw) && strings.HasSuffix(name, "url") {
			values[name] = "https://idp.acme.example/" + name + "/.well-known/jwks.json"
		}
	}
	if d.Profile != nil {
		if key, ok := strings.CutPrefix(d.Profile.URLFrom, "config:"); ok {
			values[key] = "https://idp.acme.example/config/" + key
		}
	}
	return values
}

// fill puts the values of the settings into a description.
func fill(d connect.Description, values map[string]string) (connect.Description, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return d, err
	}
	text := string(raw)
	for name, value := range values {
		text = strings.ReplaceAll(text, "["+name+"]", value)
	}
	return connect.ParseDescription([]byte(text))
}

// expand puts the facts of the handshake into a template.
func (d *Double) expand(text string) string {
	known := strings.NewReplacer(
		"{client_id}", d.clientID(), "{client_secret}", ClientSecret, "{redirect_uri}", RedirectURI, "{scope}", d.scope(),
		"{code}", code, "{access_token}", accessToken, "{user_agent}", "Gatewright", "{request.code}", requestToken,
		"{sha256hex:client_secret|code}", hexSum(ClientSecret+"|"+code),
	).Replace(text)
	known = regexp.MustCompile(`\{custom_params\.([a-z_]+)\}`).ReplaceAllStringFunc(known, func(found string) string {
		return d.values[strings.TrimSuffix(strings.TrimPrefix(found, "{custom_params."), "}")]
	})
	return plantedTemplate.ReplaceAllStringFunc(known, d.plan.template)
}

func (d *Double) scope() string {
	delimiter := d.d.ScopeDelimiter
	if step := d.step("authorize"); step.ScopeDelimiter != "" {
		delimiter = step.ScopeDelimiter
	}
	if delimiter == "" {
		delimiter = ","
	}
	return strings.Join(d.scopes(), delimiter)
}

// scopes are at least two, so that their delimiter shows.
func (d *Double) scopes() []string {
	scopes := slices.Clone(d.d.DefaultScopes)
	if len(scopes) < 2 {
		scopes = append(scopes, "double:read", "double_mail")
	}
	return scopes
}
