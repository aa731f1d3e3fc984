package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gatewright/gatewright/store"
)

// Setting returns the document of that name. See store.Settings.
func (r reader) Setting(ctx context.Context, name string) (json.RawMessage, error) {
	if !validText(name) {
		return nil, fmt.Errorf("reading setting: %w", store.ErrNotFound)
	}
	var row settingRow
	if err := r.db.NewSelect().Model(&row).Where("name = ?", name).Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading setting %q: %w", name, readError(err))
	}
	return json.RawMessage(row.Value), nil
}

// PutSetting stores a document. See store.Settings.
func (s *Store) PutSetting(ctx context.Context, name string, value json.RawMessage) error {
	return s.inTx(ctx, func(t *tx) error { return t.PutSetting(ctx, name, value) })
}

// PutSetting stores a document. See store.Settings.
func (t *tx) PutSetting(ctx context.Context, name string, value json.RawMessage) error {
	if err := checkText(name, string(value)); err != nil {
		return fmt.Errorf("writing setting: %w", err)
	}
	if !json.Valid(value) {
		return fmt.Errorf("writing setting %q: %w", name, errors.New("its value is not JSON"))
	}
	_, err := t.db.NewInsert().Model(&settingRow{Name: name, Value: string(value)}).
		On("CONFLICT (name) DO UPDATE").Set("value = EXCLUDED.value").Exec(ctx)
	if err != nil {
		return fmt.Errorf("writing setting %q: %w", name, err)
	}
	return t.record(ctx, store.ChangeSetting, name)
}
