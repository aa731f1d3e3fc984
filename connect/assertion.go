package connect

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	assertionLife = 2 * time.Minute
)

// clientAssertion proves who we are by a signature instead of a secret (RFC 7523, section 2.2).
func (p *Provider) clientAssertion(audience string) (string, error) {
	algorithm, err := signingAlgorithm(p.key)
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{}).WithType("JWT")
	if p.config.KeyID != "" {
		options = options.WithHeader("kid", p.config.KeyID)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: p.key}, options)
	if err != nil {
		return "", fmt.Errorf("preparing the client assertion: %w", err)
	}
	now := p.opts.Now()
	claims, err := json.Marshal(map[string]any{
		"iss": p.config.ClientID, "sub": p.config.ClientID, "aud": audience, "jti": randomHex(16),
		"iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return "", fmt.Errorf("signing the client assertion: %w", err)
	}
	return signed.CompactSerialize()
}

func signingAlgorithm(key any) (jose.SignatureAlgorithm, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return jose.RS256, nil
	case ed25519.PrivateKey:
		return jose.EdDSA, nil
	case *ecdsa.PrivateKey:
		switch key.Curve.Params().BitSize {
		case 256:
			return jose.ES256, nil
		case 384:
			return jose.ES384, nil
		case 521:
			return jose.ES512, nil
		}
	}
	return "", errors.New("the private key cannot sign client assertions")
}
