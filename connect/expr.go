package connect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// maxExprDepth bounds how deep the operators of an expression may nest.
const maxExprDepth = 8

var errExpr = errors.New("a mapping is null, a path, a list, or an object with join, local_part, present, all, any or not_equal")

// Expr says how to find one fact in a profile: a path (gjson's syntax), a list of which the first non-empty value counts, or
// one operator. Exactly one of its fields is set, Sep aside; the zero Expr finds nothing.
//
// A path that begins with $token. reads the token response and one with $id_token. the verified claims; $email inside a
// query is the address already chosen.
type Expr struct {
	Path      string
	First     []Expr
	Join      []string // the values, joined by Sep; empty ones are left out
	Sep       string
	LocalPart string // what stands before the at sign
	Present   string // true when the path leads to something that is set and not empty
	All       []Expr
	Any       []Expr
	NotEqual  *NotEqual
}

// NotEqual is true when Path leads to a value other than Value.
type NotEqual struct {
	Path  string
	Value any // a string, a number or a boolean
}

// Path makes an [Expr] of paths, of which the first that leads to a value counts.
func Path(paths ...string) Expr {
	if len(paths) == 1 {
		return Expr{Path: paths[0]}
	}
	list := make([]Expr, 0, len(paths))
	for _, path := range paths {
		list = append(list, Expr{Path: path})
	}
	return Expr{First: list}
}

// IsZero reports whether e finds nothing.
func (e Expr) IsZero() bool {
	return e.Path == "" && e.First == nil && e.Join == nil && e.LocalPart == "" && e.Present == "" &&
		e.All == nil && e.Any == nil && e.NotEqual == nil
}

type exprObject struct {
	Join      []string          `json:"join,omitempty"`
	Sep       *string           `json:"sep,omitempty"`
	LocalPart string            `json:"local_part,omitempty"`
	Present   string            `json:"present,omitempty"`
	All       []json.RawMessage `json:"all,omitempty"`
	Any       []json.RawMessage `json:"any,omitempty"`
	NotEqual  []json.RawMessage `json:"not_equal,omitempty"`
}

// UnmarshalJSON reads the catalogue's form of an expression.
func (e *Expr) UnmarshalJSON(raw []byte) error {
	parsed, err := parseExpr(raw, maxExprDepth)
	if err == nil {
		*e = parsed
	}
	return err
}

func parseExpr(raw []byte, depth int) (Expr, error) {
	raw = bytes.TrimSpace(raw)
	if depth == 0 || len(raw) == 0 {
		return Expr{}, errExpr
	}
	switch raw[0] {
	case 'n':
		return Expr{}, nil
	case '"':
		var path string
		if err := json.Unmarshal(raw, &path); err != nil || path == "" {
			return Expr{}, errExpr
		}
		return Expr{Path: path}, nil
	case '[':
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil || len(items) == 0 {
			return Expr{}, errExpr
		}
		list, err := parseExprs(items, depth)
		return Expr{First: list}, err
	default:
		return parseOperator(raw, depth)
	}
}

func parseExprs(items []json.RawMessage, depth int) ([]Expr, error) {
	if len(items) == 0 {
		return nil, nil
	}
	list := make([]Expr, 0, len(items))
	for _, item := range items {
		e, err := parseExpr(item, depth-1)
		if err != nil {
			return nil, err
		}
		if e.IsZero() {
			return nil, errExpr
		}
		list = append(list, e)
	}
	return list, nil
}

func parseOperator(raw []byte, depth int) (Expr, error) {
	var o exprObject
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&o); err != nil {
		return Expr{}, fmt.Errorf("%w: %w", errExpr, err)
	}
	e := Expr{Join: o.Join, LocalPart: o.LocalPart, Present: o.Present}
	if o.Sep != nil {
		e.Sep = *o.Sep
	}
	var err error
	if e.All, err = parseExprs(o.All, depth); err != nil {
		return Expr{}, err
	}
	if e.Any, err = parseExprs(o.Any, depth); err != nil {
		return Expr{}, err
	}
	if o.NotEqual != nil {
		if e.NotEqual, err = parseNotEqual(o.NotEqual); err != nil {
			return Expr{}, err
		}
	}
	if operators(e) != 1 || (o.Sep != nil) != (o.Join != nil) {
		return Expr{}, errExpr
	}
	return e, nil
}

func parseNotEqual(pair []json.RawMessage) (*NotEqual, error) {
	if len(pair) != 2 {
		return nil, errExpr
	}
	var n NotEqual
	if err := json.Unmarshal(pair[0], &n.Path); err != nil || n.Path == "" {
		return nil, errExpr
	}
	if err := json.Unmarshal(pair[1], &n.Value); err != nil {
		return nil, errExpr
	}
	switch n.Value.(type) {
	case string, float64, bool:
		return &n, nil
	default:
		return nil, errExpr
	}
}

func operators(e Expr) int {
	n := 0
	for _, set := range []bool{e.Join != nil, e.LocalPart != "", e.Present != "", e.All != nil, e.Any != nil, e.NotEqual != nil} {
		if set {
			n++
		}
	}
	return n
}

// MarshalJSON writes the catalogue's form of an expression.
func (e Expr) MarshalJSON() ([]byte, error) {
	switch {
	case e.IsZero():
		return []byte("null"), nil
	case e.Path != "":
		return json.Marshal(e.Path)
	case e.First != nil:
		return json.Marshal(e.First)
	case e.Join != nil:
		return json.Marshal(map[string]any{"join": e.Join, "sep": e.Sep})
	case e.LocalPart != "":
		return json.Marshal(map[string]any{"local_part": e.LocalPart})
	case e.Present != "":
		return json.Marshal(map[string]any{"present": e.Present})
	case e.All != nil:
		return json.Marshal(map[string]any{"all": e.All})
	case e.Any != nil:
		return json.Marshal(map[string]any{"any": e.Any})
	default:
		return json.Marshal(map[string]any{"not_equal": []any{e.NotEqual.Path, e.NotEqual.Value}})
	}
}

// paths lists every path that e reads.
func (e Expr) paths() []string {
	list := append([]string(nil), e.Join...)
	for _, path := range []string{e.Path, e.LocalPart, e.Present} {
		if path != "" {
			list = append(list, path)
		}
	}
	if e.NotEqual != nil {
		list = append(list, e.NotEqual.Path)
	}
	for _, items := range [][]Expr{e.First, e.All, e.Any} {
		for _, item := range items {
			list = append(list, item.paths()...)
		}
	}
	return list
}
