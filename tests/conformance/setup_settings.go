package conformance

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

const (
	advancedPath  = "/users-permissions/advanced"
	providersPath = "/users-permissions/providers"
	templatesPath = "/users-permissions/email-templates"
)

func (r *run) changeAdvanced(ctx context.Context, change map[string]any) error {
	var body struct {
		Settings map[string]any `json:"settings"`
	}
	if err := r.target.admin(ctx, http.MethodGet, advancedPath, nil, &body); err != nil {
		return err
	}
	before := body.Settings
	r.later("advanced", func(ctx context.Context) error {
		return r.target.admin(ctx, http.MethodPut, advancedPath, before, nil)
	})
	after := maps.Clone(before)
	maps.Copy(after, change)
	return r.target.admin(ctx, http.MethodPut, advancedPath, after, nil)
}

type providerArguments struct {
	Name  string         `json:"name"`
	Set   map[string]any `json:"set"`
	Unset []string       `json:"unset"`
}

func (r *run) changeProvider(ctx context.Context, arguments providerArguments) error {
	var before map[string]map[string]any
	if err := r.target.admin(ctx, http.MethodGet, providersPath, nil, &before); err != nil {
		return err
	}
	for _, provider := range before {
		delete(provider, "redirectUri") // computed by the server
	}
	r.later("providers", func(ctx context.Context) error {
		return r.target.admin(ctx, http.MethodPut, providersPath, map[string]any{"providers": before}, nil)
	})
	changed := make(map[string]any)
	maps.Copy(changed, before[arguments.Name])
	maps.Copy(changed, arguments.Set)
	for _, key := range arguments.Unset {
		delete(changed, key)
	}
	after := maps.Clone(before)
	after[arguments.Name] = changed
	return r.target.admin(ctx, http.MethodPut, providersPath, map[string]any{"providers": after}, nil)
}

type templateArguments struct {
	Name    string         `json:"name"`
	Options map[string]any `json:"options"`
}

func (r *run) changeTemplate(ctx context.Context, arguments templateArguments) error {
	var before map[string]map[string]any
	if err := r.target.admin(ctx, http.MethodGet, templatesPath, nil, &before); err != nil {
		return err
	}
	r.later("templates", func(ctx context.Context) error {
		return r.target.admin(ctx, http.MethodPut, templatesPath, map[string]any{"email-templates": before}, nil)
	})
	options, ok := before[arguments.Name]["options"].(map[string]any)
	if !ok {
		return fmt.Errorf("there is no template %q", arguments.Name)
	}
	options = maps.Clone(options)
	maps.Copy(options, arguments.Options)
	changed := maps.Clone(before[arguments.Name])
	changed["options"] = options
	after := maps.Clone(before)
	after[arguments.Name] = changed
	return r.target.admin(ctx, http.MethodPut, templatesPath, map[string]any{"email-templates": after}, nil)
}

// noteSettings puts settings back that steps change themselves.
func (r *run) noteSettings(ctx context.Context, names []string) error {
	note := map[string]func() error{
		"advanced":  func() error { return r.changeAdvanced(ctx, nil) },
		"providers": func() error { return r.changeProvider(ctx, providerArguments{Name: "email"}) },
		"templates": func() error { return r.changeTemplate(ctx, templateArguments{Name: "reset_password"}) },
	}
	for _, name := range names {
		if note[name] == nil {
			return fmt.Errorf("there are no settings %q", name)
		}
		if err := note[name](); err != nil {
			return err
		}
	}
	return nil
}

type permitArguments struct {
	Role  any      `json:"role"` // "public", "authenticated" or an id
	Allow []string `json:"allow"`
	Deny  []string `json:"deny"`
}

func (r *run) permit(ctx context.Context, arguments permitArguments) error {
	id := text(arguments.Role)
	if known, ok := r.vars["role."+id+".id"]; ok {
		id = text(known)
	}
	before, err := r.target.roleTree(ctx, id)
	if err != nil {
		return err
	}
	if slices.Contains([]string{"public", "authenticated"}, before.Type) {
		r.later("permissions of role "+id, func(ctx context.Context) error {
			return r.target.putTree(ctx, before, before.Permissions)
		})
	}
	tree, err := before.Permissions.with(arguments.Allow, true)
	if err != nil {
		return err
	}
	if tree, err = tree.with(arguments.Deny, false); err != nil {
		return err
	}
	return r.target.putTree(ctx, before, tree)
}

type roleArguments struct {
	As          string   `json:"as"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Allow       []string `json:"allow"`
}

func (r *run) makeRole(ctx context.Context, arguments roleArguments) error {
	made, err := r.target.addRole(ctx, arguments.Name, arguments.Description, arguments.Allow)
	if err != nil {
		return err
	}
	r.define(arguments.As, made.values())
	r.later("role "+made.ID.String(), func(ctx context.Context) error { return r.target.removeRole(ctx, made) })
	return nil
}
