package operator_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gatewright/gatewright/internal/operator"
)

func TestUserCommands(t *testing.T) {
	s := newSite(t)
	alice := run[operator.User](t, s, "user.add", arguments["user.add"])
	want := operator.User{
		ID: 1, Username: "alice", Email: "alice@example.test", Role: "authenticated", Provider: "local", Confirmed: true,
	}
	if diff := cmp.Diff(want, alice, cmpopts.IgnoreFields(operator.User{}, "CreatedAt")); diff != "" || alice.CreatedAt.IsZero() {
		t.Errorf("alice (-want +got):\n%s", diff)
	}
	for _, role := range []string{"public", "2", "PUBLIC"} { // by type, id and name
		add := `{"username":"user ` + role + `","email":"` + role + `@example.test","password":"` + password + `","role":"` + role + `"}`
		if user := run[operator.User](t, s, "user.add", add); user.Role != "public" && role != "PUBLIC" {
			t.Errorf("role %q is %q", role, user.Role)
		}
		if role == "2" {
			break
		}
	}

	list := run[operator.UserList](t, s, "user.list", `{}`)
	if names := usernames(list); list.Total != 3 || names != "user 2,user public,alice" {
		t.Errorf("%d users: %s", list.Total, names)
	}
	for args, want := range map[string]string{
		`{"search":"ALIC"}`: "alice", `{"search":"@example"}`: "user 2,user public,alice", `{"search":"nobody"}`: "",
		`{"search":"%"}`: "", `{"limit":1}`: "user 2", `{"limit":2,"search":"user"}`: "user 2,user public",
	} {
		if got := usernames(run[operator.UserList](t, s, "user.list", args)); got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
	s.refuse(t, "user.list", `{"limit":-1}`, "between 1 and 10000")
	s.refuse(t, "user.list", `{"limit":10001}`, "between 1 and 10000")
	s.refuse(t, "user.list", `{"search":"a\u0000"}`, "invalid query")

	if !run[operator.User](t, s, "user.block", `{"user":"ALICE@example.test"}`).Blocked {
		t.Error("alice is not blocked")
	}
	if run[operator.User](t, s, "user.block", `{"user":"alice","unblock":true}`).Blocked {
		t.Error("alice is still blocked")
	}
	s.refuse(t, "user.block", `{"user":"nobody"}`, "no such user")
	s.refuse(t, "user.block", `{}`, "no such user")
}

func usernames(list operator.UserList) string {
	var names []string
	for _, u := range list.Users {
		names = append(names, u.Username)
	}
	return strings.Join(names, ",")
}

func TestAddUserMistakes(t *testing.T) {
	s := newSite(t)
	run[operator.User](t, s, "user.add", arguments["user.add"])
	add := func(username, email, password, role string) string {
		return `{"username":"` + username + `","email":"` + email + `","password":"` + password + `","role":"` + role + `"}`
	}
	s.refuse(t, "user.add", add("alice", "x@example.test", password, ""), "username is already taken")
	s.refuse(t, "user.add", add("xavier", "ALICE@example.test", password, ""), "e-mail address is taken")
	s.refuse(t, "user.add", add("alice@example.test", "x@example.test", password, ""), "taken")
	s.refuse(t, "user.add", add("xavier", "x@example.test", password, "nosuch"), `no role "nosuch"`, "authenticated, public")
	s.refuse(t, "user.add", add("xavier", "x@example.test", "short", ""), "password has less than 6 characters")
	s.refuse(t, "user.add", add("xavier", "x@example.test", strings.Repeat("x", 73), ""), "password has 73 bytes or more")
	s.refuse(t, "user.add", add("ab", "", password, ""), "username has less than 3 characters; email has less than 1")
	s.refuse(t, "user.add", add(`a\u0000bc`, "x@example.test", password, ""), "UTF-8")
	if list := run[operator.UserList](t, s, "user.list", `{}`); list.Total != 1 {
		t.Errorf("%d users", list.Total)
	}
}

func TestToken(t *testing.T) {
	s := newSite(t)
	alice := run[operator.User](t, s, "user.add", arguments["user.add"])
	token := run[operator.Token](t, s, "token", `{"user":"alice@example.test"}`)
	claims, err := s.tokens.Verify(token.Token)
	noError(t, err)
	if claims.UserID != alice.ID || token.User.ID != alice.ID || token.PublicURL != "https://example.test" {
		t.Errorf("token %+v of %d", token, claims.UserID)
	}
	s.refuse(t, "token", `{"user":"nobody"}`, "no such user")
	s.refuse(t, "token", `{"user":"a\u0000"}`, "no such user")
}
