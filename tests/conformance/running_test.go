package conformance

import (
	"testing"
	"time"

	"github.com/gatewright/gatewright/tests/conformance/fakeidp"
)

// runningSMTP is where the server that the scenarios were recorded from delivers its mails.
const runningSMTP = "127.0.0.1:2525"

// checkRunning holds the server at base, which offers what strapi.json says, against the scenarios of the default
// group: without departures, and with quirks.
func checkRunning(t *testing.T, base string) {
	t.Helper()
	file, err := LoadTarget("strapi.json")
	if err != nil {
		t.Fatal(err)
	}
	file.BaseURL = base
	scenarios, err := LoadScenarios("cases")
	if err != nil {
		t.Fatal(err)
	}
	startSink(t, runningSMTP, hostOf(file.MailURL))
	serve(t, hostOf(file.IDPURL), fakeidp.New())

	target := NewTarget(file)
	s := &suite{file: file, pending: &Pending{}, tallies: make(map[string]*tally)}
	for _, scenario := range scenarios {
		switch {
		case scenario.Group() != DefaultGroup():
			continue
		case len(scenario.Lacking(file.Features)) > 0:
			s.tally(scenario).lacking++
		default:
			t.Run(scenario.Label, func(t *testing.T) {
				s.judge(t, scenario, func(patience time.Duration) error { return target.Check(t.Context(), scenario, patience) })
			})
		}
	}
	if err := target.Leave(t.Context()); err != nil {
		t.Logf("leaving %s: %v", base, err)
	}
	t.Log(s.summary())
}
