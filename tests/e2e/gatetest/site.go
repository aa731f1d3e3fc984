package gatetest

import (
	"fmt"
	"net"
	"strings"
)

// Secret signs the tokens of a Site that names no other.
const Secret = "a secret that only the tests know"

// Site is the configuration of a gateway. The zero Site protects /api/articles and /api/reviews.
type Site struct {
	App     string // further options of the app
	Options string // of the gatewright directive
	// Handlers are further directives of the site.
	Handlers string
	// Proxy is the site's last handler, in which UPSTREAM stands for the upstream; empty is a plain reverse proxy to it.
	Proxy string
	// Secret signs the tokens; empty is the constant Secret.
	Secret string
	// Store is the file of the store; empty is that of Gate.Store.
	Store string
	// Cost is that of password hashes; 0 is the cheapest.
	Cost int
	// Bare leaves out the content types.
	Bare bool
}

func (s Site) caddyfile(g *Gate) string {
	_, port, _ := net.SplitHostPort(g.Address)
	proxy := strings.ReplaceAll(or(s.Proxy, "reverse_proxy UPSTREAM"), "UPSTREAM", g.Upstream.Address)
	types := "content_type articles\n\t\tcontent_type reviews"
	if s.Bare {
		types = ""
	}
	return strings.NewReplacer(
		"FOLDER", g.Folder,
		"SOCKET", g.socket,
		"STORE", or(s.Store, g.Store()),
		"COST", fmt.Sprint(max(s.Cost, 4)),
		"SECRET", fmt.Sprintf("%q", or(s.Secret, Secret)),
		"TYPES", types,
		"APP", s.App,
		"PORT", port,
		"OPTIONS", s.Options,
		"HANDLERS", s.Handlers,
		"PROXY", proxy,
	).Replace(template)
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

const template = `{
	admin unix/SOCKET|0600
	auto_https off
	persist_config off
	grace_period 10s
	log {
		output file FOLDER/caddy.log {
			roll_disabled
		}
		level DEBUG
	}
	gatewright {
		store sqlite STORE
		bcrypt_cost COST
		jwt {
			secret SECRET
		}
		TYPES
		APP
	}
}

http://:PORT {
	bind 127.0.0.1
	log {
		output file FOLDER/access.log {
			roll_disabled
		}
	}
	gatewright_admin
	gatewright {
		OPTIONS
	}
	HANDLERS
	PROXY
}
`
