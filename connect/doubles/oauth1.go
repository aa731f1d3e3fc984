package doubles

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // OAuth 1.0a signs with it
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gatewright/gatewright/connect"
)

// serveRequestToken holds the first request of OAuth 1.0a against the description.
func (d *Double) serveRequestToken(w http.ResponseWriter, r *http.Request) {
	step := d.step("request_token")
	if step.Auth == "none" {
		d.checkUnsigned("request_token", r, step)
		d.writeForm(w, url.Values{orDefault(step.TokenField, "oauth_token"): {requestToken}})
		return
	}
	want := queryOf(d.endpoints.request)
	maps.Copy(want, d.expanded(step.Query))
	d.compare("request_token query", want, r.URL.Query())
	if err := d.checkSignature(r, "", "", map[string]string{"oauth_callback": RedirectURI}); err != nil {
		d.complain("request_token: %v", err)
		http.Error(w, "oauth_problem=signature_invalid", http.StatusUnauthorized)
		return
	}
	values := url.Values{"oauth_token": {requestToken}, "oauth_token_secret": {tokenSecret}}
	if !d.step("access").OmitVerifier {
		values.Set("oauth_callback_confirmed", "true")
	}
	d.writeForm(w, values)
}

func (d *Double) serveAccess1(w http.ResponseWriter, r *http.Request) {
	step := d.step("access")
	values := url.Values{}
	for name, value := range d.plan.tokenResponse() {
		values.Set(name, fmt.Sprint(value))
	}
	if d.d.Profile != nil && d.d.Profile.Auth == "token_response" {
		if members, ok := d.plan.docs[""].(map[string]any); ok {
			for name, value := range members {
				values.Set(name, fmt.Sprint(value))
			}
		}
	}
	if step.Auth == "none" {
		d.checkUnsigned("access", r, step)
		values.Set("access_token", accessToken)
		d.writeForm(w, values)
		return
	}
	own := map[string]string{"oauth_verifier": verifier}
	if step.OmitVerifier {
		own = nil
	}
	if err := d.checkSignature(r, requestToken, tokenSecret, own); err != nil {
		d.complain("access: %v", err)
		http.Error(w, "oauth_problem=signature_invalid", http.StatusUnauthorized)
		return
	}
	values.Set("oauth_token", accessToken)
	values.Set("oauth_token_secret", tokenSecret)
	d.writeForm(w, values)
}

func (d *Double) writeForm(w http.ResponseWriter, values url.Values) {
	w.Header().Set("Content-Type", "text/html") // as many providers do
	// An error here means that the client went away.
	_, _ = io.WriteString(w, values.Encode())
}

func (d *Double) checkUnsigned(what string, r *http.Request, step connect.Step) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		d.complain("%s: %v", what, err)
	}
	got, err := url.ParseQuery(string(body))
	if err != nil || r.Header.Get("Authorization") != "" || r.Method != http.MethodPost {
		d.complain("%s: not a plain form", what)
	}
	want := d.expanded(step.Form)
	if _, sent := want["state"]; sent {
		want["state"] = got.Get("state")
		if !statePattern.MatchString(got.Get("state")) {
			d.complain("%s: the state is %q", what, got.Get("state"))
		}
	}
	d.compare(what, want, got)
	for name, value := range step.Headers {
		if r.Header.Get(name) != value {
			d.complain("%s: the header %s is %q", what, name, r.Header.Get(name))
		}
	}
}

// checkSignature verifies a signed request (RFC 5849, section 3.2). Own are the protocol's parameters of this step.
func (d *Double) checkSignature(r *http.Request, token, secret string, own map[string]string) error {
	protocol, err := parseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return err
	}
	want := maps.Clone(own)
	if want == nil {
		want = map[string]string{}
	}
	want["oauth_consumer_key"], want["oauth_version"] = d.clientID(), "1.0"
	if token != "" {
		want["oauth_token"] = token
	}
	for _, name := range []string{"oauth_nonce", "oauth_timestamp", "oauth_signature"} {
		want[name] = protocol[name]
		if protocol[name] == "" {
			return errors.New(name + " is missing")
		}
	}
	want["oauth_signature_method"] = d.signatureMethod()
	if !maps.Equal(want, protocol) {
		return fmt.Errorf("the parameters are %v, want %v", protocol, want)
	}
	return d.verify(protocol["oauth_signature"], baseString(r, protocol), secret)
}

func (d *Double) signatureMethod() string {
	if d.variant.RSA {
		return "RSA-SHA1"
	}
	return orDefault(d.step("access").SignatureMethod, "HMAC-SHA1")
}

func (d *Double) verify(signature, base, secret string) error {
	key := escape(ClientSecret) + "&" + escape(secret)
	raw, err := base64.StdEncoding.DecodeString(signature)
	switch d.signatureMethod() {
	case "PLAINTEXT":
		if signature != key {
			return errors.New("the plain signature is wrong")
		}
		return nil
	case "RSA-SHA1":
		sum := sha1.Sum([]byte(base)) //nolint:gosec // OAuth 1.0a signs with it
		return errors.Join(err, rsa.VerifyPKCS1v15(&clientKey().PublicKey, crypto.SHA1, sum[:], raw))
	default:
		mac := hmac.New(sha1.New, []byte(key))
		mac.Write([]byte(base))
		if err != nil || !hmac.Equal(mac.Sum(nil), raw) {
			return fmt.Errorf("the signature does not fit %q", base)
		}
		return nil
	}
}

func parseAuthorization(header string) (map[string]string, error) {
	rest, ok := strings.CutPrefix(header, "OAuth ")
	if !ok {
		return nil, fmt.Errorf("the request is not signed: Authorization is %q", header)
	}
	params := map[string]string{}
	for pair := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		decoded, err := url.PathUnescape(strings.Trim(value, `"`))
		if err != nil {
			return nil, err
		}
		params[name] = decoded
	}
	return params, nil
}

// baseString is what is signed (RFC 5849, section 3.4.1).
func baseString(r *http.Request, protocol map[string]string) string {
	var pairs []string
	for name, value := range protocol {
		if name != "oauth_signature" {
			pairs = append(pairs, escape(name)+"="+escape(value))
		}
	}
	for name, values := range r.URL.Query() {
		for _, value := range values {
			pairs = append(pairs, escape(name)+"="+escape(value))
		}
	}
	slices.Sort(pairs)
	address := "https://" + strings.ToLower(r.Host) + r.URL.EscapedPath()
	return r.Method + "&" + escape(address) + "&" + escape(strings.Join(pairs, "&"))
}

// escape encodes as RFC 5849, section 3.6, wants.
func escape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == '~':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
