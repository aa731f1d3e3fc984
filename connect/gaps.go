package connect

import (
	"slices"
	"strings"
)

// Gaps says, one sentence each, what a description does not say yet, so that somebody must configure it before users can
// sign in. An empty list means that the data is complete; settings that belong to every installation are [Needs].
func Gaps(d Description) []string {
	var gaps []string
	switch {
	case d.Profile == nil:
		gaps = append(gaps, "no profile request is known: profile_url and map must be configured")
	case d.Map == nil || (d.Map.ID.IsZero() && d.Map.Email.IsZero()):
		gaps = append(gaps, "the fields of the profile are not known: map must be configured")
	}
	if d.Profile != nil && d.Profile.Auth == "id_token" && d.Issuer == "" && d.JWKSURL == "" {
		gaps = append(gaps, "the issuer of its identity tokens is not known: oidc_issuer or jwks_url must be configured")
	}
	if d.OAuth == 2 && !d.Discovery && (d.AuthorizeURL == "" || d.AccessURL == "") {
		gaps = append(gaps, "an endpoint is not known: authorize_url and access_url must be configured")
	}
	return gaps
}

// Needs lists the settings that an operator must give beside a client id and its secret: place holders of addresses,
// further keys, and "private key" where a secret is not accepted. Place holders that only alternatives use are left out.
func Needs(d Description) []string {
	problems := &ConfigError{}
	resolve(d, nil, false, problems)
	needs := problems.Missing
	if d.Profile != nil {
		if key, ok := strings.CutPrefix(d.Profile.URLFrom, "config:"); ok {
			needs = append(needs, key)
		}
	}
	if d.TokenAuth == authPrivateKey {
		needs = append(needs, "private key")
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}
