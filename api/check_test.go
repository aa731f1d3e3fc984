package api

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValidEmail(t *testing.T) {
	for _, good := range []string{
		"a@b.c", "alice@example.test", "ALICE@EXAMPLE.TEST", "a.b.c@example.test", "a+b@example.test", "a_b-c@example.test",
		"o'brien@example.test", "!#$%&'*+/=?^_`{|}~-@example.test", "1@2.com", "a@1.2.three", "a@xn--bcher-kva.example",
		"a@b-c.example", "émile@école.example", "用户@例子.公司", strings.Repeat("x", 64) + "@example.test",
	} {
		if !validEmail(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{
		"", "a", "@", "a@", "@b.c", "bob@localhost", "bob@x@example.test", " bob@example.test", "bob@example.test ",
		"bob @example.test", "b ob@example.test", "bob@example .test", ".bob@example.test", "bob.@example.test",
		"b..ob@example.test", "bob@.example.test", "bob@example..test", "bob@example.test.", "bob@-example.test",
		"bob@example-.test", "bob@exa_mple.test", "bob@example.1", "bob@[127.0.0.1]", "bob@127.0.0.1", `"b ob"@example.test`,
		`"bob"@example.test`, "bob(x)@example.test", "<bob@example.test>", "Bob <bob@example.test>", "a@b.c,d@e.f", "a@b.c;d@e.f",
		"bob@example.test\n", "bob@example.test\r\nBcc: x@example.test", "bob\r\n@example.test", "bob\x00@example.test",
		"bob@example.test\x00", "\tbob@example.test", "bob@exa\u0085mple.test", "bob\xff@example.test", "javascript:alert(1)",
		"not-an-address", "a@b@c.d", "a\\@b.c", "a:b@c.d",
	} {
		if validEmail(bad) {
			t.Errorf("%q is accepted", bad)
		}
	}
	// A long text is judged at once, whatever it is.
	for _, long := range []string{
		strings.Repeat("a.", 1<<19) + "@example.test", "a@" + strings.Repeat("a.", 1<<19), "a@" + strings.Repeat("a-", 1<<19) + ".c",
	} {
		validEmail(long)
	}
}

func objectOf(t testing.TB, document string) *Object {
	t.Helper()
	value, err := parseJSON([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	object, ok := value.(*Object)
	if !ok {
		t.Fatalf("%s is no object", document)
	}
	return object
}

func messagesOf(c *check) []string {
	var list []string
	for _, p := range c.found {
		list = append(list, strings.Join(p.path, ".")+": "+p.message)
	}
	return list
}

func TestCheckHelpers(t *testing.T) {
	const wrong = " type, but the final value was: "
	for _, c := range []struct {
		name, body string
		look       func(*check) any
		want       any
		found      []string
	}{
		{"required", `{"a":"x"}`, func(c *check) any { return c.required("a") }, "x", nil},
		{"required, empty", `{"a":""}`, func(c *check) any { return c.required("a") }, "", []string{"a: a is a required field"}},
		{"required, missing", `{}`, func(c *check) any { return c.required("a") }, "", []string{"a: a is a required field"}},
		{"required, null", `{"a":null}`, func(c *check) any { return c.required("a") }, "", []string{"a: a must be a `string`" + wrong + "`null`."}},
		{"required, number", `{"a":1}`, func(c *check) any { return c.required("a") }, "", []string{"a: a must be a `string`" + wrong + "`1`."}},
		{"password, number", `{"password":123456}`, func(c *check) any { return c.required("password") }, "", []string{"password: password must be a `string`" + wrong + "`********`."}},
		{"password, null", `{"password":null}`, func(c *check) any { return c.required("password") }, "", []string{"password: password must be a `string`" + wrong + "`null`."}},
		{"email", `{"e":"A@b.c"}`, func(c *check) any { return c.email("e") }, "A@b.c", nil},
		{"email, bad", `{"e":"x"}`, func(c *check) any { return c.email("e") }, "x", []string{"e: e must be a valid email"}},
		{"email, empty", `{"e":""}`, func(c *check) any { return c.email("e") }, "", []string{"e: e is a required field"}},
		{"nonEmpty, empty", `{"a":""}`, func(c *check) any { return c.nonEmpty("a") }, "", []string{"a: a must be at least 1 characters", "a: a is a required field"}},
		{"nonEmpty, missing", `{}`, func(c *check) any { return c.nonEmpty("a") }, "", []string{"a: a is a required field"}},
		{"optional, missing", `{}`, func(c *check) any { return c.optionalText("a") }, (*string)(nil), nil},
		{"optional, empty", `{"a":""}`, func(c *check) any { return c.optionalText("a") }, new(""), nil},
		{"optional, null", `{"a":null}`, func(c *check) any { return c.optionalText("a") }, (*string)(nil), []string{"a: a must be a `string`" + wrong + "`null`."}},
		{"nullable, null", `{"a":null}`, func(c *check) any { return c.nullableText("a") }, (*string)(nil), nil},
		{"nullable, list", `{"a":[]}`, func(c *check) any { return c.nullableText("a") }, (*string)(nil), []string{"a: a must be a `string`" + wrong + "`[]`."}},
		{"optional email, empty", `{"e":""}`, func(c *check) any { return c.optionalEmail("e") }, (*string)(nil), []string{"e: e must be at least 1 characters"}},
		{"optional email, bad", `{"e":"x"}`, func(c *check) any { return c.optionalEmail("e") }, (*string)(nil), []string{"e: e must be a valid email"}},
		{"bool, missing", `{}`, func(c *check) any { return c.optionalBool("b") }, (*bool)(nil), nil},
		{"bool, null", `{"b":null}`, func(c *check) any { return c.optionalBool("b") }, new(false), nil},
		{"bool, t", `{"b":"t"}`, func(c *check) any { return c.optionalBool("b") }, new(true), nil},
		{"bool, 1", `{"b":1}`, func(c *check) any { return c.optionalBool("b") }, new(true), nil},
		{"bool, 0", `{"b":"0"}`, func(c *check) any { return c.optionalBool("b") }, new(false), nil},
		{"bool, word", `{"b":"yes"}`, func(c *check) any { return c.optionalBool("b") }, (*bool)(nil), []string{"b: b must be a `boolean`" + wrong + "`\"yes\"`."}},
		{"bool, list", `{"b":[true]}`, func(c *check) any { return c.optionalBool("b") }, (*bool)(nil), []string{"b: b must be a `boolean`" + wrong + "`[\n  \"true\"\n]`."}},
		{"new password, null", `{"password":null}`, func(c *check) any { return c.newPassword() }, new(""), nil},
		{"new password, number", `{"password":1}`, func(c *check) any { return c.newPassword() }, (*string)(nil), []string{"password: Password must be at least 1 character"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			look := &check{body: objectOf(t, c.body)}
			if diff := cmp.Diff(c.want, c.look(look)); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.found, messagesOf(look)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// The roles and the messages are those of users/create-role-*.json and users/update-role-*.json.
func TestCheckRole(t *testing.T) {
	const object = "must be a `object` type, but the final value was: "
	for _, c := range []struct {
		role     string
		required bool
		id       int64
		document string
		found    []string
	}{
		{`7`, true, 7, "", nil},
		{`"7"`, true, 7, "", nil},
		{`"abc"`, true, 0, "abc", nil},
		{`1.5`, true, 0, "", nil},
		{`1e300`, true, 0, "", nil},
		{`-3`, true, 0, "", nil},
		{`{"connect":[{"id":7}]}`, true, 7, "", nil},
		{`{"connect":[{"id":"7"}]}`, true, 7, "", nil},
		{`{"connect":[{"id":"x"}]}`, true, 0, "", nil},
		{`{"connect":[{"documentId":"abc"}]}`, true, 0, "abc", nil},
		{`{"connect":[{"id":7},{"id":8}]}`, true, 8, "", nil},
		{`{}`, true, -1, "", []string{"role.connect: role.connect is a required field"}},
		{`{"disconnect":[{"id":1}]}`, true, -1, "", []string{"role.connect: role.connect is a required field"}},
		{`{"connect":[]}`, true, -1, "", []string{"role.connect: Users must have a role"}},
		{`{"connect":[{}]}`, true, -1, "", []string{"role.connect.0: Relation entry must include an id or documentId"}},
		{`{"connect":[{"id":""}]}`, true, -1, "", []string{"role.connect.0: Relation entry must include an id or documentId"}},
		{`{"connect":[7]}`, true, -1, "", []string{"role.connect.0: role.connect[0] " + object + "`7`."}},
		{`{"connect":7}`, true, -1, "", []string{"role.connect: role.connect must be a `array` type, but the final value was: `7`."}},
		{`[1]`, true, -1, "", []string{"role: role " + object + "`[\n  \"1\"\n]`."}},
		{`null`, true, -1, "", []string{"role: role " + object + "`null`."}},
		{`true`, true, -1, "", []string{"role: role must be a `strapiID` type, but the final value was: `true`."}},
		{`{}`, false, -1, "", nil},
		{`{"connect":[]}`, false, -1, "", nil},
		{`{"disconnect":[]}`, false, -1, "", nil},
		{`{"disconnect":[{"id":1}]}`, false, -1, "", []string{"role.disconnect: Cannot remove role"}},
		{`{"set":[]}`, false, -1, "", []string{"role.disconnect: Cannot remove role"}},
		{`{"connect":[` + strings.Repeat(`1,`, 10_000) + `1]}`, false, -1, "", []string{"role.connect: Users must have one role"}},
	} {
		t.Run(c.role[:min(len(c.role), 40)], func(t *testing.T) {
			look := &check{body: objectOf(t, `{"role":`+c.role+`}`)}
			ref := look.role(c.required)
			switch {
			case c.id < 0 && ref != nil:
				t.Errorf("role %+v", ref)
			case c.id >= 0 && (ref == nil || ref.ID != c.id || ref.DocumentID != c.document):
				t.Errorf("role %+v, want id %d or documentId %q", ref, c.id, c.document)
			}
			if diff := cmp.Diff(c.found, messagesOf(look)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
	look := &check{body: NewObject()}
	if ref := look.role(true); ref != nil || len(look.found) != 1 {
		t.Errorf("no role: %+v, %q", ref, messagesOf(look))
	}
}
