package api

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a query string or a form, those of Strapi where it has one.
const (
	maxPairs      = 1000
	maxArrayIndex = 100
)

var errForm = errors.New("too many or malformed parameters")

// parseForm reads name=value pairs whose names may nest, a[b][0]=x, as front ends for Strapi write them with the npm
// package qs. All leaves are strings; a repeated name makes an array.
func parseForm(encoded string) (*Object, error) {
	root := newNode()
	pairs := 0
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		if pairs++; pairs > maxPairs {
			return nil, errForm
		}
		name, value, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(name)
		if err != nil {
			return nil, errForm
		}
		if key == "" { // "=x" names nothing
			continue
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			return nil, errForm
		}
		path, err := splitName(key)
		if err != nil {
			return nil, err
		}
		root.add(path, text)
	}
	return root.object(), nil
}

// splitName parts a[b][] into "a", "b" and "".
func splitName(name string) ([]string, error) {
	first, rest, nested := strings.Cut(name, "[")
	if !nested || first == "" {
		return []string{name}, nil
	}
	path := []string{first}
	for rest = "[" + rest; strings.HasPrefix(rest, "["); {
		end := strings.IndexByte(rest, ']')
		if end < 0 { // a[b names what qs calls a[[b]
			return append(path, rest), nil
		}
		path = append(path, rest[1:end])
		rest = rest[end+1:]
		if len(path) > maxDepth {
			return nil, errForm
		}
	}
	return path, nil
}

// node is a value that is still being put together.
type node struct {
	inner  Object // of *node
	leaves []string
}

func newNode() *node { return &node{} }

func (n *node) add(path []string, value string) {
	if len(path) == 0 {
		n.leaves = append(n.leaves, value)
		return
	}
	key := path[0]
	if key == "" { // a[]=x
		key = strconv.Itoa(n.inner.Len())
	}
	child, ok := n.inner.Get(key)
	if !ok {
		child = newNode()
		n.inner.Set(key, child)
	}
	child.(*node).add(path[1:], value)
}

// child is the node of a key that there is.
func (n *node) child(key string) *node {
	child, _ := n.inner.Get(key)
	return child.(*node)
}

func (n *node) value() any {
	switch {
	case n.inner.Len() == 0 && len(n.leaves) == 1:
		return n.leaves[0]
	case n.inner.Len() == 0:
		list := make([]any, len(n.leaves))
		for i, leaf := range n.leaves {
			list[i] = leaf
		}
		return list
	case n.isArray():
		return n.array()
	}
	return n.object()
}

func (n *node) isArray() bool {
	return !slices.ContainsFunc(n.inner.Keys(), func(key string) bool {
		i, err := strconv.Atoi(key)
		return err != nil || i < 0 || i > maxArrayIndex || strconv.Itoa(i) != key
	})
}

// array orders the elements by their index; gaps close.
func (n *node) array() []any {
	keys := slices.Clone(n.inner.Keys())
	slices.SortFunc(keys, func(a, b string) int {
		i, _ := strconv.Atoi(a)
		j, _ := strconv.Atoi(b)
		return i - j
	})
	list := make([]any, 0, len(keys)+len(n.leaves))
	for _, key := range keys {
		list = append(list, n.child(key).value())
	}
	for _, leaf := range n.leaves { // a[0]=x&a=y
		list = append(list, leaf)
	}
	return list
}

func (n *node) object() *Object {
	object := NewObject()
	for _, key := range n.inner.Keys() {
		object.Set(key, n.child(key).value())
	}
	for _, leaf := range n.leaves {
		object.Set(leaf, true)
	}
	return object
}
