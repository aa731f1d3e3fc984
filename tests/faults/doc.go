// Package faults tests what is left of a promise when processes are killed and servers are away.
package faults
