// Package adapt holds the Caddyfile grammar against examples. Each *.caddyfiletest has a Caddyfile, a line of ten dashes,
// and what comes of it: the JSON, or the error. After a change, `go test ./tests/caddyfile_adapt -update` writes what
// comes now; read the difference.
package adapt

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	_ "github.com/caddyserver/caddy/v2/modules/standard" // the other directives and options
	"github.com/google/go-cmp/cmp"

	_ "github.com/gatewright/gatewright" // ours
)

var update = flag.Bool("update", false, "write the outcomes of now into the test files")

// separator stands between a Caddyfile and what comes of it.
const separator = "----------\n"

// place is what an error has at its end, for the operator to find the mistake.
var place = regexp.MustCompile(`Caddyfile:\d+`)

func TestCaddyfiles(t *testing.T) {
	files, err := filepath.Glob("*.caddyfiletest")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no test files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".caddyfiletest"), func(t *testing.T) { adaptFile(t, file) })
	}
}

func adaptFile(t *testing.T, file string) {
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	input, want, ok := strings.Cut(string(content), separator)
	if !ok {
		t.Fatalf("there is no line of ten dashes")
	}
	got, failed := outcome(t, input)
	if failed && !place.MatchString(got) {
		t.Errorf("the error does not tell where: %s", got)
	}
	if *update {
		if err := os.WriteFile(file, []byte(input+separator+got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

// outcome is the JSON of a Caddyfile, or the error, with a line end.
func outcome(t *testing.T, input string) (text string, failed bool) {
	t.Helper()
	adapted, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(input), nil)
	if err != nil {
		return err.Error() + "\n", true
	}
	for _, warning := range warnings {
		t.Errorf("warning: %v", warning)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, adapted, "", "\t"); err != nil {
		t.Fatal(err)
	}
	return indented.String() + "\n", false
}

// TestExample keeps Caddyfile.example working: it is what newcomers begin with.
func TestExample(t *testing.T) {
	example, err := os.ReadFile("../../Caddyfile.example")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(caddyfile.Format(example)), string(example)); diff != "" {
		t.Errorf("not formatted (-formatted +is):\n%s", diff)
	}
	// Its relative paths begin here.
	t.Chdir(t.TempDir())
	adapted, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt(example, nil)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("adapting: %v, warnings %v", err, warnings)
	}
	var config caddy.Config
	if err := caddy.StrictUnmarshalJSON(adapted, &config); err != nil {
		t.Fatal(err)
	}
	if err := caddy.Validate(&config); err != nil {
		t.Errorf("validating: %v", err)
	}
}
