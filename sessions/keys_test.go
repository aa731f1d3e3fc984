package sessions_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gatewright/gatewright/sessions"
)

func TestGenerateKey(t *testing.T) {
	first, err := sessions.GenerateKey(sessions.HS256, start.Add(300*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	second, err := sessions.GenerateKey(sessions.HS256, start)
	if err != nil {
		t.Fatal(err)
	}
	if first.ID == second.ID || first.Secret == second.Secret {
		t.Error("two keys are alike")
	}
	if len(first.Secret) < sessions.RecommendedSecretBytes || !first.CreatedAt.Equal(start) {
		t.Errorf("a secret of %d bytes made at %v", len(first.Secret), first.CreatedAt)
	}
	newKeySet(t, first, second)
	if _, err := sessions.GenerateKey("none", start); err == nil {
		t.Error("the algorithm none is accepted")
	}
}

func TestNewKeySetRefuses(t *testing.T) {
	for name, keys := range map[string][]sessions.Key{
		"no key":          nil,
		"a short secret":  {key("k1", strings.Repeat("x", sessions.MinSecretBytes-1))},
		"no secret":       {key("k1", "")},
		"no algorithm":    {{ID: "k1", Secret: secret}},
		"alg none":        {{ID: "k1", Algorithm: "none", Secret: secret}},
		"alg HS512":       {{ID: "k1", Algorithm: "HS512", Secret: secret}},
		"the same id":     {key("k1", secret), key("k1", otherSecret)},
		"a bad older key": {key("k2", secret), key("k1", "short")},
	} {
		_, err := sessions.NewKeySet(keys...)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error tells the secret", name)
		}
	}
	newKeySet(t, key("k1", strings.Repeat("x", sessions.MinSecretBytes)))
}

func TestKeySetIsItsOwn(t *testing.T) {
	keys := []sessions.Key{key("k1", secret)}
	set := newKeySet(t, keys...)
	keys[0] = key("k2", otherSecret)
	if got := set.String(); !strings.Contains(got, "k1") {
		t.Errorf("changing the caller's slice changed the set: %s", got)
	}
}

// MarshalJSON is for the store and has the secrets; ParseKeySet reads it back.
func TestKeySetInTheStore(t *testing.T) {
	set := newKeySet(t, key("k2", otherSecret), key("k1", secret))
	document, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	read, err := sessions.ParseKeySet(document)
	if err != nil {
		t.Fatal(err)
	}
	before, err := sessions.NewTokens(set, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	after, err := sessions.NewTokens(read, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := after.Verify(issue(t, before, 7, 0)); err != nil {
		t.Errorf("a token from before the keys were stored: %v", err)
	}
	for _, broken := range []string{``, `null`, `[]`, `{}`, `[{}]`, `[{"secret":"` + secret + `"]`, `"` + secret + `"`} {
		if _, err := sessions.ParseKeySet([]byte(broken)); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: error = %v", broken, err)
		}
	}
}

func TestPrintingNeverShowsASecret(t *testing.T) {
	one := key("k1", secret)
	set := newKeySet(t, one)
	tokens, _ := newTokens(t, one)
	hidden := []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), fmt.Sprintf("%v", []byte(secret))}
	check := func(verb, name string, value any) {
		t.Helper()
		printed := fmt.Sprintf(verb, value)
		for _, text := range hidden {
			if strings.Contains(printed, text) {
				t.Errorf("%s of %s shows the secret: %s", verb, name, printed)
			}
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10v", "%-10.3s"} {
		for name, value := range map[string]any{
			"*KeySet": set, "KeySet": *set, "Key": one, "*Key": &one, "[]Key": []sessions.Key{one},
			"struct": struct{ Keys *sessions.KeySet }{set}, "map": map[string]sessions.Key{"a": one},
		} {
			check(verb, name, value)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		check(verb, "*Tokens", tokens)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("started", "keys", set, "key", one)
	if strings.Contains(log.String(), secret) {
		t.Errorf("a text log shows the secret: %s", log.String())
	}
	if got := fmt.Sprint(set); got != `signing keys ["k1"]` {
		t.Errorf("printed as %s", got)
	}
}
