package storetest

import (
	"slices"
	"testing"

	"github.com/gatewright/gatewright/store"
)

var grantContracts = []contract{
	{"a new store has the seeded grants", grantsSeeded},
	{"set replaces all", grantsSet},
	{"set of nothing removes all", grantsSetNothing},
	{"set needs the role", grantsSetMissing},
	{"change adds and removes", grantsChange},
	{"change needs the role", grantsChangeMissing},
	{"all are ordered by role and action", grantsOrdered},
	{"a role that does not exist has none", grantsOfMissing},
}

func grantsSeeded(t *testing.T, s store.Store) {
	want := map[string][]string{
		store.RolePublic: {
			"plugin::users-permissions.auth.callback",
			"plugin::users-permissions.auth.connect",
			"plugin::users-permissions.auth.emailConfirmation",
			"plugin::users-permissions.auth.forgotPassword",
			"plugin::users-permissions.auth.refresh",
			"plugin::users-permissions.auth.register",
			"plugin::users-permissions.auth.resetPassword",
			"plugin::users-permissions.auth.sendEmailConfirmation",
		},
		store.RoleAuthenticated: {
			"plugin::users-permissions.auth.changePassword",
			"plugin::users-permissions.auth.getSessions",
			"plugin::users-permissions.auth.logout",
			"plugin::users-permissions.auth.revokeSession",
			"plugin::users-permissions.user.me",
		},
	}
	for roleType, actions := range want {
		wantGrants(t, s, roleOf(t, s, roleType).ID, actions...)
	}
	all, err := s.Grants(t.Context())
	noError(t, err)
	equal(t, len(all), 13)
}

func wantGrants(t *testing.T, s store.Grants, role int64, want ...string) {
	t.Helper()
	actions, err := s.GrantsOf(t.Context(), role)
	noError(t, err)
	equal(t, actions, want)
}

func grantsSet(t *testing.T, s store.Store) {
	editor, public := createRole(t, s, "editor"), roleOf(t, s, store.RolePublic)
	before, err := s.GrantsOf(t.Context(), public.ID)
	noError(t, err)
	noError(t, s.SetGrants(t.Context(), editor.ID, []string{"c", "a", "c"}))
	wantGrants(t, s, editor.ID, "a", "c")
	noError(t, s.SetGrants(t.Context(), editor.ID, []string{"b", "a"}))
	wantGrants(t, s, editor.ID, "a", "b")
	wantGrants(t, s, public.ID, before...)
}

func grantsSetNothing(t *testing.T, s store.Store) {
	public := roleOf(t, s, store.RolePublic)
	noError(t, s.SetGrants(t.Context(), public.ID, nil))
	wantGrants(t, s, public.ID)
}

func grantsSetMissing(t *testing.T, s store.Store) {
	wantError(t, s.SetGrants(t.Context(), missingID, []string{"a"}), store.ErrNotFound)
	wantError(t, s.SetGrants(t.Context(), missingID, nil), store.ErrNotFound)
}

func grantsChange(t *testing.T, s store.Store) {
	editor := createRole(t, s, "editor")
	noError(t, s.ChangeGrants(t.Context(), editor.ID, []string{"b", "a", "a"}, nil))
	wantGrants(t, s, editor.ID, "a", "b")
	noError(t, s.ChangeGrants(t.Context(), editor.ID, []string{"a", "c"}, []string{"b", "missing"}))
	wantGrants(t, s, editor.ID, "a", "c")
	noError(t, s.ChangeGrants(t.Context(), editor.ID, []string{"d", "a"}, []string{"d", "a"}))
	wantGrants(t, s, editor.ID, "c")
	noError(t, s.ChangeGrants(t.Context(), editor.ID, nil, nil))
	wantGrants(t, s, editor.ID, "c")
}

func grantsChangeMissing(t *testing.T, s store.Store) {
	wantError(t, s.ChangeGrants(t.Context(), missingID, []string{"a"}, nil), store.ErrNotFound)
	wantError(t, s.ChangeGrants(t.Context(), missingID, nil, []string{"a"}), store.ErrNotFound)
}

func grantsOrdered(t *testing.T, s store.Store) {
	editor := createRole(t, s, "editor")
	noError(t, s.SetGrants(t.Context(), editor.ID, []string{"b", "a", "A", "a.b"}))
	all, err := s.Grants(t.Context())
	noError(t, err)
	ordered := slices.IsSortedFunc(all, func(a, b store.Grant) int {
		if a.RoleID != b.RoleID {
			return int(a.RoleID - b.RoleID)
		}
		if a.Action < b.Action {
			return -1
		}
		return 1
	})
	if !ordered {
		t.Errorf("got %v, want the order of role ids and actions", all)
	}
	equal(t, all[13:], []store.Grant{
		{RoleID: editor.ID, Action: "A"},
		{RoleID: editor.ID, Action: "a"},
		{RoleID: editor.ID, Action: "a.b"},
		{RoleID: editor.ID, Action: "b"},
	})
}

func grantsOfMissing(t *testing.T, s store.Store) {
	wantGrants(t, s, missingID)
}
