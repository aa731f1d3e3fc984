package conformance

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	requestTimeout = 20 * time.Second
	maxAnswer      = 16 << 20 // bytes
)

// Field is one line of the headers of a request.
type Field struct{ Name, Value string }

// Send sends one request on a connection of its own and reads the answer. The target, the headers and the body go out
// as they are given: nothing is escaped, added (save Host and Content-Length), merged or followed. A nil body sends no
// Content-Length.
func Send(ctx context.Context, method, url string, headers []Field, body []byte) (*Answer, error) {
	host, target, err := splitURL(url)
	if err != nil {
		return nil, err
	}
	answer, err := exchange(ctx, host, requestBytes(method, host, target, headers, body), method)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, url, err)
	}
	return answer, nil
}

// splitURL leaves the path and the query untouched, unlike net/url.
func splitURL(url string) (host, target string, err error) {
	rest, ok := strings.CutPrefix(url, "http://")
	if !ok {
		return "", "", fmt.Errorf("%s: only http is spoken here", url)
	}
	rest, _, _ = strings.Cut(rest, "#")
	host, target = rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, target = rest[:i], rest[i:]
	}
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	if strings.ContainsAny(url, " \r\n") {
		return "", "", fmt.Errorf("%q cannot stand in a request line", url)
	}
	return host, target, nil
}

func requestBytes(method, host, target string, headers []Field, body []byte) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, target, host)
	for _, header := range headers {
		fmt.Fprintf(&out, "%s: %s\r\n", header.Name, header.Value)
	}
	if body != nil {
		fmt.Fprintf(&out, "Content-Length: %d\r\n", len(body))
	}
	out.WriteString("\r\n")
	out.Write(body)
	return out.Bytes()
}

func exchange(ctx context.Context, host string, request []byte, method string) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(host, "80")
	}
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	// A server may answer and close before it has read a large body; the answer is what counts.
	_, errWrite := connection.Write(request)
	answer, err := readAnswer(connection, method)
	if err != nil {
		return nil, errors.Join(err, errWrite)
	}
	return answer, nil
}

func readAnswer(connection io.Reader, method string) (*Answer, error) {
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: method})
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	return &Answer{Status: response.StatusCode, Header: response.Header, Data: data}, nil
}

// sendJSON sends a request with an optional bearer token and an optional JSON body.
func sendJSON(ctx context.Context, method, url, bearer string, payload any) (*Answer, error) {
	var headers []Field
	var body []byte
	if payload != nil {
		raw, err := encodeJSON(payload)
		if err != nil {
			return nil, err
		}
		body = raw
		headers = append(headers, Field{"Content-Type", "application/json"})
	}
	if bearer != "" {
		headers = append(headers, Field{"Authorization", "Bearer " + bearer})
	}
	return Send(ctx, method, url, headers, body)
}
