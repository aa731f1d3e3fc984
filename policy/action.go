package policy

import (
	"errors"
	"fmt"
	"strings"
)

// ErrInvalidAction is matched by errors.Is for a text that is no action.
var ErrInvalidAction = errors.New("invalid action")

// MaxActionLength is how many bytes the name of an action may have.
const MaxActionLength = 255

// ValidAction returns nil when s names an action: "api::" or "plugin::", then type, controller and action, joined by
// dots and each made of ASCII letters, digits, "_" and "-". For example "api::article.article.find" and
// "plugin::users-permissions.auth.callback". Otherwise the error is ErrInvalidAction.
func ValidAction(s string) error {
	_, _, _, err := SplitAction(s)
	return err
}

// SplitAction returns the parts of an action: "api::article", "article" and "find" for "api::article.article.find".
// The error is that of ValidAction.
func SplitAction(s string) (uid, controller, name string, err error) {
	if len(s) > MaxActionLength {
		return "", "", "", fmt.Errorf("%w: longer than %d bytes", ErrInvalidAction, MaxActionLength)
	}
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return "", "", "", fmt.Errorf("%w: %q is not of the form api::type.controller.action", ErrInvalidAction, s)
	}
	kind, typeName, _ := strings.Cut(parts[0], "::")
	if kind != "api" && kind != "plugin" {
		return "", "", "", fmt.Errorf("%w: %q begins with neither api:: nor plugin:: as it must", ErrInvalidAction, s)
	}
	if !isName(typeName) || !isName(parts[1]) || !isName(parts[2]) {
		return "", "", "", fmt.Errorf("%w: %q has an empty part or a character that is no letter, digit, - or _", ErrInvalidAction, s)
	}
	return parts[0], parts[1], parts[2], nil
}

// isName reports whether s is one or more ASCII letters, digits, underscores and hyphens.
func isName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return s != ""
}
