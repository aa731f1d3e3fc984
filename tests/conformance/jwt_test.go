package conformance

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

func mustForge(t *testing.T, spec Forgery) string {
	t.Helper()
	made, err := Forge(spec, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestForgeIsGenuine lets an independent implementation verify what is forged.
func TestForgeIsGenuine(t *testing.T) {
	for _, algorithm := range []string{"HS256", "HS384", "HS512"} {
		t.Run(algorithm, func(t *testing.T) {
			spec := Forgery{Algorithm: algorithm, Secret: "s", Claims: map[string]any{"id": 7, "iat": "now-10", "exp": "now+60"}}
			made := mustForge(t, spec)
			parsed, err := jwt.Parse(made, func(*jwt.Token) (any, error) { return []byte("s"), nil }, jwt.WithValidMethods([]string{algorithm}))
			if err != nil {
				t.Fatal(err)
			}
			if id := parsed.Claims.(jwt.MapClaims)["id"]; id != 7.0 {
				t.Errorf("id is %v", id)
			}
			taken, err := parseToken(made)
			if err != nil {
				t.Fatal(err)
			}
			if !taken.genuine("s") || taken.genuine("other") {
				t.Error("the signature is judged wrongly")
			}
		})
	}
}

func TestForgeWithoutSignature(t *testing.T) {
	made := mustForge(t, Forgery{Algorithm: "none", Secret: "s", Header: map[string]any{"kid": "k"}, Claims: map[string]any{"id": nil}})
	if !strings.HasSuffix(made, ".") {
		t.Errorf("%s has a signature", made)
	}
	parsed, err := parseToken(made)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"alg": "none", "typ": "JWT", "kid": "k"}, parsed.header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if parsed.genuine("s") || parsed.genuine("") {
		t.Error("an unsigned token counts as genuine")
	}
}

func TestTamper(t *testing.T) {
	made := mustForge(t, Forgery{Secret: "s", Claims: map[string]any{"id": 7, "x": "y"}})
	for name, claims := range map[string]map[string]any{"signature": nil, "claims": {"id": 8}} {
		t.Run(name, func(t *testing.T) {
			spoilt, err := Tamper(made, claims)
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := parseToken(spoilt)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]any{"id": json.Number("7"), "x": "y"}
			if claims != nil {
				want["id"] = json.Number("8")
			}
			if diff := cmp.Diff(want, parsed.claims); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			if parsed.genuine("s") {
				t.Error("the signature still holds")
			}
		})
	}
	for _, bad := range []string{"", "a.b", "a.b."} {
		if _, err := Tamper(bad, nil); err == nil {
			t.Errorf("%q was tampered with", bad)
		}
	}
}

func TestCompareToken(t *testing.T) {
	now := time.Now()
	claims := func(changes map[string]any) map[string]any {
		all := map[string]any{"id": 7, "iat": now.Unix(), "exp": now.Unix() + 600}
		for name, value := range changes {
			all[name] = value
			if value == nil {
				delete(all, name)
			}
		}
		return all
	}
	seconds := func(s int64) *int64 { return &s }
	want := tokenExpect{
		Header:   map[string]any{"alg": "HS256", "typ": "JWT"},
		Claims:   map[string]any{"id": "<same:/user/id>", "iat": "<epoch>", "exp": "<int>"},
		Lifetime: seconds(600), Remaining: seconds(600),
	}
	tests := []struct {
		name   string
		spec   Forgery
		broken string // part of the difference, empty for none
	}{
		{"as recorded", Forgery{Claims: claims(nil)}, ""},
		{"within tolerance", Forgery{Claims: claims(map[string]any{"exp": now.Unix() + 602})}, ""},
		{"another algorithm", Forgery{Algorithm: "HS512", Claims: claims(nil)}, "header /alg"},
		{"more in the header", Forgery{Header: map[string]any{"kid": "k"}, Claims: claims(nil)}, `key "kid" was not expected`},
		{"another user", Forgery{Claims: claims(map[string]any{"id": 8})}, "claims /id"},
		{"one claim more", Forgery{Claims: claims(map[string]any{"sub": 7})}, `key "sub" was not expected`},
		{"one claim less", Forgery{Claims: claims(map[string]any{"exp": nil})}, `key "exp" is missing`},
		{"lives too long", Forgery{Claims: claims(map[string]any{"exp": now.Unix() + 605})}, "lives 605 s, expected 600 s"},
		{"ends too early", Forgery{Claims: claims(map[string]any{"exp": now.Unix() + 500})}, "ends in 500 s, expected 600 s"},
		{"another secret", Forgery{Secret: "other", Claims: claims(nil)}, "not signed with the secret"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.spec.Secret == "" {
				test.spec.Secret = "s"
			}
			body := document(t, `{"user":{"id":7}}`)
			expectDifference(t, compareToken(want, mustForge(t, test.spec), body, "s", now), test.broken)
		})
	}
	for _, value := range []any{nil, "a.b.c", json.Number("1"), "bnVsbA.e30.x", "e30"} {
		if compareToken(want, value, nil, "", now) == nil {
			t.Errorf("%v passes for a token", value)
		}
	}
}

// expectDifference checks that a difference was found which says a certain thing, or none when it is empty.
func expectDifference(t *testing.T, err error, part string) {
	t.Helper()
	switch {
	case part == "" && err != nil:
		t.Errorf("unexpected difference: %v", err)
	case part != "" && err == nil:
		t.Errorf("the difference %q is not seen", part)
	case part != "" && !strings.Contains(err.Error(), part):
		t.Errorf("got the difference %q, want %q", err, part)
	}
}
