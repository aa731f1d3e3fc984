package sqlstore

import (
	"github.com/uptrace/bun/schema"

	"github.com/gatewright/gatewright/store"
)

// expr is a piece of SQL, made by sqlf. Text of a user gets into one only as an argument, which is quoted.
type expr func(gen schema.QueryGen, b []byte) ([]byte, error)

// AppendQuery lets bun, and other pieces, use the piece as an argument.
func (e expr) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) { return e(gen, b) }

// sqlf is the SQL of format, a constant, in which each question mark stands for an argument: a value or another piece.
func sqlf(format string, args ...any) expr {
	return func(gen schema.QueryGen, b []byte) ([]byte, error) {
		return gen.AppendQuery(b, format, args...), nil
	}
}

// dialect is what differs between databases.
type dialect interface {
	// textOf is the text of a column or expression of that kind, in the form store.Comparison describes.
	textOf(kind store.FieldKind, value expr) expr
	// extra is the field of that name in the column users.extra, or null where it is of another kind.
	extra(kind store.FieldKind, name string) expr
	// extraAny is the field whatever its kind, for orders and tests for null.
	extraAny(name string) expr
	// equals, contains, startsWith and endsWith compare text byte for byte or, with fold, without regard to case. They
	// are null for a null.
	equals(text expr, value string, fold bool) expr
	contains(text expr, part string, fold bool) expr
	startsWith(text expr, part string, fold bool) expr
	endsWith(text expr, part string, fold bool) expr
	// taken names the table and column whose uniqueness err reports, if that is what it does.
	taken(err error) (table, column string, ok bool)
	// missing reports whether err is that of a reference to a row that does not exist.
	missing(err error) bool
}
