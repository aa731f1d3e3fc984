package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// maxDepth bounds how deep a body or a query may nest.
const maxDepth = 32

// Object is a JSON object that remembers the order of its keys, because some messages and answers depend on it. The
// values in it are nil, bool, float64, string, []any and *Object.
type Object struct {
	keys   []string
	fields map[string]any
}

// NewObject returns an empty object.
func NewObject() *Object { return &Object{fields: map[string]any{}} }

// Set adds a field or replaces its value, and returns the object.
func (o *Object) Set(key string, value any) *Object {
	if _, ok := o.fields[key]; !ok {
		o.keys = append(o.keys, key)
	}
	o.fields[key] = value
	return o
}

// Get returns a field.
func (o *Object) Get(key string) (any, bool) {
	value, ok := o.fields[key]
	return value, ok
}

// Keys returns the names of the fields in order. The slice is the object's.
func (o *Object) Keys() []string { return o.keys }

// Len returns the number of fields.
func (o *Object) Len() int { return len(o.keys) }

// MarshalJSON writes the fields in order.
func (o *Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, key := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := writeJSON(&b, key); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := writeJSON(&b, o.fields[key]); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// writeJSON writes a value as JavaScript would: with <, > and & as they are.
func writeJSON(b *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("encoding an answer: %w", err)
	}
	b.Truncate(b.Len() - 1) // the line break
	return nil
}

var errTooDeep = errors.New("the body is nested too deeply")

// parseJSON reads one JSON document.
func parseJSON(data []byte) (any, error) {
	if !json.Valid(data) {
		// Asked again for the message alone.
		var nothing any
		return nil, json.Unmarshal(data, &nothing)
	}
	return readValue(json.NewDecoder(bytes.NewReader(data)), 0)
}

func readValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		object := NewObject()
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := readValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			object.Set(key.(string), value)
		}
		_, err := d.Token()
		return object, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			value, err := readValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err := d.Token()
		return list, err
	}
	return token, nil
}

// maxQuoted bounds the size of a value that a message quotes, since indenting multiplies it.
const maxQuoted = 4 << 10

// size is about how many bytes of JSON a value takes.
func size(value any) int {
	n := 4
	switch v := value.(type) {
	case *Object:
		for key, inner := range v.fields {
			n += len(key) + size(inner)
		}
	case []any:
		for _, element := range v {
			n += size(element)
		}
	case string:
		n += len(v)
	}
	return n
}

// quoted writes a value the way yup quotes one in its messages: leaves as text, containers as indented JSON of such
// texts.
func quoted(value any) string {
	switch v := value.(type) {
	case *Object:
		parts := make([]string, v.Len())
		for i, key := range v.keys {
			parts[i] = jsonText(key) + ": " + quotedInside(v.fields[key])
		}
		return bracket("{", parts, "}")
	case []any:
		parts := make([]string, len(v))
		for i, element := range v {
			parts[i] = quotedInside(element)
		}
		return bracket("[", parts, "]")
	case string:
		return `"` + v + `"`
	}
	return jsonText(value)
}

func quotedInside(value any) string {
	switch value.(type) {
	case *Object, []any:
		return strings.ReplaceAll(quoted(value), "\n", "\n  ")
	}
	return jsonText(quoted(value))
}

func bracket(open string, parts []string, end string) string {
	if len(parts) == 0 {
		return open + end
	}
	return open + "\n  " + strings.Join(parts, ",\n  ") + "\n" + end
}

func jsonText(value any) string {
	var b bytes.Buffer
	if err := writeJSON(&b, value); err != nil {
		return ""
	}
	return b.String()
}
