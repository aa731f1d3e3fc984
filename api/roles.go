package api

import (
	"encoding/json"
	"fmt"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/policy"
)

var errEmptyBody = validationError("Request body cannot be empty")

// fullBody returns a body that must be an object with something in it.
func fullBody(body any) (*check, error) {
	c, err := checkBody(body)
	if err != nil {
		return nil, err
	}
	if c.body.Len() == 0 {
		return nil, errEmptyBody
	}
	return c, nil
}

// listRoles is GET …/roles.
func (s *Server) listRoles(r *Request) (*Reply, error) {
	roles, err := s.roleList(r, false)
	if err != nil {
		return nil, err
	}
	return &Reply{Body: NewObject().Set("roles", roles)}, nil
}

// roleList shows all roles with the number of their users. The listing beside the advanced settings has a locale, that of
// the roles themselves has none, as recorded.
func (s *Server) roleList(r *Request, locale bool) ([]any, error) {
	roles, err := s.Accounts.Roles(r.HTTP.Context())
	if err != nil {
		return nil, err
	}
	list := make([]any, len(roles))
	for i, role := range roles {
		o := roleObject(role, nil)
		if locale {
			o.Set("locale", nil)
		}
		list[i] = o.Set("nb_users", role.Users)
	}
	return list, nil
}

// showRole is GET …/roles/{id}.
func (s *Server) showRole(r *Request) (*Reply, error) {
	role, actions, err := s.Accounts.Role(r.HTTP.Context(), pathID(r.Param("id")))
	if err != nil {
		return nil, err
	}
	granted := make(map[string]bool, len(actions))
	for _, action := range actions {
		granted[action] = true
	}
	tree := policy.NewTree(s.Site().Actions, func(action string) bool { return granted[action] })
	return &Reply{Body: NewObject().Set("role", roleObject(role, nil).Set("permissions", tree))}, nil
}

// listPermissions is GET …/permissions: every action there is, none enabled.
func (s *Server) listPermissions(*Request) (*Reply, error) {
	tree := policy.NewTree(s.Site().Actions, func(string) bool { return false })
	return &Reply{Body: NewObject().Set("permissions", tree)}, nil
}

// createRole is POST …/roles.
func (s *Server) createRole(r *Request) (*Reply, error) {
	c, err := fullBody(r.Body)
	if err != nil {
		return nil, err
	}
	n := accounts.NewRole{Name: c.required("name")}
	if roleType := c.nullableText("type"); roleType != nil {
		n.Type = *roleType
	}
	n.Description = c.nullableText("description")
	actions, err := permissions(c)
	if err != nil {
		return nil, err
	}
	if actions != nil {
		n.Actions = *actions
	}
	if _, err := s.Accounts.CreateRole(r.HTTP.Context(), n); err != nil {
		return nil, err
	}
	return replyOK, nil
}

// updateRole is PUT …/roles/{role}. Without a tree of permissions the role keeps what it may do.
func (s *Server) updateRole(r *Request) (*Reply, error) {
	id := pathID(r.Param("role"))
	c, err := fullBody(r.Body)
	if err != nil {
		return nil, err
	}
	if _, _, err := s.Accounts.Role(r.HTTP.Context(), id); err != nil {
		return nil, err
	}
	change := accounts.RoleChange{Name: c.optionalText("name"), Description: c.nullableText("description")}
	if change.Actions, err = permissions(c); err != nil {
		return nil, err
	}
	if err := s.Accounts.UpdateRole(r.HTTP.Context(), id, change); err != nil {
		return nil, err
	}
	return replyOK, nil
}

// deleteRole is DELETE …/roles/{role}.
func (s *Server) deleteRole(r *Request) (*Reply, error) {
	if _, err := s.Accounts.DeleteRole(r.HTTP.Context(), pathID(r.Param("role"))); err != nil {
		return nil, err
	}
	return replyOK, nil
}

// nullableText is optionalText for a field that may also be null, which is as good as left out.
func (c *check) nullableText(name string) *string {
	if value, ok := c.body.Get(name); ok && value == nil {
		return nil
	}
	return c.optionalText(name)
}

// permissions returns the actions that the tree in a body enables, nil without a tree, and everything that the check has
// found so far.
func permissions(c *check) (*[]string, error) {
	if err := c.err(); err != nil {
		return nil, err
	}
	value, ok := c.body.Get("permissions")
	if !ok || value == nil {
		return nil, nil
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encoding a permission tree: %w", err)
	}
	tree, err := policy.ParseTree(raw)
	if err != nil {
		return nil, validationError("Invalid permissions: " + err.Error())
	}
	actions := tree.Enabled()
	return &actions, nil
}
