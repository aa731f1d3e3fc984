package policy

// PluginUID is the name that the actions of the Users & Permissions plugin begin with.
const PluginUID = "plugin::users-permissions"

// PluginRoute is an endpoint of the Users & Permissions plugin of Strapi 5.54.
type PluginRoute struct {
	Method      string
	Path        string // a pattern without the API prefix, as Route has it: "/auth/{provider}/callback"
	Handler     string // "auth.callback"
	Action      string // "plugin::users-permissions.auth.callback"
	RateLimited bool
	EmptyPrefix bool // the listing of routes has an empty "prefix" for it
}

// PluginRoutes returns the plugin's whole route table in its own order. The slice is the caller's.
func PluginRoutes() []PluginRoute {
	const (
		limited, unlimited  = true, false
		emptyPrefix, prefix = true, false
	)
	routes := []PluginRoute{
		{"GET", "/connect/*", "auth.connect", "", limited, emptyPrefix},
		{"POST", "/auth/local", "auth.callback", "", limited, emptyPrefix},
		{"POST", "/auth/local/register", "auth.register", "", limited, emptyPrefix},
		{"GET", "/auth/{provider}/callback", "auth.callback", "", unlimited, emptyPrefix},
		{"POST", "/auth/forgot-password", "auth.forgotPassword", "", limited, emptyPrefix},
		{"POST", "/auth/reset-password", "auth.resetPassword", "", limited, emptyPrefix},
		{"GET", "/auth/email-confirmation", "auth.emailConfirmation", "", unlimited, emptyPrefix},
		{"POST", "/auth/send-email-confirmation", "auth.sendEmailConfirmation", "", limited, emptyPrefix},
		{"POST", "/auth/change-password", "auth.changePassword", "", limited, emptyPrefix},
		{"POST", "/auth/refresh", "auth.refresh", "", unlimited, emptyPrefix},
		{"POST", "/auth/logout", "auth.logout", "", unlimited, emptyPrefix},
		{"GET", "/auth/sessions", "auth.getSessions", "", unlimited, emptyPrefix},
		{"DELETE", "/auth/sessions/{sessionId}", "auth.revokeSession", "", unlimited, emptyPrefix},
		{"GET", "/users/count", "user.count", "", unlimited, emptyPrefix},
		{"GET", "/users", "user.find", "", unlimited, emptyPrefix},
		{"GET", "/users/me", "user.me", "", unlimited, emptyPrefix},
		{"GET", "/users/{id}", "user.findOne", "", unlimited, emptyPrefix},
		{"POST", "/users", "user.create", "", unlimited, emptyPrefix},
		{"PUT", "/users/{id}", "user.update", "", unlimited, emptyPrefix},
		{"DELETE", "/users/{id}", "user.destroy", "", unlimited, emptyPrefix},
		{"GET", "/users-permissions/roles/{id}", "role.findOne", "", unlimited, prefix},
		{"GET", "/users-permissions/roles", "role.find", "", unlimited, prefix},
		{"POST", "/users-permissions/roles", "role.createRole", "", unlimited, prefix},
		{"PUT", "/users-permissions/roles/{role}", "role.updateRole", "", unlimited, prefix},
		{"DELETE", "/users-permissions/roles/{role}", "role.deleteRole", "", unlimited, prefix},
		{"GET", "/users-permissions/permissions", "permissions.getPermissions", "", unlimited, prefix},
	}
	for i := range routes {
		routes[i].Action = PluginUID + "." + routes[i].Handler
	}
	return routes
}

// PluginActions returns the plugin's actions in the order its permission tree lists them. The slice is the caller's.
func PluginActions() []string {
	actions := []string{
		"auth.callback", "auth.changePassword", "auth.resetPassword", "auth.refresh", "auth.logout", "auth.getSessions",
		"auth.revokeSession", "auth.connect", "auth.forgotPassword", "auth.register", "auth.emailConfirmation",
		"auth.sendEmailConfirmation",
		"user.create", "user.update", "user.find", "user.findOne", "user.count", "user.destroy", "user.me",
		"role.createRole", "role.findOne", "role.find", "role.updateRole", "role.deleteRole",
		"permissions.getPermissions",
	}
	for i, action := range actions {
		actions[i] = PluginUID + "." + action
	}
	return actions
}
