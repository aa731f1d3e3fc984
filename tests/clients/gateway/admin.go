package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
)

// The administrator that the conformance target comes with.
const (
	adminEmail    = "root@example.test"
	adminPassword = "Root-admin-1"
)

// Role is a role and the tree of its permissions, as the admin API has them.
type Role struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Type        string `json:"type"`
	Permissions Tree   `json:"permissions"`
}

// Tree is a tree of permissions: by API or plugin, controller and action.
type Tree map[string]struct {
	Controllers map[string]map[string]Grant `json:"controllers"`
}

// Grant is a leaf of a Tree.
type Grant struct {
	Enabled bool   `json:"enabled"`
	Policy  string `json:"policy"`
}

// Grant lets a role, named by its type, perform actions in addition to what it may do already.
func (g *Gateway) Grant(t *testing.T, roleType string, actions ...string) {
	t.Helper()
	role := g.Role(t, roleType)
	for _, action := range actions {
		parts := strings.Split(action, ".")
		if len(parts) != 3 || role.Permissions[parts[0]].Controllers[parts[1]] == nil {
			t.Fatalf("there is no action %q", action)
		}
		role.Permissions[parts[0]].Controllers[parts[1]][parts[2]] = Grant{Enabled: true}
	}
	g.Admin(t, http.MethodPut, fmt.Sprintf("/users-permissions/roles/%d", role.ID), role, nil)
}

// Role returns the role of a type, for example "public".
func (g *Gateway) Role(t *testing.T, roleType string) Role {
	t.Helper()
	var list struct {
		Roles []Role `json:"roles"`
	}
	g.Admin(t, http.MethodGet, "/users-permissions/roles", nil, &list)
	for _, r := range list.Roles {
		if r.Type == roleType {
			var one struct {
				Role Role `json:"role"`
			}
			g.Admin(t, http.MethodGet, fmt.Sprintf("/users-permissions/roles/%d", r.ID), nil, &one)
			return one.Role
		}
	}
	t.Fatalf("there is no role of the type %q", roleType)
	return Role{}
}

// Advanced changes advanced settings, until the test ends.
func (g *Gateway) Advanced(t *testing.T, change map[string]any) {
	t.Helper()
	const path = "/users-permissions/advanced"
	var body struct {
		Settings map[string]any `json:"settings"`
	}
	g.Admin(t, http.MethodGet, path, nil, &body)
	before := body.Settings
	after := maps.Clone(before)
	maps.Copy(after, change)
	g.Admin(t, http.MethodPut, path, after, nil)
	t.Cleanup(func() { g.Admin(t, http.MethodPut, path, before, nil) })
}

// Admin sends a request as the administrator, which has to succeed, and decodes the answer unless into is nil.
func (g *Gateway) Admin(t *testing.T, method, path string, payload, into any) {
	t.Helper()
	if err := g.send(t.Context(), method, path, payload, into); err != nil {
		t.Fatal(err)
	}
}

func (g *Gateway) login(t *testing.T) {
	t.Helper()
	var body struct {
		Data struct {
			Token string `json:"token"`
		} `json:"data"`
	}
	who := map[string]string{"email": adminEmail, "password": adminPassword}
	g.Admin(t, http.MethodPost, "/admin/login", who, &body)
	g.admin = body.Data.Token
}

func (g *Gateway) send(ctx context.Context, method, path string, payload, into any) error {
	// The context of a test is over when its cleanup begins.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestLimit)
	defer cancel()
	var body io.Reader
	if payload != nil {
		raw, err := json.Marshal(payload)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, g.URL+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if g.admin != "" {
		request.Header.Set("Authorization", "Bearer "+g.admin)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s as administrator: %d %s", method, path, answer.StatusCode, raw)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}
