package conformance

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Patterns of what varies from run to run and stands in expected texts as <name>.
var placeholders = map[string]string{
	"string":     `.*`,
	"word":       `[A-Za-z0-9_-]+`,
	"jwt":        `[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*`,
	"datetime":   `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)`,
	"documentId": `[A-Za-z0-9_-]{8,64}`,
	"uuid":       `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`,
	"digits":     `\d+`,
}

var (
	placeholderPattern = regexp.MustCompile(`<(string|word|jwt|datetime|documentId|uuid|digits|hex\d+)>`)
	samePattern        = regexp.MustCompile(`^<(same|samestr):(.*)>$`)
	integerPattern     = regexp.MustCompile(`^-?\d+$`)
	digitsPattern      = regexp.MustCompile(`^\d{1,18}$`)
	jwtPattern         = regexp.MustCompile(`^` + placeholders["jwt"] + `$`)
)

// epochTolerance is how far from now a time may be, in seconds.
const epochTolerance = 400

// kinds are the placeholders that stand for a whole value.
var kinds = map[string]func(any) bool{
	"<any>":    func(any) bool { return true },
	"<int>":    isInteger,
	"<number>": func(v any) bool { _, ok := v.(json.Number); return ok },
	"<bool>":   func(v any) bool { _, ok := v.(bool); return ok },
	"<object>": func(v any) bool { _, ok := v.(map[string]any); return ok },
	"<array>":  func(v any) bool { _, ok := v.([]any); return ok },
	"<epoch>":  isNow,
}

func isInteger(v any) bool {
	number, ok := v.(json.Number)
	return ok && integerPattern.MatchString(number.String())
}

// isNow accepts seconds since 1970 near now, as a number or as text.
func isNow(v any) bool {
	digits := text(v)
	if !digitsPattern.MatchString(digits) {
		return false
	}
	seconds, err := strconv.ParseInt(digits, 10, 64)
	distance := seconds - time.Now().Unix()
	return err == nil && -epochTolerance < distance && distance < epochTolerance
}

// expand turns a text with placeholders into a pattern for the whole text.
func expand(template string) (*regexp.Regexp, error) {
	var pattern strings.Builder
	last := 0
	for _, hit := range placeholderPattern.FindAllStringSubmatchIndex(template, -1) {
		pattern.WriteString(regexp.QuoteMeta(template[last:hit[0]]))
		pattern.WriteString(placeholder(template[hit[2]:hit[3]]))
		last = hit[1]
	}
	pattern.WriteString(regexp.QuoteMeta(template[last:]))
	compiled, err := regexp.Compile(`(?s)^(?:` + pattern.String() + `)$`)
	if err != nil {
		return nil, fmt.Errorf("expanding %q: %w", template, err)
	}
	return compiled, nil
}

func placeholder(name string) string {
	if count, ok := strings.CutPrefix(name, "hex"); ok {
		return "[0-9a-f]{" + count + "}"
	}
	return placeholders[name]
}
