package caddymodule

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatewright/gatewright/connect"
)

func (s *shell) providersCommand() *cobra.Command {
	cmd := s.providersList()
	cmd.AddCommand(s.providersShow())
	return cmd
}

// providerLine is a provider in a list.
type providerLine struct {
	Name  string   `json:"name"`
	OAuth int      `json:"oauth"`
	Trust string   `json:"email_trust"`
	Needs []string `json:"needs,omitempty"`
	Gaps  []string `json:"gaps,omitempty"`
}

func (s *shell) providersList() *cobra.Command {
	var gaps bool
	cmd := &cobra.Command{
		Use:   "providers [<part of a name>] [--gaps]",
		Short: "Lists the OAuth providers of the catalogue",
		Long: `Lists the OAuth providers of the catalogue: what each needs beside a client id and a
secret, and how far its e-mail addresses can be trusted. With --gaps, only those
whose data does not suffice to sign anybody in, and why.

The gateway does not offer them yet: every provider but e-mail is disabled.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, words []string) error {
			lines := []providerLine{}
			for _, d := range connect.Catalogue() {
				if len(words) == 1 && !strings.Contains(d.Name, strings.ToLower(words[0])) {
					continue
				}
				line := providerLine{
					Name: d.Name, OAuth: d.OAuth, Trust: string(d.EmailTrust), Needs: connect.Needs(d), Gaps: connect.Gaps(d),
				}
				if !gaps || len(line.Gaps) > 0 {
					lines = append(lines, line)
				}
			}
			return s.print(cmd, lines, func(p *printer) { p.providers(lines, gaps) })
		},
	}
	cmd.Flags().BoolVar(&gaps, "gaps", false, "Only those whose data does not suffice, and why")
	return cmd
}

func (s *shell) providersShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show <name>",
		Short:   "Shows what the catalogue knows about a provider",
		Example: "  caddy gatewright providers show github",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			d, ok := connect.Lookup(strings.ToLower(names[0]))
			if !ok {
				return fmt.Errorf("the catalogue has no provider %q; `caddy gatewright providers` lists them", names[0])
			}
			return s.print(cmd, d, func(p *printer) { p.provider(d) })
		},
	}
}

func (p *printer) providers(lines []providerLine, gaps bool) {
	if gaps {
		for _, l := range lines {
			p.row(l.Name, strings.Join(l.Gaps, "; "))
		}
		return
	}
	p.row("NAME", "OAUTH", "E-MAIL", "NEEDS")
	for _, l := range lines {
		p.row(l.Name, fmt.Sprint(l.OAuth), l.Trust, strings.Join(l.Needs, ", "))
	}
}

func (p *printer) provider(d connect.Description) {
	p.row("name", d.Name)
	p.row("called", d.DisplayName)
	p.row("OAuth", fmt.Sprint(d.OAuth))
	p.row("authorize", d.AuthorizeURL)
	p.row("token", d.AccessURL)
	if d.Profile != nil {
		p.row("profile", d.Profile.URL)
	}
	p.row("scopes", strings.Join(d.DefaultScopes, " "))
	p.row("e-mail", string(d.EmailTrust))
	p.row("needs", strings.Join(connect.Needs(d), ", "))
	for _, gap := range connect.Gaps(d) {
		p.row("gap", gap)
	}
	for _, quirk := range d.Quirks {
		p.row("quirk", quirk)
	}
}
