package storetest

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gatewright/gatewright/store"
)

var outboxContracts = []contract{
	{"a new store has no mails", outboxEmpty},
	{"enqueue stores and sets id, state and createdAt", outboxEnqueue},
	{"a mail needs its account", outboxMissingUser},
	{"nobody's mail is like any other", outboxNobody},
	{"a newer mail for the same takes the place of the older", outboxReplaces},
	{"nobody's mails are replaced, too", outboxReplacesNobodys},
	{"the mail that has been due longest is leased first", outboxOrder},
	{"none is leased before it is due", outboxNotDue},
	{"a lease ends, and raises the attempts", outboxLease},
	{"a finished mail is gone", outboxFinish},
	{"a delayed mail is due later and says why", outboxDelay},
	{"a buried mail is dead until it is revived", outboxBury},
	{"what is gone is not found", outboxMissing},
	{"mails are listed by state, the oldest first", outboxList},
	{"an error is cut to 500 bytes", outboxLongError},
	{"old dead mails are trimmed", outboxTrim},
	{"mails go with their account", outboxUserDeleted},
	{"mails append no changes", outboxNoChanges},
}

const lease = time.Minute

// queued is a mail to the account, due at codeNow.
func queued(userID int64, messageID string) store.Mail {
	return store.Mail{
		MessageID: messageID, UserID: userID, Recipient: "alice@example.com", Purpose: store.PurposeResetPassword,
		NotBefore: codeNow,
	}
}

// nobodys is a mail to nobody, due at codeNow. There is one of them for each purpose.
func nobodys(purpose string) store.Mail {
	m := queued(0, purpose+"@example.com")
	m.Purpose = store.Purpose(purpose)
	return m
}

func enqueue(t *testing.T, s store.Outbox, m store.Mail) store.Mail {
	t.Helper()
	created, err := s.EnqueueMail(t.Context(), m)
	noError(t, err)
	return created
}

// enqueueOne makes an account and a mail to it.
func enqueueOne(t *testing.T, s store.Store) store.Mail {
	t.Helper()
	return enqueue(t, s, queued(createUser(t, s, account("alice")).ID, "1@example.com"))
}

func wantLeased(t *testing.T, s store.Outbox, now time.Time, id int64) store.Mail {
	t.Helper()
	leased, err := s.LeaseMail(t.Context(), now, lease)
	noError(t, err)
	equal(t, leased.ID, id)
	return leased
}

func wantNoneDue(t *testing.T, s store.Outbox, now time.Time) {
	t.Helper()
	_, err := s.LeaseMail(t.Context(), now, lease)
	wantError(t, err, store.ErrNotFound)
}

func wantMails(t *testing.T, s store.Outbox, state store.MailState, want ...store.Mail) {
	t.Helper()
	mails, err := s.Mails(t.Context(), state, 1000)
	noError(t, err)
	equal(t, mails, want)
	count, err := s.CountMails(t.Context(), state)
	noError(t, err)
	equal(t, count, int64(len(want)))
}

func outboxEmpty(t *testing.T, s store.Store) {
	wantMails(t, s, store.MailQueued)
	wantMails(t, s, store.MailDead)
	wantNoneDue(t, s, time.Now())
}

func outboxEnqueue(t *testing.T, s store.Store) {
	alice := createUser(t, s, account("alice"))
	m := queued(alice.ID, "1@example.com")
	m.State = store.MailDead
	created := enqueue(t, s, m)
	if created.ID <= 0 || created.CreatedAt.IsZero() {
		t.Errorf("got %+v, want id and createdAt set", created)
	}
	want := m
	want.ID, want.State, want.CreatedAt = created.ID, store.MailQueued, created.CreatedAt
	equal(t, created, want)
	wantMails(t, s, store.MailQueued, want)
	wantMails(t, s, store.MailDead)
}

func outboxMissingUser(t *testing.T, s store.Store) {
	_, err := s.EnqueueMail(t.Context(), queued(missingID, "1@example.com"))
	wantError(t, err, store.ErrNotFound)
	wantMails(t, s, store.MailQueued)
}

func outboxNobody(t *testing.T, s store.Store) {
	m := enqueue(t, s, queued(0, "1@example.com"))
	equal(t, m.UserID, int64(0))
	equal(t, wantLeased(t, s, codeNow, m.ID).UserID, int64(0))
	noError(t, s.FinishMail(t.Context(), m.ID))
	wantMails(t, s, store.MailQueued)
}

func outboxReplaces(t *testing.T, s store.Store) {
	alice, bob := createUser(t, s, account("alice")), createUser(t, s, account("bob"))
	confirmation := queued(alice.ID, "1@example.com")
	confirmation.Purpose = store.PurposeEmailConfirmation
	confirmation = enqueue(t, s, confirmation)
	others := enqueue(t, s, queued(bob.ID, "2@example.com"))
	buried := enqueue(t, s, queued(alice.ID, "3@example.com"))
	noError(t, s.BuryMail(t.Context(), buried.ID, ""))
	enqueue(t, s, queued(alice.ID, "4@example.com"))
	newest := enqueue(t, s, queued(alice.ID, "5@example.com"))
	wantMails(t, s, store.MailQueued, confirmation, others, newest)
	wantMails(t, s, store.MailDead)
}

// Whoever asks for mails that nobody gets fills no outbox.
func outboxReplacesNobodys(t *testing.T, s store.Store) {
	alices := enqueue(t, s, queued(createUser(t, s, account("alice")).ID, "1@example.com"))
	confirmation := queued(0, "2@example.com")
	confirmation.Purpose = store.PurposeEmailConfirmation
	confirmation = enqueue(t, s, confirmation)
	buried := enqueue(t, s, queued(0, "3@example.com"))
	noError(t, s.BuryMail(t.Context(), buried.ID, ""))
	var newest store.Mail
	for range 5 {
		newest = enqueue(t, s, queued(0, "4@example.com"))
	}
	wantMails(t, s, store.MailQueued, alices, confirmation, newest)
	wantMails(t, s, store.MailDead)
}

func outboxTrim(t *testing.T, s store.Store) {
	m := enqueueOne(t, s)
	kept := enqueue(t, s, nobodys("queued"))
	noError(t, s.BuryMail(t.Context(), m.ID, "no such mailbox"))
	for _, c := range []struct {
		before  time.Time
		removed int64
	}{
		{m.CreatedAt.Add(-time.Hour), 0},
		{m.CreatedAt, 0},
		{time.Now().Add(time.Hour), 1},
		{time.Now().Add(time.Hour), 0},
	} {
		removed, err := s.TrimMails(t.Context(), c.before)
		noError(t, err)
		equal(t, removed, c.removed)
	}
	wantMails(t, s, store.MailDead)
	wantMails(t, s, store.MailQueued, kept)

	// More than one step's worth.
	noError(t, s.Tx(t.Context(), func(tx store.Store) error {
		for i := range 1100 {
			m, err := tx.EnqueueMail(t.Context(), nobodys(strconv.Itoa(i)))
			if err != nil {
				return err
			}
			if err := tx.BuryMail(t.Context(), m.ID, ""); err != nil {
				return err
			}
		}
		return nil
	}))
	removed, err := s.TrimMails(t.Context(), time.Now().Add(time.Hour))
	noError(t, err)
	equal(t, removed, int64(1100))
}

func outboxOrder(t *testing.T, s store.Store) {
	ids := map[time.Duration]int64{}
	for _, age := range []time.Duration{time.Minute, time.Hour, time.Second} {
		m := nobodys(age.String())
		m.NotBefore = codeNow.Add(-age)
		ids[age] = enqueue(t, s, m).ID
	}
	for _, age := range []time.Duration{time.Hour, time.Minute, time.Second} {
		wantLeased(t, s, codeNow, ids[age])
	}
	wantNoneDue(t, s, codeNow)
}

func outboxNotDue(t *testing.T, s store.Store) {
	m := enqueueOne(t, s)
	wantNoneDue(t, s, codeNow.Add(-time.Millisecond))
	wantLeased(t, s, codeNow, m.ID)
}

func outboxLease(t *testing.T, s store.Store) {
	m := enqueueOne(t, s)
	want := m
	for attempt, now := range []time.Time{codeNow, codeNow.Add(lease)} {
		want.Attempts, want.NotBefore = attempt+1, now.Add(lease)
		equal(t, wantLeased(t, s, now, m.ID), want)
		wantNoneDue(t, s, now)
		wantNoneDue(t, s, now.Add(lease-time.Millisecond))
	}
	wantMails(t, s, store.MailQueued, want)
}

func outboxFinish(t *testing.T, s store.Store) {
	m := enqueueOne(t, s)
	wantLeased(t, s, codeNow, m.ID)
	noError(t, s.FinishMail(t.Context(), m.ID))
	wantMails(t, s, store.MailQueued)
	wantNoneDue(t, s, codeNow.Add(lease))
	noError(t, s.FinishMail(t.Context(), m.ID))

	dead := enqueue(t, s, queued(m.UserID, "2@example.com"))
	noError(t, s.BuryMail(t.Context(), dead.ID, "refused"))
	noError(t, s.FinishMail(t.Context(), dead.ID))
	wantMails(t, s, store.MailDead)
}

func outboxDelay(t *testing.T, s store.Store) {
	m := enqueueOne(t, s)
	wantLeased(t, s, codeNow, m.ID)
	later := codeNow.Add(time.Second)
	noError(t, s.DelayMail(t.Context(), m.ID, later, "nobody answers"))
	want := m
	want.Attempts, want.NotBefore, want.LastError = 1, later, "nobody answers"
	wantMails(t, s, store.MailQueued, want)
	wantNoneDue(t, s, later.Add(-time.Millisecond))
	wantLeased(t, s, later, m.ID)
}

func outboxBury(t *testing.T, s store.Store) {
	m := enqueueOne(t, s)
	leased := wantLeased(t, s, codeNow, m.ID)
	noError(t, s.BuryMail(t.Context(), m.ID, "no such mailbox"))
	noError(t, s.BuryMail(t.Context(), m.ID, "no such mailbox"))
	want := leased
	want.State, want.LastError = store.MailDead, "no such mailbox"
	wantMails(t, s, store.MailDead, want)
	wantMails(t, s, store.MailQueued)
	wantNoneDue(t, s, codeNow.Add(24*time.Hour))
	wantError(t, s.DelayMail(t.Context(), m.ID, codeNow, "late"), store.ErrNotFound)

	later := codeNow.Add(time.Hour)
	noError(t, s.ReviveMail(t.Context(), m.ID, later))
	wantMails(t, s, store.MailDead)
	wantNoneDue(t, s, later.Add(-time.Millisecond))
	again := wantLeased(t, s, later, m.ID)
	equal(t, again.Attempts, 1)
	equal(t, again.MessageID, m.MessageID)
	wantError(t, s.ReviveMail(t.Context(), m.ID, later), store.ErrNotFound)
}

func outboxMissing(t *testing.T, s store.Store) {
	noError(t, s.FinishMail(t.Context(), missingID))
	wantError(t, s.DelayMail(t.Context(), missingID, codeNow, ""), store.ErrNotFound)
	wantError(t, s.BuryMail(t.Context(), missingID, ""), store.ErrNotFound)
	wantError(t, s.ReviveMail(t.Context(), missingID, codeNow), store.ErrNotFound)
}

func outboxList(t *testing.T, s store.Store) {
	var mails []store.Mail
	for i := range 3 {
		m := nobodys(strconv.Itoa(i))
		m.NotBefore = codeNow.Add(-time.Duration(i) * time.Hour)
		mails = append(mails, enqueue(t, s, m))
	}
	noError(t, s.BuryMail(t.Context(), mails[1].ID, ""))
	mails[1].State = store.MailDead
	wantMails(t, s, store.MailQueued, mails[0], mails[2])
	wantMails(t, s, store.MailDead, mails[1])
	for limit, want := range map[int][]store.Mail{0: nil, 1: mails[:1], 2: {mails[0], mails[2]}} {
		got, err := s.Mails(t.Context(), store.MailQueued, limit)
		noError(t, err)
		equal(t, got, want)
	}
	wantMails(t, s, "unknown")
}

func outboxLongError(t *testing.T, s store.Store) {
	m := enqueueOne(t, s)
	reason := strings.Repeat("x", 499) + "é"
	noError(t, s.DelayMail(t.Context(), m.ID, codeNow, reason))
	m.LastError = strings.Repeat("x", 499)
	wantMails(t, s, store.MailQueued, m)
	noError(t, s.BuryMail(t.Context(), m.ID, strings.Repeat("y", 501)))
	m.State, m.LastError = store.MailDead, strings.Repeat("y", 500)
	wantMails(t, s, store.MailDead, m)
}

func outboxUserDeleted(t *testing.T, s store.Store) {
	alice, bob := createUser(t, s, account("alice")), createUser(t, s, account("bob"))
	enqueue(t, s, queued(alice.ID, "1@example.com"))
	dead := enqueue(t, s, queued(alice.ID, "2@example.com"))
	noError(t, s.BuryMail(t.Context(), dead.ID, ""))
	kept := enqueue(t, s, queued(bob.ID, "3@example.com"))
	_, err := s.DeleteUser(t.Context(), alice.ID)
	noError(t, err)
	wantMails(t, s, store.MailQueued, kept)
	wantMails(t, s, store.MailDead)
}

func outboxNoChanges(t *testing.T, s store.Store) {
	m := enqueueOne(t, s)
	before := lastChange(t, s)
	wantLeased(t, s, codeNow, m.ID)
	noError(t, s.BuryMail(t.Context(), m.ID, ""))
	noError(t, s.ReviveMail(t.Context(), m.ID, codeNow))
	noError(t, s.DelayMail(t.Context(), m.ID, codeNow, ""))
	noError(t, s.FinishMail(t.Context(), m.ID))
	equal(t, lastChange(t, s), before)
}
