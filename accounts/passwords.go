package accounts

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/bcrypt"
)

// MaxPasswordBytes is how much of a password bcrypt looks at. A longer one is refused instead of cut (CVE-2025-25298).
const MaxPasswordBytes = 72

// nul ends a password for bcrypt, which then begins it anew: "ab" and "ab\x00ab" have the same hash. No password has it.
const nul = "\x00"

// DefaultCost is the cost of Strapi's hashes: about 50 ms on one core.
const DefaultCost = 10

// maxWaiting bounds how many callers may queue for a hashing worker, and so the memory and the patience a flood of
// sign-ins can take.
const maxWaiting = 256

// Passwords hashes and compares passwords with bcrypt, on at most half of the processors: the other half is always left
// to proxied traffic, however many sign-ins there are. It is safe for concurrent use.
type Passwords struct {
	cost    int
	slots   chan struct{}
	waiting atomic.Int64
	decoy   []byte
}

// NewPasswords makes a hasher. A cost of zero means DefaultCost; one below it is for tests.
func NewPasswords(cost int) (*Passwords, error) {
	if cost == 0 {
		cost = DefaultCost
	}
	if cost < bcrypt.MinCost || cost > 16 {
		return nil, fmt.Errorf("a bcrypt cost of %d is outside of %d to 16", cost, bcrypt.MinCost)
	}
	decoy, err := bcrypt.GenerateFromPassword([]byte("nobody has this password"), cost)
	if err != nil {
		return nil, fmt.Errorf("hashing the decoy: %w", err)
	}
	return &Passwords{cost: cost, slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), decoy: decoy}, nil
}

// Hash returns the bcrypt hash of a password of at most MaxPasswordBytes bytes, or ErrBusy.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	release, err := p.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), p.cost)
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return string(hash), nil
}

// Matches tells whether the hash is the password's, or returns ErrBusy. Without a hash, and for a password that is too
// long to have been set, it takes the time of a comparison and says no, so that the time tells nobody which accounts
// exist.
func (p *Passwords) Matches(ctx context.Context, hash, password string) (bool, error) {
	release, err := p.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	against, possible := []byte(hash), true
	if hash == "" {
		against, possible = p.decoy, false
	}
	if len(password) > MaxPasswordBytes {
		password, possible = password[:MaxPasswordBytes], false
	}
	if strings.Contains(password, nul) {
		possible = false
	}
	err = bcrypt.CompareHashAndPassword(against, []byte(password))
	if err != nil && !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, fmt.Errorf("comparing a password: %w", err)
	}
	return err == nil && possible, nil
}

// Outdated tells whether a hash is cheaper to guess than those made now, so that it is worth making anew at a sign-in.
func (p *Passwords) Outdated(hash string) bool {
	cost, err := bcrypt.Cost([]byte(hash))
	return err == nil && cost < p.cost
}

func (p *Passwords) acquire(ctx context.Context) (release func(), err error) {
	if p.waiting.Add(1) > maxWaiting {
		p.waiting.Add(-1)
		return nil, ErrBusy
	}
	defer p.waiting.Add(-1)
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting to hash a password: %w", ctx.Err())
	}
}
