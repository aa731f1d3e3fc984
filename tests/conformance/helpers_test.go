package conformance

import (
	"net"
	"net/http"
	"net/smtp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatewright/gatewright/tests/conformance/fakeidp"
	"github.com/gatewright/gatewright/tests/conformance/mailsink"
)

const anyPort = "127.0.0.1:0"

// startHelpers starts the mail sink and the made-up provider where a feature needs them, puts their addresses into the
// target file, and returns what the server has to know about them.
func startHelpers(t *testing.T, file *TargetFile) []string {
	t.Helper()
	var environment []string
	if slices.Contains(file.Features, "mail") {
		smtp, view := startSink(t, anyPort, anyPort)
		file.MailURL = view
		environment = append(environment, "CONFORMANCE_SMTP="+smtp)
	}
	if slices.Contains(file.Features, "fakeidp") {
		file.IDPURL = serve(t, anyPort, fakeidp.New())
		environment = append(environment, "CONFORMANCE_IDP_URL="+file.IDPURL)
	}
	return environment
}

// startSink returns the SMTP address and the URL of a mail sink that lives as long as the test.
func startSink(t *testing.T, smtpAddress, httpAddress string) (address, url string) {
	t.Helper()
	sink := &mailsink.Sink{}
	listener := listen(t, smtpAddress)
	ended := make(chan error, 1)
	go func() { ended <- sink.ServeSMTP(listener) }()
	t.Cleanup(func() {
		_ = listener.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String(), serve(t, httpAddress, sink.Handler())
}

// serve returns the URL of a handler that is served as long as the test lasts.
func serve(t *testing.T, address string, handler http.Handler) string {
	t.Helper()
	listener := listen(t, address)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String()
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// hostOf returns the host and port of a URL.
func hostOf(url string) string {
	return strings.TrimPrefix(url, "http://")
}

// deliver sends one mail to the SMTP server at address.
func deliver(t *testing.T, address, to, message string) {
	t.Helper()
	if err := smtp.SendMail(address, nil, "sender@example.test", []string{to}, []byte(message)); err != nil {
		t.Fatal(err)
	}
}
