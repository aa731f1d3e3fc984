package api

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

// Greatest sizes of a body, in bytes. Nothing larger is read.
const (
	maxJSONBody = 1 << 20
	maxFormBody = 56 << 10
)

// readBody reads and decodes the body of a request to one of our own endpoints: JSON, a form, a multipart form or text.
// Without a body, or with one of a type nobody understands, it is an empty object. Files in a multipart form are left
// out.
func readBody(w http.ResponseWriter, r *http.Request) (any, error) {
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
	default:
		return NewObject(), nil
	}
	header := r.Header.Get("Content-Type")
	media, params, err := mime.ParseMediaType(header)
	if err != nil && header != "" && media == "" {
		return NewObject(), nil
	}
	switch {
	case media == "application/json" || strings.HasSuffix(media, "+json"):
		return readJSON(w, r)
	case media == "application/x-www-form-urlencoded":
		return readForm(w, r)
	case media == "multipart/form-data":
		return readMultipart(w, r, params["boundary"])
	case strings.HasPrefix(media, "text/"):
		text, err := readAll(w, r, maxFormBody)
		return string(text), err
	}
	return NewObject(), nil
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

func readJSON(w http.ResponseWriter, r *http.Request) (any, error) {
	data, err := readAll(w, r, maxJSONBody)
	if err != nil {
		return nil, err
	}
	text := strings.TrimLeft(string(data), " \t\r\n")
	if text == "" {
		return NewObject(), nil
	}
	if text[0] != '{' && text[0] != '[' {
		return nil, syntaxError("invalid JSON, only supports object and array")
	}
	value, err := parseJSON(data)
	if err != nil {
		return nil, syntaxError(err.Error())
	}
	return value, nil
}

func readForm(w http.ResponseWriter, r *http.Request) (any, error) {
	data, err := readAll(w, r, maxFormBody)
	if err != nil {
		return nil, err
	}
	form, err := parseForm(string(data))
	if err != nil {
		return nil, syntaxError(err.Error())
	}
	return form, nil
}

func readMultipart(w http.ResponseWriter, r *http.Request, boundary string) (any, error) {
	if boundary == "" {
		return nil, syntaxError("a multipart body needs a boundary")
	}
	if err := plain(r); err != nil {
		return nil, err
	}
	root := newNode()
	reader := multipart.NewReader(http.MaxBytesReader(w, r.Body, maxJSONBody), boundary)
	for parts := 0; ; parts++ {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return root.object(), nil
		}
		if err != nil {
			return nil, multipartError(err)
		}
		if parts >= maxPairs {
			return nil, syntaxError(errForm.Error())
		}
		if part.FileName() != "" || part.FormName() == "" {
			continue
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, multipartError(err)
		}
		path, err := splitName(part.FormName())
		if err != nil {
			return nil, syntaxError(err.Error())
		}
		root.add(path, string(value))
	}
}

func multipartError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return payloadTooLarge()
	}
	return syntaxError("the multipart body is malformed")
}
