package policy

import "slices"

// Catalogue is the set of actions a site knows, in the order they were added. The zero Catalogue is empty. It is not
// safe for concurrent use while actions are added.
type Catalogue struct {
	actions []string
	known   map[string]struct{}
}

// Add adds actions; one that is there already keeps its place. At an invalid action it stops with ErrInvalidAction.
func (c *Catalogue) Add(actions ...string) error {
	for _, action := range actions {
		if err := ValidAction(action); err != nil {
			return err
		}
		if c.Has(action) {
			continue
		}
		if c.known == nil {
			c.known = make(map[string]struct{})
		}
		c.known[action] = struct{}{}
		c.actions = append(c.actions, action)
	}
	return nil
}

// Has reports whether the action was added.
func (c *Catalogue) Has(action string) bool {
	_, ok := c.known[action]
	return ok
}

// Actions returns the actions in the order they were added. The slice is the caller's.
func (c *Catalogue) Actions() []string {
	return slices.Clone(c.actions)
}
