package caddymodule

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/api"
	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store"
)

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
	_, logs := module.(*LogMailer)
	a.sendsMail = !logs
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
		return accounts.SigningKeys(ctx, a.storage.Store, a.JWT.Algorithm)
	}
	if len(a.JWT.Secret) < sessions.RecommendedSecretBytes {
		a.logger.Warn("jwt secret is short", zap.Int("bytes", len(a.JWT.Secret)),
			zap.Int("recommended", sessions.RecommendedSecretBytes))
	}
	return sessions.NewKeySet(sessions.Key{ID: "configured", Algorithm: a.JWT.Algorithm, Secret: a.JWT.Secret})
}
