package caddymodule

import "testing"

func TestSingular(t *testing.T) {
	for plural, want := range map[string]string{
		"articles": "article", "categories": "", "movies": "", "blog-posts": "blog-post",
		"people": "", "data": "", "glass": "", "addresses": "", "houses": "", "boxes": "", "matches": "", "s": "",
	} {
		if got := singularOf(plural); got != want {
			t.Errorf("one of the %s is %q, want %q", plural, got, want)
		}
	}
}
