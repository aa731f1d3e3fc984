package accounts_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

var articleActions = []string{"api::article.article.find", "api::article.article.findOne"}

func TestCreateRole(t *testing.T) {
	for _, c := range []struct {
		name     string
		role     accounts.NewRole
		wantType string
		want     error
	}{
		{"type from the name", accounts.NewRole{Name: "Éditeur en Chef"}, "editeur_en_chef", nil},
		{"type given", accounts.NewRole{Name: "Editor", Type: "My Type"}, "My Type", nil},
		{"seeded type", accounts.NewRole{Name: "Public"}, "", accounts.ErrRoleType},
		{"seeded type given", accounts.NewRole{Name: "Editor", Type: "authenticated"}, "", accounts.ErrRoleType},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			c.role.Actions = append([]string{articleActions[1]}, articleActions...)
			c.role.Description = new("")
			role, err := s.CreateRole(t.Context(), c.role)
			wantError(t, err, c.want)
			if c.want != nil {
				return
			}
			read, actions, err := s.Role(t.Context(), role.ID)
			noError(t, err)
			if read.Type != c.wantType || read.Name != c.role.Name || *read.Description != "" {
				t.Errorf("role %+v", read)
			}
			if diff := cmp.Diff(articleActions, actions); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRoleRules(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		name  string
		role  accounts.NewRole
		field string
		rule  accounts.Rule
	}{
		{"no name", accounts.NewRole{Type: "x"}, "name", accounts.RuleTooShort},
		{"long name", accounts.NewRole{Name: strings.Repeat("x", 256), Type: "x"}, "name", accounts.RuleTooLong},
		{"control characters", accounts.NewRole{Name: "a\nb"}, "name", accounts.RuleControl},
		{"NUL", accounts.NewRole{Name: "a\x00b"}, "name", accounts.RuleControl},
		{"no letter in the name", accounts.NewRole{Name: "!!!"}, "type", accounts.RuleTooShort},
		{
			"long description",
			accounts.NewRole{Name: "x", Description: new(strings.Repeat("é", 1025))},
			"description", accounts.RuleTooLong,
		},
		{
			"escape sequence in the description",
			accounts.NewRole{Name: "x", Description: new("\x1b[2J")},
			"description", accounts.RuleControl,
		},
		{"long type", accounts.NewRole{Name: "x", Type: strings.Repeat("x", 256)}, "type", accounts.RuleTooLong},
	} {
		_, err := s.CreateRole(t.Context(), c.role)
		fields, _ := errors.AsType[accounts.FieldErrors](err)
		if len(fields) != 1 || fields[0].Field != c.field || fields[0].Rule != c.rule {
			t.Errorf("%s: error = %v", c.name, err)
		}
	}
	public := s.role(t, store.RolePublic)
	for _, name := range []string{"", strings.Repeat("x", 256), "a\x7fb"} {
		err := s.UpdateRole(t.Context(), public.ID, accounts.RoleChange{Name: &name})
		if _, ok := errors.AsType[accounts.FieldErrors](err); !ok {
			t.Errorf("renaming to %q: error = %v", name, err)
		}
	}
	for _, description := range []string{strings.Repeat("x", 1025), "a\x1bb"} {
		err := s.UpdateRole(t.Context(), public.ID, accounts.RoleChange{Description: &description})
		if _, ok := errors.AsType[accounts.FieldErrors](err); !ok {
			t.Errorf("description %q: error = %v", description, err)
		}
	}
	noError(t, s.UpdateRole(t.Context(), public.ID, accounts.RoleChange{Description: new(strings.Repeat("é", 1024))}))
	roles, err := s.Roles(t.Context())
	if err != nil || len(roles) != 2 || roles[1].Name != "Public" {
		t.Errorf("roles %+v, %v", roles, err)
	}
}

func TestUpdateRole(t *testing.T) {
	s := newSite(t)
	role, err := s.CreateRole(t.Context(), accounts.NewRole{Name: "Writer", Actions: articleActions})
	noError(t, err)
	for _, c := range []struct {
		name        string
		change      accounts.RoleChange
		wantName    string
		description *string
		actions     []string
	}{
		{"nothing", accounts.RoleChange{}, "Writer", nil, articleActions},
		{"name", accounts.RoleChange{Name: new("Author")}, "Author", nil, articleActions},
		{"description", accounts.RoleChange{Description: new("d")}, "Author", new("d"), articleActions},
		{"actions", accounts.RoleChange{Actions: &[]string{"api::a.a.b"}}, "Author", new("d"), []string{"api::a.a.b"}},
		{"no action", accounts.RoleChange{Actions: &[]string{}}, "Author", new("d"), nil},
	} {
		noError(t, s.UpdateRole(t.Context(), role.ID, c.change))
		read, actions, err := s.Role(t.Context(), role.ID)
		noError(t, err)
		want := role
		want.Name, want.Description, want.UpdatedAt = c.wantName, c.description, read.UpdatedAt
		if diff := cmp.Diff(want, read) + cmp.Diff(c.actions, actions); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	noError(t, s.ChangeGrants(t.Context(), role.ID, []string{"api::b.b.c", "api::b.b.d"}, []string{"api::b.b.d"}))
	if _, actions, _ := s.Role(t.Context(), role.ID); !cmp.Equal(actions, []string{"api::b.b.c"}) {
		t.Errorf("actions %q", actions)
	}
	for _, id := range []int64{0, -1, 99} {
		wantError(t, s.UpdateRole(t.Context(), id, accounts.RoleChange{Name: new("x")}), accounts.ErrRoleNotFound)
		wantError(t, s.ChangeGrants(t.Context(), id, articleActions, nil), accounts.ErrRoleNotFound)
		_, _, err := s.Role(t.Context(), id)
		wantError(t, err, accounts.ErrRoleNotFound)
	}
}

func TestDeleteRole(t *testing.T) {
	s := newSite(t)
	public := s.role(t, store.RolePublic)
	writer, err := s.CreateRole(t.Context(), accounts.NewRole{Name: "Writer"})
	noError(t, err)
	alice := s.register(t, "alice")
	_, err = s.UpdateUser(t.Context(), alice.ID, accounts.UserChange{Role: &accounts.RoleRef{ID: writer.ID}})
	noError(t, err)

	moved, err := s.DeleteRole(t.Context(), writer.ID)
	if err != nil || moved != 1 {
		t.Errorf("moved %d, %v", moved, err)
	}
	if user, _ := s.User(t.Context(), alice.ID); user.RoleID != public.ID {
		t.Errorf("role %d, want the public one", user.RoleID)
	}
	_, err = s.DeleteRole(t.Context(), public.ID)
	wantError(t, err, accounts.ErrFixedRole)
	for _, id := range []int64{0, writer.ID, 99} {
		_, err = s.DeleteRole(t.Context(), id)
		wantError(t, err, accounts.ErrRoleNotFound)
	}
	// The default role may go, as in Strapi; signing up says so.
	_, err = s.DeleteRole(t.Context(), s.role(t, store.RoleAuthenticated).ID)
	noError(t, err)
	_, _, err = s.Register(t.Context(), registration("bobby"))
	wantError(t, err, accounts.ErrNoDefaultRole)
}
