package connect

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Config is one provider as an operator set it up.
type Config struct {
	// Description says how the provider works: an entry of the catalogue, changed where needed, or one's own.
	Description Description
	// ClientID and ClientSecret are what the provider gave the application. The secret may be empty where the client proves
	// itself by PrivateKey or PKCE.
	ClientID, ClientSecret string
	// RedirectURI is where the provider sends the browser back to, exactly as registered there.
	RedirectURI string
	// Scope is what to ask for. Nil means the description's scopes, an empty list none.
	Scope []string
	// Placeholders are the values of the description's [settings] and config_keys.
	Placeholders map[string]string
	// CustomParams are added to the authorize address. They cannot replace what the handshake itself sends.
	CustomParams map[string]string
	// PrivateKey is a PEM key (PKCS #1, PKCS #8 or SEC 1) for private_key_jwt and RSA-SHA1; KeyID is its name there.
	PrivateKey []byte
	KeyID      string
	// Extras adds PKCE and a nonce wherever the description allows. Without it the requests are those of Strapi.
	Extras bool
	// VerifiedAlways declares that this provider hands out addresses of their owners only.
	VerifiedAlways bool
	// SubjectEmail takes the address for the subject where the profile has none. It needs VerifiedAlways.
	SubjectEmail bool
}

// LogValue keeps secrets out of logs.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(slog.String("provider", c.Description.Name), slog.String("client_id", c.ClientID))
}

// Options are what all providers of a gateway share. The zero value is safe.
type Options struct {
	// AllowPrivate lets requests go to private and loopback addresses, and to http:// ones.
	AllowPrivate bool
	// Timeout bounds one outgoing request; 10 seconds when zero.
	Timeout time.Duration
	// UserAgent names the gateway to providers; "Gatewright" when empty.
	UserAgent string
	// Transport replaces the network, for tests. Limits of size and redirects still hold; who dials is its own affair.
	Transport http.RoundTripper
	// Now tells the time for ID tokens and expiries; time.Now when nil.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.UserAgent == "" {
		o.UserAgent = "Gatewright"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

const (
	scopeParam = "scope"
	stateParam = "state"
	maxValue   = 2048 // bytes of a client id, a secret, a redirect URI
)

// reserved are the parameters that custom ones must not touch.
var reserved = []string{
	"client_id", "client_secret", "redirect_uri", "response_type", scopeParam, stateParam, "nonce", "code_challenge",
	"code_challenge_method", "request", "request_uri", "oauth_token", "oauth_callback",
}

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// check finds what is missing or wrong in the configuration itself; what is inside addresses is resolve's.
func (c Config) check(problems *ConfigError) {
	d := c.Description
	for _, one := range []struct{ name, value string }{
		{"client id", c.ClientID}, {"redirect URI", c.RedirectURI},
	} {
		if one.value == "" {
			problems.Missing = append(problems.Missing, one.name)
		}
	}
	if c.ClientSecret == "" && len(c.PrivateKey) == 0 && !d.publicClient() {
		problems.Missing = append(problems.Missing, "client secret")
	}
	if d.TokenAuth == authPrivateKey && len(c.PrivateKey) == 0 {
		problems.Missing = append(problems.Missing, "private key")
	}
	for _, one := range []struct{ name, value string }{
		{"the client id", c.ClientID}, {"the client secret", c.ClientSecret}, {"the redirect URI", c.RedirectURI},
	} {
		if len(one.value) > maxValue || strings.ContainsFunc(one.value, isControl) {
			problems.Invalid = append(problems.Invalid, one.name+" is too long or has control characters")
		}
	}
	for _, name := range sortedKeys(c.CustomParams) {
		if slices.Contains(reserved, name) {
			problems.Invalid = append(problems.Invalid, "the parameter "+name+" belongs to the handshake")
		}
	}
	if c.SubjectEmail && !c.VerifiedAlways {
		problems.Invalid = append(problems.Invalid, "the address may stand for the subject only where it is always verified")
	}
	d.check(problems)
}

// check finds what no engine could work with.
func (d Description) check(problems *ConfigError) {
	if !namePattern.MatchString(d.Name) {
		problems.Invalid = append(problems.Invalid, "a name has lower case letters, digits, - and _")
	}
	if d.OAuth != 1 && d.OAuth != 2 {
		problems.Invalid = append(problems.Invalid, "the OAuth version is 1 or 2")
	}
	if d.Discovery {
		if d.Issuer == "" {
			problems.Missing = append(problems.Missing, "oidc_issuer")
		}
		return
	}
	needed := []struct{ name, value string }{{"authorize_url", d.AuthorizeURL}, {"access_url", d.AccessURL}}
	if d.OAuth == 1 {
		needed = append(needed, struct{ name, value string }{"request_url", d.RequestURL})
	}
	for _, one := range needed {
		if one.value == "" {
			problems.Missing = append(problems.Missing, one.name)
		}
	}
}

// publicClient reports whether a client without a secret can work.
func (d Description) publicClient() bool {
	return d.PKCERequired || d.TokenAuth == authPrivateKey || (d.PKCE != nil && *d.PKCE)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// addresses checks the addresses after their settings are filled in.
func (d Description) addresses(allowHTTP bool, problems *ConfigError) {
	if len(problems.Missing)+len(problems.Invalid) > 0 {
		return
	}
	all := []struct{ name, value string }{
		{"request_url", d.RequestURL},
		{"authorize_url", d.AuthorizeURL},
		{"access_url", d.AccessURL},
		{"oidc_issuer", d.Issuer},
		{"jwks_url", d.JWKSURL},
	}
	if d.Profile != nil {
		all = append(all, struct{ name, value string }{"profile_url", d.Profile.URL})
		for _, extra := range d.Profile.ExtraRequests {
			all = append(all, struct{ name, value string }{"the address of " + extra.As, extra.URL})
		}
	}
	for _, one := range all {
		if one.value != "" && !urlAccepted(templatePattern.ReplaceAllString(one.value, "t"), allowHTTP) {
			problems.Invalid = append(problems.Invalid, one.name+" must be "+wholeURL.expected())
		}
	}
}

// parseKey reads a private key. Its errors do not quote the key.
func parseKey(raw []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, errors.New("the private key is not in PEM form")
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		if signer, ok := key.(crypto.Signer); ok {
			return signer, nil
		}
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	return nil, errors.New("the private key is of no known kind")
}
