package mail

import (
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

const (
	maxEmail = 254 // RFC 5321, section 4.5.3.1.3, less the angle brackets

	// maxPhrase bounds subjects and display names, in characters: a header line has at most 998 (RFC 5322, section 2.1.1).
	maxPhrase = 250
)

// newSMTPMessage writes m, from sender if it names none itself. Every field that becomes a header is parsed or cleaned,
// so that none can add another.
func newSMTPMessage(m Message, sender Address) (*gomail.Msg, error) {
	if m.From.Email == "" {
		m.From = sender
	}
	if m.From.Email == "" {
		return nil, fmt.Errorf("%w: neither it nor the mailer names a sender", ErrPermanent)
	}
	from, err := parseAddress(m.From)
	if err != nil {
		return nil, fmt.Errorf("%w: the sender: %w", ErrPermanent, err)
	}
	to, err := parseAddress(Address{Email: m.To})
	if err != nil {
		return nil, fmt.Errorf("%w: the recipient: %w", ErrPermanent, err)
	}
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	message.FromMailAddress(from)
	message.ToMailAddress(to)
	if m.ReplyTo != "" {
		replyTo, err := parseAddress(Address{Email: m.ReplyTo})
		if err != nil {
			return nil, fmt.Errorf("%w: the address for answers: %w", ErrPermanent, err)
		}
		message.ReplyToMailAddress(replyTo)
	}
	if m.MessageID != "" {
		id := strings.TrimSuffix(strings.TrimPrefix(m.MessageID, "<"), ">")
		if !isMessageID(id) {
			return nil, fmt.Errorf("%w: its Message-ID is malformed", ErrPermanent)
		}
		message.SetMessageIDWithValue(id)
	}
	message.Subject(phrase(m.Subject))
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no replies from machines
	setBody(message, m)
	return message, nil
}

// setBody puts the preferred form last (RFC 2046, section 5.1.4).
func setBody(message *gomail.Msg, m Message) {
	switch {
	case m.HTML == "":
		message.SetBodyString(gomail.TypeTextPlain, m.Text)
	case m.Text == "":
		message.SetBodyString(gomail.TypeTextHTML, m.HTML)
	default:
		message.SetBodyString(gomail.TypeTextPlain, m.Text)
		message.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
}

// ValidAddress tells whether a mail can have the address as its sender, its recipient or the one for answers: an addr-spec
// (RFC 5322, section 3.4.1) of at most 254 bytes with nothing around it.
func ValidAddress(email string) bool {
	_, err := parseAddress(Address{Email: email})
	return err == nil
}

// parseAddress refuses an address with anything around it: spaces, brackets, comments, a second address.
func parseAddress(a Address) (*netmail.Address, error) {
	parsed, err := netmail.ParseAddress(a.Email)
	if err != nil || parsed.Name != "" || parsed.Address != a.Email || len(a.Email) > maxEmail ||
		oneLine(a.Email) != a.Email {
		return nil, errors.New("this is no e-mail address")
	}
	parsed.Name = phrase(a.Name)
	return parsed, nil
}

// phrase is text that a header can hold.
func phrase(text string) string {
	text = oneLine(text)
	if utf8.RuneCountInString(text) > maxPhrase {
		text = string([]rune(text)[:maxPhrase])
	}
	return text
}

// needsSMTPUTF8 reports whether an address has other characters than those of ASCII.
func needsSMTPUTF8(message *gomail.Msg) bool {
	for _, header := range []gomail.AddrHeader{gomail.HeaderFrom, gomail.HeaderTo, gomail.HeaderReplyTo} {
		for _, address := range message.GetAddrHeader(header) {
			if strings.ContainsFunc(address.Address, func(r rune) bool { return r >= utf8.RuneSelf }) {
				return true
			}
		}
	}
	return false
}

// classify wraps ErrPermanent around replies that refuse this mail for good. A server that refuses us, at the greeting or
// until we sign in, may be set right while the mail waits.
func classify(err error) error {
	failure, ok := errors.AsType[*gomail.SendError](err)
	if !ok {
		return err
	}
	switch failure.Reason {
	case gomail.ErrSMTPMailFrom, gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
	default:
		return err
	}
	switch code := failure.ErrorCode(); {
	case code < 500 || code > 599:
		return err
	case code == 530, code == 534, code == 535, code == 538: // RFC 4954: sign in first
		return err
	default:
		return fmt.Errorf("%w: %w", ErrPermanent, err)
	}
}
