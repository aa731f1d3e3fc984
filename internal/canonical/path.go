package canonical

import "strings"

// Limits of what Parse accepts.
const (
	MaxLength   = 8 << 10 // bytes of a path, as sent and in canonical form
	MaxSegments = 128
)

// Path is a path with one reading. The zero Path is the root. Only Parse makes others, and they must not be changed.
type Path struct {
	Segments []Segment // none for the root
	text     string
}

// String returns the canonical escaped form: "/api/articles/a%20b", and "/" for the root.
func (p Path) String() string {
	if p.text == "" {
		return "/"
	}
	return p.text
}

// Tail returns the canonical escaped form of the segments from index i on, joined by slashes and without a leading one:
// "articles/a%20b" for index 1 of the example above. It is empty when there are no such segments.
func (p Path) Tail(i int) string {
	if i >= len(p.Segments) {
		return ""
	}
	start := 1
	for _, s := range p.Segments[:i] {
		start += len(s.Text) + 1
	}
	return p.text[start:]
}

// Segment is one part of a path between slashes.
type Segment struct {
	Text    string // canonical escaped form; never empty
	Escaped bool   // it was sent with an escape
	Decoded bool   // it was sent with an escape of an unreserved character, which Text has unescaped
}

// EqualLiteral reports whether the segment spells literal, the canonical text of a route's segment. ASCII letters
// compare without case, other letters exactly: U+212A KELVIN SIGN is no k. A segment that was sent with an escaped
// letter, digit or other unreserved character spells no literal.
func (s Segment) EqualLiteral(literal string) bool {
	if s.Decoded || len(s.Text) != len(literal) {
		return false
	}
	for i := range len(literal) {
		if lower(s.Text[i]) != lower(literal[i]) {
			return false
		}
	}
	return true
}

// AppendKey appends the decoded octets of the segment, with ASCII letters in lower case, and returns the extended
// slice. Segments that a lenient server may take for one another have equal keys, even where EqualLiteral says no: "@me"
// and "%40Me" do. So a key finds candidates, and never is the verdict.
func (s Segment) AppendKey(dst []byte) []byte {
	for i := 0; i < len(s.Text); i++ {
		c := s.Text[i]
		if c == '%' {
			c = unhex(s.Text[i+1])<<4 | unhex(s.Text[i+2])
			i += 2
		}
		dst = append(dst, lower(c))
	}
	return dst
}

// Host returns the host of a Host header or authority (RFC 3986, 3.2.2) in the form hosts are compared in: ASCII
// letters in lower case, without port, without the dot of a fully qualified name, and an IPv6 address without brackets.
func Host(host string) string {
	if rest, bracketed := strings.CutPrefix(host, "["); bracketed {
		if address, after, closed := strings.Cut(rest, "]"); closed && (after == "" || isPort(after)) {
			return lowerASCII(address)
		}
		return lowerASCII(host)
	}
	// More than one colon is an IPv6 address without brackets, which has no port.
	if i := strings.IndexByte(host, ':'); i >= 0 && isPort(host[i:]) {
		host = host[:i]
	}
	return lowerASCII(strings.TrimSuffix(host, "."))
}

// isPort reports whether s is a colon and digits; RFC 3986, 3.2.3 allows none.
func isPort(s string) bool {
	digits, ok := strings.CutPrefix(s, ":")
	return ok && strings.Trim(digits, "0123456789") == ""
}

func lowerASCII(s string) string {
	for i := range len(s) {
		if lower(s[i]) != s[i] {
			b := []byte(s)
			for j, c := range b {
				b[j] = lower(c)
			}
			return string(b)
		}
	}
	return s
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
