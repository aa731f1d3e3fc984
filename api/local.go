package api

import (
	"slices"
	"strings"

	"github.com/gatewright/gatewright/accounts"
)

// login is POST /auth/local.
func (s *Server) login(r *Request) (*Reply, error) {
	ctx := r.HTTP.Context()
	if err := s.Accounts.RequireLocal(ctx); err != nil {
		return nil, err
	}
	c, err := checkBody(r.Body)
	if err != nil {
		return nil, err
	}
	identifier, password := c.required("identifier"), c.required("password")
	if err := c.err(); err != nil {
		return nil, err
	}
	user, token, err := s.Accounts.Login(ctx, identifier, password)
	if err != nil {
		return nil, err
	}
	return &Reply{Body: NewObject().Set("jwt", token).Set("user", s.userView(user, nil))}, nil
}

// register is POST /auth/local/register.
func (s *Server) register(r *Request) (*Reply, error) {
	ctx := r.HTTP.Context()
	if err := s.Accounts.RequireRegistration(ctx); err != nil {
		return nil, err
	}
	c, err := checkBody(r.Body)
	if err != nil {
		return nil, err
	}
	if unknown := s.unknownRegisterKeys(c.body); len(unknown) > 0 {
		return nil, validationError("Invalid parameters: " + strings.Join(unknown, ", "))
	}
	email, username, password := c.email("email"), c.required("username"), c.required("password")
	var blocked *bool
	if slices.Contains(s.RegisterFields, "blocked") {
		blocked = c.optionalBool("blocked")
	}
	extra := c.extra(s.registerFields())
	if err := c.err(); err != nil {
		return nil, err
	}
	user, token, err := s.Accounts.Register(ctx, accounts.Registration{
		Username: username, Email: email, Password: password, Blocked: blocked != nil && *blocked,
		Extra: extra,
	})
	if err != nil {
		return nil, err
	}
	if token == "" { // the address has to be confirmed first
		return &Reply{Body: NewObject().Set("user", s.userView(user, nil))}, nil
	}
	return &Reply{Body: NewObject().Set("jwt", token).Set("user", s.userView(user, nil))}, nil
}

// unknownRegisterKeys returns the keys that a sign-up may not have, in the order given: nobody chooses a role or an id
// (CVE-2023-39345).
func (s *Server) unknownRegisterKeys(body *Object) []string {
	return slices.DeleteFunc(slices.Clone(body.Keys()), func(key string) bool {
		return key == "username" || key == "email" || key == "password" || slices.Contains(s.RegisterFields, key)
	})
}
