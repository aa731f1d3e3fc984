package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

const plugin = "plugin::users-permissions."

// TestChangesCountAtOnce changes accounts and roles through the server; the very next request is judged anew.
func TestChangesCountAtOnce(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.Grant(t, "authenticated", find, plugin+"user.update", plugin+"user.destroy")
	root := g.SignUp(t, "root")
	update := func(who gatetest.Person, change map[string]any) {
		t.Helper()
		path := fmt.Sprintf("/api/users/%d", who.ID)
		g.Do(t, gatetest.Request{Method: http.MethodPut, Path: path, Token: root.Token, JSON: change}).Want(t, http.StatusOK)
	}
	for _, tt := range []struct {
		name   string
		change func(gatetest.Person)
		status int
	}{
		{"blocked", func(p gatetest.Person) { update(p, map[string]any{"blocked": true}) }, http.StatusUnauthorized},
		{
			"blocked by a command", func(p gatetest.Person) {
				g.Operate(t, "user.block", map[string]any{"user": p.Username}, nil)
			}, http.StatusUnauthorized,
		},
		{"deleted", func(p gatetest.Person) {
			path := fmt.Sprintf("/api/users/%d", p.ID)
			g.Do(t, gatetest.Request{Method: http.MethodDelete, Path: path, Token: root.Token}).Want(t, http.StatusOK)
		}, http.StatusUnauthorized},
		{"another password", func(p gatetest.Person) { update(p, map[string]any{"password": "another password"}) }, http.StatusUnauthorized},
		{"another role", func(p gatetest.Person) { update(p, map[string]any{"role": 2}) }, http.StatusForbidden},
		{"a role with less", func(gatetest.Person) { g.Revoke(t, "authenticated", find) }, http.StatusForbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := g.SignUp(t, "p"+fmt.Sprint(time.Now().UnixNano()))
			g.Get(t, "/api/articles", p.Token).Want(t, http.StatusOK)
			tt.change(p)
			g.Get(t, "/api/articles", p.Token).Want(t, tt.status)
		})
	}
	g.Get(t, "/api/users/me", root.Token).Want(t, http.StatusOK)
}

// TestPasswordChange tells that the token which came with the new password is good, in the same second.
func TestPasswordChange(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.Grant(t, "authenticated", plugin+"user.update")
	ann := g.SignUp(t, "ann")
	for _, password := range []string{"second password", "third password"} {
		g.Do(t, gatetest.Request{
			Method: http.MethodPut, Path: fmt.Sprintf("/api/users/%d", ann.ID), Token: ann.Token, JSON: map[string]any{"password": password},
		}).Want(t, http.StatusOK)
		g.Get(t, "/api/users/me", ann.Token).Want(t, http.StatusUnauthorized)
		var session struct{ JWT string }
		g.SignIn(t, "ann", password).Want(t, http.StatusOK).Decode(t, &session)
		ann.Token = session.JWT
		g.Get(t, "/api/users/me", ann.Token).Want(t, http.StatusOK)
	}
}

// TestUnblock lets a token of before in again: it was the account that was refused.
func TestUnblock(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	ann := g.SignUp(t, "ann")
	g.Operate(t, "user.block", map[string]any{"user": "ann"}, nil)
	g.Get(t, "/api/users/me", ann.Token).Want(t, http.StatusUnauthorized)
	if got := g.SignIn(t, "ann", gatetest.Password).Want(t, http.StatusBadRequest).Message(); got == "" {
		t.Error("there is no message")
	}
	g.Operate(t, "user.block", map[string]any{"user": "ann", "unblock": true}, nil)
	g.Get(t, "/api/users/me", ann.Token).Want(t, http.StatusOK)
}

// noticed is how soon a server has to notice what another process wrote. It asks every 100 ms and promises 250; the rest
// is for busy machines.
const noticed = time.Second

// TestChangesOfAnotherProcess changes the store behind the server's back.
func TestChangesOfAnotherProcess(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	ann := g.SignUp(t, "ann")
	for _, tt := range []struct {
		name   string
		args   []string
		before int
		after  int
	}{
		{"grant", []string{"role", "grant", "authenticated", find}, http.StatusForbidden, http.StatusOK},
		{"revoke", []string{"role", "revoke", "authenticated", find}, http.StatusOK, http.StatusForbidden},
		{"block", []string{"user", "block", "ann"}, http.StatusForbidden, http.StatusUnauthorized},
		{"unblock", []string{"user", "block", "ann", "--unblock"}, http.StatusUnauthorized, http.StatusForbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g.Get(t, "/api/articles", ann.Token).Want(t, tt.before)
			succeed(t, g.Command(t, append([]string{"gatewright", "--offline"}, tt.args...)...))
			written := time.Now()
			eventually(t, "the change is noticed", func() bool { return g.Get(t, "/api/articles", ann.Token).Status == tt.after })
			if took := time.Since(written); took > noticed {
				t.Errorf("noticed after %s", took)
			}
		})
	}
}
