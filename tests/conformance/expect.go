package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	lifetimeTolerance  = 2 // seconds
	remainingTolerance = 8 // seconds
)

// expectation is what was recorded of an answer. Only what it names is compared.
type expectation struct {
	Status  int                    `json:"status"`
	Headers map[string]any         `json:"headers"`
	Cookies map[string]any         `json:"cookies"`
	JSON    json.RawMessage        `json:"json"`
	Text    *string                `json:"text"`
	Empty   bool                   `json:"empty"`
	Tokens  map[string]tokenExpect `json:"jwt"` // by pointer into the body
}

// tokenExpect is what was recorded of a token in a body. Times are in seconds.
type tokenExpect struct {
	Header    map[string]any `json:"header"`
	Claims    map[string]any `json:"claims"`
	Lifetime  *int64         `json:"lifetime"`
	Remaining *int64         `json:"remaining"`
}

// compare returns the first difference of an answer from what was recorded.
func (r *run) compare(raw json.RawMessage, answer *Answer) error {
	var want expectation
	if err := r.vars.fillInto(raw, &want); err != nil {
		return fmt.Errorf("reading the expectation: %w", err)
	}
	if answer.Status != want.Status {
		return fmt.Errorf("status: expected %d, got %d %s", want.Status, answer.Status, excerpt(answer.Data, 240))
	}
	if err := compareHeaders(want.Headers, answer); err != nil {
		return err
	}
	if err := compareCookies(want.Cookies, answer); err != nil {
		return err
	}
	switch {
	case len(want.JSON) > 0:
		return r.compareJSON(want, answer)
	case want.Text != nil:
		if err := Differ(*want.Text, string(answer.Data), nil); err != nil {
			return fmt.Errorf("body %w", err)
		}
	case want.Empty && len(answer.Data) > 0:
		return fmt.Errorf("body: expected none, got %q", excerpt(answer.Data, 120))
	}
	return nil
}

func compareHeaders(wanted map[string]any, answer *Answer) error {
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		want := wanted[name]
		value, there := answer.Field(name)
		got := any(nil)
		if there {
			got = value
		}
		switch name {
		case "retry-after":
			if want == nil {
				continue // never recorded; a server that says when to come back does better
			}
		case "content-type":
			got = answer.MediaType()
		case "allow":
			if there && want != nil {
				want, got = methods(text(want)), methods(value)
			}
		}
		if err := Differ(want, got, nil); err != nil {
			return fmt.Errorf("header %s %w", name, err)
		}
	}
	return nil
}

// methods returns the methods of an Allow header, whose order says nothing.
func methods(line string) any {
	names := strings.Split(line, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func compareCookies(wanted map[string]any, answer *Answer) error {
	jar := answer.cookies()
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		want := wanted[name]
		cookie, there := jar[name]
		switch {
		case want == nil && there:
			return fmt.Errorf("cookie %s was not expected", name)
		case want == nil:
			continue
		case !there:
			return fmt.Errorf("cookie %s is missing", name)
		}
		if err := Differ(want, cookie.view(), nil); err != nil {
			return fmt.Errorf("cookie %s %w", name, err)
		}
	}
	return nil
}

func (r *run) compareJSON(want expectation, answer *Answer) error {
	body, err := answer.JSON()
	if err != nil {
		return err
	}
	var wanted any
	if err := decodeJSON(want.JSON, &wanted); err != nil {
		return err
	}
	if err := Differ(discreet(wanted), discreet(body), body); err != nil {
		return err
	}
	for _, pointer := range slices.Sorted(maps.Keys(want.Tokens)) {
		value, err := at(body, pointer)
		if err != nil {
			return err
		}
		if err := compareToken(want.Tokens[pointer], value, body, r.target.file.JWTSecret, time.Now()); err != nil {
			return fmt.Errorf("token at %s: %w", pointer, err)
		}
	}
	return nil
}

// compareToken checks the signature unless the secret is empty.
func compareToken(want tokenExpect, value, body any, secret string, now time.Time) error {
	got, err := parseToken(value)
	if err != nil {
		return err
	}
	if err := Differ(want.Header, got.header, nil); err != nil {
		return fmt.Errorf("header %w", err)
	}
	if err := Differ(want.Claims, got.claims, body); err != nil {
		return fmt.Errorf("claims %w", err)
	}
	if err := compareTimes(want, got, now); err != nil {
		return err
	}
	if secret != "" && !got.genuine(secret) {
		return errors.New("not signed with the secret of the target")
	}
	return nil
}

func compareTimes(want tokenExpect, got token, now time.Time) error {
	if want.Lifetime == nil && want.Remaining == nil {
		return nil
	}
	expires, err := got.seconds("exp")
	if err != nil {
		return err
	}
	if want.Remaining != nil {
		if left := expires - now.Unix(); !near(left, *want.Remaining, remainingTolerance) {
			return fmt.Errorf("ends in %d s, expected %d s", left, *want.Remaining)
		}
	}
	if want.Lifetime == nil {
		return nil
	}
	issued, err := got.seconds("iat")
	if err != nil {
		return err
	}
	if lives := expires - issued; !near(lives, *want.Lifetime, lifetimeTolerance) {
		return fmt.Errorf("lives %d s, expected %d s", lives, *want.Lifetime)
	}
	return nil
}

func near(a, b, tolerance int64) bool {
	return b-tolerance <= a && a <= b+tolerance
}
