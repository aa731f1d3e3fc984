package sqlstore

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"github.com/uptrace/bun"

	"github.com/gatewright/gatewright/store"
)

// Bounds of a store.Query, far above what a person asks and well below what a database chokes on.
const (
	maxConditions = 500
	maxValues     = 10_000
	maxNesting    = 50
	maxSortKeys   = 50
)

// userColumns and roleColumns are the columns of the fields that a query may name.
var (
	userColumns = map[string]string{
		"id": "u.id", "documentId": "u.document_id", "username": "u.username", "email": "u.email",
		"provider": "u.provider", "confirmed": "u.confirmed", "blocked": "u.blocked",
		"createdAt": "u.created_at", "updatedAt": "u.updated_at", "publishedAt": "u.published_at",
	}
	roleColumns = map[string]string{
		"id": "r.id", "documentId": "r.document_id", "name": "r.name", "description": "r.description", "type": "r.type",
		"createdAt": "r.created_at", "updatedAt": "r.updated_at", "publishedAt": "r.published_at",
	}
)

// extraName is what the name of an extra field in a query looks like.
var extraName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// userQuery makes a select of users follow q.
func userQuery(d dialect, sel *bun.SelectQuery, q store.Query) (*bun.SelectQuery, error) {
	if q.Offset < 0 || q.Limit < 0 {
		return nil, fmt.Errorf("%w: negative offset or limit", store.ErrInvalidQuery)
	}
	b := &queryBuilder{dialect: d}
	if q.Filter != nil {
		where, err := b.filter(q.Filter, 0)
		if err != nil {
			return nil, err
		}
		sel = sel.Where("?", where)
	}
	order, err := b.order(q.Sort)
	if err != nil {
		return nil, err
	}
	for _, key := range order {
		sel = sel.OrderExpr("?", key)
	}
	if b.usesRole {
		sel = sel.Join("LEFT JOIN roles AS r ON r.id = u.role_id")
	}
	limit := int64(q.Limit)
	if limit == 0 && q.Offset > 0 {
		limit = math.MaxInt64 // SQLite has no OFFSET without LIMIT
	}
	return sel.Offset(int64(q.Offset)).Limit(limit), nil
}

// queryBuilder translates one store.Query.
type queryBuilder struct {
	dialect    dialect
	usesRole   bool
	conditions int
	values     int
}

func (b *queryBuilder) order(keys []store.Sort) ([]expr, error) {
	if len(keys) > maxSortKeys {
		return nil, fmt.Errorf("%w: more than %d sort keys", store.ErrInvalidQuery, maxSortKeys)
	}
	order := make([]expr, 0, len(keys)+1)
	for _, key := range keys {
		f, err := b.field(key.Field)
		if err != nil {
			return nil, err
		}
		direction := "? ASC NULLS FIRST"
		if key.Desc {
			direction = "? DESC NULLS LAST"
		}
		order = append(order, sqlf(direction, f.any))
	}
	return append(order, sqlf("u.id")), nil
}

func (b *queryBuilder) filter(f store.Filter, depth int) (expr, error) {
	b.conditions++
	if b.conditions > maxConditions {
		return nil, fmt.Errorf("%w: more than %d conditions", store.ErrInvalidQuery, maxConditions)
	}
	if depth > maxNesting {
		return nil, fmt.Errorf("%w: more than %d levels of nesting", store.ErrInvalidQuery, maxNesting)
	}
	switch f := f.(type) {
	case store.And:
		return b.join(f, "AND", "TRUE", depth)
	case store.Or:
		return b.join(f, "OR", "FALSE", depth)
	case store.Not:
		inner, err := b.filter(f.Filter, depth+1)
		if err != nil {
			return nil, err
		}
		// Not NOT: that does not hold when the condition is about a null.
		return sqlf("(?) IS NOT TRUE", inner), nil
	case store.Comparison:
		return b.comparison(f)
	default:
		return nil, fmt.Errorf("%w: a filter of type %T", store.ErrInvalidQuery, f)
	}
}

// join is the conditions with the word between them, or none when there are none.
func (b *queryBuilder) join(filters []store.Filter, word, none string, depth int) (expr, error) {
	if len(filters) == 0 {
		return sqlf(none), nil
	}
	parts := make([]any, len(filters))
	for i, f := range filters {
		part, err := b.filter(f, depth+1)
		if err != nil {
			return nil, err
		}
		parts[i] = part
	}
	format := "(?)" + strings.Repeat(" "+word+" (?)", len(parts)-1)
	return sqlf(format, parts...), nil
}

// field is a field that a query named.
type field struct {
	name  string
	any   expr            // its value
	kind  store.FieldKind // of a field that is not extra
	extra string          // the name of an extra field
}

func (b *queryBuilder) field(name string) (field, error) {
	room, rest, dotted := strings.Cut(name, ".")
	switch {
	case dotted && room == "extra" && extraName.MatchString(rest):
		return field{name: name, any: b.dialect.extraAny(rest), extra: rest}, nil
	case dotted && room == "role":
		if column, ok := roleColumns[rest]; ok {
			b.usesRole = true
			return field{name: name, any: sqlf(column), kind: store.RoleFields[rest]}, nil
		}
	default:
		if column, ok := userColumns[name]; ok {
			return field{name: name, any: sqlf(column), kind: store.UserFields[name]}, nil
		}
	}
	return field{}, fmt.Errorf("%w: there is no field %q", store.ErrInvalidQuery, name)
}

// as is the value of the field to be compared with values of that kind.
func (b *queryBuilder) as(f field, kind store.FieldKind) (expr, error) {
	switch {
	case f.extra != "" && kind != store.KindTime:
		return b.dialect.extra(kind, f.extra), nil
	case f.extra == "" && kind == f.kind:
		return f.any, nil
	default:
		return nil, fmt.Errorf("%w: field %q does not take such a value", store.ErrInvalidQuery, f.name)
	}
}

// text is the text of the field.
func (b *queryBuilder) text(f field) expr {
	if f.extra != "" {
		return b.dialect.extra(store.KindString, f.extra)
	}
	return b.dialect.textOf(f.kind, f.any)
}
