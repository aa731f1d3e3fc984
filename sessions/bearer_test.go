package sessions_test

import (
	"testing"

	"github.com/gatewright/gatewright/sessions"
)

func TestBearer(t *testing.T) {
	for _, c := range []struct {
		name      string
		header    []string
		token     string
		ok        bool
		hasBearer bool
	}{
		{"plain", []string{"Bearer abc"}, "abc", true, true},
		{"lower case", []string{"bearer abc"}, "abc", true, true},
		{"upper case", []string{"BEARER abc"}, "abc", true, true},
		{"more spaces", []string{"  Bearer   abc  "}, "abc", true, true},
		{"a tab", []string{"Bearer\tabc"}, "abc", true, true},
		{"no header", nil, "", false, false},
		{"empty", []string{""}, "", false, false},
		{"spaces", []string{"   "}, "", false, false},
		{"no token", []string{"Bearer"}, "", false, true},
		{"no token, a space", []string{"Bearer "}, "", false, true},
		{"token alone", []string{"abc"}, "", false, false},
		{"three words", []string{"Bearer abc def"}, "", false, true},
		{"no space", []string{"Bearerabc"}, "", false, false},
		{"colon", []string{"Bearer: abc"}, "", false, false},
		{"basic", []string{"Basic YTpi"}, "", false, false},
		{"another scheme", []string{"Token abc"}, "", false, false},
		{"two lines", []string{"Bearer abc", "Bearer def"}, "", false, true},
		{"the same line twice", []string{"Bearer abc", "Bearer abc"}, "", false, true},
		{"basic, then bearer", []string{"Basic YTpi", "Bearer abc"}, "", false, true},
		{"in a list", []string{"Basic YTpi, Bearer abc"}, "", false, true},
		{"first of a list", []string{"Bearer abc, Basic YTpi"}, "", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			token, ok := sessions.Bearer(c.header)
			if token != c.token || ok != c.ok {
				t.Errorf("Bearer = %q, %t, want %q, %t", token, ok, c.token, c.ok)
			}
			if got := sessions.HasBearer(c.header); got != c.hasBearer {
				t.Errorf("HasBearer = %t, want %t", got, c.hasBearer)
			}
		})
	}
}
