package accounts_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

func TestEvents(t *testing.T) {
	ctx := accounts.WithActor(t.Context(), accounts.Actor{Kind: accounts.ActorUser, ID: 7, Address: "2001:db8::1"})
	event := func(name, subject, outcome string, details map[string]any) store.Event {
		return store.Event{
			Time: start, Name: name, ActorKind: accounts.ActorUser, ActorID: 7, Address: "2001:db8::1",
			Subject: subject, Outcome: outcome, Details: details,
		}
	}
	for _, c := range []struct {
		name string
		do   func(t *testing.T, s *site) error
		err  error
		want store.Event
	}{
		{"token", func(_ *testing.T, s *site) error {
			_, _, err := s.IssueToken(ctx, "alice")
			return err
		}, nil, event("token_minted", "user 1", "ok", nil)},
		{
			"wrong reset code", func(_ *testing.T, s *site) error {
				_, _, err := s.ResetPassword(ctx, "nonsense", password)
				return err
			}, accounts.ErrCode,
			event("code_refused", "", "incorrect_code", map[string]any{"purpose": "reset_password"}),
		},
		{
			"wrong confirmation code", func(_ *testing.T, s *site) error { return s.ConfirmEmail(ctx, "nonsense") },
			accounts.ErrConfirmation,
			event("code_refused", "", "incorrect_code", map[string]any{"purpose": "email_confirmation"}),
		},
		{"mail sent again", func(t *testing.T, s *site) error {
			mail, err := s.store.EnqueueMail(t.Context(), store.Mail{UserID: 1})
			noError(t, err)
			noError(t, s.store.BuryMail(t.Context(), mail.ID, ""))
			return s.ResendMail(ctx, mail.ID)
		}, nil, event("mail_resent", "mail 1", "ok", nil)},
		{"setting", func(_ *testing.T, s *site) error {
			return s.UpdateAdvanced(ctx, func(a accounts.Advanced) (accounts.Advanced, error) {
				a.AllowRegister, a.DefaultRole, a.UniqueEmail = false, nil, true
				return a, nil
			})
		}, nil, event("setting_changed", "setting advanced", "ok", map[string]any{"keys": []string{"allow_register", "default_role"}})},
		{"provider", func(_ *testing.T, s *site) error {
			return s.UpdateProviders(ctx, func(p accounts.Providers) (accounts.Providers, error) {
				p["github"] = accounts.Provider{Enabled: true} // in the map that was given
				return p, nil
			})
		}, nil, event("setting_changed", "setting providers", "ok", map[string]any{"keys": []string{"github"}})},
		{"provider taken away", func(_ *testing.T, s *site) error {
			return s.UpdateProviders(ctx, func(p accounts.Providers) (accounts.Providers, error) {
				delete(p, accounts.LocalProvider)
				return p, nil
			})
		}, nil, event("setting_changed", "setting providers", "ok", map[string]any{"keys": []string{"email"}})},
		{"template", func(_ *testing.T, s *site) error {
			return s.UpdateTemplates(ctx, func(m accounts.Templates) (accounts.Templates, error) {
				one := m["reset_password"]
				one.Options.Object = "New password"
				m["reset_password"] = one
				return m, nil
			})
		}, nil, event("setting_changed", "setting email-templates", "ok", map[string]any{"keys": []string{"reset_password"}})},
		{"role made", func(_ *testing.T, s *site) error {
			_, err := s.CreateRole(ctx, accounts.NewRole{Name: "Writer", Actions: articleActions})
			return err
		}, nil, event("role_created", "role 4", "ok", map[string]any{"type": "writer", "granted": articleActions})},
		{
			"role changed", func(_ *testing.T, s *site) error {
				actions := []string{"api::b.b.b", articleActions[0], "api::a.a.a", "api::b.b.b"}
				return s.UpdateRole(ctx, 3, accounts.RoleChange{Actions: &actions, Description: new("d")})
			}, nil,
			event("role_updated", "role 3", "ok", map[string]any{
				"renamed": false, "described": true,
				"granted": []string{"api::a.a.a", "api::b.b.b"}, "revoked": []string{articleActions[1]},
			}),
		},
		{"role renamed", func(_ *testing.T, s *site) error {
			return s.UpdateRole(ctx, 3, accounts.RoleChange{Name: new("Author")})
		}, nil, event("role_updated", "role 3", "ok", map[string]any{"renamed": true, "described": false})},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			s.register(t, "alice")
			_, err := s.CreateRole(t.Context(), accounts.NewRole{Name: "Editor", Actions: articleActions})
			noError(t, err)
			s.events.take()
			s.store.twice.Store(c.err == nil)
			wantError(t, c.do(t, s), c.err)
			if diff := cmp.Diff([]store.Event{c.want}, s.events.take()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// Nothing that happened is lost because it was much or odd.
func TestEveryEventCanBeKept(t *testing.T) {
	s := newSite(t)
	role, err := s.CreateRole(t.Context(), accounts.NewRole{Name: "Writer"})
	noError(t, err)
	s.events.take()
	actions := make([]string, 3000)
	for i := range actions {
		actions[i] = fmt.Sprintf("api::%s%04d.x.find", strings.Repeat("long", 10), i)
	}
	noError(t, s.UpdateRole(t.Context(), role.ID, accounts.RoleChange{Actions: &actions}))
	noError(t, s.ChangeGrants(t.Context(), role.ID, nil, []string{strings.Repeat("<é>", 5000)}))
	odd := accounts.WithActor(context.WithoutCancel(t.Context()), accounts.Actor{Address: "\xff\x00"})
	wantError(t, s.ConfirmEmail(odd, "x"), accounts.ErrConfirmation)
	noError(t, s.UpdateProviders(t.Context(), func(p accounts.Providers) (accounts.Providers, error) {
		p["a\x00\xff"] = accounts.Provider{}
		return p, nil
	}))
	recorded := s.events.take()
	if len(recorded) != 4 {
		t.Fatalf("events %+v", recorded)
	}
	for _, e := range recorded {
		if err := s.store.AppendEvent(t.Context(), e); err != nil {
			t.Errorf("%s is not kept: %v", e.Name, err)
		}
	}
	granted, _ := recorded[0].Details["granted"].([]string)
	if more := recorded[0].Details["granted_more"]; len(granted) < 20 || more != len(actions)-len(granted) {
		t.Errorf("%d actions are listed and %v more", len(granted), more)
	}
}
