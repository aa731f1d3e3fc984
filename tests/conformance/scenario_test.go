package conformance

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRecordedScenarios checks that every recorded scenario can be read, and that none would pass whatever happens.
func TestRecordedScenarios(t *testing.T) {
	for _, dir := range []string{"cases", "departures"} {
		scenarios, err := LoadScenarios(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(scenarios) == 0 {
			t.Errorf("%s is empty", dir)
		}
		for _, scenario := range scenarios {
			checkScenario(t, scenario)
			if (scenario.Departure != "") != (dir == "departures") {
				t.Errorf("%s is in %s and its departure is %q", scenario.Label, dir, scenario.Departure)
			}
		}
	}
}

func checkScenario(t *testing.T, scenario *Scenario) {
	t.Helper()
	if len(scenario.Steps) == 0 {
		t.Errorf("%s has no steps", scenario.Label)
	}
	actions := scenario.Setup
	for _, step := range scenario.Steps {
		if (step.Request != nil || step.Mail != nil) && step.Expect == nil {
			t.Errorf("%s: nothing is expected of step %s", scenario.Label, step.ID)
		}
		if step.Do != nil {
			actions = append(actions, step.Do)
		}
	}
	for _, action := range actions {
		for name := range action {
			if verbs[name] == nil {
				t.Errorf("%s: unknown verb %q", scenario.Label, name)
			}
		}
	}
}

func TestLoadScenarios(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a/one.json", `{"mode":"refresh","options":{"b": 1, "a": 2},"needs":["mail","content"]}`)
	write("a/two.json", `{"mode":"refresh","options":{"a": 2, "b": 1}}`)
	write("b/three.json", `{"mode":"legacy-support","ratelimit":{"interval":3000,"max":3}}`)
	write("b/notes.txt", `not a scenario`)
	scenarios, err := LoadScenarios(dir)
	if err != nil {
		t.Fatal(err)
	}
	order, groups := GroupBy(scenarios)
	want := []Group{
		{Mode: "refresh", Options: `{"a":2,"b":1}`},
		{Mode: "legacy-support", Options: "{}", Interval: 3 * time.Second, Max: 3},
	}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if len(groups[want[0]]) != 2 || groups[want[0]][1].Label != "a/two" || groups[want[0]][1].Area() != "a" {
		t.Errorf("the first group holds %v", groups[want[0]])
	}
	if diff := cmp.Diff([]string{"mail"}, scenarios[0].Lacking([]string{"content"})); diff != "" {
		t.Errorf("lacking (-want +got):\n%s", diff)
	}

	departure := &Scenario{Label: "a/two", Departure: "safer"}
	replaced := Replace(scenarios, []*Scenario{departure, {Label: "c/none"}})
	if len(replaced) != 3 || replaced[1] != departure || scenarios[1] == departure {
		t.Errorf("replaced: %v", replaced)
	}

	write("c/bad.json", `{}{}`)
	if _, err := LoadScenarios(dir); err == nil {
		t.Error("a broken scenario was loaded")
	}
}

func TestGroupEnvironment(t *testing.T) {
	tests := []struct {
		name  string
		group Group
		want  []string
	}{
		{"default", DefaultGroup(), []string{"CONFORMANCE_MODE=legacy-support", "CONFORMANCE_OPTIONS={}", "CONFORMANCE_RATELIMIT=off"}},
		{"limit", Group{Mode: "refresh", Options: `{"a":1}`, Interval: 3 * time.Second, Max: 5}, []string{
			"CONFORMANCE_MODE=refresh", `CONFORMANCE_OPTIONS={"a":1}`,
			"CONFORMANCE_RATELIMIT=on", "CONFORMANCE_RATELIMIT_INTERVAL=3000", "CONFORMANCE_RATELIMIT_MAX=5",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.group.Environment()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTargetFiles(t *testing.T) {
	for _, name := range []string{"target.json", "strapi.json"} {
		file, err := LoadTarget(name)
		if err != nil {
			t.Fatal(err)
		}
		if file.BaseURL == "" || file.Admin.Login == nil || file.JWTSecret == "" || len(file.Features) == 0 {
			t.Errorf("%s is incomplete: %+v", name, file)
		}
	}
}
