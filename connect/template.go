package connect

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"
)

var templatePattern = regexp.MustCompile(`\{([a-z0-9_]+)(?:([.:])([A-Za-z0-9_.|]+))?\}`)

// facts are what the {templates} of a description may name. A fact that is not there is empty.
type facts struct {
	names map[string]string // client_id, code, …
	docs  map[string][]byte // JSON: token, request, profile
	extra map[string]string // custom_params
}

// expand replaces the templates of text by their values, each passed through escape.
func (f facts) expand(text string, escape func(string) string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	return templatePattern.ReplaceAllStringFunc(text, func(whole string) string {
		parts := templatePattern.FindStringSubmatch(whole)
		value, known := f.lookup(parts[1], parts[2], parts[3])
		if !known {
			return whole
		}
		return escape(value)
	})
}

// value expands a text that is encoded later.
func (f facts) value(text string) string {
	return f.expand(text, func(value string) string { return value })
}

func (f facts) lookup(root, separator, rest string) (string, bool) {
	switch {
	case separator == "":
		value, known := f.names[root]
		return value, known
	case separator == ":" && root == "sha256hex":
		var parts []string
		for name := range strings.SplitSeq(rest, "|") {
			parts = append(parts, f.names[name])
		}
		sum := sha256.Sum256([]byte(strings.Join(parts, "|")))
		return hex.EncodeToString(sum[:]), true
	case separator == "." && root == "custom_params":
		return f.extra[rest], true
	case separator == ".":
		doc, known := f.docs[root]
		if !known {
			return "", false
		}
		return scalar(gjson.GetBytes(doc, rest)), true
	default:
		return "", false
	}
}

// scalar is the text of a string, a number or a boolean; of everything else it is empty.
func scalar(result gjson.Result) string {
	switch result.Type {
	case gjson.String, gjson.Number, gjson.True, gjson.False:
		return result.String()
	default:
		return ""
	}
}
