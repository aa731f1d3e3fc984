package policy

import "slices"

// Tree is the permissions of a role as clients of Strapi see them: type, controller, action. In JSON:
//
//	{"api::article": {"controllers": {"article": {"find": {"enabled": true, "policy": ""}}}}}
type Tree map[string]TypePermissions

// TypePermissions are the permissions for a content type or a plugin.
type TypePermissions struct {
	Controllers map[string]ControllerPermissions `json:"controllers"`
}

// ControllerPermissions are the permissions for a controller, by the name of the action.
type ControllerPermissions map[string]Permission

// Permission says whether an action is allowed.
type Permission struct {
	Enabled bool   `json:"enabled"`
	Policy  string `json:"policy"` // has no meaning; clients expect the field, empty
}

// NewTree returns the tree that has every action of the catalogue, enabled where the function says so. A text that is
// no action is left out.
func NewTree(catalogue []string, enabled func(action string) bool) Tree {
	tree := Tree{}
	for _, action := range catalogue {
		uid, controller, name, err := SplitAction(action)
		if err != nil {
			continue
		}
		tree.put(uid, controller, name, Permission{Enabled: enabled(action)})
	}
	return tree
}

// Enabled returns the actions that are enabled, in order.
func (t Tree) Enabled() []string {
	var actions []string
	for uid, permissions := range t {
		for controller, names := range permissions.Controllers {
			for name, permission := range names {
				if permission.Enabled {
					actions = append(actions, uid+"."+controller+"."+name)
				}
			}
		}
	}
	slices.Sort(actions)
	return actions
}

func (t Tree) put(uid, controller, name string, p Permission) {
	permissions, ok := t[uid]
	if !ok {
		permissions = TypePermissions{Controllers: map[string]ControllerPermissions{}}
		t[uid] = permissions
	}
	names, ok := permissions.Controllers[controller]
	if !ok {
		names = ControllerPermissions{}
		permissions.Controllers[controller] = names
	}
	names[name] = p
}
