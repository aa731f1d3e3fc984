package doubles

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"

	"github.com/gatewright/gatewright/connect"
)

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// changed makes a step's changes to the parameters of a standard request.
func (d *Double) changed(standard map[string]string, step connect.Step) map[string]string {
	if step.Replace != nil {
		return d.expanded(step.Replace)
	}
	params := map[string]string{}
	for name, value := range standard {
		if slices.Contains(step.Remove, name) || value == "" {
			continue
		}
		if renamed, ok := step.Rename[name]; ok {
			name = renamed
		}
		if name == "scope" && step.ScopeParam != "" {
			name = step.ScopeParam
		}
		params[name] = value
	}
	maps.Copy(params, d.expanded(step.Set))
	return params
}

// expanded fills in templates; what stays empty is not sent.
func (d *Double) expanded(params map[string]string) map[string]string {
	filled := map[string]string{}
	for name, value := range params {
		if text := d.expand(value); text != "" {
			filled[name] = text
		}
	}
	return filled
}

// compare complains about every parameter that is missing, wrong, repeated or not expected.
func (d *Double) compare(what string, want map[string]string, got url.Values) {
	for name, value := range want {
		if list := got[name]; len(list) != 1 || list[0] != value {
			d.complain("%s: %s is %q, want %q", what, name, list, value)
		}
	}
	for name := range got {
		if _, expected := want[name]; !expected {
			d.complain("%s: %s is not expected", what, name)
		}
	}
}

// queryOf reads the query that is part of a described address.
func queryOf(address string) map[string]string {
	params := map[string]string{}
	u, err := url.Parse(address)
	if err != nil {
		return params
	}
	for name := range u.Query() {
		params[name] = u.Query().Get(name)
	}
	return params
}

// withoutQuery is the part of an address that tells endpoints apart.
func withoutQuery(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return u.Scheme + "://" + u.Host + path
}
