package accounts

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Bounds of the details of an event, so that the store keeps every one of them.
const (
	maxDetails = 4 << 10 // bytes of JSON; see store.Event
	maxListed  = 64      // entries of a list
	maxDetail  = 512     // bytes of a text
)

// keepableDetails returns the details as the store takes them: texts without what no store can keep, and lists that are
// too long cut, with the number of what is missing beside them ("granted" and "granted_more").
func keepableDetails(details map[string]any) map[string]any {
	if len(details) == 0 {
		return nil
	}
	for listed, text := maxListed, maxDetail; listed > 0; listed, text = listed/2, text/2 {
		cut := cutDetails(details, listed, text)
		if encoded, err := json.Marshal(cut); err == nil && len(encoded) <= maxDetails {
			return cut
		}
	}
	return map[string]any{"omitted": len(details)}
}

func cutDetails(details map[string]any, listed, text int) map[string]any {
	cut := make(map[string]any, len(details))
	for name, value := range details {
		name = keepableText(name)
		switch value := value.(type) {
		case string:
			cut[name] = cutText(value, text)
		case []string:
			kept := make([]string, min(len(value), listed))
			for i := range kept {
				kept[i] = cutText(value[i], text)
			}
			cut[name] = kept
			if more := len(value) - len(kept); more > 0 {
				cut[name+"_more"] = more
			}
		default:
			cut[name] = value
		}
	}
	return cut
}

// keepableText replaces what store.ErrInvalidText refuses.
func keepableText(text string) string {
	const replacement = string(utf8.RuneError)
	return strings.ReplaceAll(strings.ToValidUTF8(text, replacement), nul, replacement)
}

// cutText returns a text of at most size bytes and, where something is missing, an ellipsis.
func cutText(text string, size int) string {
	text = keepableText(text)
	if len(text) <= size {
		return text
	}
	return strings.ToValidUTF8(text[:size], "") + "…"
}
