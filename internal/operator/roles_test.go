package operator_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/internal/operator"
)

func TestReadingRoles(t *testing.T) {
	s := newSite(t)
	run[operator.User](t, s, "user.add", arguments["user.add"])
	list := run[[]operator.Role](t, s, "role.list", `{}`)
	if len(list) != 2 || list[0].Type != "authenticated" || list[0].Users != 1 || len(list[0].Actions) == 0 {
		t.Errorf("roles %+v", list)
	}
	for _, ref := range []string{"public", "2", "Public", "PUBLIC"} {
		role := run[operator.Role](t, s, "role.show", `{"role":"`+ref+`"}`)
		if diff := cmp.Diff(list[1], role); diff != "" {
			t.Errorf("role %q (-listed +shown):\n%s", ref, diff)
		}
	}
	s.refuse(t, "role.show", `{"role":"nosuch"}`, `no role "nosuch"; there are authenticated, public`)
	s.refuse(t, "role.show", `{}`, `no role ""`)
	s.refuse(t, "role.show", `{"role":"02"}`, `no role "02"`)
}

func TestGrantAndRevoke(t *testing.T) {
	const find, findOne = "api::article.article.find", "api::article.article.findOne"
	s := newSite(t)
	before := run[operator.Role](t, s, "role.show", `{"role":"public"}`).Actions

	role := run[operator.Role](t, s, "role.grant", `{"role":"public","actions":["`+find+`","`+findOne+`","`+find+`"]}`)
	if want := slices.Concat([]string{find, findOne}, before); !cmp.Equal(role.Actions, want) {
		t.Errorf("actions (-want +got):\n%s", cmp.Diff(want, role.Actions))
	}
	if again := run[operator.Role](t, s, "role.grant", `{"role":"public","actions":["`+find+`"]}`); !cmp.Equal(again, role) {
		t.Errorf("granting again changed (-before +after):\n%s", cmp.Diff(role, again))
	}
	role = run[operator.Role](t, s, "role.revoke", `{"role":"Public","actions":["`+find+`","`+findOne+`"]}`)
	if !cmp.Equal(role.Actions, before) {
		t.Errorf("actions (-want +got):\n%s", cmp.Diff(before, role.Actions))
	}

	s.refuse(t, "role.revoke", `{"role":"public","actions":["`+find+`"]}`, "public may not do "+find)
	s.refuse(t, "role.revoke", `{"role":"public","actions":["plugin::users-permissions.auth.callback","`+find+`"]}`, find)
	s.refuse(t, "role.grant", `{"role":"public"}`, "at least one action")
	s.refuse(t, "role.grant", `{"role":"nosuch","actions":["`+find+`"]}`, `no role "nosuch"`)
	for _, bad := range []string{"", "find", "api::article", "api::article.article.find\\u0000", "a b"} {
		s.refuse(t, "role.grant", `{"role":"public","actions":["`+bad+`"],"anyway":true}`)
		s.refuse(t, "role.revoke", `{"role":"public","actions":["`+bad+`"]}`)
	}
	if after := run[operator.Role](t, s, "role.show", `{"role":"public"}`).Actions; !cmp.Equal(after, before) {
		t.Errorf("what was refused changed (-before +after):\n%s", cmp.Diff(before, after))
	}
}

// An action that no route asks for is most likely misspelt.
func TestGrantOfAnUnknownAction(t *testing.T) {
	const misspelt = "api::article.article.fnid"
	s := newSite(t)
	s.refuse(t, "role.grant", `{"role":"public","actions":["api::article.article.find","`+misspelt+`"]}`,
		"no route asks for "+misspelt, "api::article.article.find\n", "api::article.article.findOne", "--anyway")
	if role := run[operator.Role](t, s, "role.show", `{"role":"public"}`); slices.Contains(role.Actions, "api::article.article.find") {
		t.Error("a part of what was refused is granted")
	}
	role := run[operator.Role](t, s, "role.grant", `{"role":"public","actions":["`+misspelt+`"],"anyway":true}`)
	if !slices.Contains(role.Actions, misspelt) {
		t.Errorf("actions %q", role.Actions)
	}
	run[operator.Role](t, s, "role.revoke", `{"role":"public","actions":["`+misspelt+`"]}`)
}

func TestRoutes(t *testing.T) {
	s := newSite(t)
	run[operator.Role](t, s, "role.grant", `{"role":"authenticated","actions":["api::article.article.find"]}`)
	run[operator.Role](t, s, "role.grant", `{"role":"public","actions":["api::article.article.find"]}`)
	want := []operator.Route{
		{Method: "GET", Path: "/api/articles", Access: "action", Action: "api::article.article.find", Source: "Caddyfile:7", Roles: []string{"authenticated", "public"}},
		{Method: "GET", Path: "/api/articles/{id}", Access: "action", Action: "api::article.article.findOne", Source: "Caddyfile:8", Roles: []string{}},
		{Method: "GET", Path: "/health", Access: "public", Source: "Caddyfile:9", Roles: []string{"everyone"}},
		{Method: "GET", Path: "/profile", Access: "authenticated", Source: "Caddyfile:10", Roles: []string{"signed-in users"}},
	}
	if diff := cmp.Diff(want, run[[]operator.Route](t, s, "routes", `{}`)); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}
