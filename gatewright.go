// Package gatewright is a Caddy module that puts authentication and authorization in front of any content API. It speaks
// the HTTP API of Strapi's Users & Permissions plugin and proxies what a role may do.
//
// Importing this package registers the modules with Caddy, so that a Caddy with Gatewright is built by
//
//	xcaddy build --with github.com/gatewright/gatewright
//
// The code is in the packages below; docs/architecture.md tells which.
package gatewright

import (
	// Registers the app, the handlers, the commands and the stores.
	_ "github.com/gatewright/gatewright/caddymodule"
)
