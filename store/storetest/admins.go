package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/gatewright/gatewright/store"
)

var adminContracts = []contract{
	{"a new store has no admins", adminsEmpty},
	{"create and read", adminCreate},
	{"e-mail and documentId are unique", adminUnique},
	{"a missing admin is not found", adminMissing},
	{"update replaces and keeps id, documentId and createdAt", adminUpdate},
	{"update that fails leaves all unchanged", adminUpdateRefused},
	{"a session leads to its admin until it expires", adminSession},
	{"a session needs its admin", adminSessionMissing},
	{"a token is that of one session", adminSessionUnique},
	{"a new session forgets expired ones", adminSessionForgotten},
	{"a deleted admin is gone with its sessions", adminDelete},
	{"sessions of one admin are deleted", adminSessionsDelete},
	{"admins append no changes", adminNoChanges},
}

var operator = store.Admin{
	Email: "root@example.com", Firstname: "Ada", Lastname: "O'Neil", PasswordHash: "$2a$10$hash", Blocked: true,
}

// token is a hash as a session has it.
func token(digit string) string { return strings.Repeat(digit, 64) }

func createAdmin(t *testing.T, s store.Admins, a store.Admin) store.Admin {
	t.Helper()
	created, err := s.CreateAdmin(t.Context(), a)
	noError(t, err)
	return created
}

func adminsEmpty(t *testing.T, s store.Store) {
	admins, err := s.Admins(t.Context())
	noError(t, err)
	equal(t, admins, []store.Admin{})
}

func adminCreate(t *testing.T, s store.Store) {
	created := createAdmin(t, s, operator)
	if created.ID <= 0 || len(created.DocumentID) != 24 || created.CreatedAt.IsZero() || created.UpdatedAt.IsZero() {
		t.Errorf("got %+v, want id, documentId and times set", created)
	}
	want := operator
	want.ID, want.DocumentID = created.ID, created.DocumentID
	want.CreatedAt, want.UpdatedAt = created.CreatedAt, created.UpdatedAt
	equal(t, created, want)
	read, err := s.AdminByEmail(t.Context(), operator.Email)
	noError(t, err)
	equal(t, read, want)

	other := createAdmin(t, s, store.Admin{Email: "a@example.com"})
	admins, err := s.Admins(t.Context())
	noError(t, err)
	equal(t, admins, []store.Admin{want, other})
}

func adminUnique(t *testing.T, s store.Store) {
	created := createAdmin(t, s, operator)
	_, err := s.CreateAdmin(t.Context(), operator)
	wantConflict(t, err, "admin", "email")
	_, err = s.CreateAdmin(t.Context(), store.Admin{Email: "x@example.com", DocumentID: created.DocumentID})
	wantConflict(t, err, "admin", "documentId")
	other := createAdmin(t, s, store.Admin{Email: "x@example.com"})
	_, err = s.UpdateAdmin(t.Context(), other.ID, func(a store.Admin) (store.Admin, error) {
		a.Email = operator.Email
		return a, nil
	})
	wantConflict(t, err, "admin", "email")
}

func adminMissing(t *testing.T, s store.Store) {
	_, err := s.AdminByEmail(t.Context(), operator.Email)
	wantError(t, err, store.ErrNotFound)
	_, err = s.AdminBySession(t.Context(), token("0"), time.Now())
	wantError(t, err, store.ErrNotFound)
	_, err = s.UpdateAdmin(t.Context(), missingID, func(a store.Admin) (store.Admin, error) { return a, nil })
	wantError(t, err, store.ErrNotFound)
}

func adminUpdate(t *testing.T, s store.Store) {
	created := createAdmin(t, s, operator)
	updated, err := s.UpdateAdmin(t.Context(), created.ID, func(a store.Admin) (store.Admin, error) {
		equal(t, a, created)
		return store.Admin{ID: 9, DocumentID: "other", Email: "new@example.com", Firstname: "Grace"}, nil
	})
	noError(t, err)
	equal(t, updated, store.Admin{
		ID: created.ID, DocumentID: created.DocumentID, Email: "new@example.com", Firstname: "Grace",
		CreatedAt: created.CreatedAt, UpdatedAt: updated.UpdatedAt,
	})
	read, err := s.AdminByEmail(t.Context(), "new@example.com")
	noError(t, err)
	equal(t, read, updated)
}

func adminUpdateRefused(t *testing.T, s store.Store) {
	created := createAdmin(t, s, operator)
	_, err := s.UpdateAdmin(t.Context(), created.ID, func(a store.Admin) (store.Admin, error) {
		a.Firstname = "changed"
		return a, errTest
	})
	if err != errTest { //nolint:errorlint // the contract is: unchanged, not wrapped
		t.Errorf("got error %v, want that of change itself", err)
	}
	read, err := s.AdminByEmail(t.Context(), operator.Email)
	noError(t, err)
	equal(t, read, created)
}

func adminSession(t *testing.T, s store.Store) {
	admin, now := createAdmin(t, s, operator), time.Now()
	expiry := now.Add(time.Hour)
	noError(t, s.CreateAdminSession(t.Context(), store.AdminSession{
		TokenHash: token("a"), AdminID: admin.ID, ExpiresAt: expiry,
	}))
	read, err := s.AdminBySession(t.Context(), token("a"), now)
	noError(t, err)
	equal(t, read, admin)
	_, err = s.AdminBySession(t.Context(), token("a"), expiry)
	wantError(t, err, store.ErrNotFound)
	_, err = s.AdminBySession(t.Context(), token("A"), now)
	wantError(t, err, store.ErrNotFound)
}

func adminSessionMissing(t *testing.T, s store.Store) {
	err := s.CreateAdminSession(t.Context(), store.AdminSession{
		TokenHash: token("a"), AdminID: missingID, ExpiresAt: time.Now().Add(time.Hour),
	})
	wantError(t, err, store.ErrNotFound)
}

func adminSessionUnique(t *testing.T, s store.Store) {
	admin, other := createAdmin(t, s, operator), createAdmin(t, s, store.Admin{Email: "x@example.com"})
	session := store.AdminSession{TokenHash: token("a"), AdminID: admin.ID, ExpiresAt: time.Now().Add(time.Hour)}
	noError(t, s.CreateAdminSession(t.Context(), session))
	session.AdminID = other.ID
	wantConflict(t, s.CreateAdminSession(t.Context(), session), "admin session", "tokenHash")
	read, err := s.AdminBySession(t.Context(), token("a"), time.Now())
	noError(t, err)
	equal(t, read, admin)
}

func adminSessionForgotten(t *testing.T, s store.Store) {
	admin, now := createAdmin(t, s, operator), time.Now()
	for digit, expiry := range map[string]time.Time{"a": now.Add(-time.Minute), "b": now.Add(time.Hour)} {
		noError(t, s.CreateAdminSession(t.Context(), store.AdminSession{
			TokenHash: token(digit), AdminID: admin.ID, ExpiresAt: expiry,
		}))
	}
	noError(t, s.CreateAdminSession(t.Context(), store.AdminSession{
		TokenHash: token("c"), AdminID: admin.ID, ExpiresAt: now.Add(time.Hour),
	}))
	_, err := s.AdminBySession(t.Context(), token("a"), now.Add(-time.Hour))
	wantError(t, err, store.ErrNotFound)
	_, err = s.AdminBySession(t.Context(), token("b"), now)
	noError(t, err)
}

// signIn makes a session of the admin that is good for an hour.
func signIn(t *testing.T, s store.Admins, adminID int64, digit string) {
	t.Helper()
	noError(t, s.CreateAdminSession(t.Context(), store.AdminSession{
		TokenHash: token(digit), AdminID: adminID, ExpiresAt: time.Now().Add(time.Hour),
	}))
}

// wantSession checks whose session it is; 0 is nobody's.
func wantSession(t *testing.T, s store.Admins, digit string, adminID int64) {
	t.Helper()
	admin, err := s.AdminBySession(t.Context(), token(digit), time.Now())
	if adminID == 0 {
		wantError(t, err, store.ErrNotFound)
		return
	}
	noError(t, err)
	equal(t, admin.ID, adminID)
}

func adminDelete(t *testing.T, s store.Store) {
	admin, other := createAdmin(t, s, operator), createAdmin(t, s, store.Admin{Email: "x@example.com"})
	signIn(t, s, admin.ID, "a")
	signIn(t, s, other.ID, "b")
	noError(t, s.DeleteAdmin(t.Context(), admin.ID))
	wantSession(t, s, "a", 0)
	wantSession(t, s, "b", other.ID)
	_, err := s.AdminByEmail(t.Context(), operator.Email)
	wantError(t, err, store.ErrNotFound)
	wantError(t, s.DeleteAdmin(t.Context(), admin.ID), store.ErrNotFound)
	wantError(t, s.DeleteAdmin(t.Context(), missingID), store.ErrNotFound)

	noError(t, s.DeleteAdmin(t.Context(), other.ID))
	again := createAdmin(t, s, operator)
	if again.ID <= other.ID {
		t.Errorf("the id %d of a deleted admin is used again", again.ID)
	}
	wantSession(t, s, "a", 0)
}

func adminSessionsDelete(t *testing.T, s store.Store) {
	admin, other := createAdmin(t, s, operator), createAdmin(t, s, store.Admin{Email: "x@example.com"})
	signIn(t, s, admin.ID, "a")
	signIn(t, s, admin.ID, "b")
	signIn(t, s, other.ID, "c")
	noError(t, s.DeleteAdminSessions(t.Context(), admin.ID))
	noError(t, s.DeleteAdminSessions(t.Context(), admin.ID))
	noError(t, s.DeleteAdminSessions(t.Context(), missingID))
	wantSession(t, s, "a", 0)
	wantSession(t, s, "b", 0)
	wantSession(t, s, "c", other.ID)
	signIn(t, s, admin.ID, "d")
	wantSession(t, s, "d", admin.ID)
}

func adminNoChanges(t *testing.T, s store.Store) {
	admin := createAdmin(t, s, operator)
	_, err := s.UpdateAdmin(t.Context(), admin.ID, func(a store.Admin) (store.Admin, error) { return a, nil })
	noError(t, err)
	noError(t, s.CreateAdminSession(t.Context(), store.AdminSession{
		TokenHash: token("a"), AdminID: admin.ID, ExpiresAt: time.Now().Add(time.Hour),
	}))
	noError(t, s.DeleteAdminSessions(t.Context(), admin.ID))
	noError(t, s.DeleteAdmin(t.Context(), admin.ID))
	last, err := s.LastChange(t.Context())
	noError(t, err)
	equal(t, last, int64(0))
}
