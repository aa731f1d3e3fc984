package policy

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitAction(t *testing.T) {
	for _, test := range []struct{ action, uid, controller, name string }{
		{"api::article.article.find", "api::article", "article", "find"},
		{"plugin::users-permissions.auth.callback", "plugin::users-permissions", "auth", "callback"},
		{"plugin::upload.content-api.findOne", "plugin::upload", "content-api", "findOne"},
		{"api::a_1.B.c-2", "api::a_1", "B", "c-2"},
	} {
		t.Run(test.action, func(t *testing.T) {
			uid, controller, name, err := SplitAction(test.action)
			if err != nil {
				t.Fatal(err)
			}
			if uid != test.uid || controller != test.controller || name != test.name {
				t.Errorf("got %q, %q, %q", uid, controller, name)
			}
			if err := ValidAction(test.action); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestValidActionRefuses(t *testing.T) {
	for _, test := range []struct{ name, action string }{
		{"empty", ""},
		{"no kind", "article.article.find"},
		{"other kind", "admin::article.article.find"},
		{"upper case kind", "API::article.article.find"},
		{"single colon", "api:article.article.find"},
		{"two kinds", "api::api::article.article.find"},
		{"no type", "api::.article.find"},
		{"no controller", "api::article..find"},
		{"no action", "api::article.article."},
		{"two parts", "api::article.find"},
		{"four parts", "api::article.article.find.x"},
		{"wildcard", "api::article.article.*"},
		{"space", "api::article.article.find "},
		{"line feed", "api::article.article.find\n"},
		{"beyond ASCII", "api::artiklé.article.find"},
		{"too long", "api::article.article." + strings.Repeat("a", MaxActionLength)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := ValidAction(test.action); !errors.Is(err, ErrInvalidAction) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCatalogue(t *testing.T) {
	var c Catalogue
	if c.Has("api::a.a.find") || len(c.Actions()) != 0 {
		t.Error("the zero catalogue is not empty")
	}
	if err := c.Add("api::b.b.find", "api::a.a.find", "api::b.b.find"); err != nil {
		t.Fatal(err)
	}
	if err := c.Add("api::c.c.find", "nonsense", "api::d.d.find"); !errors.Is(err, ErrInvalidAction) {
		t.Errorf("got %v", err)
	}
	want := []string{"api::b.b.find", "api::a.a.find", "api::c.c.find"}
	if diff := cmp.Diff(want, c.Actions()); diff != "" {
		t.Error(diff)
	}
	c.Actions()[0] = "changed"
	if !c.Has("api::b.b.find") || c.Actions()[0] != "api::b.b.find" {
		t.Error("the caller's slice is the catalogue's")
	}
}
