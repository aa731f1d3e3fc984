package policy

import (
	"github.com/gatewright/gatewright/internal/canonical"
)

// node is a place in the tree of patterns, reached by one sequence of segments.
type node struct {
	literals map[string]*node // by key
	param    *node
	here     []target // of patterns that end here
	tail     []target // of patterns that end with a tail from here
}

// target is what a pattern leads to.
type target struct {
	method string // MethodAny for all
	route  *Route
	parts  []part
}

// insert returns where the targets of the pattern are, making the way to it.
func (n *node) insert(parts []part) *[]target {
	for _, p := range parts {
		switch p.kind {
		case literal:
			if n.literals == nil {
				n.literals = make(map[string]*node)
			}
			if n.literals[p.key] == nil {
				n.literals[p.key] = &node{}
			}
			n = n.literals[p.key]
		case parameter:
			if n.param == nil {
				n.param = &node{}
			}
			n = n.param
		case tail:
			return &n.tail
		}
	}
	return &n.here
}

// spelledBy reports whether the path, which has led to the target by keys, spells its literals as it must.
func (t *target) spelledBy(path canonical.Path) bool {
	for i, p := range t.parts {
		if p.kind == literal && !path.Segments[i].EqualLiteral(p.text) {
			return false
		}
	}
	return true
}

// search walks the tree along the segments of a path. A tree has one way to each node, so a search visits no node
// twice: its cost is bounded by the number of routes, and its depth by the longest pattern, whatever the path is.
type search struct {
	method   string
	segments []canonical.Segment
	visited  int // nodes, for the test of the bound
	key      [3 * maxLiteral]byte
}

// find returns the first target for the method in the order of precedence, or nil.
func (s *search) find(n *node, i int) *target {
	s.visited++
	if i == len(s.segments) {
		return pick(n.here, s.method)
	}
	if child := s.literal(n, i); child != nil {
		if found := s.find(child, i+1); found != nil {
			return found
		}
	}
	if n.param != nil {
		if found := s.find(n.param, i+1); found != nil {
			return found
		}
	}
	return pick(n.tail, s.method)
}

// each calls visit with every target that the segments lead to, whatever its method.
func (s *search) each(n *node, i int, visit func(target)) {
	if i == len(s.segments) {
		for _, t := range n.here {
			visit(t)
		}
		return
	}
	if child := s.literal(n, i); child != nil {
		s.each(child, i+1, visit)
	}
	if n.param != nil {
		s.each(n.param, i+1, visit)
	}
	for _, t := range n.tail {
		visit(t)
	}
}

// literal returns the child whose literal has the key of the i-th segment, or nil.
func (s *search) literal(n *node, i int) *node {
	// An escape has three bytes, so a longer segment has a longer key than any literal.
	if len(n.literals) == 0 || len(s.segments[i].Text) > len(s.key) {
		return nil
	}
	return n.literals[string(s.segments[i].AppendKey(s.key[:0]))]
}

// pick returns the target for the method, then one that serves it as well: that of GET for HEAD, and that of all methods.
func pick(targets []target, method string) *target {
	var fallback *target
	for i := range targets {
		t := &targets[i]
		switch {
		case t.method == method:
			return t
		case t.method == "GET" && method == "HEAD":
			fallback = t
		case t.method == MethodAny && fallback == nil:
			fallback = t
		}
	}
	return fallback
}
