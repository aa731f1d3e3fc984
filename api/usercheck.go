package api

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gatewright/gatewright/accounts"
)

// nonEmpty is required in the words of POST /users, which has a least length besides.
func (c *check) nonEmpty(name string) string {
	text, ok := c.text(name)
	if ok && text == "" {
		c.report([]string{name}, name+" must be at least 1 characters", "")
		c.report([]string{name}, name+" is a required field", "")
	}
	return text
}

func (c *check) optionalNonEmpty(name string) *string {
	text := c.optionalText(name)
	if text != nil && *text == "" {
		c.report([]string{name}, name+" must be at least 1 characters", "")
		return nil
	}
	return text
}

func (c *check) optionalEmail(name string) *string {
	text := c.optionalNonEmpty(name)
	if text != nil && !validEmail(*text) {
		c.report([]string{name}, name+" must be a valid email", *text)
		return nil
	}
	return text
}

// newPassword is the password in PUT /users; an empty text stands for null, which is refused later.
func (c *check) newPassword() *string {
	value, ok := c.body.Get("password")
	if !ok {
		return nil
	}
	switch v := value.(type) {
	case string:
		return &v
	case nil:
		return new("")
	}
	c.report([]string{"password"}, "Password must be at least 1 character", value)
	return nil
}

// roleRef is the role in a body, with what the errors about it show.
type roleRef struct {
	accounts.RoleRef
	given any // the relation as Strapi's messages repeat it
}

// role reads a role given as an id, as a documentId, or as {"connect": [{"id"|"documentId"}]}.
func (c *check) role(required bool) *roleRef {
	value, ok := c.body.Get("role")
	if !ok {
		if required {
			c.missing([]string{"role"}, "role")
		}
		return nil
	}
	switch v := value.(type) {
	case float64:
		return &roleRef{accounts.RoleRef{ID: wholeID(v)}, relation("set", "id", v)}
	case string:
		if id, err := strconv.ParseInt(v, 10, 64); err == nil {
			return &roleRef{accounts.RoleRef{ID: id}, relation("set", "id", float64(id))}
		}
		return &roleRef{accounts.RoleRef{DocumentID: v}, nil}
	case *Object:
		return c.connectedRole(v, required)
	case bool:
		c.wrongType([]string{"role"}, "role", "strapiID", v)
		return nil
	}
	c.wrongType([]string{"role"}, "role", "object", value)
	return nil
}

// maxConnected bounds the entries of a relation, each of which can be an error of its own.
const maxConnected = 100

func (c *check) connectedRole(role *Object, required bool) *roleRef {
	connect, connecting := role.Get("connect")
	_, disconnecting := role.Get("disconnect")
	set, setting := role.Get("set")
	switch {
	case !connecting && required:
		c.missing([]string{"role", "connect"}, "role.connect")
		return nil
	case !connecting && (disconnecting || setting && isEmptyList(set)):
		value, _ := role.Get("disconnect")
		if list, ok := value.([]any); ok && len(list) == 0 {
			return nil
		}
		c.report([]string{"role", "disconnect"}, "Cannot remove role", value)
		return nil
	case !connecting:
		return nil
	}
	list, ok := connect.([]any)
	if !ok {
		c.wrongType([]string{"role", "connect"}, "role.connect", "array", connect)
		return nil
	}
	if len(list) == 0 {
		if required {
			c.report([]string{"role", "connect"}, "Users must have a role", list)
		}
		return nil
	}
	if len(list) > maxConnected {
		c.report([]string{"role", "connect"}, "Users must have one role", nil)
		return nil
	}
	return c.connectEntries(list)
}

// connectEntries checks every entry; the last one counts, since a user has one role.
func (c *check) connectEntries(list []any) *roleRef {
	var ref *roleRef
	for i, entry := range list {
		path := []string{"role", "connect", strconv.Itoa(i)}
		object, ok := entry.(*Object)
		if !ok {
			c.wrongType(path, fmt.Sprintf("role.connect[%d]", i), "object", entry)
			continue
		}
		id, _ := object.Get("id")
		document, _ := object.Get("documentId")
		switch number, isNumber := id.(float64); {
		case isNumber:
			ref = &roleRef{accounts.RoleRef{ID: wholeID(number)}, relation("connect", "id", number)}
		case isText(id):
			n, _ := strconv.ParseInt(id.(string), 10, 64)
			ref = &roleRef{accounts.RoleRef{ID: n}, relation("connect", "id", id)}
		case isText(document):
			ref = &roleRef{accounts.RoleRef{DocumentID: document.(string)}, relation("connect", "documentId", document)}
		default:
			c.report(path, "Relation entry must include an id or documentId", entry)
		}
	}
	return ref
}

func isText(value any) bool {
	text, ok := value.(string)
	return ok && text != ""
}

func isEmptyList(value any) bool {
	list, ok := value.([]any)
	return ok && len(list) == 0
}

func wholeID(f float64) int64 {
	if f < 1 || f > 1<<53 || f != float64(int64(f)) {
		return 0
	}
	return int64(f)
}

func relation(verb, key string, value any) *Object {
	return NewObject().Set(verb, []any{NewObject().Set(key, value)})
}

// unknown is the message about a role that does not exist.
func (r *roleRef) unknown() string {
	if r.given == nil {
		return fmt.Sprintf("Document with id %q, locale \"null\" not found", r.DocumentID)
	}
	return "1 relation(s) of type plugin::users-permissions.role associated with this entity do not exist"
}

// notFound is the error about such a role in a change.
func (r *roleRef) notFound(now time.Time) error {
	if r.given == nil {
		return validationError(r.unknown())
	}
	value := NewObject().Set("role", r.given).Set("publishedAt", jsTime(now))
	return problems{{message: r.unknown(), value: value, valued: true}}.err()
}
