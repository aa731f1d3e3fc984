package api

import (
	"strings"
	"testing"

	"github.com/gatewright/gatewright/accounts"
)

func TestLoginEndpoint(t *testing.T) {
	s := newSite(t)
	s.user(t, "alice")
	const wrong = "Invalid identifier or password"
	form := "application/x-www-form-urlencoded"
	for _, x := range []exchange{
		{name: "by address", body: `{"identifier":"ALICE@example.test","password":"` + password + `"}`, status: 200, with: []string{
			`{"jwt":"ey`, `"user":{"id":1,"documentId":"`, `"username":"alice","email":"alice@example.test","provider":"local",` +
				`"confirmed":true,"blocked":false,"createdAt":"`,
		}, without: []string{`"role"`}},
		{name: "with fields that mean nothing", body: `{"identifier":"alice","password":"` + password + `","id":9,"role":1}`, status: 200, with: []string{`"id":1`}},
		{name: "form", media: form, body: "identifier=alice&password=Passw0rd+of+somebody", status: 200, with: []string{`"jwt"`}},
		{name: "wrong password", body: `{"identifier":"alice","password":"no"}`, status: 400, equal: failure(400, "ValidationError", wrong)},
		{name: "nobody", body: `{"identifier":"nobody","password":"no"}`, status: 400, equal: failure(400, "ValidationError", wrong)},
		{name: "NUL", body: `{"identifier":"alice\u0000","password":"no"}`, status: 400, equal: failure(400, "ValidationError", wrong)},
		{name: "no UTF-8", media: form, body: "identifier=alice%ff&password=no", status: 400, equal: failure(400, "ValidationError", wrong)},
		{name: "empty", body: ``, status: 400, with: []string{`"2 errors occurred"`, `{"path":["identifier"],"message":"identifier is a required field","name":"ValidationError"}`}},
		{name: "no media type", media: "x/y", body: `{"identifier":"alice"}`, status: 400, with: []string{`"2 errors occurred"`}},
		{name: "text", media: "text/plain", body: `hello`, status: 400, with: []string{"this must be a `object` type, but the final value was: `\\\"hello\\\"`.", `"value":"hello"`}},
		{name: "list", body: `["alice"]`, status: 400, with: []string{"this must be a `object` type"}},
		{name: "JSON text", body: `"hello"`, status: 400, equal: `{"data":null,"error":{"status":400,"name":"SyntaxError","message":"invalid JSON, only supports object and array"}}`},
		{name: "identifier is a list", body: `{"identifier":["alice"],"password":"x"}`, status: 400, with: []string{`"value":["alice"]`}},
		{name: "identifier is an operator", body: `{"identifier":{"$gt":""},"password":"x"}`, status: 400, with: []string{"identifier must be a `string` type"}},
		{name: "too large", body: `{"identifier":"` + strings.Repeat("x", 1<<20) + `"}`, status: 413, with: []string{`"PayloadTooLargeError"`}},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.method, x.target = "POST", "/api/auth/local"
			x.check(t, s.serve(t, x))
		})
	}
	err := s.Accounts.UpdateProviders(t.Context(), func(accounts.Providers) (accounts.Providers, error) {
		return accounts.Providers{accounts.LocalProvider: {}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	off := exchange{
		method: "POST", target: "/api/auth/local", body: `[]`, status: 400,
		equal: failure(400, "ApplicationError", "This provider is disabled"),
	}
	off.check(t, s.serve(t, off))
}

func TestRegisterEndpoint(t *testing.T) {
	const taken = "Email or Username are already taken"
	good := func(more string) string {
		return `{"username":"bob","email":"BOB@example.test","password":"` + password + `"` + more + `}`
	}
	for _, x := range []exchange{
		{name: "good", body: good(""), status: 200, with: []string{`{"jwt":"ey`, `"username":"bob","email":"bob@example.test"`}},
		{name: "a role", body: good(`,"role":1`), status: 400, equal: failure(400, "ValidationError", "Invalid parameters: role")},
		{name: "several, in order", body: good(`,"confirmed":true,"blocked":false,"zeta":1`), status: 400, equal: failure(400, "ValidationError", "Invalid parameters: confirmed, blocked, zeta")},
		{name: "keys of other cases", body: good(`,"Role":1,"provider":"github","id":5,"ValidFrom":1`), status: 400, equal: failure(400, "ValidationError", "Invalid parameters: Role, provider, id, ValidFrom")},
		{name: "prototype", body: good(`,"__proto__":{"role":1}`), status: 400, equal: failure(400, "ValidationError", "Invalid parameters: __proto__")},
		{name: "extra key before missing ones", body: `{"id":5}`, status: 400, equal: failure(400, "ValidationError", "Invalid parameters: id")},
		{name: "a form with a role", media: "application/x-www-form-urlencoded", body: "username=bob&email=b@example.test&password=" + "Passw0rd&role[id]=1", status: 400, equal: failure(400, "ValidationError", "Invalid parameters: role")},
		{name: "taken address", body: strings.Replace(good(""), "BOB@", "Alice@", 1), status: 400, equal: failure(400, "ApplicationError", taken)},
		{name: "taken username", body: strings.Replace(good(""), `"bob"`, `"alice"`, 1), status: 400, equal: failure(400, "ApplicationError", taken)},
		{name: "nothing", body: `{}`, status: 400, with: []string{`"3 errors occurred"`}},
		{name: "null", body: `{"username":null,"email":null,"password":null}`, status: 400, with: []string{`"3 errors occurred"`, `"email must be a ` + "`string`" + ` type, but the final value was: ` + "`null`" + `."`}},
		{name: "bad address", body: strings.Replace(good(""), "BOB@example.test", "bob@localhost", 1), status: 400, with: []string{`"message":"email must be a valid email","details":{"errors":[{"path":["email"]`, `"value":"bob@localhost"`}},
		{name: "header in the address", body: strings.Replace(good(""), "BOB@example.test", `b@x.y\r\nBcc: a@b.c`, 1), status: 400, with: []string{"email must be a valid email"}},
		{name: "short username", body: strings.Replace(good(""), `"bob"`, `"ab"`, 1), status: 400, with: []string{"username must be at least 3 characters", `"value":"ab"`}},
		{name: "NUL in the username", body: strings.Replace(good(""), `"bob"`, `"b\u0000ob"`, 1), status: 400, with: []string{`"ValidationError"`}},
		{name: "long password", body: strings.Replace(good(""), password, strings.Repeat("x", 73), 1), status: 400, with: []string{"Password must be less than 73 bytes"}, without: []string{"xxx"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newSite(t)
			s.user(t, "alice")
			x.method, x.target = "POST", "/api/auth/local/register"
			x.check(t, s.serve(t, x))
			n, err := s.Accounts.CountUsers(t.Context(), nil)
			if made := n == 2; err != nil || made != (x.status == 200) {
				t.Errorf("%d accounts, %v", n, err)
			}
		})
	}
}

func TestRegisterWithAllowedField(t *testing.T) {
	s := newSite(t)
	s.RegisterFields = []string{"blocked"}
	for _, x := range []exchange{
		{body: `{"username":"bob","email":"b@example.test","password":"` + password + `","blocked":true}`, status: 200, with: []string{`"blocked":true`}},
		{body: `{"username":"bib","email":"c@example.test","password":"` + password + `","blocked":"maybe"}`, status: 400, with: []string{"blocked must be a `boolean` type"}},
		{body: `{"username":"bib","email":"c@example.test","password":"` + password + `","confirmed":true}`, status: 400, with: []string{"Invalid parameters: confirmed"}},
	} {
		x.method, x.target = "POST", "/api/auth/local/register"
		x.check(t, s.serve(t, x))
	}
	s.set(t, func(a *accounts.Advanced) { a.AllowRegister = false })
	off := exchange{
		method: "POST", target: "/api/auth/local/register", body: `[]`, status: 400,
		equal: failure(400, "ApplicationError", "Register action is currently disabled"),
	}
	off.check(t, s.serve(t, off))
}
