package caddymodule

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/gatewright/gatewright/internal/operator"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "gatewright",
		Short: "Manages the users, roles and routes of a gateway",
		Long: `
Manages the users, roles and routes of a gateway, while it runs or while it does not.

The commands read the server's configuration to find it: the Caddyfile in this
folder, or the one that --config names. They are carried out by the running
server, through its admin endpoint; if none answers, here, on the store itself,
which a server on the same store notices within a quarter of a second.

Try this:

  caddy gatewright routes                      what there is, and who may use it
  caddy gatewright role grant public api::article.article.find
  caddy gatewright user add ann --email ann@example.com
  caddy gatewright token ann                   a token, to try things`,
		CobraFunc: addCommands,
	})
}

// shell is what the commands share: the flags that say where the server is, and how to print.
type shell struct {
	client client
	json   bool
}

func addCommands(root *cobra.Command) {
	s := new(shell)
	flags := root.PersistentFlags()
	flags.StringVarP(&s.client.configFile, "config", "c", "", "Configuration of the server (default: the Caddyfile in this folder)")
	flags.StringVarP(&s.client.adapter, "adapter", "a", "", "Name of the config adapter, for a configuration that is no Caddyfile")
	flags.StringVar(&s.client.address, "address", "", "Address of the admin endpoint (default: as the configuration says)")
	flags.BoolVar(&s.client.offline, "offline", false, "Work on the store itself, not through a server")
	flags.BoolVar(&s.client.init, "init", false, "Make the store when it is not there and no server runs")
	flags.BoolVar(&s.json, "json", false, "Print the result as JSON")
	root.Args = cobra.NoArgs
	root.SilenceUsage = true
	root.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	root.AddCommand(s.userCommand(), s.roleCommand(), s.adminCommand(), s.routesCommand(), s.tokenCommand(),
		s.mailCommand(), s.auditCommand(), s.healthCommand(), s.providersCommand())
}

// group is a command that only has commands.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: name, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	g.AddCommand(commands...)
	return g
}

func (s *shell) userCommand() *cobra.Command {
	return group("user", "Adds, lists and blocks users", s.userAdd(), s.userList(), s.userBlock())
}

func (s *shell) userAdd() *cobra.Command {
	var args operator.AddUserArgs
	var fromStdin bool
	cmd := &cobra.Command{
		Use:   "add <username> --email <address> [--role <role>] [--password-stdin]",
		Short: "Adds a confirmed user",
		Long: `Adds a user who can sign in at once.

Without --password-stdin a password is made up and printed, once.`,
		Example: `  caddy gatewright user add ann --email ann@example.com
  echo "$PASSWORD" | caddy gatewright user add bob --email bob@example.com --role editor --password-stdin`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			args.Username = names[0]
			password, made, err := choosePassword(cmd, fromStdin)
			if err != nil {
				return err
			}
			args.Password = password
			var user operator.User
			if err := s.client.run(cmd.Context(), "user.add", args, &user); err != nil {
				return err
			}
			return s.print(cmd, user, func(p *printer) {
				p.line("added user %s <%s> with role %s (id %d)", user.Username, user.Email, user.Role, user.ID)
				p.madePassword(made, password)
			})
		},
	}
	cmd.Flags().StringVar(&args.Email, "email", "", "E-mail address (required)")
	cmd.Flags().StringVar(&args.Role, "role", "", "Type, name or id of the role (default: authenticated)")
	cmd.Flags().BoolVar(&fromStdin, "password-stdin", false, "Read the password from standard input")
	required(cmd, "email")
	return cmd
}

func (s *shell) userList() *cobra.Command {
	var args operator.ListUsersArgs
	cmd := &cobra.Command{
		Use:   "list [<part of a name or address>] [--limit <n>]",
		Short: "Lists users, the newest first",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			if len(names) == 1 {
				args.Search = names[0]
			}
			var list operator.UserList
			if err := s.client.run(cmd.Context(), "user.list", args, &list); err != nil {
				return err
			}
			return s.print(cmd, list, func(p *printer) { p.users(list) })
		},
	}
	cmd.Flags().IntVar(&args.Limit, "limit", 0, "How many to show (default 100)")
	return cmd
}

func (s *shell) userBlock() *cobra.Command {
	var args operator.BlockUserArgs
	cmd := &cobra.Command{
		Use:   "block <username or address> [--unblock]",
		Short: "Blocks a user, or lets one in again",
		Long:  "Blocks a user: signing in is refused, and so is every token given out before, from the next request on.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			args.User = names[0]
			var user operator.User
			if err := s.client.run(cmd.Context(), "user.block", args, &user); err != nil {
				return err
			}
			return s.print(cmd, user, func(p *printer) {
				if user.Blocked {
					p.line("blocked user %s <%s>; undo it with --unblock", user.Username, user.Email)
				} else {
					p.line("user %s <%s> is not blocked any more", user.Username, user.Email)
				}
			})
		},
	}
	cmd.Flags().BoolVar(&args.Unblock, "unblock", false, "Let the user in again")
	return cmd
}

func (s *shell) routesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "routes",
		Short: "Lists the routes, their actions, and the roles that may use them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var routes []operator.Route
			if err := s.client.run(cmd.Context(), "routes", operator.None{}, &routes); err != nil {
				return err
			}
			return s.print(cmd, routes, func(p *printer) { p.routes(routes) })
		},
	}
}

func (s *shell) tokenCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "token <username or address>",
		Short:   "Mints a token for a user, to try things",
		Long:    "Mints a token for a user. It is printed alone, so that it can be used in another command. Whoever has it is that user until it expires.",
		Example: `  curl -H "Authorization: Bearer $(caddy gatewright token ann)" http://127.0.0.1:8080/api/users/me`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			var token operator.Token
			if err := s.client.run(cmd.Context(), "token", operator.MintTokenArgs{User: names[0]}, &token); err != nil {
				return err
			}
			return s.print(cmd, token, func(p *printer) { p.line("%s", token.Token) })
		},
	}
}
