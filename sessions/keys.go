package sessions

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// HS256 is HMAC with SHA-256 (RFC 7518, 3.2), the algorithm of Strapi's user tokens.
const HS256 = "HS256"

// MinSecretBytes is the shortest secret that is accepted. RFC 7518, 3.2 asks for RecommendedSecretBytes; the secrets
// that Strapi's project generator writes have 24 characters, so those are let through.
const (
	MinSecretBytes         = 16
	RecommendedSecretBytes = 32
)

// Key signs and verifies tokens.
type Key struct {
	ID        string    `json:"id"`
	Algorithm string    `json:"algorithm"`
	Secret    string    `json:"secret"`
	CreatedAt time.Time `json:"created_at"`
}

// GenerateKey makes a key with a random secret of 256 bits.
func GenerateKey(algorithm string, now time.Time) (Key, error) {
	if err := checkAlgorithm(algorithm); err != nil {
		return Key{}, err
	}
	random := make([]byte, 40)
	if _, err := rand.Read(random); err != nil {
		return Key{}, fmt.Errorf("reading randomness for a key: %w", err)
	}
	return Key{
		ID:        hex.EncodeToString(random[:8]),
		Algorithm: algorithm,
		Secret:    hex.EncodeToString(random[8:]),
		CreatedAt: now.UTC().Truncate(time.Second),
	}, nil
}

// String names the key without its secret.
func (k Key) String() string { return fmt.Sprintf("signing key %q", k.ID) }

// Format writes String whatever the verb is. See KeySet.Format.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

func (k Key) validate() error {
	if err := checkAlgorithm(k.Algorithm); err != nil {
		return err
	}
	return CheckSecret(k.Secret)
}

// CheckSecret says what is wrong with a secret, without showing it.
func CheckSecret(secret string) error {
	if len(secret) < MinSecretBytes {
		return fmt.Errorf("the secret has %d bytes, and at least %d are needed (%d are recommended): "+
			"make one with `openssl rand -hex 32`", len(secret), MinSecretBytes, RecommendedSecretBytes)
	}
	return nil
}

func checkAlgorithm(algorithm string) error {
	if algorithm != HS256 {
		return fmt.Errorf("unknown signing algorithm %q: %s is the one there is", algorithm, HS256)
	}
	return nil
}

// KeySet is the keys of one gateway, immutable. The first signs; all verify, so that tokens outlive a rotation.
type KeySet struct{ keys []Key }

// NewKeySet makes a set; keys[0] is the one that signs from now on.
func NewKeySet(keys ...Key) (*KeySet, error) {
	if len(keys) == 0 {
		return nil, errors.New("no signing key")
	}
	seen := make(map[string]bool, len(keys))
	for _, k := range keys {
		if err := k.validate(); err != nil {
			return nil, err
		}
		if seen[k.ID] {
			return nil, fmt.Errorf("two signing keys have the id %q", k.ID)
		}
		seen[k.ID] = true
	}
	return &KeySet{keys: slices.Clone(keys)}, nil
}

// ParseKeySet reads what MarshalJSON wrote.
func ParseKeySet(document []byte) (*KeySet, error) {
	var keys []Key
	if err := json.Unmarshal(document, &keys); err != nil {
		// The cause may quote the document, and with it a secret.
		return nil, errors.New("the stored signing keys are not readable")
	}
	return NewKeySet(keys...)
}

// MarshalJSON writes the set with its secrets, for the store alone.
func (s *KeySet) MarshalJSON() ([]byte, error) { return json.Marshal(s.keys) }

// String names the keys without their secrets, so that a set that strays into a log tells nothing.
func (s KeySet) String() string {
	ids := make([]string, len(s.keys))
	for i, k := range s.keys {
		ids[i] = k.ID
	}
	return fmt.Sprintf("signing keys %q", ids)
}

// Format writes String whatever the verb is, since %d and its like print the fields of what is no number.
func (s KeySet) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

func (s *KeySet) signing() Key { return s.keys[0] }

// named tells whether tokens carry a key id: not with a single HS256 key, whose header is the recorded one.
func (s *KeySet) named() bool { return len(s.keys) > 1 }

// find returns the key for a token with that key id. Tokens made before there was a second key have none; the oldest
// key made them.
func (s *KeySet) find(id string) (Key, bool) {
	if id == "" {
		return s.keys[len(s.keys)-1], true
	}
	i := slices.IndexFunc(s.keys, func(k Key) bool { return k.ID == id })
	if i < 0 {
		return Key{}, false
	}
	return s.keys[i], true
}
