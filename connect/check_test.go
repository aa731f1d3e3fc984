package connect

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	sourcePattern = regexp.MustCompile(`^([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+:[A-Za-z0-9_./-]+|web:https://\S+)$`)
	authPattern   = regexp.MustCompile(`^(bearer|oauth1|id_token|token_response|none|query:[a-z_]+|header:[A-Za-z-]+|header_prefix:[A-Za-z]+)$`)
	fromPattern   = regexp.MustCompile(`^(discovery|config):[a-z_]+$`)
	rootPattern   = regexp.MustCompile(`^(_[a-z]+)\.`)
	builtIns      = []string{
		"auth0", "cas", "cognito", "discord", "facebook", "github", "google", "instagram", "keycloak", "linkedin", "microsoft",
		"patreon", "reddit", "twitch", "twitter", "vk",
	}
	templateNames = []string{"client_id", "client_secret", "redirect_uri", "scope", "state", "code", "access_token", "user_agent"}
	templateRoots = []string{"token", "request", "profile", "custom_params", "sha256hex"}
)

// checker reports what is wrong with one entry of the catalogue.
type checker struct {
	t *testing.T
	d Description
}

func (c checker) that(ok bool, what string) {
	c.t.Helper()
	if !ok {
		c.t.Errorf("%s: %s", c.d.Name, what)
	}
}

func TestCatalogue(t *testing.T) {
	list := Catalogue()
	names := map[string]bool{}
	var builtIn []string
	for i, d := range list {
		if i > 0 && list[i-1].Name >= d.Name {
			t.Errorf("%s is out of order", d.Name)
		}
		for _, name := range append([]string{d.Name}, d.Aliases...) {
			if names[name] {
				t.Errorf("the name %s is taken twice", name)
			}
			names[name] = true
		}
		if d.Strapi != nil {
			builtIn = append(builtIn, d.Name)
		}
		c := checker{t: t, d: d}
		c.endpoints()
		c.lists()
		c.settings()
		c.templates()
		c.profile()
		c.mapping()
		c.trust()
	}
	if !slices.Equal(builtIn, builtIns) {
		t.Errorf("built-in providers: %q", builtIn)
	}
}

func (c checker) endpoints() {
	d := c.d
	problems := &ConfigError{}
	d.check(problems)
	c.that(len(problems.Missing)+len(problems.Invalid) == 0, problems.Error())
	c.that(d.DisplayName != "" && len(d.Sources) > 0, "a display name or the sources are missing")
	c.that((d.OAuth == 1) == (d.RequestURL != ""), "request_url goes with OAuth 1.0a")
	c.that(d.OAuth == 2 || d.PKCE == nil || !*d.PKCE, "PKCE with OAuth 1.0a")
	for _, address := range []string{d.RequestURL, d.AuthorizeURL, d.AccessURL, d.Issuer, d.JWKSURL} {
		c.that(address == "" || addressFits(address), "address "+address)
	}
	c.that(d.DiscoveryPath == "" || (d.Discovery && strings.HasPrefix(d.DiscoveryPath, "/")), "discovery_path")
	c.that(slices.Contains([]string{"", authPost, authBasic, authPrivateKey}, d.TokenAuth), "token_endpoint_auth_method")
	c.that(slices.Contains([]string{"", " ", ",", "+"}, d.ScopeDelimiter), "scope_delimiter")
	c.that(d.Flow == nil || d.Flow.RequestToken == nil || d.OAuth == 1, "a request_token step with OAuth 2.0")
}

// addressFits checks an address whose settings and templates are replaced by words.
func addressFits(address string) bool {
	if settingPattern.FindString(address) == address {
		return true
	}
	return urlAccepted(templatePattern.ReplaceAllString(settingPattern.ReplaceAllString(address, "p"), "t"), false)
}

func (c checker) lists() {
	d := c.d
	for name, list := range map[string][]string{
		"default_scopes": d.DefaultScopes, "aliases": d.Aliases, "placeholders": d.Placeholders, "config_keys": d.ConfigKeys,
		"email_trust_evidence": d.EmailTrustEvidence, "quirks": d.Quirks, "sources": d.Sources, "derived_urls": d.DerivedURLs,
	} {
		distinct := slices.Compact(slices.Sorted(slices.Values(list)))
		c.that(len(distinct) == len(list) && !slices.Contains(list, ""), name+" is a list of distinct strings")
	}
	for _, source := range d.Sources {
		c.that(sourcePattern.MatchString(source), "source "+source)
	}
	for _, alternative := range d.Alternatives {
		c.that(slices.Contains(d.Sources, alternative.Source), "an alternative of an unlisted source")
		for _, address := range []string{alternative.RequestURL, alternative.AuthorizeURL, alternative.AccessURL, alternative.Issuer} {
			c.that(address == "" || addressFits(address), "alternative "+address)
		}
	}
}

// texts returns every text of an entry in which settings and templates count.
func (c checker) texts() []string {
	d := c.d
	d.Placeholders, d.ConfigKeys, d.Quirks, d.Sources, d.DerivedURLs, d.DefaultScopes = nil, nil, nil, nil, nil, nil
	d.EmailTrustEvidence, d.Strapi, d.Map, d.Require, d.Alternatives = nil, nil, nil, nil, slices.Clone(d.Alternatives)
	for i := range d.Alternatives {
		d.Alternatives[i].DefaultScopes, d.Alternatives[i].Map = nil, nil
	}
	raw, err := json.Marshal(d)
	if err != nil {
		c.t.Fatal(err)
	}
	var fields any
	if err := json.Unmarshal(raw, &fields); err != nil {
		c.t.Fatal(err)
	}
	return stringsIn(fields)
}

func stringsIn(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		var list []string
		for _, item := range value {
			list = append(list, stringsIn(item)...)
		}
		return list
	case map[string]any:
		var list []string
		for _, item := range value {
			list = append(list, stringsIn(item)...)
		}
		return list
	default:
		return nil
	}
}

func (c checker) settings() {
	used := map[string]bool{}
	for _, text := range c.texts() {
		if strings.HasPrefix(text, `["`) {
			continue // a list inside a request's body
		}
		for _, found := range settingPattern.FindAllStringSubmatch(text, -1) {
			used[found[1]] = true
		}
	}
	declared := map[string]bool{}
	for _, name := range c.d.Placeholders {
		declared[name] = true
		c.that(used[name], "the placeholder "+name+" is not used")
	}
	for _, name := range c.d.ConfigKeys {
		declared[name] = true
	}
	for name := range used {
		c.that(declared[name], "the placeholder "+name+" is not declared")
	}
}

func (c checker) templates() {
	for _, text := range c.texts() {
		for _, found := range templatePattern.FindAllStringSubmatch(text, -1) {
			known := slices.Contains(templateNames, found[1]) && found[2] == "" ||
				slices.Contains(templateRoots, found[1]) && found[2] != ""
			c.that(known, "template "+found[0])
		}
	}
}

func (c checker) profile() {
	call := c.d.Profile
	if call == nil {
		c.that(c.d.Map == nil, "a map without a profile")
		return
	}
	special := call.Auth == "id_token" || call.Auth == "token_response"
	c.that(authPattern.MatchString(call.Auth), "profile auth "+call.Auth)
	c.that(special || ((call.URL != "") != (call.URLFrom != "") && call.Method != ""), "profile url")
	c.that(call.URL == "" || addressFits(call.URL), "profile url "+call.URL)
	c.that(call.URLFrom == "" || fromPattern.MatchString(call.URLFrom), "url_from")
	c.that(slices.Contains([]string{"", "GET", "POST"}, call.Method), "profile method")
	c.that(slices.Contains([]string{"", "json", "jsonp", "form", "xml", "jwt"}, call.ResponseFormat), "response_format")
	c.that((call.Body == nil) == (call.BodyFormat == ""), "body and body_format go together")
	c.that(c.d.OAuth == 1 || call.Auth != "oauth1", "an oauth1 profile with OAuth 2.0")
	for _, extra := range call.ExtraRequests {
		c.that(strings.HasPrefix(extra.As, "_") && addressFits(extra.URL) && authPattern.MatchString(extra.Auth), "extra request "+extra.As)
	}
}

func (c checker) mapping() {
	m := c.d.Map
	if m == nil {
		return
	}
	c.that(!m.ID.IsZero(), "a map without an id")
	c.that(!m.Email.IsZero() || m.EmailVerified.IsZero(), "email_verified without email")
	made := map[string]bool{}
	for _, extra := range c.d.Profile.ExtraRequests {
		made[extra.As] = true
	}
	for _, e := range []Expr{m.ID, m.Username, m.Email, m.EmailVerified} {
		for _, path := range e.paths() {
			c.that(!strings.ContainsAny(path, " \t\r\n"), "path "+path)
			if root := rootPattern.FindStringSubmatch(path); root != nil {
				c.that(made[root[1]], "no request makes "+root[1])
			}
		}
	}
}

func (c checker) trust() {
	d := c.d
	known := map[EmailTrust]bool{TrustVerifiedClaim: true, TrustAlwaysVerified: true, TrustUnverified: true, TrustUnknown: true}
	c.that(known[d.EmailTrust], "email_trust, not one of "+strings.Join(trustNames(known), ", "))
	c.that(d.EmailTrust == TrustUnknown || len(d.EmailTrustEvidence) > 0, "trust without evidence")
	c.that(d.EmailTrust != TrustVerifiedClaim || (d.Map != nil && !d.Map.EmailVerified.IsZero()), "verified_claim without a claim")
	c.that(d.EmailTrust != TrustAlwaysVerified || (d.Map != nil && !d.Map.Email.IsZero()), "always_verified without an address")
	c.that(!d.SyntheticEmail || (d.Strapi != nil && strings.Contains(d.Strapi.Email, "@strapi.io")), "synthetic_email without a rule")
}

func trustNames(known map[EmailTrust]bool) []string {
	var names []string
	for name := range maps.Keys(known) {
		names = append(names, string(name))
	}
	return names
}
