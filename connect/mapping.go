package connect

import (
	"encoding/json"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

const (
	maxSubject  = 255 // bytes
	maxUsername = 255 // characters
	maxAddress  = 254 // bytes, RFC 5321
)

// uses reports whether a path of the mapping begins with prefix.
func (m *Mapping) uses(prefix string) bool {
	if m == nil {
		return false
	}
	for _, e := range []Expr{m.ID, m.Username, m.Email, m.EmailVerified} {
		if slices.ContainsFunc(e.paths(), func(path string) bool { return strings.HasPrefix(path, prefix) }) {
			return true
		}
	}
	return false
}

// sources are the documents that paths lead into.
type sources struct {
	doc    []byte
	token  []byte
	claims []byte
	email  string // the address already chosen
}

func (s sources) get(path string) gjson.Result {
	doc := s.doc
	if rest, ok := strings.CutPrefix(path, "$token."); ok {
		doc, path = s.token, rest
	} else if rest, ok := strings.CutPrefix(path, "$id_token."); ok {
		doc, path = s.claims, rest
	}
	if strings.Contains(path, "$email") {
		if s.email == "" {
			return gjson.Result{}
		}
		quoted, err := json.Marshal(s.email)
		if err != nil {
			return gjson.Result{}
		}
		path = strings.ReplaceAll(path, "$email", string(quoted))
	}
	return gjson.GetBytes(doc, path)
}

// result finds the value of an expression; operators that make a text or a truth make a value of it.
func (s sources) result(e Expr) gjson.Result {
	switch {
	case e.Path != "":
		return s.get(e.Path)
	case e.First != nil:
		for _, one := range e.First {
			if result := s.result(one); set(result) {
				return result
			}
		}
		return gjson.Result{}
	case e.Join != nil:
		return textResult(s.join(e.Join, e.Sep))
	case e.LocalPart != "":
		local, _, _ := strings.Cut(scalar(s.get(e.LocalPart)), "@")
		return textResult(local)
	case e.IsZero():
		return gjson.Result{}
	default:
		if s.holds(e) {
			return gjson.Result{Type: gjson.True, Raw: "true"}
		}
		return gjson.Result{Type: gjson.False, Raw: "false"}
	}
}

func textResult(text string) gjson.Result {
	return gjson.Result{Type: gjson.String, Str: text, Raw: strconv.Quote(text)}
}

func (s sources) join(paths []string, separator string) string {
	var parts []string
	for _, path := range paths {
		if text := strings.TrimSpace(scalar(s.get(path))); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, separator)
}

// holds decides the operators that are true or false.
func (s sources) holds(e Expr) bool {
	switch {
	case e.Present != "":
		return set(s.get(e.Present))
	case e.All != nil:
		return !slices.ContainsFunc(e.All, func(one Expr) bool { return !s.truth(one) })
	case e.Any != nil:
		return slices.ContainsFunc(e.Any, s.truth)
	default:
		got := s.get(e.NotEqual.Path)
		return got.Exists() && got.Type != gjson.Null && got.Value() != e.NotEqual.Value
	}
}

// truth reads what providers write for true: the boolean, 1, "1" and "true". All else is false.
func (s sources) truth(e Expr) bool { return truth(s.result(e)) }

func truth(result gjson.Result) bool {
	switch result.Type {
	case gjson.True:
		return true
	case gjson.Number:
		return result.Raw == "1"
	case gjson.String:
		return result.Str == "true" || result.Str == "1"
	default:
		return false
	}
}

// text is the value of an expression where a text is wanted. A truth, a list or an object is none.
func (s sources) text(e Expr) string {
	switch result := s.result(e); result.Type {
	case gjson.String, gjson.Number:
		return result.String()
	default:
		return ""
	}
}

// set reports whether there is a value, and it is not empty.
func set(result gjson.Result) bool {
	switch {
	case !result.Exists(), result.Type == gjson.Null, result.Type == gjson.False:
		return false
	case result.Type == gjson.String:
		return result.Str != ""
	case result.IsArray():
		return len(result.Array()) > 0
	default:
		return true
	}
}

// subject keeps an identifier as it is or, when it can be none, not at all: a shortened one could be somebody else's.
func subject(text string) string {
	if len(text) > maxSubject || strings.ContainsFunc(text, isControl) || strings.TrimSpace(text) == "" {
		return ""
	}
	return text
}

// address returns the one well-formed address that a value holds. Several addresses, in a list or in a text, are none: which
// of them was verified nobody can tell. Letters beyond ASCII are refused, since some of them turn into ASCII ones when an
// address is compared without regard to case.
func address(result gjson.Result) string {
	text := result.Str
	if result.Type != gjson.String || text == "" || len(text) > maxAddress ||
		strings.ContainsAny(text, " ,;<>()[]\\\"\t\r\n") || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return ""
	}
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || strings.Count(text, "@") != 1 {
		return ""
	}
	return text
}

// meets compares a profile value with the one a description requires.
func meets(got gjson.Result, wanted any) bool {
	switch wanted := wanted.(type) {
	case bool:
		return truth(got) == wanted && got.Exists()
	case string:
		return got.Type == gjson.String && got.Str == wanted
	case float64:
		return got.Type == gjson.Number && got.Num == wanted || got.Type == gjson.True && wanted == 1
	default:
		return false
	}
}
