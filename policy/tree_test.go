package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTreeJSON(t *testing.T) {
	tree := NewTree(
		[]string{"api::article.article.find", "api::article.article.create", "plugin::upload.content-api.find", "nonsense"},
		func(action string) bool { return strings.HasSuffix(action, ".find") },
	)
	got, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"api::article":{"controllers":{"article":{` +
		`"create":{"enabled":false,"policy":""},"find":{"enabled":true,"policy":""}}}},` +
		`"plugin::upload":{"controllers":{"content-api":{"find":{"enabled":true,"policy":""}}}}}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	parsed, err := ParseTree(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tree, parsed); diff != "" {
		t.Error(diff)
	}
	enabled := []string{"api::article.article.find", "plugin::upload.content-api.find"}
	if diff := cmp.Diff(enabled, parsed.Enabled()); diff != "" {
		t.Error(diff)
	}
}

func TestParseTreeAccepts(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     []string // enabled
	}{
		{"absent", ``, nil},
		{"null", ` null `, nil},
		{"empty", `{}`, nil},
		{"type without controllers", `{"api::a":{}}`, nil},
		{"no controllers", `{"api::a":{"controllers":{}}}`, nil},
		{"no actions", `{"api::a":{"controllers":{"a":{}}}}`, nil},
		{"permission without enabled", `{"api::a":{"controllers":{"a":{"find":{}}}}}`, nil},
		{"enabled in another case", `{"api::a":{"controllers":{"a":{"find":{"Enabled":true}}}}}`, nil},
		{"no policy", `{"api::a":{"controllers":{"a":{"find":{"enabled":true}}}}}`, []string{"api::a.a.find"}},
		{"other keys", `{"api::a":{"x":1,"controllers":{"a":{"find":{"enabled":true,"x":[]}}}}}`, []string{"api::a.a.find"}},
		{"last of two keys counts", `{"api::a":{"controllers":{"a":{"find":{"enabled":true,"enabled":false}}}}}`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree, err := ParseTree(json.RawMessage(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, tree.Enabled()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseTreeRefuses(t *testing.T) {
	const find = "api::a.controllers.a.find"
	permission := func(p string) string { return `{"api::a":{"controllers":{"a":{"find":` + p + `}}}}` }
	for _, test := range []struct{ name, in, path, problem string }{
		{"broken JSON", `{"api::a":`, "", "must be an object"},
		{"array", `[]`, "", "must be an object"},
		{"string", `"api::a.a.find"`, "", "must be an object"},
		{"type is null", `{"api::a":null}`, "api::a", "must be an object"},
		{"type is true", `{"api::a":true}`, "api::a", "must be an object"},
		{"controllers are an array", `{"api::a":{"controllers":[]}}`, "api::a.controllers", "must be an object"},
		{"controllers are null", `{"api::a":{"controllers":null}}`, "api::a.controllers", "must be an object"},
		{"controller is a number", `{"api::a":{"controllers":{"a":1}}}`, "api::a.controllers.a", "must be an object"},
		{"permission is a boolean", permission(`true`), find, "must be an object"},
		{"enabled is a string", permission(`{"enabled":"true"}`), find + ".enabled", "must be a boolean"},
		{"enabled is a number", permission(`{"enabled":1}`), find + ".enabled", "must be a boolean"},
		{"enabled is null", permission(`{"enabled":null}`), find + ".enabled", "must be a boolean"},
		{"policy is an object", permission(`{"policy":{}}`), find + ".policy", "must be a string"},
		{"policy is null", permission(`{"policy":null}`), find + ".policy", "must be a string"},
		{"type of no kind", `{"a":{"controllers":{"a":{"find":{}}}}}`, "a.controllers.a.find", "must make a valid action"},
		{"dot in a name", `{"api::a":{"controllers":{"a":{"f.g":{}}}}}`, "api::a.controllers.a.f.g", "must make a valid action"},
		{"first problem in order", `{"api::c":1,"api::b":1,"api::d":1}`, "api::b", "must be an object"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree, err := ParseTree(json.RawMessage(test.in))
			if !errors.Is(err, ErrInvalidTree) {
				t.Fatalf("got %v and error %v", tree, err)
			}
			refused, ok := errors.AsType[*TreeError](err)
			if !ok || refused.Path != test.path || refused.Problem != test.problem {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestParseTreeIsBounded(t *testing.T) {
	t.Run("bytes", func(t *testing.T) {
		in := `{"x":"` + strings.Repeat("a", MaxTreeBytes) + `"}`
		if _, err := ParseTree(json.RawMessage(in)); !errors.Is(err, ErrInvalidTree) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("actions", func(t *testing.T) {
		var b strings.Builder
		b.WriteString(`{"api::a":{"controllers":{"a":{"x":{}`)
		for i := range MaxTreeActions {
			fmt.Fprintf(&b, `,"x%d":{}`, i)
		}
		b.WriteString(`}}}}`)
		if _, err := ParseTree(json.RawMessage(b.String())); !errors.Is(err, ErrInvalidTree) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("error text", func(t *testing.T) {
		in := `{"` + strings.Repeat("é", 100_000) + `":1}`
		_, err := ParseTree(json.RawMessage(in))
		if err == nil || len(err.Error()) > 1000 {
			t.Errorf("got %v", err)
		}
	})
}

func FuzzParseTree(f *testing.F) {
	f.Add([]byte(`{"api::article":{"controllers":{"article":{"find":{"enabled":true,"policy":""}}}}}`))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"api::a":{"controllers":[]}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		tree, err := ParseTree(in)
		if err != nil {
			if !errors.Is(err, ErrInvalidTree) {
				t.Error(err)
			}
			return
		}
		for _, action := range tree.Enabled() {
			if err := ValidAction(action); err != nil {
				t.Error(err)
			}
		}
	})
}
