package mail

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// PlainText is a readable form of an HTML fragment: no tags, entities decoded, the target of a link behind its text,
// blank lines between paragraphs. It never fails; of what is not HTML it makes the best.
func PlainText(fragment string) string {
	w := &textWriter{}
	tokens := html.NewTokenizer(strings.NewReader(fragment))
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken { // the end; a string has no other errors
			return strings.TrimSpace(w.out.String())
		}
		raw := string(tokens.Raw())
		token := tokens.Token()
		switch kind {
		case html.TextToken:
			w.text(token.Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			if isBracketed(token) {
				w.text(raw)
				continue
			}
			w.start(token)
		case html.EndTagToken:
			w.end(token)
		default: // comments and document types
		}
	}
}

// isBracketed reports whether a tag is none but an address or a URL in angle brackets, as people write them.
func isBracketed(token html.Token) bool {
	return token.DataAtom == 0 && strings.ContainsAny(token.Data, "@:")
}

// textWriter collects text. Spaces and line breaks are written when text follows, so that they never pile up.
type textWriter struct {
	out    strings.Builder
	space  bool // a space is due
	breaks int  // line breaks are due: 1 ends a line, 2 a paragraph
	hidden int  // open elements whose content is not shown
	pre    int  // open pre elements

	link  string // target of the open link
	begin int    // where its text begins in out
}

func (w *textWriter) text(data string) {
	if w.hidden > 0 {
		return
	}
	if w.pre > 0 {
		w.word(data)
		return
	}
	words := strings.Fields(data)
	if len(words) == 0 {
		w.space = w.space || data != ""
		return
	}
	w.space = w.space || strings.TrimLeft(data, " \t\r\n\f") != data
	for i, word := range words {
		w.word(word)
		w.space = i < len(words)-1
	}
	w.space = strings.TrimRight(data, " \t\r\n\f") != data
}

// word writes what is due and then the word.
func (w *textWriter) word(word string) {
	if word == "" {
		return
	}
	switch {
	case w.out.Len() == 0:
	case w.breaks > 0:
		w.out.WriteString("\n\n"[:w.breaks])
	case w.space:
		w.out.WriteByte(' ')
	}
	w.space, w.breaks = false, 0
	w.out.WriteString(word)
}

// paragraph and line make sure that what follows begins a paragraph or a line.
func (w *textWriter) paragraph() { w.breaks = 2 }
func (w *textWriter) line()      { w.breaks = max(w.breaks, 1) }

func (w *textWriter) start(token html.Token) {
	switch token.DataAtom {
	case atom.Script, atom.Style, atom.Title, atom.Head, atom.Template:
		w.hidden++
	case atom.Pre:
		w.paragraph()
		w.pre++
	case atom.Br:
		w.breaks = min(w.breaks+1, 2)
	case atom.Li:
		w.line()
		if w.hidden == 0 {
			w.word("-")
			w.space = true
		}
	case atom.Td, atom.Th:
		w.space = true
	case atom.Img:
		w.text(attribute(token, "alt"))
	case atom.A:
		w.link, w.begin = attribute(token, "href"), w.out.Len()
	default:
		w.block(token.DataAtom)
	}
}

func (w *textWriter) end(token html.Token) {
	switch token.DataAtom {
	case atom.Script, atom.Style, atom.Title, atom.Head, atom.Template:
		w.hidden = max(w.hidden-1, 0)
	case atom.Pre:
		w.pre = max(w.pre-1, 0)
		w.paragraph()
	case atom.A:
		w.endLink()
	default:
		w.block(token.DataAtom)
	}
}

// block begins or ends an element that stands apart from the text around it.
func (w *textWriter) block(element atom.Atom) {
	switch element {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Dl, atom.Table,
		atom.Blockquote, atom.Hr, atom.Figure:
		w.paragraph()
	case atom.Div, atom.Tr, atom.Li, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main,
		atom.Body, atom.Center, atom.Address, atom.Nav:
		w.line()
	default:
	}
}

// endLink writes the target of a link behind its text, unless that is the target.
func (w *textWriter) endLink() {
	target, shown := w.link, strings.TrimSpace(w.out.String()[w.begin:])
	w.link = ""
	target = strings.TrimPrefix(strings.TrimSpace(target), "mailto:")
	if w.hidden > 0 || target == "" || strings.HasPrefix(target, "#") || shown == target {
		return
	}
	if shown != "" {
		w.space = true
		target = "(" + target + ")"
	}
	w.word(target)
}

func attribute(token html.Token, name string) string {
	for _, a := range token.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
