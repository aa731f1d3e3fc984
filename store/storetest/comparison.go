package storetest

import (
	"testing"
	"time"

	"github.com/gatewright/gatewright/store"
)

var comparisonContracts = []contract{
	{"text", compareText},
	{"text ignoring case", compareFolded},
	{"numbers", compareNumbers},
	{"bools", compareBools},
	{"times", compareTimes},
	{"fields of the role", compareRole},
	{"extra fields", compareExtra},
}

// comparisonCase is a comparison and the names of the fixture's users it holds for.
type comparisonCase struct {
	name   string
	filter store.Comparison
	want   []string
}

func tryComparisons(t *testing.T, s store.Store, cases []comparisonCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { wantUsers(t, s, c.filter, c.want...) })
	}
}

var everyone = []string{alice, bob, carol, percent, umlaut}

func compareText(t *testing.T, s store.Store) {
	fixture(t, s)
	tryComparisons(t, s, []comparisonCase{
		{"eq", compare("username", store.Eq, "alice"), []string{alice}},
		{"eq minds case", compare("username", store.Eq, "Alice"), nil},
		{"eq has no wildcards", compare("username", store.Eq, "%"), nil},
		{"ne", compare("username", store.Ne, "alice"), everyone[1:]},
		{"eq nil", compare("username", store.Eq, nil), nil},
		{"ne nil", compare("username", store.Ne, nil), everyone},
		{"null", compare("username", store.Null, true), nil},
		{"not null", compare("username", store.Null, false), everyone},
		{"lt", compare("email", store.Lt, "bob@example.org"), []string{alice}},
		{"lte", compare("email", store.Lte, "bob@example.org"), []string{alice, bob}},
		{"gt", compare("email", store.Gt, "percent@example.com"), []string{umlaut}},
		{"gte", compare("email", store.Gte, "percent@example.com"), []string{percent, umlaut}},
		{"between", compare("email", store.Between, "bob@example.org", "carol@example.com"), []string{bob, carol}},
		{"in", compare("username", store.In, "alice", "Bob", "nobody"), []string{alice, bob}},
		{"in nothing", compare("username", store.In), nil},
		{"in nil", compare("username", store.In, nil), nil},
		{"notIn", compare("username", store.NotIn, "alice", "Bob"), everyone[2:]},
		{"notIn nothing", compare("username", store.NotIn), everyone},
		{"notIn nil", compare("username", store.NotIn, nil), everyone},
		{"contains", compare("username", store.Contains, "o"), []string{bob, carol, percent}},
		{"contains minds case", compare("username", store.Contains, "ALI"), nil},
		{"contains percent", compare("username", store.Contains, "%"), []string{percent}},
		{"contains underscore", compare("username", store.Contains, "_"), []string{percent}},
		{"contains backslash", compare("username", store.Contains, `\`), []string{percent}},
		{"contains star", compare("username", store.Contains, `*`), []string{percent}},
		{"contains question mark", compare("username", store.Contains, `?`), nil},
		{"contains brackets", compare("username", store.Contains, `[a-z]`), nil},
		{"contains quote", compare("username", store.Contains, `'`), nil},
		{"contains other letters", compare("username", store.Contains, "日"), []string{umlaut}},
		{"contains nothing", compare("username", store.Contains, ""), everyone},
		{"notContains", compare("username", store.NotContains, "o"), []string{alice, umlaut}},
		{"notContains percent", compare("username", store.NotContains, "%"), []string{alice, bob, carol, umlaut}},
		{"startsWith", compare("username", store.StartsWith, "al"), []string{alice}},
		{"startsWith all of it", compare("username", store.StartsWith, "alice"), []string{alice}},
		{"startsWith more than it", compare("username", store.StartsWith, "alice "), nil},
		{"startsWith minds case", compare("username", store.StartsWith, "AL"), nil},
		{"startsWith wildcard", compare("username", store.StartsWith, "50%_"), []string{percent}},
		{"startsWith only a wildcard", compare("username", store.StartsWith, "%"), nil},
		{"startsWith other letters", compare("username", store.StartsWith, "Ü"), []string{umlaut}},
		{"startsWith nothing", compare("username", store.StartsWith, ""), everyone},
		{"startsWith the last character", compare("username", store.StartsWith, "\U0010FFFF"), nil},
		{"endsWith", compare("username", store.EndsWith, "ol"), []string{carol}},
		{"endsWith all of it", compare("username", store.EndsWith, "carol"), []string{carol}},
		{"endsWith more than it", compare("username", store.EndsWith, "a carol"), nil},
		{"endsWith minds case", compare("username", store.EndsWith, "OL"), nil},
		{"endsWith wildcard", compare("username", store.EndsWith, `\*`), []string{percent}},
		{"endsWith only a wildcard", compare("username", store.EndsWith, "%"), nil},
		{"endsWith other letters", compare("username", store.EndsWith, "日本"), []string{umlaut}},
		{"endsWith nothing", compare("username", store.EndsWith, ""), everyone},
	})
}

func compareFolded(t *testing.T, s store.Store) {
	fixture(t, s)
	tryComparisons(t, s, []comparisonCase{
		{"eqi", compare("username", store.Eqi, "bOB"), []string{bob}},
		{"eqi wildcard", compare("username", store.Eqi, "b_b"), nil},
		{"eqi nil", compare("role.name", store.Eqi, nil), []string{carol}},
		{"nei", compare("username", store.Nei, "bOB"), []string{alice, carol, percent, umlaut}},
		{"nei of a null", compare("role.name", store.Nei, "PUBLIC"), []string{alice, percent, umlaut}},
		{"nei nil", compare("role.name", store.Nei, nil), []string{alice, bob, percent, umlaut}},
		{"containsi", compare("username", store.Containsi, "B"), []string{bob}},
		{"containsi percent", compare("username", store.Containsi, "%_OFF"), []string{percent}},
		{"containsi only a wildcard", compare("username", store.Containsi, "b%b"), nil},
		{"containsi other letters", compare("username", store.Containsi, "UT日"), []string{umlaut}},
		{"containsi nothing", compare("username", store.Containsi, ""), everyone},
		{"notContainsi", compare("username", store.NotContainsi, "O"), []string{alice, umlaut}},
		{"notContainsi of a null", compare("role.name", store.NotContainsi, "PUB"), []string{alice, percent, umlaut}},
		{"startsWithi", compare("username", store.StartsWithi, "bO"), []string{bob}},
		{"startsWithi wildcard", compare("username", store.StartsWithi, "50%_O"), []string{percent}},
		{"startsWithi only a wildcard", compare("username", store.StartsWithi, "_"), nil},
		{"startsWithi nothing", compare("username", store.StartsWithi, ""), everyone},
		{"endsWithi", compare("username", store.EndsWithi, "OB"), []string{bob}},
		{"endsWithi wildcard", compare("username", store.EndsWithi, `FF\*`), []string{percent}},
		{"endsWithi more than it", compare("username", store.EndsWithi, "a bob"), nil},
		{"endsWithi nothing", compare("username", store.EndsWithi, ""), everyone},
	})
}

func compareNumbers(t *testing.T, s store.Store) {
	ids := fixture(t, s)
	second := ids[bob]
	text := func(op store.Op, part string) store.Comparison { return compare("role.id", op, part) }
	tryComparisons(t, s, []comparisonCase{
		{"eq", compare("id", store.Eq, second), []string{bob}},
		{"eq float", compare("id", store.Eq, float64(second)), []string{bob}},
		{"eq fraction", compare("id", store.Eq, float64(second)+0.5), nil},
		{"ne", compare("id", store.Ne, second), []string{alice, carol, percent, umlaut}},
		{"ne of a null", compare("role.id", store.Ne, int64(2)), []string{alice, percent, umlaut}},
		{"lt", compare("id", store.Lt, second), []string{alice}},
		{"lte", compare("id", store.Lte, second), []string{alice, bob}},
		{"gt", compare("id", store.Gt, second), everyone[2:]},
		{"gt fraction", compare("id", store.Gt, float64(second)-0.5), everyone[1:]},
		{"gte", compare("id", store.Gte, second), everyone[1:]},
		{"negative", compare("id", store.Gt, int64(-1)), everyone},
		{"huge", compare("id", store.Lt, 1e300), everyone},
		{"between", compare("id", store.Between, second, float64(ids[carol])), []string{bob, carol}},
		{"in", compare("id", store.In, second, float64(ids[carol]), int64(-5)), []string{bob, carol}},
		{"in with nil", compare("role.id", store.In, int64(2), nil), []string{bob, carol}},
		{"notIn", compare("id", store.NotIn, second), []string{alice, carol, percent, umlaut}},
		{"notIn of a null", compare("role.id", store.NotIn, int64(2)), []string{alice, percent, umlaut}},
		{"notIn with nil", compare("role.id", store.NotIn, int64(2), nil), []string{alice, percent, umlaut}},
		{"eqi", text(store.Eqi, "2"), []string{bob}},
		{"nei", text(store.Nei, "2"), []string{alice, percent, umlaut}},
		{"contains", text(store.Contains, "2"), []string{bob}},
		{"containsi", text(store.Containsi, "2"), []string{bob}},
		{"notContains", text(store.NotContains, "2"), []string{alice, percent, umlaut}},
		{"notContainsi", text(store.NotContainsi, "2"), []string{alice, percent, umlaut}},
		{"startsWith", text(store.StartsWith, "1"), []string{alice, percent, umlaut}},
		{"startsWithi", text(store.StartsWithi, "1"), []string{alice, percent, umlaut}},
		{"endsWith", text(store.EndsWith, "1"), []string{alice, percent, umlaut}},
		{"endsWithi", text(store.EndsWithi, "12"), nil},
		{"null", compare("role.id", store.Null, true), []string{carol}},
		{"not null", compare("id", store.Null, false), everyone},
	})
}

func compareBools(t *testing.T, s store.Store) {
	fixture(t, s)
	confirmed, others := []string{alice, carol}, []string{bob, percent, umlaut}
	tryComparisons(t, s, []comparisonCase{
		{"eq true", compare("confirmed", store.Eq, true), confirmed},
		{"eq false", compare("confirmed", store.Eq, false), others},
		{"ne", compare("confirmed", store.Ne, true), others},
		{"lt", compare("confirmed", store.Lt, true), others},
		{"lte", compare("confirmed", store.Lte, false), others},
		{"gt", compare("confirmed", store.Gt, false), confirmed},
		{"gte", compare("confirmed", store.Gte, true), confirmed},
		{"between", compare("confirmed", store.Between, false, true), everyone},
		{"in", compare("confirmed", store.In, true), confirmed},
		{"notIn", compare("confirmed", store.NotIn, true, nil), others},
		{"eqi", compare("confirmed", store.Eqi, "TRUE"), confirmed},
		{"nei", compare("confirmed", store.Nei, "True"), others},
		{"contains", compare("confirmed", store.Contains, "ru"), confirmed},
		{"containsi", compare("confirmed", store.Containsi, "AL"), others},
		{"notContains", compare("confirmed", store.NotContains, "fa"), confirmed},
		{"notContainsi", compare("confirmed", store.NotContainsi, "FA"), confirmed},
		{"startsWith", compare("confirmed", store.StartsWith, "t"), confirmed},
		{"startsWithi", compare("confirmed", store.StartsWithi, "F"), others},
		{"endsWith", compare("confirmed", store.EndsWith, "ue"), confirmed},
		{"endsWithi", compare("confirmed", store.EndsWithi, "SE"), others},
		{"null", compare("confirmed", store.Null, true), nil},
		{"not null", compare("confirmed", store.Null, false), everyone},
	})
}

func compareTimes(t *testing.T, s store.Store) {
	fixture(t, s)
	second := published(2)
	elsewhere := second.In(time.FixedZone("elsewhere", 3600))
	tryComparisons(t, s, []comparisonCase{
		{"eq", compare("publishedAt", store.Eq, second), []string{bob}},
		{"eq in another zone", compare("publishedAt", store.Eq, elsewhere), []string{bob}},
		{"eq finer", compare("publishedAt", store.Eq, second.Add(time.Microsecond)), nil},
		{"ne", compare("publishedAt", store.Ne, second), []string{alice, carol, percent, umlaut}},
		{"lt", compare("publishedAt", store.Lt, second), []string{alice}},
		{"lt finer", compare("publishedAt", store.Lt, second.Add(time.Microsecond)), []string{alice, bob}},
		{"lte", compare("publishedAt", store.Lte, second), []string{alice, bob}},
		{"gt", compare("publishedAt", store.Gt, second), everyone[2:]},
		{"gte", compare("publishedAt", store.Gte, second), everyone[1:]},
		{"gte finer", compare("publishedAt", store.Gte, second.Add(time.Microsecond)), everyone[2:]},
		{"before all", compare("publishedAt", store.Gt, time.Time{}), everyone},
		{"far away", compare("publishedAt", store.Lt, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)), everyone},
		{"between", compare("publishedAt", store.Between, second, published(3)), []string{bob, carol}},
		{"in", compare("publishedAt", store.In, second, published(4)), []string{bob, percent}},
		{"notIn", compare("publishedAt", store.NotIn, second, published(4)), []string{alice, carol, umlaut}},
		{"eqi", compare("publishedAt", store.Eqi, "2024-01-02t03:04:05.678z"), []string{bob}},
		{"nei", compare("publishedAt", store.Nei, "2024-01-02t03:04:05.678z"), []string{alice, carol, percent, umlaut}},
		{"contains", compare("publishedAt", store.Contains, "-02T03"), []string{bob}},
		{"containsi", compare("publishedAt", store.Containsi, "-02t03"), []string{bob}},
		{"notContains", compare("publishedAt", store.NotContains, "-02T"), []string{alice, carol, percent, umlaut}},
		{"notContainsi", compare("publishedAt", store.NotContainsi, "-02t"), []string{alice, carol, percent, umlaut}},
		{"startsWith", compare("publishedAt", store.StartsWith, "2024-01-02"), []string{bob}},
		{"startsWithi", compare("publishedAt", store.StartsWithi, "2024-01-02t"), []string{bob}},
		{"endsWith", compare("publishedAt", store.EndsWith, "05.678Z"), everyone},
		{"endsWithi", compare("publishedAt", store.EndsWithi, "678z"), everyone},
		{"null", compare("publishedAt", store.Null, true), nil},
		{"not null", compare("publishedAt", store.Null, false), everyone},
		{"created", compare("createdAt", store.Gt, time.Now().Add(-time.Hour)), everyone},
		{"updated", compare("updatedAt", store.Lt, time.Now().Add(-time.Hour)), nil},
	})
}

func compareRole(t *testing.T, s store.Store) {
	fixture(t, s)
	authenticated := []string{alice, percent, umlaut}
	tryComparisons(t, s, []comparisonCase{
		{"eq", compare("role.type", store.Eq, "public"), []string{bob}},
		{"ne", compare("role.type", store.Ne, "public"), authenticated},
		{"eq nil", compare("role.type", store.Eq, nil), []string{carol}},
		{"ne nil", compare("role.type", store.Ne, nil), []string{alice, bob, percent, umlaut}},
		{"in with nil", compare("role.type", store.In, nil, "public"), []string{bob, carol}},
		{"notIn nothing", compare("role.type", store.NotIn), everyone},
		{"contains", compare("role.name", store.Contains, "uth"), authenticated},
		{"contains nothing", compare("role.name", store.Contains, ""), []string{alice, bob, percent, umlaut}},
		{"notContains", compare("role.name", store.NotContains, "uth"), []string{bob}},
		{"description", compare("role.description", store.EndsWith, "unauthenticated user."), []string{bob}},
		{"created", compare("role.createdAt", store.Lte, time.Now()), []string{alice, bob, percent, umlaut}},
		{"null", compare("role.name", store.Null, true), []string{carol}},
	})
}

func compareExtra(t *testing.T, s store.Store) {
	fixture(t, s)
	tryComparisons(t, s, []comparisonCase{
		{"text eq", compare("extra.nickname", store.Eq, "Al"), []string{alice}},
		{"text ne skips nulls and other kinds", compare("extra.nickname", store.Ne, "Al"), []string{bob, percent}},
		{"text eqi", compare("extra.nickname", store.Eqi, "BOBBY"), []string{bob}},
		{"text contains wildcard", compare("extra.nickname", store.Contains, "%"), []string{percent}},
		{"text notContains", compare("extra.nickname", store.NotContains, "b"), []string{alice, percent}},
		{"text startsWith", compare("extra.nickname", store.StartsWith, "bo"), []string{bob}},
		{"text endsWithi", compare("extra.nickname", store.EndsWithi, "L"), []string{alice}},
		{"text in", compare("extra.nickname", store.In, "Al", "100%"), []string{alice, percent}},
		{"text in with nil", compare("extra.nickname", store.In, "Al", nil), []string{alice, carol}},
		{"text notIn", compare("extra.nickname", store.NotIn, "Al"), []string{bob, percent}},
		{"text between", compare("extra.nickname", store.Between, "1", "B"), []string{alice, percent}},
		{"number eq", compare("extra.age", store.Eq, int64(30)), []string{alice}},
		{"number eq float", compare("extra.age", store.Eq, 40.5), []string{bob}},
		{"number gt skips text", compare("extra.age", store.Gt, int64(30)), []string{bob, umlaut}},
		{"number lt", compare("extra.age", store.Lt, 40.5), []string{alice}},
		{"number as text is another kind", compare("extra.age", store.Eq, "30"), nil},
		{"text among numbers", compare("extra.age", store.Eq, "old"), []string{percent}},
		{"numbers and text in", compare("extra.age", store.In, int64(30), "old"), []string{alice, percent}},
		{"bool eq", compare("extra.vip", store.Eq, true), []string{alice}},
		{"bool ne", compare("extra.vip", store.Ne, true), []string{bob}},
		{"bool is no number", compare("extra.vip", store.Eq, int64(1)), nil},
		{"bool as text is another kind", compare("extra.vip", store.Eq, "true"), []string{umlaut}},
		{"null where absent and where null", compare("extra.vip", store.Null, true), []string{carol, percent}},
		{"not null", compare("extra.vip", store.Null, false), []string{alice, bob, umlaut}},
		{"eq nil", compare("extra.vip", store.Eq, nil), []string{carol, percent}},
		{"a list is not null", compare("extra.nickname", store.Null, true), []string{carol}},
		{"a name nobody has", compare("extra.nothing", store.Eq, "x"), nil},
		{"a name nobody has is null", compare("extra.nothing", store.Null, true), everyone},
	})
}
