package policy

import (
	_ "embed"
	"fmt"
	"strconv"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
)

//go:embed model.conf
var modelText string

// judge asks casbin for verdicts. Enforce looks at every rule it has, so judge gives it only those that can match the
// question: the model compares actions exactly, and the store has no inheritance between roles, so they are the rules
// of that role about that action. Whoever adds inheritance adds the rules of the inherited roles. A judge is not safe for
// concurrent use.
type judge struct {
	enforcer *casbin.Enforcer
	rules    *model.Assertion
}

// newEnforcer returns a casbin enforcer of our model without rules.
func newEnforcer() (*casbin.Enforcer, error) {
	m, err := model.NewModelFromString(modelText)
	if err != nil {
		return nil, fmt.Errorf("reading the casbin model: %w", err)
	}
	enforcer, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("making a casbin enforcer: %w", err)
	}
	return enforcer, nil
}

func newJudge() (*judge, error) {
	enforcer, err := newEnforcer()
	if err != nil {
		return nil, err
	}
	return &judge{enforcer: enforcer, rules: enforcer.GetModel()["p"]["p"]}, nil
}

// allows returns casbin's verdict under the given rules, which are all that can match.
func (j *judge) allows(subject, action string, rules [][]string) (bool, error) {
	j.rules.Policy = rules
	ok, err := j.enforcer.Enforce(subject, action)
	if err != nil {
		return false, fmt.Errorf("asking casbin about %s and %s: %w", subject, action, err)
	}
	return ok, nil
}

// subjectOf names a role in casbin's rules.
func subjectOf(roleID int64) string {
	return "role:" + strconv.FormatInt(roleID, 10)
}

// allowRule is the rule a grant stands for.
func allowRule(subject, action string) []string {
	return []string{subject, action, "allow"}
}
