package accounts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gatewright/gatewright/store"
)

// Names of the documents in store.Settings.
const (
	settingAdvanced  = "advanced"
	settingProviders = "providers"
)

// Advanced is the advanced settings of the Users & Permissions plugin.
type Advanced struct {
	UniqueEmail                  bool    `json:"unique_email"`
	AllowRegister                bool    `json:"allow_register"`
	EmailConfirmation            bool    `json:"email_confirmation"`
	EmailResetPassword           *string `json:"email_reset_password"`
	EmailConfirmationRedirection *string `json:"email_confirmation_redirection"`
	DefaultRole                  *string `json:"default_role"`
}

func defaultAdvanced() Advanced {
	role := store.RoleAuthenticated
	return Advanced{UniqueEmail: true, AllowRegister: true, DefaultRole: &role}
}

// document is one setting, read from the store when it was never read or changed since.
type document[T any] struct {
	name     string
	fallback func() T

	mu         sync.Mutex
	generation int
	value      *T
}

// get returns the setting; the caller must not change what it points to.
func (d *document[T]) get(ctx context.Context, from store.Settings) (T, error) {
	d.mu.Lock()
	cached, generation := d.value, d.generation
	d.mu.Unlock()
	if cached != nil {
		return *cached, nil
	}
	value, err := d.read(ctx, from)
	if err != nil {
		return value, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.generation == generation { // else what was read may be older than the change
		d.value = &value
	}
	return value, nil
}

func (d *document[T]) read(ctx context.Context, from store.Settings) (T, error) {
	value := d.fallback()
	raw, err := from.Setting(ctx, d.name)
	if errors.Is(err, store.ErrNotFound) {
		return value, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &value)
	}
	if err != nil {
		return value, fmt.Errorf("reading the setting %q: %w", d.name, err)
	}
	return value, nil
}

func (d *document[T]) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.generation++
	d.value = nil
}

// update changes the setting in one step and returns the top-level names in it that have another value now. An error of
// change is returned unchanged, and nothing is written.
func (d *document[T]) update(ctx context.Context, in store.Store, change func(T) (T, error)) (changed []string, err error) {
	defer d.forget()
	err = in.Tx(ctx, func(tx store.Store) error {
		value, err := d.read(ctx, tx)
		if err != nil {
			return err
		}
		before, err := json.Marshal(value) // first of all: change may alter what it is given
		if err != nil {
			return fmt.Errorf("reading the setting %q: %w", d.name, err)
		}
		if value, err = change(value); err != nil {
			return err
		}
		after, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("writing the setting %q: %w", d.name, err)
		}
		if changed, err = changedNames(before, after); err != nil {
			return fmt.Errorf("comparing the setting %q: %w", d.name, err)
		}
		return tx.PutSetting(ctx, d.name, after)
	})
	return changed, err
}

// changedNames returns the names whose values differ in two JSON objects, in order.
func changedNames(before, after []byte) ([]string, error) {
	var old, next map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(before, &old), json.Unmarshal(after, &next)); err != nil {
		return nil, err
	}
	changed := []string{}
	for name, value := range next {
		if was, ok := old[name]; !ok || !bytes.Equal(was, value) {
			changed = append(changed, name)
		}
	}
	for name := range old {
		if _, ok := next[name]; !ok {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	return changed, nil
}

// updated records a change of a setting that worked, with the names in it that changed and no values.
func (s *Service) updated(ctx context.Context, setting string, changed []string, err error) error {
	if err == nil {
		details := map[string]any{"keys": changed}
		s.record(ctx, store.Event{Name: EventSettingChanged, Subject: "setting " + setting, Details: details})
	}
	return err
}

// Advanced returns the advanced settings.
func (s *Service) Advanced(ctx context.Context) (Advanced, error) {
	return s.advanced.get(ctx, s.store)
}

// UpdateAdvanced changes the advanced settings in one step. A default role that does not exist is stored as given, as in
// Strapi; signing up then fails with ErrNoDefaultRole.
func (s *Service) UpdateAdvanced(ctx context.Context, change func(Advanced) (Advanced, error)) error {
	changed, err := s.advanced.update(ctx, s.store, change)
	return s.updated(ctx, settingAdvanced, changed, err)
}
