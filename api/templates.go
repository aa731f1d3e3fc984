package api

import (
	"maps"

	"github.com/gatewright/gatewright/accounts"
)

var errInvalidTemplate = validationError("Invalid template")

// getTemplates is GET /users-permissions/email-templates.
func (s *Server) getTemplates(r *Request) (*Reply, error) {
	templates, err := s.Accounts.Templates(r.HTTP.Context())
	if err != nil {
		return nil, err
	}
	return &Reply{Body: templates}, nil
}

// putTemplates is PUT /users-permissions/email-templates. What is not mentioned stays as it is.
func (s *Server) putTemplates(r *Request) (*Reply, error) {
	c, err := fullBody(r.Body)
	if err != nil {
		return nil, err
	}
	value, _ := c.body.Get("email-templates")
	given, ok := value.(*Object)
	if !ok {
		return nil, problems{wrongType([]string{"email-templates"}, "email-templates", "object", value)}.err()
	}
	err = s.Accounts.UpdateTemplates(r.HTTP.Context(), func(known accounts.Templates) (accounts.Templates, error) {
		return changedTemplates(given, known)
	})
	if err != nil {
		return nil, err
	}
	return replyOK, nil
}

func changedTemplates(given *Object, known accounts.Templates) (accounts.Templates, error) {
	next := maps.Clone(known)
	for _, name := range given.Keys() {
		template, ok := known[name]
		if !ok {
			return nil, validationError("Unknown template: " + name)
		}
		value, _ := given.Get(name)
		err := fill(value, name, map[string]func(any) bool{
			"display": intoText(&template.Display),
			"icon":    intoText(&template.Icon),
			"options": func(value any) bool { return fillOptions(value, name, &template.Options) == nil },
		})
		if err != nil {
			return nil, err
		}
		if err := template.Validate(); err != nil {
			return nil, errInvalidTemplate
		}
		next[name] = template
	}
	return next, nil
}

func fillOptions(value any, name string, o *accounts.TemplateOptions) error {
	return fill(value, name+".options", map[string]func(any) bool{
		"response_email": intoText(&o.ResponseEmail),
		"object":         intoText(&o.Object),
		"message":        intoText(&o.Message),
		"from": func(value any) bool {
			return fill(value, name+".options.from", map[string]func(any) bool{
				"name": intoText(&o.From.Name), "email": intoText(&o.From.Email),
			}) == nil
		},
	})
}

// fill puts the fields of an object where they belong; an unknown field and one of the wrong type are errors.
func fill(value any, name string, into map[string]func(any) bool) error {
	object, ok := value.(*Object)
	if !ok {
		return problems{wrongType([]string{name}, name, "object", value)}.err()
	}
	for _, key := range object.Keys() {
		field, _ := object.Get(key)
		put, ok := into[key]
		if !ok || !put(field) {
			return validationError("Invalid parameters: " + name + "." + key)
		}
	}
	return nil
}

func intoText(target *string) func(any) bool {
	return func(value any) (ok bool) {
		text, ok := value.(string)
		if ok {
			*target = text
		}
		return ok
	}
}
