package api

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"github.com/gatewright/gatewright/store"
)

// Bounds of what lists and counts of users may cost.
const (
	// maxSearches is how many read at once. A store has more connections for lists than that, so that a sign-in, which
	// looks for an account, always finds one.
	maxSearches = 2
	// searchTime is how long one of them may read.
	searchTime = 5 * time.Second
	// pageSize is how many users are read at once.
	pageSize = 1000
	// maxSorted is how many users are read in an order that has no pages.
	maxSorted = 10_000
)

var errTooManyForOrder = validationError("Too many users for this order: give a limit")

// entrance is a way through a turnstile.
type entrance func(context.Context) (leave func(), err error)

// search reads from the store, as soon as enter lets it and for no longer than a search may take.
func (s *Server) search(ctx context.Context, enter entrance, read func(context.Context) error) error {
	leave, err := enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	bounded, cancel := context.WithTimeoutCause(ctx, s.searchTime, errTooSlow)
	defer cancel()
	err = read(bounded)
	if err != nil && bounded.Err() != nil {
		// A store may say in its own words that the time is over.
		return fmt.Errorf("%w: %w", context.Cause(bounded), err)
	}
	return err
}

// eachUser calls fn with the accounts that match, in order. It holds neither a place among the searches nor anything of
// the store while fn takes its time. A list of more than a page is not of one moment: an account that changes meanwhile is
// seen as it was or as it is then.
func (s *Server) eachUser(ctx context.Context, q store.Query, fn func(store.User) error) error {
	left, size := cmp.Or(q.Limit, math.MaxInt), pageSize
	if !byID(q.Sort) {
		size = maxSorted + 1
	}
	page, enter := q, s.searches.enter
	for {
		page.Limit = min(left, size)
		users, err := s.readPage(ctx, enter, page)
		if err != nil {
			return err
		}
		for _, u := range users {
			if err := fn(u); err != nil {
				return err
			}
		}
		left -= len(users)
		if left == 0 || len(users) < page.Limit {
			return nil
		}
		page.Offset, page.Filter = 0, beyond(q, users[len(users)-1].ID)
		enter = s.searches.wait // half of a list is of no use to anybody
	}
}

func (s *Server) readPage(ctx context.Context, enter entrance, page store.Query) (users []store.User, err error) {
	err = s.search(ctx, enter, func(ctx context.Context) (err error) {
		users, err = s.Accounts.FindUsers(ctx, page)
		return err
	})
	if len(users) > maxSorted {
		return nil, errTooManyForOrder
	}
	return users, err
}

// byID tells whether an order is that of the ids, one way or the other.
func byID(order []store.Sort) bool { return len(order) == 0 || order[0].Field == "id" }

// beyond is the filter for what comes after an id in a list by id.
func beyond(q store.Query, id int64) store.Filter {
	op := store.Gt
	if len(q.Sort) > 0 && q.Sort[0].Desc {
		op = store.Lt
	}
	rest := store.Comparison{Field: "id", Op: op, Values: []any{id}}
	if q.Filter == nil {
		return rest
	}
	return store.And{q.Filter, rest}
}
