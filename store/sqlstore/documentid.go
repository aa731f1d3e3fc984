package sqlstore

import "crypto/rand"

const (
	documentIDLength   = 24
	documentIDAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
)

// newDocumentID returns 24 random characters of [a-z0-9], each as likely as any other.
func newDocumentID() string {
	// Bytes from the last, incomplete run of the alphabet would favour its beginning.
	const fair = 256 - 256%len(documentIDAlphabet)

	id := make([]byte, 0, documentIDLength)
	var random [2 * documentIDLength]byte
	for len(id) < documentIDLength {
		_, _ = rand.Read(random[:]) // never fails
		for _, b := range random {
			if int(b) < fair && len(id) < documentIDLength {
				id = append(id, documentIDAlphabet[int(b)%len(documentIDAlphabet)])
			}
		}
	}
	return string(id)
}
