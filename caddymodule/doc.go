// Package caddymodule is everything of Gatewright that imports Caddy: the app with its connections, the handlers, the
// Caddyfile, the commands and the admin API. It wires the other packages together and decides nothing itself.
package caddymodule
