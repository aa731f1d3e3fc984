// Package storetest holds every backend of package store to its contract: one suite, one file for each entity. A bug
// found in one backend becomes a case here.
package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gatewright/gatewright/store"
)

// contract is a promise of package store, tried on a new store.
type contract struct {
	name string
	try  func(t *testing.T, s store.Store)
}

// Run tries every promise that one caller at a time can see. open returns a new store, which holds nothing but the
// seeds, and sees to it that it is closed when the test ends.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	run(t, open, "Users", userContracts)
	run(t, open, "Roles", roleContracts)
	run(t, open, "Grants", grantContracts)
	run(t, open, "Settings", settingContracts)
	run(t, open, "Admins", adminContracts)
	run(t, open, "Codes", codeContracts)
	run(t, open, "Outbox", outboxContracts)
	run(t, open, "Audit", auditContracts)
	run(t, open, "Changes", changeContracts)
	run(t, open, "Tx", txContracts)
	run(t, open, "Query", queryContracts)
	run(t, open, "Comparison", comparisonContracts)
	run(t, open, "Text", textContracts)
	run(t, open, "Context", contextContracts)
}

// RunConcurrency tries the promises that need several callers at once. open is that of Run.
func RunConcurrency(t *testing.T, open func(t *testing.T) store.Store) {
	run(t, open, "Concurrency", concurrencyContracts)
	run(t, open, "MailConcurrency", mailConcurrencyContracts)
}

func run(t *testing.T, open func(t *testing.T) store.Store, entity string, contracts []contract) {
	t.Run(entity, func(t *testing.T) {
		for _, c := range contracts {
			t.Run(c.name, func(t *testing.T) { c.try(t, open(t)) })
		}
	})
}

// missingID is an id that no row of a test's store has.
const missingID = 1 << 40

var errTest = errors.New("refused by the test")

// account is a user with the least that a user has.
func account(username string) store.User {
	return store.User{Username: username, Email: username + "@example.com", Provider: "local"}
}

func createUser(t *testing.T, s store.Users, u store.User) store.User {
	t.Helper()
	created, err := s.CreateUser(t.Context(), u)
	noError(t, err)
	return created
}

func createRole(t *testing.T, s store.Roles, roleType string) store.Role {
	t.Helper()
	created, err := s.CreateRole(t.Context(), store.Role{Name: "The " + roleType, Type: roleType})
	noError(t, err)
	return created
}

func roleOf(t *testing.T, s store.Roles, roleType string) store.Role {
	t.Helper()
	role, err := s.RoleByType(t.Context(), roleType)
	noError(t, err)
	return role
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

func wantConflict(t *testing.T, err error, entity, field string) {
	t.Helper()
	wantError(t, err, store.ErrConflict)
	conflict, ok := errors.AsType[*store.ConflictError](err)
	if !ok {
		t.Fatalf("got error %v, want a *store.ConflictError", err)
	}
	equal(t, *conflict, store.ConflictError{Entity: entity, Field: field})
}

// equal compares results; nil and empty are the same.
func equal(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("unexpected result (-want +got):\n%s", diff)
	}
}

// cancelled is a context that has ended.
func cancelled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
