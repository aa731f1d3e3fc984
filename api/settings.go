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

// getProviders is GET /users-permissions/providers.
func (s *Server) getProviders(r *Request) (*Reply, error) {
	providers, err := s.Accounts.Providers(r.HTTP.Context())
	if err != nil {
		return nil, err
	}
	return &Reply{Body: providers}, nil
}

// putProviders is PUT /users-permissions/providers. Providers and fields that are not mentioned stay as they are.
func (s *Server) putProviders(r *Request) (*Reply, error) {
	c, err := fullBody(r.Body)
	if err != nil {
		return nil, err
	}
	value, _ := c.body.Get("providers")
	given, ok := value.(*Object)
	if !ok {
		return nil, problems{wrongType([]string{"providers"}, "providers", "object", value)}.err()
	}
	err = s.Accounts.UpdateProviders(r.HTTP.Context(), func(known accounts.Providers) (accounts.Providers, error) {
		return changedProviders(given, known)
	})
	if err != nil {
		return nil, err
	}
	return replyOK, nil
}

func changedProviders(given *Object, known accounts.Providers) (accounts.Providers, error) {
	for _, name := range given.Keys() {
		if _, ok := known[name]; !ok {
			return nil, validationError("Unknown provider: " + name)
		}
	}
	next := make(accounts.Providers, len(known))
	for name, provider := range known {
		var err error
		if next[name], err = changedProvider(given, name, provider); err != nil {
			return nil, err
		}
	}
	return next, nil
}

func changedProvider(given *Object, name string, provider accounts.Provider) (accounts.Provider, error) {
	value, ok := given.Get(name)
	if !ok {
		return provider, nil
	}
	fields, ok := value.(*Object)
	if !ok {
		return provider, problems{wrongType([]string{"providers", name}, name, "object", value)}.err()
	}
	for _, key := range fields.Keys() {
		value, _ := fields.Get(key)
		valid := false
		switch key {
		case "enabled":
			provider.Enabled, valid = value.(bool)
		case "icon":
			provider.Icon, valid = value.(string)
		}
		if !valid {
			return provider, validationError("Invalid parameters: " + name + "." + key)
		}
	}
	return provider, nil
}
