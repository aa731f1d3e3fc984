package canonical

import "testing"

func TestEqualLiteral(t *testing.T) {
	for _, test := range []struct {
		name, sent, literal string
		want                bool
	}{
		{"same", "articles", "articles", true},
		{"other case", "ARTicles", "artICLES", true},
		{"other length", "article", "articles", false},
		{"prefix", "prod-backup", "prod", false},
		{"other word", "reviews", "article", false},
		{"escaped letter", "%61rticles", "articles", false},
		{"needed escape", "caf%c3%a9", "caf%C3%A9", true},
		{"raw UTF-8", "café", "caf%C3%A9", true},
		{"reserved escape", "%40me", "@me", false},
		{"reserved raw", "@ME", "@me", true},
		{"KELVIN SIGN", "\u212a", "k", false},
		{"LONG S", "u\u017fers", "users", false},
		{"upper case beyond ASCII", "CAF%C3%89", "caf%C3%A9", false},
		{"at sign is no grave accent", "@", "`", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := Parse("/" + test.sent)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Segments[0].EqualLiteral(test.literal); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAppendKey(t *testing.T) {
	for sent, want := range map[string]string{
		"Articles": "articles", "%41rticles": "articles", "%40Me": "@me", "caf%C3%A9": "café", "%e2%84%aa": "\u212a",
	} {
		p, err := Parse("/" + sent)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(p.Segments[0].AppendKey([]byte("x:"))); got != "x:"+want {
			t.Errorf("%q: got %q, want %q", sent, got, "x:"+want)
		}
	}
}

func TestHost(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", "example.com", "example.com"},
		{"case", "EXAMPLE.Com", "example.com"},
		{"port", "example.com:8080", "example.com"},
		{"empty port", "example.com:", "example.com"},
		{"dot", "example.com.", "example.com"},
		{"dot and port", "Example.com.:443", "example.com"},
		{"port that is none", "example.com:x", "example.com:x"},
		{"IPv4", "127.0.0.1:80", "127.0.0.1"},
		{"IPv6", "[2001:DB8::1]", "2001:db8::1"},
		{"IPv6 and port", "[::1]:8443", "::1"},
		{"IPv6 without brackets", "2001:DB8::1", "2001:db8::1"},
		{"IPv6 with an open bracket", "[::1", "[::1"},
		{"IPv6 with a tail", "[::1]evil", "[::1]evil"},
		{"beyond ASCII", "\u212aELVIN.example", "\u212aelvin.example"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Host(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
