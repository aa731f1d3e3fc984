package accounts

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKeepableDetails(t *testing.T) {
	many := make(map[string]any)
	for i := range 2000 {
		many[strings.Repeat("x", i)] = true
	}
	long := strings.Repeat("é", 300)
	for _, c := range []struct {
		name          string
		details, want map[string]any
	}{
		{"none", nil, nil},
		{"empty", map[string]any{}, nil},
		{"as it is", map[string]any{"a": "x", "n": 1, "list": []string{"y"}}, map[string]any{"a": "x", "n": 1, "list": []string{"y"}}},
		{"no list", map[string]any{"list": []string(nil)}, map[string]any{"list": []string{}}},
		{"not storable", map[string]any{"a\x00": "\xff", "list": []string{"\x00"}}, map[string]any{"a�": "�", "list": []string{"�"}}},
		{"long text", map[string]any{"a": long}, map[string]any{"a": strings.Repeat("é", 256) + "…"}},
		{"too many names", many, map[string]any{"omitted": len(many)}},
		{"no JSON", map[string]any{"a": func() {}}, map[string]any{"omitted": 1}},
	} {
		if diff := cmp.Diff(c.want, keepableDetails(c.details)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// However long two lists are, what is kept of them fits, and not much room is left.
func TestKeepableDetailsFillsTheRoom(t *testing.T) {
	for _, size := range []int{1, 10, 100, 1000} {
		list := make([]string, 1000)
		for i := range list {
			list[i] = strings.Repeat("<", size)
		}
		kept := keepableDetails(map[string]any{"granted": list, "revoked": list})
		encoded, err := json.Marshal(kept)
		if err != nil || len(encoded) > maxDetails || kept["granted"] == nil || kept["granted_more"] == nil {
			t.Errorf("texts of %d bytes: %d bytes, %v", size, len(encoded), err)
		}
	}
}
