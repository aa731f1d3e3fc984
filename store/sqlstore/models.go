package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/gatewright/gatewright/store"
)

// userRow is a row of users. Like all rows it has times in Unix milliseconds.
type userRow struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	ID           int64  `bun:"id,pk,autoincrement"`
	DocumentID   string `bun:"document_id"`
	Username     string `bun:"username"`
	Email        string `bun:"email"`
	Provider     string `bun:"provider"`
	PasswordHash string `bun:"password_hash"`
	Confirmed    bool   `bun:"confirmed"`
	Blocked      bool   `bun:"blocked"`
	RoleID       int64  `bun:"role_id,nullzero"`
	ValidFrom    int64  `bun:"valid_from"`
	Extra        string `bun:"extra"` // a JSON object
	CreatedAt    int64  `bun:"created_at"`
	UpdatedAt    int64  `bun:"updated_at"`
	PublishedAt  int64  `bun:"published_at"`
}

// newUserRow refuses text that a database cannot keep.
func newUserRow(u store.User) (*userRow, error) {
	if err := checkText(u.DocumentID, u.Username, u.Email, u.Provider, u.PasswordHash); err != nil {
		return nil, err
	}
	extra, err := marshalExtra(u.Extra)
	if err != nil {
		return nil, err
	}
	return &userRow{
		ID: u.ID, DocumentID: u.DocumentID, Username: u.Username, Email: u.Email, Provider: u.Provider,
		PasswordHash: u.PasswordHash, Confirmed: u.Confirmed, Blocked: u.Blocked, RoleID: u.RoleID,
		ValidFrom: u.ValidFrom, Extra: extra,
		CreatedAt: u.CreatedAt.UnixMilli(), UpdatedAt: u.UpdatedAt.UnixMilli(), PublishedAt: u.PublishedAt.UnixMilli(),
	}, nil
}

func (r *userRow) user() (store.User, error) {
	u := store.User{
		ID: r.ID, DocumentID: r.DocumentID, Username: r.Username, Email: r.Email, Provider: r.Provider,
		PasswordHash: r.PasswordHash, Confirmed: r.Confirmed, Blocked: r.Blocked, RoleID: r.RoleID,
		ValidFrom: r.ValidFrom,
		CreatedAt: fromMillis(r.CreatedAt), UpdatedAt: fromMillis(r.UpdatedAt), PublishedAt: fromMillis(r.PublishedAt),
	}
	if r.Extra != noExtra {
		if err := json.Unmarshal([]byte(r.Extra), &u.Extra); err != nil {
			return store.User{}, fmt.Errorf("reading extra fields of user %d: %w", r.ID, err)
		}
	}
	return u, nil
}

// noExtra is the column of a user without extra fields.
const noExtra = "{}"

func marshalExtra(extra map[string]any) (string, error) {
	if len(extra) == 0 {
		return noExtra, nil
	}
	if err := checkJSONText(extra); err != nil {
		return "", err
	}
	data, err := json.Marshal(extra)
	if err != nil {
		return "", fmt.Errorf("writing extra fields: %w", err)
	}
	return string(data), nil
}

// roleRow is a row of roles.
type roleRow struct {
	bun.BaseModel `bun:"table:roles,alias:r"`

	ID          int64   `bun:"id,pk,autoincrement"`
	DocumentID  string  `bun:"document_id"`
	Name        string  `bun:"name"`
	Description *string `bun:"description"`
	Type        string  `bun:"type"`
	CreatedAt   int64   `bun:"created_at"`
	UpdatedAt   int64   `bun:"updated_at"`
	PublishedAt int64   `bun:"published_at"`
	Users       int64   `bun:"users,scanonly"`
}

// newRoleRow refuses text that a database cannot keep.
func newRoleRow(r store.Role) (*roleRow, error) {
	if err := checkText(r.DocumentID, r.Name, r.Type); err != nil {
		return nil, err
	}
	if r.Description != nil {
		if err := checkText(*r.Description); err != nil {
			return nil, err
		}
	}
	return &roleRow{
		ID: r.ID, DocumentID: r.DocumentID, Name: r.Name, Description: r.Description, Type: r.Type,
		CreatedAt: r.CreatedAt.UnixMilli(), UpdatedAt: r.UpdatedAt.UnixMilli(), PublishedAt: r.PublishedAt.UnixMilli(),
	}, nil
}

func (r *roleRow) role() store.Role {
	return store.Role{
		ID: r.ID, DocumentID: r.DocumentID, Name: r.Name, Description: r.Description, Type: r.Type, Users: r.Users,
		CreatedAt: fromMillis(r.CreatedAt), UpdatedAt: fromMillis(r.UpdatedAt), PublishedAt: fromMillis(r.PublishedAt),
	}
}

// grantRow is a row of grants.
type grantRow struct {
	bun.BaseModel `bun:"table:grants,alias:g"`

	RoleID int64  `bun:"role_id,pk"`
	Action string `bun:"action,pk"`
}

// settingRow is a row of settings.
type settingRow struct {
	bun.BaseModel `bun:"table:settings,alias:s"`

	Name  string `bun:"name,pk"`
	Value string `bun:"value"` // JSON
}

// adminRow is a row of admins.
type adminRow struct {
	bun.BaseModel `bun:"table:admins,alias:a"`

	ID           int64  `bun:"id,pk,autoincrement"`
	DocumentID   string `bun:"document_id"`
	Email        string `bun:"email"`
	Firstname    string `bun:"firstname"`
	Lastname     string `bun:"lastname"`
	PasswordHash string `bun:"password_hash"`
	Blocked      bool   `bun:"blocked"`
	CreatedAt    int64  `bun:"created_at"`
	UpdatedAt    int64  `bun:"updated_at"`
}

// newAdminRow refuses text that a database cannot keep.
func newAdminRow(a store.Admin) (*adminRow, error) {
	if err := checkText(a.DocumentID, a.Email, a.Firstname, a.Lastname, a.PasswordHash); err != nil {
		return nil, err
	}
	return &adminRow{
		ID: a.ID, DocumentID: a.DocumentID, Email: a.Email, Firstname: a.Firstname, Lastname: a.Lastname,
		PasswordHash: a.PasswordHash, Blocked: a.Blocked,
		CreatedAt: a.CreatedAt.UnixMilli(), UpdatedAt: a.UpdatedAt.UnixMilli(),
	}, nil
}

func (r *adminRow) admin() store.Admin {
	return store.Admin{
		ID: r.ID, DocumentID: r.DocumentID, Email: r.Email, Firstname: r.Firstname, Lastname: r.Lastname,
		PasswordHash: r.PasswordHash, Blocked: r.Blocked,
		CreatedAt: fromMillis(r.CreatedAt), UpdatedAt: fromMillis(r.UpdatedAt),
	}
}

// adminSessionRow is a row of admin_sessions.
type adminSessionRow struct {
	bun.BaseModel `bun:"table:admin_sessions,alias:s"`

	TokenHash string `bun:"token_hash,pk"`
	AdminID   int64  `bun:"admin_id"`
	ExpiresAt int64  `bun:"expires_at"`
}

// changeRow is a row of changes.
type changeRow struct {
	bun.BaseModel `bun:"table:changes,alias:c"`

	Seq     int64  `bun:"seq,pk,autoincrement"`
	Kind    string `bun:"kind"`
	Subject string `bun:"subject"`
	At      int64  `bun:"at"`
}

func (r *changeRow) change() store.Change {
	return store.Change{Seq: r.Seq, Kind: store.ChangeKind(r.Kind), Subject: r.Subject}
}

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
