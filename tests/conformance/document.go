package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// decodeJSON reads exactly one JSON value. Numbers that land in an any keep their spelling.
func decodeJSON(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return nil
}

// canonical returns raw without white space and with sorted keys.
func canonical(raw json.RawMessage) (json.RawMessage, error) {
	var value any
	if err := decodeJSON(raw, &value); err != nil {
		return nil, err
	}
	return encodeJSON(value)
}

// encodeJSON writes <, > and & as they are, as other languages do.
func encodeJSON(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// at returns what a pointer such as /roles/0/id leads to. A negative index counts from the end of an array.
func at(document any, pointer string) (any, error) {
	node := document
	for part := range strings.SplitSeq(pointer, "/") {
		if part == "" {
			continue
		}
		next, ok := child(node, part)
		if !ok {
			return nil, fmt.Errorf("%s: no such place in the body", pointer)
		}
		node = next
	}
	return node, nil
}

func child(node any, part string) (any, bool) {
	switch node := node.(type) {
	case []any:
		i, err := strconv.Atoi(part)
		if err != nil {
			return nil, false
		}
		if i < 0 {
			i += len(node)
		}
		if i < 0 || i >= len(node) {
			return nil, false
		}
		return node[i], true
	case map[string]any:
		value, ok := node[part]
		return value, ok
	default:
		return nil, false
	}
}

// text returns a value as it stands in a URL or a message: a text itself, anything else as JSON.
func text(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	raw, err := encodeJSON(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(raw)
}

// short returns a value as JSON for a message, cut when it is long.
func short(value any) string {
	raw, err := encodeJSON(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return excerpt(raw, 160)
}

func excerpt(raw []byte, limit int) string {
	if len(raw) <= limit {
		return string(raw)
	}
	return strings.ToValidUTF8(string(raw[:limit-3]), "") + "..."
}
