package policy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gatewright/gatewright/internal/canonical"
)

// maxLiteral is how many bytes a literal segment of a pattern may have, escaped.
const maxLiteral = 255

// tailName is both the spelling of a tail in a pattern and the name of its parameter.
const tailName = "*"

type kind int

const (
	literal kind = iota
	parameter
	tail
)

// part is one segment of a pattern.
type part struct {
	kind kind
	text string // canonical text of a literal, name of a parameter
	key  string // of a literal, see canonical.Segment.AppendKey
}

func parsePattern(pattern string) ([]part, error) {
	rest, ok := strings.CutPrefix(pattern, "/")
	if !ok {
		return nil, errors.New("the pattern must begin with a slash")
	}
	rest = strings.TrimSuffix(rest, "/")
	if rest == "" && pattern == "/" {
		return nil, nil
	}
	texts := strings.Split(rest, "/")
	if len(texts) > canonical.MaxSegments {
		return nil, fmt.Errorf("the pattern has more than %d segments", canonical.MaxSegments)
	}
	parts := make([]part, 0, len(texts))
	names := make(map[string]bool)
	for i, text := range texts {
		p, err := parsePart(text)
		if err != nil {
			return nil, err
		}
		if p.kind == tail && i != len(texts)-1 {
			return nil, errors.New("* may only be the last segment of a pattern")
		}
		if p.kind == parameter && names[p.text] {
			return nil, fmt.Errorf("the pattern has two parameters {%s}", p.text)
		}
		if p.kind == parameter {
			names[p.text] = true
		}
		parts = append(parts, p)
	}
	return parts, nil
}

func parsePart(text string) (part, error) {
	if text == tailName {
		return part{kind: tail, text: tailName}, nil
	}
	if name, ok := strings.CutPrefix(text, "{"); ok {
		name, ok = strings.CutSuffix(name, "}")
		if !ok || !isName(name) {
			return part{}, fmt.Errorf("%q is no parameter: write {name}, of letters, digits, - and _", text)
		}
		return part{kind: parameter, text: name}, nil
	}
	if strings.HasPrefix(text, ":") {
		return part{}, fmt.Errorf("%q is no parameter: write {%s}", text, text[1:])
	}
	if strings.ContainsAny(text, "{}*") {
		return part{}, fmt.Errorf("%q mixes text with a parameter or *: either must be a whole segment", text)
	}
	return parseLiteral(text)
}

func parseLiteral(text string) (part, error) {
	if text == "" {
		return part{}, errors.New("the pattern has an empty segment")
	}
	path, err := canonical.Parse("/" + text)
	if err != nil {
		return part{}, fmt.Errorf("segment %q: %w", text, err)
	}
	segment := path.Segments[0]
	switch {
	case segment.Decoded:
		return part{}, fmt.Errorf("segment %q has a needless escape: write %q", text, segment.Text)
	case len(segment.Text) > maxLiteral:
		return part{}, fmt.Errorf("a segment has more than %d bytes", maxLiteral)
	}
	return part{kind: literal, text: segment.Text, key: string(segment.AppendKey(nil))}, nil
}

// StrapiPattern returns a pattern as Strapi's listing of routes writes it: "/users/:id" for "/users/{id}", and
// "/connect/(.*)" for "/connect/*".
func StrapiPattern(pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		switch {
		case segment == tailName:
			segments[i] = "(.*)"
		case strings.HasPrefix(segment, "{"):
			segments[i] = ":" + strings.Trim(segment, "{}")
		}
	}
	return strings.Join(segments, "/")
}
