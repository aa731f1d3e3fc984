// Package clients runs the client libraries that front ends use against a gateway: @strapi/client and strapi-sdk-js, in
// the versions of js/package-lock.json. The scripts are in js/; setup.sh installs what they need.
package clients

import (
	"os"
	"os/exec"
	"testing"

	"github.com/gatewright/gatewright/tests/clients/gateway"
)

func TestMain(m *testing.M) { gateway.Main(m) }

// Every signed-in user may work with articles, and with nothing else beyond what a new gateway allows.
var articles = []string{
	"api::article.article.find", "api::article.article.findOne", "api::article.article.create",
	"api::article.article.update", "api::article.article.delete",
}

func TestStrapiClient(t *testing.T) {
	site := start(t)
	site.Grant(t, "authenticated", articles...)
	t.Run("account", func(t *testing.T) { runScript(t, site, "client-account.mjs") })
	t.Run("content", func(t *testing.T) { runScript(t, site, "client-content.mjs") })
	t.Run("users", func(t *testing.T) {
		const user = "plugin::users-permissions.user."
		site.Grant(t, "authenticated", user+"find", user+"findOne", user+"create", user+"update", user+"destroy")
		runScript(t, site, "client-users.mjs")
	})
}

func TestStrapiSDK(t *testing.T) {
	site := start(t)
	site.Grant(t, "authenticated", articles...)
	t.Run("account", func(t *testing.T) { runScript(t, site, "sdk-account.mjs") })
	t.Run("content", func(t *testing.T) { runScript(t, site, "sdk-content.mjs") })
	t.Run("passwords", func(t *testing.T) { runScript(t, site, "sdk-passwords.mjs") })
	t.Run("confirmation", func(t *testing.T) {
		site.Advanced(t, map[string]any{
			"email_confirmation":             true,
			"email_confirmation_redirection": "https://front.example.test/welcome",
		})
		runScript(t, site, "sdk-confirmation.mjs")
	})
}

func start(t *testing.T) *gateway.Gateway {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "./setup.sh").CombinedOutput(); err != nil {
		t.Fatalf("setup.sh: %v\n%s", err, out)
	}
	return gateway.Start(t)
}

// runScript runs a script of js/, which fails when it finds something wrong.
func runScript(t *testing.T, site *gateway.Gateway, script string) {
	t.Helper()
	node := exec.CommandContext(t.Context(), "node", script)
	node.Dir = "js"
	node.Env = append(os.Environ(), "GATEWAY_URL="+site.URL, "MAILS_URL="+site.MailsURL)
	if out, err := node.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", script, err, out)
	}
}
