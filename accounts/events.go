package accounts

import (
	"context"
	"strconv"

	"github.com/gatewright/gatewright/store"
)

// Names of the events that accounts record.
const (
	EventLoginSucceeded  = "login_succeeded"
	EventLoginFailed     = "login_failed"
	EventTokenMinted     = "token_minted" // by an operator, for a user
	EventUserRegistered  = "user_registered"
	EventEmailConfirmed  = "email_confirmed"
	EventPasswordChanged = "password_changed"
	EventPasswordReset   = "password_reset"
	EventCodeRefused     = "code_refused" // details: purpose
	EventMailResent      = "mail_resent"
	EventUserCreated     = "user_created"
	EventUserUpdated     = "user_updated" // details: fields
	EventUserDeleted     = "user_deleted"
	EventRoleCreated     = "role_created"    // details: type, granted
	EventRoleUpdated     = "role_updated"    // details: renamed, described, granted, revoked
	EventRoleDeleted     = "role_deleted"    // details: users_moved
	EventSettingChanged  = "setting_changed" // details: keys

	EventAdminCreated         = "admin_created"
	EventAdminBlocked         = "admin_blocked"
	EventAdminUnblocked       = "admin_unblocked"
	EventAdminPasswordChanged = "admin_password_changed"
	EventAdminRemoved         = "admin_removed"
	EventAdminLogin           = "admin_login_succeeded"
	EventAdminLoginFailed     = "admin_login_failed"
)

// OutcomeOK is the outcome of what worked.
const OutcomeOK = "ok"

// Kinds of actors.
const (
	ActorUser     = "user"
	ActorAdmin    = "admin"
	ActorOperator = "operator"
)

// Actor is who does something, and from where.
type Actor struct {
	Kind    string
	ID      int64
	Address string
}

type actorKey struct{}

// WithActor returns a context that says who acts in it.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

func actorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// record hands an event to whoever listens. What happened has happened: an event that cannot be kept is the listener's
// concern, and does not undo it.
func (s *Service) record(ctx context.Context, e store.Event) {
	if s.events == nil {
		return
	}
	actor := actorOf(ctx)
	e.Time = s.now()
	e.Subject, actor.Address = keepableText(e.Subject), keepableText(actor.Address)
	e.Details = keepableDetails(e.Details)
	e.ActorKind, e.ActorID, e.Address = actor.Kind, actor.ID, actor.Address
	if e.Outcome == "" {
		e.Outcome = OutcomeOK
	}
	s.events(ctx, e)
}

func userSubject(id int64) string { return "user " + strconv.FormatInt(id, 10) }
func roleSubject(id int64) string { return "role " + strconv.FormatInt(id, 10) }
