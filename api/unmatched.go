package api

import (
	"io"
	"net/http"
	"slices"
	"strings"
)

// WriteUnmatched answers a request for which there is no route: a path that does not exist is not found on GET, and any
// other method is not allowed there; OPTIONS tells the methods; methods nobody knows are not implemented. allow is the
// methods that the path has.
func WriteUnmatched(w http.ResponseWriter, method string, allow []string) {
	switch method {
	case http.MethodGet, http.MethodHead:
		// ErrNotFound is no internal error, so there is nothing to log.
		_ = WriteError(w, ErrNotFound)
		return
	}
	noStore(w)
	header := w.Header()
	header.Set("Allow", strings.Join(allow, ", "))
	header.Set("Content-Type", "text/plain; charset=utf-8")
	status := http.StatusMethodNotAllowed
	switch {
	case method == http.MethodOptions:
		header.Set("Content-Length", "0")
		w.WriteHeader(http.StatusOK)
		return
	case !slices.Contains(knownMethods, method):
		status = http.StatusNotImplemented
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, http.StatusText(status))
}

var knownMethods = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
