package api

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

func toJSON(t testing.TB, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestParseJSON(t *testing.T) {
	for _, c := range []struct{ name, document, want string }{
		{"order of keys", `{"z":1,"a":2,"m":{"y":1,"b":2}}`, `{"z":1,"a":2,"m":{"y":1,"b":2}}`},
		{"the last of two keys, in the place of the first", `{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		{"every kind", ` { "a" : [ null , true , false , 1.50 , -0.1e1, "x" ] } `, `{"a":[null,true,false,1.5,-1,"x"]}`},
		{"empty containers", `{"a":{},"b":[]}`, `{"a":{},"b":[]}`},
		{"escapes", `{"\u0061":"\u00e9\ud83c\udca1\n\u0000"}`, `{"a":"é🂡\n\u0000"}`},
		{"half of a surrogate pair", `["\ud800"]`, "[\"\ufffd\"]"},
		{"bytes that are no UTF-8", "[\"a\xffb\"]", "[\"a\ufffdb\"]"},
		{"markup is left alone", `["<b>&</b>"]`, `["\u003cb\u003e\u0026\u003c/b\u003e"]`},
		{"prototype", `{"__proto__":{"a":1}}`, `{"__proto__":{"a":1}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			value, err := parseJSON([]byte(c.document))
			if err != nil {
				t.Fatal(err)
			}
			if got := toJSON(t, value); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestParseJSONRefuses(t *testing.T) {
	for _, document := range []string{
		``, ` `, `{`, `{"a"`, `{"a":}`, `{a:1}`, `{"a":1,}`, `[1,]`, `[1 2]`, `{} {}`, `{}x`, `'a'`, `nul`, `01`, `[1e999]`,
		`{"a":"` + "\n" + `"}`, "\ufeff{}", `["\x"]`, "\x00",
	} {
		if value, err := parseJSON([]byte(document)); err == nil {
			t.Errorf("%q is read as %v", document, value)
		}
	}
}

func TestParseJSONDepth(t *testing.T) {
	nested := func(depth int) string { return strings.Repeat(`[`, depth) + strings.Repeat(`]`, depth) }
	if _, err := parseJSON([]byte(nested(maxDepth + 1))); err != nil {
		t.Errorf("%d levels: %v", maxDepth+1, err)
	}
	for _, depth := range []int{maxDepth + 2, 10_000, 1 << 19} {
		if _, err := parseJSON([]byte(nested(depth))); err == nil {
			t.Errorf("%d levels are read", depth)
		}
	}
	objects := strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100)
	if _, err := parseJSON([]byte(objects)); err == nil {
		t.Error("100 objects within each other are read")
	}
}

// The texts on the right are what Strapi 5.54 answered, between the backticks of its message.
func TestQuoted(t *testing.T) {
	for _, c := range []struct{ document, want string }{
		{`null`, `null`},
		{`true`, `true`},
		{`12`, `12`},
		{`1.50`, `1.5`},
		{`-0`, `-0`},
		{`1e21`, `1e+21`},
		{`1e-7`, `1e-7`},
		{`"hello"`, `"hello"`},
		{`[]`, `[]`},
		{`{}`, `{}`},
		{`["someone"]`, "[\n  \"\\\"someone\\\"\"\n]"},
		{`[1]`, "[\n  \"1\"\n]"},
		{`["a\"b\\"]`, "[\n  \"\\\"a\\\"b\\\\\\\"\"\n]"},
		{
			`{"a":[1,null,true,"x\ny",{},[],[[2]]],"b":{},"<&>":"é"}`,
			"{\n  \"a\": [\n    \"1\",\n    \"null\",\n    \"true\",\n    \"\\\"x\\ny\\\"\",\n    {},\n    [],\n    [\n" +
				"      [\n        \"2\"\n      ]\n    ]\n  ],\n  \"b\": {},\n  \"<&>\": \"\\\"é\\\"\"\n}",
		},
	} {
		value, err := parseJSON([]byte(c.document))
		if err != nil {
			t.Fatal(err)
		}
		if got := quoted(value); got != c.want {
			t.Errorf("%s is quoted as\n%s\nwant\n%s", c.document, got, c.want)
		}
	}
}

// Indenting multiplies a value, so a large one is not quoted: a small request gets no huge answer.
func TestQuotingIsBounded(t *testing.T) {
	deep := strings.Repeat(`[`, 30) + strings.Repeat(`0,`, 10_000) + `0` + strings.Repeat(`]`, 30)
	value, err := parseJSON([]byte(deep))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]any{
		"deep and wide": value, "a long text": []any{strings.Repeat("x", 1<<20)},
		"a long key": NewObject().Set(strings.Repeat("x", 1<<20), 1.0), "a long text alone": strings.Repeat("x", 1<<20),
	} {
		if p := wrongType([]string{"identifier"}, "identifier", "number", value); len(p.message) > 200 {
			t.Errorf("%s: a message of %d bytes", name, len(p.message))
		}
	}
	few, err := parseJSON([]byte(strings.Repeat(`[`, 30) + strings.Repeat(`"x",`, 500) + `0` + strings.Repeat(`]`, 30)))
	if err != nil {
		t.Fatal(err)
	}
	if p := wrongType([]string{"identifier"}, "identifier", "string", few); len(p.message) > 100*maxQuoted {
		t.Errorf("a message of %d bytes", len(p.message))
	}
}

func TestObject(t *testing.T) {
	o := NewObject().Set("b", 1.0).Set("a", "x").Set("b", "<é>")
	if o.Len() != 2 || fmt.Sprint(o.Keys()) != "[b a]" {
		t.Errorf("keys %q", o.Keys())
	}
	if _, ok := o.Get("c"); ok {
		t.Error("it has a field that nobody set")
	}
	raw, err := o.MarshalJSON()
	if err != nil || string(raw) != `{"b":"<é>","a":"x"}` {
		t.Errorf("%s, %v", raw, err)
	}
	if _, err := NewObject().Set("f", func() {}).MarshalJSON(); err == nil {
		t.Error("a function is written as JSON")
	}
}

// More than a few keys are found another way.
func TestWideObject(t *testing.T) {
	for _, n := range []int{maxScanned - 1, maxScanned, maxScanned + 1, 5 * maxScanned} {
		o := NewObject()
		for i := range n {
			o.Set(fmt.Sprint(i), i)
		}
		for i := range n {
			o.Set(fmt.Sprint(i), 2*i)
		}
		for i, key := range o.Keys() {
			if value, ok := o.Get(key); !ok || value != 2*i || key != fmt.Sprint(i) {
				t.Errorf("of %d: key %s is %v", n, key, value)
			}
		}
		if _, ok := o.Get("x"); ok || o.Len() != n {
			t.Errorf("%d keys, want %d", o.Len(), n)
		}
	}
}

// A stranger's megabyte must not become fifty.
func TestBodiesAreSmallInMemory(t *testing.T) {
	for name, document := range map[string]string{
		"objects":        `[` + strings.Repeat(`{"a":1},`, maxBodyValues/2-1) + `0]`,
		"empty objects":  `[` + strings.Repeat(`{},`, maxBodyValues-2) + `0]`,
		"nested objects": `[` + strings.Repeat(`{"a":{"a":{"a":{"a":{}}}}},`, maxBodyValues/5-1) + `0]`,
		"lists":          `[` + strings.Repeat(`[[[[]]]],`, maxBodyValues/4-1) + `0]`,
	} {
		before := heap()
		value, err := parseJSON([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		if taken := heap() - before; taken > 4<<20 {
			t.Errorf("%s: %d bytes are kept in %d", name, len(document), taken)
		}
		runtime.KeepAlive(value)
	}
}

func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc) // #nosec G115 -- far below
}

// FuzzParseJSON: whatever is read is what encoding/json reads, no deeper than allowed, and can be quoted.
func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,null,"x"]}`, `{"a":1,"a":{"b":[]}}`, `[[[[]]]]`, `"x"`, `1e309`, `{"":0}`, "{\"\xff\":1}", `[`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		value, err := parseJSON(data)
		if err != nil {
			return
		}
		var want any
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatalf("%q is no JSON and yet read as %v", data, value)
		}
		var got any
		if err := json.Unmarshal([]byte(toJSON(t, value)), &got); err != nil {
			t.Fatal(err)
		}
		if toJSON(t, got) != toJSON(t, want) {
			t.Errorf("%q is read as %s", data, toJSON(t, value))
		}
		wrongType([]string{"x"}, "x", "string", value)
	})
}
