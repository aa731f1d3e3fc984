// Package conformance holds a server against recorded scenarios of the Users & Permissions HTTP API, from the outside:
// with requests, mails and redirects, and without a look at its source or its database. It owns the format of the
// scenarios and what is compared; TestConformance runs all of them against Gatewright. README.md is the manual.
package conformance
