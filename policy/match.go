package policy

import (
	"slices"
	"strings"

	"github.com/gatewright/gatewright/internal/canonical"
)

// Match is what a table says about a request.
type Match struct {
	// Route belongs to the table and must not be changed. It is nil where nothing matched.
	Route *Route
	// Params has the parameters of the route in their order.
	Params []Param
	// EscapedLiteral tells, where nothing matched, that a route would have if the path had not escaped what the route
	// spells out: "%61rticles" for "articles".
	EscapedLiteral bool

	path  canonical.Path
	parts []part
}

// Param is a parameter of a route with its value.
type Param struct {
	Name string // "*" for the tail
	// Value is in canonical escaped form: "a%20b". That of a tail has the slashes between its segments.
	Value string
}

// Match returns the route of a request, and whether there is one. At each segment a literal goes before a parameter, and
// a parameter before a tail, as far as the rest of the path and the method have a route; then the method's own route goes
// before one for all methods.
//
// A path finds the route that its plain spelling would find, or none: where that route has a literal, the path must spell
// it as canonical.Segment.EqualLiteral has it. Otherwise "/users/%6De" could pass as some user's id here and be read as
// "/users/me" by an upstream.
//
// The parameters are written to params from its start, so a caller that keeps a buffer allocates nothing.
func (t *Table) Match(method string, path canonical.Path, params []Param) (m Match, ok bool) {
	s := search{method: method, segments: path.Segments}
	found := s.find(&t.root, 0)
	if found == nil {
		return Match{}, false
	}
	if !found.spelledBy(path) {
		return Match{EscapedLiteral: true}, false
	}
	params = params[:0]
	for i, p := range found.parts {
		switch p.kind {
		case literal:
		case parameter:
			params = append(params, Param{Name: p.text, Value: path.Segments[i].Text})
		case tail:
			params = append(params, Param{Name: p.text, Value: path.Tail(i)})
		}
	}
	return Match{Route: found.route, Params: params, path: path, parts: found.parts}, true
}

// Param returns the value of the parameter of that name; empty when the route has none.
func (m Match) Param(name string) string {
	for _, p := range m.Params {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// ForwardPath returns the escaped path an upstream is to be given: literals as the route spells them, the rest in
// canonical form. It is meaningful only for a match that was found.
func (m Match) ForwardPath() string {
	as := func(i int) string {
		if i < len(m.parts) && m.parts[i].kind == literal {
			return m.parts[i].text
		}
		return m.path.Segments[i].Text
	}
	same := true
	for i, segment := range m.path.Segments {
		same = same && as(i) == segment.Text
	}
	if same {
		return m.path.String()
	}
	var b strings.Builder
	for i := range m.path.Segments {
		b.WriteByte('/')
		b.WriteString(as(i))
	}
	return b.String()
}

// Allow returns the methods for the Allow header of an answer about path: HEAD and GET always, as every path has an
// answer to those, then the methods of all routes whose pattern matches, in a fixed order.
func (t *Table) Allow(path canonical.Path) []string {
	allowed := []string{"HEAD", "GET"}
	s := search{segments: path.Segments}
	s.each(&t.root, 0, func(end target) {
		switch {
		case !end.spelledBy(path):
		case end.method == MethodAny:
			allowed = append(allowed, methods...)
		default:
			allowed = append(allowed, end.method)
		}
	})
	slices.SortFunc(allowed, byAllow)
	return slices.Compact(allowed)
}
