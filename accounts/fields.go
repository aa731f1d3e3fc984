package accounts

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/gatewright/gatewright/store"
)

// UserField is a further field of accounts, as a site declares it.
type UserField struct {
	Name string
	Type FieldType
}

// FieldType is the type of a field, in the words of Strapi.
type FieldType string

// The types there are.
const (
	FieldString   FieldType = "string"
	FieldInteger  FieldType = "integer"
	FieldFloat    FieldType = "float"
	FieldBoolean  FieldType = "boolean"
	FieldDatetime FieldType = "datetime"
	FieldJSON     FieldType = "json"
)

var fieldName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

// reservedFields are names that mean something else about a user.
var reservedFields = map[string]bool{
	"password": true, "resetPasswordToken": true, "confirmationToken": true, "role": true, "createdBy": true,
	"updatedBy": true, "locale": true, "localizations": true, "extra": true,
}

// ValidateFields says what is wrong with the declaration of further fields.
func ValidateFields(fields []UserField) error {
	seen := make(map[string]bool)
	for _, f := range fields {
		_, known := store.UserFields[f.Name]
		switch {
		case !fieldName.MatchString(f.Name):
			return fmt.Errorf("%q is no name for a field: letters, digits and _, beginning with a letter", f.Name)
		case known || reservedFields[f.Name]:
			return fmt.Errorf("users have a field %q already", f.Name)
		case seen[f.Name]:
			return fmt.Errorf("the field %q is declared twice", f.Name)
		}
		seen[f.Name] = true
		switch f.Type {
		case FieldString, FieldInteger, FieldFloat, FieldBoolean, FieldDatetime, FieldJSON:
		default:
			return fmt.Errorf("the field %q has the type %q; there are string, integer, float, boolean, datetime and json", f.Name, f.Type)
		}
	}
	return nil
}

// Bounds of the further fields of one account, which is read and answered as a whole.
const (
	maxExtraText = 4 << 10  // characters of a text
	maxExtra     = 16 << 10 // bytes of all of them in JSON
)

// checkExtra returns what is too long of the further fields of a new account.
func checkExtra(extra map[string]any) FieldErrors {
	return append(checkExtraTexts(extra), checkExtraSize(extra)...)
}

// checkExtraTexts returns which of the further fields are too long.
func checkExtraTexts(extra map[string]any) FieldErrors {
	var wrong FieldErrors
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if text, ok := extra[name].(string); ok && utf8.RuneCountInString(text) > maxExtraText {
			wrong = append(wrong, FieldError{Field: name, Rule: RuleTooLong, Limit: maxExtraText})
		}
	}
	return wrong
}

// checkExtraSize tells whether the further fields are too long together; "extra" stands for all of them.
func checkExtraSize(extra map[string]any) FieldErrors {
	// What is no JSON is for the store to refuse.
	if encoded, err := json.Marshal(extra); err == nil && len(encoded) > maxExtra {
		return FieldErrors{{Field: "extra", Rule: RuleTooLong, Limit: maxExtra}}
	}
	return nil
}

// Fields returns the further fields of accounts. The slice is shared and must not be changed.
func (s *Service) Fields() []UserField { return s.fields }

// merged returns the extra fields of an account after a change; null takes one away.
func merged(extra, change map[string]any) map[string]any {
	if len(change) == 0 {
		return extra
	}
	next := make(map[string]any, len(extra)+len(change))
	maps.Copy(next, extra)
	for name, value := range change {
		if value == nil {
			delete(next, name)
		} else {
			next[name] = value
		}
	}
	return next
}
