// Command gateway is a Caddy with Gatewright, for tests that need a process to kill.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/gatewright/gatewright"
)

func main() { caddycmd.Main() }
