package connect

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// What a handshake can end with, beside a [*ProviderError].
var (
	// ErrState is a callback whose state, or request token, is not that of the flow.
	ErrState = errors.New("the state of the callback is not the one that was sent")
	// ErrNoCode is a callback without a code.
	ErrNoCode = errors.New("the callback has no code")
	// ErrNoToken is a token response without a token.
	ErrNoToken = errors.New("the provider returned no access token")
	// ErrNoProfile is a provider of which no profile request, or no meaning of its answer, is known.
	ErrNoProfile = errors.New("the description does not say how to read a profile")
	// ErrNoSubject is a profile that does not say who the user is.
	ErrNoSubject = errors.New("the profile has no subject")
	// ErrRefused is a user whom the provider's own rule excludes, such as an inactive account.
	ErrRefused = errors.New("the account at the provider is not active")
	// ErrIDToken is an ID token, or a signed profile, that is missing or not to be trusted.
	ErrIDToken = errors.New("the provider's identity token is missing or not valid")
	// ErrDiscovery is a provider whose metadata cannot be read or is not to be trusted.
	ErrDiscovery = errors.New("the provider's metadata is not available")
	// ErrUnreachable is a provider that could not be asked: a network failure, a time-out, a refused address.
	ErrUnreachable = errors.New("the provider could not be reached")
	// ErrResponse is an answer that cannot be read.
	ErrResponse = errors.New("the provider's answer cannot be read")
)

// A ConfigError says why a [Config] makes no provider.
type ConfigError struct {
	Provider string
	Missing  []string // settings that must be given
	Invalid  []string // sentences, each about one setting
}

// Error names everything that is missing or wrong; it holds no secret.
func (e *ConfigError) Error() string {
	var parts []string
	if len(e.Missing) > 0 {
		parts = append(parts, "missing: "+strings.Join(e.Missing, ", "))
	}
	parts = append(parts, e.Invalid...)
	return fmt.Sprintf("provider %q: %s", e.Provider, strings.Join(parts, "; "))
}

// A ProviderError is an error that the provider itself reported. Its text comes from outside: it is bounded, on one line,
// and free of control characters and of the client's secrets, but it is not ours.
type ProviderError struct {
	Step        string // authorize, request_token, access or profile
	Code        string // at most 100 characters, such as access_denied
	Description string // at most 300 characters, may be empty
	Status      int    // of the HTTP answer; 0 when the error came with the callback
}

// Error gives the step, the code and the description.
func (e *ProviderError) Error() string {
	text := fmt.Sprintf("the provider refused (%s): %s", e.Step, e.Code)
	if e.Description != "" {
		text += ": " + e.Description
	}
	return text
}

const (
	maxCode        = 100 // characters
	maxDescription = 300 // characters
)

// clean makes text of a stranger fit to be shown and logged: one line, printable, at most limit characters.
func clean(text string, limit int) string {
	var b strings.Builder
	count := 0
	for _, r := range text {
		if count == limit {
			break
		}
		if unicode.IsSpace(r) {
			r = ' '
		}
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			continue
		}
		b.WriteRune(r)
		count++
	}
	return strings.TrimSpace(b.String())
}

// CallbackError returns the error a provider sent the browser back with, or nil. The caller may use it before it knows
// which flow a callback belongs to.
func CallbackError(callback url.Values) *ProviderError {
	for _, name := range []string{"error", "oauth_problem", "error_code", "errorCode"} {
		if code := clean(callback.Get(name), maxCode); code != "" {
			text := firstOf(callback.Get("error_description"), callback.Get("error_message"), callback.Get("oauth_problem_advice"))
			return &ProviderError{Step: stepAuthorize, Code: code, Description: clean(text, maxDescription)}
		}
	}
	if callback.Has("denied") {
		return &ProviderError{Step: stepAuthorize, Code: "access_denied"}
	}
	return nil
}

// unreachable drops the address from a network error, since it may hold a token.
func unreachable(err error) error {
	for {
		inURL, ok := errors.AsType[*url.Error](err)
		if !ok {
			break
		}
		err = inURL.Err
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
