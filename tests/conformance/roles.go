package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const rolesPath = "/users-permissions/roles"

// role is a role as the administration lists it.
type role struct {
	ID         json.Number `json:"id"`
	DocumentID any         `json:"documentId"`
	Name       string      `json:"name"`
	Type       string      `json:"type"`
}

// values are what scenarios may refer to.
func (r role) values() Variables {
	return Variables{"id": r.ID, "documentId": r.DocumentID, "name": r.Name, "type": r.Type}
}

// roleTree is a role with the tree of its permissions.
type roleTree struct {
	role
	Description any            `json:"description"`
	Permissions permissionTree `json:"permissions"`
}

// permissionTree holds the actions of each API or plugin, by controller.
type permissionTree map[string]struct {
	Controllers map[string]map[string]any `json:"controllers"`
}

func (t *Target) roles(ctx context.Context) ([]role, error) {
	var body struct {
		Roles []role `json:"roles"`
	}
	err := t.admin(ctx, http.MethodGet, rolesPath, nil, &body)
	return body.Roles, err
}

func (t *Target) roleTree(ctx context.Context, id string) (roleTree, error) {
	var body struct {
		Role roleTree `json:"role"`
	}
	err := t.admin(ctx, http.MethodGet, rolesPath+"/"+id, nil, &body)
	return body.Role, err
}

// putTree replaces the permissions of a role.
func (t *Target) putTree(ctx context.Context, r roleTree, permissions permissionTree) error {
	return t.admin(ctx, http.MethodPut, rolesPath+"/"+r.ID.String(), map[string]any{
		"name": r.Name, "description": r.Description, "permissions": permissions,
	}, nil)
}

// addRole makes a role that may do the given actions and finds it in the list.
func (t *Target) addRole(ctx context.Context, name, description string, allow []string) (role, error) {
	known, err := t.roles(ctx)
	if err != nil {
		return role{}, err
	}
	permissions, err := permissionTree{}.with(allow, true)
	if err != nil {
		return role{}, err
	}
	payload := map[string]any{"name": name, "description": description, "permissions": permissions}
	if err := t.admin(ctx, http.MethodPost, rolesPath, payload, nil); err != nil {
		return role{}, err
	}
	all, err := t.roles(ctx)
	if err != nil {
		return role{}, err
	}
	isNew := func(r role) bool {
		return !slices.ContainsFunc(known, func(other role) bool { return other.ID == r.ID })
	}
	if i := slices.IndexFunc(all, isNew); i >= 0 {
		return all[i], nil
	}
	return role{}, fmt.Errorf("the role %q was made and is not listed", name)
}

func (t *Target) removeRole(ctx context.Context, r role) error {
	return t.admin(ctx, http.MethodDelete, rolesPath+"/"+r.ID.String(), nil, nil)
}

// with returns a copy of the tree in which the actions, such as "api::article.article.find", are switched on or off.
func (p permissionTree) with(actions []string, enabled bool) (permissionTree, error) {
	raw, err := encodeJSON(p)
	if err != nil {
		return nil, err
	}
	changed := permissionTree{}
	if err := decodeJSON(raw, &changed); err != nil {
		return nil, err
	}
	for _, action := range actions {
		parts := strings.Split(action, ".")
		if len(parts) != 3 {
			return nil, fmt.Errorf("%q is not an action", action)
		}
		changed.set(parts[0], parts[1], parts[2], enabled)
	}
	return changed, nil
}

func (p permissionTree) set(kind, controller, action string, enabled bool) {
	branch := p[kind]
	if branch.Controllers == nil {
		branch.Controllers = make(map[string]map[string]any)
		p[kind] = branch
	}
	if branch.Controllers[controller] == nil {
		branch.Controllers[controller] = make(map[string]any)
	}
	branch.Controllers[controller][action] = map[string]any{"enabled": enabled, "policy": ""}
}
