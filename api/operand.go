package api

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

// operand reads the text that a field is compared with. A value that no such field can have is errNoSuchValue, and
// matches nothing; any other error refuses the query.
type operand func(text string) (any, error)

var errNoSuchValue = errors.New("no such value")

// operands are those of the fields that every site has.
var operands = map[store.FieldKind]operand{
	store.KindString: stringOperand,
	store.KindNumber: integerOperand,
	store.KindBool:   boolOperand,
	store.KindTime:   timeOperand,
}

// extraOperands are those of the further fields.
var extraOperands = map[accounts.FieldType]operand{
	accounts.FieldString:   stringOperand,
	accounts.FieldInteger:  integerOperand,
	accounts.FieldFloat:    floatOperand,
	accounts.FieldBoolean:  boolOperand,
	accounts.FieldDatetime: datetimeOperand,
	accounts.FieldJSON:     stringOperand,
}

func stringOperand(text string) (any, error) { return text, nil }

func integerOperand(text string) (any, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, errNoSuchValue
	}
	return n, nil
}

func floatOperand(text string) (any, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errNoSuchValue
	}
	return f, nil
}

func boolOperand(text string) (any, error) {
	return text != "false" && text != "f" && text != "0" && text != "", nil
}

func timeOperand(text string) (any, error) {
	t, ok := parseTime(text)
	if !ok {
		return nil, errFilterValue
	}
	return t, nil
}

func datetimeOperand(text string) (any, error) {
	kept, ok := datetime(text)
	if !ok {
		return nil, errFilterValue
	}
	return kept, nil
}

// compare reads the values that a field is compared with.
func (a attribute) compare(op store.Op, values []any) (store.Filter, error) {
	many := op == store.In || op == store.NotIn || op == store.Between
	if !many && len(values) != 1 || op == store.Between && len(values) != 2 {
		return nil, errFilterValue
	}
	read := make([]any, 0, len(values))
	for _, value := range values {
		text, ok := value.(string)
		if !ok || !storable(text) {
			return nil, errFilterValue
		}
		v, err := a.read(text, op)
		switch {
		case errors.Is(err, errNoSuchValue):
		case err != nil:
			return nil, err
		default:
			read = append(read, v)
		}
	}
	if len(read) < len(values) && op != store.In && op != store.NotIn || len(read) == 0 && op == store.In {
		return store.Or{}, nil // an empty Or never holds
	}
	return store.Comparison{Field: a.name, Op: op, Values: read}, nil
}

func (a attribute) read(text string, op store.Op) (any, error) {
	if textual(op) {
		return text, nil
	}
	return a.operand(text)
}

// textual tells whether an operator looks at the text of a value.
func textual(op store.Op) bool {
	name := strings.ToLower(string(op))
	return op == store.Eqi || op == store.Nei || strings.Contains(name, "contains") || strings.Contains(name, "with")
}

// storable tells whether a store can have a text, and so be asked for it.
func storable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms).UTC(), true
	}
	return time.Time{}, false
}
