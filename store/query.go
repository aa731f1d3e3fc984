package store

import "errors"

// ErrInvalidQuery is returned for a Query or Filter that names an unknown field or operator, has a value its operator
// or field does not take, or is too large: more than 500 conditions or 10000 values, more than 50 levels of nesting or
// 50 sort keys.
var ErrInvalidQuery = errors.New("invalid query")

// Query selects users.
type Query struct {
	Filter Filter // nil: all
	Sort   []Sort // ties, and an empty Sort, are ordered by id
	Offset int
	Limit  int // 0: no limit
}

// Sort is one key of an order. Null comes before everything else, or after it when Desc.
type Sort struct {
	Field string // one of UserFields, "role." and one of RoleFields, or "extra." and a name
	Desc  bool
}

// Filter is a condition on users: a Comparison, And, Or or Not.
type Filter interface{ filter() }

// And holds when all of its conditions hold; an empty And always holds.
type And []Filter

// Or holds when one of its conditions holds; an empty Or never does.
type Or []Filter

// Not holds when its condition does not.
type Not struct{ Filter Filter }

// Comparison compares a field with values.
//
// The values are of the field's kind; int64 and float64 are both numbers. The operators on parts of text and those that
// ignore case take strings, and compare them with the field's text: the decimal form of a number, "true" or "false", or
// a time like 2006-01-02T15:04:05.000Z. Eq, Eqi, Ne, Nei, In and NotIn also take nil.
//
// An extra field has the kind of the values it is compared with, and is null where the user's value is of another one.
// There are no times among them. The fields of a role are null for a user without one.
type Comparison struct {
	Field  string // one of UserFields, "role." and one of RoleFields, or "extra." and a name
	Op     Op
	Values []any // string, float64, int64, bool, time.Time or nil; one, unless Op is In, NotIn or Between
}

func (And) filter()        {}
func (Or) filter()         {}
func (Not) filter()        {}
func (Comparison) filter() {}

// Op is how a Comparison compares. The names are those of Strapi's query language without the dollar sign.
type Op string

// The comparisons. Those that end in i ignore the case of ASCII and, where the backend can, of other letters.
// NotContains, Ne and their kin do not hold for a null field, as in SQL, except that Ne nil means "is not null". In is
// the Or of Eq, and NotIn the And of Ne.
const (
	Eq           Op = "eq"
	Eqi          Op = "eqi"
	Ne           Op = "ne"
	Nei          Op = "nei"
	Lt           Op = "lt"
	Lte          Op = "lte"
	Gt           Op = "gt"
	Gte          Op = "gte"
	In           Op = "in"
	NotIn        Op = "notIn"
	Contains     Op = "contains"
	Containsi    Op = "containsi"
	NotContains  Op = "notContains"
	NotContainsi Op = "notContainsi"
	StartsWith   Op = "startsWith"
	StartsWithi  Op = "startsWithi"
	EndsWith     Op = "endsWith"
	EndsWithi    Op = "endsWithi"
	Between      Op = "between" // two values, both inclusive
	Null         Op = "null"    // one bool: is null, or is not
)

// UserFields are the fields of a user that a Query may name, with their kinds. A password, a code or anything else
// private is not among them, so no filter and no order can reveal it (CVE-2023-22894, CVE-2026-27886).
// Extra fields are named "extra." and their name: a letter or underscore, then letters, digits and underscores.
var UserFields = map[string]FieldKind{
	"id": KindNumber, "documentId": KindString, "username": KindString, "email": KindString, "provider": KindString,
	"confirmed": KindBool, "blocked": KindBool, "createdAt": KindTime, "updatedAt": KindTime, "publishedAt": KindTime,
}

// RoleFields are the fields of a user's role that a Query may name, behind "role.".
var RoleFields = map[string]FieldKind{
	"id": KindNumber, "documentId": KindString, "name": KindString, "description": KindString, "type": KindString,
	"createdAt": KindTime, "updatedAt": KindTime, "publishedAt": KindTime,
}

// FieldKind is the kind of value a field has.
type FieldKind int

// The kinds of fields.
const (
	KindString FieldKind = iota
	KindNumber
	KindBool
	KindTime
)
