package connect

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// A place is where a setting stands, and so what it may look like.
type place int

const (
	wholeURL    place = iota // [profile_url]
	hostAndPath              // https://[subdomain]/oauth/token
	hostLabels               // https://[subdomain].example.com/
	pathSegment              // https://example.com/[tenant]/token
	plainText                // a header, a parameter
)

const maxSetting = 512 // bytes

var (
	settingPattern = regexp.MustCompile(`\[([a-z][a-z_]*)\]`)
	labelsPattern  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)
	segmentPattern = regexp.MustCompile(`^[A-Za-z0-9_~-]([A-Za-z0-9._~-]*[A-Za-z0-9_~-])?$`)
	textPattern    = regexp.MustCompile(`^[!-~]([ -~]*[!-~])?$`)
)

// expected says what a value in this place looks like, for error messages.
func (p place) expected() string {
	switch p {
	case wholeURL:
		return "an https:// address without user name and fragment"
	case hostAndPath:
		return "a host, optionally with a port and a path, without https://"
	case hostLabels:
		return "a name, or names joined by dots, of letters, digits and hyphens"
	case pathSegment:
		return "one word of letters, digits, dots, hyphens and underscores"
	default:
		return "printable text without brackets, braces, quotes and backslashes"
	}
}

func (p place) accepts(value string, allowHTTP bool) bool {
	if value == "" || len(value) > maxSetting || strings.ContainsAny(value, "[]{}<>\"\\`") {
		return false
	}
	switch p {
	case wholeURL:
		return urlAccepted(value, allowHTTP)
	case hostAndPath:
		return hostAndPathAccepted(value)
	case hostLabels:
		return labelsPattern.MatchString(value) && len(value) <= 200
	case pathSegment:
		return segmentPattern.MatchString(value)
	default:
		return textPattern.MatchString(value)
	}
}

// urlAccepted reports whether value is an absolute address that a request, or a browser, can be sent to.
func urlAccepted(value string, allowHTTP bool) bool {
	u, err := url.Parse(value)
	if err != nil || u.User != nil || u.Fragment != "" || u.Opaque != "" || strings.ContainsAny(value, " #\\") {
		return false
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !allowHTTP) {
		return false
	}
	return labelsPattern.MatchString(strings.Trim(u.Hostname(), "[]:")) && portAccepted(u.Port(), strings.HasSuffix(u.Host, ":")) &&
		!strings.Contains(u.Path+"/", "/../") && textPattern.MatchString(value)
}

func hostAndPathAccepted(value string) bool {
	authority, path, hasPath := strings.Cut(value, "/")
	host, port, hasPort := strings.Cut(authority, ":")
	if !labelsPattern.MatchString(host) || len(host) > 253 || !portAccepted(port, hasPort && port == "") {
		return false
	}
	if !hasPath {
		return true
	}
	for segment := range strings.SplitSeq(path, "/") {
		if !segmentPattern.MatchString(segment) {
			return false
		}
	}
	return true
}

func portAccepted(port string, empty bool) bool {
	if port == "" {
		return !empty
	}
	if port[0] < '1' || port[0] > '9' {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// placeIn tells where in the address the setting that takes up address[start:end] stands.
func placeIn(address string, start, end int) place {
	if start == 0 && end == len(address) {
		return wholeURL
	}
	_, rest, found := strings.Cut(address, "://")
	if !found {
		return plainText
	}
	authorityStart := len(address) - len(rest)
	authorityEnd := len(address)
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authorityEnd = authorityStart + i
	}
	switch {
	case start == authorityStart && end == authorityEnd:
		return hostAndPath
	case start < authorityEnd:
		return hostLabels
	case strings.Contains(address[:start], "?"):
		return plainText
	default:
		return pathSegment
	}
}

// A settings collects what is wrong while it puts an operator's values into a description.
type settings struct {
	declared  map[string]bool
	values    map[string]string
	allowHTTP bool
	missing   map[string]bool
	invalid   map[string]place
}

// address fills in the settings of a URL.
func (s *settings) address(address string) string {
	return s.fill(address, func(start, end int) place { return placeIn(address, start, end) })
}

// text fills in the settings of a header, a parameter or another value that is encoded when it is sent.
func (s *settings) text(text string) string {
	return s.fill(text, func(int, int) place { return plainText })
}

func (s *settings) fill(text string, where func(start, end int) place) string {
	var b strings.Builder
	last := 0
	for _, at := range settingPattern.FindAllStringSubmatchIndex(text, -1) {
		name := text[at[2]:at[3]]
		if !s.declared[name] {
			continue
		}
		b.WriteString(text[last:at[0]])
		b.WriteString(s.value(name, where(at[0], at[1]), strings.Contains(text[:at[0]], "?")))
		last = at[1]
	}
	b.WriteString(text[last:])
	return b.String()
}

func (s *settings) value(name string, where place, inQuery bool) string {
	value := s.values[name]
	switch {
	case value == "":
		s.missing[name] = true
	case !where.accepts(value, s.allowHTTP):
		s.invalid[name] = where
	case inQuery:
		return url.QueryEscape(value)
	}
	return value
}

func (s *settings) sentences() []string {
	var list []string
	for _, name := range sortedKeys(s.invalid) {
		list = append(list, fmt.Sprintf("%s must be %s", name, s.invalid[name].expected()))
	}
	return list
}
