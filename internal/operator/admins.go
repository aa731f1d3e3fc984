package operator

import (
	"context"
	"slices"
	"strings"

	"github.com/gatewright/gatewright/store"
)

// Admin is an operator's account as commands show it.
type Admin struct {
	ID      int64  `json:"id"`
	Email   string `json:"email"`
	Blocked bool   `json:"blocked"`
}

func admin(a store.Admin) Admin { return Admin{ID: a.ID, Email: a.Email, Blocked: a.Blocked} }

// AdminArgs are the arguments of AddAdmin and SetAdminPassword.
type AdminArgs struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// AddAdmin makes an operator's account.
func (o *Operator) AddAdmin(ctx context.Context, a AdminArgs) (Admin, error) {
	made, err := o.Accounts.AddAdmin(ctx, a.Email, a.Password)
	return admin(made), err
}

// ListAdmins shows the operators.
func (o *Operator) ListAdmins(ctx context.Context, _ None) ([]Admin, error) {
	admins, err := o.Accounts.Admins(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Admin, len(admins))
	for i, a := range admins {
		list[i] = admin(a)
	}
	return list, nil
}

// BlockAdminArgs are the arguments of BlockAdmin.
type BlockAdminArgs struct {
	Email   string `json:"email"`
	Unblock bool   `json:"unblock"`
	// Anyway blocks the last operator who can sign in.
	Anyway bool `json:"anyway"`
}

// BlockAdmin blocks an operator, or lets one in again, and ends the operator's sessions.
func (o *Operator) BlockAdmin(ctx context.Context, a BlockAdminArgs) (Admin, error) {
	if !a.Unblock && !a.Anyway {
		if err := o.keepOne(ctx, a.Email); err != nil {
			return Admin{}, err
		}
	}
	changed, err := o.Accounts.BlockAdmin(ctx, a.Email, !a.Unblock)
	return admin(changed), err
}

// SetAdminPassword gives an operator a new password and ends the operator's sessions.
func (o *Operator) SetAdminPassword(ctx context.Context, a AdminArgs) (Admin, error) {
	changed, err := o.Accounts.SetAdminPassword(ctx, a.Email, a.Password)
	return admin(changed), err
}

// RemoveAdminArgs are the arguments of RemoveAdmin.
type RemoveAdminArgs struct {
	Email string `json:"email"`
	// Anyway removes the last operator who can sign in.
	Anyway bool `json:"anyway"`
}

// RemoveAdmin removes an operator's account and ends the operator's sessions.
func (o *Operator) RemoveAdmin(ctx context.Context, a RemoveAdminArgs) (Admin, error) {
	if !a.Anyway {
		if err := o.keepOne(ctx, a.Email); err != nil {
			return Admin{}, err
		}
	}
	removed, err := o.Accounts.RemoveAdmin(ctx, a.Email)
	return admin(removed), err
}

// keepOne refuses to lock out the last operator who can sign in. It is for slips of the hand: who runs two commands at
// once may still do so, and add an operator afterwards.
func (o *Operator) keepOne(ctx context.Context, email string) error {
	admins, err := o.Accounts.Admins(ctx)
	if err != nil {
		return err
	}
	admins = slices.DeleteFunc(admins, func(a store.Admin) bool { return a.Blocked })
	if len(admins) == 1 && admins[0].Email == strings.ToLower(email) {
		return usage("%s is the last operator who can sign in; go on all the same with --anyway", admins[0].Email)
	}
	return nil
}
