package connect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

const (
	maxResponse    = 1 << 20 // bytes of one answer
	maxRedirects   = 3
	defaultTimeout = 10 * time.Second
)

var (
	errTooLarge  = errors.New("the answer is larger than 1 MiB")
	errPrivate   = errors.New("the address is private, and private addresses are not allowed")
	errRedirects = errors.New("the provider redirects too often, or elsewhere")
)

// Ranges beyond what netip.Addr tells by itself: RFC 6890 and what can carry an IPv4 address to such a range.
var refusedRanges = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

// public reports whether an address may be dialled without AllowPrivate.
func public(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	if !address.IsGlobalUnicast() || address.IsPrivate() {
		return false
	}
	for _, prefix := range refusedRanges {
		if prefix.Contains(address) {
			return false
		}
	}
	return true
}

// guardDial looks at the address that is dialled after names are resolved, so that no name can lead to a private one.
func guardDial(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !public(at.Addr()) {
		return errPrivate
	}
	return nil
}

// newTransport dials without a proxy: behind one, the guard would see the proxy's address and not the provider's.
func newTransport(allowPrivate bool) *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	if !allowPrivate {
		dialer.Control = guardDial
	}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           32,
		MaxIdleConnsPerHost:    2,
		MaxConnsPerHost:        64,
		MaxResponseHeaderBytes: 64 << 10,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    5 * time.Second,
	}
}

func newClient(opts Options) *http.Client {
	base := opts.Transport
	if base == nil {
		base = newTransport(opts.AllowPrivate)
	}
	return &http.Client{
		Transport:     limited{base: base, userAgent: opts.UserAgent},
		Timeout:       opts.Timeout,
		CheckRedirect: checkRedirect,
	}
}

// checkRedirect follows within one host only, since headers and addresses hold tokens, and never a request that has a body.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > maxRedirects || req.URL.Scheme != first.URL.Scheme || req.URL.Host != first.URL.Host ||
		first.Method != http.MethodGet {
		return errRedirects
	}
	return nil
}

// withoutRedirects is for requests that carry the client's secret.
func withoutRedirects(client *http.Client, transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport: transport, Timeout: client.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirects },
	}
}

// limited names us to the provider and cuts off answers that are too large.
type limited struct {
	base      http.RoundTripper
	userAgent string
}

// RoundTrip makes one request.
func (l limited) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Header.Get("User-Agent") == "" {
		req = req.Clone(req.Context())
		req.Header.Set("User-Agent", l.userAgent)
	}
	resp, err := l.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Body = &limitedBody{body: resp.Body, left: maxResponse}
	return resp, nil
}

type limitedBody struct {
	body io.ReadCloser
	left int
}

// Read fails when the answer goes on after the limit; a cut answer must not pass for a whole one.
func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	if len(p) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= n
	if b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// Close closes the answer.
func (b *limitedBody) Close() error { return b.body.Close() }

// answer is what came back from the provider, read to its end.
type answer struct {
	status      int
	contentType string
	body        []byte
}

func send(client *http.Client, req *http.Request) (answer, error) {
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, unreachable(err)
	}
	return readAnswer(resp)
}

func readAnswer(resp *http.Response) (answer, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, unreachable(err)
	}
	return answer{status: resp.StatusCode, contentType: strings.ToLower(resp.Header.Get("Content-Type")), body: body}, nil
}

// get makes the request for an address with headers, for what needs no more than that.
func (p *Provider) get(ctx context.Context, address string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return answer{}, fmt.Errorf("%w: the address is not valid", ErrUnreachable)
	}
	return send(p.client, req)
}
