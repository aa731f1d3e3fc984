package caddymodule

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/gatewright/gatewright/internal/operator"
)

// printer writes results for people, as tables.
type printer struct{ w *tabwriter.Writer }

// print writes a result as JSON if that was asked for, else the way human says.
func (s *shell) print(cmd *cobra.Command, result any, human func(*printer)) error {
	out := cmd.OutOrStdout()
	if s.json {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(result)
	}
	p := &printer{w: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	human(p)
	return p.w.Flush()
}

// line writes a line. Texts among args are shown by harmless.
func (p *printer) line(format string, args ...any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = harmless(text)
		}
	}
	_, _ = fmt.Fprintf(p.w, format+"\n", args...)
}

// row writes cells, each by harmless.
func (p *printer) row(cells ...string) {
	shown := make([]string, len(cells))
	for i, cell := range cells {
		shown[i] = harmless(cell)
	}
	_, _ = fmt.Fprintln(p.w, strings.Join(shown, "\t"))
}

// harmless is text with everything escaped that is not printed as a character of its own: what strangers chose must not
// move the cursor, colour the terminal, or turn the direction of writing.
func harmless(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		text = text[size:]
	}
	return b.String()
}

func (p *printer) users(list operator.UserList) {
	p.row("ID", "USERNAME", "E-MAIL", "ROLE", "STATE", "SINCE")
	for _, u := range list.Users {
		state := "ok"
		switch {
		case u.Blocked:
			state = "blocked"
		case !u.Confirmed:
			state = "unconfirmed"
		}
		p.row(fmt.Sprint(u.ID), u.Username, u.Email, u.Role, state, u.CreatedAt.Format("2006-01-02"))
	}
	if shown := int64(len(list.Users)); shown < list.Total {
		p.line("%d of %d; see more with --limit, or search", shown, list.Total)
	}
}

func (p *printer) roles(roles []operator.Role) {
	p.row("ID", "TYPE", "NAME", "USERS", "ACTIONS", "DESCRIPTION")
	for _, r := range roles {
		p.row(fmt.Sprint(r.ID), r.Type, r.Name, fmt.Sprint(r.Users), fmt.Sprint(len(r.Actions)), r.Description)
	}
}

func (p *printer) role(r operator.Role) {
	p.line("%s (%s, id %d, %d users)", r.Type, r.Name, r.ID, r.Users)
	if len(r.Actions) == 0 {
		p.line("  may do nothing")
	}
	for _, action := range r.Actions {
		p.line("  %s", action)
	}
}

func (p *printer) routes(routes []operator.Route) {
	p.row("METHOD", "PATH", "ACTION", "WHO MAY", "SOURCE")
	for _, r := range routes {
		action, who := r.Action, strings.Join(r.Roles, ", ")
		if action == "" {
			action = r.Access
		}
		if who == "" {
			who = "-"
		}
		p.row(r.Method, r.Path, action, who, r.Source)
	}
}

func (p *printer) admins(admins []operator.Admin) {
	if len(admins) == 0 {
		p.line("there is no operator yet; add one with `caddy gatewright admin add <address>`")
		return
	}
	p.row("ID", "E-MAIL", "STATE")
	for _, a := range admins {
		state := "ok"
		if a.Blocked {
			state = "blocked"
		}
		p.row(fmt.Sprint(a.ID), a.Email, state)
	}
}

func (p *printer) madePassword(made bool, password string) {
	if made {
		p.line("password: %s", password)
		p.line("It is kept nowhere in clear and shown this once.")
	}
}

// choosePassword reads a password or makes one up.
func choosePassword(cmd *cobra.Command, fromStdin bool) (password string, made bool, err error) {
	if !fromStdin {
		return rand.Text(), true, nil
	}
	line, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 1024)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, fmt.Errorf("reading the password: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", false, errors.New("there is no password on standard input")
	}
	return line, false, nil
}

func required(cmd *cobra.Command, flag string) {
	if err := cmd.MarkFlagRequired(flag); err != nil {
		panic(err) // the flag is not defined
	}
}
