// Package connect signs people in at other services: OAuth 1.0a, OAuth 2.0 and OpenID Connect, by one engine that follows
// declarative descriptions. It owns the handshake, the catalogue of known providers and the mapping of what a provider
// says to a profile.
//
// It knows no users, no cookies and no storage: what must survive between the start and the callback is a [Flow], which
// the caller keeps, bound to the browser that began.
package connect
