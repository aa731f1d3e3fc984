package canonical

import (
	"strings"
	"unicode/utf8"
)

// Parse returns the one reading of a path, given as it was sent: escaped, without the query. Every error is an
// *AmbiguousError. The package comment is the specification.
func Parse(escapedPath string) (Path, error) {
	switch {
	case strings.HasPrefix(escapedPath, "//"):
		return Path{}, &AmbiguousError{Reason: Authority}
	case !strings.HasPrefix(escapedPath, "/"):
		return Path{}, &AmbiguousError{Reason: NotAbsolute}
	case len(escapedPath) > MaxLength:
		return Path{}, &AmbiguousError{Reason: TooLong, Offset: MaxLength}
	case escapedPath == "/":
		return Path{}, nil
	}
	in := strings.TrimSuffix(escapedPath, "/")
	count := strings.Count(in, "/")
	if count > MaxSegments {
		return Path{}, &AmbiguousError{Reason: TooLong}
	}

	n := normaliser{out: make([]byte, 0, len(in))}
	segments := make([]Segment, 0, count)
	ends := make([]int, 0, MaxSegments)
	for start := 1; start <= len(in); {
		raw, _, _ := strings.Cut(in[start:], "/")
		n.out = append(n.out, '/')
		s, at, reason := n.segment(raw)
		if reason != "" {
			return Path{}, &AmbiguousError{Reason: reason, Offset: start + at}
		}
		segments = append(segments, s)
		ends = append(ends, len(n.out))
		start += len(raw) + 1
	}
	if len(n.out) > MaxLength {
		return Path{}, &AmbiguousError{Reason: TooLong, Offset: len(in)}
	}

	p := Path{Segments: segments, text: string(n.out)}
	start := 0
	for i, end := range ends {
		segments[i].Text = p.text[start+1 : end]
		start = end
	}
	return p, nil
}

// normaliser writes the canonical form of a path segment by segment.
type normaliser struct {
	out     []byte // the canonical form so far
	decoded []byte // the octets of the current segment
}

// segment appends the canonical form of raw. It returns the flags of the segment, or the reason to refuse it and where.
func (n *normaliser) segment(raw string) (s Segment, at int, reason Reason) {
	n.decoded = n.decoded[:0]
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		escaped := c == '%'
		if escaped {
			if i+2 >= len(raw) || !isHex(raw[i+1]) || !isHex(raw[i+2]) {
				return s, i, BrokenEscape
			}
			c = unhex(raw[i+1])<<4 | unhex(raw[i+2])
			s.Escaped = true
		}
		if reason := refusedOctet(c, escaped); reason != "" {
			return s, i, reason
		}
		switch {
		case isUnreserved(c):
			s.Decoded = s.Decoded || escaped
			n.out = append(n.out, c)
		case !escaped && isPathDelimiter(c):
			n.out = append(n.out, c)
		default:
			n.out = append(n.out, '%', upperHex[c>>4], upperHex[c&15])
		}
		n.decoded = append(n.decoded, c)
		if escaped {
			i += 2
		}
	}
	return s, 0, refusedSegment(n.decoded)
}

// refusedOctet returns why an octet may not be in a segment, if so. "/" can only come from an escape.
func refusedOctet(c byte, escaped bool) Reason {
	switch {
	case c < 0x20 || c == 0x7f:
		return ControlByte
	case c == '/':
		return EscapedSlash
	case c == '\\':
		return Backslash
	case c == ';':
		return Semicolon
	case !escaped && (c == '?' || c == '#'):
		return Delimiter
	}
	return ""
}

// refusedSegment returns why the decoded octets of a whole segment are refused, if so.
func refusedSegment(decoded []byte) Reason {
	switch string(decoded) {
	case "":
		return EmptySegment
	case ".", "..":
		return DotSegment
	}
	for i := 0; i < len(decoded); {
		r, size := utf8.DecodeRune(decoded[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return InvalidUTF8
		case 0x80 <= r && r <= 0x9f:
			return ControlByte
		// Every percent sign here was "%25". The digits after it may have been escapes of their own.
		case r == '%' && i+2 < len(decoded) && isHex(decoded[i+1]) && isHex(decoded[i+2]):
			return DoubleEncoding
		}
		i += size
	}
	return ""
}

const upperHex = "0123456789ABCDEF"

// isUnreserved follows RFC 3986, 2.3.
func isUnreserved(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c == '-' || c == '.' || c == '_' || c == '~'
}

// isPathDelimiter reports what pchar (RFC 3986, 3.3) allows besides unreserved characters; ";" is refused before.
func isPathDelimiter(c byte) bool {
	switch c {
	case '!', '$', '&', '\'', '(', ')', '*', '+', ',', '=', ':', '@':
		return true
	}
	return false
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// unhex returns the value of a hexadecimal digit.
func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
