package storetest

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatewright/gatewright/store"
)

var queryContracts = []contract{
	{"And, Or and Not", queryLogic},
	{"sort", querySort},
	{"offset and limit", queryPages},
	{"filter, sort and page together", queryTogether},
	{"every named field can be filtered and sorted", queryFields},
	{"what is not in the language is refused", queryInvalid},
	{"what is too large is refused", queryTooLarge},
	{"what is just not too large is answered", queryLarge},
}

func compare(field string, op store.Op, values ...any) store.Comparison {
	return store.Comparison{Field: field, Op: op, Values: values}
}

// wantUsers checks which users match, in the order of their ids, by name.
func wantUsers(t *testing.T, s store.Users, f store.Filter, want ...string) {
	t.Helper()
	wantFound(t, s, store.Query{Filter: f}, want...)
	count, err := s.CountUsers(t.Context(), f)
	noError(t, err)
	if count != int64(len(want)) {
		t.Errorf("got a count of %d for %v, want %d", count, f, len(want))
	}
}

func wantFound(t *testing.T, s store.Users, q store.Query, want ...string) {
	t.Helper()
	users, err := s.FindUsers(t.Context(), q)
	if err != nil {
		t.Fatalf("query %+v: %v", q, err)
	}
	got := make([]string, len(users))
	for i, u := range users {
		got[i] = u.Username
	}
	if !slices.Equal(got, want) {
		t.Errorf("query %+v: got %q, want %q", q, got, want)
	}
}

// published is when the fixture's users were published, a day between one and the next.
func published(day int) time.Time { return time.Date(2024, 1, day, 3, 4, 5, 678_000_000, time.UTC) }

// The names of the fixture's users, in the order of their ids.
const (
	alice   = "alice"
	bob     = "Bob"
	carol   = "carol"
	percent = `50%_off\*`
	umlaut  = "Ümläut日本"
)

// fixture creates users for queries and returns their ids.
func fixture(t *testing.T, s store.Store) map[string]int64 {
	t.Helper()
	authenticated, public := roleOf(t, s, store.RoleAuthenticated).ID, roleOf(t, s, store.RolePublic).ID
	ids := map[string]int64{}
	for i, u := range []store.User{
		{
			Username: alice, Email: "alice@example.com", Provider: "local", Confirmed: true, RoleID: authenticated,
			Extra: map[string]any{"nickname": "Al", "age": 30.0, "vip": true},
		},
		{
			Username: bob, Email: "bob@example.org", Provider: "github", Blocked: true, RoleID: public,
			Extra: map[string]any{"nickname": "bobby", "age": 40.5, "vip": false},
		},
		{Username: carol, Email: "carol@example.com", Provider: "local", Confirmed: true},
		{
			Username: percent, Email: "percent@example.com", Provider: "google", RoleID: authenticated,
			Extra: map[string]any{"nickname": `100%`, "age": "old", "vip": nil},
		},
		{
			Username: umlaut, Email: "umlaut@example.org", Provider: "github", RoleID: authenticated,
			Extra: map[string]any{"nickname": []any{"a", "b"}, "age": 1e3, "vip": "true"},
		},
	} {
		created := createUser(t, s, u)
		_, err := s.UpdateUser(t.Context(), created.ID, func(u store.User) (store.User, error) {
			u.PublishedAt = published(i + 1)
			return u, nil
		})
		noError(t, err)
		ids[u.Username] = created.ID
	}
	return ids
}

func queryLogic(t *testing.T, s store.Store) {
	fixture(t, s)
	local, github := compare("provider", store.Eq, "local"), compare("provider", store.Eq, "github")
	blocked, noRole := compare("blocked", store.Eq, true), compare("role.id", store.Null, true)
	admin := compare("role.name", store.Eq, "Public")
	all := []string{alice, bob, carol, percent, umlaut}
	for name, c := range map[string]struct {
		filter store.Filter
		want   []string
	}{
		"none":                        {nil, all},
		"empty And":                   {store.And{}, all},
		"empty Or":                    {store.Or{}, nil},
		"not empty And":               {store.Not{Filter: store.And{}}, nil},
		"not empty Or":                {store.Not{Filter: store.Or{}}, all},
		"And of one":                  {store.And{local}, []string{alice, carol}},
		"Or of one":                   {store.Or{local}, []string{alice, carol}},
		"And":                         {store.And{local, noRole}, []string{carol}},
		"Or":                          {store.Or{local, blocked}, []string{alice, bob, carol}},
		"Or in And":                   {store.And{github, store.Or{blocked, local}}, []string{bob}},
		"And in Or":                   {store.Or{noRole, store.And{github, blocked}}, []string{bob, carol}},
		"Not":                         {store.Not{Filter: local}, []string{bob, percent, umlaut}},
		"Not of a null":               {store.Not{Filter: admin}, []string{alice, carol, percent, umlaut}},
		"Not of Not":                  {store.Not{Filter: store.Not{Filter: admin}}, []string{bob}},
		"Not of Or":                   {store.Not{Filter: store.Or{local, blocked}}, []string{percent, umlaut}},
		"Not of a range":              {store.Not{Filter: compare("username", store.StartsWith, "a")}, all[1:]},
		"Not of Between":              {store.Not{Filter: compare("extra.age", store.Between, 30.0, 41.0)}, all[2:]},
		"range beside others":         {store.Or{compare("username", store.StartsWith, "a"), blocked}, all[:2]},
		"deep nesting":                {nest(local, 40), []string{alice, carol}},
		"And of contradictions":       {store.And{local, github}, nil},
		"Or of the same":              {store.Or{local, local}, []string{alice, carol}},
		"role and extra and own":      {store.And{admin, compare("extra.vip", store.Eq, false), github}, []string{bob}},
		"nulls in Or do not spoil it": {store.Or{admin, noRole}, []string{bob, carol}},
	} {
		t.Run(name, func(t *testing.T) { wantUsers(t, s, c.filter, c.want...) })
	}
}

// nest wraps f in an even number of Nots.
func nest(f store.Filter, levels int) store.Filter {
	for range levels {
		f = store.Not{Filter: f}
	}
	return f
}

func querySort(t *testing.T, s store.Store) {
	fixture(t, s)
	by := func(keys ...string) []store.Sort {
		var order []store.Sort
		for _, key := range keys {
			field, desc := strings.CutPrefix(key, "-")
			order = append(order, store.Sort{Field: field, Desc: desc})
		}
		return order
	}
	for _, c := range []struct {
		name string
		sort []store.Sort
		want []string
	}{
		{"nothing", nil, []string{alice, bob, carol, percent, umlaut}},
		{"id descending", by("-id"), []string{umlaut, percent, carol, bob, alice}},
		{"email", by("email"), []string{alice, bob, carol, percent, umlaut}},
		{"ties by id", by("provider"), []string{bob, umlaut, percent, alice, carol}},
		{"ties by id when descending", by("-provider"), []string{alice, carol, percent, bob, umlaut}},
		{"several", by("provider", "-email"), []string{umlaut, bob, percent, carol, alice}},
		{"bool, then time", by("-confirmed", "-publishedAt"), []string{carol, alice, umlaut, percent, bob}},
		{"role name, null first", by("role.name"), []string{carol, alice, percent, umlaut, bob}},
		{"role name descending, null last", by("-role.name"), []string{bob, alice, percent, umlaut, carol}},
		{"role name, then own", by("role.name", "-id"), []string{carol, umlaut, percent, alice, bob}},
		{"the same twice", by("id", "-id"), []string{alice, bob, carol, percent, umlaut}},
	} {
		t.Run(c.name, func(t *testing.T) { wantFound(t, s, store.Query{Sort: c.sort}, c.want...) })
	}
	adults := store.Query{Filter: compare("extra.age", store.Gt, int64(0)), Sort: by("-extra.age")}
	wantFound(t, s, adults, umlaut, bob, alice)
}

func queryPages(t *testing.T, s store.Store) {
	fixture(t, s)
	all := []string{alice, bob, carol, percent, umlaut}
	for offset := range 7 {
		for limit := range 7 {
			from := min(offset, len(all))
			to := min(from+limit, len(all))
			if limit == 0 {
				to = len(all)
			}
			wantFound(t, s, store.Query{Offset: offset, Limit: limit}, all[from:to]...)
		}
	}
	wantFound(t, s, store.Query{Limit: math.MaxInt32}, all...)
	wantFound(t, s, store.Query{Offset: math.MaxInt32})
}

func queryTogether(t *testing.T, s store.Store) {
	fixture(t, s)
	wantFound(t, s, store.Query{
		Filter: compare("role.type", store.Eq, store.RoleAuthenticated),
		Sort:   []store.Sort{{Field: "role.name"}, {Field: "email", Desc: true}},
		Offset: 1, Limit: 1,
	}, percent)
}

func queryFields(t *testing.T, s store.Store) {
	fixture(t, s)
	fields := map[string]bool{"extra.nickname": true}
	for name := range store.UserFields {
		fields[name] = true
	}
	for name := range store.RoleFields {
		fields["role."+name] = true
	}
	for name := range fields {
		t.Run(name, func(t *testing.T) {
			count, err := s.CountUsers(t.Context(), store.Or{
				compare(name, store.Null, true), compare(name, store.Null, false),
			})
			noError(t, err)
			equal(t, count, int64(5))
			users, err := s.FindUsers(t.Context(), store.Query{Sort: []store.Sort{{Field: name}}})
			noError(t, err)
			equal(t, len(users), 5)
		})
	}
}

func queryInvalid(t *testing.T, s store.Store) {
	fixture(t, s)
	for _, field := range []string{
		"", "password", "passwordHash", "password_hash", "u.password_hash", "validFrom", "roleID", "role_id", "extra",
		"role", "ID", "role.", "role.users", "role.role.id", "extra.", "extra.a.b", "extra.a b", `extra.a"b`, "extra.0",
		"extra.a[0]", "id; DROP TABLE users", "id --", "username\x00", "(SELECT 1)", "users.id", "role.password",
	} {
		t.Run("field "+field, func(t *testing.T) {
			_, err := s.FindUsers(t.Context(), store.Query{Filter: compare(field, store.Eq, "x")})
			wantError(t, err, store.ErrInvalidQuery)
			_, err = s.CountUsers(t.Context(), store.Not{Filter: compare(field, store.Null, true)})
			wantError(t, err, store.ErrInvalidQuery)
			_, err = s.FindUsers(t.Context(), store.Query{Sort: []store.Sort{{Field: field}}})
			wantError(t, err, store.ErrInvalidQuery)
		})
	}
	for _, c := range []store.Comparison{
		compare("username", "", "x"), compare("username", "EQ", "x"), compare("username", "$eq", "x"),
		compare("username", "= 1 OR 1", "x"), compare("username", store.Eq), compare("username", store.Eq, "x", "y"),
		compare("username", store.Eq, 1), compare("username", store.Eq, []string{"x"}), compare("username", store.Lt, nil),
		compare("username", store.Contains, nil), compare("username", store.Contains, int64(1)),
		compare("username", store.Between, "a"), compare("username", store.Between, "a", "b", "c"),
		compare("username", store.Between, "a", nil), compare("username", store.Null, "true"),
		compare("username", store.Null), compare("username", store.In, int64(1)),
		compare("id", store.Eq, "1"), compare("id", store.Eq, math.NaN()), compare("id", store.Lt, math.Inf(1)),
		compare("blocked", store.Eq, int64(1)), compare("createdAt", store.Eq, "2024"),
		compare("extra.nickname", store.Eq, published(1)), compare("extra.nickname", store.Eq, struct{}{}),
	} {
		_, err := s.FindUsers(t.Context(), store.Query{Filter: c})
		if err == nil {
			t.Errorf("answered %+v", c)
			continue
		}
		wantError(t, err, store.ErrInvalidQuery)
	}
	for _, q := range []store.Query{{Offset: -1}, {Limit: -1}, {Filter: store.Not{}}, {Filter: store.And{nil}}} {
		_, err := s.FindUsers(t.Context(), q)
		wantError(t, err, store.ErrInvalidQuery)
	}
}

func queryTooLarge(t *testing.T, s store.Store) {
	yes := compare("blocked", store.Eq, true)
	for name, q := range map[string]store.Query{
		"conditions": {Filter: store.Or(slices.Repeat([]store.Filter{yes}, 501))},
		"values":     {Filter: compare("id", store.In, slices.Repeat([]any{int64(1)}, 10_001)...)},
		"nesting":    {Filter: nest(yes, 52)},
		"sort keys":  {Sort: slices.Repeat([]store.Sort{{Field: "id"}}, 51)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.FindUsers(t.Context(), q)
			wantError(t, err, store.ErrInvalidQuery)
		})
	}
}

func queryLarge(t *testing.T, s store.Store) {
	fixture(t, s)
	wide := store.And(slices.Repeat([]store.Filter{compare("extra.nickname", store.EndsWithi, "Y")}, 400))
	wantUsers(t, s, store.Or{nest(compare("id", store.In, slices.Repeat([]any{int64(-1)}, 9_000)...), 46), wide}, bob)
	long := strings.Repeat("é%", 100_000)
	for _, op := range []store.Op{
		store.Eq, store.Eqi, store.Contains, store.Containsi, store.StartsWith, store.StartsWithi, store.EndsWith,
		store.EndsWithi,
	} {
		wantUsers(t, s, compare("username", op, long))
	}
}
