package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gatewright/gatewright/sessions"
	"github.com/gatewright/gatewright/store"
)

// settingKeys is where generated signing keys are kept.
const settingKeys = "signing_keys"

// SigningKeys returns the keys in a store; the first to ask makes one. They are never shown.
func SigningKeys(ctx context.Context, s store.Store, algorithm string) (keys *sessions.KeySet, err error) {
	err = s.Tx(ctx, func(tx store.Store) error {
		document, err := tx.Setting(ctx, settingKeys)
		if err == nil {
			keys, err = sessions.ParseKeySet(document)
			return err
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		key, err := sessions.GenerateKey(algorithm, time.Now())
		if err != nil {
			return err
		}
		if keys, err = sessions.NewKeySet(key); err != nil {
			return err
		}
		if document, err = json.Marshal(keys); err != nil {
			return fmt.Errorf("encoding a signing key: %w", err)
		}
		return tx.PutSetting(ctx, settingKeys, document)
	})
	return keys, err
}
