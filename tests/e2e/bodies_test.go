package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

const (
	tenMegabytes = 10 << 20
	// drained is how much net/http reads of a body that nobody wanted, in case that was all of it.
	drained = 256<<10 + 1
)

// TestLargeLogin tells that no more of a body is read than the limit: the answer comes although most was never sent.
func TestLargeLogin(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	for name, coding := range map[string]string{"with a length": fmt.Sprintf("Content-Length: %d", tenMegabytes), "chunked": "Transfer-Encoding: chunked"} {
		t.Run(name, func(t *testing.T) {
			connection := g.Dial(t)
			body := `{"identifier":"` + strings.Repeat("a", 1<<20+drained)
			if strings.HasPrefix(coding, "Transfer") {
				body = fmt.Sprintf("%x\r\n%s\r\n", len(body), body)
			}
			head := "POST /api/auth/local HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + coding + "\r\n\r\n"
			if _, err := io.WriteString(connection, head+body); err != nil {
				t.Fatal(err)
			}
			response, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := gatetest.ReadAnswer(t, response).Want(t, http.StatusRequestEntityTooLarge).Message(); got == "" {
				t.Error("there is no message")
			}
		})
	}
}

// TestProxiedBody tells that the upstream gets the first bytes of a body before the client has sent the last ones.
func TestProxiedBody(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{App: "route POST /upload public"})
	begun, length := make(chan struct{}), make(chan int64, 1)
	g.Upstream.Handle(func(_ http.ResponseWriter, r *http.Request) {
		first := make([]byte, 1)
		if _, err := io.ReadFull(r.Body, first); err != nil {
			t.Errorf("reading the first byte: %v", err)
		}
		close(begun)
		rest, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			t.Errorf("reading the rest: %v", err)
		}
		length <- rest + 1
	})
	reader, writer := io.Pipe()
	go func() {
		if _, err := io.WriteString(writer, "x"); err != nil {
			t.Errorf("sending the first byte: %v", err)
		}
		<-begun
		if _, err := writer.Write(make([]byte, tenMegabytes-1)); err != nil {
			t.Errorf("sending the rest: %v", err)
		}
		_ = writer.Close()
	}()
	g.Do(t, gatetest.Request{Method: http.MethodPost, Path: "/upload", Body: reader}).Want(t, http.StatusOK)
	if got := <-length; got != tenMegabytes {
		t.Errorf("the upstream got %d bytes", got)
	}
}

// TestRefusedBody tells that a refusal does not wait for the body: most of it is never sent here.
func TestRefusedBody(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	for _, tt := range []struct {
		path   string
		status int
	}{
		{"/api/articles", http.StatusForbidden},
		{"/nothing", http.StatusMethodNotAllowed},
		{"/api//articles", http.StatusMethodNotAllowed},
		{"//api/articles", http.StatusBadRequest},
	} {
		connection := g.Dial(t)
		head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", tt.path, tenMegabytes)
		if _, err := io.WriteString(connection, head+strings.Repeat("a", drained)); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		gatetest.ReadAnswer(t, response).Want(t, tt.status)
	}
	if seen := g.Upstream.Requests(); len(seen) > 0 {
		t.Errorf("the upstream got %v", seen)
	}
}

func TestMalformedBodies(t *testing.T) {
	g := gatetest.Start(t, gatetest.Site{})
	const login, register = "/api/auth/local", "/api/auth/local/register"
	for _, tt := range []struct {
		name, path, media, body string
		status                  int
		message                 string // part of it
	}{
		{"cut off", login, "application/json", `{"identifier":"a"`, 400, ""},
		{"two values", login, "application/json", `{} {}`, 400, ""},
		{"a bare value", login, "application/json", `"text"`, 400, "only supports object and array"},
		{"an array", login, "application/json", `[]`, 400, "must be a `object` type"},
		{"deep", login, "application/json", strings.Repeat("[", 100_000), 400, ""},
		{"nothing", login, "application/json", ``, 400, "2 errors occurred"},
		{"no JSON at all", login, "application/json", "\x00\xff", 400, ""},
		{"of another type", login, "application/octet-stream", "x", 400, "2 errors occurred"},
		{"wrong types inside", login, "application/json", `{"identifier":{"$ne":""},"password":["x"]}`, 400, "2 errors occurred"},
		{"a form that is cut off", login, "multipart/form-data; boundary=x", "--x\r\n", 400, ""},
		{"NUL in an identifier", login, "application/json", `{"identifier":"a\u0000b","password":"x"}`, 400, "Invalid identifier or password"},
		{
			"NUL in a username", register, "application/json",
			`{"username":"a\u0000nn","email":"ann@example.com","password":"correct horse"}`, 400, "",
		},
		{
			"a lone surrogate in a username", register, "application/json",
			`{"username":"a\ud800nn","email":"sur@example.com","password":"correct horse"}`, 200, "",
		},
		{
			"broken UTF-8 in a form", register, "application/x-www-form-urlencoded",
			"username=a%ffnn&email=utf@example.com&password=correct+horse", 400, "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer := g.Do(t, gatetest.Request{
				Method: http.MethodPost, Path: tt.path, Body: strings.NewReader(tt.body), Header: http.Header{"Content-Type": {tt.media}},
			})
			clear := answer.Status == http.StatusOK || answer.Message() != ""
			if answer.Status != tt.status || !clear || !strings.Contains(answer.Message(), tt.message) {
				t.Errorf("answered %d %s, want %d with %q", answer.Status, answer.Body, tt.status, tt.message)
			}
		})
	}
}

// TestManyRoutes starts with 10000 routes, answers by them and lists them.
func TestManyRoutes(t *testing.T) {
	const many = 10_000
	var routes strings.Builder
	for i := range many {
		fmt.Fprintf(&routes, "\t\troute GET /v1/things%d/{id} api::thing.thing.find%d\n", i, i)
	}
	g := gatetest.Start(t, gatetest.Site{App: routes.String() + "route GET /v1/open public"})
	g.Upstream.Handle(func(http.ResponseWriter, *http.Request) {})
	g.Get(t, "/v1/things9999/1", "").Want(t, http.StatusForbidden)
	g.Grant(t, "public", "api::thing.thing.find9999")
	g.Get(t, "/v1/things9999/1", "").Want(t, http.StatusOK)
	g.Get(t, "/v1/things9998/1", "").Want(t, http.StatusForbidden)
	g.Get(t, "/v1/open", "").Want(t, http.StatusOK)
	var list []struct{ Path string }
	g.Operate(t, "routes", struct{}{}, &list)
	if len(list) < many {
		t.Errorf("%d routes are listed", len(list))
	}
}
