// Package openapi holds what a running gateway answers against two descriptions of the same API: the reference that
// Strapi publishes for its plugin (testdata/content-api.yaml) and the document that the gateway serves about itself.
package openapi

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/tests/clients/gateway"
)

func TestMain(m *testing.M) { gateway.Main(m) }

// notBuilt are the operations without an endpoint yet, and what the gateway answers to those who may use them. They are
// in no served document. The table only shrinks: an answer of another status fails the test.
var notBuilt = map[string]struct {
	status int
	why    string
}{
	"POST /auth/refresh":                {http.StatusNotFound, "there are no refresh tokens"},
	"POST /auth/logout":                 {http.StatusNotFound, "there are no sessions to end"},
	"GET /auth/sessions":                {http.StatusNotFound, "there are no sessions"},
	"DELETE /auth/sessions/{sessionId}": {http.StatusNotFound, "there are no sessions"},
}

// refusedOnly are the operations that refuse everybody yet, in the words and the envelope of the documents. The list only
// shrinks: the first answer of another kind fails the test.
var refusedOnly = map[string]string{
	"GET /connect/{provider}":       "no provider is offered: even an enabled one is disabled",
	"GET /auth/{provider}/callback": "no provider is offered: even an enabled one is disabled",
}

func TestExchanges(t *testing.T) {
	d := start(t)
	t.Run("accounts", d.accounts)
	t.Run("confirmation", d.confirmation)
	t.Run("users", d.users)
	t.Run("roles", d.roles)
	t.Run("document", d.document)
	t.Run("refusals", d.refusals)
	t.Run("not built", d.probeNotBuilt)

	reference := slices.Sorted(maps.Keys(d.reference.operations))
	covered, refused := 0, 0
	for _, operation := range reference {
		missing, unbuilt := notBuilt[operation]
		switch {
		case d.granted[operation] && d.refused[operation]:
			covered++
		case refusedOnly[operation] != "" && d.refused[operation]:
			covered++
			refused++
			t.Logf("covered by refusals: %s: %s", operation, refusedOnly[operation])
		case unbuilt:
			t.Logf("not covered: %s: %s", operation, missing.why)
		default:
			t.Errorf("%s: granted %v, refused %v; there must be an exchange of both kinds",
				operation, d.granted[operation], d.refused[operation])
		}
	}
	t.Logf("covered %d of %d operations, %d of them by refusals alone", covered, len(reference), refused)
	for operation := range d.served.operations {
		if !d.granted[operation] && (refusedOnly[operation] == "" || !d.refused[operation]) {
			t.Errorf("%s is served and was not tried", operation)
		}
	}
}

// TestServedRoutes finds every route of the plugin in the served document or among those that are not built, and nothing
// else in either.
func TestServedRoutes(t *testing.T) {
	served := start(t).served.operations
	var want []string
	for _, route := range policy.PluginRoutes() {
		if operation := operationOf(route.Method, route.Path); notBuilt[operation].why == "" {
			want = append(want, operation)
		}
	}
	want = append(want, "GET /openapi.json")
	got := slices.Sorted(maps.Keys(served))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("served:\n%q\nbuilt:\n%q", got, want)
	}
}

// TestServedDocument asks the library for everything it can find wrong with an OpenAPI 3.1 document, and that no object
// leaves open what else may be in it.
func TestServedDocument(t *testing.T) {
	spec := start(t).served.spec
	if spec.OpenAPI != "3.1.0" {
		t.Errorf("openapi: %s", spec.OpenAPI)
	}
	err := spec.Validate(t.Context(), openapi3.EnableSchemaPatternValidation(), openapi3.EnableExamplesValidation(),
		openapi3.ProhibitExtensionsWithRef(), openapi3.EnableMultiError())
	if err != nil {
		t.Error(err)
	}
	for name, schema := range spec.Components.Schemas {
		requireClosed(t, name, schema)
	}
	for operation, route := range operationsOf(spec, "") {
		for status, response := range route.Operation.Responses.Map() {
			for _, media := range response.Value.Content {
				requireClosed(t, operation+" "+status, media.Schema)
			}
		}
	}
}

// requireClosed fails for an object that does not say whether it may have more than its properties. Parts of a
// combination are exempt: the other parts close them.
func requireClosed(t *testing.T, where string, ref *openapi3.SchemaRef) {
	t.Helper()
	if ref == nil || ref.Ref != "" {
		return // a component, which is looked at by its name
	}
	s := ref.Value
	if s.Type.Is(openapi3.TypeObject) && s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil {
		t.Errorf("%s is an object that anything may be added to", where)
	}
	for name, property := range s.Properties {
		requireClosed(t, where+"."+name, property)
	}
	requireClosed(t, where+"[]", s.Items)
	requireClosed(t, where+".*", s.AdditionalProperties.Schema)
	for _, alternative := range slices.Concat(s.AnyOf, s.OneOf, s.AllOf) {
		requireClosed(t, where, alternative)
	}
}
