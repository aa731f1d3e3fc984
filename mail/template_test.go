package mail

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recorded is where the recorded conversations about templates are.
const recorded = "../tests/conformance/cases/settings"

// listed is a template as the HTTP API lists it.
type listed struct {
	Display string `json:"display"`
	Icon    string `json:"icon"`
	Options struct {
		From struct {
			Name  string `json:"name"`
			Email string `json:"email"`
		} `json:"from"`
		ResponseEmail string `json:"response_email"`
		Object        string `json:"object"`
		Message       string `json:"message"`
	} `json:"options"`
}

func (l listed) preset(name string) Preset {
	o := l.Options
	return Preset{Name: name, Display: l.Display, Icon: l.Icon, Template: Template{
		FromName: o.From.Name, FromEmail: o.From.Email, ResponseEmail: o.ResponseEmail, Object: o.Object, Message: o.Message,
	}}
}

// conversation is a recorded one.
type conversation struct {
	Steps []struct {
		Request struct {
			JSON struct {
				Templates map[string]listed `json:"email-templates"`
			} `json:"json"`
		} `json:"request"`
		Expect struct {
			Status int             `json:"status"`
			JSON   json.RawMessage `json:"json"`
		} `json:"expect"`
	} `json:"steps"`
}

func readConversation(t *testing.T, path string) conversation {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var c conversation
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPresetsAreTheRecordedOnes(t *testing.T) {
	var want map[string]listed
	steps := readConversation(t, filepath.Join(recorded, "templates-get.json")).Steps
	if err := json.Unmarshal(steps[0].Expect.JSON, &want); err != nil {
		t.Fatal(err)
	}
	presets := Presets()
	if len(presets) != len(want) {
		t.Errorf("got %d presets, want %d", len(presets), len(want))
	}
	for _, p := range presets {
		if diff := cmp.Diff(want[p.Name].preset(p.Name), p); diff != "" {
			t.Errorf("preset %s (-recorded +got):\n%s", p.Name, diff)
		}
		if err := Validate(p.Template); err != nil {
			t.Errorf("preset %s: %v", p.Name, err)
		}
	}
}

func TestRefusedTemplatesAreInvalid(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(recorded, "templates-invalid-*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no recorded conversations", err)
	}
	tried := 0
	for _, path := range paths {
		for _, step := range readConversation(t, path).Steps {
			for name, l := range step.Request.JSON.Templates {
				tried++
				if err := Validate(l.preset(name).Template); !errors.Is(err, ErrInvalidTemplate) {
					t.Errorf("%s: got error %v for %q, want ErrInvalidTemplate", path, err, l.Options.Message)
				}
			}
		}
	}
	if tried < 8 {
		t.Errorf("tried %d templates, want at least 8", tried)
	}
}

func TestValidate(t *testing.T) {
	for text, valid := range map[string]bool{
		"": true,
		"<%= URL %> <%= ADMIN_URL %> <%= SERVER_URL %> <%= CODE %> <%= USER %> <%= USER.email %> <%= USER.username %> <%= TOKEN %>": true,
		"<%=URL%>\n<%=\n\tURL\n%>":      true,
		"<<%= USER.email %>>":           true,
		"100 % > $5 {x} %> $ {y} ${":    true,
		"<%= url %>":                    false,
		"<%= USER.password %>":          false,
		"<%= USER. username %>":         false,
		"<%= URL; evil() %>":            false,
		"<%= URL":                       false,
		"<%":                            false,
		"<% %>":                         false,
		"<%%= URL %%>":                  false,
		"<%# URL %>":                    false,
		"<%- URL %>":                    false,
		"<%= %>":                        false,
		"<%= <%= URL %> %>":             false,
		"<%= constructor %>":            false,
		"<%= __proto__ %>":              false,
		"${URL}":                        false,
		"<%= URL %>${\n}":               false,
		"<%= URL %><%= URL %><%=URL %>": true,
	} {
		for field, template := range map[string]Template{"Message": {Message: text}, "Object": {Object: text}} {
			err := Validate(template)
			if valid && err != nil || !valid && !errors.Is(err, ErrInvalidTemplate) {
				t.Errorf("%s %q: got error %v, want valid %v", field, text, err, valid)
			}
			if _, rendering := Render(template, Variables{}); (rendering == nil) != valid {
				t.Errorf("%s %q: rendering got error %v, want valid %v", field, text, rendering, valid)
			}
		}
	}
}

var alice = Variables{
	URL: "https://front.test/r?a=1&b=2", ServerURL: "https://api.test", AdminURL: "https://api.test/admin",
	Code: "c0de", Username: "<i>alice</i>", Email: "alice@example.test",
}

func TestRender(t *testing.T) {
	for name, c := range map[string]struct {
		template Template
		vars     Variables
		want     Message
	}{
		"the recorded form": {
			Template{
				FromName: "Helpdesk", FromEmail: "desk@example.test", ResponseEmail: "help@example.test",
				Object:  "Hi <%= USER.username %>",
				Message: "<p>Hi <%= USER.username %></p>",
			},
			alice,
			Message{
				From: Address{"Helpdesk", "desk@example.test"}, ReplyTo: "help@example.test", Subject: "Hi <i>alice</i>",
				HTML: "<p>Hi &lt;i&gt;alice&lt;/i&gt;</p>", Text: "Hi <i>alice</i>",
			},
		},
		"every variable": {
			Template{Message: "<%= URL %> <%= ADMIN_URL %> <%= SERVER_URL %> <%= CODE %> <%= USER %> <%= USER.email %> " +
				"<%= USER.username %> <%=TOKEN%>"},
			alice,
			Message{
				HTML: "https://front.test/r?a=1&amp;b=2 https://api.test/admin https://api.test c0de &lt;i&gt;alice&lt;/i&gt; " +
					"alice@example.test &lt;i&gt;alice&lt;/i&gt; c0de",
				Text: "https://front.test/r?a=1&b=2 https://api.test/admin https://api.test c0de <i>alice</i> " +
					"alice@example.test <i>alice</i> c0de",
			},
		},
		"no code in a subject": {
			Template{Object: "<%= USER %>: <%= CODE %> <%= TOKEN %> <%= URL %>"},
			alice,
			Message{Subject: "<i>alice</i>: <%= CODE %> <%= TOKEN %> <%= URL %>"},
		},
		"a sender without an address": {Template{FromName: "Only Name"}, alice, Message{}},
		"control characters": {
			Template{Object: "To <%= USER %>\r\nBcc: x@y.test", Message: "<%= USER %>", FromName: "a\r\nb", FromEmail: "a@b.test"},
			Variables{Username: "a\r\nBcc: evil@x.test\x00\u2028\x85\x7f\tb\xff"},
			Message{
				From: Address{"ab", "a@b.test"}, Subject: "To aBcc: evil@x.testbBcc: x@y.test",
				HTML: "aBcc: evil@x.testb", Text: "aBcc: evil@x.testb",
			},
		},
		"a value is no template": {
			Template{Object: "<%= USER %>", Message: "<%= USER %> <%= URL %>"},
			Variables{Username: "<%= CODE %>${x}", URL: "<%= USER %>", Code: "c0de"},
			Message{
				Subject: "<%= CODE %>${x}", HTML: "&lt;%= CODE %&gt;${x} &lt;%= USER %&gt;", Text: "<%= CODE %>${x} <%= USER %>",
			},
		},
		"quotes": {
			Template{Message: `<a title="<%= USER %>" href='<%= URL %>'>x</a>`},
			Variables{Username: `" onclick="x`, URL: "' onclick='x"},
			Message{
				HTML: `<a title="&#34; onclick=&#34;x" href='&#39; onclick=&#39;x'>x</a>`, Text: "x (' onclick='x)",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Render(c.template, c.vars)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("unexpected mail (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRenderPreset(t *testing.T) {
	got, err := Render(Presets()[0].Template, alice)
	if err != nil {
		t.Fatal(err)
	}
	const want = "We heard that you lost your password. Sorry about that!\n\n" +
		"But don’t worry! You can use the following link to reset your password:\n\n" +
		"https://front.test/r?a=1&b=2?code=c0de\n\nThanks."
	if got.Text != want {
		t.Errorf("got text %q, want %q", got.Text, want)
	}
}

func TestRenderIsBounded(t *testing.T) {
	template := Template{Message: strings.Repeat("<%= USER %>", 10_000)}
	_, err := Render(template, Variables{Username: strings.Repeat("x", 10_000)})
	if !errors.Is(err, ErrInvalidTemplate) {
		t.Errorf("got error %v, want ErrInvalidTemplate", err)
	}
}

func FuzzRender(f *testing.F) {
	f.Add("<p><%= USER %> <%=URL%></p>", "<b>\r\n")
	f.Add("<%= <% URL %> %>", "${x}")
	f.Fuzz(func(t *testing.T, text, value string) {
		template := Template{Object: text, Message: text}
		m, err := Render(template, Variables{Username: value, URL: value, Code: value, Email: value})
		if err != nil {
			return
		}
		if oneLine(m.Subject) != m.Subject {
			t.Errorf("got subject %q", m.Subject)
		}
		if strings.Count(m.HTML, "<") > strings.Count(text, "<") {
			t.Errorf("value %q brought markup into %q", value, m.HTML)
		}
	})
}

func TestValidAddress(t *testing.T) {
	for address, want := range map[string]bool{
		"ann@example.test": true, "jürgen@example.test": true, "a.b+c@x.example.test": true,
		"": false, "ann": false, "@example.test": false, "ann@": false, "<ann@example.test>": false,
		"Ann <ann@example.test>": false, "ann@example.test, bob@example.test": false, "ann@example.test ": false,
		"ann@example.test\r\nBcc: bob@example.test": false, "ann@\x00example.test": false,
		strings.Repeat("x", 250) + "@example.test": false,
	} {
		if got := ValidAddress(address); got != want {
			t.Errorf("%q is valid: %t, want %t", address, got, want)
		}
	}
}
