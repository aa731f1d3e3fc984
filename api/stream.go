package api

import (
	"bytes"
	"errors"
	"net/http"
	"time"
)

// Bounds of lists that are written as they are read.
const (
	// listPatience is how long a reader may take for a chunk before it is given up.
	listPatience = 30 * time.Second
	listChunk    = 32 << 10
)

// stream writes the elements of a list as they come. What goes wrong before the first chunk is an error like any other;
// after it, the connection is broken off, so that nobody takes half a list for a whole one.
func (r *Reply) stream(w http.ResponseWriter) error {
	s := &listWriter{w: w, control: http.NewResponseController(w)}
	// The connection goes on to serve others.
	defer func() { _ = s.control.SetWriteDeadline(time.Time{}) }()
	s.buffer.WriteByte('[')
	err := r.Each(s.add)
	switch {
	case err == nil:
		s.buffer.WriteByte(']')
		err = s.flush()
	case !s.begun:
		return WriteError(w, err)
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

type listWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	buffer  bytes.Buffer
	begun   bool
	any     bool
}

func (s *listWriter) add(element any) error {
	if s.any {
		s.buffer.WriteByte(',')
	}
	s.any = true
	if err := writeJSON(&s.buffer, element); err != nil {
		return err
	}
	if s.buffer.Len() < listChunk {
		return nil
	}
	return s.flush()
}

func (s *listWriter) flush() error {
	if !s.begun {
		s.w.Header().Set("Content-Type", "application/json; charset=utf-8")
		s.w.WriteHeader(http.StatusOK)
		s.begun = true
	}
	// A writer that knows no deadline has the patience of its server.
	if err := s.control.SetWriteDeadline(time.Now().Add(listPatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	_, err := s.w.Write(s.buffer.Bytes())
	s.buffer.Reset()
	return err
}
