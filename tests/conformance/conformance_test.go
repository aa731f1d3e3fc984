package conformance

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// neverOffered is the feature that Gatewright will not have: the routes of other plugins.
	neverOffered = "strapi-plugins"
	// pendingPatience is how long mails are waited for that probably do not come.
	pendingPatience = 500 * time.Millisecond
)

// TestConformance holds Gatewright against every recorded scenario whose needs it covers. README.md tells how to hold
// another server against them.
func TestConformance(t *testing.T) {
	if base := os.Getenv("GATEWRIGHT_CONFORMANCE_BASE"); base != "" {
		checkRunning(t, base)
		return
	}
	s := loadSuite(t)
	runnable := s.sift(t)
	order, groups := GroupBy(runnable)
	program := build(t)
	for _, group := range order {
		s.runGroup(t, program, group, groups[group])
	}
	t.Log(s.summary())
}

// suite is what all groups of scenarios share.
type suite struct {
	file        TargetFile
	environment []string // what the server is told about the helpers
	scenarios   []*Scenario
	pending     *Pending
	tallies     map[string]*tally // by area
}

// tally counts what became of the scenarios of an area.
type tally struct{ passed, failed, pending, lacking int }

func loadSuite(t *testing.T) *suite {
	t.Helper()
	file, err := LoadTarget("target.json")
	if err != nil {
		t.Fatal(err)
	}
	scenarios, err := LoadScenarios("cases")
	if err != nil {
		t.Fatal(err)
	}
	departures, err := LoadScenarios("departures")
	if err != nil {
		t.Fatal(err)
	}
	pending, err := LoadPending("pending.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := &suite{file: file, pending: pending, tallies: make(map[string]*tally)}
	s.scenarios = Replace(scenarios, departures)
	s.environment = append(startHelpers(t, &s.file), "CONFORMANCE_JWT_SECRET="+file.JWTSecret)
	return s
}

func (s *suite) tally(scenario *Scenario) *tally {
	area := scenario.Area()
	if s.tallies[area] == nil {
		s.tallies[area] = &tally{}
	}
	return s.tallies[area]
}

// sift returns the scenarios that can be run, and reports what is wrong with the list of pending ones.
func (s *suite) sift(t *testing.T) []*Scenario {
	t.Helper()
	var runnable []*Scenario
	var labels []string
	for _, scenario := range s.scenarios {
		lacking := scenario.Lacking(s.file.Features)
		switch {
		case slices.Contains(lacking, neverOffered):
			s.tally(scenario).lacking++
			continue
		case len(lacking) == 0:
			runnable = append(runnable, scenario)
		default:
			s.tally(scenario).lacking++
			if s.pending.Pattern(scenario.Label) == "" {
				t.Errorf("%s needs %s, which target.json does not offer: list it in pending.txt",
					scenario.Label, strings.Join(lacking, ", "))
			}
		}
		labels = append(labels, scenario.Label)
	}
	for _, pattern := range s.pending.Idle(labels) {
		t.Errorf("%s in pending.txt matches no scenario that is not listed already: remove it", pattern)
	}
	return runnable
}

// runGroup runs the scenarios of one configuration against a server of their own. The server is started by the first of
// them that is run, so that a run of a few scenarios starts few servers. A server that does not start is a difference
// like any other: scenarios of a configuration that is not supported yet can be pending.
func (s *suite) runGroup(t *testing.T, program string, group Group, scenarios []*Scenario) {
	t.Helper()
	directory := t.TempDir()
	var server *Server
	launch := sync.OnceValues(func() (target *Target, err error) {
		server, target, err = s.launch(t.Context(), program, directory, group)
		return target, err
	})
	passed := true
	for _, scenario := range scenarios {
		passed = t.Run(scenario.Label, func(t *testing.T) {
			s.judge(t, scenario, func(patience time.Duration) error {
				target, err := launch()
				if err != nil {
					return err
				}
				return check(t.Context(), target, scenario, patience)
			})
		}) && passed
	}
	if server == nil {
		return
	}
	server.Stop()
	if !passed {
		t.Logf("the end of the log of the server with %s:\n%s", group, server.LogTail())
	}
}

// launch starts a server and waits until it answers. Both the server and an error are returned when it does not.
func (s *suite) launch(ctx context.Context, program, directory string, group Group) (*Server, *Target, error) {
	port, err := FreePort(ctx)
	if err != nil {
		return nil, nil, err
	}
	file := s.file
	file.BaseURL = fmt.Sprintf("http://127.0.0.1:%d", port)
	environment := slices.Concat(s.environment, group.Environment(), []string{fmt.Sprintf("CONFORMANCE_PORT=%d", port)})
	server, err := StartServer(ctx, program, directory, environment)
	if err != nil {
		return nil, nil, err
	}
	timeout := time.Duration(file.Start.TimeoutS) * time.Second
	if err := server.Await(ctx, file.BaseURL+file.Start.Ready, timeout); err != nil {
		return server, nil, fmt.Errorf("starting a server with %s: %w", group, err)
	}
	return server, NewTarget(file), nil
}

// judge runs one scenario and holds its outcome against the list of pending ones.
func (s *suite) judge(t *testing.T, scenario *Scenario, check func(patience time.Duration) error) {
	t.Helper()
	pattern := s.pending.Pattern(scenario.Label)
	patience := MailPatience
	if pattern != "" {
		patience = pendingPatience
	}
	difference := check(patience)
	count := s.tally(scenario)
	switch {
	case pattern == "" && difference == nil:
		count.passed++
	case pattern == "":
		count.failed++
		t.Error(difference)
	case difference != nil:
		count.pending++
		t.Logf("pending: %v", difference)
	case pattern == scenario.Label:
		count.failed++
		t.Error("passes now: remove it from pending.txt")
	default:
		count.failed++
		t.Errorf("passes now, but pending.txt has %s: list the scenarios of the area that are still pending by name", pattern)
	}
}

// check runs a scenario. One with a rate limit gets a window of its own.
func check(ctx context.Context, target *Target, scenario *Scenario, patience time.Duration) error {
	if group := scenario.Group(); group.Max > 0 {
		if err := target.Prepare(ctx); err != nil {
			return err
		}
		if err := pause(ctx, group.Interval+250*time.Millisecond); err != nil {
			return err
		}
	}
	return target.Check(ctx, scenario, patience)
}

func (s *suite) summary() string {
	var out strings.Builder
	var total tally
	line := func(area string, count tally) {
		fmt.Fprintf(&out, "%-14s %3d passed  %3d failed  %3d pending  %3d lacking a feature\n",
			area, count.passed, count.failed, count.pending, count.lacking)
	}
	for _, area := range slices.Sorted(maps.Keys(s.tallies)) {
		count := *s.tallies[area]
		line(area, count)
		total.passed += count.passed
		total.failed += count.failed
		total.pending += count.pending
		total.lacking += count.lacking
	}
	line("all", total)
	return "by area:\n" + out.String()
}

// build compiles the server under test.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "server")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./server").CombinedOutput()
	if err != nil {
		t.Fatalf("building the server: %v\n%s", err, output)
	}
	return program
}
