package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/gatewright/gatewright/store"
)

var codeContracts = []contract{
	{"a code is taken once", codeOnce},
	{"an unknown, expired or misused code is not found and stays", codeNotFound},
	{"taking a code takes the others for the same", codeTakesOthers},
	{"a new mail's code voids those of other mails", codeVoidsOthers},
	{"one mail may carry two codes", codeSameMail},
	{"a new code forgets expired ones", codeForgotten},
	{"a code needs its account", codeMissingUser},
	{"a code needs its mail in the outbox", codeMissingMail},
	{"a hash is that of one code", codeUnique},
	{"codes are voided by purpose or all", codeVoid},
	{"mails that are to carry voided codes go", codeVoidMails},
	{"codes go with their account", codeUserDeleted},
	{"codes append no changes", codeNoChanges},
}

// codeNow is when the tests of codes take place.
var codeNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// resetCode is a code of the account for a new password, good for an hour, carried by mail 1.
func resetCode(userID int64, digit string) store.Code {
	return store.Code{
		Hash: token(digit), UserID: userID, Purpose: store.PurposeResetPassword, MailID: 1,
		ExpiresAt: codeNow.Add(time.Hour),
	}
}

// codesAndMails is what codes depend on.
type codesAndMails interface {
	store.Codes
	store.Outbox
}

// carry makes sure that mail 1, or mails 1 and 2, are in the outbox of a store without other mails, to nobody.
func carry(t *testing.T, s store.Outbox, mailID int64) {
	t.Helper()
	count, err := s.CountMails(t.Context(), store.MailQueued)
	noError(t, err)
	for ; count < mailID; count++ {
		enqueue(t, s, nobodys(fmt.Sprintf("carrier %d", count)))
	}
}

func createCode(t *testing.T, s codesAndMails, c store.Code) {
	t.Helper()
	carry(t, s, c.MailID)
	noError(t, s.CreateCode(t.Context(), c, codeNow))
}

func wantCode(t *testing.T, s store.Codes, c store.Code) {
	t.Helper()
	taken, err := s.TakeCode(t.Context(), c.Purpose, c.Hash, codeNow)
	noError(t, err)
	equal(t, taken, c)
}

func wantNoCode(t *testing.T, s store.Codes, c store.Code) {
	t.Helper()
	_, err := s.TakeCode(t.Context(), c.Purpose, c.Hash, codeNow)
	wantError(t, err, store.ErrNotFound)
}

func codeOnce(t *testing.T, s store.Store) {
	c := resetCode(createUser(t, s, account("alice")).ID, "a")
	createCode(t, s, c)
	wantCode(t, s, c)
	wantNoCode(t, s, c)
}

func codeNotFound(t *testing.T, s store.Store) {
	c := resetCode(createUser(t, s, account("alice")).ID, "a")
	createCode(t, s, c)
	for name, try := range map[string]struct {
		purpose store.Purpose
		hash    string
		now     time.Time
	}{
		"unknown":         {c.Purpose, token("b"), codeNow},
		"in capitals":     {c.Purpose, token("A"), codeNow},
		"empty":           {c.Purpose, "", codeNow},
		"another purpose": {store.PurposeEmailConfirmation, c.Hash, codeNow},
		"expired":         {c.Purpose, c.Hash, c.ExpiresAt},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.TakeCode(t.Context(), try.purpose, try.hash, try.now)
			wantError(t, err, store.ErrNotFound)
		})
	}
	_, err := s.TakeCode(t.Context(), c.Purpose, c.Hash, c.ExpiresAt.Add(-time.Millisecond))
	noError(t, err)
}

func codeTakesOthers(t *testing.T, s store.Store) {
	alice, bob := createUser(t, s, account("alice")), createUser(t, s, account("bob"))
	first, second, others := resetCode(alice.ID, "a"), resetCode(alice.ID, "b"), resetCode(bob.ID, "c")
	confirmation := resetCode(alice.ID, "d")
	confirmation.Purpose = store.PurposeEmailConfirmation
	for _, c := range []store.Code{first, second, others, confirmation} {
		createCode(t, s, c)
	}
	wantCode(t, s, second)
	wantNoCode(t, s, first)
	wantCode(t, s, others)
	wantCode(t, s, confirmation)
}

func codeVoidsOthers(t *testing.T, s store.Store) {
	alice, bob := createUser(t, s, account("alice")), createUser(t, s, account("bob"))
	old, others := resetCode(alice.ID, "a"), resetCode(bob.ID, "b")
	confirmation := resetCode(alice.ID, "c")
	confirmation.Purpose = store.PurposeEmailConfirmation
	newer := resetCode(alice.ID, "d")
	newer.MailID = 2
	for _, c := range []store.Code{old, others, confirmation, newer} {
		createCode(t, s, c)
	}
	wantNoCode(t, s, old)
	wantCode(t, s, newer)
	wantCode(t, s, others)
	wantCode(t, s, confirmation)
}

func codeSameMail(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	for _, taken := range []string{"a", "b"} {
		createCode(t, s, resetCode(alice.ID, "a"))
		createCode(t, s, resetCode(alice.ID, "b"))
		wantCode(t, s, resetCode(alice.ID, taken))
	}
}

func codeForgotten(t *testing.T, s store.Store) {
	alice, bob := createUser(t, s, account("alice")), createUser(t, s, account("bob"))
	expired, good := resetCode(alice.ID, "a"), resetCode(alice.ID, "b")
	expired.ExpiresAt = codeNow.Add(time.Minute)
	createCode(t, s, expired)
	createCode(t, s, good)
	noError(t, s.CreateCode(t.Context(), resetCode(bob.ID, "c"), expired.ExpiresAt))
	wantNoCode(t, s, expired)
	wantCode(t, s, good)
}

func codeMissingUser(t *testing.T, s store.Store) {
	c := resetCode(missingID, "a")
	carry(t, s, c.MailID)
	wantError(t, s.CreateCode(t.Context(), c, codeNow), store.ErrNotFound)
	wantNoCode(t, s, c)
}

func codeMissingMail(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	c := resetCode(alice.ID, "a")
	c.MailID = enqueue(t, s, queued(alice.ID, "1@example.com")).ID
	enqueue(t, s, queued(alice.ID, "2@example.com")) // takes the place of the first
	wantError(t, s.CreateCode(t.Context(), c, codeNow), store.ErrNotFound)
	wantNoCode(t, s, c)
}

func codeVoidMails(t *testing.T, s store.Store) {
	alice, bob := createUser(t, s, account("alice")), createUser(t, s, account("bob"))
	confirmation := queued(alice.ID, "1@example.com")
	confirmation.Purpose = store.PurposeEmailConfirmation
	confirmation = enqueue(t, s, confirmation)
	enqueue(t, s, queued(alice.ID, "2@example.com"))
	others := enqueue(t, s, queued(bob.ID, "3@example.com"))
	noError(t, s.VoidCodes(t.Context(), alice.ID, store.PurposeResetPassword))
	wantMails(t, s, store.MailQueued, confirmation, others)
	noError(t, s.VoidCodes(t.Context(), alice.ID))
	wantMails(t, s, store.MailQueued, others)
}

func codeUnique(t *testing.T, s store.Store) {
	alice, bob := createUser(t, s, account("alice")), createUser(t, s, account("bob"))
	c, older := resetCode(alice.ID, "a"), resetCode(bob.ID, "b")
	createCode(t, s, c)
	createCode(t, s, older)
	same := resetCode(bob.ID, "a")
	same.MailID = 2
	carry(t, s, same.MailID)
	wantConflict(t, s.CreateCode(t.Context(), same, codeNow), "code", "hash")
	wantCode(t, s, c)
	wantCode(t, s, older)
}

func codeVoid(t *testing.T, s store.Store) {
	alice, bob := createUser(t, s, account("alice")), createUser(t, s, account("bob"))
	reset, confirmation, others := resetCode(alice.ID, "a"), resetCode(alice.ID, "b"), resetCode(bob.ID, "c")
	confirmation.Purpose = store.PurposeEmailConfirmation
	for _, c := range []struct {
		purposes    []store.Purpose
		kept, voids []store.Code
	}{
		{[]store.Purpose{store.PurposeResetPassword}, []store.Code{confirmation, others}, []store.Code{reset}},
		{
			[]store.Purpose{store.PurposeResetPassword, store.PurposeEmailConfirmation},
			[]store.Code{others},
			[]store.Code{reset, confirmation},
		},
		{nil, []store.Code{others}, []store.Code{reset, confirmation}},
	} {
		for _, code := range []store.Code{reset, confirmation, others} {
			createCode(t, s, code)
		}
		noError(t, s.VoidCodes(t.Context(), alice.ID, c.purposes...))
		for _, code := range c.voids {
			wantNoCode(t, s, code)
		}
		for _, code := range c.kept {
			wantCode(t, s, code)
		}
	}
	noError(t, s.VoidCodes(t.Context(), missingID))
}

func codeUserDeleted(t *testing.T, s store.Store) {
	alice, bob := createUser(t, s, account("alice")), createUser(t, s, account("bob"))
	gone, kept := resetCode(alice.ID, "a"), resetCode(bob.ID, "b")
	createCode(t, s, gone)
	createCode(t, s, kept)
	_, err := s.DeleteUser(t.Context(), alice.ID)
	noError(t, err)
	wantNoCode(t, s, gone)
	wantCode(t, s, kept)
}

func codeNoChanges(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	before := lastChange(t, s)
	createCode(t, s, resetCode(alice.ID, "a"))
	wantCode(t, s, resetCode(alice.ID, "a"))
	noError(t, s.VoidCodes(t.Context(), alice.ID))
	equal(t, lastChange(t, s), before)
}
