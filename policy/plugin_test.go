package policy

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recordedRoute is an entry of the listing that Strapi 5.54 gives.
type recordedRoute struct {
	Method  string `json:"method"`
	Path    string `json:"path"`
	Handler string `json:"handler"`
	Config  struct {
		Middlewares []string `json:"middlewares"`
		Prefix      *string  `json:"prefix"`
		Auth        struct {
			Scope []string `json:"scope"`
		} `json:"auth"`
	} `json:"config"`
}

func TestPluginRoutesAreTheRecordedOnes(t *testing.T) {
	var recorded []recordedRoute
	readJSON(t, "testdata/plugin_routes.json", &recorded)
	routes := PluginRoutes()
	if len(routes) != len(recorded) {
		t.Fatalf("got %d routes, want %d", len(routes), len(recorded))
	}
	for i, want := range recorded {
		got := routes[i]
		if got.Method != want.Method || "/api"+StrapiPattern(got.Path) != want.Path || got.Handler != want.Handler {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if !slices.Equal([]string{got.Action}, want.Config.Auth.Scope) {
			t.Errorf("%s %s: action %s, want %v", got.Method, got.Path, got.Action, want.Config.Auth.Scope)
		}
		limited := slices.Contains(want.Config.Middlewares, PluginUID+".rateLimit")
		if got.RateLimited != limited || got.EmptyPrefix != (want.Config.Prefix != nil) {
			t.Errorf("%s %s: limited %v, empty prefix %v", got.Method, got.Path, got.RateLimited, got.EmptyPrefix)
		}
	}
}

func TestPluginActionsAreTheRecordedOnes(t *testing.T) {
	var recorded Tree
	readJSON(t, "testdata/plugin_permissions.json", &recorded)
	got := NewTree(PluginActions(), func(string) bool { return false })
	if diff := cmp.Diff(recorded, got); diff != "" {
		t.Error(diff)
	}
	text, err := os.ReadFile("testdata/plugin_permissions.json")
	if err != nil {
		t.Fatal(err)
	}
	rest := string(text)
	for _, action := range PluginActions() {
		_, _, name, err := SplitAction(action)
		if err != nil {
			t.Fatal(err)
		}
		_, after, ok := strings.Cut(rest, `"`+name+`"`)
		if !ok {
			t.Fatalf("%s is not where the recording has it", action)
		}
		rest = after
	}
}

func TestPluginRoutesCompile(t *testing.T) {
	table, err := Compile(pluginTable())
	if err != nil {
		t.Fatal(err)
	}
	var catalogue Catalogue
	if err := catalogue.Add(PluginActions()...); err != nil {
		t.Fatal(err)
	}
	for _, route := range table.Routes() {
		if !catalogue.Has(route.Action) {
			t.Errorf("%v: %s is not in the catalogue", route, route.Action)
		}
	}
}

// pluginTable has the plugin's routes below /api.
func pluginTable() []Route {
	var routes []Route
	for _, r := range PluginRoutes() {
		routes = append(routes, Route{Method: r.Method, Pattern: "/api" + r.Path, Action: r.Action, Source: "plugin"})
	}
	return routes
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}
