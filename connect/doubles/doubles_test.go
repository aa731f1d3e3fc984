package doubles

import (
	"strings"
	"testing"

	"github.com/gatewright/gatewright/connect"
)

// Every provider of the catalogue completes the handshake, and signs a user in wherever its data says that it can.
func TestEveryProvider(t *testing.T) {
	var table strings.Builder
	results, err := Report(t.Context(), &table)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		if result.Err != nil {
			t.Error(result.Err)
		}
		if !result.SignsIn && len(result.Gaps) == 0 {
			t.Errorf("%s does not sign in, and its data does not say why", result.Name)
		}
	}
	if len(results) != len(connect.Catalogue()) {
		t.Errorf("%d results", len(results))
	}
	t.Log("\n" + table.String())
}

// A double that takes everything would prove nothing.
func TestDoublesComplain(t *testing.T) {
	cases := map[string]struct {
		provider string
		change   func(*connect.Config)
		want     string
	}{
		"another secret":      {"github", func(c *connect.Config) { c.ClientSecret = "wrong" }, "access: client_secret"},
		"another basic one":   {"reddit", func(c *connect.Config) { c.ClientSecret = "wrong" }, "wrong basic authentication"},
		"another hash":        {"smartsheet", func(c *connect.Config) { c.ClientSecret = "wrong" }, "access: hash"},
		"another signature":   {"trello", func(c *connect.Config) { c.ClientSecret = "wrong" }, "the signature does not fit"},
		"another plain one":   {"freshbooks", func(c *connect.Config) { c.ClientSecret = "wrong" }, "the plain signature is wrong"},
		"another client":      {"github", func(c *connect.Config) { c.ClientID = "wrong" }, "authorize: client_id"},
		"another scope":       {"github", func(c *connect.Config) { c.Scope = []string{"all"} }, "authorize: scope"},
		"a parameter more":    {"github", func(c *connect.Config) { c.CustomParams = map[string]string{"x": "y"} }, "authorize: x is not expected"},
		"no PKCE":             {"google", func(c *connect.Config) { c.Extras = false }, "no PKCE challenge"},
		"no renaming":         {"wechat", func(c *connect.Config) { c.Description.Flow = nil }, "authorize: appid"},
		"another profile":     {"github", func(c *connect.Config) { c.Description.Map.ID = connect.Path("node_id") }, "no subject"},
		"another profile URL": {"github", func(c *connect.Config) { c.Description.Profile.URL += "s" }, "nobody serves GET https://api.github.com/users"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d, ok := connect.Lookup(c.provider)
			if !ok {
				t.Fatalf("%s is not in the catalogue", c.provider)
			}
			double, err := New(d, Variant{})
			if err != nil {
				t.Fatal(err)
			}
			defer double.Close()
			config := double.Config()
			c.change(&config)
			provider, err := connect.New(config, double.Options())
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(double.Problems(), "\n")
			if err := double.walk(t.Context(), provider); err != nil {
				said += err.Error()
			}
			said += strings.Join(double.Problems(), "\n")
			if !strings.Contains(said, c.want) {
				t.Errorf("the double says %q, nothing of %q", said, c.want)
			}
		})
	}
}
