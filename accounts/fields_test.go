package accounts_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

func texts(n, length int) map[string]any {
	extra := make(map[string]any)
	for i := range n {
		extra[string(rune('a'+i))] = strings.Repeat("x", length)
	}
	return extra
}

func TestExtraFieldsHaveBounds(t *testing.T) {
	for _, c := range []struct {
		name  string
		extra map[string]any
		want  accounts.FieldErrors
	}{
		{"longest text", map[string]any{"a": strings.Repeat("é", 4096)}, nil},
		{
			"text too long",
			map[string]any{"a": strings.Repeat("é", 4097), "b": "x"},
			accounts.FieldErrors{{Field: "a", Rule: accounts.RuleTooLong, Limit: 4096}},
		},
		{"much together", texts(3, 4096), nil},
		{
			"too much together", texts(4, 4096),
			accounts.FieldErrors{{Field: "extra", Rule: accounts.RuleTooLong, Limit: 16384}},
		},
		{
			"too much JSON",
			map[string]any{"a": []any{strings.Repeat("x", 17_000)}},
			accounts.FieldErrors{{Field: "extra", Rule: accounts.RuleTooLong, Limit: 16384}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			alice := s.register(t, "alice")
			r := registration("bobby")
			r.Extra = c.extra
			_, _, err := s.Register(t.Context(), r)
			wantFields(t, "registering", err, c.want)
			n := newUser(s, t, "carol")
			n.Extra = c.extra
			_, err = s.CreateUser(t.Context(), n)
			wantFields(t, "creating", err, c.want)
			_, err = s.UpdateUser(t.Context(), alice.ID, accounts.UserChange{Extra: c.extra})
			wantFields(t, "updating", err, c.want)
		})
	}
}

func wantFields(t *testing.T, doing string, err error, want accounts.FieldErrors) {
	t.Helper()
	if want == nil {
		noError(t, err)
		return
	}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Errorf("%s (-want +got):\n%s", doing, diff)
	}
}

// What was stored before there were bounds does not stand in the way of other changes; more is not added to it.
func TestExtraFieldsFromBefore(t *testing.T) {
	s := newSite(t)
	alice := s.register(t, "alice")
	s.change(t, alice.ID, func(u *store.User) { u.Extra = texts(2, 10_000) })
	_, err := s.UpdateUser(t.Context(), alice.ID, accounts.UserChange{Blocked: new(true)})
	noError(t, err)
	_, err = s.UpdateUser(t.Context(), alice.ID, accounts.UserChange{Extra: map[string]any{"c": "x"}})
	wantFields(t, "adding", err, accounts.FieldErrors{{Field: "extra", Rule: accounts.RuleTooLong, Limit: 16384}})
	_, err = s.UpdateUser(t.Context(), alice.ID, accounts.UserChange{Extra: map[string]any{"a": nil, "c": "x"}})
	noError(t, err)
}
