package connect

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	wellKnown = "/.well-known/openid-configuration"
	tenantID  = "{tenantid}" // Microsoft's metadata for many tenants has this in its issuer
	// retryDiscovery is how long a failure to read metadata is remembered, so that a provider that is down is not asked by
	// every visitor.
	retryDiscovery = 5 * time.Second
)

// metadata is what an issuer says of itself, checked.
type metadata struct {
	oidc.ProviderConfig
	pkce      bool
	endpoints map[string]string
	keys      oidc.KeySet
}

type failure struct {
	at  time.Time
	err error
}

// NeedsDiscovery reports whether the provider works only with metadata that [Provider.Discover] reads.
func (p *Provider) NeedsDiscovery() bool {
	return p.d.Discovery || (p.checksIDToken() && p.d.JWKSURL == "" && p.d.Issuer != "")
}

// Discover reads the issuer's metadata anew and keeps it; a provider that needs none succeeds at once. Callers run it in the
// background, at the start and then once in a while, so that no visitor waits for it. When it fails, what was known stays.
func (p *Provider) Discover(ctx context.Context) error {
	if !p.NeedsDiscovery() {
		return nil
	}
	p.fetching.Lock()
	defer p.fetching.Unlock()
	return p.discover(ctx)
}

// metadata is for the requests of a handshake: where the endpoints are known without the issuer's metadata, it is empty.
func (p *Provider) metadata(ctx context.Context) (*metadata, error) {
	if meta := p.meta.Load(); meta != nil {
		return meta, nil
	}
	if !p.d.Discovery {
		return &metadata{}, nil
	}
	return p.issuer(ctx)
}

// issuer is for ID tokens, which need keys.
func (p *Provider) issuer(ctx context.Context) (*metadata, error) {
	if meta := p.meta.Load(); meta != nil {
		return meta, nil
	}
	p.fetching.Lock()
	defer p.fetching.Unlock()
	if meta := p.meta.Load(); meta != nil {
		return meta, nil
	}
	if !p.d.Discovery && (p.d.Issuer == "" || p.d.JWKSURL != "") {
		p.meta.Store(p.configured())
		return p.meta.Load(), nil
	}
	if p.failed.err != nil && p.opts.Now().Sub(p.failed.at) < retryDiscovery {
		return nil, p.failed.err
	}
	if err := p.discover(ctx); err != nil {
		return nil, err
	}
	return p.meta.Load(), nil
}

// configured makes metadata of what the description says. Where it names the keys and no issuer, the keys' standard address
// tells the issuer.
func (p *Provider) configured() *metadata {
	meta := &metadata{}
	meta.IssuerURL = firstOf(p.d.Issuer, strings.TrimSuffix(p.d.JWKSURL, "/.well-known/jwks.json"))
	meta.JWKSURL = p.d.JWKSURL
	meta.Algorithms = p.algorithms(nil)
	meta.keys = p.keySet(meta.JWKSURL)
	return meta
}

// discover must be called with the lock held.
func (p *Provider) discover(ctx context.Context) error {
	meta, err := p.readMetadata(ctx)
	if err != nil {
		if ctx.Err() == nil {
			p.failed = failure{at: p.opts.Now(), err: err}
		}
		return err
	}
	p.failed = failure{}
	p.meta.Store(meta)
	return nil
}

func (p *Provider) readMetadata(ctx context.Context) (*metadata, error) {
	address := strings.TrimSuffix(p.d.Issuer, "/") + firstOf(p.d.DiscoveryPath, wellKnown)
	answer, err := p.get(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDiscovery, err)
	}
	if answer.status != http.StatusOK {
		return nil, fmt.Errorf("%w: it answers with status %d", ErrDiscovery, answer.status)
	}
	var document struct {
		oidc.ProviderConfig
		ChallengeMethods []string `json:"code_challenge_methods_supported"`
	}
	var members map[string]any
	if json.Unmarshal(answer.body, &document) != nil || json.Unmarshal(answer.body, &members) != nil {
		return nil, fmt.Errorf("%w: it is not JSON", ErrDiscovery)
	}
	meta := &metadata{
		ProviderConfig: document.ProviderConfig,
		pkce:           slices.Contains(document.ChallengeMethods, "S256"), endpoints: map[string]string{},
	}
	for name, value := range members {
		if text, ok := value.(string); ok && strings.HasSuffix(name, "_endpoint") {
			meta.endpoints[name] = text
		}
	}
	return meta, p.checkMetadata(meta, address)
}

func (p *Provider) checkMetadata(meta *metadata, address string) error {
	base, _, _ := strings.Cut(address, "/.well-known/")
	expected := []string{p.d.Issuer, base}
	if !slices.ContainsFunc(expected, func(issuer string) bool { return sameIssuer(issuer, meta.IssuerURL) }) {
		return fmt.Errorf("%w: its issuer is %q, not %q", ErrDiscovery, clean(meta.IssuerURL, maxDescription), p.d.Issuer)
	}
	for _, endpoint := range []string{meta.AuthURL, meta.TokenURL, meta.UserInfoURL, meta.JWKSURL} {
		if endpoint != "" && !urlAccepted(endpoint, p.opts.AllowPrivate) {
			return fmt.Errorf("%w: an endpoint is not an https:// address", ErrDiscovery)
		}
	}
	if p.d.Discovery && (firstOf(p.d.AuthorizeURL, meta.AuthURL) == "" || firstOf(p.d.AccessURL, meta.TokenURL) == "") {
		return fmt.Errorf("%w: an endpoint is missing", ErrDiscovery)
	}
	meta.JWKSURL = firstOf(p.d.JWKSURL, meta.JWKSURL)
	meta.Algorithms = p.algorithms(meta.Algorithms)
	meta.keys = p.keySet(meta.JWKSURL)
	return nil
}

// sameIssuer allows for a trailing slash, and for the one place holder that an issuer of many tenants has. What counts for
// ID tokens is the issuer as the metadata spells it.
func sameIssuer(expected, found string) bool {
	expected, found = strings.TrimSuffix(expected, "/"), strings.TrimSuffix(found, "/")
	if before, after, ok := strings.Cut(found, tenantID); ok {
		pattern := "^" + regexp.QuoteMeta(before) + "[A-Za-z0-9.-]+" + regexp.QuoteMeta(after) + "$"
		matched, err := regexp.MatchString(pattern, expected)
		return err == nil && matched
	}
	return expected == found
}
