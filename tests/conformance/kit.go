package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

const kitRole = "Conformance Kit"

// kit is the runner's own account on the target.
type kit struct {
	id                 json.Number
	role               role
	username, password string
	bearer             string
}

// kitActions are what the runner's own account may do; the first is what makes the account itself.
func kitActions() []string {
	var actions []string
	for _, name := range []string{"create", "find", "findOne", "update", "destroy", "count"} {
		actions = append(actions, "plugin::users-permissions.user."+name)
	}
	return actions
}

// Prepare makes the runner's own account unless it is there already. Check does so too; rate-limited scenarios call
// Prepare beforehand, so that its requests do not count.
func (t *Target) Prepare(ctx context.Context) error {
	if t.kit != nil {
		return nil
	}
	own, err := t.kitRole(ctx)
	if err != nil {
		return fmt.Errorf("making the role of the runner's own account: %w", err)
	}
	made, err := t.makeKit(ctx, own)
	if err != nil {
		return fmt.Errorf("making the runner's own account: %w", err)
	}
	t.kit = made
	return t.loginKit(ctx)
}

func (t *Target) kitRole(ctx context.Context) (role, error) {
	roles, err := t.roles(ctx)
	if err != nil {
		return role{}, err
	}
	if i := slices.IndexFunc(roles, func(r role) bool { return r.Name == kitRole }); i >= 0 {
		return roles[i], nil
	}
	return t.addRole(ctx, kitRole, "makes users for scenarios", kitActions())
}

// makeKit lets the public make users for the one moment it takes to make one.
func (t *Target) makeKit(ctx context.Context, own role) (made *kit, err error) {
	public, err := t.publicTree(ctx)
	if err != nil {
		return nil, err
	}
	open, err := public.Permissions.with(kitActions()[:1], true)
	if err != nil {
		return nil, err
	}
	if err := t.putTree(ctx, public, open); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.putTree(ctx, public, public.Permissions)) }()

	made = &kit{role: own, username: "kit-" + randomLetters(10), password: "kit-" + randomLetters(16)}
	answer, err := sendJSON(ctx, http.MethodPost, t.file.BaseURL+"/api/users", "", map[string]any{
		"username": made.username, "email": made.username + "@example.test", "password": made.password,
		"role": own.ID, "confirmed": true,
	})
	if err != nil {
		return nil, err
	}
	var body struct {
		ID json.Number `json:"id"`
	}
	err = answer.into(http.StatusCreated, &body)
	made.id = body.ID
	return made, err
}

func (t *Target) publicTree(ctx context.Context) (roleTree, error) {
	roles, err := t.roles(ctx)
	if err != nil {
		return roleTree{}, err
	}
	i := slices.IndexFunc(roles, func(r role) bool { return r.Type == "public" })
	if i < 0 {
		return roleTree{}, errors.New("there is no public role")
	}
	return t.roleTree(ctx, roles[i].ID.String())
}

func (t *Target) loginKit(ctx context.Context) error {
	bearer, _, err := t.login(ctx, map[string]any{"identifier": t.kit.username, "password": t.kit.password})
	if err != nil {
		return fmt.Errorf("login of the runner's own account: %w", err)
	}
	t.kit.bearer = bearer
	return nil
}

// login returns the token and, where the target has them, the refresh token.
func (t *Target) login(ctx context.Context, credentials map[string]any) (bearer, refresh string, err error) {
	answer, err := sendJSON(ctx, http.MethodPost, t.file.BaseURL+"/api/auth/local", "", credentials)
	if err != nil {
		return "", "", err
	}
	var body struct {
		JWT          string `json:"jwt"`
		RefreshToken string `json:"refreshToken"`
	}
	err = answer.into(http.StatusOK, &body)
	return body.JWT, body.RefreshToken, err
}

// asKit sends a request as the runner's own account.
func (t *Target) asKit(ctx context.Context, method, path string, payload any) (*Answer, error) {
	if err := t.Prepare(ctx); err != nil {
		return nil, err
	}
	answer, err := sendJSON(ctx, method, t.file.BaseURL+path, t.kit.bearer, payload)
	if err != nil || answer.Status != http.StatusUnauthorized {
		return answer, err
	}
	if err := t.loginKit(ctx); err != nil {
		return nil, err
	}
	return sendJSON(ctx, method, t.file.BaseURL+path, t.kit.bearer, payload)
}

// Leave removes the runner's own account and its role.
func (t *Target) Leave(ctx context.Context) error {
	if t.kit == nil {
		return nil
	}
	_, err := t.asKit(ctx, http.MethodDelete, "/api/users/"+t.kit.id.String(), nil)
	err = errors.Join(err, t.removeRole(ctx, t.kit.role))
	t.kit = nil
	return err
}
