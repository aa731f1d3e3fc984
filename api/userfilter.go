package api

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatewright/gatewright/store"
)

// Bounds of a filter.
const (
	maxConditions = 500
	maxValues     = 1000
)

var (
	errFilter      = validationError("Invalid filters parameter. Expected an object")
	errFilterValue = validationError("Invalid value in filters")
	errFilterSize  = validationError("Too many conditions in filters")
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
	conditions := 0
	filter, err := p.allOf(object, scope{}, &conditions)
	if err != nil {
		return err
	}
	p.out.store.Filter = filter
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
func (p *queryParser) allOf(object *Object, at scope, conditions *int) (store.Filter, error) {
	var all store.And
	for _, key := range object.Keys() {
		value, _ := object.Get(key)
		condition, err := p.condition(key, value, at, conditions)
		if err != nil {
			return nil, err
		}
		all = append(all, condition)
	}
	return all, nil
}

func (p *queryParser) condition(key string, value any, at scope, conditions *int) (store.Filter, error) {
	if *conditions++; *conditions > maxConditions {
		return nil, errFilterSize
	}
	switch key {
	case "$and", "$or":
		return p.junction(key, value, at, conditions)
	case "$not":
		object, ok := value.(*Object)
		if !ok {
			return nil, errFilter
		}
		inner, err := p.allOf(object, at, conditions)
		return store.Not{Filter: inner}, err
	}
	if key == "role" && !at.role && p.mayReadRoles() {
		return p.roleCondition(value, conditions)
	}
	name, kind, err := p.filterField(key, at)
	if err != nil {
		return nil, err
	}
	return p.comparison(name, key, kind, value, conditions)
}

func (p *queryParser) filterField(key string, at scope) (name string, kind store.FieldKind, err error) {
	if !at.role {
		return p.attribute(key, "filters")
	}
	kind, ok := store.RoleFields[key]
	if !ok {
		return "", 0, invalidKey(key, at.path(), "filters")
	}
	return "role." + key, kind, nil
}

// roleCondition reads filters[role]=1 and filters[role][name]=x.
func (p *queryParser) roleCondition(value any, conditions *int) (store.Filter, error) {
	if object, ok := value.(*Object); ok {
		isOperator := slices.ContainsFunc(object.Keys(), func(key string) bool { _, ok := operators[key]; return ok })
		if !isOperator {
			return p.allOf(object, scope{role: true}, conditions)
		}
	}
	return p.comparison("role.id", "role", store.KindNumber, value, conditions)
}

func (p *queryParser) junction(key string, value any, at scope, conditions *int) (store.Filter, error) {
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
		part, err := p.allOf(object, at, conditions)
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
func (p *queryParser) comparison(name, key string, kind store.FieldKind, value any, conditions *int) (store.Filter, error) {
	switch v := value.(type) {
	case string:
		return compare(name, kind, store.Eq, []any{v})
	case []any:
		return nil, invalidKey("0", key, "filters")
	case *Object:
		var all store.And
		for _, operator := range v.Keys() {
			if *conditions++; *conditions > maxConditions {
				return nil, errFilterSize
			}
			operand, _ := v.Get(operator)
			condition, err := p.operator(name, key, kind, operator, operand, conditions)
			if err != nil {
				return nil, err
			}
			all = append(all, condition)
		}
		return all, nil
	}
	return nil, errFilterValue
}

func (p *queryParser) operator(name, key string, kind store.FieldKind, operator string, operand any, conditions *int) (store.Filter, error) {
	if operator == "$not" {
		inner, err := p.comparison(name, key, kind, operand, conditions)
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
		return store.Comparison{Field: name, Op: op, Values: []any{isTrue == (operator == "$null")}}, nil
	}
	return compare(name, kind, op, values)
}

// compare casts the values to the field's kind. A value that no such field can have matches nothing.
func compare(name string, kind store.FieldKind, op store.Op, values []any) (store.Filter, error) {
	many := op == store.In || op == store.NotIn || op == store.Between
	if len(values) > maxValues || !many && len(values) != 1 || op == store.Between && len(values) != 2 {
		return nil, errFilterValue
	}
	cast := make([]any, 0, len(values))
	for _, value := range values {
		text, ok := value.(string)
		if !ok {
			return nil, errFilterValue
		}
		v, ok := castValue(text, kind, op)
		if !ok && kind == store.KindTime {
			return nil, errFilterValue
		}
		if ok {
			cast = append(cast, v)
		}
	}
	if len(cast) < len(values) && !many || len(cast) == 0 && op == store.In {
		return store.Or{}, nil // an empty Or never holds
	}
	if op == store.Between && len(cast) != 2 {
		return store.Or{}, nil
	}
	return store.Comparison{Field: name, Op: op, Values: cast}, nil
}

func castValue(text string, kind store.FieldKind, op store.Op) (any, bool) {
	if textual(op) {
		return text, true
	}
	switch kind {
	case store.KindNumber:
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	case store.KindBool:
		return text != "false" && text != "f" && text != "0" && text != "", true
	case store.KindTime:
		return parseTime(text)
	case store.KindString:
	}
	return text, true
}

// textual tells whether an operator looks at the text of a value.
func textual(op store.Op) bool {
	name := strings.ToLower(string(op))
	return op == store.Eqi || op == store.Nei || strings.Contains(name, "contains") || strings.Contains(name, "with")
}

func parseTime(text string) (any, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms).UTC(), true
	}
	return nil, false
}
