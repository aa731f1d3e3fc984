package connect

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/dghubble/oauth1"
)

// request is one profile request as a description writes it.
type request struct {
	address    string
	method     string // GET when empty
	auth       string // as in ProfileCall
	headers    map[string]string
	query      map[string]string
	bodyFormat string
	body       map[string]any
	format     string // of the answer
}

// fetch makes the request and returns its answer as one JSON document.
func (p *Provider) fetch(ctx context.Context, r request, tokens Tokens, f facts) ([]byte, error) {
	req, client, err := p.prepare(ctx, r, tokens, f)
	if err != nil {
		return nil, err
	}
	got, err := send(client, req)
	if err != nil {
		return nil, fmt.Errorf("asking for the profile: %w", err)
	}
	if got.status >= http.StatusBadRequest {
		raw, _ := decode("", got)
		return nil, p.providerError(stepProfile, got.status, raw, tokens.AccessToken, tokens.TokenSecret, tokens.IDToken)
	}
	if r.format == "jwt" || strings.HasPrefix(got.contentType, "application/jwt") {
		return p.signedProfile(ctx, string(got.body))
	}
	return decode(r.format, got)
}

func (p *Provider) prepare(ctx context.Context, r request, tokens Tokens, f facts) (*http.Request, *http.Client, error) {
	address, err := expandAddress(r.address, f)
	if err != nil {
		return nil, nil, err
	}
	query := params(nil).set(r.query, f)
	kind, word, _ := strings.Cut(r.auth, ":")
	if kind == "query" {
		query = query.with(word, tokens.AccessToken)
	}
	method := firstOf(r.method, http.MethodGet)
	payload, payloadType, err := encodeBody(r, f)
	if err != nil {
		return nil, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, query.addTo(address), strings.NewReader(payload))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: the profile address is not valid", ErrUnreachable)
	}
	if payloadType != "" {
		req.Header.Set(contentType, payloadType)
	}
	for name, value := range r.headers {
		req.Header.Set(name, f.value(value))
	}
	client := p.client
	switch kind {
	case "bearer", "":
		req.Header.Set("Authorization", "Bearer "+tokens.AccessToken)
	case "header":
		req.Header.Set(word, tokens.AccessToken)
	case "header_prefix":
		req.Header.Set("Authorization", word+" "+tokens.AccessToken)
	case "oauth1":
		client, err = p.signing(ctx, tokens)
	}
	return req, client, err
}

// expandAddress fills in the templates of an address. A value must be there, and must not walk up the path.
func expandAddress(address string, f facts) (string, error) {
	path, query, hasQuery := strings.Cut(address, "?")
	var bad bool
	path = f.expand(path, func(value string) string {
		bad = bad || value == "" || value == "." || value == ".."
		return url.PathEscape(value)
	})
	if bad {
		return "", fmt.Errorf("%w: it lacks what the next request needs", ErrResponse)
	}
	if !hasQuery {
		return path, nil
	}
	return path + "?" + f.expand(query, url.QueryEscape), nil
}

func encodeBody(r request, f facts) (payload, payloadType string, err error) {
	switch {
	case r.body == nil:
		return "", "", nil
	case r.bodyFormat == "form":
		form := params(nil)
		for _, name := range sortedKeys(r.body) {
			if text, ok := r.body[name].(string); ok {
				form = form.with(name, f.value(text))
			}
		}
		return form.values().Encode(), formType, nil
	default:
		raw, err := json.Marshal(expandBody(r.body, f))
		return string(raw), jsonType, err
	}
}

func expandBody(value any, f facts) any {
	switch value := value.(type) {
	case string:
		return f.value(value)
	case map[string]any:
		copied := make(map[string]any, len(value))
		for name, member := range value {
			copied[name] = expandBody(member, f)
		}
		return copied
	case []any:
		copied := make([]any, 0, len(value))
		for _, item := range value {
			copied = append(copied, expandBody(item, f))
		}
		return copied
	default:
		return value
	}
}

// signing returns a client that signs its requests as OAuth 1.0a wants.
func (p *Provider) signing(ctx context.Context, tokens Tokens) (*http.Client, error) {
	signer, err := p.signer1(stepOf(p.accessStep()).SignatureMethod)
	if err != nil {
		return nil, err
	}
	config := &oauth1.Config{ConsumerKey: p.config.ClientID, ConsumerSecret: p.config.ClientSecret, Signer: signer}
	signed := oauth1.NewClient(context.WithValue(ctx, oauth1.HTTPClient, p.client), config,
		oauth1.NewToken(tokens.AccessToken, tokens.TokenSecret))
	signed.CheckRedirect, signed.Timeout = p.client.CheckRedirect, p.client.Timeout
	return signed, nil
}
