package connect

import (
	"crypto"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// The steps of a handshake, as errors name them.
const (
	stepRequestToken = "request_token"
	stepAuthorize    = "authorize"
	stepAccess       = "access"
	stepProfile      = "profile"
)

// How a client names itself at the token endpoint.
const (
	authPost       = "client_secret_post"
	authBasic      = "client_secret_basic"
	authPrivateKey = "private_key_jwt"
)

var digits = regexp.MustCompile(`^[0-9]+$`)

// Provider is one provider, ready for handshakes. It is safe for concurrent use and keeps nothing of a handshake.
type Provider struct {
	d      Description // with every setting filled in
	config Config
	opts   Options
	client *http.Client
	key    crypto.Signer // nil without a private key
	scope  string

	meta     atomic.Pointer[metadata]
	fetching sync.Mutex // held while metadata is read; guards failed
	failed   failure
}

// New makes a provider of a configuration. It makes no outgoing call. What is missing or wrong is a [*ConfigError].
func New(config Config, opts Options) (*Provider, error) {
	opts = opts.withDefaults()
	problems := &ConfigError{Provider: config.Description.Name}
	config.check(problems)
	d := resolve(config.Description, config.Placeholders, opts.AllowPrivate, problems)
	d.Issuer = templatePattern.ReplaceAllStringFunc(d.Issuer, func(whole string) string {
		if whole != "{client_id}" || !pathSegment.accepts(config.ClientID, false) {
			problems.Invalid = append(problems.Invalid, "the client id must be "+pathSegment.expected())
		}
		return config.ClientID
	})
	d.addresses(opts.AllowPrivate, problems)
	p := &Provider{d: d, config: config, opts: opts, client: newClient(opts)}
	if len(config.PrivateKey) > 0 {
		key, err := parseKey(config.PrivateKey)
		if err != nil {
			problems.Invalid = append(problems.Invalid, err.Error())
		}
		p.key = key
	}
	if len(problems.Missing)+len(problems.Invalid) > 0 {
		return nil, problems
	}
	p.scope = strings.Join(p.scopes(), p.scopeDelimiter())
	return p, nil
}

// Description returns the provider's description with the operator's settings filled in.
func (p *Provider) Description() Description { return p.d.Clone() }

// Scope returns the scopes that are asked for.
func (p *Provider) Scope() []string { return slices.Clone(p.scopes()) }

func (p *Provider) scopes() []string {
	if p.config.Scope != nil {
		return p.config.Scope
	}
	return p.d.DefaultScopes
}

func (p *Provider) scopeDelimiter() string {
	if step := p.authorizeStep(); step != nil && step.ScopeDelimiter != "" {
		return step.ScopeDelimiter
	}
	if p.d.ScopeDelimiter != "" {
		return p.d.ScopeDelimiter
	}
	return ","
}

func (p *Provider) requestStep() *Step {
	if p.d.Flow == nil {
		return nil
	}
	return p.d.Flow.RequestToken
}

func (p *Provider) authorizeStep() *Step {
	if p.d.Flow == nil {
		return nil
	}
	if n := p.numeric(); n != nil && n.Authorize != nil {
		return n.Authorize
	}
	return p.d.Flow.Authorize
}

func (p *Provider) accessStep() *Step {
	if p.d.Flow == nil {
		return nil
	}
	if n := p.numeric(); n != nil && n.Access != nil {
		return n.Access
	}
	return p.d.Flow.Access
}

func (p *Provider) numeric() *NumericChanges {
	if !digits.MatchString(p.config.ClientID) {
		return nil
	}
	return p.d.Flow.WhenNumericClientID
}

func (p *Provider) tokenShape() TokenShape {
	if p.d.Flow == nil || p.d.Flow.TokenResponse == nil {
		return TokenShape{}
	}
	return *p.d.Flow.TokenResponse
}

// facts are what every template may name; a step adds its own.
func (p *Provider) facts(more map[string]string) facts {
	names := map[string]string{
		"client_id": p.config.ClientID, "client_secret": p.config.ClientSecret, "redirect_uri": p.config.RedirectURI,
		scopeParam: p.scope, "user_agent": p.opts.UserAgent, stateParam: "", "code": "", "access_token": "",
	}
	maps.Copy(names, more)
	settings := map[string]string{}
	maps.Copy(settings, p.config.Placeholders)
	maps.Copy(settings, p.config.CustomParams)
	return facts{names: names, docs: map[string][]byte{}, extra: settings}
}
