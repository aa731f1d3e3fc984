package attacks

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

// secretWords are in no answer about a user.
var secretWords = []string{"password", "Password", "Token", "token", "$2a$", "hash", "Hash", "validFrom", "ValidFrom"}

func tellsNoSecrets(t *testing.T, what string, answer gatetest.Answer) {
	t.Helper()
	for _, word := range secretWords {
		if strings.Contains(answer.Body, word) {
			t.Errorf("%s tells %q: %s", what, word, answer.Body)
		}
	}
}

// TestMeTellsNoSecrets: CVE-2024-39315. Nor does any other answer about users.
func TestMeTellsNoSecrets(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	ann := g.SignUp(t, "ann")
	g.Grant(t, "authenticated", findUsers, updateUser, "plugin::users-permissions.user.findOne", "plugin::users-permissions.role.find")
	for _, path := range []string{
		"/api/users/me", "/api/users/me?populate=*", "/api/users/1", "/api/users", "/api/users?populate=role", "/api/users?populate=*",
	} {
		tellsNoSecrets(t, path, g.Get(t, path, ann.Token).Want(t, http.StatusOK))
	}
	changed := g.Do(t, gatetest.Request{Method: http.MethodPut, Path: "/api/users/1", Token: ann.Token, JSON: map[string]any{"username": "anna"}})
	tellsNoSecrets(t, "a change", changed.Want(t, http.StatusOK))
}

// TestPrivateFieldsAreNoOracle: CVE-2023-22894, CVE-2023-34235, CVE-2026-27886. What cannot be read cannot be asked about.
func TestPrivateFieldsAreNoOracle(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.SignUp(t, "ann")
	g.Grant(t, "public", findUsers, "plugin::users-permissions.user.count")
	private := []string{"password", "resetPasswordToken", "confirmationToken", "passwordHash", "password_hash", "validFrom", "createdBy", "Password"}
	queries := []string{
		"filters[role][users][password][$startsWith]=$2", "filters[role][users][id]=1", "filters[role][permissions][action]=x",
		"filters[createdBy][password][$startsWith]=a", "sort=role.name", "filters[role][name][$startsWith]=A",
		"filters[$where]=1", "filters[id][$raw]=1", "filters[username%00]=ann", "filters[__proto__][x]=1",
	}
	for _, field := range private {
		queries = append(queries,
			"filters["+field+"][$startsWith]=$2a", "filters[$or][0]["+field+"][$contains]=a", "filters[$not]["+field+"][$null]=true",
			"filters[$and][0][$or][0]["+field+"]=x", "sort="+field, "sort[0]="+field+":desc", "sort["+field+"]=asc", "sort=username,"+field,
		)
	}
	for _, query := range queries {
		for _, path := range []string{"/api/users?", "/api/users/count?"} {
			answer := g.Get(t, path+strings.ReplaceAll(query, "$", "%24"), "")
			if answer.Status != http.StatusBadRequest {
				t.Errorf("%s%s is answered %d %s", path, query, answer.Status, answer.Body)
			}
		}
	}
	for _, query := range []string{"fields=password", "fields[0]=resetPasswordToken", "populate=createdBy", "populate[role][populate]=users", "_q=" + url.QueryEscape("$2a")} {
		answer := g.Get(t, "/api/users?"+query, "")
		if answer.Status == http.StatusOK && (strings.Contains(answer.Body, "$2a") || strings.Contains(answer.Body, "users") || strings.HasPrefix(query, "_q") && answer.Body != "[]") {
			t.Errorf("%s is answered %s", query, answer.Body)
		}
	}
}

// TestMassAssignment: CVE-2023-39345. Nobody chooses a role, or what else is not for them.
func TestMassAssignment(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	for i, key := range []string{
		"role", "confirmed", "blocked", "provider", "id", "documentId", "createdAt", "resetPasswordToken", "confirmationToken", "validFrom",
		"ValidFrom", "isAdmin", "__proto__", "constructor", "Role", "email ",
	} {
		answer := g.Do(t, gatetest.Request{Method: http.MethodPost, Path: "/api/auth/local/register", JSON: map[string]any{
			"username": fmt.Sprintf("eve%d", i), "email": fmt.Sprintf("eve%d@example.com", i), "password": gatetest.Password, key: 1,
		}}).Want(t, http.StatusBadRequest)
		if got, want := answer.Message(), "Invalid parameters: "+key; got != want {
			t.Errorf("message %q, want %q", got, want)
		}
	}
	var list struct{ Total int }
	g.Operate(t, "user.list", struct{}{}, &list)
	if list.Total != 0 {
		t.Errorf("there are %d users", list.Total)
	}
}

// TestMassAssignmentAtUpdate: what a change of a user does not know has no effect.
func TestMassAssignmentAtUpdate(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	ann := g.SignUp(t, "ann")
	g.Grant(t, "authenticated", updateUser)
	type user map[string]any
	var before, after user
	g.Get(t, "/api/users/me", ann.Token).Want(t, http.StatusOK).Decode(t, &before)
	g.Do(t, gatetest.Request{Method: http.MethodPut, Path: "/api/users/1", Token: ann.Token, JSON: map[string]any{
		"id": 7, "documentId": "x", "createdAt": "2000-01-01T00:00:00Z", "publishedAt": nil, "passwordHash": "$2a$04$x", "validFrom": 0, "isAdmin": true,
	}})
	g.Get(t, "/api/users/me", ann.Token).Want(t, http.StatusOK).Decode(t, &after)
	delete(before, "updatedAt")
	delete(after, "updatedAt")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the user has changed (-before +after):\n%s", diff)
	}
	g.SignIn(t, "ann", gatetest.Password).Want(t, http.StatusOK)
}

// TestLoginTellsNoAccounts: PocketBase 0.37.4. An unknown name and a wrong password look alike, and only who knows the
// password learns that an account is blocked.
func TestLoginTellsNoAccounts(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.SignUp(t, "ann")
	g.SignUp(t, "blocked")
	g.Operate(t, "user.block", map[string]any{"user": "blocked"}, nil)
	unknown := g.SignIn(t, "nobody", gatetest.Password).Want(t, http.StatusBadRequest)
	for _, name := range []string{"ann", "ann@example.com", "blocked", "ANN", "ann%", "' OR 1=1 --"} {
		got := g.SignIn(t, name, "a wrong password").Want(t, http.StatusBadRequest)
		if got.Body != unknown.Body {
			t.Errorf("%s is answered %s, and somebody unknown %s", name, got.Body, unknown.Body)
		}
	}
}

// TestLongPasswords: CVE-2025-25298. bcrypt would look at 72 bytes and ignore the rest.
func TestLongPasswords(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	register := func(name, password string) gatetest.Answer {
		return g.Do(t, gatetest.Request{Method: http.MethodPost, Path: "/api/auth/local/register", JSON: map[string]string{
			"username": name, "email": name + "@example.com", "password": password,
		}})
	}
	longest := strings.Repeat("é", 36)
	register("ann", longest).Want(t, http.StatusOK)
	register("bob", longest+"x").Want(t, http.StatusBadRequest)
	register("eve", strings.Repeat("x", 900_000)).Want(t, http.StatusBadRequest)
	g.SignIn(t, "ann", longest).Want(t, http.StatusOK)
	g.SignIn(t, "ann", longest+"x").Want(t, http.StatusBadRequest)
	g.SignIn(t, "ann", strings.Repeat("x", 900_000)).Want(t, http.StatusBadRequest)
}

// TestIdentifierOfAnother: signing up with somebody's address as username, or the other way round, takes over no account.
func TestIdentifierOfAnother(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.SignUp(t, "ann")
	for _, eve := range []map[string]string{
		{"username": "ann@example.com", "email": "eve@example.com"},
		{"username": "ANN@example.com", "email": "eve@example.com"},
		{"username": "ann", "email": "eve@example.com"},
		{"username": "eve", "email": "ANN@Example.com"},
	} {
		eve["password"] = "the password of eve"
		g.Do(t, gatetest.Request{Method: http.MethodPost, Path: "/api/auth/local/register", JSON: eve}).Want(t, http.StatusBadRequest)
	}
	for _, name := range []string{"ann", "ann@example.com", "ANN@example.com"} {
		g.SignIn(t, name, gatetest.Password).Want(t, http.StatusOK)
		g.SignIn(t, name, "the password of eve").Want(t, http.StatusBadRequest)
	}
}

// TestBoundsOfQueries: go-authcrunch f80387d. A query cannot ask for more than it may.
func TestBoundsOfQueries(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	g.Grant(t, "public", findUsers)
	many := func(n int, part func(int) string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = part(i)
		}
		return strings.Join(parts, "&")
	}
	for name, query := range map[string]string{
		"many pairs":      many(2000, func(i int) string { return fmt.Sprintf("x%d=1", i) }),
		"many conditions": many(900, func(i int) string { return fmt.Sprintf("filters[%%24or][%d][id]=%d", i%100, i) }),
		"deep":            "filters" + strings.Repeat("[%24not]", 500) + "[id]=1",
		"deep names":      "a" + strings.Repeat("[a]", 5000) + "=1",
		"many sorts":      "sort=" + strings.Join(slices.Repeat([]string{"id"}, 500), ","),
	} {
		answer := g.Get(t, "/api/users?"+query, "")
		if answer.Status >= http.StatusInternalServerError {
			t.Errorf("%s is answered %d", name, answer.Status)
		}
	}
}
