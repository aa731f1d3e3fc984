package mail

import (
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
)

// ErrInvalidTemplate is returned for a template with a mark other than <%= NAME %> for a known name, or with ${…}.
var ErrInvalidTemplate = errors.New("invalid template")

// maxRendered bounds what a template may become, in bytes, however often it names a long value.
const maxRendered = 1 << 20

// Template is how a mail looks. Object and Message name variables as <%= NAME %>:
//
//	URL             the page or endpoint that the mail leads to
//	TOKEN, CODE     the one-time code
//	USER.username   the name of the account; USER alone is the same
//	USER.email      its address
//	SERVER_URL      where this server is found
//	ADMIN_URL       where its panel is found
//
// They are replaced by their values and nothing is evaluated. In Object only those of USER are replaced: subjects are
// written to the logs of mail servers, where no code belongs.
type Template struct {
	FromName      string
	FromEmail     string // empty: the mailer's own address, without FromName
	ResponseEmail string // where answers go; may be empty
	Object        string // the subject
	Message       string // HTML
}

// Variables are the values for a Template.
type Variables struct {
	URL       string
	ServerURL string
	AdminURL  string
	Code      string // for CODE and TOKEN
	Username  string
	Email     string
}

// lookup returns the value of a variable by its name in templates.
func (v Variables) lookup(name string) (value string, ok bool) {
	switch name {
	case "URL":
		return v.URL, true
	case "SERVER_URL":
		return v.ServerURL, true
	case "ADMIN_URL":
		return v.AdminURL, true
	case "CODE", "TOKEN":
		return v.Code, true
	default:
		return v.lookupUser(name)
	}
}

func (v Variables) lookupUser(name string) (value string, ok bool) {
	switch name {
	case "USER", "USER.username":
		return v.Username, true
	case "USER.email":
		return v.Email, true
	default:
		return "", false
	}
}

var (
	// mark is the beginning of a mark with, if it is a good one, the rest of it.
	mark = regexp.MustCompile(`<%(?:=\s*([A-Za-z_.]+)\s*%>)?`)

	// interpolation is what other template languages evaluate.
	interpolation = regexp.MustCompile(`\$\{[^}]*\}`)
)

// Validate returns ErrInvalidTemplate unless all marks in Object and Message are variables. The addresses are not
// looked at; see ValidAddress.
func Validate(t Template) error {
	for _, text := range []string{t.Object, t.Message} {
		if interpolation.MatchString(text) {
			return fmt.Errorf("%w: ${…} is not understood", ErrInvalidTemplate)
		}
		for _, found := range mark.FindAllStringSubmatch(text, -1) {
			if _, ok := (Variables{}).lookup(found[1]); !ok {
				return fmt.Errorf("%w: a mark is not one of the known variables", ErrInvalidTemplate)
			}
		}
	}
	return nil
}

// Render fills a template in. The values are escaped in the HTML and lose their control characters everywhere; the text
// is that of the HTML. It leaves MessageID and To to the caller. ErrInvalidTemplate as for Validate, and when the mail
// would be larger than 1 MiB.
func Render(t Template, v Variables) (Message, error) {
	if err := Validate(t); err != nil {
		return Message{}, err
	}
	body, err := substitute(t.Message, func(name string) (string, bool) {
		value, ok := v.lookup(name)
		return html.EscapeString(oneLine(value)), ok
	})
	if err != nil {
		return Message{}, err
	}
	subject, err := substitute(t.Object, v.lookupUser)
	if err != nil {
		return Message{}, err
	}
	m := Message{ReplyTo: t.ResponseEmail, Subject: oneLine(subject), HTML: body, Text: PlainText(body)}
	if t.FromEmail != "" {
		m.From = Address{Name: oneLine(t.FromName), Email: t.FromEmail}
	}
	return m, nil
}

// substitute replaces the marks that lookup knows, each once: a value is never taken for a template.
func substitute(text string, lookup func(name string) (string, bool)) (string, error) {
	var out strings.Builder
	rest := 0
	for _, found := range mark.FindAllStringSubmatchIndex(text, -1) {
		if found[2] < 0 {
			continue
		}
		value, ok := lookup(text[found[2]:found[3]])
		if !ok {
			continue
		}
		out.WriteString(text[rest:found[0]])
		out.WriteString(value)
		rest = found[1]
		if out.Len() > maxRendered {
			break
		}
	}
	out.WriteString(text[rest:])
	if out.Len() > maxRendered {
		return "", fmt.Errorf("%w: filled in it has more than %d bytes", ErrInvalidTemplate, maxRendered)
	}
	return out.String(), nil
}
