package accounts_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

func advanced(t *testing.T, s *site) accounts.Advanced {
	t.Helper()
	a, err := s.Advanced(t.Context())
	noError(t, err)
	return a
}

func TestSettingsFromTheStart(t *testing.T) {
	s := newSite(t)
	want := accounts.Advanced{UniqueEmail: true, AllowRegister: true, DefaultRole: new("authenticated")}
	if diff := cmp.Diff(want, advanced(t, s)); diff != "" {
		t.Errorf("advanced (-want +got):\n%s", diff)
	}
	providers, err := s.Providers(t.Context())
	if err != nil || !providers[accounts.LocalProvider].Enabled {
		t.Errorf("providers %+v, %v", providers, err)
	}
}

func TestSettingsAreReadOnce(t *testing.T) {
	s := newSite(t)
	for range 5 {
		advanced(t, s)
	}
	if n := s.store.settingReads.Load(); n != 1 {
		t.Errorf("read %d times", n)
	}
	s.set(t, func(a *accounts.Advanced) { a.AllowRegister = false })
	before := s.store.settingReads.Load()
	for range 5 {
		if advanced(t, s).AllowRegister {
			t.Error("the old setting is still there")
		}
	}
	if n := s.store.settingReads.Load() - before; n > 1 {
		t.Errorf("read %d times after the change", n)
	}
}

// What somebody else writes is seen once the service is told.
func TestSettingsForget(t *testing.T) {
	s := newSite(t)
	write := func(document string) {
		t.Helper()
		noError(t, s.store.PutSetting(t.Context(), "advanced", json.RawMessage(document)))
	}
	advanced(t, s)
	write(`{"allow_register":false}`) // the store's listener tells the service
	if got := advanced(t, s); got.AllowRegister || !got.UniqueEmail {
		t.Errorf("settings %+v: what a document leaves out has its default", got)
	}
	reads := s.store.settingReads.Load()
	s.Forget([]store.Change{{Kind: store.ChangeUser, Subject: "advanced"}, {Kind: store.ChangeSetting, Subject: "other"}})
	advanced(t, s)
	if s.store.settingReads.Load() != reads {
		t.Error("a change of something else made it read again")
	}
	s.ForgetAll()
	advanced(t, s)
	if s.store.settingReads.Load() != reads+1 {
		t.Error("ForgetAll forgot nothing")
	}
}

func TestUpdateSettingsFails(t *testing.T) {
	s := newSite(t)
	refusal := errors.New("refused")
	err := s.UpdateAdvanced(t.Context(), func(a accounts.Advanced) (accounts.Advanced, error) {
		a.AllowRegister = false
		return a, refusal
	})
	wantError(t, err, refusal)
	if !advanced(t, s).AllowRegister {
		t.Error("a refused change was written")
	}
	noError(t, s.store.PutSetting(t.Context(), "advanced", json.RawMessage(`["not", "an object"]`)))
	if _, err := s.Advanced(t.Context()); err == nil {
		t.Error("a document of another shape is accepted")
	}
	if _, _, err := s.Register(t.Context(), registration("alice")); err == nil {
		t.Error("somebody signs up by settings that nobody can read")
	}
}

func TestUpdateProviders(t *testing.T) {
	s := newSite(t)
	shared, err := s.Providers(t.Context())
	noError(t, err)
	s.setProvider(t, accounts.LocalProvider, false)
	if !shared[accounts.LocalProvider].Enabled {
		t.Error("the change reached into what was given out before")
	}
	wantError(t, s.RequireLocal(t.Context()), accounts.ErrProviderDisabled)
	noError(t, s.store.PutSetting(t.Context(), "providers", json.RawMessage(`{"github":{"enabled":true}}`)))
	providers, err := s.Providers(t.Context())
	noError(t, err)
	if want := (accounts.Provider{Enabled: true}); !cmp.Equal(providers["github"], want) || len(providers) != len(shared) {
		t.Errorf("%d providers, GitHub is %+v", len(providers), providers["github"])
	}
	enabled, err := s.EnabledProviders(t.Context())
	noError(t, err)
	if diff := cmp.Diff([]string{"github"}, enabled); diff != "" {
		t.Errorf("enabled (-want +got):\n%s", diff)
	}
}
