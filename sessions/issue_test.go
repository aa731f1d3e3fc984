package sessions_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/sessions"
)

func TestIssuedTokenIsVerified(t *testing.T) {
	tokens, _ := newTokens(t)
	claims, err := tokens.Verify(issue(t, tokens, 7, 0))
	if err != nil {
		t.Fatal(err)
	}
	if claims.UserID != 7 || claims.IssuedAt != start.Unix() {
		t.Errorf("claims = %+v, want user 7 issued at %d", claims, start.Unix())
	}
}

// The header and the claims are those recorded of Strapi, nothing more and nothing less.
func TestFormOfToken(t *testing.T) {
	one := []sessions.Key{key("k1", secret)}
	two := []sessions.Key{key("k2", otherSecret), key("k1", secret)}
	iat, exp := float64(start.Unix()), float64(start.Add(time.Hour).Unix())
	for _, c := range []struct {
		name      string
		keys      []sessions.Key
		validFrom int64
		header    map[string]any
		claims    map[string]any
	}{
		{
			"one key", one, 0,
			map[string]any{"alg": "HS256", "typ": "JWT"},
			map[string]any{"id": 7.0, "iat": iat, "exp": exp},
		},
		{
			"two keys", two, 0,
			map[string]any{"alg": "HS256", "typ": "JWT", "kid": "k2"},
			map[string]any{"id": 7.0, "iat": iat, "exp": exp},
		},
		{
			"valid from the past", one, start.Unix() - 5,
			map[string]any{"alg": "HS256", "typ": "JWT"},
			map[string]any{"id": 7.0, "iat": iat, "exp": exp},
		},
		{
			"valid from the future", one, start.Unix() + 3,
			map[string]any{"alg": "HS256", "typ": "JWT"},
			map[string]any{"id": 7.0, "iat": iat + 3, "exp": exp + 3},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			tokens, _ := newTokens(t, c.keys...)
			token := issue(t, tokens, 7, c.validFrom)
			if diff := cmp.Diff(c.header, part(t, token, 0)); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.claims, part(t, token, 1)); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

// A token handed out by a change of password is at once as good as the ValidFrom that the change set.
func TestTokenAfterPasswordChange(t *testing.T) {
	tokens, c := newTokens(t)
	validFrom := sessions.NextValidFrom(c.now(), 0)
	before, err := tokens.Verify(issue(t, tokens, 7, 0))
	if err != nil {
		t.Fatal(err)
	}
	after, err := tokens.Verify(issue(t, tokens, 7, validFrom))
	if err != nil {
		t.Fatal(err)
	}
	if before.IssuedAt >= validFrom {
		t.Errorf("a token of the second of the change has iat %d, not before valid from %d", before.IssuedAt, validFrom)
	}
	if after.IssuedAt < validFrom {
		t.Errorf("the token given out with the change has iat %d, before valid from %d", after.IssuedAt, validFrom)
	}
}

// A token says when the account was read, not when it was signed; and it is no older than the account's ValidFrom.
func TestIssueAt(t *testing.T) {
	tokens, c := newTokens(t)
	for _, try := range []struct {
		name      string
		ago       time.Duration
		validFrom int64
		want      int64
	}{
		{"now", 0, 0, c.now().Unix()},
		{"a while ago", time.Minute, 0, c.now().Unix() - 60},
		{"before the account was valid", time.Minute, c.now().Unix() - 5, c.now().Unix() - 5},
	} {
		token, err := tokens.IssueAt(7, try.validFrom, c.now().Add(-try.ago))
		if err != nil {
			t.Fatal(err)
		}
		if claims, err := tokens.Verify(token); err != nil || claims.UserID != 7 || claims.IssuedAt != try.want {
			t.Errorf("%s: %+v, %v, want iat %d", try.name, claims, err, try.want)
		}
	}
}

func TestNextValidFrom(t *testing.T) {
	now := start.Unix()
	for _, c := range []struct {
		name string
		last int64
		want int64
	}{
		{"never changed", 0, now + 1},
		{"changed before", now - 1000, now + 1},
		{"changed in this second", now + 1, now + 2},
		{"changed many times in this second", now + 9, now + 10},
		{"clock set back", now + 3600, now + 3601},
	} {
		if got := sessions.NextValidFrom(start, c.last); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	last := int64(0)
	for range 100 {
		next := sessions.NextValidFrom(start, last)
		if next <= last {
			t.Fatalf("%d after %d", next, last)
		}
		last = next
	}
}

func TestRotation(t *testing.T) {
	older, newer := key("k1", secret), key("k2", otherSecret)
	alone, _ := newTokens(t, older)
	unnamed := issue(t, alone, 7, 0)

	rotated, _ := newTokens(t, newer, older)
	third, _ := newTokens(t, key("k3", "a third secret with enough bytes"), newer, older)
	onlyNew, _ := newTokens(t, newer)
	for _, c := range []struct {
		name   string
		tokens *sessions.Tokens
		token  string
		good   bool
	}{
		{"from before there was a second key", rotated, unnamed, true},
		{"from before there was a third key, unnamed", third, unnamed, true},
		{"by the newer key", third, issue(t, rotated, 7, 0), true},
		{"named, and its key alone is left", onlyNew, issue(t, rotated, 7, 0), true},
		{"by a key that is gone", onlyNew, unnamed, false},
		{"unnamed, by the newer key", rotated, issue(t, onlyNew, 7, 0), false},
		{"named as another key", rotated, forge(`{"alg":"HS256","typ":"JWT","kid":"k1"}`,
			`{"id":7,"exp":1893456000}`, otherSecret), false},
		{"named as no key", rotated, forge(`{"alg":"HS256","typ":"JWT","kid":"k9"}`,
			`{"id":7,"exp":1893456000}`, secret), false},
		{"kid is no text, as good as none", rotated, forge(`{"alg":"HS256","typ":"JWT","kid":2}`,
			`{"id":7,"exp":1893456000}`, secret), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			claims, err := c.tokens.Verify(c.token)
			switch {
			case c.good && (err != nil || claims.UserID != 7):
				t.Errorf("Verify = %+v, %v", claims, err)
			case !c.good && !errors.Is(err, sessions.ErrInvalid):
				t.Errorf("error = %v, want ErrInvalid", err)
			}
		})
	}
}

func TestNewTokensLifetime(t *testing.T) {
	keys := newKeySet(t, key("k1", secret))
	for _, lifetime := range []time.Duration{-time.Hour, -1, 1, time.Second - 1} {
		if _, err := sessions.NewTokens(keys, lifetime, nil); err == nil {
			t.Errorf("a lifetime of %s is accepted", lifetime)
		}
	}
	tokens, err := sessions.NewTokens(keys, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	claims := part(t, issue(t, tokens, 1, 0), 1)
	if lives := claims["exp"].(float64) - claims["iat"].(float64); lives != sessions.DefaultLifetime.Seconds() {
		t.Errorf("a token lives %v s by default, want %v", lives, sessions.DefaultLifetime.Seconds())
	}
}
