package conformance

import (
	"fmt"
	"net/http"
	"strings"
)

// Answer is what a server answered.
type Answer struct {
	Status int
	Header http.Header
	Data   []byte
}

// Field returns the last value of a header, and whether there is one.
func (a *Answer) Field(name string) (string, bool) {
	values := a.Header.Values(name)
	if len(values) == 0 {
		return "", false
	}
	return values[len(values)-1], true
}

// MediaType returns the content type without its parameters.
func (a *Answer) MediaType() string {
	value, _ := a.Field("Content-Type")
	media, _, _ := strings.Cut(value, ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// JSON returns the body, decoded.
func (a *Answer) JSON() (any, error) {
	var body any
	if err := decodeJSON(a.Data, &body); err != nil {
		return nil, fmt.Errorf("the body is not JSON: %q", excerpt(a.Data, 120))
	}
	return body, nil
}

// into decodes the body of an answer that must have the given status.
func (a *Answer) into(status int, body any) error {
	if a.Status != status {
		return fmt.Errorf("%d %q", a.Status, excerpt(a.Data, 300))
	}
	if err := decodeJSON(a.Data, body); err != nil {
		return fmt.Errorf("%w: %q", err, excerpt(a.Data, 300))
	}
	return nil
}

// cookie is a Set-Cookie header. Attributes have lower-case names; one without a value is true.
type cookie struct {
	value      string
	attributes map[string]any
}

func (a *Answer) cookies() map[string]cookie {
	jar := make(map[string]cookie)
	for _, line := range a.Header.Values("Set-Cookie") {
		parts := strings.Split(line, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(parts[0]), "=")
		found := cookie{value: value, attributes: make(map[string]any)}
		for _, part := range parts[1:] {
			key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			found.attributes[strings.ToLower(key)] = value
			if value == "" {
				found.attributes[strings.ToLower(key)] = true
			}
		}
		jar[name] = found
	}
	return jar
}

// view is the cookie as expectations describe it: the case of SameSite does not count, nor does the exact expiry.
func (c cookie) view() map[string]any {
	attributes := make(map[string]any, len(c.attributes))
	for name, value := range c.attributes {
		switch name {
		case "samesite":
			value = strings.ToLower(text(value))
		case "expires":
			past := strings.Contains(text(value), "1970")
			value = map[bool]string{true: "past", false: "set"}[past]
		}
		attributes[name] = value
	}
	return map[string]any{"value": c.value, "attributes": attributes}
}
