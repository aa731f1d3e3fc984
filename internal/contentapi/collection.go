package contentapi

import (
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxEntries bounds the entries of one type.
const maxEntries = 10_000

// timeLayout is how Strapi writes times: UTC with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

var (
	errFull    = errors.New("the collection is full")
	errUnknown = errors.New("no such entry")
)

// entry is one entry as callers see it. An entry that is stored is never changed in place.
type entry map[string]any

// collection holds the entries of one type, ordered by id.
type collection struct {
	typ Type
	now func() time.Time

	mu      sync.RWMutex
	lastID  int64
	entries []entry
}

// create adds an entry with a new id. It returns errFull when there is no room.
func (c *collection) create(attributes map[string]any) (entry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= maxEntries {
		return nil, errFull
	}
	c.lastID++
	at := c.now().UTC().Format(timeLayout)
	made := entry{
		"id": c.lastID, "documentId": newDocumentID(),
		"createdAt": at, "updatedAt": at, "publishedAt": at,
	}
	for _, attribute := range c.typ.Attributes {
		made[attribute.Name] = attributes[attribute.Name]
	}
	c.entries = append(c.entries, made)
	return made, nil
}

// get returns the entry with documentID, or errUnknown.
func (c *collection) get(documentID string) (entry, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	i := c.index(documentID)
	if i < 0 {
		return nil, errUnknown
	}
	return c.entries[i], nil
}

// update replaces the attributes that are given, or returns errUnknown.
func (c *collection) update(documentID string, attributes map[string]any) (entry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.index(documentID)
	if i < 0 {
		return nil, errUnknown
	}
	changed := maps.Clone(c.entries[i])
	maps.Copy(changed, attributes)
	at := c.now().UTC().Format(timeLayout)
	changed["updatedAt"], changed["publishedAt"] = at, at
	c.entries[i] = changed
	return changed, nil
}

// remove forgets the entry with documentID, if there is one.
func (c *collection) remove(documentID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := c.index(documentID); i >= 0 {
		c.entries = slices.Delete(c.entries, i, i+1)
	}
}

// index must be called with the lock held.
func (c *collection) index(documentID string) int {
	return slices.IndexFunc(c.entries, func(e entry) bool { return e["documentId"] == documentID })
}

// list returns one page of the entries in the order of q, and how many there are altogether.
func (c *collection) list(q query) ([]entry, int) {
	c.mu.RLock()
	all := append([]entry{}, c.entries...)
	c.mu.RUnlock()
	if q.sort != "" {
		slices.SortStableFunc(all, func(a, b entry) int {
			order := compareValues(a[q.sort], b[q.sort])
			if q.descending {
				return -order
			}
			return order
		})
	}
	from := min((q.page-1)*q.pageSize, len(all))
	return all[from:min(from+q.pageSize, len(all))], len(all)
}

// compareValues orders ids as numbers and everything else as text, null first.
func compareValues(a, b any) int {
	if left, ok := a.(int64); ok {
		right, _ := b.(int64)
		return int(left - right)
	}
	left, _ := a.(string)
	right, _ := b.(string)
	return strings.Compare(left, right)
}

// newDocumentID returns 24 lower-case letters and digits.
func newDocumentID() string {
	return strings.ToLower(rand.Text()[:24])
}
