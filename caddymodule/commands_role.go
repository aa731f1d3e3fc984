package caddymodule

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatewright/gatewright/internal/operator"
)

func (s *shell) roleCommand() *cobra.Command {
	return group("role", "Lists roles and changes what they may do",
		s.roleList(), s.roleShow(), s.roleGrant(), s.roleRevoke())
}

func (s *shell) roleList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Lists roles",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var roles []operator.Role
			if err := s.client.run(cmd.Context(), "role.list", operator.None{}, &roles); err != nil {
				return err
			}
			return s.print(cmd, roles, func(p *printer) { p.roles(roles) })
		},
	}
}

func (s *shell) roleShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show <role>",
		Short: "Shows what a role may do",
		Long:  "Shows what a role may do. A role is named by its type (public), its name or its id.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			var role operator.Role
			if err := s.client.run(cmd.Context(), "role.show", operator.RoleArgs{Role: names[0]}, &role); err != nil {
				return err
			}
			return s.print(cmd, role, func(p *printer) { p.role(role) })
		},
	}
}

func (s *shell) roleGrant() *cobra.Command {
	var args operator.GrantArgs
	cmd := &cobra.Command{
		Use:     "grant <role> <action...> [--anyway]",
		Short:   "Allows a role actions",
		Long:    "Allows a role actions, from the next request on. See `caddy gatewright routes` for the actions there are.",
		Example: "  caddy gatewright role grant public api::article.article.find api::article.article.findOne",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, words []string) error {
			args.Role, args.Actions = words[0], words[1:]
			var role operator.Role
			if err := s.client.run(cmd.Context(), "role.grant", args, &role); err != nil {
				return err
			}
			return s.print(cmd, role, func(p *printer) {
				p.line("%s may do %s now; undo it with `caddy gatewright role revoke`", role.Type, strings.Join(args.Actions, ", "))
			})
		},
	}
	cmd.Flags().BoolVar(&args.Anyway, "anyway", false, "Grant actions that no route asks for")
	return cmd
}

func (s *shell) roleRevoke() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke <role> <action...>",
		Short:   "Takes actions from a role",
		Long:    "Takes actions from a role, from the next request on.",
		Example: "  caddy gatewright role revoke public api::article.article.find",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, words []string) error {
			args := operator.GrantArgs{Role: words[0], Actions: words[1:]}
			var role operator.Role
			if err := s.client.run(cmd.Context(), "role.revoke", args, &role); err != nil {
				return err
			}
			return s.print(cmd, role, func(p *printer) {
				p.line("%s may not do %s any more", role.Type, strings.Join(args.Actions, ", "))
			})
		},
	}
}
