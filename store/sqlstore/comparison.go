package sqlstore

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/gatewright/gatewright/store"
)

// orderings are the operators that SQL has, too.
var orderings = map[store.Op]string{
	store.Eq: "? = ?", store.Ne: "? <> ?",
	store.Lt: "? < ?", store.Lte: "? <= ?", store.Gt: "? > ?", store.Gte: "? >= ?",
}

// textOps are the operators on text: how to match, whether without regard to case, and whether to turn it round.
var textOps = map[store.Op]struct {
	match        func(d dialect, text expr, part string, fold bool) expr
	fold, negate bool
}{
	store.Eqi:          {match: dialect.equals, fold: true},
	store.Nei:          {match: dialect.equals, fold: true, negate: true},
	store.Contains:     {match: dialect.contains},
	store.Containsi:    {match: dialect.contains, fold: true},
	store.NotContains:  {match: dialect.contains, negate: true},
	store.NotContainsi: {match: dialect.contains, fold: true, negate: true},
	store.StartsWith:   {match: dialect.startsWith},
	store.StartsWithi:  {match: dialect.startsWith, fold: true},
	store.EndsWith:     {match: dialect.endsWith},
	store.EndsWithi:    {match: dialect.endsWith, fold: true},
}

func (b *queryBuilder) comparison(c store.Comparison) (expr, error) {
	if b.values += len(c.Values); b.values > maxValues {
		return nil, fmt.Errorf("%w: more than %d values", store.ErrInvalidQuery, maxValues)
	}
	f, err := b.field(c.Field)
	if err != nil {
		return nil, err
	}
	where, err := b.operator(f, c.Op, c.Values)
	if errors.Is(err, errWrongValues) {
		return nil, fmt.Errorf("%w: operator %q on field %q", err, c.Op, c.Field)
	}
	return where, err
}

var errWrongValues = fmt.Errorf("%w: values that the operator does not take", store.ErrInvalidQuery)

func (b *queryBuilder) operator(f field, op store.Op, values []any) (expr, error) {
	switch op {
	case store.In:
		return b.in(f, values)
	case store.NotIn:
		return b.notIn(f, values)
	case store.Between:
		return b.between(f, values)
	default:
		return b.single(f, op, values)
	}
}

// single is an operator that takes one value.
func (b *queryBuilder) single(f field, op store.Op, values []any) (expr, error) {
	_, isText := textOps[op]
	_, isOrdering := orderings[op]
	switch {
	case !isText && !isOrdering && op != store.Null:
		return nil, fmt.Errorf("%w: there is no operator %q", store.ErrInvalidQuery, op)
	case len(values) != 1:
		return nil, errWrongValues
	case op == store.Null:
		isNull, ok := values[0].(bool)
		if !ok {
			return nil, errWrongValues
		}
		return null(f, isNull), nil
	case values[0] == nil && (op == store.Eq || op == store.Eqi):
		return null(f, true), nil
	case values[0] == nil && (op == store.Ne || op == store.Nei):
		return null(f, false), nil
	case isText:
		return b.textual(f, op, values[0])
	default:
		return b.ordering(f, op, values[0])
	}
}

func null(f field, isNull bool) expr {
	if isNull {
		return sqlf("? IS NULL", f.any)
	}
	return sqlf("? IS NOT NULL", f.any)
}

func (b *queryBuilder) ordering(f field, op store.Op, value any) (expr, error) {
	kind, literal, err := literalOf(value)
	if err != nil {
		return nil, err
	}
	operand, err := b.as(f, kind)
	if err != nil {
		return nil, err
	}
	return sqlf(orderings[op], operand, literal), nil
}

func (b *queryBuilder) between(f field, values []any) (expr, error) {
	if len(values) != 2 {
		return nil, errWrongValues
	}
	low, err := b.ordering(f, store.Gte, values[0])
	if err != nil {
		return nil, err
	}
	high, err := b.ordering(f, store.Lte, values[1])
	if err != nil {
		return nil, err
	}
	return sqlf("? AND ?", low, high), nil
}

// in is the Or of Eq.
func (b *queryBuilder) in(f field, values []any) (expr, error) {
	where, err := b.lists(f, values, "? IN ?", true)
	if err != nil || len(where) == 0 {
		return sqlf("FALSE"), err
	}
	return sqlf("(?)"+strings.Repeat(" OR (?)", len(where)-1), where...), nil
}

// notIn is the And of Ne.
func (b *queryBuilder) notIn(f field, values []any) (expr, error) {
	where, err := b.lists(f, values, "? NOT IN ?", false)
	if err != nil || len(where) == 0 {
		return sqlf("TRUE"), err
	}
	return sqlf("(?)"+strings.Repeat(" AND (?)", len(where)-1), where...), nil
}

// lists compares the field with the values by the format, once for each kind among them, and a nil by null.
func (b *queryBuilder) lists(f field, values []any, format string, isNull bool) ([]any, error) {
	var where []any
	var literals [store.KindTime + 1][]any
	for _, value := range values {
		if value == nil {
			where = []any{null(f, isNull)}
			continue
		}
		kind, literal, err := literalOf(value)
		if err != nil {
			return nil, err
		}
		literals[kind] = append(literals[kind], literal)
	}
	for kind, list := range literals {
		if len(list) == 0 {
			continue
		}
		operand, err := b.as(f, store.FieldKind(kind))
		if err != nil {
			return nil, err
		}
		where = append(where, sqlf(format, operand, bun.Tuple(list)))
	}
	return where, nil
}

func (b *queryBuilder) textual(f field, op store.Op, value any) (expr, error) {
	part, ok := value.(string)
	if !ok || !validText(part) {
		return nil, errWrongValues
	}
	how := textOps[op]
	where := how.match(b.dialect, b.text(f), part, how.fold)
	if how.negate {
		return sqlf("NOT (?)", where), nil // of a null, that is null again
	}
	return where, nil
}

// literalOf is a value as the database writes it, and its kind.
func literalOf(value any) (store.FieldKind, any, error) {
	switch value := value.(type) {
	case string:
		if !validText(value) {
			return 0, nil, errWrongValues
		}
		return store.KindString, value, nil
	case int64:
		return store.KindNumber, value, nil
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return 0, nil, errWrongValues
		}
		return store.KindNumber, value, nil
	case bool:
		return store.KindBool, value, nil
	case time.Time:
		return store.KindTime, millis(value), nil
	default:
		return 0, nil, errWrongValues
	}
}

// millis is a time in Unix milliseconds, with a fraction when it is finer than that.
func millis(t time.Time) any {
	ms := t.UnixMilli()
	if rest := t.Sub(time.UnixMilli(ms)); rest != 0 {
		return float64(ms) + float64(rest)/float64(time.Millisecond)
	}
	return ms
}
