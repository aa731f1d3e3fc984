package api

import (
	"slices"
	"time"

	"github.com/gatewright/gatewright/store"
)

// timeFormat is how JavaScript writes a time.
const timeFormat = "2006-01-02T15:04:05.000Z"

func jsTime(t time.Time) string { return t.UTC().Format(timeFormat) }

// view is what an answer shows of a user.
type view struct {
	fields []string // nil: all. id and documentId are always shown
	role   *roleView
}

// roleView is what an answer shows of a user's role.
type roleView struct {
	fields []string // nil: all
	roles  func(id int64) (store.Role, bool)
}

// userView is a user as clients see it. A password, a code or another private field is never in it.
func (s *Server) userView(u store.User, v *view) *Object {
	if v == nil {
		v = &view{}
	}
	o := NewObject().Set("id", u.ID).Set("documentId", u.DocumentID)
	show(o, v.fields, []namedValue{
		{"username", u.Username},
		{"email", u.Email},
		{"provider", u.Provider},
		{"confirmed", u.Confirmed},
		{"blocked", u.Blocked},
		{"createdAt", jsTime(u.CreatedAt)},
		{"updatedAt", jsTime(u.UpdatedAt)},
		{"publishedAt", jsTime(u.PublishedAt)},
	})
	for _, f := range s.Accounts.Fields() {
		show(o, v.fields, []namedValue{{f.Name, u.Extra[f.Name]}})
	}
	if v.role != nil {
		o.Set("role", v.role.show(u.RoleID))
	}
	return o
}

func (v *roleView) show(id int64) any {
	role, ok := v.roles(id)
	if !ok {
		return nil
	}
	return roleObject(role, v.fields)
}

// roleObject is a role as clients see it, without its users and permissions.
func roleObject(r store.Role, fields []string) *Object {
	o := NewObject().Set("id", r.ID).Set("documentId", r.DocumentID)
	var description any
	if r.Description != nil {
		description = *r.Description
	}
	show(o, fields, []namedValue{
		{"name", r.Name},
		{"description", description},
		{"type", r.Type},
		{"createdAt", jsTime(r.CreatedAt)},
		{"updatedAt", jsTime(r.UpdatedAt)},
		{"publishedAt", jsTime(r.PublishedAt)},
	})
	return o
}

type namedValue struct {
	name  string
	value any
}

func show(o *Object, chosen []string, values []namedValue) {
	for _, v := range values {
		if chosen == nil || slices.Contains(chosen, v.name) {
			o.Set(v.name, v.value)
		}
	}
}
