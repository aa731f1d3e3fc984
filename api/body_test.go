package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReadBody(t *testing.T) {
	const boundary = "multipart/form-data; boundary=B"
	part := func(header, value string) string {
		return "--B\r\nContent-Disposition: form-data; " + header + "\r\n\r\n" + value + "\r\n"
	}
	for _, c := range []struct {
		name, media, body string
		want              string // in JSON
		status            int    // of the refusal
	}{
		{"JSON", "application/json", `{"a":1}`, `{"a":1}`, 0},
		{"JSON in UTF-8", "application/json; charset=utf-8", ` {"a":1} `, `{"a":1}`, 0},
		{"media type in capitals", "Application/JSON", `{"a":1}`, `{"a":1}`, 0},
		{"parameter that is malformed", "application/json; charset", `{"a":1}`, `{"a":1}`, 0},
		{"+json", "application/vnd.api+json", `{"a":1}`, `{"a":1}`, 0},
		{"JSON list", "application/json", `[1]`, `[1]`, 0},
		{"JSON, empty", "application/json", ``, `{}`, 0},
		{"JSON, blank", "application/json", " \r\n\t ", `{}`, 0},
		{"JSON text", "application/json", `"hello"`, ``, 400},
		{"JSON null", "application/json", `null`, ``, 400},
		{"JSON number", "application/json", `1`, ``, 400},
		{"JSON, malformed", "application/json", `{"identifier": "a",`, ``, 400},
		{"JSON, two documents", "application/json", `{}{}`, ``, 400},
		{"JSON, too deep", "application/json", strings.Repeat(`[`, 50) + strings.Repeat(`]`, 50), ``, 400},
		{"JSON, largest", "application/json", `{"a":"` + strings.Repeat("x", maxJSONBody-8) + `"}`, `{"a":"` + strings.Repeat("x", maxJSONBody-8) + `"}`, 0},
		{"JSON, too large", "application/json", `{"a":"` + strings.Repeat("x", maxJSONBody-7) + `"}`, ``, 413},
		{"JSON, most values", "application/json", zeros(maxBodyValues - 1), zeros(maxBodyValues - 1), 0},
		{"JSON, too many values", "application/json", zeros(maxBodyValues), ``, 413},
		{"form", "application/x-www-form-urlencoded", `a=1&b[c]=2`, `{"a":"1","b":{"c":"2"}}`, 0},
		{"form, bad escape", "application/x-www-form-urlencoded", `a=%zz`, ``, 400},
		{"form, too many pairs", "application/x-www-form-urlencoded", strings.Repeat("a=1&", 1001), ``, 400},
		{"form, too large", "application/x-www-form-urlencoded", `a=` + strings.Repeat("x", maxFormBody-1), ``, 413},
		{"multipart", boundary, part(`name="a"`, "1") + part(`name="b[c]"`, "2") + "--B--\r\n", `{"a":"1","b":{"c":"2"}}`, 0},
		{"multipart, repeated", boundary, part(`name="a"`, "1") + part(`name="a"`, "2") + "--B--\r\n", `{"a":["1","2"]}`, 0},
		{"multipart, a file", boundary, part(`name="a"; filename="x"`, "1") + part(`name="b"`, "2") + "--B--\r\n", `{"b":"2"}`, 0},
		{"multipart, no name", boundary, part(`x="a"`, "1") + "--B--\r\n", `{}`, 0},
		{"multipart, no boundary", "multipart/form-data", part(`name="a"`, "1") + "--B--\r\n", ``, 400},
		{"multipart, another boundary", "multipart/form-data; boundary=C", part(`name="a"`, "1") + "--B--\r\n", `{}`, 0},
		{"multipart, cut off", boundary, part(`name="a"`, "1"), ``, 400},
		{"multipart, empty", boundary, "", `{}`, 0},
		{"multipart, too deep", boundary, part(`name="a`+strings.Repeat("[b]", 40)+`"`, "1") + "--B--\r\n", ``, 400},
		{"multipart, too many parts", boundary, strings.Repeat(part(`name="a"`, "1"), 1001) + "--B--\r\n", ``, 400},
		{"multipart, too large", boundary, part(`name="a"`, strings.Repeat("x", maxJSONBody)) + "--B--\r\n", ``, 413},
		{"text", "text/plain", `hello`, `"hello"`, 0},
		{"HTML", "text/html; charset=latin1", `<p>`, `"\u003cp\u003e"`, 0},
		{"text, too large", "text/plain", strings.Repeat("x", maxFormBody+1), ``, 413},
		{"none", "", ``, `{}`, 0},
		{"no media type", "", `{"a":1}`, `{}`, 0},
		{"unknown media type", "application/xml", `<a/>`, `{}`, 0},
		{"malformed media type", ";;;", `{"a":1}`, `{}`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(c.body))
			if c.media != "" {
				r.Header.Set("Content-Type", c.media)
			}
			value, err := readBody(httptest.NewRecorder(), r, newTurnstile(1))
			if c.status == 0 {
				if err != nil || toJSON(t, value) != c.want {
					t.Errorf("%.200s, %v, want %.200s", toJSON(t, value), err, c.want)
				}
				return
			}
			refusal, ok := errors.AsType[*Error](err)
			if !ok || refusal.Status != c.status || refusal.Details != nil {
				t.Fatalf("%v, %+v, want status %d and no details", value, err, c.status)
			}
		})
	}
}

// zeros is a list, which is a value more than is in it.
func zeros(n int) string { return `[` + strings.Repeat(`0,`, n-1) + `0]` }

// What a megabyte is decoded to may be many times as large, so few of them are decoded at once.
func TestLargeBodiesWait(t *testing.T) {
	large := newTurnstile(1)
	read := func(ctx context.Context, media, body string) error {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		_, err := readBody(httptest.NewRecorder(), r, large)
		return err
	}
	part := "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n" + strings.Repeat("x", largeBody) + "\r\n--B--\r\n"
	long := `{"a":"` + strings.Repeat("x", largeBody) + `"}`
	for range 3 {
		if err := read(t.Context(), "application/json", long); err != nil {
			t.Fatal(err)
		}
	}
	leave, err := large.wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for media, body := range map[string]string{"application/json": long, "multipart/form-data; boundary=B": part} {
		if err := read(gone, media, body); !errors.Is(err, context.Canceled) {
			t.Errorf("%s is decoded beside another one: %v", media, err)
		}
	}
	if err := read(t.Context(), "application/json", long[:7]+long[8+largeBody-1000:]); err != nil {
		t.Errorf("a small body: %v", err)
	}
}

func TestReadBodyWithEncoding(t *testing.T) {
	for _, media := range []string{
		"application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=B",
	} {
		for coding, refused := range map[string]bool{
			"gzip": true, "br": true, "deflate": true, "gzip, identity": true, "identity": false, "Identity": false, "": false,
		} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("--B--\r\n"))
			r.Header.Set("Content-Type", media)
			r.Header.Set("Content-Encoding", coding)
			_, err := readBody(httptest.NewRecorder(), r, newTurnstile(1))
			public, _ := errors.AsType[*Error](err)
			if got := public != nil && public.Status == http.StatusUnsupportedMediaType; got != refused {
				t.Errorf("%s, %q: %v", media, coding, err)
			}
		}
	}
}

func TestBodiesOfOtherMethodsAreNotRead(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodDelete, http.MethodOptions} {
		body := strings.NewReader(`{"a":`)
		r := httptest.NewRequestWithContext(t.Context(), method, "/", body)
		r.Header.Set("Content-Type", "application/json")
		value, err := readBody(httptest.NewRecorder(), r, newTurnstile(1))
		if err != nil || toJSON(t, value) != `{}` || body.Len() != 5 {
			t.Errorf("%s: %v, %v, %d bytes left", method, value, err, body.Len())
		}
	}
}

type brokenBody struct{ bytes.Reader }

func (*brokenBody) Read([]byte) (int, error) { return 0, errors.New("connection reset") }
func (*brokenBody) Close() error             { return nil }

func TestBodyThatBreaksOff(t *testing.T) {
	for _, media := range []string{"application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=B"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", &brokenBody{})
		r.Header.Set("Content-Type", media)
		_, err := readBody(httptest.NewRecorder(), r, newTurnstile(1))
		if public, ok := errors.AsType[*Error](err); !ok || public.Status != http.StatusBadRequest {
			t.Errorf("%s: %v", media, err)
		}
	}
}
