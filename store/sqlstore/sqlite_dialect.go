package sqlstore

import (
	"errors"
	"regexp"
	"unicode/utf8"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"github.com/gatewright/gatewright/store"
)

// sqliteDialect is SQLite's SQL. It compares parts of text by functions rather than by LIKE and GLOB: these have no
// wildcards to escape and no limit on the length of a pattern.
type sqliteDialect struct{}

func (sqliteDialect) textOf(kind store.FieldKind, value expr) expr {
	switch kind {
	case store.KindNumber:
		return sqlf("CAST(? AS TEXT)", value)
	case store.KindBool:
		return sqlf("CASE ? WHEN 1 THEN 'true' WHEN 0 THEN 'false' END", value)
	case store.KindTime:
		return sqlf("strftime('%Y-%m-%dT%H:%M:%fZ', ? / 1000.0, 'unixepoch')", value)
	default:
		return value
	}
}

func (sqliteDialect) extra(kind store.FieldKind, name string) expr {
	path := "$." + name
	switch kind {
	case store.KindNumber:
		return sqlf("CASE WHEN json_type(u.extra, ?) IN ('integer', 'real') THEN json_extract(u.extra, ?) END", path, path)
	case store.KindBool:
		return sqlf("CASE json_type(u.extra, ?) WHEN 'true' THEN 1 WHEN 'false' THEN 0 END", path)
	default:
		return sqlf("CASE json_type(u.extra, ?) WHEN 'text' THEN json_extract(u.extra, ?) END", path, path)
	}
}

func (sqliteDialect) extraAny(name string) expr {
	return sqlf("json_extract(u.extra, ?)", "$."+name)
}

func (sqliteDialect) equals(text expr, value string, fold bool) expr {
	return sqlf(foldedWhen(fold, "? = ?", "lower(?) = lower(?)"), text, value)
}

func (sqliteDialect) contains(text expr, part string, fold bool) expr {
	return sqlf(foldedWhen(fold, "instr(?, ?) > 0", "instr(lower(?), lower(?)) > 0"), text, part)
}

// startsWith is a range when it minds case, so that an index on a column serves it.
func (sqliteDialect) startsWith(text expr, part string, fold bool) expr {
	if fold {
		return sqlf("lower(substr(?, 1, ?)) = lower(?)", text, utf8.RuneCountInString(part), part)
	}
	if after, ok := afterPrefix(part); ok {
		return sqlf("? >= ? AND ? < ?", text, part, text, after)
	}
	return sqlf("? >= ?", text, part)
}

func (sqliteDialect) endsWith(text expr, part string, fold bool) expr {
	size := utf8.RuneCountInString(part)
	return sqlf(foldedWhen(fold, "substr(?, ?, ?) = ?", "lower(substr(?, ?, ?)) = lower(?)"), text, -size, size, part)
}

func foldedWhen(fold bool, exact, folded string) string {
	if fold {
		return folded
	}
	return exact
}

// uniqueFailure is SQLite's message; the driver does not give its parts.
var uniqueFailure = regexp.MustCompile(`UNIQUE constraint failed: (\w+)\.(\w+)`)

func (sqliteDialect) taken(err error) (table, column string, ok bool) {
	failure, isOurs := errors.AsType[*sqlite.Error](err)
	if !isOurs {
		return "", "", false
	}
	switch failure.Code() {
	case sqlitelib.SQLITE_CONSTRAINT_UNIQUE, sqlitelib.SQLITE_CONSTRAINT_PRIMARYKEY:
	default:
		return "", "", false
	}
	parts := uniqueFailure.FindStringSubmatch(failure.Error())
	if parts == nil {
		return "", "", false
	}
	return parts[1], parts[2], true
}

func (sqliteDialect) missing(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && failure.Code() == sqlitelib.SQLITE_CONSTRAINT_FOREIGNKEY
}

// afterPrefix is the least text that is greater, in the order of bytes, than every text that starts with prefix; there
// is none when prefix is all of the greatest character.
func afterPrefix(prefix string) (string, bool) {
	for len(prefix) > 0 {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch last {
		case utf8.MaxRune:
		case 0xD7FF: // the surrogates follow, which no text contains
			return prefix + "\uE000", true
		default:
			return prefix + string(last+1), true
		}
	}
	return "", false
}
