package store

import (
	"context"
	"time"
)

// Event is something that happened and that somebody may ask about later. It holds no secret.
type Event struct {
	ID   int64
	Time time.Time
	// Name is a past-tense name: "login_succeeded", "role_updated".
	Name string
	// ActorKind is "user", "admin", "operator" (the command line) or "" for nobody known; ActorID is its id.
	ActorKind string
	ActorID   int64
	// Subject is what it happened to: "user 5", "role 3", "setting advanced"; empty when it is the actor.
	Subject string
	// Address is the client's, without a port; empty for what did not come over the network.
	Address string
	// Outcome is "ok" or a short reason: "invalid_credentials", "blocked".
	Outcome string
	// Details are further facts, such as the names of fields that changed; at most 4 KiB of JSON, never their secrets.
	Details map[string]any
}

// EventQuery selects events, the newest first.
type EventQuery struct {
	Name    string    // empty: all
	Subject string    // empty: all
	ActorID int64     // 0: all
	Since   time.Time // zero: from the beginning
	Before  int64     // only ids below; 0: all. The id of the last event seen, for the next page
	Limit   int       // 0: 100; at most 10,000
}

// MaxEvents is how many events a store keeps. Strangers make some, so there is an end to it whatever the retention.
const MaxEvents = 1_000_000

// Audit keeps events.
type Audit interface {
	// AppendEvent stores e and returns nothing of it. A zero Time means now. At most MaxEvents are kept: the oldest, by
	// their ids, go when there are more, a thousand or so at a time.
	AppendEvent(ctx context.Context, e Event) error
	// Events returns the events that match.
	Events(ctx context.Context, q EventQuery) ([]Event, error)
	// TrimEvents removes events older than before, and those beyond MaxEvents, and returns how many. It does so in steps,
	// so that other writes get their turn; an error leaves the steps made until then. Inside Tx it makes one step.
	TrimEvents(ctx context.Context, before time.Time) (int64, error)
}
