package contentapi

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultPageSize = 25
	maxPageSize     = 100
)

// query is what a list takes from its parameters. Parameters it does not know are ignored.
type query struct {
	page       int
	pageSize   int
	sort       string // "" keeps the order of the ids
	descending bool
}

// parseQuery reads pagination[page], pagination[pageSize] and sort, for example "title:desc". Values out of range and
// names the type does not have count as absent.
func parseQuery(values url.Values, typ Type) query {
	q := query{
		page:     positive(values.Get("pagination[page]"), 1, maxEntries),
		pageSize: positive(values.Get("pagination[pageSize]"), defaultPageSize, maxPageSize),
	}
	name, direction, _ := strings.Cut(values.Get("sort"), ":")
	if sortable(name, typ) {
		q.sort, q.descending = name, strings.EqualFold(direction, "desc")
	}
	return q
}

// positive reads a number from 1 up; larger ones count as limit, anything else as fallback.
func positive(text string, fallback, limit int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return fallback
	}
	return min(n, limit)
}

func sortable(name string, typ Type) bool {
	switch name {
	case "id", "documentId", "createdAt", "updatedAt", "publishedAt":
		return true
	}
	return slices.ContainsFunc(typ.Attributes, func(a Attribute) bool { return a.Name == name })
}
