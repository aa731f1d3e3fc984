package accounts

import (
	"context"
	"maps"
	"slices"
)

// Provider is the stored part of a way to sign in.
type Provider struct {
	Icon    string `json:"icon"`
	Enabled bool   `json:"enabled"`
	// Key and Secret are what the provider gave out to know the site by: client id and client secret, in OAuth 2.0.
	Key    string `json:"key,omitempty"`
	Secret string `json:"secret,omitempty"`
	// Callback is where the browser goes when the provider is done; empty stands for the callback of the content API.
	Callback string `json:"callback,omitempty"`
	// Subdomain is the part of the provider's addresses that is the customer's own: a tenant, or host and path.
	Subdomain string   `json:"subdomain,omitempty"`
	Scope     []string `json:"scope,omitempty"`
}

// LocalProvider is the name, among Providers, of signing in with e-mail address and password.
const LocalProvider = "email"

// Providers is the ways to sign in by name.
type Providers map[string]Provider

// defaultProviders returns what a site has from the start: signing in locally, and the 16 providers of Strapi, which are
// off, with its icons, scopes and example subdomains (as `GET /users-permissions/providers` of Strapi 5.54 gives them).
func defaultProviders() Providers {
	return Providers{
		LocalProvider: {Icon: "envelope", Enabled: true},

		"auth0":     {Subdomain: "my-tenant.eu", Scope: []string{"openid", "email", "profile"}},
		"cas":       {Icon: "book", Subdomain: "my.subdomain.com/cas", Scope: []string{"openid email"}},
		"cognito":   {Icon: "aws", Subdomain: "my.subdomain.com", Scope: []string{"email", "openid", "profile"}},
		"discord":   {Icon: "discord", Scope: []string{"identify", "email"}},
		"facebook":  {Icon: "facebook-square", Scope: []string{"email"}},
		"github":    {Icon: "github", Scope: []string{"user", "user:email"}},
		"google":    {Icon: "google", Scope: []string{"email"}},
		"instagram": {Icon: "instagram", Scope: []string{"user_profile"}},
		"keycloak":  {Subdomain: "myKeycloakProvider.com/realms/myrealm", Scope: []string{"openid", "email", "profile"}},
		"linkedin":  {Icon: "linkedin", Scope: []string{"r_liteprofile", "r_emailaddress"}},
		"microsoft": {Icon: "windows", Scope: []string{"user.read"}},
		"patreon":   {Scope: []string{"identity", "identity[email]"}},
		"reddit":    {Icon: "reddit", Scope: []string{"identity"}},
		"twitch":    {Icon: "twitch", Scope: []string{"user:read:email"}},
		"twitter":   {Icon: "twitter"},
		"vk":        {Icon: "vk", Scope: []string{"email"}},
	}
}

// EnabledProviders returns the names of the providers that are switched on, in order, without LocalProvider.
func (s *Service) EnabledProviders(ctx context.Context) ([]string, error) {
	providers, err := s.Providers(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(providers)), func(name string) bool {
		return name == LocalProvider || !providers[name].Enabled
	}), nil
}

// Providers returns the ways to sign in, with their secrets. The map is shared and must not be changed.
func (s *Service) Providers(ctx context.Context) (Providers, error) {
	return s.providers.get(ctx, s.store)
}

// UpdateProviders changes the ways to sign in, in one step.
func (s *Service) UpdateProviders(ctx context.Context, change func(Providers) (Providers, error)) error {
	changed, err := s.providers.update(ctx, s.store, change)
	return s.updated(ctx, settingProviders, changed, err)
}
