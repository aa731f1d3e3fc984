package conformance

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPending(t *testing.T) {
	pending, err := parsePending("# why\n\nusers/*   # not yet\nlogin/by-email\nlogin/by-email\nlogin/by-phone\nusers/me\n")
	if err != nil {
		t.Fatal(err)
	}
	for label, want := range map[string]string{
		"users/me": "users/*", "login/by-email": "login/by-email", "login/by-email-too": "", "usersx/me": "", "login/other": "",
	} {
		if got := pending.Pattern(label); got != want {
			t.Errorf("%s is covered by %q, want %q", label, got, want)
		}
	}
	idle := pending.Idle([]string{"users/me", "users/you", "login/by-email", "login/other"})
	if diff := cmp.Diff([]string{"login/by-email", "login/by-phone", "users/me"}, idle); diff != "" {
		t.Errorf("idle (-want +got):\n%s", diff)
	}
}

func TestPendingRefuses(t *testing.T) {
	for _, line := range []string{"users", "*", "*/*", "us*/me", "users/m*", "/x", "users/", "users/me because", "users/a b"} {
		if _, err := parsePending(line); err == nil {
			t.Errorf("%q was taken", line)
		}
	}
	if _, err := LoadPending("no-such-file"); err == nil {
		t.Error("a missing file was taken")
	}
}
