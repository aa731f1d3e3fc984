package sessions

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	lru "github.com/hashicorp/golang-lru/v2"
)

// Bounds of what a stranger can make the gateway read and remember.
const (
	// MaxTokenBytes is the longest token that is looked at. Ours have about 130 bytes.
	MaxTokenBytes = 4096
	// cachedTokens and maxCachedTokenBytes bound the cache of verified tokens to about 10 MiB.
	cachedTokens        = 10_000
	maxCachedTokenBytes = 1024
)

// notBeforeLeeway forgives a clock that is behind the one that made the token. exp has none: a token is good or it is
// over.
const notBeforeLeeway = 60 * time.Second

// Errors of Verify. Both are answered alike; the difference is for logs and metrics.
var (
	ErrInvalid = errors.New("invalid token")
	ErrExpired = errors.New("expired token")
)

// Claims is what a verified token says. The names and types are those of Strapi's `jwtManagement: legacy-support`.
type Claims struct {
	// UserID is the account the token is for; 0 when the id claim names none that could exist (null, a word, 1.5).
	UserID int64
	// IssuedAt is in Unix seconds; 0 when the token does not say. A time in the future is accepted, as recorded.
	IssuedAt int64

	expiresAt int64
	notBefore int64
}

// Tokens issues and verifies user tokens. It is safe for concurrent use.
type Tokens struct {
	keys     *KeySet
	lifetime time.Duration
	now      func() time.Time
	verified *lru.Cache[string, Claims]
}

// DefaultLifetime is how long a token is good: 30 days, as in Strapi.
const DefaultLifetime = 30 * 24 * time.Hour

// NewTokens makes a Tokens that signs with the first of keys. A lifetime of zero means DefaultLifetime; now is
// time.Now unless a test says otherwise.
func NewTokens(keys *KeySet, lifetime time.Duration, now func() time.Time) (*Tokens, error) {
	if lifetime == 0 {
		lifetime = DefaultLifetime
	}
	if lifetime < time.Second {
		return nil, fmt.Errorf("a token lifetime of %s is shorter than a second", lifetime)
	}
	if now == nil {
		now = time.Now
	}
	verified, err := lru.New[string, Claims](cachedTokens)
	if err != nil {
		return nil, fmt.Errorf("making the token cache: %w", err)
	}
	return &Tokens{keys: keys, lifetime: lifetime, now: now, verified: verified}, nil
}

// Issue makes a token for the account. validFrom is the account's ValidFrom: a token is never issued as older than it,
// or the change of password that moved it would refuse the very token it hands out.
func (t *Tokens) Issue(userID, validFrom int64) (string, error) {
	return t.IssueAt(userID, validFrom, t.now())
}

// IssueAt is Issue with the time that the token is issued at. It is for who read the account at that time or later: a
// change of password that came after the reading then ends the token, however long it took to be made.
func (t *Tokens) IssueAt(userID, validFrom int64, at time.Time) (string, error) {
	issued := max(at.Unix(), validFrom)
	key := t.keys.signing()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"id": userID, "iat": issued, "exp": issued + int64(t.lifetime/time.Second),
	})
	if t.keys.named() {
		token.Header["kid"] = key.ID
	}
	signed, err := token.SignedString([]byte(key.Secret))
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	return signed, nil
}

// Verify returns what the token says if it was made with one of our keys and is good now. It says nothing of the
// account: compare IssuedAt with its ValidFrom.
func (t *Tokens) Verify(token string) (Claims, error) {
	if claims, ok := t.verified.Get(token); ok {
		return claims, t.inTime(claims)
	}
	claims, err := t.parse(token)
	if err != nil {
		return Claims{}, err
	}
	if err := t.inTime(claims); err != nil {
		return Claims{}, err
	}
	if len(token) <= maxCachedTokenBytes {
		// The string may share memory with a request's header, which must not live as long as the cache.
		t.verified.Add(strings.Clone(token), claims)
	}
	return claims, nil
}

func (t *Tokens) inTime(c Claims) error {
	now := t.now()
	if now.Unix() >= c.expiresAt {
		return ErrExpired
	}
	if c.notBefore > now.Add(notBeforeLeeway).Unix() {
		return fmt.Errorf("%w: not good yet", ErrInvalid)
	}
	return nil
}

// parser pins the algorithm, so that neither "none" nor another member of the family is ever tried (RFC 8725, 3.1).
var parser = jwt.NewParser(
	jwt.WithValidMethods([]string{HS256}),
	jwt.WithoutClaimsValidation(),
	jwt.WithJSONNumber(),
	jwt.WithStrictDecoding(),
)

func (t *Tokens) parse(token string) (Claims, error) {
	if len(token) > MaxTokenBytes {
		return Claims{}, fmt.Errorf("%w: longer than %d bytes", ErrInvalid, MaxTokenBytes)
	}
	if strings.ContainsAny(token, "\r\n") {
		// encoding/base64 passes over line breaks, and one token must not have many spellings.
		return Claims{}, fmt.Errorf("%w: has a line break", ErrInvalid)
	}
	parsed, err := parser.Parse(token, t.key)
	if err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	claims, ok := parsed.Claims.(jwt.MapClaims)
	if !ok {
		return Claims{}, fmt.Errorf("%w: claims are no object", ErrInvalid)
	}
	return readClaims(claims)
}

// key chooses the key for a token whose signature is about to be checked.
func (t *Tokens) key(token *jwt.Token) (any, error) {
	if _, ok := token.Header["crit"]; ok {
		return nil, errors.New("critical header parameters are not understood (RFC 7515, 4.1.11)")
	}
	id, _ := token.Header["kid"].(string)
	if !t.keys.named() {
		id = ""
	}
	key, ok := t.keys.find(id)
	if !ok {
		return nil, errors.New("unknown key id")
	}
	return []byte(key.Secret), nil
}

func readClaims(m jwt.MapClaims) (Claims, error) {
	id, ok := m["id"]
	if !ok {
		return Claims{}, fmt.Errorf("%w: no id", ErrInvalid)
	}
	expires, err := seconds(m, "exp")
	if err != nil {
		return Claims{}, err
	}
	if expires == 0 {
		return Claims{}, fmt.Errorf("%w: no exp", ErrInvalid)
	}
	notBefore, err := seconds(m, "nbf")
	if err != nil {
		return Claims{}, err
	}
	issued, err := seconds(m, "iat")
	if err != nil {
		return Claims{}, err
	}
	return Claims{UserID: userID(id), IssuedAt: issued, expiresAt: expires, notBefore: notBefore}, nil
}

// seconds reads a NumericDate (RFC 7519, 2): 0 when it is absent.
func seconds(m jwt.MapClaims, name string) (int64, error) {
	value, ok := m[name]
	if !ok {
		return 0, nil
	}
	number, ok := value.(json.Number)
	if !ok {
		return 0, fmt.Errorf("%w: %s is no number", ErrInvalid, name)
	}
	f, err := number.Float64()
	if err != nil || math.IsNaN(f) || f < 0 || f > math.MaxInt32*1000 {
		return 0, fmt.Errorf("%w: %s is out of range", ErrInvalid, name)
	}
	return int64(f), nil
}

// userID reads an id that Strapi accepts as a number or as its digits in a string; 0 for all else.
func userID(value any) int64 {
	text := ""
	switch v := value.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != text {
		return 0
	}
	return id
}

// Bearer returns the token of an Authorization header. Another scheme, a wrong number of words and an empty header mean
// that there is none, as recorded; several header lines are one value with commas (RFC 9110, 5.3), hence none either.
func Bearer(authorization []string) (token string, ok bool) {
	if len(authorization) != 1 {
		return "", false
	}
	words := strings.Fields(authorization[0])
	if len(words) != 2 || !strings.EqualFold(words[0], "Bearer") {
		return "", false
	}
	return words[1], true
}

// HasBearer tells whether any line of an Authorization header uses the Bearer scheme, well formed or not. Such a header
// is meant for the gateway and must not reach an upstream that reads it more leniently.
func HasBearer(authorization []string) bool {
	for _, line := range authorization {
		for part := range strings.SplitSeq(line, ",") {
			words := strings.Fields(part)
			if len(words) > 0 && strings.EqualFold(words[0], "Bearer") {
				return true
			}
		}
	}
	return false
}

// NextValidFrom is the ValidFrom of an account whose password changes now: later than every token issued so far, also
// when the password changes twice in one second.
func NextValidFrom(now time.Time, last int64) int64 { return max(now.Unix(), last) + 1 }
