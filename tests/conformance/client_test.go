package conformance

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
)

// listenOnce returns the address of a server that answers one connection and passes on what it read up to the end of
// the expected request.
func listenOnce(t *testing.T, length int, answer string) (base string, received <-chan string) {
	t.Helper()
	listener := listen(t, anyPort)
	channel := make(chan string, 1)
	go func() {
		defer func() { _ = listener.Close() }()
		connection, err := listener.Accept()
		if err != nil {
			channel <- err.Error()
			return
		}
		defer func() { _ = connection.Close() }()
		request := make([]byte, length)
		n, _ := io.ReadFull(bufio.NewReader(connection), request)
		_, _ = io.WriteString(connection, answer)
		channel <- string(request[:n])
	}()
	return "http://" + listener.Addr().String(), channel
}

func TestSendIsExact(t *testing.T) {
	const noContent = "HTTP/1.1 204 No Content\r\n\r\n"
	tests := []struct {
		name, method, target string
		headers              []Field
		body                 []byte
		want                 string // HOST stands for the host
	}{
		{"plain", "GET", "/", nil, nil, "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n"},
		{"no path", "GET", "?a=b", nil, nil, "GET /?a=b HTTP/1.1\r\nHost: HOST\r\n\r\n"},
		{"nothing is escaped", "GET", "/%7e/a%2Fb/../c?x[$in][0]=%41+|#frag", nil, nil, "GET /%7e/a%2Fb/../c?x[$in][0]=%41+| HTTP/1.1\r\nHost: HOST\r\n\r\n"},
		{
			"headers as given", "PROPFIND", "/",
			[]Field{{"x-a", "1"}, {"X-A", "2"}, {"Authorization", ""}},
			nil,
			"PROPFIND / HTTP/1.1\r\nHost: HOST\r\nx-a: 1\r\nX-A: 2\r\nAuthorization: \r\n\r\n",
		},
		{"body", "POST", "/", nil, []byte(`{"a":`), "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\n\r\n{\"a\":"},
		{"empty body", "POST", "/", nil, []byte{}, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := test.want
			host := len("127.0.0.1:12345") - len("HOST")
			base, received := listenOnce(t, len(want)+host, noContent)
			want = strings.Replace(want, "HOST", hostOf(base), 1)
			answer, err := Send(t.Context(), test.method, base+test.target, test.headers, test.body)
			if err != nil {
				t.Fatal(err)
			}
			if got := <-received; got != want {
				t.Errorf("sent %q, want %q", got, want)
			}
			if answer.Status != http.StatusNoContent {
				t.Errorf("status %d", answer.Status)
			}
		})
	}
}

func TestSendReadsAnswers(t *testing.T) {
	const request = "HEAD / HTTP/1.1\r\nHost: 127.0.0.1:12345\r\n\r\n"
	tests := []struct {
		name, method, answer string
		status               int
		data                 string
	}{
		{"redirect is not followed", "GET ", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302, ""},
		{"chunks", "GET ", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 200, "abc"},
		{"until the end", "GET ", "HTTP/1.0 200 OK\r\n\r\nabc", 200, "abc"},
		{"length without a body", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			method := strings.TrimSpace(test.method)
			base, _ := listenOnce(t, len(request)-len("HEAD")+len(method), test.answer)
			answer, err := Send(t.Context(), method, base+"/", nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if answer.Status != test.status || string(answer.Data) != test.data {
				t.Errorf("got %d %q", answer.Status, answer.Data)
			}
		})
	}
}

func TestSendRefuses(t *testing.T) {
	for _, url := range []string{"https://127.0.0.1/", "127.0.0.1", "http://127.0.0.1:1/a b", "http://127.0.0.1:1/a\r\nX: y", "http://127.0.0.1:1/"} {
		if _, err := Send(t.Context(), http.MethodGet, url, nil, nil); err == nil {
			t.Errorf("%q: no error", url)
		}
	}
}
