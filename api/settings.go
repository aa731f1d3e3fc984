package api

import (
	"strings"

	"github.com/gatewright/gatewright/accounts"
)

// getAdvanced is GET /users-permissions/advanced.
func (s *Server) getAdvanced(r *Request) (*Reply, error) {
	settings, err := s.Accounts.Advanced(r.HTTP.Context())
	if err != nil {
		return nil, err
	}
	roles, err := s.roleList(r, true)
	if err != nil {
		return nil, err
	}
	return &Reply{Body: NewObject().Set("settings", settings).Set("roles", roles)}, nil
}

// putAdvanced is PUT /users-permissions/advanced. Unlike Strapi it checks what it is given, refuses keys that mean
// nothing, and leaves alone what is not mentioned.
func (s *Server) putAdvanced(r *Request) (*Reply, error) {
	c, err := fullBody(r.Body)
	if err != nil {
		return nil, err
	}
	err = s.Accounts.UpdateAdvanced(r.HTTP.Context(), c.advanced)
	if err != nil {
		return nil, err
	}
	return replyOK, nil
}

// advanced returns the settings with what the body says in their place.
func (c *check) advanced(settings accounts.Advanced) (accounts.Advanced, error) {
	c.found = nil // a transaction may be tried again
	switches := map[string]*bool{
		"unique_email":       &settings.UniqueEmail,
		"allow_register":     &settings.AllowRegister,
		"email_confirmation": &settings.EmailConfirmation,
	}
	texts := map[string]**string{
		"email_reset_password":           &settings.EmailResetPassword,
		"email_confirmation_redirection": &settings.EmailConfirmationRedirection,
		"default_role":                   &settings.DefaultRole,
	}
	var unknown []string
	for _, key := range c.body.Keys() {
		value, _ := c.body.Get(key)
		if target, ok := switches[key]; ok {
			if *target, ok = value.(bool); !ok {
				c.wrongType([]string{key}, key, "boolean", value)
			}
		} else if target, ok := texts[key]; ok {
			*target = c.nullableText(key)
		} else {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) > 0 {
		return settings, validationError("Invalid parameters: " + strings.Join(unknown, ", "))
	}
	return settings, c.err()
}
