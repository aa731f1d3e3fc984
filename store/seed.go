package store

// Seed is a role that every new store has, and what it may do.
type Seed struct {
	Role    Role // Name, Description and Type only
	Actions []string
}

// Seeds returns what a new store holds, in the order of the role ids, which begin at 1. It is what Strapi seeds. A
// backend writes it once, when it makes the store; a seeded grant that was taken away stays away.
func Seeds() []Seed {
	const plugin = "plugin::users-permissions."
	return []Seed{
		{
			Role: Role{
				Name:        "Authenticated",
				Description: new("Default role given to authenticated user."),
				Type:        RoleAuthenticated,
			},
			Actions: []string{
				plugin + "auth.changePassword",
				plugin + "auth.getSessions",
				plugin + "auth.logout",
				plugin + "auth.revokeSession",
				plugin + "user.me",
			},
		},
		{
			Role: Role{
				Name:        "Public",
				Description: new("Default role given to unauthenticated user."),
				Type:        RolePublic,
			},
			Actions: []string{
				plugin + "auth.callback",
				plugin + "auth.connect",
				plugin + "auth.emailConfirmation",
				plugin + "auth.forgotPassword",
				plugin + "auth.refresh",
				plugin + "auth.register",
				plugin + "auth.resetPassword",
				plugin + "auth.sendEmailConfirmation",
			},
		},
	}
}
