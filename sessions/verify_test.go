package sessions_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gatewright/gatewright/sessions"
)

const goodClaims = `{"id":7,"iat":1767323045,"exp":1893456000}`

func TestVerifyRefusesForgeries(t *testing.T) {
	tokens, _ := newTokens(t)
	good := issue(t, tokens, 7, 0)
	header, claims, signature := split(good)
	signed := func(method jwt.SigningMethod, key any) string {
		token, err := jwt.NewWithClaims(method, jwt.MapClaims{"id": 7, "exp": 1893456000}).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	for name, token := range map[string]string{
		"alg none, unsigned":         signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"alg none, signed":           forge(`{"alg":"none"}`, goodClaims, secret),
		"alg None":                   forge(`{"alg":"None"}`, goodClaims, secret),
		"alg hs256":                  forge(`{"alg":"hs256"}`, goodClaims, secret),
		"alg missing":                forge(`{"typ":"JWT"}`, goodClaims, secret),
		"alg is a list":              forge(`{"alg":["HS256"]}`, goodClaims, secret),
		"HS384 with the secret":      signed(jwt.SigningMethodHS384, []byte(secret)),
		"HS512 with the secret":      signed(jwt.SigningMethodHS512, []byte(secret)),
		"RS256 header, HMAC":         forge(`{"alg":"RS256"}`, goodClaims, secret),
		"crit header":                forge(`{"alg":"HS256","crit":["exp"]}`, goodClaims, secret),
		"empty crit header":          forge(`{"alg":"HS256","crit":[]}`, goodClaims, secret),
		"another secret":             forge(plainHeader, goodClaims, otherSecret),
		"empty secret":               forge(plainHeader, goodClaims, ""),
		"claims changed":             header + "." + encode(strings.Replace(goodClaims, "7", "1", 1)) + "." + signature,
		"header changed":             encode(`{"typ":"JWT","alg":"HS256"}`) + "." + claims + "." + signature,
		"signature changed":          header + "." + claims + "." + flip(signature),
		"signature cut":              header + "." + claims + "." + signature[:len(signature)-1],
		"signature missing":          header + "." + claims + ".",
		"signature padded":           good + "=",
		"last bits of the signature": header + "." + claims + "." + looseEnd(signature),
		"two parts":                  header + "." + claims,
		"four parts":                 good + "." + signature,
		"space before":               " " + good,
		"line break after":           good + "\n",
		"line break inside":          header + "." + claims + "." + signature[:9] + "\r\n" + signature[9:],
		"empty":                      "",
		"a word":                     "nonsense",
		"three letters":              "a.b.c",
		"dots":                       "..",
		"claims are a list":          forge(plainHeader, `[1]`, secret),
		"claims are null":            forge(plainHeader, `null`, secret),
		"claims are no JSON":         forge(plainHeader, `{"id":7`, secret),
		"header is no JSON":          forge(`{"alg"`, goodClaims, secret),
		"too long":                   forge(plainHeader, `{"id":7,"exp":1893456000,"x":"`+strings.Repeat("x", 4096)+`"}`, secret),
	} {
		t.Run(name, func(t *testing.T) {
			if claims, err := tokens.Verify(token); !errors.Is(err, sessions.ErrInvalid) {
				t.Errorf("Verify = %+v, %v, want ErrInvalid", claims, err)
			}
		})
	}
	if _, err := tokens.Verify(good); err != nil {
		t.Errorf("the token they were made from: %v", err)
	}
}

func split(token string) (header, claims, signature string) {
	parts := strings.Split(token, ".")
	return parts[0], parts[1], parts[2]
}

// flip changes the first character of a signature.
func flip(signature string) string {
	first := "A"
	if signature[0] == 'A' {
		first = "B"
	}
	return first + signature[1:]
}

// looseEnd changes the bits of the last character that belong to no byte, which a lenient decoder ignores.
func looseEnd(signature string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(signature) - 1
	return signature[:last] + string(alphabet[strings.IndexByte(alphabet, signature[last])|1])
}

func TestVerifyTimes(t *testing.T) {
	now := start.Unix()
	for _, c := range []struct {
		name   string
		claims string
		want   error
	}{
		{"exp missing", `{"id":7}`, sessions.ErrInvalid},
		{"exp null", `{"id":7,"exp":null}`, sessions.ErrInvalid},
		{"exp 0", `{"id":7,"exp":0}`, sessions.ErrInvalid},
		{"exp is text", fmt.Sprintf(`{"id":7,"exp":"%d"}`, now+60), sessions.ErrInvalid},
		{"exp is a list", fmt.Sprintf(`{"id":7,"exp":[%d]}`, now+60), sessions.ErrInvalid},
		{"exp below 0", `{"id":7,"exp":-1}`, sessions.ErrInvalid},
		{"exp huge", `{"id":7,"exp":1e300}`, sessions.ErrInvalid},
		{"exp beyond any number", `{"id":7,"exp":1e999}`, sessions.ErrInvalid},
		{"exp a second ago", fmt.Sprintf(`{"id":7,"exp":%d}`, now-1), sessions.ErrExpired},
		{"exp now", fmt.Sprintf(`{"id":7,"exp":%d}`, now), sessions.ErrExpired},
		{"exp within this second", fmt.Sprintf(`{"id":7,"exp":%d.9}`, now), sessions.ErrExpired},
		{"exp in a second", fmt.Sprintf(`{"id":7,"exp":%d}`, now+1), nil},
		{"exp as 1e9 and so on", `{"id":7,"exp":1.893456e9}`, nil},
		{"nbf in 59 s", fmt.Sprintf(`{"id":7,"exp":%d,"nbf":%d}`, now+600, now+59), nil},
		{"nbf in 60 s", fmt.Sprintf(`{"id":7,"exp":%d,"nbf":%d}`, now+600, now+60), nil},
		{"nbf in 61 s", fmt.Sprintf(`{"id":7,"exp":%d,"nbf":%d}`, now+600, now+61), sessions.ErrInvalid},
		{"nbf is text", fmt.Sprintf(`{"id":7,"exp":%d,"nbf":"0"}`, now+600), sessions.ErrInvalid},
		{"iat in the future", fmt.Sprintf(`{"id":7,"exp":%d,"iat":%d}`, now+600, now+300), nil},
		{"iat is text", fmt.Sprintf(`{"id":7,"exp":%d,"iat":"%d"}`, now+600, now), sessions.ErrInvalid},
		{"iat below 0", fmt.Sprintf(`{"id":7,"exp":%d,"iat":-5}`, now+600), sessions.ErrInvalid},
		{"iat missing", fmt.Sprintf(`{"id":7,"exp":%d}`, now+600), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			tokens, _ := newTokens(t)
			if _, err := tokens.Verify(forge(plainHeader, c.claims, secret)); !errors.Is(err, c.want) {
				t.Errorf("error = %v, want %v", err, c.want)
			}
		})
	}
}

func TestVerifyID(t *testing.T) {
	tokens, _ := newTokens(t)
	verify := func(id string) (sessions.Claims, error) {
		return tokens.Verify(forge(plainHeader, `{`+id+`"exp":1893456000}`, secret))
	}
	if _, err := verify(``); !errors.Is(err, sessions.ErrInvalid) {
		t.Errorf("no id: error = %v, want ErrInvalid", err)
	}
	for id, want := range map[string]int64{
		`5`: 5, `"5"`: 5, `9223372036854775807`: 9223372036854775807, `"9223372036854775807"`: 9223372036854775807,
		`null`: 0, `"word"`: 0, `""`: 0, `1.5`: 0, `1.0`: 0, `1e2`: 0, `"007"`: 0, `"+5"`: 0, `" 5"`: 0, `"5\u0000"`: 0,
		`"٥"`: 0, `0`: 0, `-0`: 0, `-5`: 0, `"-5"`: 0, `true`: 0, `{}`: 0, `{"id":5}`: 0, `[5]`: 0,
		`9223372036854775808`: 0, `"9223372036854775808"`: 0, `1e400`: 0, `99999999999999999999999999`: 0, `"0x5"`: 0,
	} {
		claims, err := verify(`"id":` + id + `,`)
		if err != nil || claims.UserID != want {
			t.Errorf("id %s: user %d, %v, want %d", id, claims.UserID, err, want)
		}
	}
}

func TestLongestToken(t *testing.T) {
	tokens, _ := newTokens(t)
	// The signature has 43 characters, the dots two.
	room := sessions.MaxTokenBytes - len(encode(plainHeader)) - 43 - 2
	claims := func(encoded int) string {
		bare := `{"id":7,"exp":1893456000,"x":""}`
		padding := strings.Repeat("x", encoded*3/4-len(bare))
		return strings.Replace(bare, `""`, `"`+padding+`"`, 1)
	}
	longest := forge(plainHeader, claims(room), secret)
	if len(longest) != sessions.MaxTokenBytes {
		t.Fatalf("the token has %d bytes", len(longest))
	}
	if _, err := tokens.Verify(longest); err != nil {
		t.Errorf("%d bytes: %v", len(longest), err)
	}
	longer := forge(plainHeader, claims(room+2), secret)
	if _, err := tokens.Verify(longer); !errors.Is(err, sessions.ErrInvalid) {
		t.Errorf("%d bytes: error = %v, want ErrInvalid", len(longer), err)
	}
}

// A token that was verified before is judged by the time of now, not by that of then.
func TestRememberedTokensExpire(t *testing.T) {
	tokens, c := newTokens(t)
	token := issue(t, tokens, 7, 0)
	early := forge(plainHeader, fmt.Sprintf(`{"id":7,"exp":1893456000,"nbf":%d}`, start.Unix()+30), secret)
	for _, step := range []struct {
		after time.Duration
		want  error
	}{
		{0, nil},
		{time.Hour - time.Second, nil},
		{time.Hour - time.Nanosecond, nil},
		{time.Hour, sessions.ErrExpired},
		{48 * time.Hour, sessions.ErrExpired},
		{0, nil}, // a clock set back
	} {
		c.at = start.Add(step.after)
		for range 2 {
			if _, err := tokens.Verify(token); !errors.Is(err, step.want) {
				t.Errorf("after %s: error = %v, want %v", step.after, err, step.want)
			}
		}
	}
	if _, err := tokens.Verify(early); err != nil {
		t.Errorf("nbf in 30 s: %v", err)
	}
	c.at = start.Add(-time.Minute)
	if _, err := tokens.Verify(early); !errors.Is(err, sessions.ErrInvalid) {
		t.Errorf("nbf in 90 s, remembered: error = %v, want ErrInvalid", err)
	}
}
