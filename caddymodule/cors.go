package caddymodule

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// CORS lets pages of other origins call the API from a browser (Fetch Standard, 3.2).
type CORS struct {
	// Origins are those let in, as a browser writes them: https://front.example.com. A single * is every origin and
	// cannot go with credentials. Required.
	Origins []string `json:"origins,omitempty"`

	// Credentials lets those pages send cookies. Default: false.
	Credentials bool `json:"credentials,omitempty"`

	// Headers are request headers let through beside Content-Type, Authorization, Origin and Accept.
	Headers []string `json:"headers,omitempty"`

	// ExposedHeaders are response headers that a page may read beside the few that it always may.
	ExposedHeaders []string `json:"exposed_headers,omitempty"`
}

// What a preflight is answered, as recorded.
const (
	corsMethods = "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS"
	corsHeaders = "Content-Type,Authorization,Origin,Accept"
	corsMaxAge  = "31536000"
	anyOrigin   = "*"
)

func (c *CORS) validate() error {
	if len(c.Origins) == 0 {
		return errors.New("cors needs an origin: origin https://front.example.com")
	}
	for _, origin := range c.Origins {
		if origin == anyOrigin && c.Credentials {
			return errors.New("cors: origin * with credentials would let every page act for its visitor; name the origins")
		}
		if err := checkOrigin(origin); err != nil {
			return err
		}
	}
	return nil
}

// checkOrigin refuses what no browser sends: it would be let in by nobody, without a word about why.
func checkOrigin(origin string) error {
	if origin == anyOrigin {
		return nil
	}
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != origin || strings.ToLower(origin) != origin {
		return fmt.Errorf("cors: %q is no origin such as https://front.example.com (lower case, no path)", origin)
	}
	if strings.Contains(u.Host, "*") {
		return fmt.Errorf("cors: origin %q has a *, which stands for every origin and only alone; name the origins", origin)
	}
	return nil
}

// handle sets the headers of an answer to a page of another origin. It answers preflights and returns true; they need no
// permission, since they change nothing and tell nothing. For other requests it returns the writer that keeps an upstream
// from setting such headers itself.
func (c *CORS) handle(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, bool) {
	header := w.Header()
	header.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	allowed := c.allowed(origin)
	if allowed != "" {
		header.Set("Access-Control-Allow-Origin", allowed)
		if c.Credentials {
			header.Set("Access-Control-Allow-Credentials", "true")
		}
	}
	if r.Method == http.MethodOptions && origin != "" && r.Header.Get("Access-Control-Request-Method") != "" {
		if allowed != "" {
			header.Set("Access-Control-Allow-Methods", corsMethods)
			header.Set("Access-Control-Allow-Headers", strings.Join(append([]string{corsHeaders}, c.Headers...), ","))
			header.Set("Access-Control-Max-Age", corsMaxAge)
		}
		w.WriteHeader(http.StatusNoContent)
		return w, true
	}
	if allowed != "" && len(c.ExposedHeaders) > 0 {
		header.Set("Access-Control-Expose-Headers", strings.Join(c.ExposedHeaders, ","))
	}
	return &corsWriter{ResponseWriterWrapper: &caddyhttp.ResponseWriterWrapper{ResponseWriter: w}, own: ownCORS(header)}, false
}

// allowed returns the value of Access-Control-Allow-Origin; empty when the origin is not let in.
func (c *CORS) allowed(origin string) string {
	switch {
	case origin == "":
		return ""
	case slices.Contains(c.Origins, origin):
		return origin
	case slices.Contains(c.Origins, anyOrigin):
		return anyOrigin
	}
	return ""
}

const corsPrefix = "Access-Control-"

func ownCORS(header http.Header) map[string][]string {
	own := make(map[string][]string)
	for name, values := range header {
		if strings.HasPrefix(name, corsPrefix) {
			own[name] = slices.Clone(values)
		}
	}
	return own
}

// corsWriter replaces an upstream's CORS headers by our own.
type corsWriter struct {
	*caddyhttp.ResponseWriterWrapper
	own map[string][]string
}

// WriteHeader mends the headers before they are sent.
func (w *corsWriter) WriteHeader(status int) {
	w.mend()
	w.ResponseWriterWrapper.WriteHeader(status)
}

// Write mends the headers in case nobody called WriteHeader.
func (w *corsWriter) Write(data []byte) (int, error) {
	w.mend()
	return w.ResponseWriterWrapper.Write(data)
}

// ReadFrom mends the headers in case nobody called WriteHeader.
func (w *corsWriter) ReadFrom(r io.Reader) (int64, error) {
	w.mend()
	return w.ResponseWriterWrapper.ReadFrom(r)
}

// FlushError mends the headers in case nobody called WriteHeader.
func (w *corsWriter) FlushError() error {
	w.mend()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *corsWriter) mend() {
	header := w.Header()
	for name := range header {
		if strings.HasPrefix(name, corsPrefix) {
			delete(header, name)
		}
	}
	maps.Copy(header, w.own)
	vary := header.Values("Vary")
	if !slices.ContainsFunc(vary, func(v string) bool { return strings.EqualFold(v, "Origin") }) {
		header.Add("Vary", "Origin")
	}
}

var _ http.ResponseWriter = (*corsWriter)(nil)
