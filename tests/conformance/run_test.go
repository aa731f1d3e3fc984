package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func scenario(t *testing.T, raw string) *Scenario {
	t.Helper()
	made := &Scenario{Label: "test/case"}
	if err := decodeJSON([]byte(raw), made); err != nil {
		t.Fatal(err)
	}
	return made
}

func TestCheckPutsEverythingBack(t *testing.T) {
	d := newDouble(t)
	target := d.start()
	made := scenario(t, `{
		"setup": [
			{"role": {"as": "w", "name": "W {{rand}}", "allow": ["api::a.a.find"]}},
			{"user": {"as": "ann", "role": "{{w.id}}", "login": true}},
			{"permit": {"role": "public", "allow": ["api::a.a.find"]}},
			{"advanced": {"unique_email": false}}
		],
		"steps": [
			{"id": "a", "request": {"method": "GET", "path": "/settings", "auth": "{{ann.jwt}}"}, "expect": {"status": 200, "json": {"unique_email": false}}},
			{"id": "b", "do": {"advanced": {"unique_email": true}}},
			{"id": "c", "request": {"method": "GET", "path": "/settings"}, "expect": {"status": 200, "json": {"unique_email": true}}}
		]}`)
	if err := target.Check(t.Context(), made, time.Second); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(d.requests, func(r string) bool { return strings.HasPrefix(r, "GET /settings token-of-ann-") }) {
		t.Errorf("no request came with the token of the user: %q", d.requests)
	}
	if err := target.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh := newDouble(t)
	for name, pair := range map[string][2]any{
		"roles": {len(fresh.roles), len(d.roles)}, "users": {0, len(d.users)}, "advanced settings": {fresh.advanced, d.advanced},
		"permissions": {fresh.roles["2"]["permissions"], d.roles["2"]["permissions"]},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s (-before +after):\n%s", name, diff)
		}
	}
}

func TestCheckFindsDifferences(t *testing.T) {
	tests := []struct{ name, scenario, broken string }{
		{"nothing differs", `{"steps":[{"id":"a","request":{"path":"/settings"},"expect":{"status":200,"json":{"unique_email":true}}}]}`, ""},
		{"a body", `{"steps":[{"id":"a","request":{"path":"/settings"},"expect":{"status":200,"json":{"unique_email":false}}}]}`, "step a: /unique_email: expected false"},
		{"a status", `{"steps":[{"id":"a","request":{"path":"/settings"},"expect":{"status":403}}]}`, "step a: status: expected 403, got 200"},
		{"a later step", `{"steps":[{"id":"a","request":{"path":"/settings"},"expect":{"status":200}},{"id":"b","request":{"path":"/nope"},"expect":{"status":200}}]}`, "step b: status"},
		{"a capture", `{"steps":[{"id":"a","request":{"path":"/settings"},"capture":{"x":"header:nope"},"expect":{"status":200}}]}`, "step a: no header nope"},
		{"a variable", `{"steps":[{"id":"a","request":{"path":"/{{nope}}"},"expect":{"status":200}}]}`, "step a: no variable nope"},
		{"nothing recorded", `{"steps":[{"id":"a","request":{"path":"/settings"}}]}`, "step a: nothing was recorded"},
		{"an empty step", `{"steps":[{"id":"a"}]}`, "step a: nothing was recorded"},
		{"an unknown verb", `{"setup":[{"dance":{}}],"steps":[]}`, `setup: unknown verb "dance"`},
		{"two verbs", `{"setup":[{"set":{},"idp":{}}],"steps":[]}`, "setup: an action has one verb"},
		{"a verb that fails", `{"setup":[{"permit":{"role":"public","allow":["nonsense"]}}],"steps":[]}`, `setup: permit: "nonsense" is not an action`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := newDouble(t).start().Check(t.Context(), scenario(t, test.scenario), time.Second)
			expectDifference(t, err, test.broken)
		})
	}
}

func TestMailSteps(t *testing.T) {
	const address = "ann@example.test"
	smtp, view := startSink(t, anyPort, anyPort)
	deliver(t, smtp, address, "Subject: Hello\r\nFrom: A <a@example.test>\r\nContent-Type: text/html\r\n\r\n<p>code=0af9</p>\r\n")
	expect := func(subject string) string {
		return `"expect":{"mail":{"from":"A <a@example.test>","to":["` + address + `"],"reply_to":null,"subject":"` + subject + `","html":"<p>code=<hex4></p>","text":null}}`
	}
	tests := []struct{ name, steps, broken string }{
		{"arrived", `[{"id":"m","mail":{"to":"` + address + `"},"capture":{"c":"code=([0-9a-f]+)"},` + expect("Hello") + `},{"id":"s","do":{"set":{"x":"{{c}}"}}}]`, ""},
		{"differs", `[{"id":"m","mail":{"to":"` + address + `"},` + expect("Bye") + `}]`, "mail /subject"},
		{"second one missing", `[{"id":"m","mail":{"to":"` + address + `","nth":2},` + expect("Hello") + `}]`, "expected mail number 2"},
		{"nothing to capture", `[{"id":"m","mail":{"to":"` + address + `"},"capture":{"c":"token=(x)"},` + expect("Hello") + `}]`, "nothing like token=(x)"},
		{"nothing recorded", `[{"id":"m","mail":{"to":"` + address + `"}}]`, "nothing was recorded"},
		{"rightly none", `[{"id":"n","no_mail":{"to":"bob@example.test"},"after_ms":1}]`, ""},
		{"wrongly one", `[{"id":"n","no_mail":{"to":"` + address + `"},"after_ms":1}]`, "expected no mail"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			target := newDouble(t).start()
			target.file.MailURL = view
			err := target.Check(t.Context(), scenario(t, `{"steps":`+test.steps+`}`), time.Millisecond)
			expectDifference(t, err, test.broken)
		})
	}
}
