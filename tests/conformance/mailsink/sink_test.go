package mailsink

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// start returns a sink and its SMTP address.
func start(t *testing.T) (*Sink, string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sink := &Sink{}
	ended := make(chan error, 1)
	go func() { ended <- sink.ServeSMTP(listener) }()
	t.Cleanup(func() {
		_ = listener.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return sink, listener.Addr().String()
}

func deliver(t *testing.T, address, message string, to ...string) {
	t.Helper()
	if err := smtp.SendMail(address, nil, "sender@example.test", to, []byte(message)); err != nil {
		t.Fatal(err)
	}
}

func TestMailIsKept(t *testing.T) {
	const head = "From: \"The Team\" <team@example.test>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
	tests := []struct {
		name, message string
		want          Message
	}{
		{
			"plain", head + "Reply-To: <help@example.test>\r\n\r\nHello\r\n.dot\r\n",
			Message{ReplyTo: new("help@example.test"), Text: new("Hello\n.dot")},
		},
		{
			"html, quoted-printable", head + "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>don=E2=80=99t</p>=\r\n<b>x</b>\r\n",
			Message{HTML: new("<p>don’t</p><b>x</b>")},
		},
		{
			"alternatives", head + "Content-Type: multipart/alternative; boundary=B\r\n\r\n" +
				"--B\r\nContent-Type: text/plain\r\n\r\nplain\r\n" +
				"--B\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+aHRt\r\nbDwvcD4=\r\n--B--\r\n",
			Message{Text: new("plain"), HTML: new("<p>html</p>")},
		},
		{
			"nested, with an attachment", head + "Content-Type: multipart/mixed; boundary=A\r\n\r\n" +
				"--A\r\nContent-Type: multipart/alternative; boundary=B\r\n\r\n--B\r\nContent-Type: text/html\r\n\r\nfirst\r\n--B--\r\n" +
				"--A\r\nContent-Type: image/png\r\n\r\nxxx\r\n--A\r\nContent-Type: text/html\r\n\r\nsecond\r\n--A--\r\n",
			Message{HTML: new("first")},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sink, address := start(t)
			deliver(t, address, test.message, "ann@example.test", "bob@example.test")
			got := sink.Messages("ANN@example.test")
			if len(got) != 1 {
				t.Fatalf("%d messages are kept", len(got))
			}
			if got[0].Headers["Subject"] != "Grüße" {
				t.Errorf("headers: %v", got[0].Headers)
			}
			got[0].Headers = nil
			want := test.want
			want.ID, want.EnvelopeFrom, want.To = 1, "sender@example.test", []string{"ann@example.test", "bob@example.test"}
			want.From, want.Subject = "The Team <team@example.test>", "Grüße"
			if diff := cmp.Diff(want, got[0]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFormatAddresses(t *testing.T) {
	for header, want := range map[string]string{
		"a@b.test":                     "a@b.test",
		`"Plain Name" <a@b.test>`:      "Plain Name <a@b.test>",
		`"Doe, John" <a@b.test>`:       `"Doe, John" <a@b.test>`,
		"a@b.test, \"C D\" <e@f.test>": "a@b.test, C D <e@f.test>",
		"nonsense":                     "nonsense",
		"":                             "",
	} {
		if got := formatAddresses(header); got != want {
			t.Errorf("%q becomes %q, want %q", header, got, want)
		}
	}
}

func TestHTTPView(t *testing.T) {
	sink, address := start(t)
	view := httptest.NewServer(sink.Handler())
	t.Cleanup(view.Close)
	deliver(t, address, "Subject: one\r\n\r\n1\r\n", "ann@example.test")
	deliver(t, address, "Subject: two\r\n\r\n2\r\n", "bob@example.test")

	subjects := func(query string) []string {
		t.Helper()
		var body struct{ Messages []Message }
		if err := json.Unmarshal(request(t, http.MethodGet, view.URL+"/messages"+query), &body); err != nil {
			t.Fatal(err)
		}
		found := []string{}
		for _, message := range body.Messages {
			found = append(found, message.Subject)
		}
		return found
	}
	steps := []struct {
		forget, query string
		want          []string
	}{
		{"", "", []string{"one", "two"}},
		{"", "?to=Bob@example.test", []string{"two"}},
		{"", "?to=nobody@example.test", []string{}},
		{"?to=ANN@example.test", "", []string{"two"}},
		{"?", "", []string{}},
	}
	for i, step := range steps {
		if step.forget != "" {
			request(t, http.MethodDelete, view.URL+"/messages"+step.forget)
		}
		if diff := cmp.Diff(step.want, subjects(step.query)); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
	}
	request(t, http.MethodGet, view.URL+"/health")
}

func request(t *testing.T, method, url string) []byte {
	t.Helper()
	made, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(made)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %d, %v", method, url, answer.StatusCode, err)
	}
	return body
}

func TestSMTPDialogue(t *testing.T) {
	sink, address := start(t)
	connection, err := textproto.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	if _, _, err := connection.ReadResponse(220); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		line string
		code int
	}{
		{"HELO me", 250},
		{"STARTTLS", 502},
		{"DATA", 503},
		{"MAIL FROM:<a@b.test> SIZE=10", 250},
		{"RCPT TO:<old@b.test>", 250},
		{"RSET", 250},
		{"NOOP", 250},
		{"MAIL FROM: c@d.test BODY=8BITMIME", 250},
		{"RCPT TO:new@b.test", 250},
		{"DATA", 354},
		{"not a header\r\n.", 554},
		{"DATA", 354},
		{"Subject: s\r\n\r\nx\r\n.", 250},
		{"QUIT", 221},
	} {
		if err := connection.PrintfLine("%s", step.line); err != nil {
			t.Fatal(err)
		}
		if _, _, err := connection.ReadResponse(step.code); err != nil {
			t.Fatalf("%s: %v", step.line, err)
		}
	}
	kept := sink.Messages("")
	if len(kept) != 1 || kept[0].EnvelopeFrom != "c@d.test" || kept[0].To[0] != "new@b.test" {
		t.Errorf("kept: %+v", kept)
	}
}

func TestLimits(t *testing.T) {
	t.Run("a mail", func(t *testing.T) {
		sink, address := start(t)
		huge := "Subject: s\r\n\r\n" + strings.Repeat("x\r\n", maxMail/2)
		if err := smtp.SendMail(address, nil, "a@b.test", []string{"c@d.test"}, []byte(huge)); err == nil {
			t.Error("a huge mail was taken")
		}
		if kept := len(sink.Messages("")); kept != 0 {
			t.Errorf("%d messages are kept", kept)
		}
	})
	t.Run("the recipients", func(t *testing.T) {
		_, address := start(t)
		var to []string
		for i := range maxRecipients + 1 {
			to = append(to, fmt.Sprintf("r%d@b.test", i))
		}
		if err := smtp.SendMail(address, nil, "a@b.test", to, []byte("Subject: s\r\n\r\n")); err == nil {
			t.Error("too many recipients were taken")
		}
	})
	t.Run("the messages", func(t *testing.T) {
		sink := &Sink{}
		for range maxMessages + 5 {
			if err := sink.keep("", nil, []byte("Subject: s\r\n\r\n")); err != nil {
				t.Fatal(err)
			}
		}
		if kept := sink.Messages(""); len(kept) != maxMessages || kept[0].ID != 6 {
			t.Errorf("%d messages from %d on", len(kept), kept[0].ID)
		}
	})
	t.Run("the depth", func(t *testing.T) {
		var nested strings.Builder
		for i := range maxDepth + 2 {
			fmt.Fprintf(&nested, "Content-Type: multipart/mixed; boundary=B%d\r\n\r\n--B%d\r\n", i, i)
		}
		if _, err := parse([]byte(nested.String())); err == nil || !strings.Contains(err.Error(), "nested too deep") {
			t.Errorf("a deeply nested mail: %v", err)
		}
	})
}
