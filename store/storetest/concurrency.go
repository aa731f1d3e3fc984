package storetest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/gatewright/gatewright/store"
)

var concurrencyContracts = []contract{
	{"of two that check and then insert, one wins", concurrentRegister},
	{"of many that take one username, one wins", concurrentUsername},
	{"no update is lost", concurrentUpdates},
	{"listeners hear changes in order", concurrentListeners},
	{"reads see whole transactions", concurrentReads},
}

// together runs fn n times at once and returns the errors in the order of i.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

func countNil(errs []error) int {
	n := 0
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}

func concurrentRegister(t *testing.T, s store.Store) {
	errTaken := errors.New("e-mail is taken")
	for round := range 20 {
		email := store.User{Email: "same" + strconv.Itoa(round) + "@example.com"}
		errs := together(2, func(i int) error {
			return s.Tx(t.Context(), func(tx store.Store) error {
				same := compare("email", store.Eq, email.Email)
				count, err := tx.CountUsers(t.Context(), same)
				if err != nil {
					return err
				}
				if count > 0 {
					return errTaken
				}
				u := email
				u.Username = strconv.Itoa(round) + "/" + strconv.Itoa(i)
				_, err = tx.CreateUser(t.Context(), u)
				return err
			})
		})
		equal(t, countNil(errs), 1)
		wantError(t, errors.Join(errs...), errTaken)
	}
}

func concurrentUsername(t *testing.T, s store.Store) {
	errs := together(8, func(int) error {
		_, err := s.CreateUser(t.Context(), account("alice"))
		return err
	})
	equal(t, countNil(errs), 1)
	for _, err := range errs {
		if err != nil {
			wantConflict(t, err, "user", "username")
		}
	}
}

func concurrentUpdates(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	const writers, each = 8, 10
	errs := together(writers, func(int) error {
		for range each {
			_, err := s.UpdateUser(t.Context(), alice.ID, func(u store.User) (store.User, error) {
				u.ValidFrom++
				return u, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	noError(t, errors.Join(errs...))
	read, err := s.User(t.Context(), alice.ID)
	noError(t, err)
	equal(t, read.ValidFrom, int64(writers*each))
}

func concurrentListeners(t *testing.T, s store.Store) {
	var mu sync.Mutex
	var heard []store.Change
	t.Cleanup(s.OnChange(func(changes []store.Change) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, changes...)
	}))
	errs := together(8, func(i int) error {
		for j := range 5 {
			if _, err := s.CreateUser(t.Context(), account(strconv.Itoa(i)+"/"+strconv.Itoa(j))); err != nil {
				return err
			}
		}
		return nil
	})
	noError(t, errors.Join(errs...))
	equal(t, heard, since(t, s, 0))
	equal(t, len(heard), 40)
}

func concurrentReads(t *testing.T, s store.Store) {
	const pairs = 20
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	errs := together(4, func(i int) error {
		if i == 0 {
			defer cancel()
			return writePairs(ctx, s, pairs)
		}
		for ctx.Err() == nil {
			users, err := s.FindUsers(t.Context(), store.Query{})
			if err != nil {
				return err
			}
			if len(users)%2 != 0 {
				return errors.New("half a transaction was seen")
			}
		}
		return nil
	})
	noError(t, errors.Join(errs...))
	users, err := s.FindUsers(t.Context(), store.Query{})
	noError(t, err)
	equal(t, len(users), 2*pairs)
	if !slices.IsSortedFunc(users, func(a, b store.User) int { return int(a.ID - b.ID) }) {
		t.Error("users are not in the order of their ids")
	}
}

func writePairs(ctx context.Context, s store.Store, pairs int) error {
	for i := range pairs {
		err := s.Tx(ctx, func(tx store.Store) error {
			for _, half := range []string{"a", "b"} {
				if _, err := tx.CreateUser(ctx, account(half+strconv.Itoa(i))); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
