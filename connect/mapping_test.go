package connect

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
)

func TestMapping(t *testing.T) {
	cases := []struct {
		name string
		expr string
		doc  string
		want string // the text; T or F for a truth
	}{
		{"a path", `"a.b"`, `{"a":{"b":"x"}}`, "x"},
		{"a place in a list", `"a.0"`, `{"a":["x","y"]}`, "x"},
		{"a query", `"a.#(p==true).v"`, `{"a":[{"p":false,"v":"x"},{"p":true,"v":"y"}]}`, "y"},
		{"an escaped dot", `"https://slack\\.com/user_id"`, `{"https://slack.com/user_id":"U1"}`, "U1"},
		{"a colon", `"cognito:username"`, `{"cognito:username":"x"}`, "x"},
		{"a tilde", `"handle~.a"`, `{"handle~":{"a":"x"}}`, "x"},
		{"the chosen address", `"a.#(e==$email).v"`, `{"a":[{"e":"x@b.test","v":"n"},{"e":"ola@b.test","v":"y"}]}`, "y"},
		{"the token response", `"$token.x"`, `{"x":"no"}`, "from the token"},
		{"the claims", `"$id_token.x"`, `{"x":"no"}`, "from the claims"},
		{"a large number", `"id"`, `{"id":90071992547409931}`, "90071992547409931"},
		{"a truth is no text", `"id"`, `{"id":true}`, ""},
		{"null", `"id"`, `{"id":null}`, ""},
		{"an object is no text", `"id"`, `{"id":{"a":1}}`, ""},
		{"the first that is set", `["a","b","c"]`, `{"a":"","b":null,"c":"x"}`, "x"},
		{"joined", `{"join":["a","b","c"],"sep":" "}`, `{"a":"Ola","c":"Normann"}`, "Ola Normann"},
		{"a local part", `{"local_part":"e"}`, `{"e":"ola@b.test"}`, "ola"},
		{"present", `{"present":"a"}`, `{"a":"2020"}`, "T"},
		{"present and empty", `{"present":"a"}`, `{"a":""}`, "F"},
		{"present and null", `{"present":"a"}`, `{"a":null}`, "F"},
		{"all", `{"all":["a","b"]}`, `{"a":true,"b":1}`, "T"},
		{"not all", `{"all":["a","b"]}`, `{"a":true}`, "F"},
		{"any", `{"any":["a",{"not_equal":["t",100]}]}`, `{"a":0,"t":99}`, "T"},
		{"not any", `{"any":["a",{"not_equal":["t",100]}]}`, `{"a":0,"t":100}`, "F"},
		{"not equal to what is missing", `{"not_equal":["t",100]}`, `{}`, "F"},
		{"a list compared", `{"not_equal":["t",100]}`, `{"t":[100]}`, "T"},
		{"nothing", `null`, `{"id":1}`, ""},
	}
	for _, c := range cases {
		var e Expr
		if err := json.Unmarshal([]byte(c.expr), &e); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		s := sources{doc: []byte(c.doc), token: []byte(`{"x":"from the token"}`), claims: []byte(`{"x":"from the claims"}`), email: "ola@b.test"}
		got := s.text(e)
		if result := s.result(e); result.Type == gjson.True && c.want == "T" || result.Type == gjson.False && c.want == "F" {
			got = c.want
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTruth(t *testing.T) {
	for raw, want := range map[string]bool{
		`true`: true, `1`: true, `"1"`: true, `"true"`: true,
		`false`: false, `0`: false, `"false"`: false, `"0"`: false, `"yes"`: false, `"True"`: false, `2`: false, `1.0`: false, `null`: false,
		`[true]`: false, `{"a":true}`: false, `""`: false,
	} {
		if got := truth(gjson.Get(`{"a":`+raw+`}`, "a")); got != want {
			t.Errorf("%s: %v, want %v", raw, got, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for raw, want := range map[string]string{
		`"ola@b.test"`: "ola@b.test", `"o.la+tag@b.test"`: "o.la+tag@b.test",
		`"a@b.test,c@d.test"`: "", `["a@b.test","c@d.test"]`: "", `["a@b.test"]`: "", `"a@b.test c@d.test"`: "", `"Ola <a@b.test>"`: "",
		`"a@b@c.test"`: "", `"a"`: "", `"@b.test"`: "", `"a@"`: "", `""`: "", `1`: "", `{"e":"a@b.test"}`: "", `"a@b.test\u0000"`: "",
		`"\"a\"@b.test"`: "", `"a@b.test\n"`: "", `"a(x)@b.test"`: "", `"` + "\u212a" + `@b.test"`: "", `"a@[127.0.0.1]"`: "", `null`: "",
		`"` + strings.Repeat("a", 250) + `@b.test"`: "",
	} {
		if got := address(gjson.Get(`{"a":`+raw+`}`, "a")); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func TestVerifiedAddresses(t *testing.T) {
	const doc = `{"sub":"1","email":"Ola@b.test","v":true}`
	cases := []struct {
		name   string
		trust  EmailTrust
		change func(*Config)
		doc    string
		want   bool
	}{
		{"a claim", TrustVerifiedClaim, nil, doc, true},
		{"a claim that is missing", TrustVerifiedClaim, nil, `{"sub":"1","email":"ola@b.test"}`, false},
		{"a claim without an address", TrustVerifiedClaim, nil, `{"sub":"1","v":true}`, false},
		{"a claim with several addresses", TrustVerifiedClaim, nil, `{"sub":"1","v":true,"email":["a@b.test","c@b.test"]}`, false},
		{"always", TrustAlwaysVerified, nil, `{"sub":"1","email":"ola@b.test"}`, true},
		{"never", TrustUnverified, nil, doc, false},
		{"nobody knows", TrustUnknown, nil, doc, false},
		{"the operator says so", TrustUnknown, func(c *Config) { c.VerifiedAlways = true }, doc, true},
	}
	for _, c := range cases {
		config := Config{ClientID: "id", ClientSecret: "secret", RedirectURI: "https://gateway.test/", Description: Description{
			Name: "acme", OAuth: 2, AuthorizeURL: "https://idp.test/a", AccessURL: "https://idp.test/t", EmailTrust: c.trust,
			Profile: &ProfileCall{URL: "https://idp.test/me"},
			Map:     &Mapping{ID: Path("sub"), Email: Path("email"), EmailVerified: Path("v")},
		}}
		if c.change != nil {
			c.change(&config)
		}
		p := mustNew(t, config, Options{})
		profile, err := p.read(sources{doc: []byte(c.doc)})
		if err != nil || profile.EmailVerified != c.want {
			t.Errorf("%s: %+v, %v", c.name, profile, err)
		}
	}
}

func TestSubjectByAddress(t *testing.T) {
	it := newIDP(t)
	config := it.config()
	config.VerifiedAlways, config.SubjectEmail = true, true
	p := mustNew(t, config, Options{AllowPrivate: true})
	for doc, want := range map[string]string{
		`{"email":"Ola@B.test"}`: "ola@b.test", `{"sub":"7","email":"ola@b.test"}`: "7", `{"username":"ola"}`: "",
	} {
		if profile, err := p.read(sources{doc: []byte(doc)}); err != nil || profile.Subject != want {
			t.Errorf("%s: %+v, %v", doc, profile, err)
		}
	}
}

func TestRequire(t *testing.T) {
	cases := []struct {
		doc    string
		wanted any
		want   bool
	}{
		{`{"a":true}`, true, true},
		{`{"a":"true"}`, true, true},
		{`{"a":false}`, true, false},
		{`{}`, true, false},
		{`{}`, false, false},
		{`{"a":"active"}`, "active", true},
		{`{"a":"blocked"}`, "active", false},
		{`{"a":1}`, 1.0, true},
		{`{"a":"1"}`, "x", false},
		{`{"a":2}`, 1.0, false},
	}
	for _, c := range cases {
		if got := meets(gjson.Get(c.doc, "a"), c.wanted); got != c.want {
			t.Errorf("%s, %v: %v", c.doc, c.wanted, got)
		}
	}
}

func TestDecode(t *testing.T) {
	cases := []struct{ name, format, body, want string }{
		{"json", "", ` {"a":1} `, `{"a":1}`},
		{"a list", "", `[1]`, `[1]`},
		{"jsonp", "", `callback( {"a":1} );`, `{"a":1}`},
		{"jsonp with a guard", "jsonp", `/**/ jQuery.x_1({"a":1})`, `{"a":1}`},
		{"jsonp that is json", "jsonp", `{"a":1}`, `{"a":1}`},
		{"form", "", `a=1&b=%20x`, `{"a":"1","b":" x"}`},
		{"xml", "", `<?xml version="1.0"?><r><user id="7"><name>Ola</name></user></r>`, `{"user":{"id":"7","name":"Ola"}}`},
		{"xml lists", "xml", `<r><a>1</a><a>2</a><b x="y">t</b></r>`, `{"a":["1","2"],"b":{"text":"t","x":"y"}}`},
		{"xml entities", "xml", `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><a>&x;</a></r>`, ""},
		{"xml nested", "xml", strings.Repeat("<a>", 1000), ""},
		{"neither", "", `hello`, ""},
		{"empty", "", ``, ""},
		{"unknown", "yaml", `{}`, ""},
	}
	for _, c := range cases {
		got, err := decode(c.format, answer{body: []byte(c.body)})
		if (err != nil) != (c.want == "") {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// Whatever a provider says, every mapping of the catalogue ends in a profile that keeps its promises.
func FuzzProfile(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"email":"a@b.test","email_verified":"true"}`, `[]`, `{"_emails":[{"primary":true,"email":"a@b.test","verified":1}]}`,
		`{"sub":{"a":[]}}`, `"x"`, `<a b="c"><d/></a>`, `a=b`, `x({"id":1})`, `{"id":"\u0000"}`, `{"data":{"0":{"id":1e400}}}`,
	} {
		f.Add(seed)
	}
	var providers []*Provider
	for _, d := range Catalogue() {
		if d.Map != nil {
			providers = append(providers, &Provider{d: d, config: Config{ClientSecret: "secret"}})
		}
	}
	f.Fuzz(func(t *testing.T, body string) {
		doc, err := decode("", answer{body: []byte(body)})
		if err != nil {
			return
		}
		for _, p := range providers {
			if refused := p.providerError(stepProfile, 200, doc); refused != nil && len([]rune(refused.Code)) > maxCode {
				t.Fatalf("%s: %v", p.d.Name, refused)
			}
			profile, err := p.read(sources{doc: doc, token: doc, claims: doc})
			if err != nil {
				continue
			}
			if profile.EmailVerified && profile.Email == "" || len(profile.Subject) > maxSubject ||
				strings.ContainsAny(profile.Subject+profile.Username+profile.Email, "\x00\r\n") ||
				profile.Email != "" && strings.Count(profile.Email, "@") != 1 || !json.Valid(profile.Raw) {
				t.Fatalf("%s: %+v", p.d.Name, profile)
			}
		}
	})
}
