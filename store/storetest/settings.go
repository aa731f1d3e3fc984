package storetest

import (
	"encoding/json"
	"testing"

	"github.com/gatewright/gatewright/store"
)

var settingContracts = []contract{
	{"a missing setting is not found", settingMissing},
	{"a document survives the round trip", settingRoundTrip},
	{"a document replaces the one before", settingReplace},
	{"what is not JSON is refused", settingInvalid},
}

func settingMissing(t *testing.T, s store.Store) {
	_, err := s.Setting(t.Context(), "advanced")
	wantError(t, err, store.ErrNotFound)
	_, err = s.Setting(t.Context(), "")
	wantError(t, err, store.ErrNotFound)
}

func settingRoundTrip(t *testing.T, s store.Store) {
	for name, document := range map[string]string{
		"object":     ` {"b": 1, "a":"é ' \" \\ \u0000 ?"} `,
		"list":       `[1,2.50,"x"]`,
		"null":       `null`,
		"na'me %_\\": `"text"`,
	} {
		noError(t, s.PutSetting(t.Context(), name, json.RawMessage(document)))
		got, err := s.Setting(t.Context(), name)
		noError(t, err)
		equal(t, string(got), document)
	}
}

func settingReplace(t *testing.T, s store.Store) {
	for _, document := range []string{`{"a":1}`, `{"b":2}`} {
		noError(t, s.PutSetting(t.Context(), "advanced", json.RawMessage(document)))
	}
	got, err := s.Setting(t.Context(), "advanced")
	noError(t, err)
	equal(t, string(got), `{"b":2}`)
}

func settingInvalid(t *testing.T, s store.Store) {
	noError(t, s.PutSetting(t.Context(), "advanced", json.RawMessage(`{}`)))
	for _, document := range []string{"", "{", "{} {}", "nope"} {
		if err := s.PutSetting(t.Context(), "advanced", json.RawMessage(document)); err == nil {
			t.Errorf("stored %q, which is not JSON", document)
		}
	}
	got, err := s.Setting(t.Context(), "advanced")
	noError(t, err)
	equal(t, string(got), `{}`)
}
