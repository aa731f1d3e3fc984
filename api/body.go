package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

// Bounds of a body.
const (
	// maxJSONBody and maxFormBody are its greatest sizes, in bytes. Nothing larger is read.
	maxJSONBody = 1 << 20
	maxFormBody = 56 << 10
	// maxLargeBodies is how many of more than largeBody bytes are decoded at once, since the work is many times their size.
	maxLargeBodies = 4
	largeBody      = 64 << 10
)

// readBody reads and decodes the body of a request to one of our own endpoints: JSON, a form, a multipart form or text.
// Without a body, or with one of a type nobody understands, it is an empty object. Files in a multipart form are left
// out. A large body waits at the turnstile to be decoded.
func readBody(w http.ResponseWriter, r *http.Request, large *turnstile) (any, error) {
	decode, limit, err := decoderOf(r)
	if err != nil {
		return nil, err
	}
	if decode == nil {
		return NewObject(), nil
	}
	data, err := readAll(w, r, limit)
	if err != nil {
		return nil, err
	}
	if len(data) > largeBody {
		leave, err := large.wait(r.Context())
		if err != nil {
			return nil, fmt.Errorf("waiting to decode a body: %w", err)
		}
		defer leave()
	}
	return decode(data)
}

type decoder func([]byte) (any, error)

// decoderOf returns what decodes the body of a request, and how large it may be; nil when the body is not to be read.
func decoderOf(r *http.Request) (decode decoder, limit int64, err error) {
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
	default:
		return nil, 0, nil
	}
	header := r.Header.Get("Content-Type")
	media, params, err := mime.ParseMediaType(header)
	if err != nil && header != "" && media == "" {
		return nil, 0, nil
	}
	switch {
	case media == "application/json" || strings.HasSuffix(media, "+json"):
		return decodeJSON, maxJSONBody, nil
	case media == "application/x-www-form-urlencoded":
		return decodeForm, maxFormBody, nil
	case media == "multipart/form-data":
		boundary := params["boundary"]
		if boundary == "" {
			return nil, 0, syntaxError("a multipart body needs a boundary")
		}
		return func(data []byte) (any, error) { return decodeMultipart(data, boundary) }, maxJSONBody, nil
	case strings.HasPrefix(media, "text/"):
		return func(data []byte) (any, error) { return string(data), nil }, maxFormBody, nil
	}
	return nil, 0, nil
}

// plain refuses a body that is compressed: its size could not be judged by what is read.
func plain(r *http.Request) error {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return unsupportedMediaType("a body with a Content-Encoding is not supported")
	}
	return nil
}

func readAll(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if err := plain(r); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, payloadTooLarge()
	}
	if err != nil {
		return nil, syntaxError("the body could not be read")
	}
	return data, nil
}

func decodeJSON(data []byte) (any, error) {
	text := bytes.TrimLeft(data, " \t\r\n")
	if len(text) == 0 {
		return NewObject(), nil
	}
	if text[0] != '{' && text[0] != '[' {
		return nil, syntaxError("invalid JSON, only supports object and array")
	}
	value, err := parseJSON(data)
	if errors.Is(err, errTooManyValues) {
		return nil, payloadTooLarge()
	}
	if err != nil {
		return nil, syntaxError(err.Error())
	}
	return value, nil
}

func decodeForm(data []byte) (any, error) {
	form, err := parseForm(string(data))
	if err != nil {
		return nil, syntaxError(err.Error())
	}
	return form, nil
}

func decodeMultipart(data []byte, boundary string) (any, error) {
	root := newNode()
	reader := multipart.NewReader(bytes.NewReader(data), boundary)
	for parts := 0; ; parts++ {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return root.object(), nil
		}
		if err != nil {
			return nil, errMultipart
		}
		if parts >= maxPairs {
			return nil, syntaxError(errForm.Error())
		}
		if part.FileName() != "" || part.FormName() == "" {
			continue
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, errMultipart
		}
		path, err := splitName(part.FormName())
		if err != nil {
			return nil, syntaxError(err.Error())
		}
		root.add(path, string(value))
	}
}

var errMultipart = syntaxError("the multipart body is malformed")
