package contentapi

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// refusal is an answer other than success: the error envelope that clients of Strapi know.
type refusal struct {
	Status  int    `json:"status"`
	Name    string `json:"name"`
	Message string `json:"message"`
	Details any    `json:"details,omitempty"`
}

// Error returns the message.
func (r *refusal) Error() string { return r.Message }

var (
	errNotFound  = refuse(http.StatusNotFound, "NotFoundError", "Not Found")
	errTooLarge  = &refusal{http.StatusRequestEntityTooLarge, "PayloadTooLargeError", "request entity too large", nil}
	errMalformed = &refusal{http.StatusBadRequest, "SyntaxError", "The body is not valid JSON", nil}
	errNoData    = refuse(http.StatusBadRequest, "ValidationError", `Missing "data" payload in the request body`)
	errNoRoom    = refuse(http.StatusInsufficientStorage, "InsufficientStorageError", "No room for more entries")
	errInternal  = refuse(http.StatusInternalServerError, "InternalServerError", "Internal Server Error")
)

func refuse(status int, name, message string) *refusal {
	return &refusal{Status: status, Name: name, Message: message, Details: struct{}{}}
}

// unknownKey returns the refusal of an entry with an attribute that its type does not have.
func unknownKey(name string) *refusal {
	made := refuse(http.StatusBadRequest, "ValidationError", "Invalid key "+name)
	made.Details = map[string]any{"key": name, "path": nil, "source": "body"}
	return made
}

// fault is one finding about one attribute. An attribute that is missing has no value.
type fault struct {
	Path    []string        `json:"path"`
	Message string          `json:"message"`
	Name    string          `json:"name"`
	Value   json.RawMessage `json:"value,omitempty"`
}

func newFault(attribute Attribute, value json.RawMessage, message string) fault {
	return fault{
		Path: []string{attribute.Name}, Message: attribute.Name + " " + message, Name: "ValidationError", Value: value,
	}
}

// invalid returns the refusal of an entry with the given findings, of which there is at least one.
func invalid(faults []fault) *refusal {
	message := faults[0].Message
	if len(faults) > 1 {
		message = fmt.Sprintf("%d errors occurred", len(faults))
	}
	made := refuse(http.StatusBadRequest, "ValidationError", message)
	made.Details = map[string]any{"errors": faults}
	return made
}

func writeError(w http.ResponseWriter, r *refusal) {
	writeJSON(w, r.Status, map[string]any{"data": nil, "error": r})
}
