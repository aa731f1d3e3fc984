package sqlstore

import (
	"context"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/gatewright/gatewright/store"
)

// queryLog keeps the SQL of the queries it sees.
type queryLog struct{ queries []string }

func (l *queryLog) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (l *queryLog) AfterQuery(_ context.Context, event *bun.QueryEvent) {
	l.queries = append(l.queries, event.Query)
}

func TestLookupsUseIndexes(t *testing.T) {
	s := openSQLiteAt(t, newPath(t))
	compare := func(field string, op store.Op, values ...any) store.Filter {
		return store.Comparison{Field: field, Op: op, Values: values}
	}
	find := func(q store.Query) error {
		_, err := s.FindUsers(t.Context(), q)
		return err
	}
	for _, c := range []struct {
		name   string
		lookup func() error
		want   string
	}{
		{"user by id", func() error {
			_, _ = s.User(t.Context(), 1)
			return nil
		}, "SEARCH u USING INTEGER PRIMARY KEY"},
		{"id", func() error {
			return find(store.Query{Filter: compare("id", store.In, int64(1), int64(2))})
		}, "SEARCH u USING INTEGER PRIMARY KEY"},
		{"documentId", func() error {
			return find(store.Query{Filter: compare("documentId", store.Eq, "x")})
		}, "SEARCH u USING INDEX sqlite_autoindex_users_1"},
		{"username", func() error {
			return find(store.Query{Filter: compare("username", store.Eq, "x")})
		}, "SEARCH u USING INDEX sqlite_autoindex_users_2"},
		{"start of username", func() error {
			return find(store.Query{Filter: compare("username", store.StartsWith, "x")})
		}, "SEARCH u USING INDEX sqlite_autoindex_users_2"},
		{"e-mail", func() error {
			return find(store.Query{Filter: compare("email", store.Eq, "x")})
		}, "SEARCH u USING INDEX users_email_provider"},
		{"start of e-mail", func() error {
			return find(store.Query{Filter: compare("email", store.StartsWith, "x")})
		}, "SEARCH u USING INDEX users_email_provider"},
		{"e-mail and provider", func() error {
			return find(store.Query{Filter: store.And{
				compare("provider", store.Eq, "x"), compare("email", store.Eq, "x"),
			}})
		}, "SEARCH u USING INDEX users_email_provider (email=? AND provider=?)"},
		{"username or e-mail", func() error {
			return find(store.Query{Filter: store.Or{
				compare("username", store.Eq, "x"), compare("email", store.Eq, "x"),
			}})
		}, "MULTI-INDEX OR"},
		{"newest", func() error {
			return find(store.Query{Sort: []store.Sort{{Field: "createdAt", Desc: true}}, Limit: 10})
		}, "SCAN u USING INDEX users_created_at"},
		{"next page", func() error {
			return find(store.Query{Filter: store.And{
				compare("blocked", store.Eq, true), compare("id", store.Gt, int64(9)),
			}, Limit: 10})
		}, "SEARCH u USING INTEGER PRIMARY KEY (rowid>?)"},
		{"users of a role", func() error {
			_, err := s.Role(t.Context(), 1)
			return err
		}, "SEARCH users USING COVERING INDEX users_role_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := &queryLog{}
			s.db = s.readPool.WithQueryHook(log)
			s.lists.db = s.db
			if err := c.lookup(); err != nil {
				t.Fatal(err)
			}
			if len(log.queries) != 1 {
				t.Fatalf("got queries %q, want one", log.queries)
			}
			if plan := planOf(t, s, log.queries[0]); !strings.Contains(plan, c.want) {
				t.Errorf("the plan of %s is\n%s\nwant %q in it", log.queries[0], plan, c.want)
			}
		})
	}
}

func planOf(t *testing.T, s *Store, query string) string {
	t.Helper()
	rows, err := s.readPool.DB.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

func TestEveryFieldHasAColumn(t *testing.T) {
	for _, c := range []struct {
		fields  map[string]store.FieldKind
		columns map[string]string
	}{{store.UserFields, userColumns}, {store.RoleFields, roleColumns}} {
		for name := range c.fields {
			if c.columns[name] == "" {
				t.Errorf("field %q has no column", name)
			}
		}
		if len(c.columns) != len(c.fields) {
			t.Errorf("there are %d columns for %d fields", len(c.columns), len(c.fields))
		}
	}
}

func TestAfterPrefix(t *testing.T) {
	for prefix, want := range map[string]string{
		"a": "b", "az": "a{", "é": "ê", "日": "\u65e6", "\uD7FF": "\uE000", "a\U0010FFFF": "b", "\x7f": "\u0080",
		"\u07ff": "\u0800", "\uffff": "\U00010000", "": "", "\U0010FFFF": "",
	} {
		got, ok := afterPrefix(prefix)
		if got != want || ok != (want != "") {
			t.Errorf("afterPrefix(%q) = %q, %v, want %q", prefix, got, ok, want)
		}
		if ok && (got <= prefix || strings.HasPrefix(got, prefix)) {
			t.Errorf("afterPrefix(%q) = %q is not after it", prefix, got)
		}
	}
}

func TestNewDocumentID(t *testing.T) {
	seen := map[rune]int{}
	for range 3000 {
		id := newDocumentID()
		if len(id) != documentIDLength {
			t.Fatalf("got %q, want %d characters", id, documentIDLength)
		}
		for _, r := range id {
			seen[r]++
		}
	}
	// 2000 of each are expected; less than 1700 of one would be seven deviations off.
	for _, r := range documentIDAlphabet {
		if seen[r] < 1700 || seen[r] > 2300 {
			t.Errorf("got %q %d times, want about 2000", r, seen[r])
		}
	}
	if len(seen) != len(documentIDAlphabet) {
		t.Errorf("got %d different characters, want %d", len(seen), len(documentIDAlphabet))
	}
}
