package policy

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/casbin/casbin/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/store"
)

// fullEnforcer is casbin as one would use it without a snapshot: with all rules at once.
func fullEnforcer(t testing.TB, grants []store.Grant) *casbin.Enforcer {
	t.Helper()
	e, err := newEnforcer()
	if err != nil {
		t.Fatal(err)
	}
	if len(grants) == 0 {
		return e
	}
	if _, err := e.AddPolicies(rulesOf(grants)); err != nil {
		t.Fatal(err)
	}
	return e
}

func rulesOf(grants []store.Grant) [][]string {
	rules := make([][]string, 0, len(grants))
	for _, g := range grants {
		rules = append(rules, allowRule(subjectOf(g.RoleID), g.Action))
	}
	return rules
}

// The snapshot must give the verdicts that casbin gives over the whole policy.
func TestSnapshotEqualsCasbin(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var actions []string
	for i := range 12 {
		actions = append(actions, fmt.Sprintf("api::type.type.action%d", i))
	}
	asked := append(actions, "api::type.type.action", "api::type.type.ACTION1", "api::never.granted.find", "", "*")
	for round := range 40 {
		var roles []store.Role
		for id := range int64(random.IntN(8)) {
			roles = append(roles, store.Role{ID: id + 1})
		}
		granted := map[store.Grant]bool{}
		for range random.IntN(40) {
			// Some grants are of roles that do not exist.
			granted[store.Grant{RoleID: 1 + random.Int64N(10), Action: actions[random.IntN(len(actions))]}] = true
		}
		var grants []store.Grant
		for g := range granted {
			grants = append(grants, g)
		}
		snapshot, err := Build(roles, grants)
		if err != nil {
			t.Fatal(err)
		}
		full := fullEnforcer(t, grants)
		for _, role := range roles {
			for _, action := range asked {
				want, err := full.Enforce(subjectOf(role.ID), action)
				if err != nil {
					t.Fatal(err)
				}
				if got := snapshot.Decide(role.ID, action); got.Allowed != want {
					t.Fatalf("round %d, role %d, action %q: got %v, casbin says %v", round, role.ID, action, got, want)
				}
			}
		}
	}
}

func TestJudgeLeavesTheVerdictToCasbin(t *testing.T) {
	j, err := newJudge()
	if err != nil {
		t.Fatal(err)
	}
	allow, deny := allowRule("role:1", find), []string{"role:1", find, "deny"}
	for _, test := range []struct {
		name            string
		subject, action string
		rules           [][]string
		want            bool
	}{
		{"no rule", "role:1", find, nil, false},
		{"allowed", "role:1", find, [][]string{allow}, true},
		{"denied", "role:1", find, [][]string{deny}, false},
		{"a denial overrides", "role:1", find, [][]string{allow, deny}, false},
		{"a denial overrides, whatever the order", "role:1", find, [][]string{deny, allow}, false},
		{"the same rule twice", "role:1", find, [][]string{allow, allow}, true},
		{"another role", "role:10", find, [][]string{allow}, false},
		{"another action", "role:1", find + "One", [][]string{allow}, false},
		{"after all those", "role:1", find, [][]string{allow}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := j.allows(test.subject, test.action, test.rules)
			if err != nil || got != test.want {
				t.Errorf("got %v, error %v", got, err)
			}
		})
	}
	if _, err := j.allows("role:1", find, [][]string{{"too", "short"}}); err == nil {
		t.Error("a broken rule is no error")
	}
}

func TestDecide(t *testing.T) {
	roles := []store.Role{{ID: 1, Type: store.RoleAuthenticated}, {ID: 2, Type: store.RolePublic}, {ID: 7, Type: "editor"}}
	const create, removed = "api::article.article.create", "api::article.article.delete"
	snapshot, err := Build(roles, []store.Grant{
		{RoleID: 1, Action: find},
		{RoleID: 7, Action: find},
		{RoleID: 7, Action: create},
		{RoleID: 7, Action: create},
		{RoleID: 99, Action: removed},
		{RoleID: 2, Action: ""},
		{RoleID: 2, Action: "nonsense"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		role   int64
		action string
		want   Decision
	}{
		{"granted", 1, find, Decision{true, Granted}},
		{"another grant", 7, create, Decision{true, Granted}},
		{"not granted", 1, create, Decision{false, NotGranted}},
		{"public without grants", 2, find, Decision{false, NotGranted}},
		{"nobody's action", 7, "api::article.article.update", Decision{false, UnknownAction}},
		{"action in another case", 7, "api::article.article.Find", Decision{false, UnknownAction}},
		{"grant of a role that is gone", 7, removed, Decision{false, UnknownAction}},
		{"role that is gone", 99, removed, Decision{false, NoSuchRole}},
		{"no role", 0, find, Decision{false, NoSuchRole}},
		{"negative role", -1, find, Decision{false, NoSuchRole}},
		{"empty action", 2, "", Decision{false, UnknownAction}},
		{"invalid action", 2, "nonsense", Decision{false, UnknownAction}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := snapshot.Decide(test.role, test.action); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	for id, want := range map[int64]bool{1: true, 7: true, 2: false, 99: false, 0: false} {
		if got := snapshot.HasGrants(id); got != want {
			t.Errorf("HasGrants(%d) = %v", id, got)
		}
	}
}

func TestSnapshotRoles(t *testing.T) {
	description := "Writes."
	roles := []store.Role{
		{ID: 1, Type: store.RoleAuthenticated},
		{ID: 2, Type: store.RolePublic},
		{ID: 7, Type: "editor", Name: "Editor", Description: &description},
	}
	snapshot, err := Build(roles, []store.Grant{{RoleID: 7, Action: find}, {RoleID: 1, Action: find}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(roles, snapshot.Roles()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]store.Role{roles[0], roles[2]}, snapshot.RolesAllowed(find)); diff != "" {
		t.Error(diff)
	}
	if got := snapshot.RolesAllowed("api::a.a.find"); got != nil {
		t.Errorf("got %v", got)
	}
	if got := snapshot.PublicRole(); got != 2 {
		t.Errorf("public role %d", got)
	}
	if got, ok := snapshot.RoleByID(7); !ok || got.Name != "Editor" {
		t.Errorf("got %v, %v", got, ok)
	}
	if got, ok := snapshot.RoleByID(3); ok || got.ID != 0 {
		t.Errorf("got %v, %v", got, ok)
	}
}

func TestZeroValuesDeny(t *testing.T) {
	var decision Decision
	if decision.Allowed || decision.Reason != Undecided {
		t.Errorf("got %v", decision)
	}
	var snapshot Snapshot
	if got := snapshot.Decide(1, find); got.Allowed || snapshot.HasGrants(1) || snapshot.PublicRole() != 0 {
		t.Errorf("got %v", got)
	}
	for reason, want := range map[Reason]string{
		Undecided: "undecided", Granted: "granted", NotGranted: "not granted", NoSuchRole: "no such role",
		UnknownAction: "unknown action", -1: "Reason(-1)",
	} {
		if reason.String() != want {
			t.Errorf("got %q, want %q", reason, want)
		}
	}
}

func TestDecideDoesNotAllocate(t *testing.T) {
	snapshot, err := Build(spread(20, 1000))
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{"api::type-19.type-19.action-49", "api::type-0.type-0.action-0", "api::a.a.find"} {
		if n := testing.AllocsPerRun(100, func() { snapshot.Decide(20, action) }); n != 0 {
			t.Errorf("%s: %v allocations", action, n)
		}
	}
}
