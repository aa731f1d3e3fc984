package api

import (
	"fmt"
	"strings"
	"testing"
)

// A password is repeated in no answer, whatever is wrong with it or beside it, and in no log.
func TestNoAnswerRepeatsAPassword(t *testing.T) {
	const marker = "h8-MARKER-z3"
	s := newSite(t)
	alice := s.user(t, "alice")
	boss := callerWith(t, alice.ID, actionReadRoles)
	endpoints := []struct{ method, target string }{
		{"POST", "/api/auth/local"},
		{"POST", "/api/auth/local/register"},
		{"POST", "/api/users"},
		{"PUT", fmt.Sprintf("/api/users/%d", alice.ID)},
		{"POST", "/api/auth/change-password"},
		{"POST", "/api/auth/reset-password"},
		{"POST", "/api/auth/forgot-password"},
	}
	passwords := []string{
		`"` + marker + `"`, `["` + marker + `"]`, `[["` + marker + `"]]`, `{"a":"` + marker + `"}`, `{"password":"` + marker + `"}`,
		`{"` + marker + `":1}`, `"` + marker + strings.Repeat("x", 80) + `"`, `"` + marker[:4] + `"`,
	}
	frames := []string{
		`{"password":%[1]s}`,
		`{"identifier":"alice","username":"ab","email":"nope","password":%[1]s}`,
		`{"identifier":"","username":"","email":"","password":%[1]s,"role":1}`,
		`{"identifier":1,"username":1,"email":1,"password":%[1]s,"role":true}`,
		`{"identifier":{"password":%[1]s},"username":{"password":%[1]s},"email":[{"password":%[1]s}],"password":%[1]s}`,
		`{"username":"bobby","email":"b@example.test","password":%[1]s,"role":{"connect":[{"password":%[1]s}]}}`,
		`{"role":{"disconnect":[{"password":%[1]s}]},"password":%[1]s}`,
		`{"currentPassword":%[1]s,"password":%[1]s,"passwordConfirmation":%[1]s,"code":{"password":%[1]s}}`,
		`{"currentPassword":%[1]s,"password":"x","passwordConfirmation":%[1]s}`,
		`{"currentPassword":1,"password":%[1]s,"passwordConfirmation":1,"newPassword":%[1]s}`,
		`{"user":{"password":%[1]s},"password":%[1]s}`,
		`[{"identifier":"alice","password":%[1]s}]`,
		`{"Password":%[1]s,"email":{"PASSWORD":%[1]s}}`,
	}
	send := func(method, target, media, body string) {
		t.Helper()
		x := exchange{method: method, target: target, media: media, body: body, caller: &boss}
		w := s.serve(t, x)
		if answer := w.Body.String(); strings.Contains(answer, marker) {
			t.Errorf("%s %s with %s %s is answered %s", method, target, media, body, answer)
		}
	}
	for _, e := range endpoints {
		for _, value := range passwords {
			for _, frame := range frames {
				body := fmt.Sprintf(frame, value)
				send(e.method, e.target, "application/json", body)
				send(e.method, e.target, "text/plain", body)
			}
		}
		form := "identifier=alice&username=ab&email=x&password=" + marker
		send(e.method, e.target, "application/x-www-form-urlencoded", form+"&password="+marker)
		send(e.method, e.target, "application/x-www-form-urlencoded", form+"[a]="+marker+"&password[b]="+marker)
		send(e.method, e.target, "application/x-www-form-urlencoded", "password[]="+marker+"&identifier[password]="+marker)
		send(e.method, e.target, "text/plain", form)
		send(e.method, e.target, "multipart/form-data; boundary=B",
			"--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n"+marker+"\r\n--B--\r\n")
		send(e.method, e.target, "application/json", `{"password":"`+marker+`"`)
		send(e.method, e.target, "application/json", `{"password":`+marker+`}`)
	}
	if strings.Contains(s.log.String(), marker) {
		t.Errorf("logged: %s", s.log)
	}
}

func TestDiscreet(t *testing.T) {
	for document, want := range map[string]string{
		`{"a":[{"b":1,"password":"x"}]}`:             `{"a":[{"b":1,"password":"********"}]}`,
		`{"password":{"a":1,"b":["x"]},"secret":12}`: `{"password":"********","secret":"********"}`,
		`{"newPassword":null,"a":"password"}`:        `{"newPassword":null,"a":"password"}`,
		`["hello"]`:                                  `["hello"]`,
	} {
		value, err := parseJSON([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		if got := toJSON(t, discreet(value)); got != want {
			t.Errorf("%s is shown as %s, want %s", document, got, want)
		}
	}
}
