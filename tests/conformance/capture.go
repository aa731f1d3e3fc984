package conformance

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// capture takes a value out of an answer. The source is json:/pointer, header:name, query:name (of the Location),
// cookie:name, claim:/pointer:name or find:/array:key=value:/pointer.
func (r *run) capture(source string, answer *Answer) (any, error) {
	kind, rest, _ := strings.Cut(source, ":")
	switch kind {
	case "header":
		value, ok := answer.Field(rest)
		if !ok {
			return nil, fmt.Errorf("no header %s", rest)
		}
		return value, nil
	case "query":
		return locationParameter(answer, rest)
	case "cookie":
		cookie, ok := answer.cookies()[rest]
		if !ok {
			return nil, fmt.Errorf("no cookie %s", rest)
		}
		return cookie.value, nil
	}
	body, err := answer.JSON()
	if err != nil {
		return nil, err
	}
	switch kind {
	case "json":
		return at(body, rest)
	case "claim":
		return captureClaim(body, rest)
	case "find":
		return r.captureFound(body, rest)
	default:
		return nil, fmt.Errorf("unknown capture %s", source)
	}
}

func locationParameter(answer *Answer, name string) (any, error) {
	location, _ := answer.Field("Location")
	parsed, err := url.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("the Location cannot be read: %w", err)
	}
	value := parsed.Query().Get(name)
	if value == "" {
		return nil, fmt.Errorf("no parameter %s in the Location", name)
	}
	return value, nil
}

func captureClaim(body any, argument string) (any, error) {
	pointer, name, _ := strings.Cut(argument, ":")
	value, err := at(body, pointer)
	if err != nil {
		return nil, err
	}
	parsed, err := parseToken(value)
	if err != nil {
		return nil, err
	}
	claim, ok := parsed.claims[name]
	if !ok {
		return nil, fmt.Errorf("no claim %s in the token at %s", name, pointer)
	}
	return claim, nil
}

// captureFound looks for the first element of an array with a certain value. The value may hold colons.
func (r *run) captureFound(body any, argument string) (any, error) {
	filled, err := r.vars.FillText(argument)
	if err != nil {
		return nil, err
	}
	pointer, middle, _ := strings.Cut(filled, ":")
	colon := strings.LastIndexByte(middle, ':')
	if colon < 0 {
		return nil, errors.New("find needs a pointer, a condition and another pointer")
	}
	condition, then := middle[:colon], middle[colon+1:]
	key, value, _ := strings.Cut(condition, "=")
	found, err := at(body, pointer)
	if err != nil {
		return nil, err
	}
	elements, _ := found.([]any)
	for _, element := range elements {
		if object, ok := element.(map[string]any); ok && text(object[key]) == value {
			return at(element, then)
		}
	}
	return nil, fmt.Errorf("no element with %s at %s", condition, pointer)
}
