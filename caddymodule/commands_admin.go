package caddymodule

import (
	"github.com/spf13/cobra"

	"github.com/gatewright/gatewright/internal/operator"
)

func (s *shell) adminCommand() *cobra.Command {
	return group("admin", "Adds, lists, blocks and removes operators, who use the admin API",
		s.adminAdd(), s.adminList(), s.adminBlock(), s.adminPassword(), s.adminRemove())
}

func (s *shell) adminAdd() *cobra.Command {
	return s.withAdminPassword("admin.add", "added operator", &cobra.Command{
		Use:   "add <address> [--password-stdin]",
		Short: "Adds an operator",
		Long: `Adds an operator, who can sign in at /admin/login where gatewright_admin is configured.

Without --password-stdin a password is made up and printed, once.`,
	})
}

// withAdminPassword completes cmd, which runs the given command with an operator's address and a password, and then says
// what was done to whom.
func (s *shell) withAdminPassword(command, done string, cmd *cobra.Command) *cobra.Command {
	var fromStdin bool
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, names []string) error {
		password, made, err := choosePassword(cmd, fromStdin)
		if err != nil {
			return err
		}
		var admin operator.Admin
		args := operator.AdminArgs{Email: names[0], Password: password}
		if err := s.client.run(cmd.Context(), command, args, &admin); err != nil {
			return err
		}
		return s.print(cmd, admin, func(p *printer) {
			p.line("%s %s (id %d)", done, admin.Email, admin.ID)
			p.madePassword(made, password)
		})
	}
	cmd.Flags().BoolVar(&fromStdin, "password-stdin", false, "Read the password from standard input")
	return cmd
}

func (s *shell) adminList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Lists operators",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var admins []operator.Admin
			if err := s.client.run(cmd.Context(), "admin.list", operator.None{}, &admins); err != nil {
				return err
			}
			return s.print(cmd, admins, func(p *printer) { p.admins(admins) })
		},
	}
}

func (s *shell) adminBlock() *cobra.Command {
	var args operator.BlockAdminArgs
	cmd := &cobra.Command{
		Use:   "block <address> [--unblock] [--anyway]",
		Short: "Blocks an operator, or lets one in again",
		Long: `Blocks an operator: signing in is refused, and every session is over. The last
operator who can sign in is blocked only with --anyway.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			args.Email = names[0]
			var admin operator.Admin
			if err := s.client.run(cmd.Context(), "admin.block", args, &admin); err != nil {
				return err
			}
			return s.print(cmd, admin, func(p *printer) {
				if admin.Blocked {
					p.line("blocked operator %s; undo it with --unblock", admin.Email)
				} else {
					p.line("operator %s is not blocked any more", admin.Email)
				}
			})
		},
	}
	cmd.Flags().BoolVar(&args.Unblock, "unblock", false, "Let the operator in again")
	cmd.Flags().BoolVar(&args.Anyway, "anyway", false, "Block the last operator who can sign in, too")
	return cmd
}

func (s *shell) adminPassword() *cobra.Command {
	return s.withAdminPassword("admin.password", "new password for operator", &cobra.Command{
		Use:   "password <address> [--password-stdin]",
		Short: "Gives an operator a new password",
		Long: `Gives an operator a new password. Every session of the operator is over.

Without --password-stdin a password is made up and printed, once.`,
	})
}

func (s *shell) adminRemove() *cobra.Command {
	var args operator.RemoveAdminArgs
	cmd := &cobra.Command{
		Use:   "remove <address> [--anyway]",
		Short: "Removes an operator",
		Long: `Removes an operator's account for good. Every session of the operator is over. The
last operator who can sign in is removed only with --anyway.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			args.Email = names[0]
			var admin operator.Admin
			if err := s.client.run(cmd.Context(), "admin.remove", args, &admin); err != nil {
				return err
			}
			return s.print(cmd, admin, func(p *printer) { p.line("removed operator %s (id %d)", admin.Email, admin.ID) })
		},
	}
	cmd.Flags().BoolVar(&args.Anyway, "anyway", false, "Remove the last operator who can sign in, too")
	return cmd
}
