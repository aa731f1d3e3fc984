package contentapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 1 << 20

// readData reads {"data": {...}} and returns what it holds. Its errors are refusals.
func readData(w http.ResponseWriter, r *http.Request) (map[string]json.RawMessage, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var limit *http.MaxBytesError
	switch {
	case errors.As(err, &limit):
		return nil, errTooLarge
	case err != nil:
		return nil, errMalformed
	case len(raw) > 0 && !json.Valid(raw):
		return nil, errMalformed
	}
	var body, data map[string]json.RawMessage
	if json.Unmarshal(raw, &body) != nil || json.Unmarshal(body["data"], &data) != nil || data == nil {
		return nil, errNoData
	}
	return data, nil
}

// decodeAttributes returns the attributes of typ found in data. A whole entry must have what the type requires; a
// change may leave it out. Its errors are refusals.
func decodeAttributes(data map[string]json.RawMessage, typ Type, whole bool) (map[string]any, error) {
	for _, name := range slices.Sorted(maps.Keys(data)) {
		if !slices.ContainsFunc(typ.Attributes, func(a Attribute) bool { return a.Name == name }) {
			return nil, unknownKey(name)
		}
	}
	decoded := make(map[string]any, len(typ.Attributes))
	var faults []fault
	for _, attribute := range typ.Attributes {
		raw, given := data[attribute.Name]
		if !given {
			if attribute.Required && whole {
				faults = append(faults, newFault(attribute, nil, "must be defined."))
			}
			continue
		}
		var value *string
		if json.Unmarshal(raw, &value) != nil || value == nil && attribute.Required {
			message := fmt.Sprintf("must be a `string` type, but the final value was: `%s`.", raw)
			faults = append(faults, newFault(attribute, raw, message))
			continue
		}
		decoded[attribute.Name] = nil
		if value != nil {
			decoded[attribute.Name] = *value
		}
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	return decoded, nil
}
