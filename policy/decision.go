package policy

import "fmt"

// Decision is the answer to whether a role may perform an action. The zero Decision denies.
type Decision struct {
	Allowed bool
	Reason  Reason
}

// Reason says why a Decision is what it is.
type Reason int

// The reasons of decisions. Only Granted allows.
const (
	Undecided     Reason = iota // nobody asked
	Granted                     // a grant allows the role the action
	NotGranted                  // other roles may perform the action, this one may not
	NoSuchRole                  // there is no role with that id
	UnknownAction               // no role may perform the action
)

// String returns a phrase for logs and explanations.
func (r Reason) String() string {
	switch r {
	case Undecided:
		return "undecided"
	case Granted:
		return "granted"
	case NotGranted:
		return "not granted"
	case NoSuchRole:
		return "no such role"
	case UnknownAction:
		return "unknown action"
	}
	return fmt.Sprintf("Reason(%d)", int(r))
}
