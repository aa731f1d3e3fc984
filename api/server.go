package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/policy"
)

// Config is what a Server is made of.
type Config struct {
	Accounts *accounts.Service
	Policy   *policy.Engine
	// Prefix is where the content API lives, "/api" for most; it begins with a slash and does not end with one.
	Prefix string
	// PublicURL is the address by which clients reach the gateway; empty when it is not known.
	PublicURL string
	// RegisterFields are the keys that a sign-up may have beside username, email and password (Strapi:
	// register.allowedFields).
	RegisterFields []string
	// Site tells what the whole site offers. It is called when a request asks for it.
	Site func() Site
	// ClientIP returns the address a request comes from, for the record; nil takes that of the connection.
	ClientIP func(*http.Request) string
	// Logger gets the causes of internal errors.
	Logger *slog.Logger
}

// Site is what permissions can be about: our own endpoints and the routes to the upstream.
type Site struct {
	Actions []string       // in the order of the permission tree
	Routes  []policy.Route // those to the upstream
}

// Server is the endpoints of the Users & Permissions plugin.
type Server struct {
	Config
	searches   *turnstile    // of lists and counts of users
	searchTime time.Duration // how long one of them may read
	bodies     *turnstile    // of large bodies that are decoded
}

// NewServer makes a Server.
func NewServer(c Config) (*Server, error) {
	if c.Accounts == nil || c.Policy == nil || c.Site == nil || c.Logger == nil {
		return nil, errors.New("the API needs accounts, a policy, a site and a logger")
	}
	if c.ClientIP == nil {
		c.ClientIP = func(r *http.Request) string {
			host, _, err := net.SplitHostPort(r.RemoteAddr)
			if err != nil {
				return r.RemoteAddr
			}
			return host
		}
	}
	return &Server{
		Config: c, searches: newTurnstile(maxSearches), searchTime: searchTime, bodies: newTurnstile(maxLargeBodies),
	}, nil
}

// Endpoint answers requests to one route. The caller has made sure that the request may come here.
type Endpoint func(*Request) (*Reply, error)

// Request is a request to an endpoint.
type Request struct {
	HTTP   *http.Request
	Body   any // what the body holds: *Object, []any or string
	Caller Caller
	Params []policy.Param
}

// Param returns a parameter of the route, as sent but for what needs no escaping.
func (r *Request) Param(name string) string {
	for _, p := range r.Params {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// Reply is an answer. Without a body it is empty; a status of zero means 200, or 204 without a body.
type Reply struct {
	Status int
	Body   any
	// Location makes the answer a redirect (302) to it.
	Location string
	// Each makes the answer a list whose elements are written as they come.
	Each func(yield func(any) error) error
}

var replyOK = &Reply{Body: NewObject().Set("ok", true)}

// Routes returns the routes of the plugin, all of them, so that methods and permissions are judged alike whether an
// endpoint is there or not. What is not built yet is not found by those who would be allowed to use it.
func (s *Server) Routes() []policy.Route {
	built := map[string]Endpoint{
		"GET /connect/*":                         s.provider,
		"GET /auth/{provider}/callback":          s.provider,
		"POST /auth/local":                       s.login,
		"POST /auth/local/register":              s.register,
		"POST /auth/forgot-password":             s.forgotPassword,
		"POST /auth/reset-password":              s.resetPassword,
		"POST /auth/change-password":             s.changePassword,
		"GET /auth/email-confirmation":           s.confirmEmail,
		"POST /auth/send-email-confirmation":     s.sendConfirmation,
		"GET /users":                             s.findUsers,
		"GET /users/count":                       s.countUsers,
		"GET /users/me":                          s.me,
		"GET /users/{id}":                        s.findUser,
		"POST /users":                            s.createUser,
		"PUT /users/{id}":                        s.updateUser,
		"DELETE /users/{id}":                     s.deleteUser,
		"GET /users-permissions/roles":           s.listRoles,
		"GET /users-permissions/roles/{id}":      s.showRole,
		"POST /users-permissions/roles":          s.createRole,
		"PUT /users-permissions/roles/{role}":    s.updateRole,
		"DELETE /users-permissions/roles/{role}": s.deleteRole,
		"GET /users-permissions/permissions":     s.listPermissions,
	}
	plugin := policy.PluginRoutes()
	routes := make([]policy.Route, len(plugin))
	for i, p := range plugin {
		endpoint, ok := built[p.Method+" "+p.Path]
		if !ok {
			endpoint = missing
		}
		routes[i] = policy.Route{
			Method: p.Method, Pattern: s.Prefix + p.Path, Action: p.Action, Source: "gatewright", Endpoint: endpoint,
		}
	}
	return append(routes, s.openAPIRoute(s.PublicURL))
}

func missing(*Request) (*Reply, error) { return nil, ErrNotFound }

// provider is where signing in with a provider begins and ends. None is offered yet, so each is as disabled as an unknown
// one.
func (s *Server) provider(*Request) (*Reply, error) { return nil, accounts.ErrProviderDisabled }

// Serve answers a request to an endpoint in the recorded order: the body is read, admit decides, the endpoint acts.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, m policy.Match, admit func() (Caller, error)) {
	reply, err := s.answer(w, r, m, admit)
	if errors.Is(err, accounts.ErrMailNotSent) { // for which the client is not to blame
		s.Logger.WarnContext(r.Context(), "mail not sent", "error", err)
	}
	if err == nil {
		err = reply.write(w)
	} else {
		err = WriteError(w, err)
	}
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "request failed", "method", r.Method, "route", m.Route.Pattern, "error", err)
	}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, m policy.Match, admit func() (Caller, error)) (*Reply, error) {
	endpoint, ok := m.Route.Endpoint.(Endpoint)
	if !ok {
		return nil, errors.New("the route has no endpoint")
	}
	body, err := readBody(w, r, s.bodies)
	if err != nil {
		return nil, err
	}
	caller, err := admit()
	if err != nil {
		return nil, err
	}
	r = r.WithContext(accounts.WithActor(r.Context(), caller.actor(s.ClientIP(r))))
	return endpoint(&Request{HTTP: r, Body: body, Caller: caller, Params: m.Params})
}

func (r *Reply) write(w http.ResponseWriter) error {
	noStore(w)
	if r.Each != nil {
		return r.stream(w)
	}
	if r.Location != "" {
		w.Header().Set("Location", encodeURL(r.Location))
		w.WriteHeader(http.StatusFound)
		return nil
	}
	if r.Body == nil {
		status := r.Status
		if status == 0 {
			status = http.StatusNoContent
		}
		w.WriteHeader(status)
		return nil
	}
	status := r.Status
	if status == 0 {
		status = http.StatusOK
	}
	return writeBody(w, status, r.Body)
}

// encodeURL escapes what must not stand in a header or a URL, and leaves alone what is escaped already.
func encodeURL(location string) string {
	var b strings.Builder
	for _, c := range []byte(location) {
		if c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}' {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
