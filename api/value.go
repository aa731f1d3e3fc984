package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Bounds of a body or a query.
const (
	// maxDepth is how deep one may nest.
	maxDepth = 32
	// maxBodyValues is how many values a JSON document may have, containers and what is in them.
	maxBodyValues = 20_000
)

// Object is a JSON object that remembers the order of its keys, because some messages and answers depend on it. The
// values in it are nil, bool, float64, string, []any and *Object. The zero Object is empty.
type Object struct {
	keys   []string
	values []any
	places map[string]int // of the keys, when there are more than maxScanned
}

// maxScanned is how many keys are compared one after the other: for so few a map would be slower, and many times larger.
const maxScanned = 8

// NewObject returns an empty object.
func NewObject() *Object { return &Object{} }

// Set adds a field or replaces its value, and returns the object.
func (o *Object) Set(key string, value any) *Object {
	if i := o.place(key); i >= 0 {
		o.values[i] = value
		return o
	}
	o.keys, o.values = append(o.keys, key), append(o.values, value)
	switch {
	case o.places != nil:
		o.places[key] = len(o.keys) - 1
	case len(o.keys) > maxScanned:
		o.places = make(map[string]int, 2*maxScanned)
		for i, key := range o.keys {
			o.places[key] = i
		}
	}
	return o
}

// place is where a key stands, -1 when it does not.
func (o *Object) place(key string) int {
	if o.places == nil {
		return slices.Index(o.keys, key)
	}
	if i, ok := o.places[key]; ok {
		return i
	}
	return -1
}

// Get returns a field.
func (o *Object) Get(key string) (any, bool) {
	if i := o.place(key); i >= 0 {
		return o.values[i], true
	}
	return nil, false
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
		if err := writeJSON(&b, o.values[i]); err != nil {
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

// Refusals of a document that is JSON.
var (
	errTooDeep       = errors.New("the body is nested too deeply")
	errTooManyValues = errors.New("the body has too many values")
)

// parseJSON reads one JSON document.
func parseJSON(data []byte) (any, error) {
	if !json.Valid(data) {
		// Asked again for the message alone.
		var nothing any
		return nil, json.Unmarshal(data, &nothing)
	}
	p := jsonParser{decoder: json.NewDecoder(bytes.NewReader(data))}
	return p.value(0)
}

// jsonParser reads a valid document.
type jsonParser struct {
	decoder *json.Decoder
	values  int // read so far
}

func (p *jsonParser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	if p.values++; p.values > maxBodyValues {
		return nil, errTooManyValues
	}
	token, err := p.decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return p.object(depth)
	case json.Delim('['):
		return p.list(depth)
	}
	return token, nil
}

func (p *jsonParser) object(depth int) (*Object, error) {
	object := NewObject()
	for p.decoder.More() {
		key, err := p.decoder.Token()
		if err != nil {
			return nil, err
		}
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		object.Set(key.(string), value)
	}
	_, err := p.decoder.Token()
	return object, err
}

func (p *jsonParser) list(depth int) ([]any, error) {
	list := []any{}
	for p.decoder.More() {
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := p.decoder.Token()
	return list, err
}

// maxQuoted bounds the size of a value that a message quotes, since indenting multiplies it.
const maxQuoted = 4 << 10

// size is about how many bytes of JSON a value takes.
func size(value any) int {
	n := 4
	switch v := value.(type) {
	case *Object:
		for i, key := range v.keys {
			n += len(key) + size(v.values[i])
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
			parts[i] = jsonText(key) + ": " + quotedInside(v.values[i])
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
