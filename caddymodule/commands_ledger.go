package caddymodule

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"

	"github.com/gatewright/gatewright/internal/operator"
)

func (s *shell) mailCommand() *cobra.Command {
	return group("mail", "Lists mails that are not delivered, and sends them again", s.mailList(), s.mailResend())
}

func (s *shell) mailList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Lists mails that are not delivered",
		Long:  "Lists mails that are not delivered: those given up (dead), and those still tried (queued).",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var mails []operator.Mail
			if err := s.client.run(cmd.Context(), "mail.list", operator.None{}, &mails); err != nil {
				return err
			}
			return s.print(cmd, mails, func(p *printer) { p.mails(mails) })
		},
	}
}

func (s *shell) mailResend() *cobra.Command {
	var args operator.ResendArgs
	cmd := &cobra.Command{
		Use:   "resend <id...> | --all",
		Short: "Sends mails again that were given up",
		Long:  "Sends mails again that were given up. Each carries a new code; the old ones are void.",
		RunE: func(cmd *cobra.Command, words []string) error {
			for _, word := range words {
				id, err := strconv.ParseInt(word, 10, 64)
				if err != nil {
					return fmt.Errorf("%q is no id of a mail; `caddy gatewright mail list` shows them", word)
				}
				args.IDs = append(args.IDs, id)
			}
			var resent operator.Resent
			if err := s.client.run(cmd.Context(), "mail.resend", args, &resent); err != nil {
				return err
			}
			return s.print(cmd, resent, func(p *printer) { p.line("%d mails are on their way again", resent.Mails) })
		},
	}
	cmd.Flags().BoolVar(&args.All, "all", false, "Send all of them again")
	return cmd
}

func (s *shell) auditCommand() *cobra.Command {
	var args operator.AuditArgs
	var since string
	cmd := &cobra.Command{
		Use:   "audit [--name <event>] [--subject <subject>] [--since <duration>] [--limit <n>]",
		Short: "Shows what happened: sign-ins, failures, changes",
		Long: `Shows what happened, the newest first: sign-ins, failures, and every change of a
user, a role, a grant or a setting. Who, what, from where, with what outcome.`,
		Example: `  caddy gatewright audit --since 24h --name login_failed
  caddy gatewright audit --subject "user 5"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if since != "" {
				ago, err := caddy.ParseDuration(since)
				if err != nil || ago <= 0 {
					return fmt.Errorf("--since %q is no duration such as 24h or 7d", since)
				}
				args.Since = time.Now().Add(-ago)
			}
			var events []operator.Event
			if err := s.client.run(cmd.Context(), "audit", args, &events); err != nil {
				return err
			}
			return s.print(cmd, events, func(p *printer) { p.events(events) })
		},
	}
	cmd.Flags().StringVar(&args.Name, "name", "", "Only events of this name, such as login_failed")
	cmd.Flags().StringVar(&args.Subject, "subject", "", `Only events about this, such as "user 5" or "role 3"`)
	cmd.Flags().StringVar(&since, "since", "", "Only events of the last duration, such as 24h or 7d")
	cmd.Flags().Int64Var(&args.Before, "before", 0, "Only events with smaller ids: the next page")
	cmd.Flags().IntVar(&args.Limit, "limit", 0, "How many to show (default 100)")
	return cmd
}

func (s *shell) healthCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "health",
		Short: "Says what an operator should look at",
		Long: `Says what an operator should look at: settings that do not go together, mails that
were given up, grants that nothing asks for. The exit status is 1 when there is
something.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var health operator.Health
			if err := s.client.run(cmd.Context(), "health", operator.None{}, &health); err != nil {
				return err
			}
			if err := s.print(cmd, health, func(p *printer) { p.health(health) }); err != nil {
				return err
			}
			if len(health.Problems) > 0 {
				cmd.SilenceErrors = true
				return errors.New("there are problems")
			}
			return nil
		},
	}
}

func (p *printer) health(h operator.Health) {
	if len(h.Problems) == 0 {
		p.line("all is well")
	}
	for _, problem := range h.Problems {
		p.line("- %s", problem)
	}
}

func (p *printer) mails(mails []operator.Mail) {
	if len(mails) == 0 {
		p.line("every mail is delivered")
		return
	}
	p.row("ID", "STATE", "TO", "PURPOSE", "ATTEMPTS", "SINCE", "LAST ERROR")
	for _, m := range mails {
		p.row(fmt.Sprint(m.ID), m.State, m.Recipient, m.Purpose, fmt.Sprint(m.Attempts),
			m.CreatedAt.Format(time.RFC3339), m.LastError)
	}
}

func (p *printer) events(events []operator.Event) {
	p.row("ID", "TIME", "EVENT", "OUTCOME", "BY", "ABOUT", "FROM")
	for _, e := range events {
		actor := e.Actor
		if e.ActorID != 0 {
			actor = fmt.Sprintf("%s %d", e.Actor, e.ActorID)
		}
		p.row(fmt.Sprint(e.ID), e.Time.Format(time.RFC3339), e.Name, e.Outcome, actor, e.Subject, e.Address)
	}
}
