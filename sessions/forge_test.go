package sessions_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/gatewright/gatewright/sessions"
)

const (
	secret      = "a secret of more than sixteen bytes"
	otherSecret = "another secret, as long as it needs"
)

// start is a time in the life of the tokens here: 2026-01-02T03:04:05Z.
var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func key(id, secret string) sessions.Key {
	return sessions.Key{ID: id, Algorithm: sessions.HS256, Secret: secret, CreatedAt: start}
}

func newKeySet(t testing.TB, keys ...sessions.Key) *sessions.KeySet {
	t.Helper()
	set, err := sessions.NewKeySet(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// newTokens makes Tokens of keys, one with the secret unless given, and the clock they go by.
func newTokens(t testing.TB, keys ...sessions.Key) (*sessions.Tokens, *clock) {
	t.Helper()
	if len(keys) == 0 {
		keys = []sessions.Key{key("k1", secret)}
	}
	c := &clock{at: start}
	tokens, err := sessions.NewTokens(newKeySet(t, keys...), time.Hour, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return tokens, c
}

func issue(t testing.TB, tokens *sessions.Tokens, userID, validFrom int64) string {
	t.Helper()
	token, err := tokens.Issue(userID, validFrom)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// plainHeader is the header of a token made with a single key.
const plainHeader = `{"alg":"HS256","typ":"JWT"}`

// forge signs any header and claims with HMAC-SHA-256, whatever the header says.
func forge(header, claims, secret string) string {
	signed := encode(header) + "." + encode(claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// part decodes the header (0) or the claims (1) of a token.
func part(t testing.TB, token string, i int) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err != nil {
		t.Fatal(err)
	}
	var decoded map[string]any
	if err := json.Unmarshal(raw, &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}
