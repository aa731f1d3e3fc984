package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/store"
)

// actionReadRoles is what a caller needs to see, filter by or sort by the role of a user.
const actionReadRoles = policy.PluginUID + ".role.find"

// findUsers is GET /users.
func (s *Server) findUsers(r *Request) (*Reply, error) {
	q, err := s.parseUserQuery(r)
	if err != nil {
		return nil, err
	}
	if r.HTTP.Method == http.MethodHead {
		q.store.Limit = 1 // nobody sees the list
	}
	return &Reply{Each: func(yield func(any) error) error {
		return s.eachUser(r.HTTP.Context(), q.store, func(u store.User) error { return yield(s.userView(u, &q.view)) })
	}}, nil
}

// countUsers is GET /users/count.
func (s *Server) countUsers(r *Request) (*Reply, error) {
	q, err := s.parseUserQuery(r)
	if err != nil {
		return nil, err
	}
	var n int64
	err = s.search(r.HTTP.Context(), s.searches.enter, func(ctx context.Context) (err error) {
		n, err = s.Accounts.CountUsers(ctx, q.store.Filter)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Reply{Body: n}, nil
}

// me is GET /users/me.
func (s *Server) me(r *Request) (*Reply, error) {
	if r.Caller.Anonymous() {
		return nil, ErrUnauthorized
	}
	return s.show(r, r.Caller.UserID)
}

// findUser is GET /users/{id}. An account that is not there is an empty answer, as recorded.
func (s *Server) findUser(r *Request) (*Reply, error) {
	return s.show(r, pathID(r.Param("id")))
}

func (s *Server) show(r *Request, id int64) (*Reply, error) {
	q, err := s.parseUserQuery(r)
	if err != nil {
		return nil, err
	}
	user, err := s.Accounts.User(r.HTTP.Context(), id)
	if errors.Is(err, accounts.ErrUserNotFound) {
		return &Reply{}, nil
	}
	if err != nil {
		return nil, err
	}
	return &Reply{Body: s.userView(user, &q.view)}, nil
}

// pathID reads the id in a path; 0, which no account has, for anything else.
func pathID(text string) int64 {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// createUser is POST /users.
func (s *Server) createUser(r *Request) (*Reply, error) {
	c, err := checkBody(r.Body)
	if err != nil {
		return nil, err
	}
	n := accounts.NewUser{
		Email: c.email("email"), Username: c.nonEmpty("username"), Password: c.nonEmpty("password"),
	}
	role := c.role(true)
	confirmed, blocked := c.optionalBool("confirmed"), c.optionalBool("blocked")
	n.Extra = c.extra(s.Accounts.Fields())
	if err := c.err(); err != nil {
		return nil, err
	}
	n.Role = role.RoleRef
	n.Confirmed = confirmed != nil && *confirmed
	n.Blocked = blocked != nil && *blocked
	user, err := s.Accounts.CreateUser(r.HTTP.Context(), n)
	if wrong, ok := errors.AsType[accounts.FieldErrors](err); ok {
		return nil, applicationError(fieldErrors(wrong).Message)
	}
	switch {
	case errors.Is(err, accounts.ErrRoleNotFound):
		return nil, applicationError(role.unknown())
	case err != nil:
		return nil, err
	}
	return &Reply{Status: http.StatusCreated, Body: s.userView(user, writtenView(r.Caller))}, nil
}

// updateUser is PUT /users/{id}.
func (s *Server) updateUser(r *Request) (*Reply, error) {
	id := pathID(r.Param("id"))
	if _, err := s.Accounts.User(r.HTTP.Context(), id); err != nil {
		return nil, err
	}
	c, err := checkBody(r.Body)
	if err != nil {
		return nil, err
	}
	change := accounts.UserChange{
		Username: c.optionalNonEmpty("username"), Email: c.optionalEmail("email"), Password: c.newPassword(),
		Provider: c.optionalText("provider"), Confirmed: c.optionalBool("confirmed"), Blocked: c.optionalBool("blocked"),
		Extra: c.extra(s.Accounts.Fields()),
	}
	role := c.role(false)
	if err := c.err(); err != nil {
		return nil, err
	}
	if role != nil {
		change.Role = &role.RoleRef
	}
	user, err := s.Accounts.UpdateUser(r.HTTP.Context(), id, change)
	if errors.Is(err, accounts.ErrRoleNotFound) && role != nil {
		return nil, role.notFound(s.Accounts.Now())
	}
	if err != nil {
		return nil, err
	}
	return &Reply{Body: s.userView(user, writtenView(r.Caller))}, nil
}

// deleteUser is DELETE /users/{id}. An account that is not there is an empty answer, as recorded.
func (s *Server) deleteUser(r *Request) (*Reply, error) {
	user, err := s.Accounts.DeleteUser(r.HTTP.Context(), pathID(r.Param("id")))
	if errors.Is(err, accounts.ErrUserNotFound) {
		return &Reply{}, nil
	}
	if err != nil {
		return nil, err
	}
	return &Reply{Body: s.userView(user, nil)}, nil
}

// writtenView shows an account that was just written: with its role, to who may read roles.
func writtenView(c Caller) *view {
	if !c.May(actionReadRoles) {
		return nil
	}
	return &view{role: &roleView{roles: c.role}}
}

func (c Caller) role(id int64) (store.Role, bool) { return c.snapshot.RoleByID(id) }
