package doubles

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/gatewright/gatewright/connect"
)

// serveToken holds a token request of OAuth 2.0 against the description and hands out the tokens.
func (d *Double) serveToken(w http.ResponseWriter, r *http.Request) {
	step := d.step("access")
	if want := orDefault(step.Method, http.MethodPost); r.Method != want {
		d.complain("access: the method is %s, want %s", r.Method, want)
	}
	standard := map[string]string{"grant_type": "authorization_code", "code": code, "redirect_uri": RedirectURI}
	query := queryOf(d.endpoints.access)
	maps.Copy(query, d.expanded(step.Query))
	got := d.tokenParams(r, step)
	d.checkClient(r, standard, got)
	if challenge, _ := d.remembered(); challenge != "" {
		standard["code_verifier"] = got.Get("code_verifier")
		if challengeOf(got.Get("code_verifier")) != challenge {
			d.complain("access: the PKCE verifier does not fit its challenge")
		}
	}
	want := d.changed(standard, step)
	if step.ParamsIn == "query" {
		maps.Copy(want, query)
	} else {
		d.compare("access query", query, r.URL.Query())
	}
	d.compare("access", want, got)
	for name, value := range step.Headers {
		if r.Header.Get(name) != d.expand(value) {
			d.complain("access: the header %s is %q", name, r.Header.Get(name))
		}
	}
	d.writeTokens(w)
}

// checkClient looks at how the client proves itself, and adds to standard what it must have sent for that.
func (d *Double) checkClient(r *http.Request, standard map[string]string, got url.Values) {
	authorization := r.Header.Get("Authorization")
	switch d.d.TokenAuth {
	case "client_secret_basic":
		id, secret, ok := r.BasicAuth()
		if !ok || id != url.QueryEscape(d.clientID()) || secret != url.QueryEscape(ClientSecret) {
			d.complain("access: wrong basic authentication")
		}
		return
	case "private_key_jwt":
		standard["client_id"] = d.clientID()
		standard["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
		standard["client_assertion"] = got.Get("client_assertion")
		if err := d.checkAssertion(got.Get("client_assertion")); err != nil {
			d.complain("access: the client assertion: %v", err)
		}
	default:
		standard["client_id"], standard["client_secret"] = d.clientID(), ClientSecret
	}
	if authorization != "" {
		d.complain("access: an Authorization header, which is not expected")
	}
}

func (d *Double) tokenParams(r *http.Request, step connect.Step) url.Values {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		d.complain("access: %v", err)
	}
	kind := r.Header.Get("Content-Type")
	switch step.ParamsIn {
	case "query":
		if len(body) > 0 {
			d.complain("access: a body, which is not expected")
		}
		return r.URL.Query()
	case "json":
		var members map[string]string
		if kind != jsonType || json.Unmarshal(body, &members) != nil {
			d.complain("access: the body is %q of type %q, want JSON", body, kind)
		}
		values := url.Values{}
		for name, value := range members {
			values.Set(name, value)
		}
		return values
	default:
		values, err := url.ParseQuery(string(body))
		if err != nil || kind != formType {
			d.complain("access: the body is of type %q, want a form", kind)
		}
		return values
	}
}

// writeTokens hands out tokens in the described shape.
func (d *Double) writeTokens(w http.ResponseWriter) {
	shape := connect.TokenShape{}
	if d.d.Flow != nil && d.d.Flow.TokenResponse != nil {
		shape = *d.d.Flow.TokenResponse
	}
	response := d.plan.tokenResponse()
	for _, one := range []struct {
		paths    connect.Paths
		standard string
		value    any
	}{
		{shape.AccessToken, "access_token", accessToken},
		{shape.RefreshToken, "refresh_token", refreshToken},
		{shape.ExpiresIn, "expires_in", 3600},
	} {
		path := one.standard
		if len(one.paths) > 0 {
			path = one.paths[0]
			if d.variant.Last {
				path = one.paths[len(one.paths)-1]
			}
		}
		response, _ = put(response, parsePath(path), one.value).(map[string]any)
	}
	if d.signsIDTokens() {
		response["id_token"] = d.idToken()
	}
	if shape.Unwrap != "" {
		response = map[string]any{"status": 0, shape.Unwrap: response}
	}
	d.writeTokenBody(w, shape.Format, response)
}

func (d *Double) writeTokenBody(w http.ResponseWriter, format string, response map[string]any) {
	switch {
	case format == "xml":
		w.Header().Set("Content-Type", "application/xml")
		// An error here means that the client went away.
		_ = writeXML(w, "Access_Token", response)
	case d.variant.FormTokens && flat(response):
		// Most providers that do this call it text.
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		values := url.Values{}
		for name, value := range response {
			values.Set(name, fmt.Sprint(value))
		}
		_, _ = io.WriteString(w, values.Encode())
	default:
		writeJSON(w, response)
	}
}

func flat(members map[string]any) bool {
	for _, value := range members {
		switch value.(type) {
		case map[string]any, []any:
			return false
		}
	}
	return true
}

func writeXML(w io.Writer, root string, members map[string]any) error {
	var b strings.Builder
	b.WriteString(xml.Header + "<" + root + ">")
	for name, value := range members {
		b.WriteString("<" + name + ">")
		if err := xml.EscapeText(&b, []byte(fmt.Sprint(value))); err != nil {
			return err
		}
		b.WriteString("</" + name + ">")
	}
	b.WriteString("</" + root + ">")
	_, err := io.WriteString(w, b.String())
	return err
}

// tokenResponse is a copy of what is planted in the token response; for providers whose token response is the profile, that
// is the profile.
func (p *plan) tokenResponse() map[string]any {
	response := map[string]any{"token_type": "Bearer"}
	if planted, ok := p.docs["$token"].(map[string]any); ok {
		maps.Copy(response, planted)
	}
	return response
}

func orDefault(value, standard string) string {
	if value == "" {
		return standard
	}
	return value
}
