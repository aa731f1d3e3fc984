package doubles

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gatewright/gatewright/connect"
)

const (
	maxBody  = 1 << 20 // bytes
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// endpoints are the addresses a double answers at: those of the description, and made-up ones where the issuer's metadata
// tells them.
type endpoints struct {
	request, authorize, access, metadata, keys, issuer, profile string
}

func (d *Double) findEndpoints() endpoints {
	issuer := strings.ReplaceAll(d.d.Issuer, "{client_id}", d.clientID())
	path := d.d.DiscoveryPath
	if path == "" {
		path = "/.well-known/openid-configuration"
	}
	base := strings.TrimSuffix(issuer, "/")
	e := endpoints{
		request: d.d.RequestURL, authorize: d.d.AuthorizeURL, access: d.d.AccessURL, issuer: issuer, keys: d.d.JWKSURL,
		metadata: base + path,
	}
	if e.authorize == "" {
		e.authorize = base + "/double/authorize"
	}
	if e.access == "" {
		e.access = base + "/double/token"
	}
	if e.keys == "" {
		e.keys = base + "/double/keys"
	}
	if issuer == "" {
		e.issuer = strings.TrimSuffix(e.keys, "/.well-known/jwks.json")
	}
	if call := d.d.Profile; call != nil {
		e.profile = call.URL
		if key, ok := strings.CutPrefix(call.URLFrom, "config:"); ok {
			e.profile = d.values[key]
		} else if call.URLFrom != "" {
			e.profile = base + "/double/userinfo"
		}
	}
	return e
}

// serve answers what a client asks. Which endpoint is meant shows from host and path.
func (d *Double) serve(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	address := "https://" + r.Host + r.URL.EscapedPath()
	if r.Header.Get("User-Agent") != "Gatewright" {
		d.complain("%s: the user agent is %q", address, r.Header.Get("User-Agent"))
	}
	is := func(described string) bool {
		return described != "" && address == withoutQuery(d.expand(described))
	}
	switch {
	case d.d.Issuer != "" && is(d.endpoints.metadata):
		d.serveMetadata(w)
	case is(d.endpoints.keys):
		d.serveKeys(w)
	case d.d.OAuth == 1 && is(d.endpoints.request) && !strings.Contains(r.Header.Get("Authorization"), "oauth_token="):
		d.serveRequestToken(w, r)
	case d.d.OAuth == 1 && is(d.endpoints.access):
		d.serveAccess1(w, r)
	case is(d.endpoints.access):
		d.serveToken(w, r)
	case is(d.endpoints.profile):
		d.serveProfile(w, r)
	default:
		d.serveExtra(w, r, is)
	}
}

func (d *Double) serveExtra(w http.ResponseWriter, r *http.Request, is func(string) bool) {
	if d.d.Profile != nil {
		for _, extra := range d.d.Profile.ExtraRequests {
			if is(extra.URL) {
				d.checkProfile(r, connect.ProfileCall{URL: extra.URL, Auth: extra.Auth, Query: extra.Query, Headers: d.d.Profile.Headers})
				d.writeDocument(w, "", d.plan.docs[extra.As])
				return
			}
		}
	}
	d.complain("nobody serves %s https://%s%s", r.Method, r.Host, r.URL.Path)
	http.NotFound(w, r)
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", jsonType)
	// An error here means that the client went away.
	_ = json.NewEncoder(w).Encode(value)
}
