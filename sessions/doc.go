// Package sessions owns the proofs that a request comes from somebody who signed in: the signing keys and the JSON Web
// Tokens made with them. It knows user ids and times, and nothing of accounts, passwords or roles: whether the account
// behind a good token may still use it is for package accounts to say.
package sessions
