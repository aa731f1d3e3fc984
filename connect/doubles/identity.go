package doubles

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const keyBits = 2048

// One key for all doubles of a process, and one for all of their clients.
var (
	serverKey = sync.OnceValue(newKey)
	clientKey = sync.OnceValue(newKey)
)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		panic("doubles: no randomness: " + err.Error())
	}
	return key
}

func clientKeyPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(clientKey())})
}

// signsIDTokens: every provider whose issuer or keys are known hands out an ID token.
func (d *Double) signsIDTokens() bool {
	return d.d.OAuth == 2 && (d.d.Issuer != "" || d.d.JWKSURL != "")
}

func (d *Double) serveMetadata(w http.ResponseWriter) {
	writeJSON(w, map[string]any{
		"issuer": d.endpoints.issuer, "authorization_endpoint": d.endpoints.authorize, "token_endpoint": d.endpoints.access,
		"userinfo_endpoint": d.endpoints.profile, "jwks_uri": d.endpoints.keys,
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
	})
}

func (d *Double) serveKeys(w http.ResponseWriter) {
	writeJSON(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: serverKey().Public(), KeyID: "double", Algorithm: string(jose.RS256), Use: "sig",
	}}})
}

func (d *Double) idToken() string {
	claims := map[string]any{
		"iss": d.endpoints.issuer, "aud": d.clientID(), "sub": orDefault(d.plan.want(d.d).Subject, plantedWord),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
	if _, nonce := d.remembered(); nonce != "" {
		claims["nonce"] = nonce
	}
	if planted, ok := d.plan.docs["$id_token"].(map[string]any); ok {
		maps.Copy(claims, planted)
	}
	if planted, ok := d.plan.docs[""].(map[string]any); ok && d.d.Profile != nil && d.d.Profile.Auth == "id_token" {
		maps.Copy(claims, planted)
	}
	if number, ok := claims["sub"].(json.Number); ok {
		claims["sub"] = number.String()
	}
	return d.sign(claims)
}

// sign makes a JWT, by the key or, where the description says so, by the client's secret.
func (d *Double) sign(claims any) string {
	key := jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: serverKey(), KeyID: "double"}}
	if slices.Contains(d.d.IDTokenAlgorithms, "HS256") {
		key = jose.SigningKey{Algorithm: jose.HS256, Key: []byte(ClientSecret)}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		d.complain("signing: %v", err)
		return ""
	}
	signer, err := jose.NewSigner(key, nil)
	if err != nil {
		d.complain("signing: %v", err)
		return ""
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		d.complain("signing: %v", err)
		return ""
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		d.complain("signing: %v", err)
	}
	return text
}

// checkAssertion verifies how a client without a secret proves itself.
func (d *Double) checkAssertion(assertion string) error {
	parsed, err := jose.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return err
	}
	payload, err := parsed.Verify(clientKey().Public())
	if err != nil {
		return err
	}
	var claims struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		ID       string `json:"jti"`
		Expires  int64  `json:"exp"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return err
	}
	if claims.Issuer != d.clientID() || claims.Subject != d.clientID() || claims.Audience != d.endpoints.access ||
		claims.ID == "" || claims.Expires < time.Now().Unix() || claims.Expires > time.Now().Add(time.Hour).Unix() {
		return errors.New("a claim is wrong")
	}
	return nil
}
