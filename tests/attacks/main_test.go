// Package attacks has a test for each attack on gateways and on this API that was published and that could be tried here.
// Those that are about one function alone are tested beside it; docs/security.md says which test belongs to which attack.
package attacks

import (
	"net/http"
	"testing"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

func TestMain(m *testing.M) { gatetest.Main(m) }

const (
	find       = "api::article.article.find"
	findOne    = "api::article.article.findOne"
	reviews    = "api::review.review.find"
	findUsers  = "plugin::users-permissions.user.find"
	updateUser = "plugin::users-permissions.user.update"
)

// silent is an upstream that says nothing.
func silent(http.ResponseWriter, *http.Request) {}

// unreached fails the test if anything has come to the upstream.
func unreached(t *testing.T, g *gatetest.Gate) {
	t.Helper()
	if seen := g.Upstream.Requests(); len(seen) > 0 {
		t.Errorf("the upstream got %+v", seen)
	}
}
