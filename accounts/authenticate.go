package accounts

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store"
)

// Principal is who a request comes from. The zero Principal is nobody.
type Principal struct {
	UserID   int64
	RoleID   int64
	Username string
	Email    string
}

// Anonymous tells whether the principal is nobody.
func (p Principal) Anonymous() bool { return p.UserID == 0 }

// cachedPrincipals bounds what is remembered of accounts; an entry is about 200 bytes and at most 2 KiB.
const cachedPrincipals = 20_000

// Authenticator turns a user token into a Principal. It asks the store once per account and remembers the answer until
// the account changes. It is safe for concurrent use.
type Authenticator struct {
	tokens  *sessions.Tokens
	service *Service
	fresh   func() bool

	known *lru.Cache[int64, account]

	// filling orders additions to known against announcements of change, so that nothing read before a change is
	// remembered after it. Reading known does not need it.
	filling    sync.Mutex
	generation uint64
}

// account is what decides whether a token may be used, without the password's hash.
type account struct {
	principal Principal
	blocked   bool
	confirmed bool
	validFrom int64
}

// NewAuthenticator makes an Authenticator. fresh tells whether news of the store's changes can be relied upon; while it
// says no, every token is judged by the store itself. Register Forget with the store's changes.
func NewAuthenticator(tokens *sessions.Tokens, service *Service, fresh func() bool) (*Authenticator, error) {
	known, err := lru.New[int64, account](cachedPrincipals)
	if err != nil {
		return nil, fmt.Errorf("making the cache of principals: %w", err)
	}
	return &Authenticator{tokens: tokens, service: service, fresh: fresh, known: known}, nil
}

// Authenticate returns who the token belongs to. A bad token is ErrToken. A good one of an account that is gone, blocked,
// or unconfirmed while the site asks for confirmation is ErrAccount. Any other error is the store's.
func (a *Authenticator) Authenticate(ctx context.Context, token string) (Principal, error) {
	claims, err := a.tokens.Verify(token)
	if err != nil {
		return Principal{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if claims.UserID == 0 {
		return Principal{}, fmt.Errorf("%w: the token names nobody", ErrAccount)
	}
	acc, err := a.account(ctx, claims.UserID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Principal{}, fmt.Errorf("%w: no such account", ErrAccount)
	case err != nil:
		return Principal{}, err
	case acc.blocked:
		return Principal{}, fmt.Errorf("%w: blocked", ErrAccount)
	case claims.IssuedAt < acc.validFrom:
		return Principal{}, fmt.Errorf("%w: older than the password", ErrToken)
	case acc.confirmed:
		return acc.principal, nil
	}
	settings, err := a.service.Advanced(ctx)
	if err != nil {
		return Principal{}, err
	}
	if settings.EmailConfirmation {
		return Principal{}, fmt.Errorf("%w: not confirmed", ErrAccount)
	}
	return acc.principal, nil
}

func (a *Authenticator) account(ctx context.Context, id int64) (account, error) {
	fresh := a.fresh()
	if fresh {
		if acc, ok := a.known.Get(id); ok {
			return acc, nil
		}
	}
	generation := a.currentGeneration()
	user, err := a.service.store.User(ctx, id)
	if err != nil {
		return account{}, fmt.Errorf("looking up an account: %w", err)
	}
	acc := account{
		principal: Principal{UserID: user.ID, RoleID: user.RoleID, Username: user.Username, Email: user.Email},
		blocked:   user.Blocked, confirmed: user.Confirmed, validFrom: user.ValidFrom,
	}
	if fresh {
		a.remember(id, acc, generation)
	}
	return acc, nil
}

func (a *Authenticator) currentGeneration() uint64 {
	a.filling.Lock()
	defer a.filling.Unlock()
	return a.generation
}

func (a *Authenticator) remember(id int64, acc account, generation uint64) {
	a.filling.Lock()
	defer a.filling.Unlock()
	if a.generation == generation {
		a.known.Add(id, acc)
	}
}

// Forget drops the accounts that changed.
func (a *Authenticator) Forget(changes []store.Change) {
	a.filling.Lock()
	defer a.filling.Unlock()
	for _, c := range changes {
		if c.Kind != store.ChangeUser {
			continue
		}
		a.generation++
		if id, err := strconv.ParseInt(c.Subject, 10, 64); err == nil {
			a.known.Remove(id)
		} else { // the change is about all of them
			a.known.Purge()
		}
	}
}

// ForgetAll drops every account, for when some changes were missed.
func (a *Authenticator) ForgetAll() {
	a.filling.Lock()
	defer a.filling.Unlock()
	a.generation++
	a.known.Purge()
}
