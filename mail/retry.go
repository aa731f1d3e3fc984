package mail

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"time"
)

const (
	firstDelay = time.Second
	maxDelay   = 10 * time.Minute
	maxReason  = 500 // bytes
)

// backoff is how long to wait after that many failed attempts: 1 s, 2 s, 4 s and so on up to 10 min, each a quarter more
// or less by chance, so that mails that failed together are not tried together.
func backoff(attempts int) time.Duration {
	delay := maxDelay
	if doublings := max(attempts-1, 0); doublings < 10 {
		delay = min(firstDelay<<doublings, maxDelay)
	}
	spread := delay / 4
	delay += rand.N(2*spread) - spread // #nosec G404 -- it spreads load and keeps no secret
	return min(delay, maxDelay)
}

// longWord is what may be a code, whole or in part.
var longWord = regexp.MustCompile(`[A-Za-z0-9_-]{12,}`)

// explain is err in a line that may be kept and logged. A server that refuses a mail may quote it, so long words of the
// mail are taken out: one of them is the code.
func explain(err error, m Message) string {
	body := strings.ToLower(m.Text + "\n" + m.HTML)
	reason := longWord.ReplaceAllStringFunc(err.Error(), func(word string) string {
		if strings.Contains(body, strings.ToLower(word)) {
			return "…"
		}
		return word
	})
	reason = oneLine(strings.ReplaceAll(strings.ReplaceAll(reason, "\r", ""), "\n", " "))
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "")
	}
	return reason
}
