package connect

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/dghubble/oauth1"
	"github.com/tidwall/gjson"
)

const plaintext = "PLAINTEXT"

// begin1 asks for a request token and sends the browser to where it is authorized.
func (p *Provider) begin1(ctx context.Context, flow Flow) (string, Flow, error) {
	step := stepOf(p.requestStep())
	f := p.facts(map[string]string{stateParam: flow.State})
	call, err := p.requestToken(ctx, step, f)
	if err != nil {
		return "", Flow{}, err
	}
	flow.RequestToken = gjson.GetBytes(call.raw, firstOf(step.TokenField, "oauth_token")).Str
	flow.RequestSecret = gjson.GetBytes(call.raw, "oauth_token_secret").Str
	if !tokenFits(flow.RequestToken) {
		return "", Flow{}, fmt.Errorf("%w: no request token", ErrResponse)
	}
	f.docs["request"] = call.raw
	list := params(nil).with("oauth_token", flow.RequestToken)
	authorize := p.authorizeStep()
	if authorize != nil && authorize.ScopeParam != "" {
		list = list.with(authorize.ScopeParam, p.scope)
	}
	for _, name := range sortedKeys(p.config.CustomParams) {
		list = list.with(name, p.config.CustomParams[name])
	}
	list = list.set(p.d.AuthorizeParams, f).apply(authorize, f)
	return list.addTo(p.d.AuthorizeURL), flow, nil
}

func (p *Provider) requestToken(ctx context.Context, step Step, f facts) (*captured, error) {
	if step.Auth == "none" {
		return p.postUnsigned(ctx, stepRequestToken, p.d.RequestURL, step, f)
	}
	config, call, err := p.oauth1Config(ctx, step, f)
	if err != nil {
		return nil, err
	}
	config.Endpoint.RequestTokenURL = params(nil).set(step.Query, f).addTo(p.d.RequestURL)
	_, _, err = config.RequestToken()
	return call, p.failed1(stepRequestToken, call, err)
}

// finish1 exchanges the authorized request token.
func (p *Provider) finish1(ctx context.Context, flow Flow, callback url.Values) (Tokens, error) {
	step := stepOf(p.accessStep())
	f := p.facts(map[string]string{stateParam: flow.State})
	if step.Auth == "none" {
		return p.finishUnsigned(ctx, flow, step, f)
	}
	if !equal(flow.RequestToken, callback.Get("oauth_token")) {
		return Tokens{}, ErrState
	}
	verifier := callback.Get("oauth_verifier")
	if verifier == "" && !step.OmitVerifier {
		return Tokens{}, ErrNoCode
	}
	config, call, err := p.oauth1Config(ctx, step, f)
	if err != nil {
		return Tokens{}, err
	}
	address := params(nil).set(step.Query, f).addTo(p.d.AccessURL)
	if step.OmitVerifier {
		err = signedPost(ctx, config, oauth1.NewToken(flow.RequestToken, flow.RequestSecret), address)
	} else {
		config.Endpoint.AccessTokenURL = address
		_, _, err = config.AccessToken(flow.RequestToken, flow.RequestSecret, verifier)
	}
	if err := p.failed1(stepAccess, call, err); err != nil {
		return Tokens{}, err
	}
	return p.tokens1(call, "oauth_token")
}

// finishUnsigned is for a provider that looks like OAuth 1.0a and signs nothing. Its callback carries no token: what ties it
// to the start is the flow, which only the browser that began has.
func (p *Provider) finishUnsigned(ctx context.Context, flow Flow, step Step, f facts) (Tokens, error) {
	if flow.RequestToken == "" {
		return Tokens{}, ErrState
	}
	request, err := decodeForm([]byte(url.Values{firstOf(stepOf(p.requestStep()).TokenField, "oauth_token"): {flow.RequestToken}}.Encode()))
	if err != nil {
		return Tokens{}, err
	}
	f.docs["request"] = request
	call, err := p.postUnsigned(ctx, stepAccess, p.d.AccessURL, step, f)
	if err != nil {
		return Tokens{}, err
	}
	return p.tokens1(call, firstPath(p.tokenShape().AccessToken, "oauth_token"))
}

func (p *Provider) tokens1(call *captured, path string) (Tokens, error) {
	tokens := Tokens{
		AccessToken: gjson.GetBytes(call.raw, path).Str,
		TokenSecret: gjson.GetBytes(call.raw, "oauth_token_secret").Str, Raw: call.raw,
	}
	if !tokenFits(tokens.AccessToken) {
		return Tokens{}, ErrNoToken
	}
	return tokens, nil
}

func stepOf(step *Step) Step {
	if step == nil {
		return Step{}
	}
	return *step
}

func (p *Provider) oauth1Config(ctx context.Context, step Step, f facts) (*oauth1.Config, *captured, error) {
	signer, err := p.signer1(step.SignatureMethod)
	if err != nil {
		return nil, nil, err
	}
	// A provider of the first OAuth 1.0 has no verifier and confirms no callback; the library insists on the latter.
	call := &captured{ctx: ctx, p: p, step: step, facts: f, confirm: stepOf(p.accessStep()).OmitVerifier}
	return &oauth1.Config{
		ConsumerKey: p.config.ClientID, ConsumerSecret: p.config.ClientSecret, CallbackURL: p.config.RedirectURI,
		Signer: signer, HTTPClient: withoutRedirects(p.client, call),
	}, call, nil
}

func (p *Provider) signer1(method string) (oauth1.Signer, error) {
	key, isRSA := p.key.(*rsa.PrivateKey)
	switch {
	case method == plaintext:
		return plainSigner{secret: p.config.ClientSecret}, nil
	case method == "RSA-SHA1" && !isRSA:
		return nil, errors.New("RSA-SHA1 needs an RSA private key")
	case method == "RSA-SHA1", method == "" && isRSA:
		return &oauth1.RSASigner{PrivateKey: key}, nil
	default:
		return &oauth1.HMACSigner{ConsumerSecret: p.config.ClientSecret}, nil
	}
}

// plainSigner is the method PLAINTEXT (RFC 5849, section 3.4.4): the secrets themselves, over TLS.
type plainSigner struct{ secret string }

// Name names the method.
func (plainSigner) Name() string { return plaintext }

// Sign joins the secrets.
func (s plainSigner) Sign(tokenSecret, _ string) (string, error) {
	return oauth1.PercentEncode(s.secret) + "&" + oauth1.PercentEncode(tokenSecret), nil
}

func signedPost(ctx context.Context, config *oauth1.Config, token *oauth1.Token, address string) error {
	client := oauth1.NewClient(context.WithValue(ctx, oauth1.HTTPClient, config.HTTPClient), config, token)
	client.CheckRedirect, client.Timeout = config.HTTPClient.CheckRedirect, config.HTTPClient.Timeout
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// captured carries one token request of OAuth 1.0a: it ties the library's request, which has no context, to ours, and keeps
// the whole answer, of which the library returns two members.
type captured struct {
	ctx     context.Context // the library makes its requests without one
	p       *Provider
	step    Step
	facts   facts
	confirm bool

	raw    []byte
	status int
	err    error
}

// RoundTrip makes the request and answers with form data, whatever the provider's format.
func (c *captured) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(c.ctx)
	for name, value := range c.step.Headers {
		req.Header.Set(name, c.facts.value(value))
	}
	resp, err := c.p.client.Transport.RoundTrip(req)
	if err != nil {
		return nil, c.fail(unreachable(err))
	}
	got, err := readAnswer(resp)
	if err != nil {
		return nil, c.fail(err)
	}
	c.status = got.status
	form, err := c.read(got)
	if err != nil {
		return nil, c.fail(err)
	}
	resp.Body = io.NopCloser(strings.NewReader(form))
	return resp, nil
}

func (c *captured) fail(err error) error {
	c.err = err
	return err
}

func (c *captured) read(got answer) (string, error) {
	raw, err := decode(c.step.ResponseFormat, got)
	if err != nil {
		if got.status >= http.StatusBadRequest {
			return "", nil
		}
		return "", err
	}
	c.raw = raw
	values := url.Values{}
	for _, name := range []string{"oauth_token", "oauth_token_secret", "oauth_callback_confirmed"} {
		if value := scalar(gjson.GetBytes(raw, name)); value != "" {
			values.Set(name, value)
		}
	}
	if c.confirm && !values.Has("oauth_callback_confirmed") {
		values.Set("oauth_callback_confirmed", "true")
	}
	return values.Encode(), nil
}

// failed1 turns the library's errors, which quote the answer, into ours.
func (p *Provider) failed1(step string, call *captured, err error) error {
	switch {
	case call.err != nil:
		return fmt.Errorf("asking for a token: %w", call.err)
	case call.status >= http.StatusBadRequest:
		return p.providerError(step, call.status, call.raw)
	case err == nil:
		return nil
	}
	if refused := p.providerError(step, call.status, call.raw); refused != nil {
		return refused
	}
	if step == stepAccess {
		return ErrNoToken
	}
	return fmt.Errorf("%w: no confirmed request token", ErrResponse)
}

// postUnsigned sends a step's form as it is.
func (p *Provider) postUnsigned(ctx context.Context, name, address string, step Step, f facts) (*captured, error) {
	form := params(nil).set(step.Form, f).values().Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form))
	if err != nil {
		return nil, fmt.Errorf("%w: the token address is not valid", ErrUnreachable)
	}
	req.Header.Set(contentType, formType)
	call := &captured{ctx: ctx, p: p, step: step, facts: f}
	resp, err := withoutRedirects(p.client, call).Do(req)
	if err == nil {
		err = resp.Body.Close()
	}
	return call, p.failed1(name, call, err)
}
