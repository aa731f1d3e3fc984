// Package doubles plays providers, for tests. From a description it makes a server that behaves as the description says: it
// holds every request against what it ought to be, hands out tokens in the described shape, and serves a profile in which
// the mapping must find known values. It reads descriptions with code of its own, so that a mistake of package connect does
// not hide itself.
package doubles
