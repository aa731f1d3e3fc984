package connect

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Everything the catalogue says must survive reading: what is written again is what was read.
func TestDescriptionsKeepEveryField(t *testing.T) {
	var entries []json.RawMessage
	if err := json.Unmarshal(providersJSON, &entries); err != nil {
		t.Fatal(err)
	}
	if len(entries) != 283 {
		t.Errorf("%d entries, want 283", len(entries))
	}
	for _, entry := range entries {
		d, err := ParseDescription(entry)
		if err != nil {
			t.Fatal(err)
		}
		written, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		if json.Unmarshal(entry, &want) != nil || json.Unmarshal(written, &got) != nil {
			t.Fatalf("%s: not JSON", d.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s changed by reading (-want +got):\n%s", d.Name, diff)
		}
	}
}

func TestUnknownFieldsAreErrors(t *testing.T) {
	for _, raw := range []string{
		`{"name":"a","surprise":1}`,
		`{"name":"a","flow":{"authorise":{}}}`,
		`{"name":"a","profile":{"uri":"https://a.test"}}`,
		`{"name":"a","map":{"id":{"upper":"x"}}}`,
		`{"name":"a","map":{"id":{"join":["x"],"sep":"","present":"y"}}}`,
		`{"name":"a","map":{"id":[]}}`,
		`{"name":"a","map":{"id":{"not_equal":["x"]}}}`,
		`{"name":"a","map":{"id":7}}`,
	} {
		if _, err := ParseDescription([]byte(raw)); err == nil {
			t.Errorf("%s was accepted", raw)
		}
	}
}

func TestLookup(t *testing.T) {
	if d, ok := Lookup("github"); !ok || d.DisplayName != "GitHub" {
		t.Errorf("github: %q, %v", d.DisplayName, ok)
	}
	if d, ok := Lookup("microsoftonline"); !ok || d.Name != "microsoft" {
		t.Errorf("an alias: %q, %v", d.Name, ok)
	}
	if _, ok := Lookup("nobody"); ok {
		t.Error("nobody was found")
	}
	d, _ := Lookup("github")
	d.DefaultScopes[0] = "everything"
	if again, _ := Lookup("github"); again.DefaultScopes[0] == "everything" {
		t.Error("what Lookup returns is the catalogue itself")
	}
}

func TestAdditions(t *testing.T) {
	var more map[string]map[string]any
	if err := json.Unmarshal(additionsJSON, &more); err != nil {
		t.Fatal(err)
	}
	for name := range more {
		if !slices.ContainsFunc(Catalogue(), func(d Description) bool { return d.Name == name }) {
			t.Errorf("an addition to %q, which is not in the catalogue", name)
		}
	}
	if d, _ := Lookup("bankid-no"); d.Profile.ResponseFormat != "jwt" || d.Profile.URLFrom != "discovery:userinfo_endpoint" {
		t.Errorf("bankid-no: %+v", d.Profile)
	}
}

func TestGapsAndNeeds(t *testing.T) {
	cases := []struct {
		name  string
		gaps  int
		needs []string
	}{
		{"github", 0, nil},
		{"auth0", 0, []string{"subdomain"}},
		{"mailchimp", 0, nil}, // its place holder is used by an alternative only
		{"cognito", 0, []string{"jwksurl", "subdomain"}},
		{"netsuite", 0, []string{"account_id", "userinfo_url"}},
		{"logingov", 0, []string{"private key"}},
		{"surveymonkey", 1, []string{"api_key"}},
		{"garmin", 1, nil},    // no profile request
		{"goodreads", 1, nil}, // no field names
	}
	for _, c := range cases {
		d, ok := Lookup(c.name)
		if !ok {
			t.Fatalf("%s is not there", c.name)
		}
		if gaps := Gaps(d); len(gaps) != c.gaps {
			t.Errorf("%s: gaps %q, want %d", c.name, gaps, c.gaps)
		}
		if diff := cmp.Diff(c.needs, Needs(d)); diff != "" {
			t.Errorf("%s: needs (-want +got):\n%s", c.name, diff)
		}
	}
}
