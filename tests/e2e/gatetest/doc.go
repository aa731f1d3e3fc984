// Package gatetest runs a whole gateway in the process of a test: Caddy with our modules, a store in a folder of its own,
// and an upstream that notes what reaches it. Caddy has one configuration per process, so a test process has one gateway
// at a time, and tests that use it do not run in parallel. A package that uses it calls Main from its TestMain.
package gatetest
