package api

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseForm(t *testing.T) {
	for _, c := range []struct{ name, form, want string }{
		{"nothing", ``, `{}`},
		{"one pair", `a=x`, `{"a":"x"}`},
		{"two pairs", `b=1&a=2`, `{"b":"1","a":"2"}`},
		{"no value", `a&b=`, `{"a":"","b":""}`},
		{"no name", `=x&a=1`, `{"a":"1"}`},
		{"empty pairs", `&&a=1&&`, `{"a":"1"}`},
		{"plus and escapes", `a+b=c+d%2B%26%3D&%C3%A9=%E7%BC%96`, `{"a b":"c d+\u0026=","é":"编"}`},
		{"equals sign in the value", `a=b=c`, `{"a":"b=c"}`},
		{"nested", `a[b][c]=x&a[b][d]=y&a[e]=z`, `{"a":{"b":{"c":"x","d":"y"},"e":"z"}}`},
		{"brackets escaped", `a%5Bb%5D=x`, `{"a":{"b":"x"}}`},
		{"repeated", `a=x&a=y`, `{"a":["x","y"]}`},
		{"list", `a[]=x&a[]=y`, `{"a":["x","y"]}`},
		{"list of one", `a[]=x`, `{"a":["x"]}`},
		{"by index", `a[0]=x&a[1]=y`, `{"a":["x","y"]}`},
		{"by index, out of order", `a[2]=z&a[0]=x&a[1]=y`, `{"a":["x","y","z"]}`},
		{"by index, with gaps", `a[9]=y&a[4]=x`, `{"a":["x","y"]}`},
		{"repeated index", `a[0]=x&a[0]=y`, `{"a":[["x","y"]]}`},
		{"index and plain", `a[0]=x&a=y`, `{"a":["x","y"]}`},
		{"greatest index", `a[100]=x`, `{"a":["x"]}`},
		{"index that is too great", `a[101]=x`, `{"a":{"101":"x"}}`},
		{"index with a zero", `a[00]=x`, `{"a":{"00":"x"}}`},
		{"negative index", `a[-1]=x`, `{"a":{"-1":"x"}}`},
		{"index and name", `a[0]=x&a[b]=y`, `{"a":{"0":"x","b":"y"}}`},
		{"list of objects", `a[0][b]=x&a[1][b]=y`, `{"a":[{"b":"x"},{"b":"y"}]}`},
		{"operators", `filters[$and][0][username][$in][]=x`, `{"filters":{"$and":[{"username":{"$in":["x"]}}]}}`},
		{"name and plain", `a[b]=x&a=c`, `{"a":{"b":"x","c":true}}`},
		{"bracket never closed", `a[b=x`, `{"a":{"[b":"x"}}`},
		{"bracket at the start", `[a]=x`, `{"[a]":"x"}`},
		{"after a bracket", `a[b]c=x`, `{"a":{"b":"x"}}`},
		{"prototype", `__proto__[a]=x&constructor=y`, `{"__proto__":{"a":"x"},"constructor":"y"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			form, err := parseForm(c.form)
			if err != nil {
				t.Fatal(err)
			}
			if got := toJSON(t, form); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestParseFormBounds(t *testing.T) {
	for name, c := range map[string]struct {
		form string
		ok   bool
	}{
		"as many pairs as may be":  {strings.Repeat("a=x&", maxPairs), true},
		"one more":                 {strings.Repeat("a=x&", maxPairs) + "a=x", false},
		"one more name":            {strings.Repeat("a[]=x&", maxPairs) + "b=x", false},
		"as deep as may be":        {"a" + strings.Repeat("[b]", maxDepth-1) + "=x", true},
		"one level more":           {"a" + strings.Repeat("[b]", maxDepth) + "=x", false},
		"very deep":                {"a" + strings.Repeat("[]", 20_000) + "=x", false},
		"very deep, never closed":  {"a" + strings.Repeat("[", 20_000) + "=x", true},
		"bad escape in a name":     {"a%zz=x", false},
		"bad escape in a value":    {"a=%", false},
		"escape that is cut off":   {"a=x%4", false},
		"bytes that are no UTF-8":  {"a=%ff", true},
		"NUL":                      {"a=%00", true},
		"a million empty pairs":    {strings.Repeat("&", 1_000_000), true},
		"every pair without name":  {strings.Repeat("=&", maxPairs), true},
		"more pairs without names": {strings.Repeat("=&", maxPairs+1), false},
	} {
		if _, err := parseForm(c.form); (err == nil) != c.ok {
			t.Errorf("%s: error = %v", name, err)
		}
	}
}

// FuzzParseForm: what is read has no more leaves than the form has pairs, is no deeper than allowed, and can be written.
func FuzzParseForm(f *testing.F) {
	for _, seed := range []string{
		`a=x&b[c][0]=y`, `a[]=1&a[]=2&a[5]=3&a=4`, `a[b=1&a[b]c=2&[d]=3`, `a%5B%5D=%ff`, `=&&=`, `a[b]=1&a=b&a[b][c]=2`,
		"a" + strings.Repeat("[b]", maxDepth-1) + "=x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, form string) {
		object, err := parseForm(form)
		if err != nil {
			return
		}
		toJSON(t, object)
		leaves, depth := measure(object)
		if pairs := strings.Count(form, "&") + 1; leaves > pairs || leaves > maxPairs || depth > maxDepth+2 {
			t.Errorf("%q gives %d leaves at depth %d", form, leaves, depth)
		}
	})
}

// measure counts the leaves of a value and its levels.
func measure(value any) (leaves, depth int) {
	var inner []any
	switch v := value.(type) {
	case *Object:
		for _, key := range v.Keys() {
			field, _ := v.Get(key)
			inner = append(inner, field)
		}
	case []any:
		inner = v
	case string, bool:
		return 1, 1
	default:
		panic(fmt.Sprintf("a form gives a %T", value))
	}
	for _, one := range inner {
		n, d := measure(one)
		leaves, depth = leaves+n, max(depth, d)
	}
	return leaves, depth + 1
}
