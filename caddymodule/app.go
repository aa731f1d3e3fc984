package caddymodule

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/api"
	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/sessions"
)

func init() { caddy.RegisterModule(new(App)) }

// appName is the name of the app in the configuration.
const appName = "gatewright"

// App holds what all sites of a server share: the store of accounts, the keys, the policy. The handlers `gatewright` and
// `gatewright_admin` use it.
type App struct {
	// StoreRaw is where users, roles, grants and settings are kept. Default: SQLite in the file gatewright.db of
	// Caddy's data folder.
	StoreRaw json.RawMessage `json:"store,omitempty" caddy:"namespace=gatewright.stores inline_key=backend"`

	// JWT is about the tokens of users.
	JWT JWT `json:"jwt,omitzero"`

	// APIPrefix is where the content API begins; our own endpoints are below it, too. Default: /api. Use "/" for an API
	// without a prefix.
	APIPrefix string `json:"api_prefix,omitempty"`

	// PublicURL is the address by which clients reach the gateway, for example https://api.example.com. Links are
	// made with it and never with the Host of a request. Default: unknown, and then nothing that needs a link works.
	PublicURL string `json:"public_url,omitempty"`

	// Register is about signing up.
	Register Register `json:"register,omitzero"`

	// BcryptCost is the cost of password hashes. Default: 10, about 50 ms on one core. Lower ones are for tests.
	BcryptCost int `json:"bcrypt_cost,omitempty"`

	// Password is what is asked of new passwords.
	Password PasswordRules `json:"password,omitzero"`

	// UserFields are further fields of users. They are stored, shown, can be filtered and sorted by, and be set by whoever
	// may change users; at a sign-up only if they are among the allowed fields.
	UserFields []UserField `json:"user_fields,omitempty"`

	// MailerRaw is how mails are sent. Default: log, which sends none.
	MailerRaw json.RawMessage `json:"mailer,omitempty" caddy:"namespace=gatewright.mailers inline_key=mailer"`

	// Codes is how long codes in mails are good.
	Codes Codes `json:"codes,omitzero"`

	// ConcealAccounts keeps POST /auth/send-email-confirmation from telling that an account exists and is confirmed or
	// blocked; Strapi tells. Default: false.
	ConcealAccounts bool `json:"conceal_accounts,omitempty"`

	// AuditRetention is how long events are kept. Default: 90 days.
	AuditRetention caddy.Duration `json:"audit_retention,omitempty"`

	// Rules are the rules of every site; a site may have more of its own.
	Rules

	logger  *zap.Logger
	storage *pooledStore
	// sendsMail tells a mailer from the one that only logs.
	sendsMail bool
	recorder  *recorder
	accounts  *accounts.Service
	policy    *policy.Engine
	guard     *api.Guard
	server    *api.Server

	mu    sync.Mutex
	gates []*Gateway

	stop    context.CancelFunc
	running sync.WaitGroup
}

// JWT is about the tokens of users.
type JWT struct {
	// Secret signs the tokens; at least 16 bytes, better 32. Take it from the environment or a file: {env.JWT_SECRET},
	// {file./run/secrets/jwt}. Default: made once and kept in the store.
	Secret string `json:"secret,omitempty"`

	// ExpiresIn is how long a token is good. Default: 30 days.
	ExpiresIn caddy.Duration `json:"expires_in,omitempty"`

	// Algorithm is how tokens are signed. Default, and the only one yet: HS256.
	Algorithm string `json:"algorithm,omitempty"`
}

// Register is about signing up.
type Register struct {
	// AllowedFields are the keys that a sign-up may have beside username, email and password. Default: none. Of those
	// that Strapi knows, blocked has an effect.
	AllowedFields []string `json:"allowed_fields,omitempty"`
}

// CaddyModule returns the Caddy module information.
func (*App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: appName, New: func() caddy.Module { return new(App) }}
}

// Provision opens the store and builds the services on it.
func (a *App) Provision(ctx caddy.Context) error {
	a.logger = ctx.Logger()
	a.setDefaults()
	if err := a.replacePlaceholders(); err != nil {
		return err
	}
	if err := a.openStore(ctx); err != nil {
		return err
	}
	if err := a.buildServices(ctx); err != nil {
		return err
	}
	return nil
}

func (a *App) setDefaults() {
	if a.APIPrefix == "" {
		a.APIPrefix = "/api"
	}
	a.APIPrefix = strings.TrimRight(a.APIPrefix, "/")
	if a.JWT.Algorithm == "" {
		a.JWT.Algorithm = sessions.HS256
	}
	if a.MailerRaw == nil {
		a.MailerRaw = json.RawMessage(`{"mailer":"log"}`)
	}
	if a.AuditRetention == 0 {
		a.AuditRetention = caddy.Duration(defaultRetention)
	}
	a.Rules.setDefaults()
}

func (a *App) replacePlaceholders() error {
	repl := caddy.NewReplacer()
	for name, value := range map[string]*string{"jwt secret": &a.JWT.Secret, "public_url": &a.PublicURL} {
		if *value == "" {
			continue
		}
		replaced, err := repl.ReplaceOrErr(*value, true, true)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		*value = replaced
	}
	return nil
}

// Validate checks what can be checked without touching anything.
func (a *App) Validate() error {
	if a.APIPrefix != "" && !strings.HasPrefix(a.APIPrefix, "/") {
		return fmt.Errorf("api_prefix %q does not begin with a slash", a.APIPrefix)
	}
	// Keys that are in the store already would be used whatever the algorithm.
	if err := a.JWT.checkAlgorithm(); err != nil {
		return err
	}
	if err := a.Rules.validate(); err != nil {
		return err
	}
	for name, duration := range map[string]caddy.Duration{
		"jwt expires_in": a.JWT.ExpiresIn, "audit_retention": a.AuditRetention,
		"codes reset": a.Codes.Reset, "codes confirmation": a.Codes.Confirmation,
	} {
		if duration < 0 {
			return fmt.Errorf("%s is below zero", name)
		}
	}
	if err := a.checkAllowedFields(); err != nil {
		return err
	}
	return checkPublicURL(a.PublicURL)
}

func checkPublicURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("public_url %q is no address such as https://api.example.com", text)
	}
	return nil
}

// strapiFields are the keys that Strapi's users have and that a sign-up may be let have.
var strapiFields = []string{"provider", "confirmed", "blocked", "role"}

// checkAllowedFields finds misspelt names among the keys that a sign-up may have.
func (a *App) checkAllowedFields() error {
	for _, name := range a.Register.AllowedFields {
		declared := slices.ContainsFunc(a.UserFields, func(f UserField) bool { return f.Name == name })
		if !declared && !slices.Contains(strapiFields, name) {
			return fmt.Errorf("register allowed_fields: users have no field %q; declare it with user_field", name)
		}
	}
	return nil
}

// hasPlaceholder tells of a value that is not known before the server runs.
func hasPlaceholder(value string) bool { return strings.Contains(value, "{") }

func (j *JWT) checkAlgorithm() error {
	if j.Algorithm != sessions.HS256 {
		return fmt.Errorf("jwt: unknown algorithm %q: %s is the one there is", j.Algorithm, sessions.HS256)
	}
	return nil
}

// Start begins to deliver mails and to remove old events. What handlers need is ready since Provision, because they may
// serve before apps are started.
func (a *App) Start() error {
	ctx, cancel := context.WithCancel(context.Background())
	a.stop = cancel
	a.running.Go(func() { a.accounts.DeliverMails(ctx) })
	a.running.Go(func() { a.recorder.trim(ctx, time.Duration(a.AuditRetention)) })
	return nil
}

// stopTimeout bounds how long a configuration waits for the mails that are under way. One that is cut short is sent again.
const stopTimeout = 3 * time.Second

// Stop ends what Start began.
func (a *App) Stop() error {
	a.stop()
	done := make(chan struct{})
	go func() {
		a.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(stopTimeout):
	}
	return nil
}

// Cleanup gives the store back. The watchers end with the context of the configuration.
func (a *App) Cleanup() error {
	if a.storage == nil {
		return nil
	}
	return a.storage.release()
}

// Interface guards.
var (
	_ caddy.App          = (*App)(nil)
	_ caddy.Provisioner  = (*App)(nil)
	_ caddy.Validator    = (*App)(nil)
	_ caddy.CleanerUpper = (*App)(nil)
)
