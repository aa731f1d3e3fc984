package sqlstore

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOldChangesAreTrimmed(t *testing.T) {
	s := openSQLiteAt(t, newPath(t))
	clock := time.Now()
	s.now = func() time.Time { return clock }
	createUser(t, s, "a") // 1
	clock = clock.Add(50 * time.Minute)
	createUser(t, s, "b") // 2
	clock = clock.Add(11 * time.Minute)
	createUser(t, s, "c") // 3, when 1 is older than an hour
	clock = clock.Add(time.Minute)
	createUser(t, s, "d") // 4, too soon to trim again

	for _, c := range []struct {
		seq      int64
		want     []int64
		complete bool
	}{
		{0, []int64{2, 3, 4}, false},
		{1, []int64{2, 3, 4}, true},
		{2, []int64{3, 4}, true},
		{4, nil, true},
		{5, nil, false},
	} {
		changes, complete, err := s.ChangesSince(t.Context(), c.seq)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, change := range changes {
			got = append(got, change.Seq)
		}
		if complete != c.complete || !cmp.Equal(got, c.want) {
			t.Errorf("since %d: got %v, %v, want %v, %v", c.seq, got, complete, c.want, c.complete)
		}
	}
}

func TestTrimmingKeepsTheNewest(t *testing.T) {
	s := openSQLiteAt(t, newPath(t))
	clock := time.Now()
	s.now = func() time.Time { return clock }
	for _, name := range []string{"a", "b", "c"} {
		createUser(t, s, name)
		clock = clock.Add(24 * time.Hour)
	}
	last, err := s.LastChange(t.Context())
	if err != nil || last != 3 {
		t.Errorf("got last change %d, %v, want 3", last, err)
	}
	for seq, want := range map[int64]bool{0: false, 1: false, 2: true, 3: true, 4: false} {
		if _, complete, err := s.ChangesSince(t.Context(), seq); err != nil || complete != want {
			t.Errorf("since %d: got complete %v, %v, want %v", seq, complete, err, want)
		}
	}
}

func TestTrimmingLeavesNoGapWhenTheClockIsSetBack(t *testing.T) {
	s := openSQLiteAt(t, newPath(t))
	clock := time.Now()
	s.now = func() time.Time { return clock }
	createUser(t, s, "a") // 1
	clock = clock.Add(-3 * time.Hour)
	createUser(t, s, "b") // 2, by its time older than an hour when 3 is written
	clock = clock.Add(3 * time.Hour)
	createUser(t, s, "c") // 3
	changes, complete, err := s.ChangesSince(t.Context(), 0)
	if err != nil || !complete || len(changes) != 3 {
		t.Errorf("got %v, %v, %v, want all three", changes, complete, err)
	}
}
