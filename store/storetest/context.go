package storetest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/gatewright/gatewright/store"
)

var contextContracts = []contract{
	{"an ended context aborts every call", contextEnded},
	{"a context that ends inside Tx rolls back", contextEndsInTx},
	{"a deadline ends the wait for another write", contextWaits},
}

func contextEnded(t *testing.T, s store.Store) {
	calls := map[string]func(context.Context) error{
		"User":                func(ctx context.Context) error { _, err := s.User(ctx, 1); return err },
		"FindUsers":           func(ctx context.Context) error { _, err := s.FindUsers(ctx, store.Query{}); return err },
		"CountUsers":          func(ctx context.Context) error { _, err := s.CountUsers(ctx, nil); return err },
		"CreateUser":          func(ctx context.Context) error { _, err := s.CreateUser(ctx, account("a")); return err },
		"DeleteUser":          func(ctx context.Context) error { _, err := s.DeleteUser(ctx, 1); return err },
		"Roles":               func(ctx context.Context) error { _, err := s.Roles(ctx); return err },
		"Role":                func(ctx context.Context) error { _, err := s.Role(ctx, 1); return err },
		"RoleByType":          func(ctx context.Context) error { _, err := s.RoleByType(ctx, "public"); return err },
		"DeleteRole":          func(ctx context.Context) error { _, err := s.DeleteRole(ctx, 1, 2); return err },
		"Grants":              func(ctx context.Context) error { _, err := s.Grants(ctx); return err },
		"GrantsOf":            func(ctx context.Context) error { _, err := s.GrantsOf(ctx, 1); return err },
		"SetGrants":           func(ctx context.Context) error { return s.SetGrants(ctx, 1, nil) },
		"ChangeGrants":        func(ctx context.Context) error { return s.ChangeGrants(ctx, 1, []string{"x"}, nil) },
		"Setting":             func(ctx context.Context) error { _, err := s.Setting(ctx, "advanced"); return err },
		"PutSetting":          func(ctx context.Context) error { return s.PutSetting(ctx, "advanced", json.RawMessage(`{}`)) },
		"Admins":              func(ctx context.Context) error { _, err := s.Admins(ctx); return err },
		"AdminByEmail":        func(ctx context.Context) error { _, err := s.AdminByEmail(ctx, "x"); return err },
		"CreateAdmin":         func(ctx context.Context) error { _, err := s.CreateAdmin(ctx, operator); return err },
		"CreateAdminSession":  func(ctx context.Context) error { return s.CreateAdminSession(ctx, store.AdminSession{}) },
		"DeleteAdmin":         func(ctx context.Context) error { return s.DeleteAdmin(ctx, 1) },
		"DeleteAdminSessions": func(ctx context.Context) error { return s.DeleteAdminSessions(ctx, 1) },
		"TrimMails":           func(ctx context.Context) error { _, err := s.TrimMails(ctx, codeNow); return err },
		"AdminBySession":      func(ctx context.Context) error { _, err := s.AdminBySession(ctx, "x", time.Now()); return err },
		"CreateCode":          func(ctx context.Context) error { return s.CreateCode(ctx, resetCode(1, "a"), codeNow) },
		"TakeCode":            func(ctx context.Context) error { _, err := s.TakeCode(ctx, "x", "x", codeNow); return err },
		"VoidCodes":           func(ctx context.Context) error { return s.VoidCodes(ctx, 1) },
		"EnqueueMail":         func(ctx context.Context) error { _, err := s.EnqueueMail(ctx, queued(1, "x")); return err },
		"LeaseMail":           func(ctx context.Context) error { _, err := s.LeaseMail(ctx, codeNow, lease); return err },
		"FinishMail":          func(ctx context.Context) error { return s.FinishMail(ctx, 1) },
		"DelayMail":           func(ctx context.Context) error { return s.DelayMail(ctx, 1, codeNow, "x") },
		"BuryMail":            func(ctx context.Context) error { return s.BuryMail(ctx, 1, "x") },
		"ReviveMail":          func(ctx context.Context) error { return s.ReviveMail(ctx, 1, codeNow) },
		"Mails":               func(ctx context.Context) error { _, err := s.Mails(ctx, store.MailDead, 1); return err },
		"CountMails":          func(ctx context.Context) error { _, err := s.CountMails(ctx, store.MailDead); return err },
		"AppendEvent":         func(ctx context.Context) error { return s.AppendEvent(ctx, login) },
		"Events":              func(ctx context.Context) error { _, err := s.Events(ctx, store.EventQuery{}); return err },
		"TrimEvents":          func(ctx context.Context) error { _, err := s.TrimEvents(ctx, codeNow); return err },
		"LastChange":          func(ctx context.Context) error { _, err := s.LastChange(ctx); return err },
		"ChangesSince":        func(ctx context.Context) error { _, _, err := s.ChangesSince(ctx, 0); return err },
		"UpdateUser": func(ctx context.Context) error {
			_, err := s.UpdateUser(ctx, 1, func(u store.User) (store.User, error) { return u, nil })
			return err
		},
		"UpdateRole": func(ctx context.Context) error {
			_, err := s.UpdateRole(ctx, 1, func(r store.Role) (store.Role, error) { return r, nil })
			return err
		},
		"UpdateAdmin": func(ctx context.Context) error {
			_, err := s.UpdateAdmin(ctx, 1, func(a store.Admin) (store.Admin, error) { return a, nil })
			return err
		},
		"Tx": func(ctx context.Context) error { return s.Tx(ctx, func(store.Store) error { return nil }) },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) { wantError(t, call(cancelled(t)), context.Canceled) })
	}
	wantNothingWritten(t, s)
}

func contextEndsInTx(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Tx(ctx, func(tx store.Store) error {
		_, err := tx.CreateUser(ctx, account("alice"))
		cancel()
		return err
	})
	wantError(t, err, context.Canceled)
	wantNothingWritten(t, s)
	createUser(t, s, account("alice"))
}

func contextWaits(t *testing.T, s store.Store) {
	noError(t, s.Tx(t.Context(), func(tx store.Store) error {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		// A backend may let both go on, and then nobody waits.
		if _, err := s.CreateUser(ctx, account("alice")); err != nil {
			wantError(t, err, context.DeadlineExceeded)
		}
		return nil
	}))
}
