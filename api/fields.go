package api

import (
	"slices"

	"github.com/gatewright/gatewright/accounts"
)

// extraPrefix is how package store names the further fields of users.
const extraPrefix = "extra."

// extra reads the further fields that a body has. Null takes a field away.
func (c *check) extra(fields []accounts.UserField) map[string]any {
	var values map[string]any
	for _, f := range fields {
		given, ok := c.body.Get(f.Name)
		if !ok {
			continue
		}
		value, ok := fieldValue(f.Type, given)
		if !ok {
			c.wrongType([]string{f.Name}, f.Name, typeNames[f.Type], given)
			continue
		}
		if values == nil {
			values = make(map[string]any)
		}
		values[f.Name] = value
	}
	return values
}

// typeNames are the types of fields in the words of yup.
var typeNames = map[accounts.FieldType]string{
	accounts.FieldString:   "string",
	accounts.FieldInteger:  "number",
	accounts.FieldFloat:    "number",
	accounts.FieldBoolean:  "boolean",
	accounts.FieldDatetime: "date",
	accounts.FieldJSON:     "object",
}

// fieldValue returns a value as it is kept, and whether the type can have it.
func fieldValue(t accounts.FieldType, given any) (value any, ok bool) {
	if given == nil {
		return nil, true
	}
	switch t {
	case accounts.FieldString:
		_, ok = given.(string)
	case accounts.FieldInteger:
		var f float64
		f, ok = given.(float64)
		ok = ok && f == float64(int64(f))
	case accounts.FieldFloat:
		_, ok = given.(float64)
	case accounts.FieldBoolean:
		_, ok = given.(bool)
	case accounts.FieldDatetime:
		text, isText := given.(string)
		if !isText {
			return nil, false
		}
		return datetime(text)
	case accounts.FieldJSON:
		return plainJSON(given), true
	}
	return given, ok
}

// datetime returns a time as it is kept: a text of one form, whose order is that of time, which it is within four digits of
// a year.
func datetime(text string) (any, bool) {
	t, ok := parseTime(text)
	if !ok || t.Year() < 0 || t.Year() > 9999 {
		return nil, false
	}
	return jsTime(t), true
}

// plainJSON turns objects into maps, which is what a store keeps.
func plainJSON(value any) any {
	switch v := value.(type) {
	case *Object:
		m := make(map[string]any, v.Len())
		for _, key := range v.Keys() {
			inner, _ := v.Get(key)
			m[key] = plainJSON(inner)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = plainJSON(element)
		}
		return list
	}
	return value
}

// registerFields are the further fields that a sign-up may set.
func (s *Server) registerFields() []accounts.UserField {
	return slices.DeleteFunc(slices.Clone(s.Accounts.Fields()), func(f accounts.UserField) bool {
		return !slices.Contains(s.RegisterFields, f.Name)
	})
}
