// Package store is the contract for what Gatewright remembers about people and permissions: users, roles, grants,
// settings and administrators. It owns the types, the errors and the promises; backends such as store/sqlstore keep
// them, and store/storetest holds every backend to them. It knows no HTTP, no passwords in clear and no tokens.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrNotFound is returned when the entity that was named does not exist.
var ErrNotFound = errors.New("not found")

// ErrConflict is matched by errors.Is for every *ConflictError.
var ErrConflict = errors.New("already taken")

// ErrInvalidText is returned by writes for text that is not valid UTF-8 or contains NUL: PostgreSQL cannot keep it, so
// no backend does.
var ErrInvalidText = errors.New("text is not valid UTF-8 or contains NUL")

// ConflictError says which unique field of an entity is taken by another one.
type ConflictError struct {
	Entity string // "user", "role", "admin", "admin session" or "code"
	Field  string // the Go-independent field name, for example "username"
}

// Error names the entity and the field, never the value.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s: %s is already taken", e.Entity, e.Field)
}

// Is makes errors.Is(err, ErrConflict) hold.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// Store is everything a backend keeps.
//
// Every method is atomic on its own. A write that returned nil is durable and visible to the next read on every node.
// Times are UTC with at least millisecond precision. Text is kept byte for byte, or refused with ErrInvalidText;
// comparisons are exact unless a comment says otherwise. A cancelled context aborts the call and changes nothing. A new
// store holds the Seeds.
type Store interface {
	Users
	Roles
	Grants
	Settings
	Admins
	Codes
	Outbox
	Audit
	ChangeLog

	// Tx runs fn in one transaction that is serialisable with respect to every other write: what fn read stays true
	// until its writes are visible. It commits when fn returns nil and rolls everything back otherwise, returning fn's
	// error unchanged. fn must use only the Store it is given, and may be run again when the backend asks for a retry,
	// so it has no other side effects. Calling Tx or Close inside fn is an error.
	Tx(ctx context.Context, fn func(tx Store) error) error

	// Close releases what the backend holds. Later calls fail.
	Close() error
}

// User is an account of the content API (Strapi: plugin::users-permissions.user).
type User struct {
	ID         int64
	DocumentID string // 24 characters of [a-z0-9], made by CreateUser when empty; unique
	Username   string // unique, case-sensitive
	Email      string // compared as stored; callers lower it
	Provider   string // "local" or the name of the provider that made the account
	// PasswordHash is a bcrypt hash, or empty for an account without a password.
	PasswordHash string
	Confirmed    bool
	Blocked      bool
	RoleID       int64 // 0: no role
	// ValidFrom is the second (Unix time) from which on tokens of this account are good; 0 while the password was
	// never changed. See package sessions.
	ValidFrom   int64
	Extra       map[string]any // further fields a site declares; JSON values; nil when there are none
	CreatedAt   time.Time
	UpdatedAt   time.Time
	PublishedAt time.Time
}

// Users keeps accounts.
type Users interface {
	// User returns the account with that id, or ErrNotFound.
	User(ctx context.Context, id int64) (User, error)
	// FindUsers returns the accounts that match q, in its order. A long list is read in pages: with Limit, and a Filter for
	// ids beyond the last one of the page before.
	FindUsers(ctx context.Context, q Query) ([]User, error)
	// CountUsers returns how many accounts match f.
	CountUsers(ctx context.Context, f Filter) (int64, error)
	// CreateUser stores u and returns it with ID, DocumentID (unless given) and the three times set.
	// A taken username or documentId is a *ConflictError, an unknown role ErrNotFound. E-mail addresses may repeat:
	// who wants them unique checks inside Tx.
	CreateUser(ctx context.Context, u User) (User, error)
	// UpdateUser replaces the account by what change makes of it, as one atomic step, and returns the result with
	// UpdatedAt renewed. ID, DocumentID and CreatedAt stay what they were. An error of change is returned unchanged
	// and nothing is written. Errors as for CreateUser; ErrNotFound also when there is no such account.
	UpdateUser(ctx context.Context, id int64, change func(User) (User, error)) (User, error)
	// DeleteUser removes the account, with its codes and the mails to it, and returns what it was, or ErrNotFound. The id
	// is never used again, and the events that name it stay.
	DeleteUser(ctx context.Context, id int64) (User, error)
}

// Role is a named set of grants (Strapi: plugin::users-permissions.role).
type Role struct {
	ID          int64
	DocumentID  string
	Name        string
	Description *string // nil: never given (Strapi answers null)
	Type        string  // unique; the public role has "public", the default role "authenticated"
	CreatedAt   time.Time
	UpdatedAt   time.Time
	PublishedAt time.Time
	Users       int64 // how many accounts have it; filled by reads, ignored by writes
}

// Types of the two roles every store is seeded with.
const (
	RolePublic        = "public"
	RoleAuthenticated = "authenticated"
)

// Roles keeps roles.
type Roles interface {
	// Roles returns all roles in the order of their ids.
	Roles(ctx context.Context) ([]Role, error)
	// Role returns the role with that id, or ErrNotFound.
	Role(ctx context.Context, id int64) (Role, error)
	// RoleByType returns the role of that type, or ErrNotFound.
	RoleByType(ctx context.Context, roleType string) (Role, error)
	// CreateRole stores r and returns it with ID, DocumentID and times set. A taken type is a *ConflictError.
	CreateRole(ctx context.Context, r Role) (Role, error)
	// UpdateRole is for roles what UpdateUser is for users. The type may change.
	UpdateRole(ctx context.Context, id int64, change func(Role) (Role, error)) (Role, error)
	// DeleteRole removes the role and its grants and gives its users the role heir, in one step, renewing their
	// UpdatedAt. It returns how many users moved. ErrNotFound when either role does not exist; an error when both are
	// the same. The id is never used again.
	DeleteRole(ctx context.Context, id, heir int64) (moved int64, err error)
}

// Grant allows a role an action.
type Grant struct {
	RoleID int64
	Action string // for example "api::article.article.find"
}

// Grants keeps which role may do what.
type Grants interface {
	// Grants returns all grants, ordered by role id and action.
	Grants(ctx context.Context) ([]Grant, error)
	// GrantsOf returns the actions of one role in order; none for a role that does not exist.
	GrantsOf(ctx context.Context, roleID int64) ([]string, error)
	// SetGrants makes actions the whole of what the role may do. ErrNotFound when there is no such role. Duplicates
	// count once.
	SetGrants(ctx context.Context, roleID int64, actions []string) error
	// ChangeGrants adds and removes single actions in one step. Adding what is there and removing what is not is fine;
	// an action in both is removed. ErrNotFound when there is no such role.
	ChangeGrants(ctx context.Context, roleID int64, add, remove []string) error
}

// Settings keeps named JSON documents: advanced settings, providers, signing keys.
type Settings interface {
	// Setting returns the document of that name, or ErrNotFound.
	Setting(ctx context.Context, name string) (json.RawMessage, error)
	// PutSetting stores the document under that name, in place of the one there was. A value that is not JSON is an
	// error.
	PutSetting(ctx context.Context, name string, value json.RawMessage) error
}

// Admin is an operator's account. It is no user of the content API and never has a token for it.
type Admin struct {
	ID           int64
	DocumentID   string
	Email        string // unique, lower case
	Firstname    string
	Lastname     string
	PasswordHash string
	Blocked      bool
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// AdminSession is a signed-in operator. The token itself is never stored.
type AdminSession struct {
	TokenHash string // hexadecimal SHA-256 of the token
	AdminID   int64
	ExpiresAt time.Time
}

// Admins keeps operators and their sessions.
type Admins interface {
	// Admins returns all operators in the order of their ids.
	Admins(ctx context.Context) ([]Admin, error)
	// AdminByEmail returns the operator with that address, or ErrNotFound.
	AdminByEmail(ctx context.Context, email string) (Admin, error)
	// CreateAdmin stores a and returns it with ID, DocumentID and times set. A taken e-mail is a *ConflictError.
	CreateAdmin(ctx context.Context, a Admin) (Admin, error)
	// UpdateAdmin is for operators what UpdateUser is for users.
	UpdateAdmin(ctx context.Context, id int64, change func(Admin) (Admin, error)) (Admin, error)
	// DeleteAdmin removes the operator and its sessions, or returns ErrNotFound. The id is never used again.
	DeleteAdmin(ctx context.Context, id int64) error
	// CreateAdminSession stores s and forgets sessions that have expired. ErrNotFound when there is no such operator, a
	// *ConflictError when the token is that of another session.
	CreateAdminSession(ctx context.Context, s AdminSession) error
	// AdminBySession returns the operator of the session, or ErrNotFound when it is unknown or expired at now.
	AdminBySession(ctx context.Context, tokenHash string, now time.Time) (Admin, error)
	// DeleteAdminSessions removes the sessions of an operator; there may be none, and no such operator.
	DeleteAdminSessions(ctx context.Context, adminID int64) error
}

// ChangeKind says what a Change is about.
type ChangeKind string

// The kinds of Change.
const (
	// ChangeUser is a user that was created, changed or deleted. Subject is the id; empty means all users, which is
	// what DeleteRole appends when it moved more than 1000 of them.
	ChangeUser    ChangeKind = "user"
	ChangePolicy  ChangeKind = "policy"  // roles or grants; Subject is the role's id
	ChangeSetting ChangeKind = "setting" // Subject is the setting's name
)

// Change tells that a fact others may have cached is another one now.
type Change struct {
	Seq     int64
	Kind    ChangeKind
	Subject string
}

// ChangeLog lets every process that shares the store notice what the others wrote. Each write of a user, role, grant or
// setting appends to it in the same transaction.
type ChangeLog interface {
	// LastChange returns the newest sequence number; 0 in a store nobody wrote to.
	LastChange(ctx context.Context) (int64, error)
	// ChangesSince returns the changes after seq, oldest first. complete is false when some of them are no longer
	// kept (a backend keeps at least an hour's) or seq is one this store has not reached, and then everything cached
	// must go.
	ChangesSince(ctx context.Context, seq int64) (changes []Change, complete bool, err error)
	// OnChange registers fn to be called with the changes of each write made through this Store value, after it is
	// durable and before the write's call returns; the changes of a Tx come in one call. Calls come one at a time, in
	// the order of Seq, and to several functions in the order they were registered. fn must not write to the store.
	// cancel ends it.
	OnChange(fn func([]Change)) (cancel func())
}
