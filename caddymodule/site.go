package caddymodule

import (
	"github.com/gatewright/gatewright/api"
	"github.com/gatewright/gatewright/internal/operator"
	"github.com/gatewright/gatewright/policy"
)

// register makes a site's routes known to listings and commands.
func (a *App) register(g *Gateway) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gates = append(a.gates, g)
}

// site is what all sites offer together.
func (a *App) site() api.Site {
	a.mu.Lock()
	defer a.mu.Unlock()
	var site api.Site
	var catalogue policy.Catalogue
	seen := make(map[policy.Route]bool) // routes to the upstream have no Endpoint, so they can be keys
	for _, g := range a.gates {
		for _, route := range g.upstream {
			if !seen[route] {
				seen[route] = true
				site.Routes = append(site.Routes, route)
			}
		}
	}
	for _, route := range site.Routes {
		if route.Action != "" {
			// Compile has checked the action.
			_ = catalogue.Add(route.Action)
		}
	}
	_ = catalogue.Add(policy.PluginActions()...)
	site.Actions = catalogue.Actions()
	return site
}

// operator returns what commands work with.
func (a *App) operator() *operator.Operator {
	return &operator.Operator{Accounts: a.accounts, Policy: a.policy, Routes: a.allRoutes, PublicURL: a.PublicURL, SendsMail: a.sendsMail}
}

// allRoutes returns the routes of all sites, our own endpoints first.
func (a *App) allRoutes() []policy.Route {
	return append(a.server.Routes(), a.site().Routes...)
}
