package policy

import (
	"maps"
	"slices"

	"github.com/gatewright/gatewright/store"
)

// Snapshot is one version of the policy, compiled. It is immutable and safe for concurrent use. The zero Snapshot has no
// roles and denies everything.
type Snapshot struct {
	roles   []store.Role
	byID    map[int64]*verdicts
	actions map[string]int // number of every action that some role may perform
	public  int64
}

// verdicts are the actions a role may perform.
type verdicts struct {
	role    store.Role
	allowed []uint64 // bit set by number of action; no longer than its highest bit needs
	count   int
}

// Build compiles a policy. casbin is asked about every pair of role and action that a grant names; what no grant names
// is denied without asking, as the model allows nothing without a rule. Grants of roles that are not among roles count
// for nothing, since both are read one after the other while a role may go; so do grants of what is no valid action.
func Build(roles []store.Role, grants []store.Grant) (*Snapshot, error) {
	s := &Snapshot{
		roles:   slices.Clone(roles),
		byID:    make(map[int64]*verdicts, len(roles)),
		actions: make(map[string]int),
	}
	for _, role := range roles {
		s.byID[role.ID] = &verdicts{role: role}
		if role.Type == store.RolePublic {
			s.public = role.ID
		}
	}
	rules := make(map[store.Grant][][]string, len(grants))
	for _, grant := range grants {
		if s.byID[grant.RoleID] != nil && ValidAction(grant.Action) == nil {
			rules[grant] = append(rules[grant], allowRule(subjectOf(grant.RoleID), grant.Action))
		}
	}
	if err := s.ask(rules); err != nil {
		return nil, err
	}
	return s, nil
}

// ask records casbin's verdict on each pair that has rules.
func (s *Snapshot) ask(rules map[store.Grant][][]string) error {
	judge, err := newJudge()
	if err != nil {
		return err
	}
	for pair, candidates := range rules {
		ok, err := judge.allows(subjectOf(pair.RoleID), pair.Action, candidates)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		number, known := s.actions[pair.Action]
		if !known {
			number = len(s.actions)
			s.actions[pair.Action] = number
		}
		s.byID[pair.RoleID].allow(number)
	}
	return nil
}

// Decide tells whether the role may perform the action, and why. It takes no lock and allocates nothing.
func (s *Snapshot) Decide(roleID int64, action string) Decision {
	v, ok := s.byID[roleID]
	if !ok {
		return Decision{Reason: NoSuchRole}
	}
	number, ok := s.actions[action]
	if !ok {
		return Decision{Reason: UnknownAction}
	}
	if !v.allows(number) {
		return Decision{Reason: NotGranted}
	}
	return Decision{Allowed: true, Reason: Granted}
}

// HasGrants reports whether there is an action that the role may perform. Anonymous requests are answered 401 instead
// of 403 where the public role has none.
func (s *Snapshot) HasGrants(roleID int64) bool {
	v, ok := s.byID[roleID]
	return ok && v.count > 0
}

// Roles returns the roles in the order Build was given them. The slice is the caller's.
func (s *Snapshot) Roles() []store.Role {
	return slices.Clone(s.roles)
}

// RoleByID returns the role with that id, and whether there is one.
func (s *Snapshot) RoleByID(id int64) (store.Role, bool) {
	v, ok := s.byID[id]
	if !ok {
		return store.Role{}, false
	}
	return v.role, true
}

// PublicRole returns the id of the role that anonymous requests have; 0, which no role has, when there is none.
func (s *Snapshot) PublicRole() int64 {
	return s.public
}

// Actions returns the actions that some role may perform, in order.
func (s *Snapshot) Actions() []string { return slices.Sorted(maps.Keys(s.actions)) }

// RolesAllowed returns the roles that may perform the action, in the order of Roles.
func (s *Snapshot) RolesAllowed(action string) []store.Role {
	var allowed []store.Role
	for _, role := range s.roles {
		if s.Decide(role.ID, action).Allowed {
			allowed = append(allowed, role)
		}
	}
	return allowed
}

func (v *verdicts) allow(number int) {
	if missing := number/64 + 1 - len(v.allowed); missing > 0 {
		v.allowed = append(v.allowed, make([]uint64, missing)...)
	}
	v.allowed[number/64] |= 1 << (number % 64)
	v.count++
}

func (v *verdicts) allows(number int) bool {
	return number/64 < len(v.allowed) && v.allowed[number/64]&(1<<(number%64)) != 0
}
