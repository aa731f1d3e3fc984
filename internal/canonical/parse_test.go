package canonical

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseNormalises(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"root", "/", "/"},
		{"plain", "/api/articles", "/api/articles"},
		{"trailing slash", "/api/articles/", "/api/articles"},
		{"case is kept", "/API/Articles", "/API/Articles"},
		{"escaped letter", "/%61rticles", "/articles"},
		{"escaped unreserved", "/%7Ea%2Db%5Fc%2Ed", "/~a-b_c.d"},
		{"escaped space", "/a%20b", "/a%20b"},
		{"hexadecimal case", "/caf%c3%a9", "/caf%C3%A9"},
		{"raw UTF-8", "/café", "/caf%C3%A9"},
		{"half raw, half escaped", "/caf\xc3%a9", "/caf%C3%A9"},
		{"reserved escape stays", "/%40me", "/%40me"},
		{"reserved raw stays", "/@me:a,b=c&d!$'()*+", "/@me:a,b=c&d!$'()*+"},
		{"escaped delimiters are data", "/a%3fb%23c", "/a%3Fb%23c"},
		{"raw space", "/a b", "/a%20b"},
		{"raw octets outside pchar", `/"<>[]^` + "`{|}", "/%22%3C%3E%5B%5D%5E%60%7B%7C%7D"},
		{"escaped percent", "/100%25", "/100%25"},
		{"escaped percent, one digit", "/%25a", "/%25a"},
		{"escaped percent, no digits", "/%25zz", "/%25zz"},
		{"three dots", "/...", "/..."},
		{"dot in a name", "/.well-known/a.b", "/.well-known/a.b"},
		{"most segments", strings.Repeat("/a", MaxSegments), strings.Repeat("/a", MaxSegments)},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := Parse(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if p.String() != test.want {
				t.Errorf("got %q, want %q", p, test.want)
			}
			checkInvariants(t, test.in, p)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     Reason
	}{
		{"empty", "", NotAbsolute},
		{"asterisk", "*", NotAbsolute},
		{"absolute form", "http://host/api", NotAbsolute},
		{"authority", "//api/articles", Authority},
		{"only slashes", "//", Authority},
		{"parent", "/api/../admin", DotSegment},
		{"parent at the end", "/api/..", DotSegment},
		{"self", "/api/./articles", DotSegment},
		{"self and slash at the end", "/api/./", DotSegment},
		{"escaped parent", "/api/%2e%2E/admin", DotSegment},
		{"half escaped parent", "/api/.%2e/admin", DotSegment},
		{"escaped self", "/%2e", DotSegment},
		{"empty segment", "/api//x", EmptySegment},
		{"two trailing slashes", "/a//", EmptySegment},
		{"escaped slash", "/api%2farticles", EscapedSlash},
		{"escaped slash, upper case", "/api%2Farticles", EscapedSlash},
		{"escaped slash behind dots", "/api/..%2fadmin", EscapedSlash},
		{"backslash", `/api\admin`, Backslash},
		{"backslash behind dots", `/api/..\admin`, Backslash},
		{"leading backslash", `/\host`, Backslash},
		{"escaped backslash", "/api%5cadmin", Backslash},
		{"semicolon", "/api/articles;x=1", Semicolon},
		{"semicolon behind dots", "/api/..;/admin", Semicolon},
		{"escaped semicolon", "/api/articles%3B", Semicolon},
		{"question mark", "/api?x", Delimiter},
		{"number sign", "/api/articles#/../public", Delimiter},
		{"NUL", "/api\x00", ControlByte},
		{"escaped NUL", "/api%00.html", ControlByte},
		{"line feed", "/api\nx", ControlByte},
		{"escaped CR LF", "/api%0d%0aSet-Cookie:x", ControlByte},
		{"unit separator", "/%1f", ControlByte},
		{"delete", "/%7f", ControlByte},
		{"escaped C1", "/%c2%85", ControlByte},
		{"raw C1", "/\u009f", ControlByte},
		{"double encoded dot", "/%252e%252e/admin", DoubleEncoding},
		{"double encoded slash", "/api%252fadmin", DoubleEncoding},
		{"double encoding with an escaped digit", "/%25%32f", DoubleEncoding},
		{"double encoding with escaped digits", "/%25%36%31", DoubleEncoding},
		{"double encoding behind UTF-8", "/é%2561", DoubleEncoding},
		{"triple encoding", "/%25252e", DoubleEncoding},
		{"lone percent", "/100%", BrokenEscape},
		{"one digit", "/%4", BrokenEscape},
		{"no digits", "/%zz", BrokenEscape},
		{"half of the digits", "/%4g", BrokenEscape},
		{"escape over a slash", "/%4/1", BrokenEscape},
		{"IIS escape", "/%u002e", BrokenEscape},
		{"raw byte", "/\xff", InvalidUTF8},
		{"escaped byte", "/%ff", InvalidUTF8},
		{"overlong slash", "/%c0%af", InvalidUTF8},
		{"overlong dot", "/%c0%ae%c0%ae", InvalidUTF8},
		{"overlong slash in three bytes", "/%e0%80%af", InvalidUTF8},
		{"surrogate", "/%ed%a0%80", InvalidUTF8},
		{"rune over two segments", "/%c3/%a9", InvalidUTF8},
		{"too many bytes", "/" + strings.Repeat("a", MaxLength), TooLong},
		{"too many bytes once escaped", "/" + strings.Repeat(" ", MaxLength/2), TooLong},
		{"too many segments", strings.Repeat("/a", MaxSegments+1), TooLong},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := Parse(test.in)
			refused, ok := errors.AsType[*AmbiguousError](err)
			if !ok {
				t.Fatalf("got %q and error %v", p, err)
			}
			if refused.Reason != test.want {
				t.Errorf("reason %q, want %q", refused.Reason, test.want)
			}
			if !errors.Is(err, ErrAmbiguous) {
				t.Error("is not ErrAmbiguous")
			}
			if got := errors.Is(err, ErrMalicious); got != (test.want == Authority) {
				t.Errorf("is ErrMalicious: %v", got)
			}
		})
	}
}

func TestAmbiguousErrorNamesThePlace(t *testing.T) {
	_, err := Parse("/api/x%2fy")
	if got, want := err.Error(), "ambiguous path: escaped slash at byte 6"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseSegments(t *testing.T) {
	p, err := Parse("/api/%61rticles/a%20b/%41%40")
	if err != nil {
		t.Fatal(err)
	}
	want := []Segment{
		{Text: "api"},
		{Text: "articles", Escaped: true, Decoded: true},
		{Text: "a%20b", Escaped: true},
		{Text: "A%40", Escaped: true, Decoded: true},
	}
	if diff := cmp.Diff(want, p.Segments); diff != "" {
		t.Error(diff)
	}
	for i, want := range []string{"api/articles/a%20b/A%40", "articles/a%20b/A%40", "a%20b/A%40", "A%40", "", ""} {
		if got := p.Tail(i); got != want {
			t.Errorf("Tail(%d) = %q, want %q", i, got, want)
		}
	}
}

func TestZeroPathIsTheRoot(t *testing.T) {
	var p Path
	if p.String() != "/" || p.Tail(0) != "" {
		t.Errorf("got %q, tail %q", p, p.Tail(0))
	}
}

// checkInvariants holds a parsed path to the promises of the package comment.
func checkInvariants(t *testing.T, in string, p Path) {
	t.Helper()
	out := p.String()
	again, err := Parse(out)
	if err != nil || again.String() != out || len(again.Segments) != len(p.Segments) {
		t.Errorf("%q: parsed again: %q, error %v", out, again, err)
	}
	sent, err := url.PathUnescape(in)
	if err != nil {
		t.Fatalf("%q: accepted, but net/url says %v", in, err)
	}
	decoded, err := url.PathUnescape(out)
	if err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	if sent != "/" {
		sent = strings.TrimSuffix(sent, "/")
	}
	if decoded != sent {
		t.Errorf("%q decodes to %q, the input to %q", out, decoded, sent)
	}
	for i, s := range p.Segments {
		part, err := url.PathUnescape(s.Text)
		if err != nil || part == "" || part == "." || part == ".." || strings.ContainsAny(part, `/\;`) {
			t.Errorf("%q: segment %d is %q, error %v", out, i, part, err)
		}
		for _, r := range part {
			if r < 0x20 || 0x7f <= r && r <= 0x9f {
				t.Errorf("%q: segment %d has control character %U", out, i, r)
			}
		}
		if twice, err := url.PathUnescape(part); err == nil && twice != part {
			t.Errorf("%q: segment %d is encoded twice", out, i)
		}
		if strings.Trim(s.Text, pathText) != "" {
			t.Errorf("%q: segment %d has octets that need an escape", out, i)
		}
	}
	if len(out) > MaxLength || len(p.Segments) > MaxSegments {
		t.Errorf("%d bytes, %d segments", len(out), len(p.Segments))
	}
}

const pathText = "%abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,=:@"

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"/", "//", "/api/articles/a%20b", "/%61", "/a//", "/../x", "/%2e%2e", "/%2f", `/\`, "/;", "/%25%36%31", "/%c0%af",
		"/caf\xc3%a9", "/\u0085", "/100%25", "/@me", "/a b/", "/%", "/?#", "/%e2%84%aa", "/.../",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		p, err := Parse(in)
		if err == nil {
			checkInvariants(t, in, p)
			return
		}
		if !errors.Is(err, ErrAmbiguous) {
			t.Errorf("%q: error %v", in, err)
		}
		if errors.Is(err, ErrMalicious) != strings.HasPrefix(in, "//") {
			t.Errorf("%q: malicious, or not: %v", in, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, path := range []string{"/api/articles/42", "/api/articles/caf%c3%a9%20cr%C3%A8me"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
