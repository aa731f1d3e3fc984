package api

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/gatewright/gatewright/accounts"
)

// secretMask stands for a secret that is set. Who sends it back keeps the secret; Strapi gives secrets out.
const secretMask = "********"

// maxProviderText is how long one setting of a provider may be, in bytes, and maxScopes how many scopes it may have.
const (
	maxProviderText = 4096
	maxScopes       = 100
)

// providerSubdomain is a host or a part of one, with a port and a path if need be: what it names goes into addresses.
var providerSubdomain = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*)?$`)

// shortCallback names the providers whose callback Strapi calls `callback`; the others of its own say `callbackUrl`.
var shortCallback = []string{"auth0", "cas", "cognito", "keycloak", "patreon", "reddit"}

func callbackKey(name string) string {
	if slices.Contains(shortCallback, name) {
		return "callback"
	}
	return "callbackUrl"
}

// getProviders is GET /users-permissions/providers. Secrets are given as secretMask.
func (s *Server) getProviders(r *Request) (*Reply, error) {
	providers, err := s.Accounts.Providers(r.HTTP.Context())
	if err != nil {
		return nil, err
	}
	views := make(map[string]*Object, len(providers))
	for name, provider := range providers {
		views[name] = s.providerView(name, provider)
	}
	return &Reply{Body: views}, nil
}

func (s *Server) providerView(name string, p accounts.Provider) *Object {
	view := NewObject().Set("icon", p.Icon).Set("enabled", p.Enabled)
	if name == accounts.LocalProvider {
		return view
	}
	secret := p.Secret
	if secret != "" {
		secret = secretMask
	}
	callback := p.Callback
	if callback == "" {
		callback = s.defaultCallback(name)
	}
	view.Set("key", p.Key).Set("secret", secret).Set(callbackKey(name), callback)
	if p.Subdomain != "" {
		view.Set("subdomain", p.Subdomain)
	}
	if p.Scope != nil {
		view.Set("scope", p.Scope)
	}
	return view.Set("redirectUri", strings.TrimRight(s.PublicURL, "/")+s.Prefix+"/connect/"+name+"/callback")
}

// putProviders is PUT /users-permissions/providers. Providers and fields that are not mentioned stay as they are.
func (s *Server) putProviders(r *Request) (*Reply, error) {
	c, err := fullBody(r.Body)
	if err != nil {
		return nil, err
	}
	value, _ := c.body.Get("providers")
	given, ok := value.(*Object)
	if !ok {
		return nil, problems{wrongType([]string{"providers"}, "providers", "object", value)}.err()
	}
	err = s.Accounts.UpdateProviders(r.HTTP.Context(), func(known accounts.Providers) (accounts.Providers, error) {
		return s.changedProviders(given, known)
	})
	if err != nil {
		return nil, err
	}
	return replyOK, nil
}

func (s *Server) changedProviders(given *Object, known accounts.Providers) (accounts.Providers, error) {
	for _, name := range given.Keys() {
		if _, ok := known[name]; !ok {
			return nil, validationError("Unknown provider: " + name)
		}
	}
	next := make(accounts.Providers, len(known))
	for name, provider := range known {
		var err error
		if next[name], err = s.changedProvider(given, name, provider); err != nil {
			return nil, err
		}
	}
	return next, nil
}

func (s *Server) changedProvider(given *Object, name string, provider accounts.Provider) (accounts.Provider, error) {
	value, ok := given.Get(name)
	if !ok {
		return provider, nil
	}
	fields, ok := value.(*Object)
	if !ok {
		return provider, problems{wrongType([]string{"providers", name}, name, "object", value)}.err()
	}
	for _, key := range fields.Keys() {
		value, _ := fields.Get(key)
		if problem := s.setProviderField(&provider, name, key, value); problem != "" {
			return provider, validationError(problem)
		}
	}
	return provider, nil
}

// setProviderField puts a value in its place and returns what is wrong with it; the values of secrets are never in that.
func (s *Server) setProviderField(p *accounts.Provider, name, key string, value any) (problem string) {
	where := name + "." + key
	var target *string
	switch {
	case key == "enabled":
		var ok bool
		if p.Enabled, ok = value.(bool); !ok {
			return where + " must be a boolean"
		}
		return ""
	case key == "icon":
		target = &p.Icon
	case name == accounts.LocalProvider:
		return "Invalid parameters: " + where
	case key == "scope":
		var ok bool
		if p.Scope, ok = scopes(value); !ok {
			return fmt.Sprintf("%s must be a list of at most %d texts", where, maxScopes)
		}
		return ""
	case key == "redirectUri": // follows from public_url
		return ""
	case key == "key":
		target = &p.Key
	case key == "secret":
		target = &p.Secret
	case key == callbackKey(name):
		target = &p.Callback
	case key == "subdomain":
		target = &p.Subdomain
	default:
		return "Invalid parameters: " + where
	}
	text, ok := value.(string)
	if !ok || len(text) > maxProviderText {
		return fmt.Sprintf("%s must be a text of at most %d bytes", where, maxProviderText)
	}
	switch {
	case target == &p.Secret && text == secretMask:
		return ""
	case target == &p.Callback && text == s.defaultCallback(name):
		text = "" // follows public_url
	case target == &p.Callback && !validCallback(text):
		return where + " must be an address that begins with https:// or http://, or a path that begins with /"
	case target == &p.Subdomain && !providerSubdomain.MatchString(text):
		return where + " must be a host or a part of one, with a path if need be, such as tenant.example.com/realms/one"
	}
	*target = text
	return ""
}

func (s *Server) defaultCallback(name string) string {
	return strings.TrimRight(s.PublicURL, "/") + s.Prefix + "/auth/" + name + "/callback"
}

// scopes returns a list of texts; null is none.
func scopes(value any) ([]string, bool) {
	if value == nil {
		return nil, true
	}
	list, ok := value.([]any)
	if !ok || len(list) > maxScopes {
		return nil, false
	}
	result := make([]string, 0, len(list))
	for _, item := range list {
		text, ok := item.(string)
		if !ok || len(text) > maxProviderText {
			return nil, false
		}
		result = append(result, text)
	}
	return result, true
}

// validCallback tells whether a browser may be sent there: a page of a front end, or a path at this site. Two slashes at
// the start, or a slash and a backslash, would be another site's.
func validCallback(text string) bool {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return true
	case err != nil || u.User != nil || strings.ContainsAny(text, "\\\r\n\t"):
		return false
	case u.Scheme == "http" || u.Scheme == "https":
		return u.Host != ""
	}
	return u.Scheme == "" && u.Host == "" && strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//")
}
