package storetest

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/gatewright/gatewright/store"
)

var mailConcurrencyContracts = []contract{
	{"of many that take one code, one wins", concurrentTake},
	{"of many that take the codes of one account, one wins", concurrentTakeSiblings},
	{"a mail is leased to one at a time", concurrentLease},
	{"of many that revive one mail, one wins", concurrentRevive},
	{"no event is lost", concurrentEvents},
}

func concurrentTake(t *testing.T, s store.Store) {
	c := resetCode(createUser(t, s, account("alice")).ID, "a")
	createCode(t, s, c)
	errs := together(100, func(int) error {
		_, err := s.TakeCode(t.Context(), c.Purpose, c.Hash, codeNow)
		return err
	})
	wantOneWinner(t, errs)
}

func concurrentTakeSiblings(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	codes := make([]store.Code, 10)
	for i := range codes {
		codes[i] = resetCode(alice.ID, strconv.Itoa(i))
		createCode(t, s, codes[i])
	}
	errs := together(len(codes), func(i int) error {
		_, err := s.TakeCode(t.Context(), codes[i].Purpose, codes[i].Hash, codeNow)
		return err
	})
	wantOneWinner(t, errs)
}

func wantOneWinner(t *testing.T, errs []error) {
	t.Helper()
	equal(t, countNil(errs), 1)
	for _, err := range errs {
		if err != nil {
			wantError(t, err, store.ErrNotFound)
		}
	}
}

func concurrentLease(t *testing.T, s store.Store) {
	const mails = 50
	for i := range mails {
		enqueue(t, s, nobodys(strconv.Itoa(i)))
	}
	var mu sync.Mutex
	leased := map[int64]int{}
	errs := together(10, func(int) error {
		for {
			m, err := s.LeaseMail(t.Context(), codeNow, lease)
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			mu.Lock()
			leased[m.ID] += m.Attempts
			mu.Unlock()
		}
	})
	noError(t, errors.Join(errs...))
	equal(t, len(leased), mails)
	for id, times := range leased {
		if times != 1 {
			t.Errorf("mail %d was leased %d times, want once", id, times)
		}
	}
	m, err := s.LeaseMail(t.Context(), codeNow.Add(lease), lease)
	noError(t, err)
	equal(t, m.Attempts, 2)
}

func concurrentRevive(t *testing.T, s store.Store) {
	m := enqueueOne(t, s)
	noError(t, s.BuryMail(t.Context(), m.ID, ""))
	wantOneWinner(t, together(8, func(int) error { return s.ReviveMail(t.Context(), m.ID, codeNow) }))
}

func concurrentEvents(t *testing.T, s store.Store) {
	errs := together(10, func(int) error {
		for range 5 {
			if err := s.AppendEvent(t.Context(), login); err != nil {
				return err
			}
		}
		return nil
	})
	noError(t, errors.Join(errs...))
	equal(t, len(events(t, s, store.EventQuery{})), 50)
}
