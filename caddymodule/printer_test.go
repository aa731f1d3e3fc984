package caddymodule

import (
	"bytes"
	"testing"

	"github.com/spf13/cobra"
)

func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "",
		"Éditeur en Chef 日本語 <a@b>": "Éditeur en Chef 日本語 <a@b>",
		`a\b`:                       `a\b`,
		"it's \"quoted\"":           "it's \"quoted\"",
		"it's\n":                    `it's\n`,
		"\x1b[2J":                   `\x1b[2J`,
		"a\tb\r\nc":                 `a\tb\r\nc`,
		"\u009b31m":                 `\u009b31m`,
		"user\u202egnp.exe":         `user\u202egnp.exe`,
		"zero\u200bwidth\u2028line": `zero\u200bwidth\u2028line`,
		"\x00\x7f":                  `\x00\x7f`,
		"a\xffb\uFFFDc":             "a\\xffb\uFFFDc",
	} {
		if got := harmless(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

// Nothing in a cell or a line ends it or speaks to the terminal.
func TestPrinterShowsTextsHarmlessly(t *testing.T) {
	var out bytes.Buffer
	cmd := new(cobra.Command)
	cmd.SetOut(&out)
	err := new(shell).print(cmd, nil, func(p *printer) {
		p.row("ID", "DESCRIPTION")
		p.row("1", "a\tb\n\x1b[2J")
		p.line("added %s (%d)", "eve\x1b]0;x\x07", 7)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "ID  DESCRIPTION\n1   a\\tb\\n\\x1b[2J\nadded eve\\x1b]0;x\\a (7)\n"
	if out.String() != want {
		t.Errorf("printed\n%q, want\n%q", out.String(), want)
	}
}
