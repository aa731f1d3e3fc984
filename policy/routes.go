package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// ErrInvalidRoute is matched by errors.Is for every error of Compile.
var ErrInvalidRoute = errors.New("invalid route")

// MethodAny is the method of a route that serves all methods; "*" means the same.
const MethodAny = "ANY"

// methods are those a route may have, in the order in which an Allow header lists them.
var methods = []string{"HEAD", "GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"}

// Access says who may use a route. The zero Access asks for the action.
type Access int

// The kinds of access.
const (
	RequireAction Access = iota // those whose role may perform the route's action
	Public                      // everyone
	Authenticated               // everyone who is signed in, whatever the role
)

// String returns the name of the access in a configuration.
func (a Access) String() string {
	switch a {
	case RequireAction:
		return "action"
	case Public:
		return "public"
	case Authenticated:
		return "authenticated"
	}
	return fmt.Sprintf("Access(%d)", int(a))
}

// Route names the action of the requests that have its method and match its pattern.
type Route struct {
	// Method is GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, or MethodAny. HEAD requests use the GET route where
	// there is no route of their own.
	Method string
	// Pattern is an absolute path of literal segments and parameters such as {id}: "/api/articles/{id}". A "*" as the
	// last segment stands for one or more segments: "/files/*" matches "/files/a" and "/files/a/b", but not "/files".
	Pattern string
	Access  Access
	Action  string // needed where Access is RequireAction
	Source  string // where the route comes from, for errors and listings
	// Endpoint is what serves the route, for the caller to interpret; nil is the upstream. Compile does not look at it.
	Endpoint any
}

// String returns method, pattern and source.
func (r Route) String() string {
	if r.Source == "" {
		return r.Method + " " + r.Pattern
	}
	return r.Method + " " + r.Pattern + " (" + r.Source + ")"
}

// Table finds the route of a request. It is immutable and safe for concurrent use; the zero Table has no routes.
type Table struct {
	root   node
	routes []Route
}

// Compile makes a table of the routes, whose order has no meaning. An error is ErrInvalidRoute, names the offending
// route, and is about its pattern, method, action or access, or says that another one has the same method and the same
// pattern but for the names of parameters.
func Compile(routes []Route) (*Table, error) {
	t := &Table{routes: slices.Clone(routes)}
	for i := range t.routes {
		route := &t.routes[i]
		if err := t.add(route); err != nil {
			return nil, fmt.Errorf("%w %v: %w", ErrInvalidRoute, route, err)
		}
	}
	return t, nil
}

// Routes returns the routes in the order Compile was given them. The slice is the caller's.
func (t *Table) Routes() []Route {
	return slices.Clone(t.routes)
}

func (t *Table) add(route *Route) error {
	method := route.Method
	if method == "*" {
		method = MethodAny
	}
	if method != MethodAny && !slices.Contains(methods, method) {
		return fmt.Errorf("method %q is unknown", route.Method)
	}
	if err := checkAccess(route); err != nil {
		return err
	}
	parts, err := parsePattern(route.Pattern)
	if err != nil {
		return err
	}
	end := t.root.insert(parts)
	for _, other := range *end {
		if other.method == method {
			return fmt.Errorf("matches the same requests as %v", other.route)
		}
	}
	*end = append(*end, target{method: method, route: route, parts: parts})
	return nil
}

func checkAccess(route *Route) error {
	switch route.Access {
	case RequireAction:
		return ValidAction(route.Action)
	case Public, Authenticated:
		if route.Action == "" {
			return nil
		}
		return ValidAction(route.Action)
	}
	return fmt.Errorf("unknown access %v", route.Access)
}

// byAllow orders methods for an Allow header: as methods lists them.
func byAllow(a, b string) int {
	return cmp.Compare(slices.Index(methods, a), slices.Index(methods, b))
}
