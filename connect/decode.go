package connect

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// maxDepth bounds the nesting of XML; JSON's is bounded by encoding/json.
const maxDepth = 64

var jsonpPattern = regexp.MustCompile(`^(?:/\*\*/)?\s*[A-Za-z_$][A-Za-z0-9_$.]{0,100}\s*\(`)

// decode turns an answer into one JSON document. The format is what the description says; without one it is recognised from
// the body, since content types are often wrong.
func decode(format string, got answer) ([]byte, error) {
	body := bytes.TrimSpace(bytes.TrimPrefix(got.body, []byte("\xef\xbb\xbf")))
	if format == "" || format == "json" {
		format = recognise(body)
	}
	switch format {
	case "json":
		if !json.Valid(body) {
			return nil, fmt.Errorf("%w: it is not JSON", ErrResponse)
		}
		return body, nil
	case "jsonp":
		return decodeJSONP(body)
	case "xml":
		return decodeXML(body)
	case "form":
		return decodeForm(body)
	default:
		return nil, fmt.Errorf("%w: no format %q is known", ErrResponse, clean(format, maxCode))
	}
}

func recognise(body []byte) string {
	switch {
	case len(body) == 0:
		return "json"
	case body[0] == '{', body[0] == '[':
		return "json"
	case body[0] == '<':
		return "xml"
	case jsonpPattern.Match(body):
		return "jsonp"
	case bytes.IndexByte(body, '=') > 0:
		return "form"
	default:
		return "json"
	}
}

func decodeJSONP(body []byte) ([]byte, error) {
	if at := jsonpPattern.FindIndex(body); at != nil {
		body = bytes.TrimSpace(body[at[1]:])
		body = bytes.TrimSpace(bytes.TrimSuffix(body, []byte(";")))
		body = bytes.TrimSpace(bytes.TrimSuffix(body, []byte(")")))
	}
	if !json.Valid(body) {
		return nil, fmt.Errorf("%w: it is not JSONP", ErrResponse)
	}
	return body, nil
}

func decodeForm(body []byte) ([]byte, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fmt.Errorf("%w: it is not form data", ErrResponse)
	}
	members := make(map[string]string, len(values))
	for name := range values {
		members[name] = values.Get(name)
	}
	return json.Marshal(members)
}

// decodeXML makes an object of the root element: attributes and child elements become members, an element of text only a
// string, elements of one name a list.
func decodeXML(body []byte) ([]byte, error) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: it is not XML", ErrResponse)
		}
		if start, ok := token.(xml.StartElement); ok {
			value, err := decodeElement(decoder, start, maxDepth)
			if err != nil {
				return nil, fmt.Errorf("%w: it is not XML", ErrResponse)
			}
			return json.Marshal(value)
		}
	}
}

func decodeElement(decoder *xml.Decoder, start xml.StartElement, depth int) (any, error) {
	if depth == 0 {
		return nil, errors.New("nested too deeply")
	}
	members := map[string]any{}
	for _, attribute := range start.Attr {
		addMember(members, attribute.Name.Local, attribute.Value)
	}
	var text strings.Builder
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.CharData:
			text.Write(token)
		case xml.StartElement:
			value, err := decodeElement(decoder, token, depth-1)
			if err != nil {
				return nil, err
			}
			addMember(members, token.Name.Local, value)
		case xml.EndElement:
			return element(members, strings.TrimSpace(text.String())), nil
		}
	}
}

func element(members map[string]any, text string) any {
	if len(members) == 0 {
		return text
	}
	if text != "" {
		addMember(members, "text", text)
	}
	return members
}

func addMember(members map[string]any, name string, value any) {
	switch old := members[name].(type) {
	case nil:
		members[name] = value
	case []any:
		members[name] = append(old, value)
	default:
		members[name] = []any{old, value}
	}
}
