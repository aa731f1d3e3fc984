package accounts

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"golang.org/x/crypto/bcrypt"
)

const testCost = bcrypt.MinCost

func newPasswords(t *testing.T) *Passwords {
	t.Helper()
	p, err := NewPasswords(testCost)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNewPasswordsCost(t *testing.T) {
	for _, cost := range []int{-1, 1, 3, 17, 31, 100} {
		if _, err := NewPasswords(cost); err == nil {
			t.Errorf("cost %d is accepted", cost)
		}
	}
	p, err := NewPasswords(0)
	if err != nil || p.cost != DefaultCost {
		t.Errorf("default cost %+v, %v", p, err)
	}
}

func TestHashAndMatch(t *testing.T) {
	p := newPasswords(t)
	long := strings.Repeat("x", MaxPasswordBytes)
	for _, password := range []string{"Passw0rd", "", "pässword ✓", long} {
		hash, err := p.Hash(t.Context(), password)
		if err != nil {
			t.Fatal(err)
		}
		for given, want := range map[string]bool{password: true, password + "y": false, "other": false} {
			if got, err := p.Matches(t.Context(), hash, given); err != nil || got != want {
				t.Errorf("%q against the hash of %q: %t, %v", given, password, got, err)
			}
		}
	}
	if _, err := p.Hash(t.Context(), long+"x"); err == nil {
		t.Error("a password that bcrypt would cut off is hashed")
	}
	if _, err := p.Matches(t.Context(), "no bcrypt hash", "x"); err == nil {
		t.Error("a spoilt hash is compared without an error")
	}
}

// Whoever does not exist is compared with a decoy of the same cost, so that the time is that of a wrong password.
func TestDecoy(t *testing.T) {
	p := newPasswords(t)
	decoy, err := p.decoys[testCost]()
	if err != nil {
		t.Fatal(err)
	}
	if cost, err := bcrypt.Cost(decoy); err != nil || cost != testCost {
		t.Errorf("the decoy has cost %d, %v, want %d", cost, err, testCost)
	}
	for _, password := range []string{"", "nobody has this password", strings.Repeat("x", 1000)} {
		if ok, err := p.Matches(t.Context(), "", password); ok || err != nil {
			t.Errorf("%q matches no hash: %t, %v", password, ok, err)
		}
	}
	// A decoy that is spoilt gives an error: that is how one sees from outside that it is compared with.
	p.decoys[testCost] = func() ([]byte, error) { return []byte("spoilt"), nil }
	if _, err := p.Matches(t.Context(), "", "x"); err == nil {
		t.Error("without a hash nothing is compared")
	}
}

// Whatever the cost of the hash there is, and where there is none, a no takes the same work: 2^cost for each comparison.
func TestRefusalTakesTheWorkOfTodaysCost(t *testing.T) {
	const today = testCost + 3
	p, err := NewPasswords(today)
	if err != nil {
		t.Fatal(err)
	}
	var work int
	p.compare = func(hash, password []byte) error {
		cost, err := bcrypt.Cost(hash)
		work += 1 << cost
		return errors.Join(err, bcrypt.CompareHashAndPassword(hash, password))
	}
	hashes := map[string]string{"none": ""}
	for cost := testCost; cost <= today; cost++ {
		hash, err := bcrypt.GenerateFromPassword([]byte("Passw0rd"), cost)
		if err != nil {
			t.Fatal(err)
		}
		hashes[fmt.Sprintf("cost %d", cost)] = string(hash)
	}
	for name, hash := range hashes {
		for _, password := range []string{"wrong", "", "Passw0rd\x00Passw0rd", strings.Repeat("x", 100)} {
			work = 0
			if ok, err := p.Matches(t.Context(), hash, password); ok || err != nil {
				t.Errorf("%s: %q matches: %t, %v", name, password, ok, err)
			}
			if work != 1<<today {
				t.Errorf("%s: %q takes %d, want %d", name, password, work, 1<<today)
			}
		}
		if ok, err := p.Matches(t.Context(), hash, "Passw0rd"); ok != (hash != "") || err != nil {
			t.Errorf("%s: the password matches: %t, %v", name, ok, err)
		}
	}
	dearer, err := bcrypt.GenerateFromPassword([]byte("Passw0rd"), today+1)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := p.Matches(t.Context(), string(dearer), "wrong"); ok || err != nil {
		t.Errorf("a hash of a higher cost: %t, %v", ok, err)
	}
}

// A password of more than 72 bytes is compared, too, and never matches, even where what bcrypt sees of it would.
func TestTooLongPasswordIsCompared(t *testing.T) {
	p := newPasswords(t)
	long := strings.Repeat("x", MaxPasswordBytes)
	hash, err := p.Hash(t.Context(), long)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := p.Matches(t.Context(), hash, long+"x"); ok || err != nil {
		t.Errorf("a longer password matches: %t, %v", ok, err)
	}
	if _, err := p.Matches(t.Context(), "spoilt", long+"x"); err == nil {
		t.Error("a password that is too long is not compared")
	}
}

func TestHashingTakesHalfOfTheProcessors(t *testing.T) {
	p := newPasswords(t)
	if want := max(1, runtime.GOMAXPROCS(0)/2); cap(p.slots) != want {
		t.Fatalf("%d at once, want %d", cap(p.slots), want)
	}
	var running, most atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			release, err := p.acquire(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer release()
			now := running.Add(1)
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			}
			runtime.Gosched()
			running.Add(-1)
		})
	}
	all.Wait()
	if most.Load() > int64(cap(p.slots)) {
		t.Errorf("%d at once, of %d", most.Load(), cap(p.slots))
	}
	if p.waiting.Load() != 0 || len(p.slots) != 0 {
		t.Errorf("%d wait and %d run when all are done", p.waiting.Load(), len(p.slots))
	}
}

func fill(p *Passwords) {
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
}

func TestTooManyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPasswords(t)
		fill(p)
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error, maxWaiting)
		for range maxWaiting {
			go func() {
				_, err := p.Hash(ctx, "Passw0rd")
				errs <- err
			}()
		}
		synctest.Wait() // all of them wait for a slot
		if _, err := p.Hash(t.Context(), "Passw0rd"); !errors.Is(err, ErrBusy) {
			t.Errorf("Hash: error = %v, want ErrBusy", err)
		}
		if _, err := p.Matches(t.Context(), "", "Passw0rd"); !errors.Is(err, ErrBusy) {
			t.Errorf("Matches: error = %v, want ErrBusy", err)
		}
		cancel()
		for range maxWaiting {
			if err := <-errs; !errors.Is(err, context.Canceled) || errors.Is(err, ErrBusy) {
				t.Errorf("who gave up: error = %v, want that of the context", err)
			}
		}
		<-p.slots
		if _, err := p.Hash(t.Context(), "Passw0rd"); err != nil {
			t.Errorf("when there is room again: %v", err)
		}
	})
}

func TestGivingUpWhileWaiting(t *testing.T) {
	p := newPasswords(t)
	fill(p)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Matches(ctx, "", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want that of the context", err)
	}
	if p.waiting.Load() != 0 || len(p.slots) != cap(p.slots) {
		t.Errorf("%d wait, %d run", p.waiting.Load(), len(p.slots))
	}
}

// bcrypt repeats a password with a NUL behind it, so it takes these two for the same.
func TestPasswordWithNULNeverMatches(t *testing.T) {
	passwords, err := NewPasswords(4)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := passwords.Hash(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{"secret": true, "secret\x00secret": false, "secret\x00": false} {
		ok, err := passwords.Matches(t.Context(), hash, password)
		if err != nil || ok != want {
			t.Errorf("Matches(%q) = %v, %v; want %v", password, ok, err, want)
		}
	}
}
