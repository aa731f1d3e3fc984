package api

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

// userQuery is the query string of a request about users.
type userQuery struct {
	store store.Query
	view  view
}

// Fields of users that exist and that nobody may name: they are private, or relations into what is. Naming one is told
// apart from naming nothing at all only in the path of the error, as recorded.
var privateFields = []string{
	"password", "resetPasswordToken", "confirmationToken", "createdBy", "updatedBy", "locale", "localizations",
}

// maxSortKeys bounds an order. It is less than what a store takes.
const maxSortKeys = 20

// searched are the fields that _q looks into.
var searched = []string{"username", "email", "provider"}

// queryParser reads filters, sort, fields, populate, start, limit and _q, all from an allow-list: what cannot be read
// can neither be filtered nor sorted by (CVE-2023-22894, CVE-2023-34235, CVE-2026-27886).
type queryParser struct {
	caller Caller
	extra  []accounts.UserField
	out    userQuery
}

func (s *Server) parseUserQuery(r *Request) (*userQuery, error) {
	return parseUserQuery(r.HTTP.URL.RawQuery, r.Caller, s.Accounts.Fields())
}

func parseUserQuery(raw string, caller Caller, extra []accounts.UserField) (*userQuery, error) {
	params, err := parseForm(raw)
	if err != nil {
		return nil, validationError("Invalid query string")
	}
	p := &queryParser{caller: caller, extra: extra}
	steps := []struct {
		name string
		read func(any) error
	}{
		{"filters", p.filters},
		{"sort", p.sort},
		{"fields", p.fields},
		{"populate", p.populate},
		{"start", p.start},
		{"limit", p.limit},
		{"_q", p.search},
	}
	for _, step := range steps {
		value, ok := params.Get(step.name)
		if !ok {
			continue
		}
		if err := step.read(value); err != nil {
			return nil, err
		}
	}
	return &p.out, nil
}

// invalidKey is the error about a name in a query. path is that of the attribute, nil when there is none.
func invalidKey(key string, path any, param string) error {
	message := "Invalid key " + key
	if text, ok := path.(string); ok && text != key {
		message += " at " + text
	}
	e := validationError(message)
	e.Details = NewObject().Set("key", key).Set("path", path).Set("source", "query").Set("param", param)
	return e
}

// attribute is a field that a query may name.
type attribute struct {
	name    string // for package store
	operand operand
}

// attribute returns a field of a user.
func (p *queryParser) attribute(name, param string) (attribute, error) {
	if kind, ok := store.UserFields[name]; ok {
		return attribute{name, operands[kind]}, nil
	}
	if i := slices.IndexFunc(p.extra, func(f accounts.UserField) bool { return f.Name == name }); i >= 0 {
		return attribute{extraPrefix + name, extraOperands[p.extra[i].Type]}, nil
	}
	if name == "role" || slices.Contains(privateFields, name) {
		return attribute{}, invalidKey(name, name, param)
	}
	return attribute{}, invalidKey(name, nil, param)
}

func (p *queryParser) mayReadRoles() bool { return p.caller.May(actionReadRoles) }

func (p *queryParser) sort(value any) error {
	switch v := value.(type) {
	case string:
		for part := range strings.SplitSeq(v, ",") {
			if err := p.sortBy(part); err != nil {
				return err
			}
		}
	case []any:
		for _, element := range v {
			if err := p.sort(element); err != nil {
				return err
			}
		}
	case *Object:
		for _, key := range v.Keys() {
			order, _ := v.Get(key)
			if nested, ok := order.(*Object); ok && key == "role" {
				for _, inner := range nested.Keys() {
					order, _ := nested.Get(inner)
					if err := p.sortBy(fmt.Sprintf("role.%s:%v", inner, order)); err != nil {
						return err
					}
				}
				continue
			}
			if err := p.sortBy(fmt.Sprintf("%s:%v", key, order)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *queryParser) sortBy(text string) error {
	if text == "" {
		return nil
	}
	name, order, _ := strings.Cut(text, ":")
	field := name
	if relation, inner, ok := strings.Cut(name, "."); ok && relation == "role" && p.mayReadRoles() {
		if _, ok := store.RoleFields[inner]; !ok {
			return invalidKey(inner, "role", "sort")
		}
	} else {
		a, err := p.attribute(name, "sort")
		if err != nil {
			return err
		}
		field = a.name
	}
	switch strings.ToLower(order) {
	case "", "asc", "desc":
	default:
		return validationError("Invalid order. order can only be one of asc|desc|ASC|DESC")
	}
	if len(p.out.store.Sort) == maxSortKeys {
		return validationError("Too many keys in sort")
	}
	p.out.store.Sort = append(p.out.store.Sort, store.Sort{Field: field, Desc: strings.EqualFold(order, "desc")})
	return nil
}

func (p *queryParser) fields(value any) error {
	names, err := fieldNames(value)
	if err != nil {
		return err
	}
	if slices.Contains(names, "*") {
		return nil
	}
	for _, name := range names {
		if _, err := p.attribute(name, "fields"); err != nil {
			return err
		}
	}
	p.out.view.fields = names
	return nil
}

func fieldNames(value any) ([]string, error) {
	switch v := value.(type) {
	case string:
		return strings.Split(v, ","), nil
	case []any:
		names := make([]string, 0, len(v))
		for _, element := range v {
			name, ok := element.(string)
			if !ok || strings.Contains(name, ",") {
				return nil, errFields
			}
			names = append(names, name)
		}
		return names, nil
	}
	return nil, errFields
}

var errFields = validationError("Invalid fields parameter. Expected a string or an array of strings")

// populate knows one relation, the role. Asking for it without the permission to read roles is ignored, as recorded; so is
// what would go deeper, since the users and permissions of a role are never shown.
func (p *queryParser) populate(value any) error {
	switch v := value.(type) {
	case string:
		for name := range strings.SplitSeq(v, ",") {
			if err := p.populateOne(name, "true"); err != nil {
				return err
			}
		}
	case []any:
		for _, element := range v {
			if err := p.populate(element); err != nil {
				return err
			}
		}
	case *Object:
		for _, name := range v.Keys() {
			how, _ := v.Get(name)
			if err := p.populateOne(name, how); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *queryParser) populateOne(name string, how any) error {
	switch {
	case name == "":
		return nil
	case name != "role" && name != "*":
		return invalidKey(name, name, "populate")
	case how == "false":
		return nil
	}
	role := &roleView{roles: p.caller.role}
	if options, ok := how.(*Object); ok {
		if value, ok := options.Get("fields"); ok {
			names, err := fieldNames(value)
			if err != nil {
				return err
			}
			for _, name := range names {
				if _, ok := store.RoleFields[name]; !ok && name != "*" {
					return invalidKey(name, nil, "populate")
				}
			}
			if !slices.Contains(names, "*") {
				role.fields = names
			}
		}
	}
	if p.mayReadRoles() {
		p.out.view.role = role
	}
	return nil
}

func (p *queryParser) start(value any) error {
	n, shown, err := wholeNumber(value)
	if err != nil || n < 0 {
		return validationError("convertStartQueryParams expected a positive integer got " + shown)
	}
	p.out.store.Offset = n
	return nil
}

// limit takes 0 and -1 for no limit.
func (p *queryParser) limit(value any) error {
	n, shown, err := wholeNumber(value)
	if err != nil || n < -1 {
		return validationError("convertLimitQueryParams expected a positive integer got " + shown)
	}
	p.out.store.Limit = max(n, 0)
	return nil
}

var errNotWhole = errors.New("not a whole number")

func wholeNumber(value any) (n int, shown string, err error) {
	text, ok := value.(string)
	if !ok {
		return 0, "NaN", errNotWhole
	}
	n, err = strconv.Atoi(text)
	if err != nil {
		return 0, "NaN", errNotWhole
	}
	return n, text, nil
}

// search is _q: a text that some field contains.
func (p *queryParser) search(value any) error {
	text, ok := value.(string)
	if !ok || text == "" {
		return nil
	}
	if !storable(text) {
		return validationError("Invalid value in _q")
	}
	var found store.Or
	for _, name := range searched {
		found = append(found, store.Comparison{Field: name, Op: store.Containsi, Values: []any{text}})
	}
	if p.out.store.Filter == nil {
		p.out.store.Filter = found
	} else {
		p.out.store.Filter = store.And{p.out.store.Filter, found}
	}
	return nil
}
