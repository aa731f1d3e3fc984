package storetest

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatewright/gatewright/store"
)

var userContracts = []contract{
	{"a new store has no users", usersEmpty},
	{"create sets id, documentId and times", userCreate},
	{"create ignores id and times it is given", userCreateIgnores},
	{"every field survives the round trip", userRoundTrip},
	{"extra fields survive the round trip", userExtra},
	{"a given documentId is kept", userDocumentID},
	{"username and documentId are unique", userUnique},
	{"usernames that differ in case are different", userUsernameCase},
	{"e-mail addresses may repeat", userEmailRepeats},
	{"an unknown role is not found", userUnknownRole},
	{"a missing user is not found", userMissing},
	{"update replaces and renews updatedAt", userUpdate},
	{"update keeps id, documentId and createdAt", userUpdateImmutable},
	{"update that fails leaves all unchanged", userUpdateRefused},
	{"update refuses a taken username and an unknown role", userUpdateConflict},
	{"update may keep its own username", userUpdateOwn},
	{"delete returns what the user was", userDelete},
	{"ids are not used again", userIDNotReused},
}

func usersEmpty(t *testing.T, s store.Store) {
	users, err := s.FindUsers(t.Context(), store.Query{})
	noError(t, err)
	equal(t, users, []store.User{})
	count, err := s.CountUsers(t.Context(), nil)
	noError(t, err)
	equal(t, count, int64(0))
}

func userCreate(t *testing.T, s store.Store) {
	before := time.Now().Add(-time.Second)
	u := createUser(t, s, account("alice"))
	if u.ID <= 0 {
		t.Errorf("got id %d, want a positive one", u.ID)
	}
	if !regexp.MustCompile(`^[a-z0-9]{24}$`).MatchString(u.DocumentID) {
		t.Errorf("got documentId %q, want 24 characters of [a-z0-9]", u.DocumentID)
	}
	for name, at := range map[string]time.Time{
		"createdAt": u.CreatedAt, "updatedAt": u.UpdatedAt, "publishedAt": u.PublishedAt,
	} {
		if at.Before(before) || at.After(time.Now().Add(time.Second)) || at.Location() != time.UTC {
			t.Errorf("got %s %v, want now in UTC", name, at)
		}
	}
	read, err := s.User(t.Context(), u.ID)
	noError(t, err)
	equal(t, read, u)
}

func userCreateIgnores(t *testing.T, s store.Store) {
	old := time.Unix(1, 0)
	given := account("alice")
	given.ID, given.CreatedAt, given.UpdatedAt, given.PublishedAt = missingID, old, old, old
	u := createUser(t, s, given)
	if u.ID == missingID || u.CreatedAt.Equal(old) || u.UpdatedAt.Equal(old) || u.PublishedAt.Equal(old) {
		t.Errorf("got %+v, want an id and times of the store's own", u)
	}
}

func userRoundTrip(t *testing.T, s store.Store) {
	full := store.User{
		Username: "alice", Email: "alice@example.com", Provider: "github", PasswordHash: "$2a$10$hash",
		Confirmed: true, Blocked: true, RoleID: roleOf(t, s, store.RolePublic).ID, ValidFrom: 1_700_000_000,
		Extra: map[string]any{"nickname": "Al"},
	}
	u := createUser(t, s, full)
	full.ID, full.DocumentID = u.ID, u.DocumentID
	full.CreatedAt, full.UpdatedAt, full.PublishedAt = u.CreatedAt, u.UpdatedAt, u.PublishedAt
	equal(t, u, full)
	read, err := s.User(t.Context(), u.ID)
	noError(t, err)
	equal(t, read, full)
	found, err := s.FindUsers(t.Context(), store.Query{})
	noError(t, err)
	equal(t, found, []store.User{full})
}

func userExtra(t *testing.T, s store.Store) {
	a := account("alice")
	a.Extra = map[string]any{
		"text": `quotes " and ' and \ and é日`, "escapes": `\u0000 \' <&>`, "number": 1.5, "whole": float64(7),
		"yes": true, "no": false, "nothing": nil, "list": []any{"a", float64(1)}, "tree": map[string]any{"a.b": "c"},
		`odd "name'`: "kept",
	}
	u := createUser(t, s, a)
	equal(t, u.Extra, a.Extra)
	read, err := s.User(t.Context(), u.ID)
	noError(t, err)
	equal(t, read.Extra, a.Extra)

	bob := createUser(t, s, account("bob"))
	if bob.Extra != nil {
		t.Errorf("got extra fields %v, want nil", bob.Extra)
	}
}

func userDocumentID(t *testing.T, s store.Store) {
	a := account("alice")
	a.DocumentID = "abcdefghijklmnopqrstuvwx"
	equal(t, createUser(t, s, a).DocumentID, a.DocumentID)
}

func userUnique(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	_, err := s.CreateUser(t.Context(), account("alice"))
	wantConflict(t, err, "user", "username")

	bob := account("bob")
	bob.DocumentID = alice.DocumentID
	_, err = s.CreateUser(t.Context(), bob)
	wantConflict(t, err, "user", "documentId")
	count, err := s.CountUsers(t.Context(), nil)
	noError(t, err)
	equal(t, count, int64(1))
}

func userUsernameCase(t *testing.T, s store.Store) {
	createUser(t, s, account("alice"))
	createUser(t, s, account("Alice"))
}

func userEmailRepeats(t *testing.T, s store.Store) {
	a, b := account("alice"), account("bob")
	b.Email = a.Email
	createUser(t, s, a)
	equal(t, createUser(t, s, b).Email, a.Email)
}

func userUnknownRole(t *testing.T, s store.Store) {
	a := account("alice")
	a.RoleID = missingID
	_, err := s.CreateUser(t.Context(), a)
	wantError(t, err, store.ErrNotFound)
}

func userMissing(t *testing.T, s store.Store) {
	for _, id := range []int64{missingID, 0, -1} {
		_, err := s.User(t.Context(), id)
		wantError(t, err, store.ErrNotFound)
		_, err = s.DeleteUser(t.Context(), id)
		wantError(t, err, store.ErrNotFound)
		_, err = s.UpdateUser(t.Context(), id, func(u store.User) (store.User, error) {
			t.Error("change was called for a user that does not exist")
			return u, nil
		})
		wantError(t, err, store.ErrNotFound)
	}
}

func userUpdate(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	other := createUser(t, s, account("other"))
	want := store.User{
		ID: alice.ID, DocumentID: alice.DocumentID, Username: "alicia", Email: "alicia@example.com", Provider: "google",
		PasswordHash: "hash", Confirmed: true, Blocked: true, RoleID: roleOf(t, s, store.RoleAuthenticated).ID,
		ValidFrom: 42, Extra: map[string]any{"nickname": "Al"}, CreatedAt: alice.CreatedAt,
		PublishedAt: time.Date(2020, 1, 2, 3, 4, 5, 678_000_000, time.UTC),
	}
	updated, err := s.UpdateUser(t.Context(), alice.ID, func(u store.User) (store.User, error) {
		equal(t, u, alice)
		return want, nil
	})
	noError(t, err)
	if updated.UpdatedAt.Before(alice.UpdatedAt) {
		t.Errorf("got updatedAt %v, want it renewed from %v", updated.UpdatedAt, alice.UpdatedAt)
	}
	want.UpdatedAt = updated.UpdatedAt
	equal(t, updated, want)
	read, err := s.User(t.Context(), alice.ID)
	noError(t, err)
	equal(t, read, want)
	unchanged, err := s.User(t.Context(), other.ID)
	noError(t, err)
	equal(t, unchanged, other)
}

func userUpdateImmutable(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	other := createUser(t, s, account("other"))
	updated, err := s.UpdateUser(t.Context(), alice.ID, func(u store.User) (store.User, error) {
		u.ID, u.DocumentID, u.CreatedAt, u.UpdatedAt = other.ID, other.DocumentID, time.Unix(1, 0), time.Unix(1, 0)
		return u, nil
	})
	noError(t, err)
	if updated.UpdatedAt.Before(alice.UpdatedAt) {
		t.Errorf("got updatedAt %v, want the store's own", updated.UpdatedAt)
	}
	alice.UpdatedAt = updated.UpdatedAt
	equal(t, updated, alice)
}

func userUpdateRefused(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	last, err := s.LastChange(t.Context())
	noError(t, err)
	_, err = s.UpdateUser(t.Context(), alice.ID, func(u store.User) (store.User, error) {
		u.Username = "changed"
		return u, errTest
	})
	if err != errTest { //nolint:errorlint // the contract is: unchanged, not wrapped
		t.Errorf("got error %v, want that of change itself", err)
	}
	read, err := s.User(t.Context(), alice.ID)
	noError(t, err)
	equal(t, read, alice)
	now, err := s.LastChange(t.Context())
	noError(t, err)
	equal(t, now, last)
}

func userUpdateConflict(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	createUser(t, s, account("bob"))
	_, err := s.UpdateUser(t.Context(), alice.ID, func(u store.User) (store.User, error) {
		u.Username = "bob"
		return u, nil
	})
	wantConflict(t, err, "user", "username")
	_, err = s.UpdateUser(t.Context(), alice.ID, func(u store.User) (store.User, error) {
		u.RoleID = missingID
		return u, nil
	})
	wantError(t, err, store.ErrNotFound)
	read, err := s.User(t.Context(), alice.ID)
	noError(t, err)
	equal(t, read, alice)
}

func userUpdateOwn(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	_, err := s.UpdateUser(t.Context(), alice.ID, func(u store.User) (store.User, error) { return u, nil })
	noError(t, err)
}

func userDelete(t *testing.T, s store.Store) {
	alice, bob := createUser(t, s, account("alice")), createUser(t, s, account("bob"))
	deleted, err := s.DeleteUser(t.Context(), alice.ID)
	noError(t, err)
	equal(t, deleted, alice)
	_, err = s.User(t.Context(), alice.ID)
	wantError(t, err, store.ErrNotFound)
	_, err = s.User(t.Context(), bob.ID)
	noError(t, err)
	createUser(t, s, account("alice"))
}

func userIDNotReused(t *testing.T, s store.Store) {
	seen := map[int64]bool{}
	for range 3 {
		u := createUser(t, s, account(strings.Repeat("a", len(seen)+1)))
		if seen[u.ID] {
			t.Errorf("id %d was used again", u.ID)
		}
		seen[u.ID] = true
		_, err := s.DeleteUser(t.Context(), u.ID)
		noError(t, err)
	}
}
