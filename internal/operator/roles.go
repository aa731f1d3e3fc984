package operator

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/store"
)

// Role is a role as commands show it.
type Role struct {
	ID          int64    `json:"id"`
	Type        string   `json:"type"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Users       int64    `json:"users"`
	Actions     []string `json:"actions"`
}

// role finds a role by its type, its id or its name.
func (o *Operator) role(ctx context.Context, ref string) (store.Role, error) {
	roles, err := o.Accounts.Roles(ctx)
	if err != nil {
		return store.Role{}, err
	}
	for _, matches := range []func(store.Role) bool{
		func(r store.Role) bool { return r.Type == ref },
		func(r store.Role) bool { return strconv.FormatInt(r.ID, 10) == ref },
		func(r store.Role) bool { return strings.EqualFold(r.Name, ref) },
	} {
		if i := slices.IndexFunc(roles, matches); i >= 0 {
			return roles[i], nil
		}
	}
	types := make([]string, len(roles))
	for i, r := range roles {
		types[i] = r.Type
	}
	return store.Role{}, usage("there is no role %q; there are %s", ref, strings.Join(types, ", "))
}

// ListRoles shows all roles with the number of their actions in Actions' length.
func (o *Operator) ListRoles(ctx context.Context, _ None) ([]Role, error) {
	roles, err := o.Accounts.Roles(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Role, len(roles))
	for i, r := range roles {
		if list[i], err = o.show(ctx, r.ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (o *Operator) show(ctx context.Context, id int64) (Role, error) {
	role, actions, err := o.Accounts.Role(ctx, id)
	if err != nil {
		return Role{}, err
	}
	shown := Role{ID: role.ID, Type: role.Type, Name: role.Name, Users: role.Users, Actions: actions}
	if role.Description != nil {
		shown.Description = *role.Description
	}
	return shown, nil
}

// RoleArgs name a role by type, name or id.
type RoleArgs struct {
	Role string `json:"role"`
}

// ShowRole shows a role and what it may do.
func (o *Operator) ShowRole(ctx context.Context, a RoleArgs) (Role, error) {
	role, err := o.role(ctx, a.Role)
	if err != nil {
		return Role{}, err
	}
	return o.show(ctx, role.ID)
}

// GrantArgs are the arguments of Grant and Revoke.
type GrantArgs struct {
	Role    string   `json:"role"`
	Actions []string `json:"actions"`
	// Anyway grants actions that no route asks for.
	Anyway bool `json:"anyway"`
}

// Grant allows a role actions. One that no route asks for is most likely misspelt, and refused unless Anyway is set.
func (o *Operator) Grant(ctx context.Context, a GrantArgs) (Role, error) {
	role, err := o.grantee(ctx, a)
	if err != nil {
		return Role{}, err
	}
	known := o.actions()
	for _, action := range a.Actions {
		if !a.Anyway && !slices.Contains(known, action) {
			return Role{}, usage("no route asks for %s, so granting it would change nothing; routes ask for\n  %s\n"+
				"Grant it all the same with --anyway", action, strings.Join(known, "\n  "))
		}
	}
	if err := o.Accounts.ChangeGrants(ctx, role.ID, a.Actions, nil); err != nil {
		return Role{}, err
	}
	return o.show(ctx, role.ID)
}

// Revoke takes actions from a role. Those that it does not have are an error, and nothing is taken then.
func (o *Operator) Revoke(ctx context.Context, a GrantArgs) (Role, error) {
	role, err := o.grantee(ctx, a)
	if err != nil {
		return Role{}, err
	}
	shown, err := o.show(ctx, role.ID)
	if err != nil {
		return Role{}, err
	}
	for _, action := range a.Actions {
		if !slices.Contains(shown.Actions, action) {
			return Role{}, usage("%s may not do %s, so there is nothing to take", role.Type, action)
		}
	}
	if err := o.Accounts.ChangeGrants(ctx, role.ID, nil, a.Actions); err != nil {
		return Role{}, err
	}
	return o.show(ctx, role.ID)
}

func (o *Operator) grantee(ctx context.Context, a GrantArgs) (store.Role, error) {
	if len(a.Actions) == 0 {
		return store.Role{}, usage("name at least one action, such as api::article.article.find")
	}
	for _, action := range a.Actions {
		if err := policy.ValidAction(action); err != nil {
			return store.Role{}, usage("%v", err)
		}
	}
	return o.role(ctx, a.Role)
}

// Route is a route as commands show it.
type Route struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Access string `json:"access"` // "action", "public" or "authenticated"
	Action string `json:"action,omitempty"`
	Source string `json:"source"`
	// Roles are the types of the roles that may use it; "everyone" and "signed-in users" where no action is asked for.
	Roles []string `json:"roles"`
}

// ListRoutes shows every route, its action, and who may use it.
func (o *Operator) ListRoutes(context.Context, None) ([]Route, error) {
	snapshot := o.Policy.Snapshot()
	routes := o.Routes()
	list := make([]Route, len(routes))
	for i, r := range routes {
		list[i] = Route{
			Method: r.Method, Path: r.Pattern, Access: r.Access.String(), Action: r.Action, Source: r.Source, Roles: []string{},
		}
		switch r.Access {
		case policy.Public:
			list[i].Roles = append(list[i].Roles, "everyone")
		case policy.Authenticated:
			list[i].Roles = append(list[i].Roles, "signed-in users")
		case policy.RequireAction:
			for _, role := range snapshot.RolesAllowed(r.Action) {
				list[i].Roles = append(list[i].Roles, role.Type)
			}
		}
	}
	return list, nil
}
