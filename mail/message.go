package mail

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"unicode"
)

// ErrPermanent is wrapped by errors that another attempt would only meet again: a server that refuses the sender, the
// recipient or the text for good (a 5xx reply), or an address that is none. Every other error of a Mailer is temporary.
var ErrPermanent = errors.New("the mail cannot be delivered")

// Address is a mailbox and whose it is.
type Address struct {
	Name  string // may be empty; anything but control characters, which are left out
	Email string // an addr-spec (RFC 5322, section 3.4.1) with nothing around it
}

// Message is a mail that is ready to be sent.
type Message struct {
	// MessageID is the Message-ID header, with or without the angle brackets. A repeat has the same one. See NewMessageID.
	MessageID string
	From      Address // without Email: the mailer's own address
	To        string
	ReplyTo   string // may be empty
	Subject   string // control characters are left out
	HTML      string
	Text      string // what is shown where HTML is not; see PlainText
}

// Mailer delivers messages. It may be used by several goroutines at once.
type Mailer interface {
	// Send delivers m, or hands it to a server that took the responsibility. After an error it may still arrive. The error
	// wraps ErrPermanent when another attempt is not worth it.
	Send(ctx context.Context, m Message) error
}

// NewMessageID makes a Message-ID, without the angle brackets, that no other mail has. domain is the part behind the at
// sign; "localhost" when it is empty or no domain name.
func NewMessageID(domain string) string {
	if !isMessageID("x@" + domain) {
		domain = "localhost"
	}
	return strings.ToLower(rand.Text()) + "@" + domain
}

// isMessageID reports whether id is two dot-atoms of ASCII around an at sign (RFC 5322, section 3.6.4).
func isMessageID(id string) bool {
	const maxLength = 250 // a header line has at most 998 characters, and this is plenty
	left, right, ok := strings.Cut(id, "@")
	return ok && len(id) <= maxLength && isDotAtom(left) && isDotAtom(right)
}

func isDotAtom(text string) bool {
	for atom := range strings.SplitSeq(text, ".") {
		if atom == "" || strings.Trim(atom, atext) != "" {
			return false
		}
	}
	return true
}

// atext are the characters of an atom (RFC 5322, section 3.2.3).
const atext = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"

// oneLine is text without control characters, line and paragraph separators, and bytes that are not UTF-8: nothing of it
// can end a header or begin a line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}
