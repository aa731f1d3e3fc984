package operator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/internal/operator"
)

func TestAdminCommands(t *testing.T) {
	s := newSite(t)
	admin := run[operator.Admin](t, s, "admin.add", `{"email":"Admin@example.test","password":"`+password+`"}`)
	want := operator.Admin{ID: 1, Email: "admin@example.test"}
	if diff := cmp.Diff(want, admin); diff != "" {
		t.Errorf("admin (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]operator.Admin{want}, run[[]operator.Admin](t, s, "admin.list", `{}`)); diff != "" {
		t.Errorf("admins (-want +got):\n%s", diff)
	}
	s.refuse(t, "admin.add", arguments["admin.add"], "e-mail address is taken")
	s.refuse(t, "admin.add", `{"email":"b@example.test","password":"seven77"}`, "password has less than 8 characters")
	s.refuse(t, "admin.add", `{}`, "email has less than 1 characters")
}

func TestOperatorsAreChanged(t *testing.T) {
	s := newSite(t)
	for _, email := range []string{"a@example.test", "b@example.test"} {
		run[operator.Admin](t, s, "admin.add", `{"email":"`+email+`","password":"`+password+`"}`)
	}
	login := func(password string) bool {
		_, _, err := s.Accounts.AdminLogin(t.Context(), "a@example.test", password)
		return err == nil
	}
	want := operator.Admin{ID: 1, Email: "a@example.test", Blocked: true}
	if diff := cmp.Diff(want, run[operator.Admin](t, s, "admin.block", `{"email":"A@example.test"}`)); diff != "" || login(password) {
		t.Errorf("blocked, can sign in: %t (-want +got):\n%s", login(password), diff)
	}
	want.Blocked = false
	unblock := `{"email":"a@example.test","unblock":true}`
	if diff := cmp.Diff(want, run[operator.Admin](t, s, "admin.block", unblock)); diff != "" || !login(password) {
		t.Errorf("unblocked, can sign in: %t (-want +got):\n%s", login(password), diff)
	}
	change := `{"email":"a@example.test","password":"another password"}`
	if diff := cmp.Diff(want, run[operator.Admin](t, s, "admin.password", change)); diff != "" || login(password) || !login("another password") {
		t.Errorf("password, still the old one: %t (-want +got):\n%s", login(password), diff)
	}
	if diff := cmp.Diff(want, run[operator.Admin](t, s, "admin.remove", `{"email":"a@example.test"}`)); diff != "" || login("another password") {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	if left := run[[]operator.Admin](t, s, "admin.list", `{}`); len(left) != 1 || left[0].Email != "b@example.test" {
		t.Errorf("left %+v", left)
	}
	for _, name := range []string{"admin.block", "admin.remove"} {
		s.refuse(t, name, `{"email":"nobody@example.test"}`, "no such operator")
		s.refuse(t, name, `{}`, "no such operator")
	}
	s.refuse(t, "admin.password", `{"email":"nobody@example.test","password":"another password"}`, "no such operator")
	s.refuse(t, "admin.password", `{"email":"b@example.test","password":"seven77"}`, "password has less than 8 characters")
}

// Nobody locks the last operator out by a slip of the hand.
func TestLastOperator(t *testing.T) {
	s := newSite(t)
	for _, email := range []string{"a@example.test", "b@example.test"} {
		run[operator.Admin](t, s, "admin.add", `{"email":"`+email+`","password":"`+password+`"}`)
	}
	run[operator.Admin](t, s, "admin.block", `{"email":"a@example.test"}`)
	for _, name := range []string{"admin.block", "admin.remove"} {
		s.refuse(t, name, `{"email":"B@example.test"}`, "b@example.test is the last operator who can sign in", "--anyway")
	}
	run[operator.Admin](t, s, "admin.block", `{"email":"a@example.test"}`) // is no one to lose
	if !run[operator.Admin](t, s, "admin.block", `{"email":"b@example.test","anyway":true}`).Blocked {
		t.Error("b is not blocked")
	}
	run[operator.Admin](t, s, "admin.block", `{"email":"b@example.test","unblock":true}`)
	run[operator.Admin](t, s, "admin.remove", `{"email":"a@example.test"}`)
	s.refuse(t, "admin.remove", `{"email":"b@example.test"}`, "--anyway")
	run[operator.Admin](t, s, "admin.remove", `{"email":"b@example.test","anyway":true}`)
	if left := run[[]operator.Admin](t, s, "admin.list", `{}`); len(left) != 0 {
		t.Errorf("left %+v", left)
	}
}
