package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// ErrInvalidTree is matched by errors.Is for every error of ParseTree.
var ErrInvalidTree = errors.New("invalid permissions")

// Limits of what ParseTree accepts.
const (
	MaxTreeBytes   = 4 << 20
	MaxTreeActions = 50_000
)

// TreeError says what is wrong with a permission tree. The text is fit for the client that sent it.
type TreeError struct {
	Path    string // of the entry, for example "api::article.controllers.article.find.enabled"; empty for the whole tree
	Problem string // for example "must be a boolean"
}

// Error names the entry and the problem.
func (e *TreeError) Error() string {
	if e.Path == "" {
		return "permissions " + e.Problem
	}
	return fmt.Sprintf("permissions: %s %s", e.Path, e.Problem)
}

// Is makes errors.Is(err, ErrInvalidTree) hold.
func (e *TreeError) Is(target error) bool { return target == ErrInvalidTree }

// treeError keeps what it repeats of a client's text short.
func treeError(path, problem string) error {
	const longest = 2 * MaxActionLength
	if len(path) > longest {
		path = strings.ToValidUTF8(path[:longest], "") + "…"
	}
	return &TreeError{Path: path, Problem: problem}
}

// ParseTree reads a tree that a client sent. An absent or null tree, and one without types, is empty. A type without
// controllers and a permission without "enabled" allow nothing; keys that mean nothing here are ignored. A value of
// another type than the Tree has, or a name that makes no valid action, is a *TreeError; so is a tree of more than
// MaxTreeBytes or MaxTreeActions.
func ParseTree(raw json.RawMessage) (Tree, error) {
	tree := Tree{}
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || string(trimmed) == "null" {
		return tree, nil
	}
	if len(raw) > MaxTreeBytes {
		return nil, treeError("", fmt.Sprintf("must not exceed %d bytes", MaxTreeBytes))
	}
	types, err := parseObject("", raw)
	if err != nil {
		return nil, err
	}
	p := treeParser{tree: tree}
	for uid, rawType := range sorted(types) {
		controllers, err := parseControllers(uid, rawType)
		if err != nil {
			return nil, err
		}
		for controller, rawNames := range sorted(controllers) {
			if err := p.parseNames(uid, controller, rawNames); err != nil {
				return nil, err
			}
		}
	}
	return p.tree, nil
}

type treeParser struct {
	tree  Tree
	count int // actions so far
}

func (p *treeParser) parseNames(uid, controller string, raw json.RawMessage) error {
	path := uid + ".controllers." + controller
	names, err := parseObject(path, raw)
	if err != nil {
		return err
	}
	if p.count += len(names); p.count > MaxTreeActions {
		return treeError("", fmt.Sprintf("must not have more than %d actions", MaxTreeActions))
	}
	for name, rawPermission := range sorted(names) {
		if ValidAction(uid+"."+controller+"."+name) != nil {
			return treeError(path+"."+name, "must make a valid action")
		}
		permission, err := parsePermission(path+"."+name, rawPermission)
		if err != nil {
			return err
		}
		p.tree.put(uid, controller, name, permission)
	}
	return nil
}

func parseControllers(uid string, raw json.RawMessage) (map[string]json.RawMessage, error) {
	fields, err := parseObject(uid, raw)
	if err != nil {
		return nil, err
	}
	controllers, ok := fields["controllers"]
	if !ok {
		return nil, nil
	}
	return parseObject(uid+".controllers", controllers)
}

func parsePermission(path string, raw json.RawMessage) (Permission, error) {
	fields, err := parseObject(path, raw)
	if err != nil {
		return Permission{}, err
	}
	var p Permission
	// A pointer tells null, which json.Unmarshal takes for any type, from a value.
	if raw, ok := fields["enabled"]; ok {
		var enabled *bool
		if json.Unmarshal(raw, &enabled) != nil || enabled == nil {
			return Permission{}, treeError(path+".enabled", "must be a boolean")
		}
		p.Enabled = *enabled
	}
	if raw, ok := fields["policy"]; ok {
		var policy *string
		if json.Unmarshal(raw, &policy) != nil || policy == nil {
			return Permission{}, treeError(path+".policy", "must be a string")
		}
		p.Policy = *policy
	}
	return p, nil
}

func parseObject(path string, raw json.RawMessage) (map[string]json.RawMessage, error) {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil || object == nil {
		return nil, treeError(path, "must be an object")
	}
	return object, nil
}

// sorted makes the first problem of a tree the same one each time.
func sorted(object map[string]json.RawMessage) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		for _, key := range slices.Sorted(maps.Keys(object)) {
			if !yield(key, object[key]) {
				return
			}
		}
	}
}
