package connect

import "encoding/json"

// Description says how to sign in at one provider: addresses, departures from the standard, the profile request and what
// its answer means. Its JSON form is that of the catalogue (catalogue/README.md lists the sources). In every URL, header
// and value, [name] stands for a setting of the operator and {name} for a fact of the running handshake.
type Description struct {
	Name        string   `json:"name"` // lower case letters, digits, - and _
	DisplayName string   `json:"display_name"`
	Aliases     []string `json:"aliases,omitzero"` // other names of the same provider
	Generic     bool     `json:"generic,omitempty"`
	OAuth       int      `json:"oauth"` // 1 (for 1.0a) or 2

	RequestURL   string `json:"request_url,omitempty"` // OAuth 1.0a only
	AuthorizeURL string `json:"authorize_url,omitempty"`
	AccessURL    string `json:"access_url,omitempty"`

	ScopeDelimiter string   `json:"scope_delimiter,omitempty"` // a comma when empty
	DefaultScopes  []string `json:"default_scopes,omitzero"`
	// TokenAuth is how the client names itself at the token endpoint: client_secret_post (the default),
	// client_secret_basic or private_key_jwt.
	TokenAuth string `json:"token_endpoint_auth_method,omitempty"`
	// PKCE is true when the provider is known to take PKCE, false when it is known to refuse it, nil when unknown.
	PKCE            *bool             `json:"pkce,omitempty"`
	PKCERequired    bool              `json:"pkce_required,omitempty"`
	AuthorizeParams map[string]string `json:"custom_authorize_params,omitzero"`
	Placeholders    []string          `json:"placeholders,omitzero"` // the settings named in [brackets]
	ConfigKeys      []string          `json:"config_keys,omitzero"`  // other settings the provider needs

	Issuer        string `json:"oidc_issuer,omitempty"`
	Discovery     bool   `json:"discovery,omitempty"` // the endpoints come from the issuer's metadata
	DiscoveryPath string `json:"discovery_path,omitempty"`
	JWKSURL       string `json:"jwks_url,omitempty"`
	// IDTokenAlgorithms are the algorithms an ID token may be signed with, where the provider's metadata does not say.
	// HS256 is accepted only when named here; the key is then the client secret.
	IDTokenAlgorithms []string `json:"id_token_algorithms,omitzero"`

	Flow     *Changes       `json:"flow,omitempty"`
	Profile  *ProfileCall   `json:"profile,omitempty"`
	Map      *Mapping       `json:"map,omitempty"`
	MapBasis string         `json:"map_basis,omitempty"`
	Require  map[string]any `json:"require,omitzero"` // profile values without which the user is refused

	SyntheticEmail     bool        `json:"synthetic_email,omitempty"`
	EmailTrust         EmailTrust  `json:"email_trust"`
	EmailTrustConflict bool        `json:"email_trust_conflict,omitempty"`
	EmailTrustEvidence []string    `json:"email_trust_evidence,omitzero"`
	Strapi             *StrapiRule `json:"strapi,omitempty"`

	Alternatives []Alternative `json:"alternatives,omitzero"`
	DerivedURLs  []string      `json:"derived_urls,omitzero"`
	Quirks       []string      `json:"quirks,omitzero"`
	Sources      []string      `json:"sources"`
}

// EmailTrust says how far a provider's e-mail address can be trusted.
type EmailTrust string

// How far an address can be trusted. TrustUnknown counts as not verified.
const (
	TrustVerifiedClaim  EmailTrust = "verified_claim"  // Mapping.EmailVerified says; missing means not verified
	TrustAlwaysVerified EmailTrust = "always_verified" // the provider hands out verified addresses only
	TrustUnverified     EmailTrust = "unverified"      // no address, or one known to be unverified
	TrustUnknown        EmailTrust = "unknown"
)

// Mapping says where a profile's facts stand. A zero [Expr] means that the provider does not tell.
type Mapping struct {
	ID            Expr `json:"id"`
	Username      Expr `json:"username"`
	Email         Expr `json:"email"`
	EmailVerified Expr `json:"email_verified"`
}

// ProfileCall is the request, or the token, that a profile is read from.
type ProfileCall struct {
	URL     string `json:"url,omitempty"`
	URLFrom string `json:"url_from,omitempty"` // discovery:KEY or config:KEY
	Method  string `json:"method,omitempty"`
	// Auth is bearer, oauth1, query:NAME, header:NAME, header_prefix:WORD, id_token, token_response or none.
	Auth           string            `json:"auth,omitempty"`
	Headers        map[string]string `json:"headers,omitzero"`
	Query          map[string]string `json:"query,omitzero"`
	BodyFormat     string            `json:"body_format,omitempty"` // json or form
	Body           map[string]any    `json:"body,omitzero"`
	ResponseFormat string            `json:"response_format,omitempty"` // json, jsonp, xml, form or jwt; recognised when empty
	ExtraRequests  []ExtraRequest    `json:"extra_requests,omitzero"`
	Note           string            `json:"note,omitempty"`
}

// ExtraRequest is a further GET whose result is put into the profile under the name As.
type ExtraRequest struct {
	As       string            `json:"as"`
	URL      string            `json:"url"`
	Auth     string            `json:"auth"` // as in ProfileCall
	Query    map[string]string `json:"query,omitzero"`
	Optional bool              `json:"optional"` // its failure does not end the sign-in
}

// Changes are a provider's departures from the standard requests, step by step.
type Changes struct {
	RequestToken        *Step           `json:"request_token,omitempty"`
	Authorize           *Step           `json:"authorize,omitempty"`
	Access              *Step           `json:"access,omitempty"`
	TokenResponse       *TokenShape     `json:"token_response,omitempty"`
	WhenNumericClientID *NumericChanges `json:"when_numeric_client_id,omitempty"`
}

// NumericChanges apply instead of those of their step when the client id consists of digits.
type NumericChanges struct {
	Authorize *Step `json:"authorize,omitempty"`
	Access    *Step `json:"access,omitempty"`
}

// Step changes one request of a handshake. Replace gives the whole parameter set; otherwise parameters are removed, renamed
// and set, in this order.
type Step struct {
	Auth            string            `json:"auth,omitempty"`      // none: an OAuth 1.0a step that is not signed
	ParamsIn        string            `json:"params_in,omitempty"` // form (the default), query or json
	Method          string            `json:"method,omitempty"`
	Headers         map[string]string `json:"headers,omitzero"`
	Form            map[string]string `json:"form,omitzero"`
	Query           map[string]string `json:"query,omitzero"`
	Set             map[string]string `json:"set,omitzero"`
	Remove          []string          `json:"remove,omitzero"`
	Rename          map[string]string `json:"rename,omitzero"`
	Replace         map[string]string `json:"replace,omitzero"`
	SignatureMethod string            `json:"signature_method,omitempty"` // HMAC-SHA1 (the default), PLAINTEXT or RSA-SHA1
	OmitVerifier    bool              `json:"omit_verifier,omitempty"`
	TokenField      string            `json:"token_field,omitempty"` // where the response keeps the request token
	ResponseFormat  string            `json:"response_format,omitempty"`
	ScopeParam      string            `json:"scope_param,omitempty"`
	ScopeRaw        bool              `json:"scope_raw,omitempty"` // the scope is not percent-encoded
	ScopeDelimiter  string            `json:"scope_delimiter,omitempty"`
	CallbackCode    string            `json:"callback_code,omitempty"` // another name the code may come back under
}

// TokenShape is where an unusual token response keeps what the standard names access_token and so on.
type TokenShape struct {
	Format           string   `json:"format,omitempty"` // recognised when empty
	Unwrap           string   `json:"unwrap,omitempty"` // the member that holds the response
	AccessToken      Paths    `json:"access_token,omitzero"`
	RefreshToken     Paths    `json:"refresh_token,omitzero"`
	ExpiresIn        Paths    `json:"expires_in,omitzero"`
	CopyFromCallback []string `json:"copy_from_callback,omitzero"` // callback parameters kept with the tokens
}

// Paths is a list of paths of which the first that leads to a value counts. In JSON, one path may stand without the list.
type Paths []string

// UnmarshalJSON reads one path or a list of paths.
func (p *Paths) UnmarshalJSON(raw []byte) error {
	var one string
	if err := json.Unmarshal(raw, &one); err == nil {
		*p = Paths{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(p))
}

// MarshalJSON writes one path as a string and several as a list.
func (p Paths) MarshalJSON() ([]byte, error) {
	if len(p) == 1 {
		return json.Marshal(p[0])
	}
	return json.Marshal([]string(p))
}

// StrapiRule says in words what Strapi does with one of its built-in providers, and which scopes it asks for.
type StrapiRule struct {
	Scope      []string `json:"scope,omitzero"`
	ProfileURL string   `json:"profile_url,omitempty"`
	Username   string   `json:"username"`
	Email      string   `json:"email"`
	Verified   string   `json:"verified"`
}

// Alternative is what another source says of a provider: newer endpoints, another profile call. The engine does not use it.
type Alternative struct {
	Source         string       `json:"source"`
	OAuth          int          `json:"oauth,omitempty"`
	RequestURL     string       `json:"request_url,omitempty"`
	AuthorizeURL   string       `json:"authorize_url,omitempty"`
	AccessURL      string       `json:"access_url,omitempty"`
	ScopeDelimiter string       `json:"scope_delimiter,omitempty"`
	DefaultScopes  []string     `json:"default_scopes,omitzero"`
	TokenAuth      string       `json:"token_endpoint_auth_method,omitempty"`
	PKCE           *bool        `json:"pkce,omitempty"`
	Issuer         string       `json:"oidc_issuer,omitempty"`
	Profile        *ProfileCall `json:"profile,omitempty"`
	Map            *Mapping     `json:"map,omitempty"`
	Note           string       `json:"note,omitempty"`
}
