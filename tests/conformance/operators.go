package conformance

import (
	"fmt"
	"slices"
)

// operation returns the operator of an object such as {"$has": {...}} and its argument.
func operation(want map[string]any) (operator string, argument any, ok bool) {
	if len(want) != 1 {
		return "", nil, false
	}
	for operator, argument = range want {
		switch operator {
		case "$unordered", "$contains":
			_, ok = argument.([]any)
		case "$absent", "$has":
			_, ok = argument.(map[string]any)
		}
	}
	return operator, argument, ok
}

func (c comparison) apply(operator string, argument, got any, place string) error {
	switch operator {
	case "$unordered":
		elements := argument.([]any)
		array, err := arrayOf(got, place, len(elements))
		if err != nil {
			return err
		}
		return c.differUnordered(elements, array, place)
	case "$contains":
		array, err := arrayOf(got, place, -1)
		if err != nil {
			return err
		}
		return c.differUnordered(argument.([]any), array, place)
	case "$absent":
		return differAbsent(argument.(map[string]any), got, place)
	default: // $has
		return c.differKeys(argument.(map[string]any), got, place, true)
	}
}

// differUnordered looks for each wanted element among those that no other one has taken.
func (c comparison) differUnordered(want, got []any, place string) error {
	rest := slices.Clone(got)
	for _, element := range want {
		var closest error
		i := slices.IndexFunc(rest, func(candidate any) bool {
			err := c.differ(element, candidate, place)
			if closest == nil {
				closest = err
			}
			return err == nil
		})
		switch {
		case i >= 0:
			rest = slices.Delete(rest, i, i+1)
		case len(rest) == 1:
			return fmt.Errorf("%s: no element like %s (closest: %w)", here(place), short(element), closest)
		default:
			return fmt.Errorf("%s: no element like %s", here(place), short(element))
		}
	}
	return nil
}

// differAbsent finds an array with an element that has all of the given values.
func differAbsent(where map[string]any, got any, place string) error {
	array, err := arrayOf(got, place, -1)
	if err != nil {
		return err
	}
	for _, element := range array {
		object, ok := element.(map[string]any)
		if ok && hasAll(object, where) {
			return fmt.Errorf("%s: has an element with %s", here(place), short(where))
		}
	}
	return nil
}

func hasAll(object, where map[string]any) bool {
	for key, want := range where {
		if got, ok := object[key]; !ok || !equal(want, got) {
			return false
		}
	}
	return true
}
