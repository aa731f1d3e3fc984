package api

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store"
)

// Guard decides who may use a route, with the answers that Strapi gives.
type Guard struct {
	Authenticator *accounts.Authenticator
	Policy        *policy.Engine
}

// Caller is who uses a route, and the permissions at that moment.
type Caller struct {
	accounts.Principal
	// AdminID is the operator's, on the admin API alone.
	AdminID int64
	// Role is that of the account, or the public one of a caller without an account.
	Role     store.Role
	snapshot *policy.Snapshot
}

// May tells whether the caller's role may perform an action.
func (c Caller) May(action string) bool {
	return c.snapshot != nil && c.snapshot.Decide(c.Role.ID, action).Allowed
}

// actor is the caller as events name it.
func (c Caller) actor(address string) accounts.Actor {
	switch {
	case c.AdminID != 0:
		return accounts.Actor{Kind: accounts.ActorAdmin, ID: c.AdminID, Address: address}
	case c.UserID != 0:
		return accounts.Actor{Kind: accounts.ActorUser, ID: c.UserID, Address: address}
	}
	return accounts.Actor{Address: address}
}

// Admit returns who sends the request, or why it is refused.
//
// A token that is not good is refused whatever the route asks for, except on a public route, where it counts for nothing.
// A good one is judged by its own role alone. Without one the public role counts; where that has no permission at all the
// answer is 401 instead of 403.
func (g *Guard) Admit(r *http.Request, route *policy.Route) (Caller, error) {
	snapshot := g.Policy.Snapshot()
	principal, err := g.principal(r)
	if err != nil {
		if route.Access == policy.Public && isRefusal(err) {
			return anonymous(snapshot), nil
		}
		return Caller{}, err
	}
	caller := anonymous(snapshot)
	if !principal.Anonymous() {
		role, _ := snapshot.RoleByID(principal.RoleID)
		caller = Caller{Principal: principal, Role: role, snapshot: snapshot}
	}
	switch route.Access {
	case policy.Public:
		return caller, nil
	case policy.Authenticated:
		if caller.Anonymous() {
			return caller, fmt.Errorf("%w: the route is for signed-in users", ErrCredentials)
		}
		return caller, nil
	case policy.RequireAction:
	}
	if caller.Anonymous() && !snapshot.HasGrants(caller.Role.ID) {
		return caller, fmt.Errorf("%w: the public role may do nothing", ErrCredentials)
	}
	if decision := snapshot.Decide(caller.Role.ID, route.Action); !decision.Allowed {
		return caller, fmt.Errorf("%w: %s", ErrForbidden, decision.Reason)
	}
	return caller, nil
}

func (g *Guard) principal(r *http.Request) (accounts.Principal, error) {
	token, ok := sessions.Bearer(r.Header["Authorization"])
	if !ok {
		return accounts.Principal{}, nil
	}
	return g.Authenticator.Authenticate(r.Context(), token)
}

func isRefusal(err error) bool {
	return errors.Is(err, accounts.ErrToken) || errors.Is(err, accounts.ErrAccount)
}

func anonymous(snapshot *policy.Snapshot) Caller {
	role, _ := snapshot.RoleByID(snapshot.PublicRole())
	return Caller{Role: role, snapshot: snapshot}
}
