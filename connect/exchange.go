package connect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"
	"golang.org/x/oauth2"
)

const (
	contentType = "Content-Type"
	formType    = "application/x-www-form-urlencoded"
	jsonType    = "application/json"
	maxToken    = 16 << 10 // bytes
)

// exchange spends a code. The standard request and the standard answer are oauth2's affair; between it and the network,
// an [exchanger] makes the provider's changes.
func (p *Provider) exchange(ctx context.Context, code, verifier string) (Tokens, error) {
	config, err := p.oauth2Config(ctx)
	if err != nil {
		return Tokens{}, err
	}
	var options []oauth2.AuthCodeOption
	if verifier != "" {
		options = append(options, oauth2.VerifierOption(verifier))
	}
	if p.d.TokenAuth == authPrivateKey {
		assertion, err := p.clientAssertion(config.Endpoint.TokenURL)
		if err != nil {
			return Tokens{}, err
		}
		options = append(options, oauth2.SetAuthURLParam("client_assertion_type", assertionType),
			oauth2.SetAuthURLParam("client_assertion", assertion))
	}
	x := p.newExchanger(map[string]string{"code": code})
	token, err := config.Exchange(x.context(ctx), code, options...)
	tokens, err := x.tokens(token, err)
	tokens.Code = code
	return tokens, err
}

// Refresh exchanges a refresh token for new tokens. The old refresh token stays where the provider gives no new one.
func (p *Provider) Refresh(ctx context.Context, old Tokens) (Tokens, error) {
	if p.d.OAuth != 2 || old.RefreshToken == "" {
		return Tokens{}, ErrNoToken
	}
	config, err := p.oauth2Config(ctx)
	if err != nil {
		return Tokens{}, err
	}
	x := p.newExchanger(nil)
	if x.step.Replace != nil || p.d.TokenAuth == authPrivateKey {
		return Tokens{}, fmt.Errorf("%w: the description does not say how to refresh", ErrNoToken)
	}
	// What a description sets, it sets for the exchange of a code.
	x.step.Set = nil
	token, err := config.TokenSource(x.context(ctx), &oauth2.Token{RefreshToken: old.RefreshToken}).Token()
	return x.tokens(token, err)
}

func (p *Provider) oauth2Config(ctx context.Context) (*oauth2.Config, error) {
	meta, err := p.metadata(ctx)
	if err != nil {
		return nil, err
	}
	config := &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, RedirectURL: p.config.RedirectURI,
		Endpoint: oauth2.Endpoint{TokenURL: firstOf(p.d.AccessURL, meta.TokenURL), AuthStyle: oauth2.AuthStyleInParams},
	}
	switch p.d.TokenAuth {
	case authBasic:
		config.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	case authPrivateKey:
		config.ClientSecret = ""
	}
	return config, nil
}

// An exchanger carries one token request: it changes the request on its way out, and the answer, on its way back, to the
// form that the standard has.
type exchanger struct {
	p     *Provider
	step  Step
	shape TokenShape
	facts facts

	raw    []byte // the answer as one JSON object
	id     string
	status int
	err    error // why there is no answer
}

func (p *Provider) newExchanger(names map[string]string) *exchanger {
	x := &exchanger{p: p, shape: p.tokenShape(), facts: p.facts(names)}
	if step := p.accessStep(); step != nil {
		x.step = *step
	}
	return x
}

func (x *exchanger) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, withoutRedirects(x.p.client, x))
}

// RoundTrip makes the request in the provider's own way and answers in the standard's.
func (x *exchanger) RoundTrip(req *http.Request) (*http.Response, error) {
	changed, err := x.change(req)
	if err != nil {
		return nil, x.fail(err)
	}
	resp, err := x.p.client.Transport.RoundTrip(changed)
	if err != nil {
		return nil, x.fail(unreachable(err))
	}
	got, err := readAnswer(resp)
	if err != nil {
		return nil, x.fail(err)
	}
	x.status = got.status
	if got.status >= http.StatusMultipleChoices && got.status < http.StatusBadRequest {
		return nil, x.fail(fmt.Errorf("%w: %w", ErrUnreachable, errRedirects))
	}
	standard, err := x.standard(got)
	if err != nil {
		return nil, x.fail(err)
	}
	resp.Header = http.Header{contentType: {jsonType}}
	resp.Body = io.NopCloser(bytes.NewReader(standard))
	return resp, nil
}

func (x *exchanger) fail(err error) error {
	x.err = err
	return err
}

func (x *exchanger) change(req *http.Request) (*http.Request, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	values := fromValues(form).apply(&x.step, x.facts).values()
	address := params(nil).set(x.step.Query, x.facts).addTo(req.URL.String())
	return x.request(req, address, values)
}

func (x *exchanger) request(old *http.Request, address string, values url.Values) (*http.Request, error) {
	method, payload, kind := firstOf(x.step.Method, http.MethodPost), "", ""
	switch x.step.ParamsIn {
	case "query":
		address = fromValues(values).addTo(address)
	case "json":
		members := make(map[string]string, len(values))
		for name := range values {
			members[name] = values.Get(name)
		}
		raw, err := json.Marshal(members)
		if err != nil {
			return nil, err
		}
		payload, kind = string(raw), jsonType
	default:
		payload, kind = values.Encode(), formType
	}
	//nolint:gosec // the address is the operator's, and the dialer refuses private ones
	req, err := http.NewRequestWithContext(old.Context(), method, address, strings.NewReader(payload))
	if err != nil {
		return nil, fmt.Errorf("%w: the token address is not valid", ErrUnreachable)
	}
	req.Header.Set("Accept", jsonType)
	if kind != "" {
		req.Header.Set(contentType, kind)
	}
	if authorization := old.Header.Get("Authorization"); authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	for name, value := range x.step.Headers {
		req.Header.Set(name, x.facts.value(value))
	}
	return req, nil
}

// standard reads an answer of whatever shape and writes the one of RFC 6749, section 5.1. An answer without a token stays
// without one; tokens says why.
func (x *exchanger) standard(got answer) ([]byte, error) {
	raw, err := decode(x.shape.Format, got)
	if err != nil && got.status < http.StatusBadRequest {
		return nil, err
	}
	if inner := gjson.GetBytes(raw, x.shape.Unwrap); x.shape.Unwrap != "" && inner.IsObject() {
		raw = []byte(inner.Raw)
	}
	x.raw, x.id = raw, gjson.GetBytes(raw, "id_token").Str
	answer := map[string]any{"token_type": "Bearer"}
	answer["access_token"] = x.find(x.shape.AccessToken, "access_token")
	answer["refresh_token"] = x.find(x.shape.RefreshToken, "refresh_token")
	if seconds := gjson.GetBytes(raw, firstPath(x.shape.ExpiresIn, "expires_in")).Int(); seconds > 0 && seconds < 1<<31 {
		answer["expires_in"] = seconds
	}
	return json.Marshal(answer)
}

func (x *exchanger) find(paths Paths, standard string) string {
	if len(paths) == 0 {
		paths = Paths{standard}
	}
	for _, path := range paths {
		if value := gjson.GetBytes(x.raw, path); value.Type == gjson.String && tokenFits(value.Str) {
			return value.Str
		}
	}
	return ""
}

// tokenFits: a token travels in headers and addresses.
func tokenFits(token string) bool {
	return token != "" && len(token) <= maxToken && !strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r > '~' })
}

func firstPath(paths Paths, standard string) string {
	if len(paths) > 0 {
		return paths[0]
	}
	return standard
}

// tokens makes of oauth2's answer ours. Its errors quote the whole response, so they are never passed on.
func (x *exchanger) tokens(token *oauth2.Token, err error) (Tokens, error) {
	if x.err != nil {
		return Tokens{}, fmt.Errorf("asking for a token: %w", x.err)
	}
	refused := x.p.providerError(stepAccess, x.status, x.raw, x.facts.names["code"])
	if refused != nil && (err != nil || x.status >= http.StatusBadRequest) {
		return Tokens{}, refused
	}
	if err != nil {
		if _, network := errors.AsType[*url.Error](err); network {
			return Tokens{}, fmt.Errorf("asking for a token: %w", unreachable(err))
		}
		return Tokens{}, ErrNoToken
	}
	return Tokens{
		AccessToken: token.AccessToken, RefreshToken: token.RefreshToken, Expiry: token.Expiry, IDToken: x.id, Raw: x.raw,
	}, nil
}
