package api

import (
	"fmt"
	"regexp"
	"strings"
)

// problem is one thing that is wrong with the shape of a body.
type problem struct {
	path    []string
	message string
	value   any
	valued  bool // whether there is a value to show
}

// problems is all of them. The envelope and the messages are those of the validation library that Strapi uses (yup).
type problems []problem

// mask stands in for what no answer repeats.
const mask = "********"

// isSecret tells whether a field of that name, or a text that mentions it, may hold what no answer repeats.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "password") || strings.Contains(name, "secret")
}

// discreet is a value without what fields in it hold that are secret.
func discreet(value any) any {
	switch v := value.(type) {
	case *Object:
		shown := NewObject()
		for _, key := range v.Keys() {
			inner, _ := v.Get(key)
			if inner != nil && isSecret(key) {
				inner = mask
			}
			shown.Set(key, discreet(inner))
		}
		return shown
	case []any:
		shown := make([]any, len(v))
		for i, element := range v {
			shown[i] = discreet(element)
		}
		return shown
	}
	return value
}

func (p problem) secret() bool { return len(p.path) > 0 && isSecret(p.path[len(p.path)-1]) }

func (p problem) details() *Object {
	path := make([]any, len(p.path))
	for i, part := range p.path {
		path[i] = part
	}
	o := NewObject().Set("path", path).Set("message", p.message).Set("name", "ValidationError")
	if p.valued && !p.secret() {
		o.Set("value", discreet(p.value))
	}
	return o
}

func (ps problems) err() *Error {
	list := make([]any, len(ps))
	for i, p := range ps {
		list[i] = p.details()
	}
	message := ps[0].message
	if len(ps) > 1 {
		message = fmt.Sprintf("%d errors occurred", len(ps))
	}
	e := validationError(message)
	e.Details = NewObject().Set("errors", list)
	return e
}

// check looks at the fields of a body one by one and collects what is wrong.
type check struct {
	body  *Object
	found problems
}

// checkBody begins a check; a body that is no object is the only thing said about it.
func checkBody(body any) (*check, error) {
	object, ok := body.(*Object)
	if text, isText := body.(string); isText && isSecret(text) {
		body = mask
	}
	if !ok {
		return nil, problems{wrongType(nil, "this", "object", body)}.err()
	}
	return &check{body: object}, nil
}

func (c *check) err() error {
	if len(c.found) == 0 {
		return nil
	}
	return c.found.err()
}

func (c *check) report(path []string, message string, value any) {
	c.found = append(c.found, problem{path: path, message: message, value: value, valued: true})
}

func (c *check) missing(path []string, name string) {
	c.found = append(c.found, problem{path: path, message: name + " is a required field"})
}

func (c *check) wrongType(path []string, name, want string, value any) {
	c.found = append(c.found, wrongType(path, name, want, value))
}

func wrongType(path []string, name, want string, value any) problem {
	p := problem{path: path, value: value, valued: true}
	shown := mask
	switch {
	case p.secret() && value != nil:
	case size(value) > maxQuoted:
		shown = "too long to be shown"
	default:
		shown = quoted(discreet(value))
	}
	p.message = fmt.Sprintf("%s must be a `%s` type, but the final value was: `%s`.", name, want, shown)
	return p
}

// text returns a field that must be there and be a string. Whether it may be empty is for the caller.
func (c *check) text(name string) (string, bool) {
	value, ok := c.body.Get(name)
	if !ok {
		c.missing([]string{name}, name)
		return "", false
	}
	text, ok := value.(string)
	if !ok {
		c.wrongType([]string{name}, name, "string", value)
	}
	return text, ok
}

// required is text that is not empty.
func (c *check) required(name string) string {
	text, ok := c.text(name)
	if ok && text == "" {
		c.report([]string{name}, name+" is a required field", "")
	}
	return text
}

// email is required and looks like an address.
func (c *check) email(name string) string {
	before := len(c.found)
	text := c.required(name)
	if len(c.found) == before && !validEmail(text) {
		c.report([]string{name}, name+" must be a valid email", text)
	}
	return text
}

// optionalText returns a field that may be left out but is a string otherwise.
func (c *check) optionalText(name string) *string {
	value, ok := c.body.Get(name)
	if !ok {
		return nil
	}
	text, ok := value.(string)
	if !ok {
		c.wrongType([]string{name}, name, "string", value)
		return nil
	}
	return &text
}

// optionalBool returns a field that may be left out. Null is taken for false; so are the texts and numbers that Strapi
// takes for booleans.
func (c *check) optionalBool(name string) *bool {
	value, ok := c.body.Get(name)
	if !ok {
		return nil
	}
	switch value {
	case nil, false, "false", "f", "0", 0.0:
		return new(false)
	case true, "true", "t", "1", 1.0:
		return new(true)
	}
	c.wrongType([]string{name}, name, "boolean", value)
	return nil
}

// address is a dot-atom and a domain of at least two labels (RFC 5321, 4.1.2, without quoted local parts, which are legal
// and good for nothing but confusion; letters outside of ASCII as in RFC 6531).
var address = regexp.MustCompile(`^(?i)` +
	`[a-z0-9!#$%&'*+/=?^_` + "`" + `{|}~\x{A0}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFEF}-]+` +
	`(\.[a-z0-9!#$%&'*+/=?^_` + "`" + `{|}~\x{A0}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFEF}-]+)*` +
	`@([a-z0-9\x{A0}-\x{D7FF}]([a-z0-9\x{A0}-\x{D7FF}-]*[a-z0-9\x{A0}-\x{D7FF}])?\.)+` +
	`[a-z\x{A0}-\x{D7FF}]([a-z0-9\x{A0}-\x{D7FF}-]*[a-z0-9\x{A0}-\x{D7FF}])?$`)

func validEmail(text string) bool { return address.MatchString(text) }
