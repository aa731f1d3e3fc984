package mail

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlainText(t *testing.T) {
	for name, c := range map[string]struct{ fragment, want string }{
		"empty":      {"", ""},
		"plain":      {"Hello", "Hello"},
		"paragraphs": {"<p>One</p>\n\n<p>Two\n  lines</p><p>Three</p>", "One\n\nTwo lines\n\nThree"},
		"breaks":     {"a<br>b<br/>c<br><br><br>d", "a\nb\nc\n\nd"},
		"entities":   {"<p>Tom &amp; &lt;Jerry&gt; don&#39;t&nbsp;stop</p>", "Tom & <Jerry> don't stop"},
		"inline":     {"a <b>b</b><i>c</i> , <em> d </em>e", "a bc , d e"},
		"link":       {`<a href="https://a.test/?x=1&amp;y=2">Reset it</a>.`, "Reset it (https://a.test/?x=1&y=2)."},
		"link alone": {`<a href="https://a.test/">https://a.test/</a>`, "https://a.test/"},
		"link image": {`<a href="https://a.test/"><img src="x" alt="Our logo"></a>`, "Our logo (https://a.test/)"},
		"bare link":  {`<a href="https://a.test/"></a> x`, "https://a.test/ x"},
		"anchor":     {`<a href="#top">Top</a><a name="x">y</a>`, "Topy"},
		"mailto":     {`<a href="mailto:a@b.test">a@b.test</a>`, "a@b.test"},
		"link in a paragraph": {
			`<p>One</p><p><a href="https://a.test/">Two</a></p><p>Three</p>`, "One\n\nTwo (https://a.test/)\n\nThree",
		},
		"list":     {"<p>x</p><ul><li>a</li>\n<li>b</li></ul>y", "x\n\n- a\n- b\n\ny"},
		"table":    {"<table><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		"hidden":   {"<head><title>t</title><style>p{}</style></head><script>alert(1)</script><p>x</p>", "x"},
		"comment":  {"a<!-- b -->c<!DOCTYPE html>", "ac"},
		"pre":      {"a<pre>x\n  y</pre>b", "a\n\nx\n  y\n\nb"},
		"address":  {"Dear bob <bob@a.test>: <https://b.test/>", "Dear bob <bob@a.test>: <https://b.test/>"},
		"unclosed": {"<p>a<b>b<a href='https://a.test/'>c", "abc"},
		"no tag":   {"1 < 2 > 0 </ x", "1 < 2 > 0"},
		"divs":     {"<div><div>a</div></div><div>b</div>", "a\nb"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := PlainText(c.fragment); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzPlainText(f *testing.F) {
	f.Add("<p>One <a href='x'>two</a></p><ul><li>a</ul></head></pre></script>")
	f.Add("<script><title></script><pre>\n\n\n")
	f.Fuzz(func(t *testing.T, fragment string) {
		text := PlainText(fragment)
		if utf8.ValidString(fragment) && !utf8.ValidString(text) {
			t.Errorf("got text that is not UTF-8: %q", text)
		}
		if strings.TrimSpace(text) != text {
			t.Errorf("got %q, want no space around it", text)
		}
	})
}
