package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"github.com/gatewright/gatewright/store"
)

// BenchmarkDecide compares the snapshot with casbin's own enforcers on the same rules: 200 roles and 10,000 grants. It
// ends with a line that says how many times faster the snapshot is.
func BenchmarkDecide(b *testing.B) {
	roles, grants := spread(200, 10_000)
	questions := questionsAbout(grants)
	var snapshot, enforce, cached time.Duration

	b.Run("snapshot", func(b *testing.B) {
		s, err := Build(roles, grants)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			q := questions[i%len(questions)]
			if s.Decide(q.roleID, q.action).Allowed != q.want {
				b.Fatal("wrong answer")
			}
		}
		snapshot = b.Elapsed() / time.Duration(b.N)
	})
	b.Run("casbin/Enforce", func(b *testing.B) {
		e := fullEnforcer(b, grants)
		askEnforcer(b, e.Enforce, questions)
		enforce = b.Elapsed() / time.Duration(b.N)
	})
	b.Run("casbin/SyncedCachedEnforcer", func(b *testing.B) {
		m, err := model.NewModelFromString(modelText)
		if err != nil {
			b.Fatal(err)
		}
		e, err := casbin.NewSyncedCachedEnforcer(m)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.AddPolicies(rulesOf(grants)); err != nil {
			b.Fatal(err)
		}
		for _, q := range questions { // The cache is full when the clock starts.
			if _, err := e.Enforce(q.subject, q.action); err != nil {
				b.Fatal(err)
			}
		}
		askEnforcer(b, e.Enforce, questions)
		cached = b.Elapsed() / time.Duration(b.N)
	})
	if snapshot > 0 && enforce > 0 && cached > 0 {
		fmt.Printf("snapshot is %.0f× faster than Enforce, %.1f× than SyncedCachedEnforcer\n",
			float64(enforce)/float64(snapshot), float64(cached)/float64(snapshot))
	}
}

type question struct {
	roleID  int64
	subject string
	action  string
	want    bool
}

// questionsAbout returns questions from all over the policy, every other one with the answer no.
func questionsAbout(grants []store.Grant) []question {
	const count = 64
	var questions []question
	for i := range count {
		asked := grants[i*len(grants)/count]
		granted := grants[(i+i%2*count/2)%count*len(grants)/count]
		questions = append(questions, question{
			roleID: asked.RoleID, subject: subjectOf(asked.RoleID), action: granted.Action, want: asked == granted,
		})
	}
	return questions
}

func askEnforcer(b *testing.B, enforce func(...any) (bool, error), questions []question) {
	b.Helper()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		q := questions[i%len(questions)]
		if ok, err := enforce(q.subject, q.action); err != nil || ok != q.want {
			b.Fatal("wrong answer", err)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	for _, size := range []struct{ roles, grants int }{{2, 50}, {200, 10_000}, {1, 10_000}, {10_000, 10_000}} {
		b.Run(fmt.Sprintf("roles=%d/grants=%d", size.roles, size.grants), func(b *testing.B) {
			roles, grants := spread(size.roles, size.grants)
			for b.Loop() {
				if _, err := Build(roles, grants); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// spread returns roles that share out the grants evenly, each with actions of its own.
func spread(roleCount, grantCount int) ([]store.Role, []store.Grant) {
	var roles []store.Role
	var grants []store.Grant
	for i := range roleCount {
		id := int64(i + 1)
		roles = append(roles, store.Role{ID: id, Type: fmt.Sprintf("role_%d", id)})
		for j := range grantCount / roleCount {
			action := fmt.Sprintf("api::type-%d.type-%d.action-%d", i, i, j)
			grants = append(grants, store.Grant{RoleID: id, Action: action})
		}
	}
	return roles, grants
}

func BenchmarkMatch(b *testing.B) {
	for _, size := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("routes=%d", size), func(b *testing.B) {
			var routes []Route
			for i := range size / 5 {
				base := fmt.Sprintf("/api/content-type-%d", i)
				for _, line := range []string{"GET ", "POST ", "GET /{id}", "PUT /{id}", "DELETE /{id}"} {
					method, rest, _ := strings.Cut(line, " ")
					routes = append(routes, Route{Method: method, Pattern: base + rest, Action: find})
				}
			}
			table, err := Compile(routes)
			if err != nil {
				b.Fatal(err)
			}
			path := parse(b, fmt.Sprintf("/api/Content-Type-%d/k9x2m4", size/5-1))
			params := make([]Param, 0, 4)
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := table.Match("PUT", path, params); !ok {
					b.Fatal("no match")
				}
			}
		})
	}
}
