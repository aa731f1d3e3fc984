package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// neverCompared are keys that are there or not depending on how the server was started.
var neverCompared = []string{"stacktrace"}

// comparison holds an answer against an expectation.
type comparison struct {
	root any // the whole answer, which <same:/pointer> refers to
}

// Differ returns the first difference between an expectation, which may hold placeholders and operators, and what was
// got, or nil. The root is the document that <same:/pointer> refers to. All of them are decoded JSON with numbers as
// json.Number.
func Differ(want, got, root any) error {
	return comparison{root}.differ(want, got, "")
}

// differ compares at one place of the document.
func (c comparison) differ(want, got any, place string) error {
	switch want := want.(type) {
	case string:
		return c.differText(want, got, place)
	case map[string]any:
		return c.differObject(want, got, place)
	case []any:
		return c.differArray(want, got, place)
	case json.Number:
		if number, ok := got.(json.Number); ok && equalNumbers(want, number) {
			return nil
		}
	default:
		if want == got {
			return nil
		}
	}
	return unexpected(place, want, got)
}

func unexpected(place string, want, got any) error {
	return fmt.Errorf("%s: expected %s, got %s", here(place), short(want), short(got))
}

func here(place string) string {
	if place == "" {
		return "/"
	}
	return place
}

func (c comparison) differText(want string, got any, place string) error {
	if kind, ok := kinds[want]; ok {
		if kind(got) {
			return nil
		}
		return unexpected(place, want, got)
	}
	if same := samePattern.FindStringSubmatch(want); same != nil {
		return c.differSame(same[1], same[2], got, place)
	}
	actual, isText := got.(string)
	if !isText {
		return unexpected(place, want, got)
	}
	if !placeholderPattern.MatchString(want) {
		if want == actual {
			return nil
		}
		return unexpected(place, want, got)
	}
	pattern, err := expand(want)
	if err != nil {
		return err
	}
	if pattern.MatchString(actual) {
		return nil
	}
	return unexpected(place, want, got)
}

// differSame compares with another place of the same document.
func (c comparison) differSame(kind, pointer string, got any, place string) error {
	other, err := at(c.root, pointer)
	if err != nil {
		return fmt.Errorf("%s: %w", here(place), err)
	}
	if kind == "samestr" {
		other = text(other)
	}
	if equal(other, got) {
		return nil
	}
	return unexpected(place, other, got)
}

func (c comparison) differObject(want map[string]any, got any, place string) error {
	if operator, argument, ok := operation(want); ok {
		return c.apply(operator, argument, got, place)
	}
	return c.differKeys(want, got, place, false)
}

// differKeys compares objects; a partial expectation allows more keys than it has.
func (c comparison) differKeys(want map[string]any, got any, place string, partial bool) error {
	object, ok := got.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: expected an object, got %s", here(place), short(got))
	}
	keys := slices.Sorted(maps.Keys(want))
	for _, key := range keys {
		if _, ok := object[key]; !ok {
			return fmt.Errorf("%s: key %q is missing", here(place), key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if _, known := want[key]; !known && !partial && !slices.Contains(neverCompared, key) {
			return fmt.Errorf("%s: key %q was not expected (%s)", here(place), key, short(object[key]))
		}
	}
	for _, key := range keys {
		if err := c.differ(want[key], object[key], place+"/"+key); err != nil {
			return err
		}
	}
	return nil
}

func (c comparison) differArray(want []any, got any, place string) error {
	array, err := arrayOf(got, place, len(want))
	if err != nil {
		return err
	}
	for i := range want {
		if err := c.differ(want[i], array[i], place+"/"+strconv.Itoa(i)); err != nil {
			return err
		}
	}
	return nil
}

// arrayOf returns got if it is an array of the given length; a negative length stands for any.
func arrayOf(got any, place string, length int) ([]any, error) {
	array, ok := got.([]any)
	if !ok {
		return nil, fmt.Errorf("%s: expected an array, got %s", here(place), short(got))
	}
	if length >= 0 && len(array) != length {
		return nil, fmt.Errorf("%s: expected %d elements, got %d: %s", here(place), length, len(array), short(got))
	}
	return array, nil
}

// equal compares two documents literally, numbers by value.
func equal(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		other, ok := b.(json.Number)
		return ok && equalNumbers(a, other)
	case []any:
		other, ok := b.([]any)
		return ok && slices.EqualFunc(a, other, equal)
	case map[string]any:
		other, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, other, equal)
	case string, bool, nil:
		return a == b
	default:
		return false
	}
}

func equalNumbers(a, b json.Number) bool {
	if a == b {
		return true
	}
	left, errLeft := a.Float64()
	right, errRight := b.Float64()
	// Whole numbers too long for a float are only equal when they are spelled alike.
	return errLeft == nil && errRight == nil && left == right && (!isInteger(a) || !isInteger(b))
}
