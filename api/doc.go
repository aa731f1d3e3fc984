// Package api is the REST dialect of Strapi's Users & Permissions plugin: it decodes requests, checks their shape with the
// messages that clients know, calls the use cases of package accounts, and writes answers and the one error envelope. It
// knows net/http and no Caddy. Who may call an endpoint is decided before one gets here.
package api
