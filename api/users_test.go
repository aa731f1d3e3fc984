package api

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gatewright/gatewright/store"
)

// noBody is the check of an answer that is empty.
func noBody(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code != 204 || w.Body.Len() != 0 {
		t.Errorf("%d %s, want an empty answer", w.Code, w.Body)
	}
}

func TestReadingUsers(t *testing.T) {
	s := newSite(t)
	alice, bob := s.user(t, "alice"), s.user(t, "bobby")
	reader, nobody := callerWith(t, alice.ID, actionReadRoles), callerWith(t, 0)
	roles := callerWith(t, alice.ID, actionReadRoles)
	me := callerWith(t, alice.ID)
	one := fmt.Sprintf("/api/users/%d", bob.ID)
	role := `"role":{"id":1,"documentId":"`
	for _, x := range []exchange{
		{name: "all", target: "/api/users", caller: &me, status: 200, with: []string{`[{"id":1,"documentId":"`, `},{"id":2,`}, without: []string{`"role"`}},
		{name: "filtered", target: "/api/users?filters[username]=bobby&fields=username", caller: &me, status: 200, equal: `[{"id":2,"documentId":"` + bob.DocumentID + `","username":"bobby"}]`},
		{name: "sorted", target: "/api/users?sort=username:desc&fields=blocked", caller: &me, status: 200, equal: `[{"id":2,"documentId":"` + bob.DocumentID + `","blocked":false},{"id":1,"documentId":"` + alice.DocumentID + `","blocked":false}]`},
		{name: "none", target: "/api/users?filters[username]=nobody", caller: &me, status: 200, equal: `[]`},
		{name: "with roles", target: "/api/users?populate=role", caller: &roles, status: 200, with: []string{role}},
		{name: "with roles, not allowed", target: "/api/users?populate=role", caller: &me, status: 200, without: []string{`"role"`}},
		{name: "some of a role", target: "/api/users?populate[role][fields]=name&fields=username", caller: &reader, status: 200, with: []string{`"role":{"id":1,"documentId":"`, `"name":"Authenticated"}`}, without: []string{`"type"`}},
		{name: "private filter", target: "/api/users?filters[password][$startsWith]=$2a", caller: &me, status: 400, with: []string{`"Invalid key password"`}},
		{name: "count", target: "/api/users/count", caller: &me, status: 200, equal: `2`},
		{name: "count some", target: "/api/users/count?filters[username]=alice", caller: &me, status: 200, equal: `1`},
		{name: "count, private filter", target: "/api/users/count?filters[confirmationToken]=x", caller: &me, status: 400},
		{name: "me", target: "/api/users/me", caller: &me, status: 200, with: []string{`{"id":1,`}, without: []string{`"role"`}},
		{name: "me, some fields", target: "/api/users/me?fields[0]=email", caller: &me, status: 200, equal: `{"id":1,"documentId":"` + alice.DocumentID + `","email":"alice@example.test"}`},
		{name: "me, a private field", target: "/api/users/me?fields[0]=password", caller: &me, status: 400, with: []string{`"Invalid key password"`}},
		{name: "me, nobody", target: "/api/users/me", caller: &nobody, status: 401, equal: failure(401, "UnauthorizedError", "Unauthorized")},
		{name: "one", target: one, caller: &me, status: 200, with: []string{`{"id":2,`}},
		{name: "one, a private field", target: one + "?fields=resetPasswordToken", caller: &me, status: 400},
		{name: "more than 50 keys to sort by", target: "/api/users?sort=" + strings.Repeat("id,", 51), caller: &me, status: 400, with: []string{`"Too many keys in sort"`}},
		{name: "deeper than a store goes", target: "/api/users?filters" + strings.Repeat("[$not]", 29) + "[id]=1", caller: &me, status: 400, with: []string{`"Too many levels in filters"`}},
		{name: "NUL", target: "/api/users?filters[username]=%00", caller: &me, status: 400, with: []string{`"Invalid value in filters"`}},
		{name: "no UTF-8", target: "/api/users?_q=%ff", caller: &me, status: 400, with: []string{`"Invalid value in _q"`}},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.method = "GET"
			x.check(t, s.serve(t, x))
		})
	}
	for _, id := range []string{"99", "0", "-1", "abc", "1e0", "99999999999999999999", alice.DocumentID} {
		noBody(t, s.serve(t, exchange{method: "GET", target: "/api/users/" + id, caller: &me}))
	}
}

// Every operator goes with every field, whatever the value is: the answer is a list or a refusal, never a failure.
func TestEveryOperatorOnEveryField(t *testing.T) {
	s := newSite(t)
	alice := s.user(t, "alice")
	boss := callerWith(t, alice.ID, actionReadRoles)
	fields := []string{"[role]"}
	for name := range store.UserFields {
		fields = append(fields, "["+name+"]")
	}
	for name := range store.RoleFields {
		fields = append(fields, "[role]["+name+"]")
	}
	slices.Sort(fields)
	for _, field := range fields {
		for operator := range operators {
			for _, value := range []string{"1", "alice", "", "99999999999999999999"} {
				suffix := "=" + value
				if operator == "$between" {
					suffix = fmt.Sprintf("[0]=%[1]s&filters%[2]s[$between][1]=%[1]s", value, field)
				}
				x := exchange{method: "GET", target: "/api/users?filters" + field + "[" + operator + "]" + suffix, caller: &boss}
				w := s.serve(t, x)
				noTime := strings.HasSuffix(field, "At]") && w.Code == 400 && strings.Contains(w.Body.String(), errFilterValue.Message)
				if w.Code != 200 && !noTime {
					t.Errorf("%s: %d %s", x.target, w.Code, w.Body)
				}
			}
		}
	}
}

func TestCreateUserEndpoint(t *testing.T) {
	body := func(more string) string {
		return `{"username":"carl","email":"CARL@example.test","password":"` + password + `"` + more + `}`
	}
	for _, x := range []exchange{
		{name: "good", body: body(`,"role":1`), status: 201, with: []string{`{"id":2,`, `"email":"carl@example.test","provider":"local","confirmed":false,"blocked":false`}, without: []string{`"role"`}},
		{name: "provider is ours to say", body: body(`,"role":1,"provider":"github","confirmed":true,"id":77,"documentId":"x"`), status: 201, with: []string{`{"id":2,`, `"provider":"local","confirmed":true`}},
		{name: "role by text", body: body(`,"role":"2"`), status: 201},
		{name: "role by connect", body: body(`,"role":{"connect":[{"id":1}]}`), status: 201},
		{name: "no role", body: body(``), status: 400, equal: `{"data":null,"error":{"status":400,"name":"ValidationError","message":"role is a required field","details":{"errors":[{"path":["role"],"message":"role is a required field","name":"ValidationError"}]}}}`},
		{name: "unknown role", body: body(`,"role":99`), status: 400, equal: failure(400, "ApplicationError", "1 relation(s) of type plugin::users-permissions.role associated with this entity do not exist")},
		{name: "unknown documentId", body: body(`,"role":"nosuch"`), status: 400, equal: failure(400, "ApplicationError", `Document with id "nosuch", locale "null" not found`)},
		{name: "empty strings", body: `{"username":"","email":"","password":"","role":1}`, status: 400, with: []string{`"5 errors occurred"`, `"password must be at least 1 characters"`}},
		{name: "numbers", body: `{"username":1,"email":2,"password":3,"role":1}`, status: 400, with: []string{`"3 errors occurred"`, "final value was: `********`"}},
		{name: "taken username", body: strings.Replace(body(`,"role":1`), `"carl"`, `"alice"`, 1), status: 400, equal: failure(400, "ApplicationError", "This attribute must be unique")},
		{name: "taken address", body: strings.Replace(body(`,"role":1`), "CARL@", "Alice@", 1), status: 400, equal: failure(400, "ApplicationError", "Email already taken")},
		{name: "short username", body: strings.Replace(body(`,"role":1`), `"carl"`, `"ab"`, 1), status: 400, equal: failure(400, "ApplicationError", "username must be at least 3 characters")},
		{name: "short password", body: strings.Replace(body(`,"role":1`), password, "abc", 1), status: 400, equal: failure(400, "ApplicationError", "password must be at least 6 characters")},
		{name: "long password", body: strings.Replace(body(`,"role":1`), password, strings.Repeat("a", 73), 1), status: 400, equal: failure(400, "ApplicationError", "Password must be less than 73 bytes")},
		{name: "NUL", body: strings.Replace(body(`,"role":1`), `"carl"`, `"ca\u0000rl"`, 1), status: 400},
		{name: "list", body: `[]`, status: 400, with: []string{"this must be a `object` type"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newSite(t)
			alice := s.user(t, "alice")
			caller := callerWith(t, alice.ID)
			x.method, x.target, x.caller = "POST", "/api/users", &caller
			x.check(t, s.serve(t, x))
			n, err := s.Accounts.CountUsers(t.Context(), nil)
			if made := n == 2; err != nil || made != (x.status == 201) {
				t.Errorf("%d accounts, %v", n, err)
			}
		})
	}
	s := newSite(t)
	roles := callerWith(t, 1, actionReadRoles)
	x := exchange{method: "POST", target: "/api/users", body: body(`,"role":1`), caller: &roles, status: 201, with: []string{`"role":{"id":1,`}}
	x.check(t, s.serve(t, x))
}

func TestUpdateUserEndpoint(t *testing.T) {
	for _, x := range []exchange{
		{name: "username", body: `{"username":"alicia"}`, status: 200, with: []string{`"username":"alicia"`}},
		{name: "address", body: `{"email":"NEW@example.test"}`, status: 200, with: []string{`"email":"new@example.test"`}},
		{name: "blocked", body: `{"blocked":true}`, status: 200, with: []string{`"blocked":true`}},
		{name: "confirmed, as a text", body: `{"confirmed":"f"}`, status: 200, with: []string{`"confirmed":false`}},
		{name: "provider", body: `{"provider":"github"}`, status: 200, with: []string{`"provider":"github"`}},
		{name: "role", body: `{"role":2}`, status: 200},
		{name: "what cannot be changed", body: `{"id":77,"documentId":"x","createdAt":"2001-01-01","resetPasswordToken":"x","ValidFrom":1}`, status: 200, with: []string{`{"id":1,"documentId":"`}, without: []string{`"documentId":"x"`}},
		{name: "taken username", body: `{"username":"bobby"}`, status: 400, equal: failure(400, "ApplicationError", "Username already taken")},
		{name: "taken address", body: `{"email":"BOBBY@example.test"}`, status: 400, equal: failure(400, "ApplicationError", "Email already taken")},
		{name: "bad address", body: `{"email":"nope"}`, status: 400, with: []string{`"email must be a valid email"`}},
		{name: "empty address", body: `{"email":""}`, status: 400, with: []string{`"email must be at least 1 characters"`}},
		{name: "null address", body: `{"email":null}`, status: 400, with: []string{"email must be a `string` type, but the final value was: `null`."}},
		{name: "empty password", body: `{"password":""}`, status: 400, equal: failure(400, "ValidationError", "password.notNull")},
		{name: "null password", body: `{"password":null}`, status: 400, equal: failure(400, "ValidationError", "password.notNull")},
		{name: "password is a number", body: `{"password":123456}`, status: 400, without: []string{"123456"}},
		{name: "unknown role", body: `{"role":99}`, status: 400, with: []string{`"1 relation(s) of type plugin::users-permissions.role associated with this entity do not exist"`, `"value":{"role":{"set":[{"id":99}]},"publishedAt":"`}},
		{name: "disconnected role", body: `{"role":{"disconnect":[{"id":1}]}}`, status: 400, with: []string{`"Cannot remove role"`, `"path":["role","disconnect"]`}},
		{name: "list", body: `[]`, status: 400, with: []string{"this must be a `object` type"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newSite(t)
			alice := s.user(t, "alice")
			s.user(t, "bobby")
			caller := callerWith(t, alice.ID)
			x.method, x.target, x.caller = "PUT", fmt.Sprintf("/api/users/%d", alice.ID), &caller
			x.check(t, s.serve(t, x))
			after, err := s.Accounts.User(t.Context(), alice.ID)
			if changed := !after.UpdatedAt.Equal(alice.UpdatedAt); err != nil || changed && x.status != 200 {
				t.Errorf("refused and yet changed: %+v, %v", after, err)
			}
		})
	}
	s := newSite(t)
	for _, id := range []string{"99", "0", "abc"} {
		x := exchange{method: "PUT", target: "/api/users/" + id, body: `{"username":"x"}`, status: 404, equal: failure(404, "NotFoundError", "User not found")}
		x.check(t, s.serve(t, x))
	}
}

func TestDeleteUserEndpoint(t *testing.T) {
	s := newSite(t)
	alice := s.user(t, "alice")
	target := fmt.Sprintf("/api/users/%d", alice.ID)
	for _, id := range []string{"99", "0", "abc", alice.DocumentID} {
		noBody(t, s.serve(t, exchange{method: "DELETE", target: "/api/users/" + id}))
	}
	roles := callerWith(t, 9, actionReadRoles)
	x := exchange{method: "DELETE", target: target + "?populate=role", caller: &roles, status: 200, with: []string{`{"id":1,`, `"username":"alice"`}, without: []string{`"role"`}}
	x.check(t, s.serve(t, x))
	noBody(t, s.serve(t, exchange{method: "DELETE", target: target}))
}
