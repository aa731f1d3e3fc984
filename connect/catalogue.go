package connect

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

var (
	//go:embed catalogue/providers.json
	providersJSON []byte
	//go:embed catalogue/additions.json
	additionsJSON []byte
)

var loadCatalogue = sync.OnceValue(func() []Description {
	list, err := parseCatalogue(providersJSON, additionsJSON)
	if err != nil {
		panic("connect: the embedded catalogue is broken: " + err.Error())
	}
	return list
})

// Catalogue lists every known provider, sorted by name. The descriptions share memory with the catalogue: who wants to
// change what is behind a pointer, a slice or a map of one takes a [Description.Clone].
func Catalogue() []Description { return slices.Clone(loadCatalogue()) }

// Lookup finds a known provider by its name or one of its aliases, and returns a copy that may be changed.
func Lookup(name string) (Description, bool) {
	for _, d := range loadCatalogue() {
		if d.Name == name || slices.Contains(d.Aliases, name) {
			return d.Clone(), true
		}
	}
	return Description{}, false
}

// Clone makes a deep copy.
func (d Description) Clone() Description {
	raw, err := json.Marshal(d)
	if err != nil {
		// Every field has a JSON form, except what somebody puts into Body or Require by hand.
		return d
	}
	var copied Description
	if err := json.Unmarshal(raw, &copied); err != nil {
		return d
	}
	return copied
}

// ParseDescription reads one description from JSON. An unknown field is an error.
func ParseDescription(raw []byte) (Description, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var d Description
	if err := decoder.Decode(&d); err != nil {
		return Description{}, fmt.Errorf("reading a provider description: %w", err)
	}
	return d, nil
}

func parseCatalogue(providers, additions []byte) ([]Description, error) {
	var entries []json.RawMessage
	if err := json.Unmarshal(providers, &entries); err != nil {
		return nil, err
	}
	var more map[string]map[string]any
	if err := json.Unmarshal(additions, &more); err != nil {
		return nil, err
	}
	list := make([]Description, 0, len(entries))
	for _, entry := range entries {
		d, err := ParseDescription(entry)
		if err != nil {
			return nil, err
		}
		if addition, ok := more[d.Name]; ok {
			if d, err = withAddition(entry, addition); err != nil {
				return nil, fmt.Errorf("adding to %s: %w", d.Name, err)
			}
		}
		list = append(list, d)
	}
	return list, nil
}

func withAddition(entry []byte, addition map[string]any) (Description, error) {
	var fields map[string]any
	if err := json.Unmarshal(entry, &fields); err != nil {
		return Description{}, err
	}
	merge(fields, addition)
	raw, err := json.Marshal(fields)
	if err != nil {
		return Description{}, err
	}
	return ParseDescription(raw)
}

// merge puts the members of addition into fields; objects are merged, everything else is replaced.
func merge(fields, addition map[string]any) {
	for key, value := range addition {
		inner, isObject := value.(map[string]any)
		outer, wasObject := fields[key].(map[string]any)
		if isObject && wasObject {
			merge(outer, inner)
			continue
		}
		fields[key] = value
	}
}
