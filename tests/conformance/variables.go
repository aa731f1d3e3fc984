package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Variables are the values that {{name}} stands for in a scenario.
type Variables map[string]any

var variablePattern = regexp.MustCompile(`\{\{([^{}]+)\}\}`)

// maxRepeat bounds {{repeat:text:count}}, in bytes.
const maxRepeat = 4 << 20

// Fill puts the values of variables into a template. A template that is nothing but one variable keeps the type of its
// value.
func (v Variables) Fill(template string) (any, error) {
	if whole := variablePattern.FindStringSubmatch(template); whole != nil && whole[0] == template {
		return v.lookup(whole[1])
	}
	var failure error
	filled := variablePattern.ReplaceAllStringFunc(template, func(found string) string {
		value, err := v.lookup(found[2 : len(found)-2])
		if err != nil {
			failure = err
		}
		return text(value)
	})
	if failure != nil {
		return nil, failure
	}
	return filled, nil
}

// FillText is Fill for where only a text makes sense.
func (v Variables) FillText(template string) (string, error) {
	value, err := v.Fill(template)
	if err != nil {
		return "", err
	}
	return text(value), nil
}

// FillJSON fills every text and every key of a JSON document. The order of the keys is kept: servers quote bodies in
// their messages.
func (v Variables) FillJSON(raw json.RawMessage) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var out bytes.Buffer
	if err := v.fillNext(decoder, &out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// fillInto is FillJSON, decoded.
func (v Variables) fillInto(raw json.RawMessage, into any) error {
	filled, err := v.FillJSON(raw)
	if err != nil {
		return err
	}
	return decodeJSON(filled, into)
}

// fillNext copies the next value of the decoder.
func (v Variables) fillNext(decoder *json.Decoder, out *bytes.Buffer) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	switch token := token.(type) {
	case json.Delim:
		return v.fillChildren(token, decoder, out)
	case string:
		value, err := v.Fill(token)
		if err != nil {
			return err
		}
		return appendJSON(out, value)
	default:
		return appendJSON(out, token)
	}
}

// fillChildren copies what an object or an array holds, and its end.
func (v Variables) fillChildren(open json.Delim, decoder *json.Decoder, out *bytes.Buffer) error {
	out.WriteString(open.String())
	for first := true; decoder.More(); first = false {
		if !first {
			out.WriteByte(',')
		}
		if open == '{' {
			if err := v.fillKey(decoder, out); err != nil {
				return err
			}
		}
		if err := v.fillNext(decoder, out); err != nil {
			return err
		}
	}
	end, err := decoder.Token()
	if err != nil {
		return err
	}
	out.WriteString(end.(json.Delim).String())
	return nil
}

func (v Variables) fillKey(decoder *json.Decoder, out *bytes.Buffer) error {
	key, err := decoder.Token()
	if err != nil {
		return err
	}
	filled, err := v.FillText(key.(string))
	if err != nil {
		return err
	}
	if err := appendJSON(out, filled); err != nil {
		return err
	}
	out.WriteByte(':')
	return nil
}

func appendJSON(out *bytes.Buffer, value any) error {
	raw, err := encodeJSON(value)
	out.Write(raw)
	return err
}

// lookup returns the value of a name, or of str:name (as text), urlencode:name (percent-encoded) or repeat:text:count.
func (v Variables) lookup(name string) (any, error) {
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case "repeat":
		return repeat(rest)
	case "str":
		value, err := v.lookup(rest)
		return text(value), err
	case "urlencode":
		value, err := v.lookup(rest)
		return percentEncode(text(value)), err
	}
	value, ok := v[name]
	if !ok {
		return nil, fmt.Errorf("no variable %s", name)
	}
	return value, nil
}

func repeat(argument string) (any, error) {
	what, count, _ := strings.Cut(argument, ":")
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n*len(what) > maxRepeat {
		return nil, fmt.Errorf("cannot repeat %q", argument)
	}
	return strings.Repeat(what, n), nil
}

// percentEncode escapes everything but the unreserved characters of RFC 3986.
func percentEncode(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
