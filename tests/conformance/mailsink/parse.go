package mailsink

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
)

// maxDepth bounds how deep parts may be nested.
const maxDepth = 8

// parse reads a mail: its headers, and its first plain and its first HTML part.
func parse(raw []byte) (Message, error) {
	read, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Message{}, fmt.Errorf("reading a mail: %w", err)
	}
	message := Message{Headers: make(map[string]string)}
	for name, values := range read.Header {
		message.Headers[name] = decodeWords(values[0])
	}
	message.From = formatAddresses(read.Header.Get("From"))
	message.Subject = message.Headers["Subject"]
	if reply := read.Header.Get("Reply-To"); reply != "" {
		formatted := formatAddresses(reply)
		message.ReplyTo = &formatted
	}
	if err := message.readPart(textproto.MIMEHeader(read.Header), read.Body, 0); err != nil {
		return Message{}, fmt.Errorf("reading the body of a mail: %w", err)
	}
	return message, nil
}

func decodeWords(header string) string {
	decoded, err := new(mime.WordDecoder).DecodeHeader(header)
	if err != nil {
		return header
	}
	return decoded
}

func (m *Message) readPart(header textproto.MIMEHeader, body io.Reader, depth int) error {
	media, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		media = "text/plain" // RFC 2045, section 5.2
	}
	if strings.HasPrefix(media, "multipart/") {
		return m.readParts(multipart.NewReader(body, parameters["boundary"]), depth)
	}
	place := map[string]**string{"text/plain": &m.Text, "text/html": &m.HTML}[media]
	if place == nil || *place != nil {
		return nil
	}
	content, err := io.ReadAll(decodeTransfer(header.Get("Content-Transfer-Encoding"), body))
	if err != nil {
		return err
	}
	// SMTP ends every message with a line break that was not in the body.
	text := strings.TrimSuffix(strings.ReplaceAll(string(content), "\r\n", "\n"), "\n")
	*place = &text
	return nil
}

func (m *Message) readParts(parts *multipart.Reader, depth int) error {
	if depth >= maxDepth {
		return errors.New("parts are nested too deep")
	}
	for {
		part, err := parts.NextRawPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := m.readPart(part.Header, part, depth+1); err != nil {
			return err
		}
	}
}

func decodeTransfer(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	default:
		return body
	}
}
