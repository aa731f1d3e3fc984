package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

// Error is what a client is told. Everything in it is public.
type Error struct {
	Status  int
	Name    string
	Message string
	// Details is an object for most errors; nil leaves the key out, as the recorded server does where a body could not
	// be read and where something broke inside.
	Details any
	// RetryAfter is in seconds; 0 leaves the header out.
	RetryAfter int
}

// Error is the public message.
func (e *Error) Error() string { return e.Message }

func newError(status int, name, message string) *Error {
	return &Error{Status: status, Name: name, Message: message, Details: NewObject()}
}

// Refusals of a request, before any endpoint sees it.
var (
	// ErrNotFound is also what a client is told of a target with two readings.
	ErrNotFound      = newError(http.StatusNotFound, "NotFoundError", "Not Found")
	ErrForbidden     = newError(http.StatusForbidden, "ForbiddenError", "Forbidden")
	ErrUnauthorized  = newError(http.StatusUnauthorized, "UnauthorizedError", "Unauthorized")
	ErrCredentials   = newError(http.StatusUnauthorized, "UnauthorizedError", "Missing or invalid credentials")
	errNotSignedIn   = applicationError("You must be authenticated to reset your password")
	ErrMaliciousPath = &Error{Status: http.StatusBadRequest, Name: "BadRequestError", Message: "Malicious Path"}
)

func validationError(message string) *Error {
	return newError(http.StatusBadRequest, "ValidationError", message)
}

func applicationError(message string) *Error {
	return newError(http.StatusBadRequest, "ApplicationError", message)
}

func notFound(message string) *Error {
	return newError(http.StatusNotFound, "NotFoundError", message)
}

func syntaxError(message string) *Error {
	return &Error{Status: http.StatusBadRequest, Name: "SyntaxError", Message: message}
}

func payloadTooLarge() *Error {
	return &Error{Status: http.StatusRequestEntityTooLarge, Name: "PayloadTooLargeError", Message: "request entity too large"}
}

// Refusals of what would cost too much now, or at any time.
var (
	errBusy = &Error{
		Status: http.StatusServiceUnavailable, Name: "ServiceUnavailableError",
		Message: "Too many searches at once, try again in a moment", Details: NewObject(), RetryAfter: 1,
	}
	errTooSlow = newError(
		http.StatusServiceUnavailable, "ServiceUnavailableError", "The search took too long: use fewer or simpler filters, or a limit",
	)
)

func unsupportedMediaType(message string) *Error {
	return newError(http.StatusUnsupportedMediaType, "UnsupportedMediaTypeError", message)
}

// messages are the domain's errors in the words that clients know.
var messages = []struct {
	err    error
	public *Error
}{
	{accounts.ErrInvalidCredentials, validationError("Invalid identifier or password")},
	{accounts.ErrBlocked, applicationError("Your account has been blocked by an administrator")},
	{accounts.ErrUnconfirmed, applicationError("Your account email is not confirmed")},
	{accounts.ErrProviderDisabled, applicationError("This provider is disabled")},
	{accounts.ErrRegisterDisabled, applicationError("Register action is currently disabled")},
	{accounts.ErrNoDefaultRole, applicationError("Impossible to find the default role")},
	{accounts.ErrMailNotSent, applicationError("Error sending confirmation email")},
	{accounts.ErrCode, validationError("Incorrect code provided")},
	{accounts.ErrConfirmation, validationError("Invalid token")},
	{accounts.ErrConfirmed, applicationError("Already confirmed")},
	{accounts.ErrUserBlocked, applicationError("User blocked")},
	{accounts.ErrCurrentPassword, validationError("The provided current password is invalid")},
	{accounts.ErrSamePassword, validationError("Your new password must be different than your current password")},
	{accounts.ErrTaken, applicationError("Email or Username are already taken")},
	{accounts.ErrEmailTaken, applicationError("Email already taken")},
	{accounts.ErrUsernameTaken, applicationError("Username already taken")},
	{accounts.ErrUserNotFound, notFound("User not found")},
	{accounts.ErrRoleNotFound, notFound("Role not found")},
	{accounts.ErrRoleType, applicationError("A role of this type exists already")},
	{accounts.ErrFixedRole, applicationError("Cannot delete public role")},
	{accounts.ErrToken, ErrCredentials},
	{accounts.ErrAccount, newError(http.StatusUnauthorized, "UnauthorizedError", "Invalid credentials")},
	{accounts.ErrBusy, &Error{
		Status: http.StatusServiceUnavailable, Name: "ServiceUnavailableError",
		Message: "Too many sign-ins at once, try again in a moment", Details: NewObject(), RetryAfter: 1,
	}},
	{store.ErrInvalidText, validationError("Text must be valid UTF-8 without NUL characters")},
	{store.ErrInvalidQuery, validationError("Invalid query")},
	{store.ErrConflict, applicationError("This attribute must be unique")},
}

// Public returns what a client is told of an error: the error itself if it is an *Error, the known words for one of the
// domain, and "Internal Server Error" for the rest, whose cause belongs into the log.
func Public(err error) *Error {
	if public, ok := errors.AsType[*Error](err); ok {
		return public
	}
	if fields, ok := errors.AsType[accounts.FieldErrors](err); ok {
		return fieldErrors(fields)
	}
	for _, m := range messages {
		if errors.Is(err, m.err) {
			return m.public
		}
	}
	if errors.Is(err, context.Canceled) {
		// Nobody is there to read it; the number is the one that nginx made common for logs.
		return &Error{Status: 499, Name: "ClientClosedRequest", Message: "Client Closed Request"}
	}
	return &Error{Status: http.StatusInternalServerError, Name: "InternalServerError", Message: "Internal Server Error"}
}

func fieldErrors(fields accounts.FieldErrors) *Error {
	if fields[0].Rule == accounts.RuleNull {
		return validationError(fields[0].Field + ".notNull")
	}
	var problems problems
	for _, f := range fields {
		p := problem{path: []string{f.Field}, message: fieldMessage(f)}
		if f.Value != "" || f.Field != "password" && f.Rule == accounts.RuleTooShort {
			p.value, p.valued = f.Value, true
		}
		problems = append(problems, p)
	}
	return problems.err()
}

func fieldMessage(f accounts.FieldError) string {
	switch f.Rule {
	case accounts.RuleTooShort:
		return fmt.Sprintf("%s must be at least %d characters", f.Field, f.Limit)
	case accounts.RuleTooLong:
		return fmt.Sprintf("%s must be at most %d characters", f.Field, f.Limit)
	case accounts.RuleTooManyBytes:
		return fmt.Sprintf("Password must be less than %d bytes", f.Limit)
	case accounts.RuleControl:
		return f.Field + " must not contain control characters"
	case accounts.RuleMissesClass:
		return fmt.Sprintf("%s must contain %s", f.Field, classNames[f.Class])
	case accounts.RuleRefused:
		return f.Field + " is on the list of passwords that are too common"
	case accounts.RuleRequired, accounts.RuleNull:
	}
	return f.Field + " is a required field"
}

var classNames = map[accounts.CharacterClass]string{
	accounts.ClassLower:  "a lower-case letter",
	accounts.ClassUpper:  "an upper-case letter",
	accounts.ClassDigit:  "a digit",
	accounts.ClassSymbol: "a symbol",
}

// WriteError writes the envelope of an error. It returns the cause if it is one for the log: what a client was told
// nothing of.
func WriteError(w http.ResponseWriter, err error) (cause error) {
	public := Public(err)
	body := NewObject().Set("data", nil).Set("error", public.envelope())
	if public.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(public.RetryAfter))
	}
	if failed := writeBody(w, public.Status, body); failed != nil {
		return failed
	}
	if public.Status >= http.StatusInternalServerError {
		return err
	}
	return nil
}

func (e *Error) envelope() *Object {
	envelope := NewObject().Set("status", e.Status).Set("name", e.Name).Set("message", e.Message)
	if e.Details != nil {
		envelope.Set("details", e.Details)
	}
	return envelope
}

func writeBody(w http.ResponseWriter, status int, body any) error {
	var b bytes.Buffer
	if err := writeJSON(&b, body); err != nil {
		return err
	}
	noStore(w)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	// A client that went away is no fault of ours.
	_, _ = w.Write(b.Bytes())
	return nil
}

// adminLoginError says less than the other sign-in does, in the words of Strapi's admin API.
func adminLoginError(err error) error {
	if errors.Is(err, accounts.ErrInvalidCredentials) {
		return applicationError("Invalid credentials")
	}
	return err
}

// noStore keeps an answer out of caches: it is good for one caller, now. Refusals would be kept, too (RFC 9110, 15.1).
func noStore(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") }
