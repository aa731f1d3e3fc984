package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MailPatience is how long a mail may take to arrive.
const MailPatience = 5 * time.Second

// errUnrecorded is a step that nothing is expected of, which would pass whatever happens.
var errUnrecorded = errors.New("nothing was recorded")

// run is one scenario on its way.
type run struct {
	target   *Target
	vars     Variables
	jars     map[string]map[string]string // cookies by jar
	patience time.Duration

	undo []func(context.Context) error
	kept map[string]bool // what undo already puts back
}

// Check runs a scenario alone against the target and returns the first difference from what was recorded, or nil.
// Settings and permissions are put back afterwards, and the users and roles of the setup removed. Mails that are
// expected are waited for as long as patience says.
func (t *Target) Check(ctx context.Context, scenario *Scenario, patience time.Duration) error {
	random := randomLetters(10)
	r := &run{
		target: t,
		vars: Variables{
			"rand": random, "RAND": strings.ToUpper(random), "base_url": t.file.BaseURL,
			"idp_url": t.file.IDPURL, "mail_url": t.file.MailURL, "jwt_secret": t.file.JWTSecret,
		},
		jars:     make(map[string]map[string]string),
		patience: patience,
		kept:     make(map[string]bool),
	}
	defer r.restore(ctx)
	if err := r.prepare(ctx, scenario); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	for i := range scenario.Steps {
		if err := r.step(ctx, &scenario.Steps[i]); err != nil {
			return fmt.Errorf("step %s: %w", scenario.Steps[i].ID, err)
		}
	}
	return nil
}

func (r *run) prepare(ctx context.Context, scenario *Scenario) error {
	if err := r.target.Prepare(ctx); err != nil {
		return err
	}
	roles, err := r.target.roles(ctx)
	if err != nil {
		return err
	}
	for _, role := range roles {
		if role.Type == "public" || role.Type == "authenticated" {
			r.define("role."+role.Type, role.values())
		}
	}
	for _, action := range scenario.Setup {
		if err := r.do(ctx, action); err != nil {
			return err
		}
	}
	return nil
}

// restore undoes the setup, last thing first. It goes on after an error: what a scenario removed itself cannot be
// removed again, and that is no difference from what was recorded.
func (r *run) restore(ctx context.Context) {
	for _, undo := range slices.Backward(r.undo) {
		_ = undo(ctx)
	}
}

// later notes how something is put back, unless it is noted already.
func (r *run) later(name string, undo func(context.Context) error) {
	if !r.kept[name] {
		r.kept[name] = true
		r.undo = append(r.undo, undo)
	}
}

// define sets the variables name.key.
func (r *run) define(name string, values Variables) {
	for key, value := range values {
		r.vars[name+"."+key] = value
	}
}
