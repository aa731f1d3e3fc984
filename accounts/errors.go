package accounts

import (
	"errors"
	"fmt"
	"strings"
)

// What can stand in the way of a sign-in, a sign-up or a change.
var (
	// ErrInvalidCredentials is the one answer to an unknown identifier, a wrong password and an account without one.
	ErrInvalidCredentials = errors.New("invalid identifier or password")
	ErrBlocked            = errors.New("the account is blocked")
	ErrUnconfirmed        = errors.New("the e-mail address is not confirmed")
	ErrProviderDisabled   = errors.New("the provider is disabled")
	ErrRegisterDisabled   = errors.New("signing up is disabled")
	ErrNoDefaultRole      = errors.New("the default role does not exist")
	// ErrMailNotSent is the end of what needs a mail where none can be sent. Nothing is stored then.
	ErrMailNotSent = errors.New("the confirmation mail cannot be sent")

	// ErrTaken does not tell which of the two identifiers is taken.
	ErrTaken         = errors.New("the e-mail address or the username is taken")
	ErrEmailTaken    = errors.New("the e-mail address is taken")
	ErrUsernameTaken = errors.New("the username is taken")

	// ErrCode is a code for a new password that is unknown, used, replaced or expired; ErrConfirmation one that confirms.
	ErrCode         = errors.New("incorrect code")
	ErrConfirmation = errors.New("invalid confirmation code")
	// ErrConfirmed and ErrUserBlocked are why no confirmation mail is sent.
	ErrConfirmed   = errors.New("the account is confirmed already")
	ErrUserBlocked = errors.New("the account is blocked, no mail is sent")
	// ErrCurrentPassword and ErrSamePassword are why a password is not changed.
	ErrCurrentPassword = errors.New("the current password is wrong")
	ErrSamePassword    = errors.New("the new password is the current one")

	ErrUserNotFound = errors.New("no such user")
	// ErrAdminNotFound is for the commands of operators; no request names an operator.
	ErrAdminNotFound = errors.New("no such operator")
	ErrRoleNotFound  = errors.New("no such role")
	ErrRoleType      = errors.New("another role has this type")
	// ErrFixedRole guards the roles that the gateway itself relies on.
	ErrFixedRole = errors.New("this role cannot be deleted")

	// ErrBusy is returned when too many passwords wait to be hashed. Try again in a second.
	ErrBusy = errors.New("too many sign-ins at once")
)

// What is wrong with the token of a request. See Authenticator.
var (
	// ErrToken is a token that is not ours, spoilt, expired, or older than the last change of password.
	ErrToken = errors.New("missing or invalid credentials")
	// ErrAccount is a good token of an account that is gone, blocked, or unconfirmed where confirmation is required.
	ErrAccount = errors.New("invalid credentials")
)

// Rule is what a field of an account breaks.
type Rule int

// The rules of FieldError.
const (
	RuleTooShort     Rule = iota // Limit: the least number of characters
	RuleTooLong                  // Limit: the greatest number of characters; of all further fields together, bytes of JSON
	RuleTooManyBytes             // Limit: the number of bytes that is too many
	RuleControl                  // control characters
	RuleRequired
	RuleNull        // empty or null where a password is expected
	RuleMissesClass // Class: the kind of characters that is missing
	RuleRefused     // on the site's list of refused passwords
)

// FieldError says which rule a field breaks. It never carries the value of a password.
type FieldError struct {
	Field string
	Rule  Rule
	Limit int
	Class CharacterClass
	Value string
}

// Error names the field and the rule.
func (e FieldError) Error() string {
	switch e.Rule {
	case RuleTooShort:
		return fmt.Sprintf("%s has less than %d characters", e.Field, e.Limit)
	case RuleTooLong:
		return fmt.Sprintf("%s has more than %d characters", e.Field, e.Limit)
	case RuleTooManyBytes:
		return fmt.Sprintf("%s has %d bytes or more", e.Field, e.Limit)
	case RuleControl:
		return e.Field + " has control characters"
	case RuleMissesClass:
		return fmt.Sprintf("%s has no character of the class %s", e.Field, e.Class)
	case RuleRefused:
		return e.Field + " is on the list of refused passwords"
	case RuleRequired, RuleNull:
	}
	return e.Field + " is missing"
}

// FieldErrors is all that is wrong with the fields of one account.
type FieldErrors []FieldError

// Error joins the messages.
func (e FieldErrors) Error() string {
	parts := make([]string, len(e))
	for i, one := range e {
		parts[i] = one.Error()
	}
	return strings.Join(parts, "; ")
}

func (e FieldErrors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
