package mail

import "testing"

func TestNewMessageID(t *testing.T) {
	seen := map[string]bool{}
	for domain, want := range map[string]string{
		"example.test": "example.test", "": "localhost", "a b": "localhost", "a\r\nb": "localhost", "x>y": "localhost",
		"[::1]:80": "localhost",
	} {
		id := NewMessageID(domain)
		if !isMessageID(id) || seen[id] || id[len(id)-len(want):] != want {
			t.Errorf("%q: got %q, want a new one at %s", domain, id, want)
		}
		seen[id] = true
	}
}
