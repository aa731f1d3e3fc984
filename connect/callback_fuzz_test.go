package connect

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
)

// No callback makes tokens without the state, and no error text gets out of bounds.
func FuzzCallback(f *testing.F) {
	state := strings.Repeat("a", 40)
	for _, seed := range []string{
		"code=c&state=" + state, "state=" + state, "error=access_denied&error_description=%0d%0aSet-Cookie:x", "oauth_token=t&oauth_verifier=v",
		"denied=t", "code=c&state=" + state + "&state=b", "code=c;state=" + state, "error=%ff%fe",
	} {
		f.Add(seed)
	}
	asked := 0
	opts := Options{Transport: fakeTransport(func(*http.Request) (int, string, string) {
		asked++
		return http.StatusOK, formType, "access_token=tok&oauth_token=tok&oauth_token_secret=s"
	})}
	var providers []*Provider
	for _, name := range []string{"github", "dingtalk", "intuit", "twitter", "goodreads"} {
		d, _ := Lookup(name)
		p, err := New(Config{Description: d, ClientID: "id", ClientSecret: "secret", RedirectURI: "https://gateway.test/"}, opts)
		if err != nil {
			f.Fatal(err)
		}
		providers = append(providers, p)
	}
	f.Fuzz(func(t *testing.T, query string) {
		callback, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		for _, p := range providers {
			before := asked
			_, err := p.Finish(t.Context(), Flow{State: state, RequestToken: "request", RequestSecret: "s"}, callback)
			proven := callback.Get("state") == state
			if p.d.OAuth == 1 {
				proven = callback.Get("oauth_token") == "request"
			}
			if (err == nil || asked > before) && !proven {
				t.Fatalf("%s took %q", p.d.Name, query)
			}
		}
		if refused := CallbackError(callback); refused != nil {
			text := refused.Code + refused.Description
			if len([]rune(text)) > maxCode+maxDescription || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("the text is %q", text)
			}
		}
	})
}
