package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gatewright/gatewright/store"
)

// entities are the words of a store.ConflictError for our tables.
var entities = map[string]string{
	"users":          "user",
	"roles":          "role",
	"admins":         "admin",
	"admin_sessions": "admin session",
	"codes":          "code",
}

// fields are the words of a store.ConflictError for those columns that are named otherwise.
var fields = map[string]string{
	"document_id": "documentId",
	"token_hash":  "tokenHash",
}

// writeError is err in the words of package store.
func writeError(d dialect, err error) error {
	if err == nil {
		return nil
	}
	if table, column, ok := d.taken(err); ok {
		field, renamed := fields[column]
		if !renamed {
			field = column
		}
		return &store.ConflictError{Entity: entities[table], Field: field}
	}
	if d.missing(err) {
		return fmt.Errorf("the row it refers to: %w", store.ErrNotFound)
	}
	return err
}

// readError is err in the words of package store.
func readError(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	return err
}

// checkText returns store.ErrInvalidText unless every database can keep all of texts.
func checkText(texts ...string) error {
	for _, text := range texts {
		if !validText(text) {
			return store.ErrInvalidText
		}
	}
	return nil
}

func validText(text string) bool {
	return utf8.ValidString(text) && !strings.Contains(text, "\x00")
}

// checkJSONText is checkText for all text in a JSON value made of Go's own maps and slices.
func checkJSONText(value any) error {
	switch value := value.(type) {
	case string:
		return checkText(value)
	case []any:
		for _, element := range value {
			if err := checkJSONText(element); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, element := range value {
			if err := errors.Join(checkText(name), checkJSONText(element)); err != nil {
				return err
			}
		}
	}
	return nil
}
