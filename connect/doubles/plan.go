package doubles

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gatewright/gatewright/connect"
)

// What a double's one user is like.
const (
	userID      = "90071992547409931" // beyond what a float64 can hold
	userName    = "ola.normann"
	userEmail   = "ola@double.example.test"
	plantedWord = "planted"
)

// plantedTemplate is a template whose value the double itself handed out before.
var plantedTemplate = regexp.MustCompile(`\{(token|profile)\.([A-Za-z0-9_.]+)\}`)

// A plan is what the documents of one sign-in hold, and where.
type plan struct {
	variant Variant
	docs    map[string]any // "" is the profile, $token the token response, $id_token the claims, _name an extra request
	planted map[string]any // by path
	email   bool           // an address is mapped
}

func newPlan(d connect.Description, variant Variant) *plan {
	p := &plan{variant: variant, docs: map[string]any{}, planted: map[string]any{}}
	raw, _ := json.Marshal([]any{d.Profile, d.Flow}) // a description always has a JSON form
	for _, found := range plantedTemplate.FindAllString(string(raw), -1) {
		p.plant(templatePath(found), plantedWord)
	}
	if d.Map == nil {
		return p
	}
	p.text(d.Map.ID, json.Number(userID))
	p.text(d.Map.Username, userName)
	p.email = !d.Map.Email.IsZero()
	p.text(d.Map.Email, userEmail)
	p.truth(d.Map.EmailVerified, !variant.Unverified)
	for path, value := range d.Require {
		p.plant(path, value)
	}
	return p
}

// templatePath is the path that a template reads: {token.uid} is $token.uid.
func templatePath(template string) string {
	found := plantedTemplate.FindStringSubmatch(template)
	return map[string]string{"token": "$token.", "profile": ""}[found[1]] + found[2]
}

// template is the planted value that a template reads.
func (p *plan) template(template string) string { return fmt.Sprint(p.planted[templatePath(template)]) }

// text plants a value where an expression looks for a text.
func (p *plan) text(e connect.Expr, value any) {
	switch {
	case e.Path != "":
		p.plant(e.Path, value)
	case e.First != nil && p.variant.Last:
		p.text(e.First[len(e.First)-1], value)
	case e.First != nil:
		p.text(e.First[0], value)
	case e.LocalPart != "":
		p.plant(e.LocalPart, userEmail)
	}
	for i, path := range e.Join {
		p.plant(path, fmt.Sprintf("Part%d", i))
	}
}

// truth plants what makes an expression true, or false.
func (p *plan) truth(e connect.Expr, value bool) {
	switch {
	case e.Path != "" && p.variant.Last:
		p.plant(e.Path, fmt.Sprint(value)) // as text, which some providers send
	case e.Path != "":
		p.plant(e.Path, value)
	case e.First != nil && p.variant.Last:
		p.truth(e.First[len(e.First)-1], value)
	case e.First != nil:
		p.truth(e.First[0], value)
	case e.Present != "" && value:
		p.plant(e.Present, "2020-01-01T00:00:00Z")
	case e.NotEqual != nil && !value:
		p.plant(e.NotEqual.Path, e.NotEqual.Value)
	case e.NotEqual != nil:
		p.plant(e.NotEqual.Path, plantedWord)
	}
	for i, one := range e.All {
		p.truth(one, value || i > 0) // one false is enough
	}
	for i, one := range e.Any {
		p.truth(one, value && (i == 0) != p.variant.Last) // one true is enough
	}
}

// plant puts a value where a path leads.
func (p *plan) plant(path string, value any) {
	p.planted[path] = value
	root, rest := "", path
	for _, prefix := range []string{"$token.", "$id_token."} {
		if cut, ok := strings.CutPrefix(path, prefix); ok {
			root, rest = strings.TrimSuffix(prefix, "."), cut
		}
	}
	if name, cut, ok := strings.Cut(path, "."); ok && strings.HasPrefix(name, "_") {
		root, rest = name, cut
	}
	p.docs[root] = put(p.docs[root], parsePath(rest), value)
}

// want tells what a client must make of the documents.
func (p *plan) want(d connect.Description) connect.Profile {
	if d.Map == nil {
		return connect.Profile{}
	}
	want := connect.Profile{Subject: p.find(d.Map.ID), Username: p.find(d.Map.Username), Email: p.find(d.Map.Email)}
	want.EmailVerified = want.Email != "" && (d.EmailTrust == connect.TrustAlwaysVerified ||
		(d.EmailTrust == connect.TrustVerifiedClaim && !p.variant.Unverified))
	return want
}

func (p *plan) find(e connect.Expr) string {
	switch {
	case e.Path != "":
		if value, ok := p.planted[e.Path]; ok {
			return fmt.Sprint(value)
		}
	case e.LocalPart != "":
		local, _, _ := strings.Cut(userEmail, "@")
		return local
	case e.Join != nil:
		var parts []string
		for _, path := range e.Join {
			parts = append(parts, fmt.Sprint(p.planted[path]))
		}
		return strings.Join(parts, e.Sep)
	}
	for _, one := range e.First {
		if text := p.find(one); text != "" {
			return text
		}
	}
	return ""
}

// A part is one step of a path: a member, a place in a list, or the item of a list that has a given member.
type part struct {
	key   string
	index int // -1 for a member
	where string
	is    any
}

var (
	itemPattern  = regexp.MustCompile(`^#\(([A-Za-z_]+)==(.*)\)$`)
	indexPattern = regexp.MustCompile(`^[0-9]$`)
)

func parsePath(path string) []part {
	var parts []part
	for _, text := range splitPath(path) {
		if found := itemPattern.FindStringSubmatch(text); found != nil {
			parts = append(parts, part{where: found[1], is: literal(found[2]), index: -1})
			continue
		}
		if indexPattern.MatchString(text) {
			parts = append(parts, part{index: int(text[0] - '0')})
			continue
		}
		parts = append(parts, part{key: strings.ReplaceAll(text, `\`, ""), index: -1})
	}
	return parts
}

// splitPath cuts at dots that are neither escaped nor inside a query.
func splitPath(path string) []string {
	var parts []string
	start, depth := 0, 0
	for i := range len(path) {
		switch {
		case path[i] == '(':
			depth++
		case path[i] == ')':
			depth--
		case path[i] == '.' && depth == 0 && (i == 0 || path[i-1] != '\\'):
			parts, start = append(parts, path[start:i]), i+1
		}
	}
	return append(parts, path[start:])
}

func literal(text string) any {
	if text == "$email" {
		return userEmail
	}
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	return value
}

// put returns node with the value at the end of the path.
func put(node any, path []part, value any) any {
	if len(path) == 0 {
		return value
	}
	first, rest := path[0], path[1:]
	switch {
	case first.where != "":
		list, _ := node.([]any)
		i := slices.IndexFunc(list, func(item any) bool {
			members, ok := item.(map[string]any)
			return ok && members[first.where] == first.is
		})
		if i < 0 {
			list, i = append(list, any(map[string]any{first.where: first.is})), len(list)
		}
		list[i] = put(list[i], rest, value)
		return list
	case first.index >= 0:
		list, _ := node.([]any)
		for len(list) <= first.index {
			list = append(list, nil)
		}
		list[first.index] = put(list[first.index], rest, value)
		return list
	default:
		members, ok := node.(map[string]any)
		if !ok {
			members = map[string]any{}
		}
		members[first.key] = put(members[first.key], rest, value)
		return members
	}
}
