package api

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/policy"
)

// openAPITemplate describes the API of a site without fields of its own. Its paths have no prefix.
//
//go:embed openapi.json
var openAPITemplate []byte

// Description is what the OpenAPI document of a site depends on.
type Description struct {
	// Prefix is what every path begins with, such as "/api".
	Prefix string
	// PublicURL is the address of the site; empty leaves it to the reader, who knows where the document came from.
	PublicURL string
	// Fields are the further fields of accounts.
	Fields []accounts.UserField
	// RegisterFields are the keys that a sign-up may have beside username, email and password.
	RegisterFields []string
}

// The schemas of the template that a site's own fields belong to.
var (
	accountAnswers  = []string{"Account", "User", "UserSelection"}
	wholeAnswers    = []string{"Account", "User"} // those where no field is ever missing
	accountRequests = []string{"NewUser", "UserChange"}
)

var errDocument = errors.New("the template of the OpenAPI document lacks what it needs")

// OpenAPI returns the OpenAPI 3.1 document that describes our endpoints, as JSON.
func OpenAPI(d Description) (json.RawMessage, error) {
	parsed, err := parseJSON(openAPITemplate)
	if err != nil {
		return nil, fmt.Errorf("reading the template of the OpenAPI document: %w", err)
	}
	document, _ := parsed.(*Object)
	if document == nil {
		return nil, errDocument
	}
	schemas, paths := at(document, "components", "schemas"), at(document, "paths")
	if schemas == nil || paths == nil {
		return nil, errDocument
	}
	if err := d.addFields(schemas); err != nil {
		return nil, err
	}
	prefixed := NewObject()
	for _, path := range paths.Keys() {
		item, _ := paths.Get(path)
		prefixed.Set(d.Prefix+path, item)
	}
	document.Set("paths", prefixed)
	if d.PublicURL != "" {
		// A path begins with a slash already.
		document.Set("servers", []any{NewObject().Set("url", strings.TrimRight(d.PublicURL, "/"))})
	}
	raw, err := document.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("writing the OpenAPI document: %w", err)
	}
	return raw, nil
}

// addFields adds the site's own fields to the schemas of accounts.
func (d Description) addFields(schemas *Object) error {
	for _, name := range slices.Concat(accountAnswers, accountRequests) {
		schema := at(schemas, name)
		properties := at(schema, "properties")
		if properties == nil {
			return fmt.Errorf("%w: %s", errDocument, name)
		}
		for _, f := range d.Fields {
			properties.Set(f.Name, fieldSchema(f.Type))
			if slices.Contains(wholeAnswers, name) {
				required, _ := schema.Get("required")
				list, _ := required.([]any)
				schema.Set("required", append(list, f.Name))
			}
		}
	}
	return d.addRegisterFields(at(schemas, "NewAccount", "properties"))
}

// addRegisterFields adds what a sign-up may have. A key that names no field is allowed and does nothing.
func (d Description) addRegisterFields(properties *Object) error {
	if properties == nil {
		return fmt.Errorf("%w: NewAccount", errDocument)
	}
	for _, name := range d.RegisterFields {
		if _, known := properties.Get(name); known {
			continue
		}
		schema := NewObject()
		i := slices.IndexFunc(d.Fields, func(f accounts.UserField) bool { return f.Name == name })
		switch {
		case i >= 0:
			schema = fieldSchema(d.Fields[i].Type)
		case name == "blocked":
			schema.Set("type", "boolean")
		}
		properties.Set(name, schema)
	}
	return nil
}

// fieldSchema is the schema of a further field, which may always be null.
func fieldSchema(t accounts.FieldType) *Object {
	schema := NewObject()
	orNull := func(name string) *Object { return schema.Set("type", []any{name, "null"}) }
	switch t {
	case accounts.FieldString:
		return orNull("string")
	case accounts.FieldInteger:
		return orNull("integer")
	case accounts.FieldFloat:
		return orNull("number")
	case accounts.FieldBoolean:
		return orNull("boolean")
	case accounts.FieldDatetime:
		return orNull("string").Set("format", "date-time")
	case accounts.FieldJSON:
	}
	return schema
}

// at follows keys to an object inside of another; nil when there is none.
func at(o *Object, keys ...string) *Object {
	for _, key := range keys {
		if o == nil {
			return nil
		}
		value, _ := o.Get(key)
		o, _ = value.(*Object)
	}
	return o
}

// openAPIRoute is the route of the document, which everybody may read. The document is made once.
func (s *Server) openAPIRoute(publicURL string) policy.Route {
	document := sync.OnceValues(func() (json.RawMessage, error) {
		return OpenAPI(Description{
			Prefix: s.Prefix, PublicURL: publicURL, Fields: s.Accounts.Fields(), RegisterFields: s.RegisterFields,
		})
	})
	return policy.Route{
		Method: "GET", Pattern: s.Prefix + "/openapi.json", Access: policy.Public, Source: "gatewright",
		Endpoint: Endpoint(func(*Request) (*Reply, error) {
			raw, err := document()
			if err != nil {
				return nil, err
			}
			return &Reply{Body: raw}, nil
		}),
	}
}
