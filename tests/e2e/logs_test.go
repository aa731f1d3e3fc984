package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

// TestLogsTellNoSecrets goes through all that has a secret in it, with every log on, and looks for them there.
func TestLogsTellNoSecrets(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "unknown_routes public"})
	const other, wrong, adminPassword = "another good password", "a wrong password", "Password-of-root-1"
	ann := g.SignUp(t, "ann")
	g.SignIn(t, "ann", wrong).Want(t, http.StatusBadRequest)
	g.SignIn(t, wrong, wrong).Want(t, http.StatusBadRequest)
	g.Get(t, "/api/articles", ann.Token).Want(t, http.StatusForbidden)
	g.Get(t, "/page", ann.Token)
	g.Get(t, "/api/articles", ann.Token+"x").Want(t, http.StatusUnauthorized)
	g.Raw(t, "GET /a/../b HTTP/1.1\nHost: x\nAuthorization: Bearer "+ann.Token).Want(t, http.StatusNotFound)
	g.Grant(t, "authenticated", plugin+"user.update", plugin+"user.create")
	g.Do(t, gatetest.Request{Method: http.MethodPut, Path: "/api/users/1", Token: ann.Token, JSON: map[string]any{"password": other}}).
		Want(t, http.StatusOK)
	g.Do(t, gatetest.Request{
		Method: http.MethodPost, Path: "/api/auth/local", Header: http.Header{"Content-Type": {"application/json"}},
		Body: strings.NewReader(`{"identifier":"ann","password":"` + other + `"`),
	}).Want(t, http.StatusBadRequest)
	succeed(t, g.CommandWith(t, adminPassword, "gatewright", "admin", "add", "root@example.com", "--password-stdin"))
	minted := strings.TrimSpace(succeed(t, g.Command(t, "gatewright", "token", "ann")))
	admin := signInOperator(t, g, "root@example.com", adminPassword)
	for token, status := range map[string]int{admin: http.StatusOK, admin + "x": http.StatusUnauthorized, minted: http.StatusUnauthorized} {
		g.Get(t, "/users-permissions/roles", token).Want(t, status)
	}
	load(t, g, gatetest.Site{})
	if err := g.Load(t, gatetest.Site{Cost: 99}); err == nil {
		t.Error("a cost of 99 is taken")
	}

	logs := g.Logs(t)
	if !strings.Contains(logs, "/api/auth/local") {
		t.Fatal("there is no access log to look at")
	}
	for name, secret := range map[string]string{
		"password": gatetest.Password, "new password": other, "wrong password": wrong, "operator's password": adminPassword,
		"token": ann.Token, "minted token": minted, "operator's token": admin, "signing secret": gatetest.Secret, "hash": "$2a$",
	} {
		for line := range strings.Lines(logs) {
			if strings.Contains(line, secret) {
				t.Errorf("the %s is in the log: %s", name, line)
			}
		}
	}
}

// signInOperator returns an operator's token.
func signInOperator(t *testing.T, g *gatetest.Gate, email, password string) string {
	t.Helper()
	var session struct {
		Data struct{ Token string }
	}
	g.Do(t, gatetest.Request{
		Method: http.MethodPost, Path: "/admin/login", JSON: map[string]string{"email": email, "password": password},
	}).Want(t, http.StatusOK).Decode(t, &session)
	return session.Data.Token
}
