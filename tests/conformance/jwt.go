package conformance

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// hashes are the algorithms a token can be signed with here. A token of any other is left without a signature.
var hashes = map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New}

// momentPattern is a time relative to now in the claims of a forgery, in seconds.
var momentPattern = regexp.MustCompile(`^now([+-]\d+)$`)

// Forgery describes a token to be made. Algorithm is HS256 unless it is set; one without a hash, such as "none", makes
// an unsigned token. Claims may hold times such as "now+60".
type Forgery struct {
	As        string         `json:"as"`
	Algorithm string         `json:"alg"`
	Header    map[string]any `json:"header"`
	Claims    map[string]any `json:"claims"`
	Secret    string         `json:"secret"`
}

// Forge makes the token.
func Forge(spec Forgery, now time.Time) (string, error) {
	if spec.Algorithm == "" {
		spec.Algorithm = "HS256"
	}
	header := map[string]any{"alg": spec.Algorithm, "typ": "JWT"}
	maps.Copy(header, spec.Header)
	claims := make(map[string]any, len(spec.Claims))
	for name, value := range spec.Claims {
		claims[name] = moment(value, now)
	}
	head, err := encodePart(header)
	if err != nil {
		return "", err
	}
	body, err := encodePart(claims)
	if err != nil {
		return "", err
	}
	return head + "." + body + "." + sign(head+"."+body, spec.Algorithm, spec.Secret), nil
}

func moment(value any, now time.Time) any {
	template, _ := value.(string)
	if found := momentPattern.FindStringSubmatch(template); found != nil {
		if offset, err := strconv.ParseInt(found[1], 10, 64); err == nil {
			return now.Unix() + offset
		}
	}
	return value
}

// Tamper changes claims of a token and leaves its signature, or spoils the signature when there are no claims.
func Tamper(token string, claims map[string]any) (string, error) {
	head, rest, _ := strings.Cut(token, ".")
	body, mac, ok := strings.Cut(rest, ".")
	if !ok || mac == "" {
		return "", errors.New("only a signed token can be tampered with")
	}
	if claims == nil {
		first := "A"
		if mac[0] == 'A' {
			first = "B"
		}
		return head + "." + body + "." + first + mac[1:], nil
	}
	changed, err := decodePart(body)
	if err != nil {
		return "", err
	}
	maps.Copy(changed, claims)
	body, err = encodePart(changed)
	return head + "." + body + "." + mac, err
}

// token is a JWT that was taken apart. Its signature is not checked by that.
type token struct {
	signed, mac    string
	header, claims map[string]any
}

func parseToken(value any) (token, error) {
	whole, _ := value.(string)
	if !jwtPattern.MatchString(whole) {
		return token{}, fmt.Errorf("not a JWT: %s", short(value))
	}
	dot := strings.LastIndexByte(whole, '.')
	parsed := token{signed: whole[:dot], mac: whole[dot+1:]}
	head, body, _ := strings.Cut(parsed.signed, ".")
	var err error
	if parsed.header, err = decodePart(head); err != nil {
		return token{}, fmt.Errorf("not a JWT: %s: %w", short(value), err)
	}
	if parsed.claims, err = decodePart(body); err != nil {
		return token{}, fmt.Errorf("not a JWT: %s: %w", short(value), err)
	}
	return parsed, nil
}

// genuine reports whether the token is signed with the secret, with whatever hash its header names.
func (t token) genuine(secret string) bool {
	algorithm, _ := t.header["alg"].(string)
	mac := sign(t.signed, algorithm, secret)
	return mac != "" && hmac.Equal([]byte(mac), []byte(t.mac))
}

// seconds returns a claim that holds a time.
func (t token) seconds(claim string) (int64, error) {
	number, ok := t.claims[claim].(json.Number)
	if !ok {
		return 0, fmt.Errorf("the claim %s is %s, not a time", claim, short(t.claims[claim]))
	}
	seconds, err := number.Float64()
	return int64(seconds), err
}

// sign returns nothing for an algorithm without a hash.
func sign(signed, algorithm, secret string) string {
	newHash, ok := hashes[algorithm]
	if !ok {
		return ""
	}
	mac := hmac.New(newHash, []byte(secret))
	mac.Write([]byte(signed))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func encodePart(part map[string]any) (string, error) {
	raw, err := encodeJSON(part)
	return base64.RawURLEncoding.EncodeToString(raw), err
}

func decodePart(part string) (map[string]any, error) {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil, err
	}
	var decoded map[string]any
	if err := decodeJSON(raw, &decoded); err != nil {
		return nil, err
	}
	if decoded == nil {
		return nil, errors.New("null is not an object")
	}
	return decoded, nil
}
