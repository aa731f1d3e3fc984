package conformance

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// Scenario is one recorded case: what is there beforehand, what is asked, and what is answered.
type Scenario struct {
	Label     string          `json:"-"` // area/name, from the path of the file
	About     string          `json:"about"`
	Mode      string          `json:"mode"`
	RateLimit *RateLimit      `json:"ratelimit"`
	Options   json.RawMessage `json:"options"`
	Needs     []string        `json:"needs"`
	Quirk     string          `json:"quirk"`     // why the recorded behaviour looks like a mistake
	Departure string          `json:"departure"` // why a server had better behave like this instead
	Setup     []Action        `json:"setup"`
	Steps     []Step          `json:"steps"`
}

// RateLimit is the rate limit a scenario was recorded with.
type RateLimit struct {
	Interval int `json:"interval"` // milliseconds
	Max      int `json:"max"`
}

// Action is one verb with its arguments, for example {"user": {"as": "alice"}}.
type Action map[string]json.RawMessage

// Step is one thing that happens in a scenario: a request, a mail that should or should not arrive, a pause, or an
// Action.
type Step struct {
	ID      string            `json:"id"`
	Request *Request          `json:"request"`
	Repeat  int               `json:"repeat"` // how often the request is sent; 0 means once
	Mail    json.RawMessage   `json:"mail"`
	NoMail  json.RawMessage   `json:"no_mail"`
	AfterMS int               `json:"after_ms"` // how long NoMail waits, 400 by default
	WaitMS  int               `json:"wait_ms"`
	Do      Action            `json:"do"`
	Capture map[string]string `json:"capture"`
	Expect  json.RawMessage   `json:"expect"`
}

// Request is what a step sends. At most one of JSON, Form and Raw is its body.
type Request struct {
	Method  string          `json:"method"` // GET when empty
	Path    string          `json:"path"`   // or a whole URL
	JSON    json.RawMessage `json:"json"`
	Form    json.RawMessage `json:"form"`
	Raw     *string         `json:"raw"`
	Headers json.RawMessage `json:"headers"`
	Query   json.RawMessage `json:"query"`
	Auth    string          `json:"auth"`    // a token, or "admin"
	Cookies string          `json:"cookies"` // the name of the jar that is sent and filled
}

// Area returns the first part of the label.
func (s *Scenario) Area() string {
	area, _, _ := strings.Cut(s.Label, "/")
	return area
}

// Lacking returns those of the scenario's needs that are not among the features.
func (s *Scenario) Lacking(features []string) []string {
	return slices.DeleteFunc(slices.Clone(s.Needs), func(need string) bool { return slices.Contains(features, need) })
}

// Group is a configuration of the server. Scenarios of one group run against one server, one after the other.
type Group struct {
	Mode     string
	Interval time.Duration // of the rate limit
	Max      int           // of the rate limit; 0 means that there is none
	Options  string        // a JSON object
}

// DefaultGroup is the configuration of most scenarios.
func DefaultGroup() Group {
	return Group{Mode: "legacy-support", Options: "{}"}
}

// Group returns the configuration the scenario was recorded with.
func (s *Scenario) Group() Group {
	group := DefaultGroup()
	if s.Mode != "" {
		group.Mode = s.Mode
	}
	if s.RateLimit != nil {
		group.Interval = time.Duration(s.RateLimit.Interval) * time.Millisecond
		group.Max = s.RateLimit.Max
	}
	if len(s.Options) > 0 {
		group.Options = string(s.Options)
	}
	return group
}

// String names the group in logs.
func (g Group) String() string {
	return fmt.Sprintf("mode %s, limit %d per %s, options %s", g.Mode, g.Max, g.Interval, g.Options)
}

// LoadScenarios reads every .json file below dir, ordered by label.
func LoadScenarios(dir string) ([]*Scenario, error) {
	var found []*Scenario
	tree := os.DirFS(dir)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".json" {
			return err
		}
		raw, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		scenario := &Scenario{Label: strings.TrimSuffix(name, ".json")}
		if err := decodeJSON(raw, scenario); err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		if len(scenario.Options) > 0 {
			if scenario.Options, err = canonical(scenario.Options); err != nil {
				return fmt.Errorf("reading the options of %s: %w", name, err)
			}
		}
		found = append(found, scenario)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("loading scenarios from %s: %w", dir, err)
	}
	return found, nil
}

// Replace returns the scenarios with each that has a departure of the same label replaced by it.
func Replace(scenarios, departures []*Scenario) []*Scenario {
	instead := make(map[string]*Scenario, len(departures))
	for _, departure := range departures {
		instead[departure.Label] = departure
	}
	replaced := slices.Clone(scenarios)
	for i, scenario := range replaced {
		if departure, ok := instead[scenario.Label]; ok {
			replaced[i] = departure
		}
	}
	return replaced
}

// GroupBy returns the scenarios by configuration, and the configurations in order of first appearance.
func GroupBy(scenarios []*Scenario) ([]Group, map[Group][]*Scenario) {
	var order []Group
	groups := make(map[Group][]*Scenario)
	for _, scenario := range scenarios {
		group := scenario.Group()
		if _, known := groups[group]; !known {
			order = append(order, group)
		}
		groups[group] = append(groups[group], scenario)
	}
	return order, groups
}
