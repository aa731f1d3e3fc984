// Package operator is what the commands of an operator do: accounts, roles, routes and tokens from a shell. The same
// functions run inside a server, behind Caddy's admin API, and in the command itself when no server answers; Run is the
// way in for both. How results look on a terminal is for the command to say.
package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/store"
)

// Operator does what commands ask for.
type Operator struct {
	Accounts *accounts.Service
	Policy   *policy.Engine
	// Routes returns all routes of all sites, those to our own endpoints included.
	Routes    func() []policy.Route
	PublicURL string
	// SendsMail tells whether mails leave the server.
	SendsMail bool
}

// ErrUsage is matched by errors.Is for what the operator did wrong: an unknown command, a missing argument, a name that
// does not exist.
var ErrUsage = errors.New("usage")

type usageError struct{ message string }

func (e usageError) Error() string        { return e.message }
func (e usageError) Is(target error) bool { return target == ErrUsage }

func usage(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// command runs one function with its arguments in JSON.
type command func(ctx context.Context, o *Operator, args json.RawMessage) (any, error)

func of[A, R any](fn func(*Operator, context.Context, A) (R, error)) command {
	return func(ctx context.Context, o *Operator, raw json.RawMessage) (any, error) {
		var args A
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&args); err != nil {
			return nil, usage("arguments: %v", err)
		}
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return nil, usage("arguments: more than one JSON document")
		}
		return fn(o, ctx, args)
	}
}

var commands = map[string]command{
	"user.add":       of((*Operator).AddUser),
	"user.list":      of((*Operator).ListUsers),
	"user.block":     of((*Operator).BlockUser),
	"role.list":      of((*Operator).ListRoles),
	"role.show":      of((*Operator).ShowRole),
	"role.grant":     of((*Operator).Grant),
	"role.revoke":    of((*Operator).Revoke),
	"routes":         of((*Operator).ListRoutes),
	"token":          of((*Operator).MintToken),
	"admin.add":      of((*Operator).AddAdmin),
	"admin.list":     of((*Operator).ListAdmins),
	"admin.block":    of((*Operator).BlockAdmin),
	"admin.password": of((*Operator).SetAdminPassword),
	"admin.remove":   of((*Operator).RemoveAdmin),
	"mail.list":      of((*Operator).ListMails),
	"mail.resend":    of((*Operator).ResendMails),
	"audit":          of((*Operator).ListEvents),
	"health":         of((*Operator).Health),
}

// Run runs the command of that name and returns its result in JSON. Errors have texts for the operator.
func (o *Operator) Run(ctx context.Context, name string, args json.RawMessage) (json.RawMessage, error) {
	run, ok := commands[name]
	if !ok {
		return nil, usage("unknown command %q", name)
	}
	ctx = accounts.WithActor(ctx, accounts.Actor{Kind: accounts.ActorOperator})
	result, err := run(ctx, o, args)
	if err != nil {
		return nil, explain(err)
	}
	return json.Marshal(result)
}

// explain puts errors of the domain into words.
func explain(err error) error {
	for _, known := range []error{
		accounts.ErrEmailTaken, accounts.ErrUsernameTaken, accounts.ErrTaken, accounts.ErrUserNotFound,
		accounts.ErrRoleNotFound, accounts.ErrRoleType, accounts.ErrNoDefaultRole, accounts.ErrBusy,
		accounts.ErrMailNotFound, accounts.ErrAdminNotFound, store.ErrInvalidText, store.ErrInvalidQuery,
	} {
		if errors.Is(err, known) {
			return usage("%v", known)
		}
	}
	if conflict, ok := errors.AsType[*store.ConflictError](err); ok {
		return usage("%v", conflict)
	}
	if fields, ok := errors.AsType[accounts.FieldErrors](err); ok {
		return usage("%v", fields)
	}
	return err
}

// None is the arguments of a command that has none.
type None struct{}

// actions returns the actions that some route asks for.
func (o *Operator) actions() []string {
	var actions []string
	for _, route := range o.Routes() {
		if route.Action != "" && !slices.Contains(actions, route.Action) {
			actions = append(actions, route.Action)
		}
	}
	slices.Sort(actions)
	return actions
}
