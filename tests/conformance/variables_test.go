package conformance

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func testVariables() Variables {
	return Variables{
		"id": json.Number("7"), "name": "Änn & co", "flag": true, "none": nil,
		"list": []any{json.Number("1"), "a"}, "role.public.id": json.Number("2"),
	}
}

func TestFill(t *testing.T) {
	tests := []struct {
		name, template string
		want           any
	}{
		{"plain", "a{b}}", "a{b}}"},
		{"whole keeps its type", "{{id}}", json.Number("7")},
		{"whole null", "{{none}}", nil},
		{"whole list", "{{list}}", []any{json.Number("1"), "a"}},
		{"two", "{{id}}-{{name}}", "7-Änn & co"},
		{"dots", "/{{role.public.id}}", "/2"},
		{"flag in a text", "is {{flag}}", "is true"},
		{"str", "{{str:id}}", "7"},
		{"urlencode", "{{urlencode:name}}", "%C3%84nn%20%26%20co"},
		{"urlencode of str", "{{urlencode:str:id}}", "7"},
		{"repeat", "{{repeat:ab:3}}", "ababab"},
		{"repeat in a text", "x{{repeat:a:2}}y", "xaay"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := testVariables().Fill(test.template)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFillRefuses(t *testing.T) {
	for _, template := range []string{"{{nope}}", "a {{nope}} b", "{{str:nope}}", "{{urlencode:nope}}", "{{repeat:a:x}}", "{{repeat:a:-1}}", "{{repeat:a:999999999}}"} {
		if got, err := testVariables().Fill(template); err == nil {
			t.Errorf("%s: got %v and no error", template, got)
		}
	}
}

func TestFillJSON(t *testing.T) {
	const template = `{"z":"{{id}}","a":["{{name}}",1.50,null,true,{}],"k{{id}}":{"x":"<{{id}}>"}}`
	const want = `{"z":7,"a":["Änn & co",1.50,null,true,{}],"k7":{"x":"<7>"}}`
	got, err := testVariables().FillJSON([]byte(template))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFillJSONRefuses(t *testing.T) {
	for _, template := range []string{`{"a":"{{nope}}"}`, `{"{{nope}}":1}`, `["{{nope}}"]`, `{"a"`, ``} {
		if got, err := testVariables().FillJSON([]byte(template)); err == nil {
			t.Errorf("%s: got %s and no error", template, got)
		}
	}
}
