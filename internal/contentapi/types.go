// Package contentapi is a small content API in memory with the shape of Strapi's: entries of a few types, read and
// written through /api/{plural}. It stands behind the gateway as the upstream of the demo and of the conformance
// tests. It knows no users and checks no permissions: that is what the gateway in front of it is for.
package contentapi

import "fmt"

// Type describes one kind of entry.
type Type struct {
	Plural     string           // the path segment, for example "articles"
	Singular   string           // the name in actions, for example "article"
	Attributes []Attribute      // what an entry holds beside its id and its times
	Seed       []map[string]any // the attributes of the entries that are there from the start
}

// Attribute is one field that callers may set. Its value is a text or null.
type Attribute struct {
	Name     string
	Required bool // an entry without it is refused
}

// UID returns the name that Strapi gives the type, for example "api::article.article".
func (t Type) UID() string {
	return fmt.Sprintf("api::%s.%s", t.Singular, t.Singular)
}

// Articles returns the type "article": a required title, a body, and three entries.
func Articles() Type {
	articles := Type{
		Plural:     "articles",
		Singular:   "article",
		Attributes: []Attribute{{Name: "title", Required: true}, {Name: "body"}},
	}
	for n := 1; n <= 3; n++ {
		articles.Seed = append(articles.Seed, map[string]any{
			"title": fmt.Sprintf("Article %d", n),
			"body":  fmt.Sprintf("Body %d", n),
		})
	}
	return articles
}

// Reviews returns the type "review": a text, and no entries.
func Reviews() Type {
	return Type{Plural: "reviews", Singular: "review", Attributes: []Attribute{{Name: "text"}}}
}
