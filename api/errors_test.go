package api

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

// domainErrors is every error of the domain with what a client is told of it.
var domainErrors = map[string]struct {
	err     error
	status  int
	name    string
	message string
}{
	"ErrInvalidCredentials": {accounts.ErrInvalidCredentials, 400, "ValidationError", "Invalid identifier or password"},
	"ErrBlocked":            {accounts.ErrBlocked, 400, "ApplicationError", "Your account has been blocked by an administrator"},
	"ErrUnconfirmed":        {accounts.ErrUnconfirmed, 400, "ApplicationError", "Your account email is not confirmed"},
	"ErrProviderDisabled":   {accounts.ErrProviderDisabled, 400, "ApplicationError", "This provider is disabled"},
	"ErrRegisterDisabled":   {accounts.ErrRegisterDisabled, 400, "ApplicationError", "Register action is currently disabled"},
	"ErrNoDefaultRole":      {accounts.ErrNoDefaultRole, 400, "ApplicationError", "Impossible to find the default role"},
	"ErrMailNotSent":        {accounts.ErrMailNotSent, 400, "ApplicationError", "Error sending confirmation email"},
	"ErrTaken":              {accounts.ErrTaken, 400, "ApplicationError", "Email or Username are already taken"},
	"ErrEmailTaken":         {accounts.ErrEmailTaken, 400, "ApplicationError", "Email already taken"},
	"ErrUsernameTaken":      {accounts.ErrUsernameTaken, 400, "ApplicationError", "Username already taken"},
	"ErrCode":               {accounts.ErrCode, 400, "ValidationError", "Incorrect code provided"},
	"ErrConfirmation":       {accounts.ErrConfirmation, 400, "ValidationError", "Invalid token"},
	"ErrConfirmed":          {accounts.ErrConfirmed, 400, "ApplicationError", "Already confirmed"},
	"ErrUserBlocked":        {accounts.ErrUserBlocked, 400, "ApplicationError", "User blocked"},
	"ErrCurrentPassword":    {accounts.ErrCurrentPassword, 400, "ValidationError", "The provided current password is invalid"},
	"ErrSamePassword":       {accounts.ErrSamePassword, 400, "ValidationError", "Your new password must be different than your current password"},
	"ErrUserNotFound":       {accounts.ErrUserNotFound, 404, "NotFoundError", "User not found"},
	"ErrRoleNotFound":       {accounts.ErrRoleNotFound, 404, "NotFoundError", "Role not found"},
	"ErrRoleType":           {accounts.ErrRoleType, 400, "ApplicationError", "A role of this type exists already"},
	"ErrFixedRole":          {accounts.ErrFixedRole, 400, "ApplicationError", "Cannot delete public role"},
	"ErrBusy":               {accounts.ErrBusy, 503, "ServiceUnavailableError", "Too many sign-ins at once, try again in a moment"},
	"ErrToken":              {accounts.ErrToken, 401, "UnauthorizedError", "Missing or invalid credentials"},
	"ErrAccount":            {accounts.ErrAccount, 401, "UnauthorizedError", "Invalid credentials"},
	"store.ErrConflict":     {store.ErrConflict, 400, "ApplicationError", "This attribute must be unique"},
	"store.ErrInvalidText":  {store.ErrInvalidText, 400, "ValidationError", "Text must be valid UTF-8 without NUL characters"},
	"store.ErrInvalidQuery": {store.ErrInvalidQuery, 400, "ValidationError", "Invalid query"},
}

// internal are those that no client ever causes: they are for the outbox and for operators' commands.
var internal = []string{"ErrStale", "ErrMailNotFound", "ErrAdminNotFound"}

func TestDomainErrors(t *testing.T) {
	for name, c := range domainErrors {
		for _, err := range []error{c.err, fmt.Errorf("doing something: %w", c.err), errors.Join(errors.New("x"), c.err)} {
			got := Public(err)
			if got.Status != c.status || got.Name != c.name || got.Message != c.message {
				t.Errorf("%s is told as %d %s %q", name, got.Status, got.Name, got.Message)
			}
			if diff := cmp.Diff(`{}`, toJSON(t, got.Details)); diff != "" {
				t.Errorf("%s: details (-want +got):\n%s", name, diff)
			}
		}
	}
}

// An error that accounts has and that nobody is told of here would be an internal error, though it is none.
func TestEveryErrorOfAccountsHasWords(t *testing.T) {
	files, err := filepath.Glob("../accounts/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok || general.Tok != token.VAR || strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, spec := range general.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					_, known := domainErrors[name.Name]
					if strings.HasPrefix(name.Name, "Err") && !known && !slices.Contains(internal, name.Name) {
						t.Errorf("%s of %s has no words for clients", name.Name, file)
					}
				}
			}
		}
	}
}

func TestOtherErrors(t *testing.T) {
	secret := errors.New("dial tcp 10.0.0.7: password=hunter2")
	for _, c := range []struct {
		name    string
		err     error
		status  int
		message string
	}{
		{"unknown", secret, 500, "Internal Server Error"},
		{"a timeout", context.DeadlineExceeded, 500, "Internal Server Error"},
		{"the client went away", fmt.Errorf("reading: %w", context.Canceled), 499, "Client Closed Request"},
		{"not found in the store", store.ErrNotFound, 500, "Internal Server Error"},
		{"a taken field", &store.ConflictError{Entity: "user", Field: "username"}, 400, "This attribute must be unique"},
		{"said already", fmt.Errorf("x: %w", validationError("Invalid this")), 400, "Invalid this"},
	} {
		got := Public(c.err)
		if got.Status != c.status || got.Message != c.message {
			t.Errorf("%s is told as %d %q", c.name, got.Status, got.Message)
		}
	}
}

func TestWriteError(t *testing.T) {
	cause := errors.New("dial tcp 10.0.0.7: password=hunter2")
	for _, c := range []struct {
		name, want string
		err        error
		retry      string
		cause      error
	}{
		{"internal", `{"data":null,"error":{"status":500,"name":"InternalServerError","message":"Internal Server Error"}}`, cause, "", cause},
		{"public", `{"data":null,"error":{"status":403,"name":"ForbiddenError","message":"Forbidden","details":{}}}`, ErrForbidden, "", nil},
		{"syntax", `{"data":null,"error":{"status":400,"name":"SyntaxError","message":"<x>"}}`, syntaxError("<x>"), "", nil},
		{"busy", `{"data":null,"error":{"status":503,"name":"ServiceUnavailableError","message":"Too many sign-ins at once, try again in a moment","details":{}}}`, accounts.ErrBusy, "1", accounts.ErrBusy},
	} {
		w := httptest.NewRecorder()
		if got := WriteError(w, c.err); !errors.Is(got, c.cause) {
			t.Errorf("%s: cause %v, want %v", c.name, got, c.cause)
		}
		if w.Body.String() != c.want || w.Header().Get("Retry-After") != c.retry {
			t.Errorf("%s: %s %v", c.name, w.Body, w.Header())
		}
		if got := w.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
			t.Errorf("%s: media type %q", c.name, got)
		}
	}
}

func TestFieldErrors(t *testing.T) {
	for _, c := range []struct {
		name    string
		fields  accounts.FieldErrors
		message string
		details string
	}{
		{
			"short username",
			accounts.FieldErrors{{Field: "username", Rule: accounts.RuleTooShort, Limit: 3, Value: "ab"}},
			"username must be at least 3 characters",
			`{"errors":[{"path":["username"],"message":"username must be at least 3 characters","name":"ValidationError","value":"ab"}]}`,
		},
		{
			"short password",
			accounts.FieldErrors{{Field: "password", Rule: accounts.RuleTooShort, Limit: 6}},
			"password must be at least 6 characters",
			`{"errors":[{"path":["password"],"message":"password must be at least 6 characters","name":"ValidationError"}]}`,
		},
		{
			"a password's value that strayed in",
			accounts.FieldErrors{{Field: "password", Rule: accounts.RuleTooShort, Limit: 6, Value: "abc"}},
			"password must be at least 6 characters",
			`{"errors":[{"path":["password"],"message":"password must be at least 6 characters","name":"ValidationError"}]}`,
		},
		{
			"long password",
			accounts.FieldErrors{{Field: "password", Rule: accounts.RuleTooManyBytes, Limit: 73}},
			"Password must be less than 73 bytes",
			`{"errors":[{"path":["password"],"message":"Password must be less than 73 bytes","name":"ValidationError"}]}`,
		},
		{"no password", accounts.FieldErrors{{Field: "password", Rule: accounts.RuleNull}}, "password.notNull", `{}`},
		{
			"two",
			accounts.FieldErrors{{Field: "email", Rule: accounts.RuleControl}, {Field: "email", Rule: accounts.RuleTooLong, Limit: 254}},
			"2 errors occurred",
			`{"errors":[{"path":["email"],"message":"email must not contain control characters","name":"ValidationError"},` +
				`{"path":["email"],"message":"email must be at most 254 characters","name":"ValidationError"}]}`,
		},
	} {
		got := Public(fmt.Errorf("x: %w", c.fields))
		if got.Status != 400 || got.Name != "ValidationError" || got.Message != c.message || toJSON(t, got.Details) != c.details {
			t.Errorf("%s: %+v %s", c.name, got, toJSON(t, got.Details))
		}
	}
}

func TestWriteUnmatched(t *testing.T) {
	for _, c := range []struct {
		method string
		status int
		body   string
		allow  string
	}{
		{http.MethodGet, 404, `{"data":null,"error":{"status":404,"name":"NotFoundError","message":"Not Found","details":{}}}`, ""},
		{http.MethodPost, 405, "Method Not Allowed", "HEAD, GET"},
		{http.MethodPatch, 405, "Method Not Allowed", "HEAD, GET"},
		{http.MethodOptions, 200, "", "HEAD, GET"},
		{http.MethodTrace, 501, "Not Implemented", "HEAD, GET"},
		{"PROPFIND", 501, "Not Implemented", "HEAD, GET"},
	} {
		w := httptest.NewRecorder()
		WriteUnmatched(w, c.method, []string{"HEAD", "GET"})
		if w.Code != c.status || w.Body.String() != c.body || w.Header().Get("Allow") != c.allow {
			t.Errorf("%s: %d %q, Allow %q", c.method, w.Code, w.Body, w.Header().Get("Allow"))
		}
	}
}
