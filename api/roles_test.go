package api

import (
	"strings"
	"testing"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

const okBody = `{"ok":true}`

var writersTree = `{"api::article":{"controllers":{"article":{"find":{"enabled":true,"policy":""},"delete":{"enabled":false}}}}}`

func TestReadingRoles(t *testing.T) {
	s := newSite(t)
	s.user(t, "alice")
	const base = "/api/users-permissions"
	public := s.role(t, store.RolePublic)
	for _, x := range []exchange{
		{name: "all", target: base + "/roles", status: 200, with: []string{
			`{"roles":[{"id":1,"documentId":"`, `"name":"Authenticated","description":"Default role given to authenticated user.","type":"authenticated","createdAt":"`,
			`"nb_users":1},{"id":2,`, `"type":"public"`, `"nb_users":0}]}`,
		}, without: []string{`"locale"`}},
		{name: "one", target: base + "/roles/2", status: 200, with: []string{
			`{"role":{"id":2,"documentId":"` + public.DocumentID, `"permissions":{`,
			`"callback":{"enabled":true,"policy":""}`, `"changePassword":{"enabled":false,"policy":""}`,
			`"api::article":{"controllers":{"article":{"find":{"enabled":false,"policy":""}}}}`,
		}},
		{name: "actions", target: base + "/permissions", status: 200, with: []string{`{"permissions":{"`, `"callback":{"enabled":false`}, without: []string{`"enabled":true`}},
		{name: "unknown", target: base + "/roles/99", status: 404, equal: failure(404, "NotFoundError", "Role not found")},
		{name: "a word", target: base + "/roles/abc", status: 404, equal: failure(404, "NotFoundError", "Role not found")},
		{name: "negative", target: base + "/roles/-1", status: 404, equal: failure(404, "NotFoundError", "Role not found")},
		{name: "documentId", target: base + "/roles/" + public.DocumentID, status: 404, equal: failure(404, "NotFoundError", "Role not found")},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.method = "GET"
			x.check(t, s.serve(t, x))
		})
	}
}

func (s *site) role(t testing.TB, roleType string) store.Role {
	t.Helper()
	role, err := s.store.RoleByType(t.Context(), roleType)
	if err != nil {
		t.Fatal(err)
	}
	return role
}

func TestCreateRoleEndpoint(t *testing.T) {
	const empty = "Request body cannot be empty"
	for _, x := range []exchange{
		{name: "with a tree", body: `{"name":"Writers","description":"They write","permissions":` + writersTree + `}`, status: 200, equal: okBody},
		{name: "with nulls", body: `{"name":"Writers","description":null,"type":null,"permissions":null}`, status: 200, equal: okBody},
		{name: "with a type", body: `{"name":"Writers","type":"My Type"}`, status: 200, equal: okBody},
		{name: "empty", body: `{}`, status: 400, equal: failure(400, "ValidationError", empty)},
		{name: "no body", body: ``, status: 400, equal: failure(400, "ValidationError", empty)},
		{name: "no name", body: `{"description":"x"}`, status: 400, with: []string{`"name is a required field"`}},
		{name: "name is a number", body: `{"name":1}`, status: 400, with: []string{"name must be a `string` type"}},
		{name: "taken type", body: `{"name":"Public"}`, status: 400, equal: failure(400, "ApplicationError", "A role of this type exists already")},
		{name: "no letter in the name", body: `{"name":"!!!"}`, status: 400, with: []string{`"type must be at least 1 characters"`}},
		{name: "long name", body: `{"name":"` + strings.Repeat("x", 256) + `"}`, status: 400, with: []string{`"name must be at most 255 characters"`}},
		{name: "control characters", body: `{"name":"a\u0000b"}`, status: 400, with: []string{`"name must not contain control characters"`}},
		{name: "NUL in the description", body: `{"name":"Writers","description":"a\u0000b"}`, status: 400, with: []string{`"ValidationError"`}},
		{name: "tree is a list", body: `{"name":"Writers","permissions":[1]}`, status: 400, with: []string{`"Invalid permissions: `}},
		{name: "tree of another shape", body: `{"name":"Writers","permissions":{"api::a":{"controllers":1}}}`, status: 400, with: []string{`"Invalid permissions: `}},
		{name: "list", body: `[1]`, status: 400, with: []string{"this must be a `object` type"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newSite(t)
			x.method, x.target = "POST", "/api/users-permissions/roles"
			x.check(t, s.serve(t, x))
			roles, err := s.Accounts.Roles(t.Context())
			if made := len(roles) == 3; err != nil || made != (x.status == 200) {
				t.Errorf("%d roles, %v", len(roles), err)
			}
			grants, err := s.store.GrantsOf(t.Context(), 3)
			if wanted := strings.Contains(x.body, "api::article"); err != nil || (len(grants) == 1) != wanted {
				t.Errorf("grants %q, %v", grants, err)
			}
		})
	}
}

func TestUpdateRoleEndpoint(t *testing.T) {
	for _, x := range []exchange{
		{name: "name alone", target: "3", body: `{"name":"Authors"}`, status: 200, equal: okBody, with: []string{}},
		{name: "everything off", target: "3", body: `{"name":"Authors","permissions":{}}`, status: 200, equal: okBody},
		{name: "type stays", target: "3", body: `{"name":"Authors","type":"other"}`, status: 200, equal: okBody},
		{name: "empty", target: "3", body: `{}`, status: 400, equal: failure(400, "ValidationError", "Request body cannot be empty")},
		{name: "empty name", target: "3", body: `{"name":""}`, status: 400, with: []string{`"name must be at least 1 characters"`}},
		{name: "null name", target: "3", body: `{"name":null}`, status: 400, with: []string{"name must be a `string` type"}},
		{name: "bad tree", target: "3", body: `{"name":"Authors","permissions":"x"}`, status: 400, with: []string{`"Invalid permissions: `}},
		{name: "unknown", target: "99", body: `{"name":"Authors"}`, status: 404, equal: failure(404, "NotFoundError", "Role not found")},
		{name: "a word", target: "abc", body: `{"name":"Authors"}`, status: 404, equal: failure(404, "NotFoundError", "Role not found")},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newSite(t)
			_, err := s.Accounts.CreateRole(t.Context(), accounts.NewRole{Name: "Writers", Actions: []string{"api::article.article.find"}})
			if err != nil {
				t.Fatal(err)
			}
			x.method, x.target = "PUT", "/api/users-permissions/roles/"+x.target
			x.check(t, s.serve(t, x))
			role, actions, err := s.Accounts.Role(t.Context(), 3)
			if err != nil || role.Type != "writers" {
				t.Fatalf("role %+v, %v", role, err)
			}
			if changed := role.Name == "Authors"; changed != (x.status == 200) {
				t.Errorf("name %q", role.Name)
			}
			if kept := len(actions) == 1; kept == strings.Contains(x.body, `"permissions":{}`) {
				t.Errorf("actions %q", actions)
			}
		})
	}
}

func TestDeleteRoleEndpoint(t *testing.T) {
	s := newSite(t)
	for _, x := range []exchange{
		{target: "2", status: 400, equal: failure(400, "ApplicationError", "Cannot delete public role")},
		{target: "99", status: 404, equal: failure(404, "NotFoundError", "Role not found")},
		{target: "abc", status: 404, equal: failure(404, "NotFoundError", "Role not found")},
		{target: "1", status: 200, equal: okBody},
		{target: "1", status: 404},
	} {
		x.method, x.target = "DELETE", "/api/users-permissions/roles/"+x.target
		x.check(t, s.serve(t, x))
	}
}
