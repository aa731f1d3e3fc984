package operator

import (
	"context"
	"time"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

// User is an account as commands show it.
type User struct {
	ID        int64     `json:"id"`
	Username  string    `json:"username"`
	Email     string    `json:"email"`
	Role      string    `json:"role"` // its type
	Provider  string    `json:"provider"`
	Confirmed bool      `json:"confirmed"`
	Blocked   bool      `json:"blocked"`
	CreatedAt time.Time `json:"created_at"`
}

func (o *Operator) user(u store.User) User {
	role, _ := o.Policy.Snapshot().RoleByID(u.RoleID)
	return User{
		ID: u.ID, Username: u.Username, Email: u.Email, Role: role.Type, Provider: u.Provider,
		Confirmed: u.Confirmed, Blocked: u.Blocked, CreatedAt: u.CreatedAt,
	}
}

// AddUserArgs are the arguments of AddUser.
type AddUserArgs struct {
	Username string `json:"username"`
	Email    string `json:"email"`
	Password string `json:"password"`
	Role     string `json:"role"` // type, name or id; empty: authenticated
}

// AddUser makes a confirmed account.
func (o *Operator) AddUser(ctx context.Context, a AddUserArgs) (User, error) {
	if a.Role == "" {
		a.Role = store.RoleAuthenticated
	}
	role, err := o.role(ctx, a.Role)
	if err != nil {
		return User{}, err
	}
	made, err := o.Accounts.CreateUser(ctx, accounts.NewUser{
		Username: a.Username, Email: a.Email, Password: a.Password, Confirmed: true, Role: accounts.RoleRef{ID: role.ID},
	})
	return o.user(made), err
}

// ListUsersArgs are the arguments of ListUsers.
type ListUsersArgs struct {
	Search string `json:"search"` // part of a username or address
	Limit  int    `json:"limit"`  // 0: 100
}

// UserList is some accounts and how many there are in all.
type UserList struct {
	Users []User `json:"users"`
	Total int64  `json:"total"`
}

// ListUsers shows accounts, the newest first.
func (o *Operator) ListUsers(ctx context.Context, a ListUsersArgs) (UserList, error) {
	const most = 10_000
	if a.Limit == 0 {
		a.Limit = 100
	}
	if a.Limit < 0 || a.Limit > most {
		return UserList{}, usage("a limit is between 1 and %d", most)
	}
	var filter store.Filter
	if a.Search != "" {
		filter = store.Or{
			store.Comparison{Field: "username", Op: store.Containsi, Values: []any{a.Search}},
			store.Comparison{Field: "email", Op: store.Containsi, Values: []any{a.Search}},
		}
	}
	total, err := o.Accounts.CountUsers(ctx, filter)
	if err != nil {
		return UserList{}, err
	}
	users, err := o.Accounts.FindUsers(ctx, store.Query{
		Filter: filter, Sort: []store.Sort{{Field: "id", Desc: true}}, Limit: a.Limit,
	})
	if err != nil {
		return UserList{}, err
	}
	list := UserList{Users: make([]User, len(users)), Total: total}
	for i, u := range users {
		list.Users[i] = o.user(u)
	}
	return list, nil
}

// BlockUserArgs are the arguments of BlockUser.
type BlockUserArgs struct {
	User    string `json:"user"` // username or e-mail address
	Unblock bool   `json:"unblock"`
}

// BlockUser blocks an account, or lets it in again.
func (o *Operator) BlockUser(ctx context.Context, a BlockUserArgs) (User, error) {
	user, err := o.Accounts.ByIdentifier(ctx, a.User)
	if err != nil {
		return User{}, err
	}
	changed, err := o.Accounts.UpdateUser(ctx, user.ID, accounts.UserChange{Blocked: new(!a.Unblock)})
	return o.user(changed), err
}

// MintTokenArgs are the arguments of MintToken.
type MintTokenArgs struct {
	User string `json:"user"` // username or e-mail address
}

// Token is a token and whose it is.
type Token struct {
	Token     string `json:"token"`
	User      User   `json:"user"`
	PublicURL string `json:"public_url,omitempty"`
}

// MintToken makes a token for an account, to try things.
func (o *Operator) MintToken(ctx context.Context, a MintTokenArgs) (Token, error) {
	user, token, err := o.Accounts.IssueToken(ctx, a.User)
	return Token{Token: token, User: o.user(user), PublicURL: o.PublicURL}, err
}
