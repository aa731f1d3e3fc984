package conformance

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func document(t *testing.T, raw string) any {
	t.Helper()
	var value any
	if err := decodeJSON([]byte(raw), &value); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return value
}

func TestDiffer(t *testing.T) {
	now := time.Now().Unix()
	tests := []struct {
		name, want string
		same       []string // documents without a difference
		other      []string // documents with one
	}{
		{"text", `"a"`, []string{`"a"`}, []string{`"b"`, `1`, `null`, `["a"]`, `{}`}},
		{"number", `1`, []string{`1`, `1.0`}, []string{`2`, `"1"`, `true`, `null`}},
		{"long number", `9007199254740993`, []string{`9007199254740993`}, []string{`9007199254740992`}},
		{"true", `true`, []string{`true`}, []string{`false`, `1`, `"true"`, `null`}},
		{"null", `null`, []string{`null`}, []string{`false`, `0`, `""`, `{}`, `[]`}},
		{"object", `{"a":1,"b":{"c":2}}`, []string{`{"b":{"c":2},"a":1}`, `{"a":1,"b":{"c":2},"stacktrace":"x"}`}, []string{
			`{"a":1}`, `{"a":1,"b":{"c":3}}`, `{"a":1,"b":{"c":2},"d":3}`, `{"a":1,"b":{"c":2,"d":3}}`, `[]`, `null`,
		}},
		{"empty object", `{}`, []string{`{}`}, []string{`{"a":1}`, `[]`, `null`}},
		{"array", `[1,2]`, []string{`[1,2]`}, []string{`[2,1]`, `[1]`, `[1,2,3]`, `{}`, `"[1,2]"`}},

		{"any", `"<any>"`, []string{`1`, `null`, `{}`}, nil},
		{"int", `"<int>"`, []string{`1`, `-7`}, []string{`1.5`, `"1"`, `true`, `null`}},
		{"number kind", `"<number>"`, []string{`1`, `1.5`}, []string{`"1"`, `false`}},
		{"bool", `"<bool>"`, []string{`true`, `false`}, []string{`0`, `"true"`, `null`}},
		{"object kind", `"<object>"`, []string{`{}`}, []string{`[]`, `null`, `"<object>"`}},
		{"array kind", `"<array>"`, []string{`[]`, `[1]`}, []string{`{}`, `"x"`}},
		{"epoch", `"<epoch>"`, []string{fmt.Sprint(now), fmt.Sprintf(`"%d"`, now-100)}, []string{
			fmt.Sprint(now - 500), fmt.Sprint(now + 500), `"soon"`, fmt.Sprint(now * 1000), `1.5`, `null`, `-1`,
		}},

		{"jwt", `"<jwt>"`, []string{`"a.b.c"`, `"a.b."`}, []string{`"a.b"`, `"a b.c.d"`, `""`, `1`, `"x a.b.c"`}},
		{"datetime", `"<datetime>"`, []string{`"2024-01-02T03:04:05.678Z"`, `"2024-01-02T03:04:05+01:00"`}, []string{`"2024-01-02"`, `"2024-01-02T03:04:05"`}},
		{"documentId", `"<documentId>"`, []string{`"abcdefghij0123456789abcd"`}, []string{`"short"`, `"has space in it"`, `null`}},
		{"uuid", `"<uuid>"`, []string{`"01234567-89ab-cdef-0123-456789abcdef"`}, []string{`"0123456789abcdef0123456789abcdef"`}},
		{"hex", `"<hex4>"`, []string{`"0af9"`}, []string{`"0af"`, `"0af90"`, `"0AF9"`, `"0afg"`}},
		{"digits", `"<digits>"`, []string{`"12"`}, []string{`12`, `""`, `"1a"`}},
		{"word", `"<word>"`, []string{`"a-b_1"`}, []string{`"a b"`, `""`}},
		{"string", `"<string>"`, []string{`""`, `"a\nb"`}, []string{`1`, `null`}},
		{"text around", `"a.b?code=<hex2>&x"`, []string{`"a.b?code=0f&x"`}, []string{`"aXb?code=0f&x"`, `"a.b?code=0f&xy"`, `"a.b?code=zz&x"`}},
		{"unknown placeholder is text", `"<p>"`, []string{`"<p>"`}, []string{`"x"`}},

		{"same", `{"a":"<same:/b/0>","b":[7]}`, []string{`{"a":7,"b":[7]}`}, []string{`{"a":"7","b":[7]}`, `{"a":8,"b":[7]}`}},
		{"same of a place that is missing", `"<same:/x>"`, nil, []string{`{}`, `"x"`}},
		{"samestr", `{"a":"<samestr:/b>","b":7}`, []string{`{"a":"7","b":7}`}, []string{`{"a":7,"b":7}`, `{"a":"8","b":7}`}},

		{"unordered", `{"$unordered":[{"a":1},{"a":"<int>"}]}`, []string{`[{"a":1},{"a":2}]`, `[{"a":2},{"a":1}]`}, []string{
			`[{"a":1}]`, `[{"a":1},{"a":2},{"a":3}]`, `[{"a":2},{"a":3}]`, `[{"a":1},{"b":2}]`, `{}`,
		}},
		{"contains", `{"$contains":[{"a":1},{"a":2}]}`, []string{`[{"a":2},{"a":3},{"a":1}]`}, []string{`[{"a":1}]`, `[{"a":1},{"a":1}]`, `null`}},
		{"absent", `{"$absent":{"a":1}}`, []string{`[]`, `[{"a":2},{"b":1},1]`}, []string{`[{"a":2},{"a":1,"b":3}]`, `{}`}},
		{"has", `{"$has":{"a":1}}`, []string{`{"a":1}`, `{"a":1,"b":2}`}, []string{`{"a":2,"b":2}`, `{"b":2}`, `[]`}},
		{"operator name beside another key", `{"$has":{},"x":1}`, []string{`{"$has":{},"x":1}`}, []string{`{}`}},
		{"other dollar key", `{"$ne":null}`, []string{`{"$ne":null}`}, []string{`{}`, `{"$ne":1}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := document(t, test.want)
			for _, raw := range test.same {
				got := document(t, raw)
				if err := Differ(want, got, got); err != nil {
					t.Errorf("%s: %v", raw, err)
				}
			}
			for _, raw := range test.other {
				got := document(t, raw)
				if Differ(want, got, got) == nil {
					t.Errorf("%s: the difference is not seen", raw)
				}
			}
		})
	}
}

func TestDifferenceNamesThePlace(t *testing.T) {
	got := document(t, `{"a":[{"b":1}]}`)
	err := Differ(document(t, `{"a":[{"b":2}]}`), got, got)
	if err == nil || err.Error() != "/a/0/b: expected 2, got 1" {
		t.Errorf("got %v", err)
	}
}

func TestDiscreet(t *testing.T) {
	finding := func(path, message, value string) string {
		return fmt.Sprintf(`{"path":%s,"name":"ValidationError","message":%q,"value":%s}`, path, message, value)
	}
	tests := []struct {
		name, a, b string
		alike      bool
	}{
		{"password", finding(`["password"]`, "m", `"x"`), finding(`["password"]`, "m", `"y"`), true},
		{"nested password", finding(`["data","currentPassword"]`, "m", `"x"`), finding(`["data","currentPassword"]`, "m", `"y"`), true},
		{"whole body", finding(`[]`, "m", `{"a":1}`), finding(`[]`, "m", `{}`), true},
		{"other field", finding(`["email"]`, "m", `"x"`), finding(`["email"]`, "m", `"y"`), false},
		{"message of a password", finding(`["password"]`, "m", `"x"`), finding(`["password"]`, "n", `"x"`), false},
		{
			"quoted password", `"password must be a ` + "`string`" + ` type, but the final value was: 1"`,
			`"password must be a ` + "`string`" + ` type"`, true,
		},
		{
			"quoted other field", `"email must be a ` + "`string`" + ` type, but the final value was: 1"`,
			`"email must be a ` + "`string`" + ` type"`, false,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, b := discreet(document(t, `[`+test.a+`]`)), discreet(document(t, `[`+test.b+`]`))
			if alike := Differ(a, b, b) == nil; alike != test.alike {
				t.Errorf("alike: %v, want %v\n%s\n%s", alike, test.alike, short(a), short(b))
			}
		})
	}
}

func TestDiscreetLeavesTheOriginal(t *testing.T) {
	original := document(t, `{"path":[],"name":"ValidationError","value":1}`)
	discreet(original)
	if !strings.Contains(short(original), "value") {
		t.Errorf("the original lost its value: %s", short(original))
	}
}
