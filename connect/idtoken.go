package connect

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/tidwall/gjson"
)

var (
	asymmetric = []string{
		oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA,
	}
	uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// algorithms are those an ID token may be signed with: what the description says, else what the metadata says, else RS256
// and ES256. A provider cannot make us accept HS256: only a description can.
func (p *Provider) algorithms(advertised []string) []string {
	if len(p.d.IDTokenAlgorithms) > 0 {
		return p.d.IDTokenAlgorithms
	}
	var list []string
	for _, name := range advertised {
		if slices.Contains(asymmetric, name) {
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		list = []string{oidc.RS256, oidc.ES256}
	}
	return list
}

func (p *Provider) keySet(address string) oidc.KeySet {
	ks := keySet{secret: []byte(p.config.ClientSecret)}
	if address != "" {
		// The key set outlives the request that made it; go-oidc takes only the client from this context.
		ks.remote = oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), p.client), address)
	}
	return ks
}

// keySet verifies by the issuer's published keys or, for HS256, by the client's secret.
type keySet struct {
	remote oidc.KeySet
	secret []byte
}

// VerifySignature returns the payload of a token whose signature holds.
func (k keySet) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	if parsed, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.HS256}); err == nil {
		if len(k.secret) == 0 {
			return nil, errors.New("no secret to verify with")
		}
		return parsed.Verify(k.secret)
	}
	if k.remote == nil {
		return nil, errors.New("no keys to verify with")
	}
	return k.remote.VerifySignature(ctx, token)
}

// checksIDToken reports whether an ID token of this provider is verified, so that a nonce makes sense.
func (p *Provider) checksIDToken() bool {
	switch {
	case p.d.OAuth != 2:
		return false
	case p.d.Profile != nil && p.d.Profile.Auth == "id_token", p.d.Map.uses("$id_token."):
		return true
	default:
		return p.d.Issuer != "" && slices.Contains(strings.Fields(strings.Join(p.scopes(), " ")), "openid") &&
			!strings.HasSuffix(p.d.DiscoveryPath, "oauth-authorization-server")
	}
}

// idClaims verifies an ID token and returns its claims.
func (p *Provider) idClaims(ctx context.Context, token, nonce string) ([]byte, error) {
	meta, err := p.issuer(ctx)
	if err != nil {
		return nil, err
	}
	verified, err := p.verify(ctx, meta, token)
	if err != nil {
		return nil, err
	}
	if nonce != "" && subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(nonce)) != 1 {
		return nil, fmt.Errorf("%w: the nonce is not the one that was sent", ErrIDToken)
	}
	var claims jsonBytes
	if err := verified.Claims(&claims); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIDToken, err)
	}
	if azp := gjson.GetBytes(claims, "azp"); len(verified.Audience) > 1 && azp.Exists() && azp.Str != p.config.ClientID {
		return nil, fmt.Errorf("%w: it was made for another client", ErrIDToken)
	}
	return claims, p.checkTenant(meta, verified.Issuer, gjson.GetBytes(claims, "tid").Str)
}

func (p *Provider) verify(ctx context.Context, meta *metadata, token string) (*oidc.IDToken, error) {
	if meta.IssuerURL == "" {
		return nil, fmt.Errorf("%w: its issuer is not known", ErrIDToken)
	}
	verifier := oidc.NewVerifier(meta.IssuerURL, meta.keys, &oidc.Config{
		ClientID: p.config.ClientID, SupportedSigningAlgs: meta.Algorithms, Now: p.opts.Now,
		// The issuer of many tenants is checked by checkTenant.
		SkipIssuerCheck: strings.Contains(meta.IssuerURL, tenantID),
	})
	verified, err := verifier.Verify(oidc.ClientContext(ctx, p.client), token)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrIDToken, clean(err.Error(), maxDescription))
	}
	return verified, nil
}

func (p *Provider) checkTenant(meta *metadata, issuer, tenant string) error {
	if !strings.Contains(meta.IssuerURL, tenantID) {
		return nil
	}
	if !uuidPattern.MatchString(tenant) || issuer != strings.Replace(meta.IssuerURL, tenantID, tenant, 1) {
		return fmt.Errorf("%w: its issuer is not that of its tenant", ErrIDToken)
	}
	return nil
}

// signedProfile verifies a profile that came as a JWT. The token request proved who sent it, so what it may leave out
// (RFC 9068 and OpenID Connect Core 5.3.2 ask for iss and aud) is checked where it is there.
func (p *Provider) signedProfile(ctx context.Context, token string) ([]byte, error) {
	meta, err := p.issuer(ctx)
	if err != nil {
		return nil, err
	}
	payload, err := meta.keys.VerifySignature(oidc.ClientContext(ctx, p.client), strings.TrimSpace(token))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrIDToken, clean(err.Error(), maxDescription))
	}
	if issuer := gjson.GetBytes(payload, "iss"); issuer.Exists() && issuer.Str != meta.IssuerURL {
		return nil, fmt.Errorf("%w: the profile is signed by another issuer", ErrIDToken)
	}
	if audience := gjson.GetBytes(payload, "aud"); audience.Exists() && !contains(audience, p.config.ClientID) {
		return nil, fmt.Errorf("%w: the profile was made for another client", ErrIDToken)
	}
	return payload, nil
}

func contains(list gjson.Result, value string) bool {
	return slices.ContainsFunc(list.Array(), func(one gjson.Result) bool { return one.Type == gjson.String && one.Str == value })
}

// jsonBytes keeps a JSON document as it came.
type jsonBytes []byte

// UnmarshalJSON keeps the document.
func (b *jsonBytes) UnmarshalJSON(raw []byte) error {
	*b = slices.Clone(raw)
	return nil
}
