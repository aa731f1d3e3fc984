package api

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/policy"
	"github.com/gatewright/gatewright/store"
)

// callerWith is a caller whose role may perform the actions.
func callerWith(t testing.TB, userID int64, actions ...string) Caller {
	t.Helper()
	role := store.Role{ID: 7, Type: "tested"}
	var grants []store.Grant
	for _, action := range actions {
		grants = append(grants, store.Grant{RoleID: role.ID, Action: action})
	}
	snapshot, err := policy.Build([]store.Role{role, {ID: 1, Type: store.RoleAuthenticated, Name: "Authenticated"}}, grants)
	if err != nil {
		t.Fatal(err)
	}
	return Caller{Principal: accounts.Principal{UserID: userID, RoleID: role.ID}, Role: role, snapshot: snapshot}
}

func is(field string, op store.Op, values ...any) store.Comparison {
	return store.Comparison{Field: field, Op: op, Values: values}
}

func TestUserQuery(t *testing.T) {
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	found := func(text string) store.Or {
		return store.Or{is("username", store.Containsi, text), is("email", store.Containsi, text), is("provider", store.Containsi, text)}
	}
	for _, c := range []struct {
		query string
		want  store.Query
	}{
		{``, store.Query{}},
		{`nonsense=1&pagination[page]=2&pagination[start]=5`, store.Query{}},
		{`filters=`, store.Query{}},
		{`filters[username]=bob`, store.Query{Filter: store.And{is("username", store.Eq, "bob")}}},
		{`filters[username][$eq]=bob`, store.Query{Filter: store.And{store.And{is("username", store.Eq, "bob")}}}},
		{`filters[id][$in][0]=1&filters[id][$in][1]=2`, store.Query{Filter: store.And{store.And{is("id", store.In, int64(1), int64(2))}}}},
		{`filters[id][$in]=1`, store.Query{Filter: store.And{store.And{is("id", store.In, int64(1))}}}},
		{`filters[id][$in]=x`, store.Query{Filter: store.And{store.And{store.Or{}}}}},
		{`filters[id][$notIn][]=1&filters[id][$notIn][]=x`, store.Query{Filter: store.And{store.And{is("id", store.NotIn, int64(1))}}}},
		{`filters[id]=x`, store.Query{Filter: store.And{store.Or{}}}},
		{`filters[id][$between][]=1&filters[id][$between][]=9`, store.Query{Filter: store.And{store.And{is("id", store.Between, int64(1), int64(9))}}}},
		{`filters[id][$eqi]=1`, store.Query{Filter: store.And{store.And{is("id", store.Eqi, "1")}}}},
		{`filters[blocked]=true`, store.Query{Filter: store.And{is("blocked", store.Eq, true)}}},
		{`filters[blocked]=0`, store.Query{Filter: store.And{is("blocked", store.Eq, false)}}},
		{`filters[createdAt][$gt]=2026-01-02`, store.Query{Filter: store.And{store.And{is("createdAt", store.Gt, day)}}}},
		{`filters[createdAt][$gt]=` + fmt.Sprint(day.UnixMilli()), store.Query{Filter: store.And{store.And{is("createdAt", store.Gt, day)}}}},
		{`filters[email][$null]=true`, store.Query{Filter: store.And{store.And{is("email", store.Null, true)}}}},
		{`filters[email][$notNull]=true`, store.Query{Filter: store.And{store.And{is("email", store.Null, false)}}}},
		{`filters[email][$null]=false`, store.Query{Filter: store.And{store.And{is("email", store.Null, false)}}}},
		{`filters[$or][0][id]=1&filters[$or][1][id]=2`, store.Query{Filter: store.And{store.Or{
			store.And{is("id", store.Eq, int64(1))}, store.And{is("id", store.Eq, int64(2))},
		}}}},
		{`filters[$not][id]=1`, store.Query{Filter: store.And{store.Not{Filter: store.And{is("id", store.Eq, int64(1))}}}}},
		{`filters[id][$not][$gt]=1`, store.Query{Filter: store.And{store.And{store.Not{Filter: store.And{is("id", store.Gt, int64(1))}}}}}},
		{`filters[role][type]=public`, store.Query{Filter: store.And{store.And{is("role.type", store.Eq, "public")}}}},
		{`filters[role]=2`, store.Query{Filter: store.And{is("role.id", store.Eq, int64(2))}}},
		{`filters[role][$in]=2`, store.Query{Filter: store.And{store.And{is("role.id", store.In, int64(2))}}}},
		{`sort=username`, store.Query{Sort: []store.Sort{{Field: "username"}}}},
		{`sort=username:desc,id:ASC`, store.Query{Sort: []store.Sort{{Field: "username", Desc: true}, {Field: "id"}}}},
		{`sort[0]=username&sort[1]=id:DESC`, store.Query{Sort: []store.Sort{{Field: "username"}, {Field: "id", Desc: true}}}},
		{`sort[username]=desc`, store.Query{Sort: []store.Sort{{Field: "username", Desc: true}}}},
		{`sort[role][name]=desc`, store.Query{Sort: []store.Sort{{Field: "role.name", Desc: true}}}},
		{`sort=role.name:desc`, store.Query{Sort: []store.Sort{{Field: "role.name", Desc: true}}}},
		{`start=5&limit=10`, store.Query{Offset: 5, Limit: 10}},
		{`start=0&limit=-1`, store.Query{}},
		{`_q=bob`, store.Query{Filter: found("bob")}},
		{`_q=&filters[id]=1`, store.Query{Filter: store.And{is("id", store.Eq, int64(1))}}},
		{`_q=bob&filters[id]=1`, store.Query{Filter: store.And{store.And{is("id", store.Eq, int64(1))}, found("bob")}}},
	} {
		t.Run(c.query, func(t *testing.T) {
			q, err := parseUserQuery(c.query, callerWith(t, 1, actionReadRoles), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, q.store); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
		})
	}
}

// The messages and details of the first ones are recorded, in users/find-*.json, find-one-fields.json and me-fields.json.
func TestUserQueryRefuses(t *testing.T) {
	key := func(key string, path any, param string) string {
		return toJSON(t, NewObject().Set("key", key).Set("path", path).Set("source", "query").Set("param", param))
	}
	for _, c := range []struct{ query, message, details string }{
		{`filters[username][$nonsense]=1`, "Invalid key $nonsense at username", key("$nonsense", "username", "filters")},
		{`filters[password][$startsWith]=$2a`, "Invalid key password", key("password", "password", "filters")},
		{`filters[resetPasswordToken][$null]=true`, "Invalid key resetPasswordToken", key("resetPasswordToken", "resetPasswordToken", "filters")},
		{`filters[role][type]=public`, "Invalid key role", key("role", "role", "filters")},
		{`filters[nonsense]=1`, "Invalid key nonsense", key("nonsense", nil, "filters")},
		{`fields=password`, "Invalid key password", key("password", "password", "fields")},
		{`fields[0]=password`, "Invalid key password", key("password", "password", "fields")},

		{`sort=password`, "Invalid key password", key("password", "password", "sort")},
		{`sort=role.name`, "Invalid key role.name", key("role.name", nil, "sort")},
		{`sort[role][name]=asc`, "Invalid key role.name", key("role.name", nil, "sort")},
		{`sort=username:up`, "Invalid order. order can only be one of asc|desc|ASC|DESC", `{}`},
		{`populate=createdBy`, "Invalid key createdBy", key("createdBy", "createdBy", "populate")},
		{`populate[role][fields]=users`, "Invalid key users", key("users", nil, "populate")},
		{`fields[0][a]=x`, "Invalid fields parameter. Expected a string or an array of strings", `{}`},
		{`fields[a]=x`, "Invalid fields parameter. Expected a string or an array of strings", `{}`},
		{`start=-1`, "convertStartQueryParams expected a positive integer got -1", `{}`},
		{`start=x`, "convertStartQueryParams expected a positive integer got NaN", `{}`},
		{`start=1.5`, "convertStartQueryParams expected a positive integer got NaN", `{}`},
		{`limit=-2`, "convertLimitQueryParams expected a positive integer got -2", `{}`},
		{`limit=99999999999999999999`, "convertLimitQueryParams expected a positive integer got NaN", `{}`},
		{`limit[]=1`, "convertLimitQueryParams expected a positive integer got NaN", `{}`},
		{`filters=x`, errFilter.Message, `{}`},
		{`filters[]=x`, errFilter.Message, `{}`},
		{`filters[$and]=x`, errFilter.Message, `{}`},
		{`filters[$or][]=x`, errFilter.Message, `{}`},
		{`filters[$not]=x`, errFilter.Message, `{}`},
		{`filters[username][0]=x`, "Invalid key 0 at username", key("0", "username", "filters")},
		{`filters[username][$eq][a]=x`, errFilterValue.Message, `{}`},
		{`filters[username][$eq][]=x&filters[username][$eq][]=y`, errFilterValue.Message, `{}`},
		{`filters[id][$between][]=1`, errFilterValue.Message, `{}`},
		{`filters[createdAt][$gt]=soon`, errFilterValue.Message, `{}`},
		{`filters[username]=x&filters=username`, errFilterValue.Message, `{}`},
		{`%zz`, "Invalid query string", `{}`},
		{`filters` + strings.Repeat(`[$not]`, maxDepth) + `=x`, "Invalid query string", `{}`},
	} {
		t.Run(c.query[:min(len(c.query), 60)], func(t *testing.T) {
			_, err := parseUserQuery(c.query, callerWith(t, 1), nil)
			public := Public(err)
			if err == nil || public.Status != 400 || public.Name != "ValidationError" || public.Message != c.message {
				t.Fatalf("error = %v %+v, want %q", err, public, c.message)
			}
			if got := toJSON(t, public.Details); got != c.details {
				t.Errorf("details %s, want %s", got, c.details)
			}
		})
	}
}

// What nobody may read cannot be asked about either, whichever way and whatever the caller may do.
func TestPrivateFieldsCannotBeNamed(t *testing.T) {
	private := append([]string{
		"password_hash", "passwordHash", "PasswordHash", "PASSWORD", "valid_from", "ValidFrom", "validFrom", "extra", "extra.x",
		"role_id", "u.password_hash", "password ", "role.users", "users", "roles", "permissions", "", "1", "id)", "*",
	}, privateFields...)
	for _, name := range private {
		escaped := url.QueryEscape(name)
		for _, query := range []string{
			"filters[%s]=x", "filters[%s][$startsWith]=x", "filters[$or][0][%s][$null]=true", "filters[$not][%s]=x",
			"filters[$and][0][$or][0][%s]=x", "sort=%s:asc", "sort[0]=%s", "sort[%s]=desc", "fields=%s", "fields[0]=%s",
			"filters[role][%s]=x", "sort=role.%s", "filters[username][%s]=x",
		} {
			if (name == "" || name == "*") && (strings.HasPrefix(query, "sort") || strings.HasPrefix(query, "fields")) {
				continue // these mean "none" and "all"
			}
			if _, ok := store.RoleFields[name]; ok && strings.Contains(query, "role") {
				continue
			}
			query = fmt.Sprintf(query, escaped)
			q, err := parseUserQuery(query, callerWith(t, 1, actionReadRoles), nil)
			if err == nil {
				t.Errorf("%s is understood as %+v", query, q.store)
			} else if Public(err).Status != 400 {
				t.Errorf("%s: error = %v", query, err)
			}
		}
	}
}

func TestUserQueryBounds(t *testing.T) {
	const tooMany, tooDeep = "Too many conditions in filters", "Too many levels in filters"
	each := func(n int, format string) string {
		var query strings.Builder
		for i := range n {
			fmt.Fprintf(&query, format+"&", i)
		}
		return query.String()
	}
	for _, c := range []struct{ name, query, message string }{
		{"most conditions", each(50, "filters[$or][%d][username][$containsi]=x"), ""},
		{"too many conditions", each(51, "filters[$or][%d][username][$containsi]=x"), tooMany},
		{"too many of a field", each(50, "filters[$or][%d][id]=1") + "filters[username][$ne]=x", tooMany},
		{"too many negations", each(81, "filters[$or][%d][$not][$and][0][$not][$and]="), errFilter.Message},
		{"too many empty parts", each(50, "filters[$or][%d]"+strings.Repeat("[$not]", 5)+"[id]=1"), tooMany},
		{"deepest", "filters" + strings.Repeat("[$not]", 18) + "[id][$not][$eq]=1", ""},
		{"too deep", "filters" + strings.Repeat("[$not]", 20) + "[id]=1", tooDeep},
		{"most values", each(maxArrayIndex+1, "filters[id][$in][%d]=1"), ""},
		{"too many values", each(maxArrayIndex+2, "filters[id][$in][%d]=1"), errFilterValue.Message},
		{"too many parameters", each(maxPairs+1, "x%d=1"), "Invalid query string"},
		{"most keys to sort by", "sort=" + strings.Repeat("id,", 20), ""},
		{"too many keys to sort by", "sort=" + strings.Repeat("id,", 21), "Too many keys in sort"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseUserQuery(c.query, callerWith(t, 1), nil)
			switch {
			case c.message == "" && err != nil:
				t.Error(err)
			case c.message != "" && (err == nil || Public(err).Message != c.message || Public(err).Status != 400):
				t.Errorf("error = %v, want %q", err, c.message)
			}
		})
	}
}

// What is just accepted is not refused by the store, whatever else there is in the request.
func TestStoreTakesWhatIsAccepted(t *testing.T) {
	s := newSite(t)
	caller := callerWith(t, 1, actionReadRoles)
	var parts strings.Builder
	for i := range 48 {
		fmt.Fprintf(&parts, "filters[$or][%d][$not][$not][role][name][$containsi]=x&", i)
	}
	for name, query := range map[string]string{
		"wide": parts.String(),
		"deep": "filters" + strings.Repeat("[$not]", 18) + "[id][$not][$eq]=1",
	} {
		q, err := parseUserQuery(query+"&_q=x&sort="+strings.Repeat("username,", maxSortKeys), caller, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		q.store.Filter = beyond(q.store, 1)
		if _, err := s.store.FindUsers(t.Context(), q.store); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A further field is compared with values of its own type.
func TestFurtherFieldsInFilters(t *testing.T) {
	fields := []accounts.UserField{
		{Name: "rank", Type: accounts.FieldFloat}, {Name: "age", Type: accounts.FieldInteger}, {Name: "born", Type: accounts.FieldDatetime},
	}
	for _, c := range []struct {
		query string
		want  store.Filter // nil: refused
	}{
		{`filters[rank]=1.5`, is("extra.rank", store.Eq, 1.5)},
		{`filters[rank]=-2e3`, is("extra.rank", store.Eq, -2000.0)},
		{`filters[rank]=2`, is("extra.rank", store.Eq, 2.0)},
		{`filters[rank]=x`, store.Or{}},
		{`filters[rank]=NaN`, store.Or{}},
		{`filters[rank]=Infinity`, store.Or{}},
		{`filters[rank]=1e999`, store.Or{}},
		{`filters[age]=2`, is("extra.age", store.Eq, int64(2))},
		{`filters[age]=1.5`, store.Or{}},
		{`filters[id]=1.5`, store.Or{}},
		{`filters[born]=2001-02-03`, is("extra.born", store.Eq, "2001-02-03T00:00:00.000Z")},
		{`filters[born]=2001-02-03T04:05:06%2B01:00`, is("extra.born", store.Eq, "2001-02-03T03:05:06.000Z")},
		{`filters[born]=981172984005`, is("extra.born", store.Eq, "2001-02-03T04:03:04.005Z")},
		{`filters[born]=soon`, nil},
		{`filters[born]=`, nil},
		{`filters[born]=9223372036854775807`, nil},
	} {
		q, err := parseUserQuery(c.query, callerWith(t, 1), fields)
		if c.want == nil {
			if err == nil || Public(err).Message != errFilterValue.Message {
				t.Errorf("%s: error = %v", c.query, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
		} else if diff := cmp.Diff(store.Filter(store.And{c.want}), q.store.Filter); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.query, diff)
		}
	}
}

func TestPopulate(t *testing.T) {
	for _, c := range []struct {
		query   string
		allowed bool
		role    bool
		fields  []string
	}{
		{`populate=role`, true, true, nil},
		{`populate=*`, true, true, nil},
		{`populate[0]=role`, true, true, nil},
		{`populate[role]=true`, true, true, nil},
		{`populate[role][populate][0]=users`, true, true, nil},
		{`populate[role][fields][0]=name`, true, true, []string{"name"}},
		{`populate[role][fields]=name,type`, true, true, []string{"name", "type"}},
		{`populate[role][fields]=*`, true, true, nil},
		{`populate[role]=false`, true, false, nil},
		{`populate=`, true, false, nil},
		{`populate=role`, false, false, nil},
		{`populate=*`, false, false, nil},
	} {
		caller := callerWith(t, 1)
		if c.allowed {
			caller = callerWith(t, 1, actionReadRoles)
		}
		q, err := parseUserQuery(c.query, caller, nil)
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		if shown := q.view.role != nil; shown != c.role {
			t.Errorf("%s: the role is shown: %t, want %t", c.query, shown, c.role)
		} else if shown && !cmp.Equal(q.view.role.fields, c.fields) {
			t.Errorf("%s: fields %q, want %q", c.query, q.view.role.fields, c.fields)
		}
	}
}

// FuzzUserQuery: nothing panics, refusals are the client's, and what comes out names only what may be named.
func FuzzUserQuery(f *testing.F) {
	for _, seed := range []string{
		`filters[username][$eqi]=x&sort=id:desc&fields=email&populate=role&start=1&limit=2&_q=y`,
		`filters[$or][0][$not][id][$in][]=1&filters[role][name][$contains]=x`, `sort[role][name]=asc`, `filters[createdAt][$lt]=2026`,
		`populate[role][fields][]=name`, `filters[id][$not][$not][$between][]=1`, `filters[a]&sort[][]=b`, `fields[]=,`,
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, query string, mayReadRoles bool) {
		caller := callerWith(t, 1)
		if mayReadRoles {
			caller = callerWith(t, 1, actionReadRoles)
		}
		q, err := parseUserQuery(query, caller, nil)
		if err != nil {
			if public, ok := errors.AsType[*Error](err); !ok || public.Status != 400 {
				t.Errorf("%q: error = %v", query, err)
			}
			return
		}
		if q.store.Offset < 0 || q.store.Limit < 0 {
			t.Errorf("%q: offset %d, limit %d", query, q.store.Offset, q.store.Limit)
		}
		named := fieldsOf(q.store.Filter)
		for _, s := range q.store.Sort {
			named = append(named, s.Field)
		}
		if len(named) > maxConditions+len(searched)+maxSortKeys {
			t.Errorf("%q: %d fields are named", query, len(named))
		}
		for _, name := range named {
			_, ofUser := store.UserFields[name]
			inner, inRole := strings.CutPrefix(name, "role.")
			_, ofRole := store.RoleFields[inner]
			if allowed := ofUser || inRole && ofRole && mayReadRoles; !allowed {
				t.Errorf("%q names %q", query, name)
			}
		}
	})
}

func fieldsOf(filter store.Filter) []string {
	switch f := filter.(type) {
	case store.And:
		return fieldsOfAll(f)
	case store.Or:
		return fieldsOfAll(f)
	case store.Not:
		return fieldsOf(f.Filter)
	case store.Comparison:
		return []string{f.Field}
	}
	return nil
}

func fieldsOfAll(filters []store.Filter) (names []string) {
	for _, f := range filters {
		names = append(names, fieldsOf(f)...)
	}
	return names
}
