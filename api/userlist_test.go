package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatewright/gatewright/accounts"
	"github.com/gatewright/gatewright/store"
)

// fakeUsers is a store whose lists are made by a function.
type fakeUsers struct {
	store.Store
	find func(store.Query) []store.User
}

func (f *fakeUsers) FindUsers(_ context.Context, q store.Query) ([]store.User, error) {
	return f.find(q), nil
}

// withUsers makes a site find what a function makes.
func (s *site) withUsers(t *testing.T, find func(store.Query) []store.User) {
	t.Helper()
	passwords, err := accounts.NewPasswords(4)
	if err != nil {
		t.Fatal(err)
	}
	s.Accounts, err = accounts.New(accounts.Config{
		Store: &fakeUsers{Store: s.store, find: find}, Tokens: s.tokens, Passwords: passwords,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fill makes accounts u0, u1 and so on; every third one is blocked.
func (s *site) fill(t *testing.T, n int) {
	t.Helper()
	err := s.store.Tx(t.Context(), func(tx store.Store) error {
		for i := range n {
			name := fmt.Sprintf("u%d", i)
			u := store.User{Username: name, Email: name + "@example.test", Provider: "local", RoleID: 1, Blocked: i%3 == 0}
			if _, err := tx.CreateUser(t.Context(), u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func listed(t *testing.T, w *httptest.ResponseRecorder) (ids []int) {
	t.Helper()
	var users []struct{ ID int }
	if err := json.Unmarshal(w.Body.Bytes(), &users); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %.200s: %v", w.Code, w.Body, err)
	}
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids
}

// A list in pages is the list.
func TestUserPages(t *testing.T) {
	s := newSite(t)
	s.fill(t, 2*pageSize+100)
	var all, blocked []int
	for id := 1; id <= 2*pageSize+100; id++ {
		all = append(all, id)
		if id%3 == 1 {
			blocked = append(blocked, id)
		}
	}
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	for query, want := range map[string][]int{
		"":                                 all,
		"sort=id":                          all,
		"sort=id:desc,username":            backwards,
		"filters[blocked]=true":            blocked,
		"start=50":                         all[50:],
		"start=50&limit=1500":              all[50:1550],
		"start=50&limit=1500&sort=id:desc": backwards[50:1550],
		"limit=2000":                       all[:2000],
		"limit=1000":                       all[:1000],
		"limit=5000":                       all,
		"sort=blocked:desc,id&limit=1200":  append(slices.Clone(blocked), unblocked(all)...)[:1200],
		"filters[username]=nobody":         nil,
	} {
		caller := callerWith(t, 1)
		got := listed(t, s.serve(t, exchange{method: "GET", target: "/api/users?fields=id&" + query, caller: &caller}))
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d users, want %d: %v", query, len(got), len(want), got)
		}
	}
}

func unblocked(ids []int) []int {
	return slices.DeleteFunc(slices.Clone(ids), func(id int) bool { return id%3 == 1 })
}

// A list that nobody sees is not read.
func TestHeadOfUsers(t *testing.T) {
	s := newSite(t)
	s.withUsers(t, func(q store.Query) []store.User {
		if q.Limit != 1 {
			t.Errorf("%d users are asked for", q.Limit)
		}
		return make([]store.User, q.Limit)
	})
	caller := callerWith(t, 1)
	if w := s.serve(t, exchange{method: "HEAD", target: "/api/users", caller: &caller}); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
}

// What has no pages is read whole, so it has an end.
func TestListsInOtherOrdersAreBounded(t *testing.T) {
	s := newSite(t)
	there := maxSorted
	s.withUsers(t, func(q store.Query) []store.User {
		if q.Limit > maxSorted+1 || q.Limit <= 0 {
			t.Errorf("%d users are asked for", q.Limit)
		}
		return make([]store.User, min(there, q.Limit))
	})
	const refusal = "Too many users for this order: give a limit"
	caller := callerWith(t, 1)
	for _, c := range []struct {
		there  int
		query  string
		status int
	}{
		{maxSorted, "sort=username", 200},
		{maxSorted + 1, "sort=username", 400},
		{maxSorted + 1, "sort=username,id", 400},
		{maxSorted + 1, "sort=username&limit=10000", 200},
		{maxSorted + 1, "sort=username&limit=10001", 400},
		{maxSorted, "sort=username&limit=10001", 200},
	} {
		there = c.there
		w := s.serve(t, exchange{method: "GET", target: "/api/users?fields=id&" + c.query, caller: &caller})
		if w.Code != c.status || (w.Code == 400) != strings.Contains(w.Body.String(), refusal) {
			t.Errorf("%s of %d: %d %.200s", c.query, c.there, w.Code, w.Body)
		}
	}
}

// stuckWriter is a client that reads nothing more.
type stuckWriter struct {
	*httptest.ResponseRecorder
	begun sync.Once
	stuck func()
	free  <-chan struct{}
}

func (w *stuckWriter) Write(data []byte) (int, error) {
	w.begun.Do(w.stuck)
	<-w.free
	return len(data), nil
}

// Clients that do not read stop nobody else.
func TestSlowReaders(t *testing.T) {
	s := newSite(t)
	s.fill(t, pageSize+1)
	caller := callerWith(t, 1)
	free := make(chan struct{})
	var stuck, done sync.WaitGroup
	for _, query := range []string{"", "?limit=1000", "?sort=username", "?limit=1", "", ""} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/users"+query, nil)
		stuck.Add(1)
		w := &stuckWriter{ResponseRecorder: httptest.NewRecorder(), stuck: stuck.Done, free: free}
		done.Go(func() { s.Serve(w, r, s.match(t, r), func() (Caller, error) { return caller, nil }) })
	}
	stuck.Wait()
	for _, target := range []string{"/api/users/count", "/api/users", "/api/users?sort=username"} {
		if w := s.serve(t, exchange{method: "GET", target: target, caller: &caller}); w.Code != http.StatusOK {
			t.Errorf("%s: %d %.200s", target, w.Code, w.Body)
		}
	}
	close(free)
	done.Wait()
}

// Searches are few at once and short; who looks for one account does not notice.
func TestSearchesAreBounded(t *testing.T) {
	s := newSite(t)
	alice := s.user(t, "alice")
	caller := callerWith(t, alice.ID)
	searches := []string{"/api/users", "/api/users?limit=1", "/api/users?sort=email", "/api/users/count", "/api/users/count?_q=x"}
	check := func(t *testing.T, message, retry string) {
		t.Helper()
		for _, target := range searches {
			x := exchange{
				method: "GET", target: target, caller: &caller, status: 503,
				equal: failure(503, "ServiceUnavailableError", message),
			}
			w := s.serve(t, x)
			x.check(t, w)
			if got := w.Header().Get("Retry-After"); got != retry {
				t.Errorf("%s: to be tried again after %q, want %q", target, got, retry)
			}
		}
		for _, target := range []string{"/api/users/me", "/api/users/1", "/api/users/99"} {
			if w := s.serve(t, exchange{method: "GET", target: target, caller: &caller}); w.Code >= 300 {
				t.Errorf("%s: %d %s", target, w.Code, w.Body)
			}
		}
	}
	t.Run("too many", func(t *testing.T) {
		for range maxSearches {
			leave, err := s.searches.enter(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer leave()
		}
		s.searches.queue.Add(maxQueue)
		defer s.searches.queue.Add(-maxQueue)
		check(t, "Too many searches at once, try again in a moment", "1")
	})
	t.Run("too slow", func(t *testing.T) {
		s.searchTime = time.Nanosecond
		defer func() { s.searchTime = searchTime }()
		check(t, "The search took too long: use fewer or simpler filters, or a limit", "")
	})
}

// Whoever goes away is not told that the search was slow.
func TestSearchEndsWithItsRequest(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.search(ctx, s.searches.enter, func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return fmt.Errorf("interrupted (9)")
	})
	if status := Public(err).Status; status != 499 {
		t.Errorf("status %d: %v", status, err)
	}
}

// A further field can be filtered by whatever values it has.
func TestFilteringByFurtherFields(t *testing.T) {
	s := newSite(t)
	passwords, err := accounts.NewPasswords(4)
	if err != nil {
		t.Fatal(err)
	}
	s.Accounts, err = accounts.New(accounts.Config{
		Store: s.store, Tokens: s.tokens, Passwords: passwords,
		Fields: []accounts.UserField{
			{Name: "rank", Type: accounts.FieldFloat}, {Name: "born", Type: accounts.FieldDatetime},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	caller := callerWith(t, 1)
	for i, body := range []string{`"rank":1.5,"born":"2001-02-03"`, `"rank":2,"born":"2002-02-03T04:05:06Z"`, `"rank":null`} {
		x := exchange{method: "POST", target: "/api/users", caller: &caller, status: 201, body: fmt.Sprintf(
			`{"username":"user%d","email":"user%d@example.test","password":"`+password+`","role":1,%s}`, i, i, body,
		)}
		x.check(t, s.serve(t, x))
	}
	for query, want := range map[string][]int{
		"filters[rank]=1.5":                {1},
		"filters[rank]=2":                  {2},
		"filters[rank]=2.0":                {2},
		"filters[rank][$lt]=1.75":          {1},
		"filters[rank][$gte]=1.5":          {1, 2},
		"filters[rank][$in]=1.5":           {1},
		"filters[rank]=x":                  nil,
		"filters[born]=2001-02-03":         {1},
		"filters[born][$gt]=2001-02-03":    {2},
		"filters[born][$gte]=981158400000": {1, 2},
		"filters[born][$null]=true":        {3},
		"filters[id]=1.5":                  nil,
		"filters[born][$between][0]=2002-01-01&filters[born][$between][1]=2003-01-01": {2},
	} {
		got := listed(t, s.serve(t, exchange{method: "GET", target: "/api/users?" + query, caller: &caller}))
		if !slices.Equal(got, want) {
			t.Errorf("%s: users %v, want %v", query, got, want)
		}
	}
	x := exchange{method: "GET", target: "/api/users?filters[born]=soon", caller: &caller, status: 400, equal: failure(400, "ValidationError", "Invalid value in filters")}
	x.check(t, s.serve(t, x))
}
