package api

import (
	"slices"
	"strings"

	"github.com/gatewright/gatewright/accounts"
)

// forgotPassword is POST /auth/forgot-password. The answer is the same whoever has the address.
func (s *Server) forgotPassword(r *Request) (*Reply, error) {
	c, err := checkBody(r.Body)
	if err != nil {
		return nil, err
	}
	email := c.email("email")
	c.only("email")
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := s.Accounts.ForgotPassword(r.HTTP.Context(), email); err != nil {
		return nil, err
	}
	return replyOK, nil
}

// resetPassword is POST /auth/reset-password.
func (s *Server) resetPassword(r *Request) (*Reply, error) {
	c, err := checkBody(r.Body)
	if err != nil {
		return nil, err
	}
	code, password := c.required("code"), c.newPasswordTwice()
	c.only("code", "password", "passwordConfirmation")
	if err := c.passwordErr(password); err != nil {
		return nil, err
	}
	user, token, err := s.Accounts.ResetPassword(r.HTTP.Context(), code, password)
	if err != nil {
		return nil, err
	}
	return &Reply{Body: NewObject().Set("jwt", token).Set("user", s.userView(user, nil))}, nil
}

// changePassword is POST /auth/change-password.
func (s *Server) changePassword(r *Request) (*Reply, error) {
	if r.Caller.Anonymous() {
		return nil, errNotSignedIn
	}
	c, err := checkBody(r.Body)
	if err != nil {
		return nil, err
	}
	current, password := c.required("currentPassword"), c.newPasswordTwice()
	c.only("currentPassword", "password", "passwordConfirmation")
	if err := c.passwordErr(password); err != nil {
		return nil, err
	}
	user, token, err := s.Accounts.ChangePassword(r.HTTP.Context(), r.Caller.UserID, current, password)
	if err != nil {
		return nil, err
	}
	return &Reply{Body: NewObject().Set("jwt", token).Set("user", s.userView(user, nil))}, nil
}

// newPasswordTwice reads a new password and its confirmation.
func (c *check) newPasswordTwice() string {
	const again = "passwordConfirmation"
	password := c.required("password")
	value, given := c.body.Get(again)
	if !given {
		c.missing([]string{again}, again)
		return password
	}
	confirmation, isText := value.(string)
	if !isText {
		c.wrongType([]string{again}, again, "string", value)
	}
	switch first, _ := c.body.Get("password"); {
	case isText && confirmation == "" && (first == "" || first == nil):
		c.report([]string{again}, again+" is a required field", "")
	case isText && confirmation == password || value == nil && first == nil:
	default:
		c.report([]string{again}, "Passwords do not match", value)
	}
	return password
}

// passwordErr is err and, when nothing else is wrong, the limit of a password's length, which Strapi's validation knows too.
func (c *check) passwordErr(password string) error {
	if len(c.found) == 0 && len(password) > accounts.MaxPasswordBytes {
		return accounts.FieldErrors{{Field: "password", Rule: accounts.RuleTooManyBytes, Limit: accounts.MaxPasswordBytes + 1}}
	}
	return c.err()
}

// only reports keys that mean nothing.
func (c *check) only(known ...string) {
	unknown := slices.DeleteFunc(slices.Clone(c.body.Keys()), func(key string) bool { return slices.Contains(known, key) })
	if len(unknown) > 0 {
		c.found = append(c.found, problem{message: "this field has unspecified keys: " + strings.Join(unknown, ", ")})
	}
}

// confirmEmail is GET /auth/email-confirmation, the link in a mail. It leads to the page of the settings.
func (s *Server) confirmEmail(r *Request) (*Reply, error) {
	query, err := parseForm(r.HTTP.URL.RawQuery)
	if err != nil {
		return nil, validationError("Invalid query string")
	}
	c := &check{body: query}
	code := c.required("confirmation")
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := s.Accounts.ConfirmEmail(r.HTTP.Context(), code); err != nil {
		return nil, err
	}
	settings, err := s.Accounts.Advanced(r.HTTP.Context())
	if err != nil {
		return nil, err
	}
	if page := settings.EmailConfirmationRedirection; page != nil && *page != "" {
		return &Reply{Location: *page}, nil
	}
	return &Reply{Location: "/"}, nil
}

// sendConfirmation is POST /auth/send-email-confirmation. The address comes back in lower case, whether anybody has it
// or not.
func (s *Server) sendConfirmation(r *Request) (*Reply, error) {
	c, err := checkBody(r.Body)
	if err != nil {
		return nil, err
	}
	email := c.email("email")
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := s.Accounts.ResendConfirmation(r.HTTP.Context(), email); err != nil {
		return nil, err
	}
	return &Reply{Body: NewObject().Set("email", strings.ToLower(email)).Set("sent", true)}, nil
}
