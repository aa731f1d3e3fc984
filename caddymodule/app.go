package caddymodule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/api"
	"github.com/gatewright/gatewright/internal/operator"
	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store"
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

	logger   *zap.Logger
	storage  *pooledStore
	recorder *recorder
	accounts *accounts.Service
	policy   *policy.Engine
	guard    *api.Guard
	server   *api.Server

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
	if a.PublicURL != "" {
		u, err := url.Parse(a.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("public_url %q is no address such as https://api.example.com", a.PublicURL)
		}
	}
	return nil
}

func (j *JWT) checkAlgorithm() error {
	if j.Algorithm != sessions.HS256 {
		return fmt.Errorf("jwt: unknown algorithm %q: %s is the one there is", j.Algorithm, sessions.HS256)
	}
	return nil
}

func (a *App) openStore(ctx caddy.Context) error {
	if a.StoreRaw == nil {
		a.StoreRaw = defaultStore()
	}
	module, err := ctx.LoadModule(a, "StoreRaw")
	if err != nil {
		return fmt.Errorf("loading the store: %w", err)
	}
	backend, ok := module.(StoreBackend)
	if !ok {
		return fmt.Errorf("%T is no store for gatewright", module)
	}
	a.storage, err = acquireStore(ctx, backend)
	return err
}

func (a *App) buildServices(ctx caddy.Context) error {
	logger := ctx.Slogger()
	tokens, err := a.tokens(ctx)
	if err != nil {
		return err
	}
	passwords, err := accounts.NewPasswords(a.BcryptCost)
	if err != nil {
		return fmt.Errorf("bcrypt_cost: %w", err)
	}
	watcher, err := store.NewWatcher(ctx, a.storage.Store, logger)
	if err != nil {
		return fmt.Errorf("watching the store: %w", err)
	}
	if err := a.openAccounts(ctx, tokens, passwords); err != nil {
		return err
	}
	authenticator, err := accounts.NewAuthenticator(tokens, a.accounts, watcher.Fresh)
	if err != nil {
		return err
	}
	if a.policy, err = policy.NewEngine(ctx, a.storage.Store); err != nil {
		return fmt.Errorf("loading the policy: %w", err)
	}
	a.guard = &api.Guard{Authenticator: authenticator, Policy: a.policy}
	a.server, err = api.NewServer(api.Config{
		Accounts: a.accounts, Policy: a.policy, Prefix: a.APIPrefix, PublicURL: a.PublicURL, RegisterFields: a.Register.AllowedFields,
		Site: a.site, ClientIP: clientIP, Logger: logger,
	})
	if err != nil {
		return err
	}
	watcher.Listen(caches{a.accounts, authenticator}.forget)
	watcher.Listen((&policyKeeper{engine: a.policy, logger: logger}).keep(ctx))
	watcher.Start(ctx)
	return nil
}

// openAccounts builds the use cases of accounts, with the mailer and the record of what happens.
func (a *App) openAccounts(ctx caddy.Context, tokens *sessions.Tokens, passwords *accounts.Passwords) error {
	rules, err := a.Password.rules()
	if err != nil {
		return err
	}
	if a.recorder, err = newRecorder(ctx, a.storage.Store); err != nil {
		return err
	}
	module, err := ctx.LoadModule(a, "MailerRaw")
	if err != nil {
		return fmt.Errorf("loading the mailer: %w", err)
	}
	mailer, ok := module.(MailerBackend)
	if !ok {
		return fmt.Errorf("%T is no mailer for gatewright", module)
	}
	a.accounts, err = accounts.New(accounts.Config{
		Store: a.storage.Store, Tokens: tokens, Passwords: passwords, Rules: rules, Fields: a.userFields(),
		Links:         accounts.Links{BaseURL: strings.TrimRight(a.PublicURL, "/"), APIPrefix: a.APIPrefix},
		ResetLifetime: time.Duration(a.Codes.Reset), ConfirmationLifetime: time.Duration(a.Codes.Confirmation),
		ConcealAccounts: a.ConcealAccounts, Mailer: mailer, MailTimeout: sendTimeout(mailer), Logger: ctx.Slogger(), Events: a.recorder.record,
	})
	return err
}

// sendTimeout is the mailer's own bound, zero when it has none.
func sendTimeout(mailer MailerBackend) time.Duration {
	if bounded, ok := mailer.(interface{ SendTimeout() time.Duration }); ok {
		return bounded.SendTimeout()
	}
	return 0
}

// tokens builds the signer from the configured secret or the keys in the store.
func (a *App) tokens(ctx context.Context) (*sessions.Tokens, error) {
	keys, err := a.keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("jwt: %w", err)
	}
	tokens, err := sessions.NewTokens(keys, time.Duration(a.JWT.ExpiresIn), nil)
	if err != nil {
		return nil, fmt.Errorf("jwt expires_in: %w", err)
	}
	return tokens, nil
}

func (a *App) keys(ctx context.Context) (*sessions.KeySet, error) {
	if a.JWT.Secret == "" {
		return storedKeys(ctx, a.storage.Store, a.JWT.Algorithm)
	}
	if len(a.JWT.Secret) < sessions.RecommendedSecretBytes {
		a.logger.Warn("jwt secret is short", zap.Int("bytes", len(a.JWT.Secret)),
			zap.Int("recommended", sessions.RecommendedSecretBytes))
	}
	return sessions.NewKeySet(sessions.Key{ID: "configured", Algorithm: a.JWT.Algorithm, Secret: a.JWT.Secret})
}

// settingKeys is where generated keys are kept.
const settingKeys = "signing_keys"

// storedKeys returns the keys in the store; the first to ask makes them.
func storedKeys(ctx context.Context, s store.Store, algorithm string) (keys *sessions.KeySet, err error) {
	err = s.Tx(ctx, func(tx store.Store) error {
		document, err := tx.Setting(ctx, settingKeys)
		if err == nil {
			keys, err = sessions.ParseKeySet(document)
			return err
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		key, err := sessions.GenerateKey(algorithm, time.Now())
		if err != nil {
			return err
		}
		if keys, err = sessions.NewKeySet(key); err != nil {
			return err
		}
		document, err = json.Marshal(keys)
		if err != nil {
			return fmt.Errorf("encoding a signing key: %w", err)
		}
		return tx.PutSetting(ctx, settingKeys, document)
	})
	return keys, err
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

// register makes a site's routes known to listings and commands.
func (a *App) register(g *Gateway) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gates = append(a.gates, g)
}

// site is what all sites offer together.
func (a *App) site() api.Site {
	a.mu.Lock()
	defer a.mu.Unlock()
	var site api.Site
	var catalogue policy.Catalogue
	seen := make(map[policy.Route]bool) // routes to the upstream have no Endpoint, so they can be keys
	for _, g := range a.gates {
		for _, route := range g.upstream {
			if !seen[route] {
				seen[route] = true
				site.Routes = append(site.Routes, route)
			}
		}
	}
	for _, route := range site.Routes {
		if route.Action != "" {
			// Compile has checked the action.
			_ = catalogue.Add(route.Action)
		}
	}
	_ = catalogue.Add(policy.PluginActions()...)
	site.Actions = catalogue.Actions()
	return site
}

// operator returns what commands work with.
func (a *App) operator() *operator.Operator {
	return &operator.Operator{Accounts: a.accounts, Policy: a.policy, Routes: a.allRoutes, PublicURL: a.PublicURL}
}

// allRoutes returns the routes of all sites, our own endpoints first.
func (a *App) allRoutes() []policy.Route {
	return append(a.server.Routes(), a.site().Routes...)
}

// Interface guards.
var (
	_ caddy.App          = (*App)(nil)
	_ caddy.Provisioner  = (*App)(nil)
	_ caddy.Validator    = (*App)(nil)
	_ caddy.CleanerUpper = (*App)(nil)
)
