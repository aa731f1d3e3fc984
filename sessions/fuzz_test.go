package sessions_test

import (
	"errors"
	"testing"

	"github.com/gatewright/gatewright/sessions"
)

// FuzzVerify holds Verify to two promises: nothing makes it panic, and nothing verifies that Issue did not make.
func FuzzVerify(f *testing.F) {
	tokens, _ := newTokens(f)
	good := issue(f, tokens, 7, 0)
	header, claims, signature := split(good)
	for _, seed := range []string{
		good, "", ".", "..", "...", "a.b.c", header + "." + claims + ".", header + "." + claims + "." + looseEnd(signature),
		encode(`{"alg":"none"}`) + "." + claims + ".", forge(plainHeader, goodClaims, otherSecret), good + "\x00",
		encode(`{"alg":"HS256","crit":["b64"],"b64":false}`) + "." + claims + "." + signature,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		got, err := tokens.Verify(token)
		switch {
		case err == nil && token != good:
			t.Errorf("%q verifies as %+v", token, got)
		case err != nil && !errors.Is(err, sessions.ErrInvalid) && !errors.Is(err, sessions.ErrExpired):
			t.Errorf("%q: error = %v", token, err)
		}
	})
}

// FuzzClaims holds the same for what is said under a good signature: no claim makes Verify panic, and what it accepts
// names an account that could exist, or none.
func FuzzClaims(f *testing.F) {
	tokens, _ := newTokens(f)
	for _, seed := range []string{
		goodClaims, `{}`, `[]`, `null`, `{"id":"5","exp":1e99}`, `{"id":{},"exp":1893456000,"nbf":null}`, `{"id":1,"exp":`,
		`{"id":1,"id":2,"exp":1893456000}`, `{"id":-1,"exp":1893456000} trailing`, "\xff",
	} {
		f.Add(plainHeader, seed)
	}
	f.Fuzz(func(t *testing.T, header, claims string) {
		got, err := tokens.Verify(forge(header, claims, secret))
		if err == nil && (got.UserID < 0 || got.IssuedAt < 0) {
			t.Errorf("%s: %+v", claims, got)
		}
		if err != nil && !errors.Is(err, sessions.ErrInvalid) && !errors.Is(err, sessions.ErrExpired) {
			t.Errorf("%s: error = %v", claims, err)
		}
	})
}
