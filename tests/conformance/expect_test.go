package conformance

import (
	"encoding/json"
	"maps"
	"net/http"
	"testing"
)

func testRun() *run {
	return &run{
		target: NewTarget(TargetFile{BaseURL: "http://127.0.0.1:1"}),
		vars:   Variables{"id": json.Number("7"), "base_url": "http://127.0.0.1:1"},
		jars:   make(map[string]map[string]string),
		kept:   make(map[string]bool),
	}
}

func TestCompareAnswer(t *testing.T) {
	const cookieWanted = `{"status":200,"cookies":{"r":{"value":"<jwt>","attributes":{"path":"/","samesite":"lax","httponly":true,"expires":"past"}}}}`
	header := func(pairs ...string) http.Header {
		made := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			made.Add(pairs[i], pairs[i+1])
		}
		return made
	}
	tests := []struct {
		name, expect string
		answer       Answer
		broken       string // part of the difference, empty for none
	}{
		{"status", `{"status":200}`, Answer{Status: 200}, ""},
		{"other status", `{"status":200}`, Answer{Status: 201}, "status: expected 200, got 201"},
		{"media type", `{"status":200,"headers":{"content-type":"application/json"}}`, Answer{Status: 200, Header: header("Content-Type", "Application/JSON; charset=utf-8")}, ""},
		{"other media type", `{"status":200,"headers":{"content-type":"application/json"}}`, Answer{Status: 200, Header: header("Content-Type", "text/html")}, "header content-type"},
		{"no media type", `{"status":200,"headers":{"content-type":"application/json"}}`, Answer{Status: 200}, "header content-type"},
		{"location", `{"status":200,"headers":{"location":"{{base_url}}/a?code=<word>"}}`, Answer{Status: 200, Header: header("Location", "http://127.0.0.1:1/a?code=x")}, ""},
		{"other location", `{"status":200,"headers":{"location":"{{base_url}}/a"}}`, Answer{Status: 200, Header: header("Location", "http://127.0.0.1:1/b")}, "header location"},
		{"allow in another order", `{"status":200,"headers":{"allow":"HEAD, GET"}}`, Answer{Status: 200, Header: header("Allow", "GET,HEAD")}, ""},
		{"allow with one more", `{"status":200,"headers":{"allow":"HEAD, GET"}}`, Answer{Status: 200, Header: header("Allow", "GET,HEAD,PUT")}, "header allow"},
		{"allow missing", `{"status":200,"headers":{"allow":"HEAD, GET"}}`, Answer{Status: 200}, "header allow"},
		{"retry-after beyond the record", `{"status":200,"headers":{"retry-after":null}}`, Answer{Status: 200, Header: header("Retry-After", "3")}, ""},
		{"header that must be absent", `{"status":200,"headers":{"x-ratelimit-limit":null}}`, Answer{Status: 200, Header: header("X-RateLimit-Limit", "3")}, "header x-ratelimit-limit"},
		{"header that is absent", `{"status":200,"headers":{"x-ratelimit-limit":null}}`, Answer{Status: 200}, ""},
		{"last of several values", `{"status":200,"headers":{"vary":"b"}}`, Answer{Status: 200, Header: header("Vary", "a", "Vary", "b")}, ""},

		{"cookie", cookieWanted, Answer{Status: 200, Header: header("Set-Cookie", "r=a.b.c; Path=/; SameSite=Lax; HttpOnly; Expires=Thu, 01 Jan 1970 00:00:00 GMT")}, ""},
		{"cookie without HttpOnly", cookieWanted, Answer{Status: 200, Header: header("Set-Cookie", "r=a.b.c; path=/; samesite=lax; expires=Thu, 01 Jan 1970 00:00:00 GMT")}, `key "httponly" is missing`},
		{"cookie that lasts", cookieWanted, Answer{Status: 200, Header: header("Set-Cookie", "r=a.b.c; path=/; samesite=lax; httponly; expires=Thu, 01 Jan 2970 00:00:00 GMT")}, "/attributes/expires"},
		{"cookie with a domain", cookieWanted, Answer{Status: 200, Header: header("Set-Cookie", "r=a.b.c; path=/; samesite=lax; httponly; expires=1970; domain=x")}, `key "domain" was not expected`},
		{"cookie missing", cookieWanted, Answer{Status: 200}, "cookie r is missing"},
		{"cookie that must not be", `{"status":200,"cookies":{"r":null}}`, Answer{Status: 200, Header: header("Set-Cookie", "r=1")}, "cookie r was not expected"},
		{"cookie that is not", `{"status":200,"cookies":{"r":null}}`, Answer{Status: 200, Header: header("Set-Cookie", "s=1")}, ""},

		{"body", `{"status":200,"json":{"id":"{{id}}"}}`, Answer{Status: 200, Data: []byte(`{"id":7}`)}, ""},
		{"other body", `{"status":200,"json":{"id":"{{id}}"}}`, Answer{Status: 200, Data: []byte(`{"id":8}`)}, "/id: expected 7, got 8"},
		{"null body", `{"status":200,"json":null}`, Answer{Status: 200, Data: []byte(`{}`)}, "expected null"},
		{"body that is not JSON", `{"status":200,"json":{}}`, Answer{Status: 200, Data: []byte(`{}{}`)}, "not JSON"},
		{"text", `{"status":200,"text":"Not Implemented"}`, Answer{Status: 200, Data: []byte("Not Implemented")}, ""},
		{"other text", `{"status":200,"text":"Not Implemented"}`, Answer{Status: 200, Data: []byte("no")}, "body"},
		{"empty text", `{"status":200,"text":""}`, Answer{Status: 200, Data: []byte("no")}, "body"},
		{"empty", `{"status":200,"empty":true}`, Answer{Status: 200}, ""},
		{"not empty", `{"status":200,"empty":true}`, Answer{Status: 200, Data: []byte("x")}, "expected none"},
		{"token missing", `{"status":200,"json":{},"jwt":{"/jwt":{}}}`, Answer{Status: 200, Data: []byte(`{}`)}, "no such place"},
		{"token that is none", `{"status":200,"json":{"jwt":"<any>"},"jwt":{"/jwt":{}}}`, Answer{Status: 200, Data: []byte(`{"jwt":"x"}`)}, "token at /jwt"},
		{"unknown variable", `{"status":200,"text":"{{nope}}"}`, Answer{Status: 200}, "no variable nope"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			expectDifference(t, testRun().compare(json.RawMessage(test.expect), &test.answer), test.broken)
		})
	}
}

func TestCompareMail(t *testing.T) {
	message := func(changes map[string]any) map[string]any {
		all := map[string]any{
			"id": 1, "from": "A <a@b>", "to": []any{"c@d"}, "reply_to": nil, "subject": "s", "html": "<p>h</p>", "text": "<p>h</p>",
		}
		maps.Copy(all, changes)
		return all
	}
	want := message(nil)
	delete(want, "id")
	plain := message(map[string]any{"text": "plain"})
	delete(plain, "id")
	tests := []struct {
		name      string
		want, got map[string]any
		broken    string
	}{
		{"as recorded", want, message(nil), ""},
		{"a better text", want, message(map[string]any{"text": "h"}), ""},
		{"no text", want, message(map[string]any{"text": nil}), "/text"},
		{"a text that was recorded", plain, message(nil), "/text"},
		{"sender", want, message(map[string]any{"from": "x"}), "/from"},
		{"recipients", want, message(map[string]any{"to": []any{"c@d", "e@f"}}), "/to"},
		{"reply address", want, message(map[string]any{"reply_to": "x"}), "/reply_to"},
		{"subject", want, message(map[string]any{"subject": "x"}), "/subject"},
		{"body", want, message(map[string]any{"html": "x"}), "/html"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			expectDifference(t, compareMail(test.want, test.got), test.broken)
		})
	}
}

func TestCapture(t *testing.T) {
	bearer := mustForge(t, Forgery{Secret: "s", Claims: map[string]any{"sessionId": "abc"}})
	answer := &Answer{
		Header: http.Header{"Location": {"http://h/p?state=x%20y&empty="}, "Set-Cookie": {"c=v; path=/"}},
		Data:   []byte(`{"jwt":"` + bearer + `","list":[{"id":7,"n":"a:b"},{"id":8,"n":"c"}]}`),
	}
	tests := []struct {
		source string
		want   any // nil: refused
	}{
		{"json:/list/1/id", json.Number("8")},
		{"json:/list/-1/n", "c"},
		{"json:/list/2/id", nil},
		{"json:/nope", nil},
		{"header:location", "http://h/p?state=x%20y&empty="},
		{"header:nope", nil},
		{"query:state", "x y"},
		{"query:empty", nil},
		{"query:nope", nil},
		{"cookie:c", "v"},
		{"cookie:nope", nil},
		{"claim:/jwt:sessionId", "abc"},
		{"claim:/jwt:nope", nil},
		{"claim:/list:id", nil},
		{"find:/list:n=a:b:/id", json.Number("7")},
		{"find:/list:id={{id}}:/n", "a:b"},
		{"find:/list:n=zzz:/id", nil},
		{"find:/jwt", nil},
		{"sniff:/x", nil},
	}
	for _, test := range tests {
		t.Run(test.source, func(t *testing.T) {
			got, err := testRun().capture(test.source, answer)
			if (err == nil) != (test.want != nil) || (err == nil && !equal(got, test.want)) {
				t.Errorf("got %v and %v, want %v", got, err, test.want)
			}
		})
	}
}
