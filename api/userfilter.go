package api

import (
	"slices"

	"github.com/gatewright/gatewright/store"
)

// Bounds of a filter. With what a search by _q and the next page of a list add to it, they stay below those of
// store.ErrInvalidQuery, so that what is accepted here is answered. The number of parameters bounds that of the values.
const (
	maxConditions = 50  // comparisons
	maxParts      = 400 // comparisons and what joins them
	maxLevels     = 40
)

var (
	errFilter      = validationError("Invalid filters parameter. Expected an object")
	errFilterValue = validationError("Invalid value in filters")
	errFilterSize  = validationError("Too many conditions in filters")
	errFilterDepth = validationError("Too many levels in filters")
)

// operators maps the names of Strapi's query language to those of package store. $not, $and and $or are structure.
var operators = map[string]store.Op{
	"$eq": store.Eq, "$eqi": store.Eqi, "$ne": store.Ne, "$nei": store.Nei, "$in": store.In, "$notIn": store.NotIn,
	"$lt": store.Lt, "$lte": store.Lte, "$gt": store.Gt, "$gte": store.Gte, "$between": store.Between,
	"$contains": store.Contains, "$notContains": store.NotContains, "$containsi": store.Containsi,
	"$notContainsi": store.NotContainsi, "$startsWith": store.StartsWith, "$startsWithi": store.StartsWithi,
	"$endsWith": store.EndsWith, "$endsWithi": store.EndsWithi, "$null": store.Null, "$notNull": store.Null,
}

func (p *queryParser) filters(value any) error {
	if value == "" {
		return nil
	}
	object, ok := value.(*Object)
	if !ok {
		return errFilter
	}
	filter, err := p.allOf(object, scope{})
	if err != nil {
		return err
	}
	p.out.store.Filter = filter
	return new(filterSize).add(filter, 0)
}

// filterSize is how large a filter is.
type filterSize struct{ conditions, parts int }

// add counts a filter, and refuses what is too large.
func (s *filterSize) add(filter store.Filter, level int) error {
	if level > maxLevels {
		return errFilterDepth
	}
	var inner []store.Filter
	switch f := filter.(type) {
	case store.Comparison:
		s.conditions++
	case store.Not:
		inner = []store.Filter{f.Filter}
	case store.And:
		inner = f
	case store.Or:
		inner = f
	}
	if s.parts++; s.conditions > maxConditions || s.parts > maxParts {
		return errFilterSize
	}
	for _, f := range inner {
		if err := s.add(f, level+1); err != nil {
			return err
		}
	}
	return nil
}

// scope is where in a filter a key stands: at a user, or at the user's role.
type scope struct{ role bool }

func (s scope) path() any {
	if s.role {
		return "role"
	}
	return nil
}

// allOf reads an object whose every key is a condition.
func (p *queryParser) allOf(object *Object, at scope) (store.Filter, error) {
	var all store.And
	for _, key := range object.Keys() {
		value, _ := object.Get(key)
		condition, err := p.condition(key, value, at)
		if err != nil {
			return nil, err
		}
		all = append(all, condition)
	}
	return all, nil
}

func (p *queryParser) condition(key string, value any, at scope) (store.Filter, error) {
	switch key {
	case "$and", "$or":
		return p.junction(key, value, at)
	case "$not":
		object, ok := value.(*Object)
		if !ok {
			return nil, errFilter
		}
		inner, err := p.allOf(object, at)
		return store.Not{Filter: inner}, err
	}
	if key == "role" && !at.role && p.mayReadRoles() {
		return p.roleCondition(value)
	}
	field, err := p.filterField(key, at)
	if err != nil {
		return nil, err
	}
	return p.comparison(field, key, value)
}

func (p *queryParser) filterField(key string, at scope) (attribute, error) {
	if !at.role {
		return p.attribute(key, "filters")
	}
	kind, ok := store.RoleFields[key]
	if !ok {
		return attribute{}, invalidKey(key, at.path(), "filters")
	}
	return attribute{"role." + key, operands[kind]}, nil
}

// roleCondition reads filters[role]=1 and filters[role][name]=x.
func (p *queryParser) roleCondition(value any) (store.Filter, error) {
	if object, ok := value.(*Object); ok {
		isOperator := slices.ContainsFunc(object.Keys(), func(key string) bool { _, ok := operators[key]; return ok })
		if !isOperator {
			return p.allOf(object, scope{role: true})
		}
	}
	return p.comparison(attribute{"role.id", operands[store.KindNumber]}, "role", value)
}

func (p *queryParser) junction(key string, value any, at scope) (store.Filter, error) {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	var parts []store.Filter
	for _, element := range list {
		object, ok := element.(*Object)
		if !ok {
			return nil, errFilter
		}
		part, err := p.allOf(object, at)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	if key == "$or" {
		return store.Or(parts), nil
	}
	return store.And(parts), nil
}

// comparison reads what a field is compared with: a value, or operators with theirs.
func (p *queryParser) comparison(field attribute, key string, value any) (store.Filter, error) {
	switch v := value.(type) {
	case string:
		return field.compare(store.Eq, []any{v})
	case []any:
		return nil, invalidKey("0", key, "filters")
	case *Object:
		var all store.And
		for _, operator := range v.Keys() {
			operand, _ := v.Get(operator)
			condition, err := p.operator(field, key, operator, operand)
			if err != nil {
				return nil, err
			}
			all = append(all, condition)
		}
		return all, nil
	}
	return nil, errFilterValue
}

func (p *queryParser) operator(field attribute, key, operator string, operand any) (store.Filter, error) {
	if operator == "$not" {
		inner, err := p.comparison(field, key, operand)
		return store.Not{Filter: inner}, err
	}
	op, ok := operators[operator]
	if !ok {
		return nil, invalidKey(operator, key, "filters")
	}
	values, ok := operand.([]any)
	if !ok {
		values = []any{operand}
	}
	if op == store.Null {
		isTrue := operand == "true" || operand == "1" || operand == "t"
		return store.Comparison{Field: field.name, Op: op, Values: []any{isTrue == (operator == "$null")}}, nil
	}
	return field.compare(op, values)
}
