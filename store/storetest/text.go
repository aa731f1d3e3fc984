package storetest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/gatewright/gatewright/store"
)

var textContracts = []contract{
	{"any text is kept byte for byte and found", textKept},
	{"text that no backend can keep is refused", textRefused},
	{"text that no backend can keep is not found", textNotFound},
}

// awkward is text that a careless backend would mangle or take for its own language.
var awkward = []string{
	`'`, `''`, `"`, `'; DROP TABLE users; --`, `\`, `\'`, `%`, `_`, `*`, `[a-z]`, `a%b_c\d*e?f`, `?`, `?0`, `$1`, `:name`,
	" padded ", "tab\tline\nreturn\r", "İıſK", "日本語", "e\u0301", "🂡", "\U0010FFFF", "\uD7FF\uE000", "\x01\x7f", "NULL",
	"1e5", "true", "", "/* */", "-- x", "`", "%00",
}

func textKept(t *testing.T, s store.Store) {
	for i, text := range awkward {
		a := store.User{
			Username: text, Email: text, Provider: text, PasswordHash: text, Extra: map[string]any{"nickname": text},
		}
		u := createUser(t, s, a)
		read, err := s.User(t.Context(), u.ID)
		noError(t, err)
		equal(t, read, u)
		equal(t, []any{u.Username, u.Email, u.Provider, u.PasswordHash, u.Extra["nickname"]},
			[]any{text, text, text, text, text})
		_, err = s.CreateUser(t.Context(), a)
		wantConflict(t, err, "user", "username")

		noError(t, s.PutSetting(t.Context(), text, json.RawMessage(`{}`)))
		_, err = s.Setting(t.Context(), text)
		noError(t, err)
		noError(t, s.SetGrants(t.Context(), 1, []string{text}))
		wantGrants(t, s, 1, text)
		created, err := s.CreateRole(t.Context(), store.Role{Name: text, Description: &awkward[i], Type: text})
		noError(t, err)
		equal(t, roleOf(t, s, text), created)
		admin := createAdmin(t, s, store.Admin{Email: text, Firstname: text, Lastname: text})
		byEmail, err := s.AdminByEmail(t.Context(), text)
		noError(t, err)
		equal(t, byEmail, admin)
		mailTextKept(t, s, u.ID, text)
	}
	for _, text := range awkward {
		for _, field := range []string{"username", "email", "provider", "extra.nickname"} {
			wantUsers(t, s, compare(field, store.Eq, text), text)
			wantUsers(t, s, compare(field, store.In, text), text)
		}
	}
}

// mailTextKept is textKept for codes, mails and events.
func mailTextKept(t *testing.T, s store.Store, userID int64, text string) {
	t.Helper()
	m := enqueue(t, s, store.Mail{
		MessageID: text, UserID: userID, Recipient: text, Purpose: store.Purpose(text), LastError: text,
	})
	c := store.Code{
		Hash: text, UserID: userID, Purpose: store.Purpose(text), MailID: m.ID, ExpiresAt: codeNow.Add(time.Hour),
	}
	noError(t, s.CreateCode(t.Context(), c, codeNow))
	wantCode(t, s, c)
	equal(t, []string{m.MessageID, m.Recipient, string(m.Purpose), m.LastError}, []string{text, text, text, text})
	wantMails(t, s, store.MailQueued, m)
	noError(t, s.FinishMail(t.Context(), m.ID))

	e := store.Event{
		Time: codeNow, Name: text, ActorKind: text, Subject: text, Address: text, Outcome: text,
		Details: map[string]any{text: text},
	}
	appendEvent(t, s, e)
	found := events(t, s, store.EventQuery{Name: text, Subject: text, Limit: 1})
	e.ID = found[0].ID
	equal(t, found, []store.Event{e})
}

func textRefused(t *testing.T, s store.Store) {
	for _, text := range []string{"a\x00b", "\x00", "a\xffb", "\xed\xa0\x80"} {
		ctx := t.Context()
		users := map[string]store.User{
			"username": {Username: text}, "email": {Username: "a", Email: text}, "provider": {Username: "a", Provider: text},
			"documentId":  {Username: "a", DocumentID: text},
			"extra":       {Username: "a", Extra: map[string]any{"nickname": text}},
			"extra name":  {Username: "a", Extra: map[string]any{text: 1}},
			"extra depth": {Username: "a", Extra: map[string]any{"list": []any{map[string]any{"x": text}}}},
		}
		for field, u := range users {
			t.Run(field, func(t *testing.T) {
				_, err := s.CreateUser(t.Context(), u)
				wantError(t, err, store.ErrInvalidText)
			})
		}
		_, err := s.CreateRole(ctx, store.Role{Name: text, Type: "a"})
		wantError(t, err, store.ErrInvalidText)
		_, err = s.CreateRole(ctx, store.Role{Name: "a", Type: text})
		wantError(t, err, store.ErrInvalidText)
		_, err = s.UpdateRole(ctx, 1, func(r store.Role) (store.Role, error) {
			r.Description = &text
			return r, nil
		})
		wantError(t, err, store.ErrInvalidText)
		wantError(t, s.SetGrants(ctx, 1, []string{"a", text}), store.ErrInvalidText)
		wantError(t, s.ChangeGrants(ctx, 1, []string{"a", text}, nil), store.ErrInvalidText)
		wantError(t, s.ChangeGrants(ctx, 1, []string{"a"}, []string{text}), store.ErrInvalidText)
		wantError(t, s.PutSetting(ctx, text, json.RawMessage(`{}`)), store.ErrInvalidText)
		_, err = s.CreateAdmin(ctx, store.Admin{Email: text})
		wantError(t, err, store.ErrInvalidText)
		mailTextRefused(t, s, text)
	}
	wantError(t, s.PutSetting(t.Context(), "a", json.RawMessage("\"\xff\"")), store.ErrInvalidText)
	wantNothingWritten(t, s)
}

// mailTextRefused is textRefused for codes, mails and events.
func mailTextRefused(t *testing.T, s store.Store, text string) {
	t.Helper()
	for _, c := range []store.Code{{Hash: text}, {Purpose: store.Purpose(text)}} {
		wantError(t, s.CreateCode(t.Context(), c, codeNow), store.ErrInvalidText)
	}
	for _, m := range []store.Mail{
		{MessageID: text}, {Recipient: text}, {Purpose: store.Purpose(text)}, {LastError: text},
	} {
		_, err := s.EnqueueMail(t.Context(), m)
		wantError(t, err, store.ErrInvalidText)
	}
	wantError(t, s.DelayMail(t.Context(), 1, codeNow, text), store.ErrInvalidText)
	wantError(t, s.BuryMail(t.Context(), 1, text), store.ErrInvalidText)
	for _, e := range []store.Event{
		{Name: text},
		{ActorKind: text},
		{Subject: text},
		{Address: text},
		{Outcome: text},
		{Details: map[string]any{text: 1}},
		{Details: map[string]any{"list": []any{text}}},
	} {
		wantError(t, s.AppendEvent(t.Context(), e), store.ErrInvalidText)
	}
}

func textNotFound(t *testing.T, s store.Store) {
	for _, text := range []string{"public\x00", "\xff"} {
		_, err := s.RoleByType(t.Context(), text)
		wantError(t, err, store.ErrNotFound)
		_, err = s.Setting(t.Context(), text)
		wantError(t, err, store.ErrNotFound)
		_, err = s.AdminByEmail(t.Context(), text)
		wantError(t, err, store.ErrNotFound)
		_, err = s.TakeCode(t.Context(), store.PurposeResetPassword, text, codeNow)
		wantError(t, err, store.ErrNotFound)
		wantMails(t, s, store.MailState(text))
		equal(t, events(t, s, store.EventQuery{Name: text}), []store.Event{})
		equal(t, events(t, s, store.EventQuery{Subject: text}), []store.Event{})
		for _, op := range []store.Op{store.Eq, store.Eqi, store.In, store.Contains, store.StartsWith, store.EndsWithi} {
			_, err = s.FindUsers(t.Context(), store.Query{Filter: compare("username", op, text)})
			wantError(t, err, store.ErrInvalidQuery)
		}
	}
}
