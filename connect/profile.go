package connect

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// Profile is what a provider says of the user who signed in.
type Profile struct {
	Subject  string // who it is at this provider: at most 255 bytes, never reused for another name or address
	Username string // may be empty, and is not unique
	Email    string // one well-formed address, or empty
	// EmailVerified is true only where the provider's data, or the operator, says that the address is the user's.
	EmailVerified bool
	Raw           json.RawMessage // the whole profile as one JSON document, up to 1 MiB
}

// LogValue keeps personal data out of logs.
func (p Profile) LogValue() slog.Value { return slog.StringValue("[profile]") }

// Profile asks the provider who the user is. A refusal by the provider is a [*ProviderError].
func (p *Provider) Profile(ctx context.Context, tokens Tokens) (Profile, error) {
	if p.d.Profile == nil || p.d.Map == nil {
		return Profile{}, ErrNoProfile
	}
	claims, err := p.claims(ctx, tokens)
	if err != nil {
		return Profile{}, err
	}
	doc, err := p.document(ctx, tokens, claims)
	if err != nil {
		return Profile{}, err
	}
	if !sameSubject(claims, doc) {
		return Profile{}, fmt.Errorf("%w: the profile is that of another subject", ErrIDToken)
	}
	profile, err := p.read(sources{doc: doc, token: tokens.Raw, claims: claims})
	if err == nil && profile.Subject == "" && !p.config.SubjectEmail {
		if refused := p.providerError(stepProfile, http.StatusOK, doc, tokens.AccessToken); refused != nil {
			return Profile{}, refused
		}
		return Profile{}, ErrNoSubject
	}
	return profile, err
}

// ProfileFromIDToken is for native applications, which sign in by themselves and hold a token. Only an ID token proves that
// it was made for this client; an access token does not, and is not taken.
func (p *Provider) ProfileFromIDToken(ctx context.Context, token string) (Profile, error) {
	if p.d.OAuth != 2 || p.d.Map == nil || (p.d.Issuer == "" && p.d.JWKSURL == "") {
		return Profile{}, ErrNoProfile
	}
	claims, err := p.idClaims(ctx, token, "")
	if err != nil {
		return Profile{}, err
	}
	profile, err := p.read(sources{doc: claims, token: []byte("{}"), claims: claims})
	if err == nil && profile.Subject == "" {
		return Profile{}, ErrNoSubject
	}
	return profile, err
}

// claims verifies the ID token, where there is one and somebody looks at it.
func (p *Provider) claims(ctx context.Context, tokens Tokens) ([]byte, error) {
	switch {
	case !p.checksIDToken():
		return nil, nil
	case tokens.IDToken != "":
		return p.idClaims(ctx, tokens.IDToken, tokens.Nonce)
	case p.d.Profile.Auth == "id_token":
		return nil, fmt.Errorf("%w: the provider returned none", ErrIDToken)
	default:
		return nil, nil
	}
}

// sameSubject holds userinfo to the ID token (OpenID Connect Core, section 5.3.2).
func sameSubject(claims, doc []byte) bool {
	if claims == nil {
		return true
	}
	a, b := gjson.GetBytes(claims, "sub"), gjson.GetBytes(doc, "sub")
	return a.Type != gjson.String || b.Type != gjson.String || a.Str == b.Str
}

// document is the profile, with the results of the extra requests inside.
func (p *Provider) document(ctx context.Context, tokens Tokens, claims []byte) ([]byte, error) {
	call := p.d.Profile
	switch call.Auth {
	case "id_token":
		return claims, nil
	case "token_response":
		return tokens.Raw, nil
	}
	f := p.facts(map[string]string{"access_token": tokens.AccessToken, "code": tokens.Code})
	f.docs["token"] = tokens.Raw
	address, err := p.profileAddress(ctx)
	if err != nil {
		return nil, err
	}
	doc, err := p.fetch(ctx, request{
		address: address, method: call.Method, auth: call.Auth, headers: call.Headers, query: call.Query,
		bodyFormat: call.BodyFormat, body: call.Body, format: call.ResponseFormat,
	}, tokens, f)
	if err != nil || len(call.ExtraRequests) == 0 {
		return doc, err
	}
	return p.withExtras(ctx, doc, tokens, f)
}

func (p *Provider) withExtras(ctx context.Context, doc []byte, tokens Tokens, f facts) ([]byte, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(doc, &members) != nil || members == nil {
		return nil, fmt.Errorf("%w: the profile is not an object", ErrResponse)
	}
	f.docs["profile"] = doc
	for _, extra := range p.d.Profile.ExtraRequests {
		delete(members, extra.As)
		raw, err := p.fetch(ctx, request{address: extra.URL, auth: extra.Auth, query: extra.Query, headers: p.d.Profile.Headers}, tokens, f)
		if err != nil {
			if extra.Optional && ctx.Err() == nil {
				continue
			}
			return nil, fmt.Errorf("asking for %s: %w", strings.TrimPrefix(extra.As, "_"), err)
		}
		members[extra.As] = raw
	}
	return json.Marshal(members)
}

func (p *Provider) profileAddress(ctx context.Context) (string, error) {
	call := p.d.Profile
	source, key, _ := strings.Cut(call.URLFrom, ":")
	switch source {
	case "":
		return call.URL, nil
	case "config":
		value := firstOf(p.config.Placeholders[key], p.config.CustomParams[key])
		if !urlAccepted(value, p.opts.AllowPrivate) {
			return "", fmt.Errorf("%w: the setting %s must be %s", ErrNoProfile, key, wholeURL.expected())
		}
		return value, nil
	default:
		meta, err := p.issuer(ctx)
		if err != nil {
			return "", err
		}
		if !urlAccepted(meta.endpoints[key], p.opts.AllowPrivate) {
			return "", fmt.Errorf("%w: it names no %s", ErrDiscovery, key)
		}
		return meta.endpoints[key], nil
	}
}

// read applies the mapping and the rules of trust.
func (p *Provider) read(s sources) (Profile, error) {
	for path, wanted := range p.d.Require {
		if !meets(s.get(path), wanted) {
			return Profile{}, ErrRefused
		}
	}
	profile := Profile{Raw: slices.Clone(json.RawMessage(s.doc))}
	s.email = address(s.result(p.d.Map.Email))
	profile.Email = s.email
	profile.Subject = subject(s.text(p.d.Map.ID))
	profile.Username = clean(s.text(p.d.Map.Username), maxUsername)
	profile.EmailVerified = s.email != "" && p.verified(s)
	if profile.Subject == "" && p.config.SubjectEmail && profile.EmailVerified {
		profile.Subject = strings.ToLower(s.email)
	}
	return profile, nil
}

func (p *Provider) verified(s sources) bool {
	switch {
	case p.config.VerifiedAlways, p.d.EmailTrust == TrustAlwaysVerified:
		return true
	case p.d.EmailTrust == TrustVerifiedClaim:
		return s.truth(p.d.Map.EmailVerified)
	default:
		return false
	}
}
