// Package mailsink is a mail server for tests: it accepts every mail, keeps it, and shows what it kept over HTTP and
// to Go code. It delivers nothing and asks nobody who they are.
package mailsink

import (
	"net/mail"
	"slices"
	"strings"
	"sync"
)

// maxMessages bounds what a sink keeps; the oldest messages go first.
const maxMessages = 10_000

// Message is one mail as it was received.
type Message struct {
	ID           int               `json:"id"` // counts from 1
	EnvelopeFrom string            `json:"envelope_from"`
	From         string            `json:"from"` // the From header, decoded
	To           []string          `json:"to"`   // the recipients of the envelope
	ReplyTo      *string           `json:"reply_to"`
	Subject      string            `json:"subject"`
	Headers      map[string]string `json:"headers"`
	HTML         *string           `json:"html"`
	Text         *string           `json:"text"`
}

// Sink keeps messages in memory. It is safe for concurrent use; the zero value is empty and ready.
type Sink struct {
	mu       sync.Mutex
	lastID   int
	messages []Message
}

// Messages returns the messages to an address, oldest first, regardless of its case; all messages when it is empty.
func (s *Sink) Messages(to string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []Message{}
	for _, message := range s.messages {
		if message.isTo(to) {
			found = append(found, message)
		}
	}
	return found
}

// Forget drops the messages to an address; all messages when it is empty.
func (s *Sink) Forget(to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = slices.DeleteFunc(s.messages, func(m Message) bool { return m.isTo(to) })
}

func (m Message) isTo(address string) bool {
	return address == "" || slices.ContainsFunc(m.To, func(to string) bool { return strings.EqualFold(to, address) })
}

// keep stores a mail as it came over the wire.
func (s *Sink) keep(from string, to []string, raw []byte) error {
	message, err := parse(raw)
	if err != nil {
		return err
	}
	message.EnvelopeFrom, message.To = from, to
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastID++
	message.ID = s.lastID
	s.messages = append(s.messages, message)
	if excess := len(s.messages) - maxMessages; excess > 0 {
		s.messages = slices.Delete(s.messages, 0, excess)
	}
	return nil
}

// formatAddresses writes an address header without the quotes that a plain display name does not need.
func formatAddresses(header string) string {
	addresses, err := mail.ParseAddressList(header)
	if err != nil {
		return header
	}
	written := make([]string, len(addresses))
	for i, address := range addresses {
		switch {
		case address.Name == "":
			written[i] = address.Address
		case strings.ContainsAny(address.Name, `()<>@,:;".[]\`):
			name := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(address.Name)
			written[i] = `"` + name + `" <` + address.Address + ">"
		default:
			written[i] = address.Name + " <" + address.Address + ">"
		}
	}
	return strings.Join(written, ", ")
}
