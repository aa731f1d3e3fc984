// Package e2e tests the whole gateway from outside: requests over TCP, commands in processes of their own, reloads.
package e2e

import (
	"strings"
	"testing"

	"github.com/gatewright/gatewright/tests/e2e/gatetest"
)

func TestMain(m *testing.M) { gatetest.Main(m) }

// Actions of the content type that every test site has.
const (
	find    = "api::article.article.find"
	findOne = "api::article.article.findOne"
	create  = "api::article.article.create"
)

func repeat(text string, n int) string { return strings.Repeat(text, n) }
