// Package accounts is the life of an account: signing up, signing in, changing, blocking, deleting, and the roles an
// account can have; and the few accounts of operators. It decides by the settings of the site and speaks in domain
// errors. It knows no HTTP, no permission and no URL.
package accounts
