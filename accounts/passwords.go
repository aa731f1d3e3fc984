package accounts

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
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
	// decoys are hashes of nobody's password by their cost, each made when it is first needed.
	decoys [maxCost + 1]func() ([]byte, error)
	// compare is bcrypt.CompareHashAndPassword unless a test says otherwise.
	compare func(hash, password []byte) error
}

// NewPasswords makes a hasher. A cost of zero means DefaultCost; one below it is for tests.
func NewPasswords(cost int) (*Passwords, error) {
	if cost == 0 {
		cost = DefaultCost
	}
	if err := CheckCost(cost); err != nil {
		return nil, err
	}
	p := &Passwords{
		cost: cost, slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), compare: bcrypt.CompareHashAndPassword,
	}
	for cost := range p.decoys {
		p.decoys[cost] = sync.OnceValues(func() ([]byte, error) {
			return bcrypt.GenerateFromPassword([]byte("nobody has this password"), cost)
		})
	}
	if _, err := p.decoys[cost](); err != nil {
		return nil, fmt.Errorf("hashing the decoy: %w", err)
	}
	return p, nil
}

// maxCost is where a comparison takes seconds.
const maxCost = 16

// CheckCost says what is wrong with a cost.
func CheckCost(cost int) error {
	if cost < bcrypt.MinCost || cost > maxCost {
		return fmt.Errorf("a bcrypt cost of %d is outside of %d to %d", cost, bcrypt.MinCost, maxCost)
	}
	return nil
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
// exist. A no to a hash from when the cost was lower takes the time of one of today's, too.
func (p *Passwords) Matches(ctx context.Context, hash, password string) (bool, error) {
	release, err := p.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	possible := !strings.Contains(password, nul)
	if len(password) > MaxPasswordBytes {
		password, possible = password[:MaxPasswordBytes], false
	}
	if hash == "" {
		return false, p.compareDecoy(p.cost, password)
	}
	err = p.compare([]byte(hash), []byte(password))
	if err == nil && possible {
		return true, nil
	}
	if err != nil && !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, fmt.Errorf("comparing a password: %w", err)
	}
	return false, p.makeUp(hash, password)
}

// makeUp takes the time that comparing with an older hash took less than comparing with one of today's. Each step of cost
// doubles the work, so with c the cost of the hash and p that of today, 2^c + (2^c + 2^(c+1) + … + 2^(p-1)) = 2^p.
func (p *Passwords) makeUp(hash, password string) error {
	cost, err := bcrypt.Cost([]byte(hash))
	if err != nil {
		return fmt.Errorf("reading the cost of a hash: %w", err)
	}
	for ; cost < p.cost; cost++ {
		if err := p.compareDecoy(cost, password); err != nil {
			return err
		}
	}
	return nil
}

// compareDecoy takes the time of a comparison with a hash of that cost. Its result does not matter.
func (p *Passwords) compareDecoy(cost int, password string) error {
	decoy, err := p.decoys[cost]()
	if err != nil {
		return fmt.Errorf("hashing a decoy: %w", err)
	}
	if err := p.compare(decoy, []byte(password)); err != nil && !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return fmt.Errorf("comparing a password: %w", err)
	}
	return nil
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
