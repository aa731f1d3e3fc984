package storetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gatewright/gatewright/store"
)

var roleContracts = []contract{
	{"a new store has the seeded roles", rolesSeeded},
	{"create sets id, documentId and times", roleCreate},
	{"a missing description stays missing", roleDescription},
	{"type and documentId are unique", roleUnique},
	{"names may repeat", roleNameRepeats},
	{"a missing role is not found", roleMissing},
	{"reads count users and writes do not", roleUserCount},
	{"update replaces and keeps id, documentId and createdAt", roleUpdate},
	{"update that fails leaves all unchanged", roleUpdateRefused},
	{"update refuses a taken type", roleUpdateConflict},
	{"delete removes grants and moves users", roleDelete},
	{"delete of many users is one change", roleDeleteMany},
	{"delete needs both roles and that they differ", roleDeleteRefused},
	{"ids are not used again", roleIDNotReused},
}

func rolesSeeded(t *testing.T, s store.Store) {
	roles, err := s.Roles(t.Context())
	noError(t, err)
	want := []store.Role{
		{
			ID: 1, Name: "Authenticated", Type: "authenticated",
			Description: new("Default role given to authenticated user."),
		},
		{
			ID: 2, Name: "Public", Type: "public",
			Description: new("Default role given to unauthenticated user."),
		},
	}
	set := cmpopts.IgnoreFields(store.Role{}, "DocumentID", "CreatedAt", "UpdatedAt", "PublishedAt")
	if diff := cmp.Diff(want, roles, set); diff != "" {
		t.Errorf("unexpected roles (-want +got):\n%s", diff)
	}
	for _, role := range roles {
		if len(role.DocumentID) != 24 || time.Since(role.CreatedAt) > time.Hour {
			t.Errorf("got %+v, want a documentId and the time of now", role)
		}
	}
}

func roleCreate(t *testing.T, s store.Store) {
	given := store.Role{ID: missingID, Name: "Editor", Description: new(""), Type: "editor", Users: 7}
	role, err := s.CreateRole(t.Context(), given)
	noError(t, err)
	if role.ID <= 2 || role.ID == missingID || len(role.DocumentID) != 24 || role.CreatedAt.IsZero() ||
		role.UpdatedAt.IsZero() || role.PublishedAt.IsZero() {
		t.Errorf("got %+v, want id, documentId and times set", role)
	}
	given.ID, given.DocumentID, given.Users = role.ID, role.DocumentID, 0
	given.CreatedAt, given.UpdatedAt, given.PublishedAt = role.CreatedAt, role.UpdatedAt, role.PublishedAt
	equal(t, role, given)

	byID, err := s.Role(t.Context(), role.ID)
	noError(t, err)
	equal(t, byID, role)
	equal(t, roleOf(t, s, "editor"), role)
	roles, err := s.Roles(t.Context())
	noError(t, err)
	equal(t, roles[len(roles)-1], role)
}

func roleDescription(t *testing.T, s store.Store) {
	created := createRole(t, s, "editor")
	if read := roleOf(t, s, "editor"); created.Description != nil || read.Description != nil {
		t.Errorf("got a description, want nil")
	}
}

func roleUnique(t *testing.T, s store.Store) {
	editor := createRole(t, s, "editor")
	_, err := s.CreateRole(t.Context(), store.Role{Name: "Other", Type: "editor"})
	wantConflict(t, err, "role", "type")
	_, err = s.CreateRole(t.Context(), store.Role{Name: "Other", Type: "other", DocumentID: editor.DocumentID})
	wantConflict(t, err, "role", "documentId")
}

func roleNameRepeats(t *testing.T, s store.Store) {
	for _, roleType := range []string{"a", "b"} {
		_, err := s.CreateRole(t.Context(), store.Role{Name: "Same", Type: roleType})
		noError(t, err)
	}
}

func roleMissing(t *testing.T, s store.Store) {
	_, err := s.Role(t.Context(), missingID)
	wantError(t, err, store.ErrNotFound)
	_, err = s.RoleByType(t.Context(), "PUBLIC")
	wantError(t, err, store.ErrNotFound)
	_, err = s.RoleByType(t.Context(), "")
	wantError(t, err, store.ErrNotFound)
	_, err = s.UpdateRole(t.Context(), missingID, func(r store.Role) (store.Role, error) { return r, nil })
	wantError(t, err, store.ErrNotFound)
}

func roleUserCount(t *testing.T, s store.Store) {
	public := roleOf(t, s, store.RolePublic)
	for _, name := range []string{"a", "b"} {
		u := account(name)
		u.RoleID = public.ID
		createUser(t, s, u)
	}
	public.Users = 2
	equal(t, roleOf(t, s, store.RolePublic), public)
	updated, err := s.UpdateRole(t.Context(), public.ID, func(r store.Role) (store.Role, error) {
		equal(t, r.Users, int64(2))
		r.Users = 9
		return r, nil
	})
	noError(t, err)
	read, err := s.Role(t.Context(), public.ID)
	noError(t, err)
	equal(t, read.Users, int64(2))
	equal(t, updated, read)
	equal(t, roleOf(t, s, store.RoleAuthenticated).Users, int64(0))
}

func roleUpdate(t *testing.T, s store.Store) {
	editor := createRole(t, s, "editor")
	updated, err := s.UpdateRole(t.Context(), editor.ID, func(r store.Role) (store.Role, error) {
		equal(t, r, editor)
		return store.Role{
			ID: 1, DocumentID: "other", Name: "Writer", Description: new("Writes."), Type: "writer",
			PublishedAt: r.PublishedAt,
		}, nil
	})
	noError(t, err)
	want := editor
	want.Name, want.Description, want.Type, want.UpdatedAt = "Writer", new("Writes."), "writer", updated.UpdatedAt
	equal(t, updated, want)
	equal(t, roleOf(t, s, "writer"), want)
	_, err = s.RoleByType(t.Context(), "editor")
	wantError(t, err, store.ErrNotFound)
}

func roleUpdateRefused(t *testing.T, s store.Store) {
	editor := createRole(t, s, "editor")
	_, err := s.UpdateRole(t.Context(), editor.ID, func(r store.Role) (store.Role, error) {
		r.Name = "changed"
		return r, errTest
	})
	if err != errTest { //nolint:errorlint // the contract is: unchanged, not wrapped
		t.Errorf("got error %v, want that of change itself", err)
	}
	equal(t, roleOf(t, s, "editor"), editor)
}

func roleUpdateConflict(t *testing.T, s store.Store) {
	editor := createRole(t, s, "editor")
	_, err := s.UpdateRole(t.Context(), editor.ID, func(r store.Role) (store.Role, error) {
		r.Type = store.RolePublic
		return r, nil
	})
	wantConflict(t, err, "role", "type")
	equal(t, roleOf(t, s, "editor"), editor)
}

func roleDelete(t *testing.T, s store.Store) {
	editor, public := createRole(t, s, "editor"), roleOf(t, s, store.RolePublic)
	noError(t, s.SetGrants(t.Context(), editor.ID, []string{"a", "b"}))
	a, b, c := account("a"), account("b"), account("c")
	a.RoleID, b.RoleID = editor.ID, editor.ID
	a, b, c = createUser(t, s, a), createUser(t, s, b), createUser(t, s, c)
	last, err := s.LastChange(t.Context())
	noError(t, err)

	moved, err := s.DeleteRole(t.Context(), editor.ID, public.ID)
	noError(t, err)
	equal(t, moved, int64(2))
	_, err = s.Role(t.Context(), editor.ID)
	wantError(t, err, store.ErrNotFound)
	actions, err := s.GrantsOf(t.Context(), editor.ID)
	noError(t, err)
	equal(t, actions, []string{})
	for id, want := range map[int64]int64{a.ID: public.ID, b.ID: public.ID, c.ID: 0} {
		u, err := s.User(t.Context(), id)
		noError(t, err)
		equal(t, u.RoleID, want)
	}
	changes, _, err := s.ChangesSince(t.Context(), last)
	noError(t, err)
	equal(t, subjects(changes), map[store.ChangeKind][]string{
		store.ChangeUser:   {strconv.FormatInt(a.ID, 10), strconv.FormatInt(b.ID, 10)},
		store.ChangePolicy: {strconv.FormatInt(editor.ID, 10)},
	})
}

func roleDeleteMany(t *testing.T, s store.Store) {
	editor, public := createRole(t, s, "editor"), roleOf(t, s, store.RolePublic)
	noError(t, s.Tx(t.Context(), func(tx store.Store) error {
		for i := range 1001 {
			u := account("user" + strconv.Itoa(i))
			u.RoleID = editor.ID
			if _, err := tx.CreateUser(t.Context(), u); err != nil {
				return err
			}
		}
		return nil
	}))
	last, err := s.LastChange(t.Context())
	noError(t, err)
	moved, err := s.DeleteRole(t.Context(), editor.ID, public.ID)
	noError(t, err)
	equal(t, moved, int64(1001))
	changes, _, err := s.ChangesSince(t.Context(), last)
	noError(t, err)
	equal(t, subjects(changes)[store.ChangeUser], []string{""})
}

func roleDeleteRefused(t *testing.T, s store.Store) {
	editor := createRole(t, s, "editor")
	_, err := s.DeleteRole(t.Context(), missingID, editor.ID)
	wantError(t, err, store.ErrNotFound)
	_, err = s.DeleteRole(t.Context(), editor.ID, missingID)
	wantError(t, err, store.ErrNotFound)
	if _, err = s.DeleteRole(t.Context(), editor.ID, editor.ID); err == nil {
		t.Error("a role inherited its own users")
	}
	equal(t, roleOf(t, s, "editor"), editor)
}

func roleIDNotReused(t *testing.T, s store.Store) {
	first := createRole(t, s, "first")
	_, err := s.DeleteRole(t.Context(), first.ID, roleOf(t, s, store.RolePublic).ID)
	noError(t, err)
	if second := createRole(t, s, "second"); second.ID == first.ID {
		t.Errorf("id %d was used again", second.ID)
	}
}
