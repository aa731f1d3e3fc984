package conformance

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// secretFields are the fields whose values nobody should echo.
var secretFields = []string{"password", "passwordConfirmation", "currentPassword"}

var quotedValue = regexp.MustCompile(`(?s) type, but the final value was: .*`)

// discreet returns a copy of a document without what validation errors quote of a password, or of a whole body, which
// may hold one. A server is free to quote them or not.
func discreet(node any) any {
	switch node := node.(type) {
	case map[string]any:
		clean := maps.Clone(node)
		if quotesSecret(node) {
			delete(clean, "value")
		}
		for key, value := range clean {
			clean[key] = discreet(value)
		}
		return clean
	case []any:
		clean := make([]any, len(node))
		for i, value := range node {
			clean[i] = discreet(value)
		}
		return clean
	case string:
		if slices.ContainsFunc(secretFields, func(field string) bool { return strings.HasPrefix(node, field) }) {
			return quotedValue.ReplaceAllString(node, " type")
		}
		return node
	default:
		return node
	}
}

// quotesSecret reports whether a validation error is about a secret or about the body as a whole.
func quotesSecret(node map[string]any) bool {
	path, ok := node["path"].([]any)
	if !ok || node["name"] != "ValidationError" {
		return false
	}
	if len(path) == 0 {
		return true
	}
	last, _ := path[len(path)-1].(string)
	return slices.Contains(secretFields, last)
}
