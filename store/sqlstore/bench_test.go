package sqlstore

import (
	"strconv"
	"testing"

	"github.com/gatewright/gatewright/store"
)

const benchUsers = 100_000

// benchStore returns a store with many users. They are written past the contract, since only reading is measured.
func benchStore(b *testing.B) *Store {
	b.Helper()
	s := openSQLiteAt(b, newPath(b))
	err := s.Tx(b.Context(), func(txStore store.Store) error {
		rows := make([]userRow, 0, 1000)
		for i := range benchUsers {
			name := "user" + strconv.Itoa(i)
			rows = append(rows, userRow{
				DocumentID: newDocumentID(), Username: name, Email: name + "@example.com", Provider: "local",
				RoleID: 1, Extra: noExtra,
			})
			if len(rows) < cap(rows) {
				continue
			}
			if _, err := txStore.(*tx).db.NewInsert().Model(&rows).Exec(b.Context()); err != nil {
				return err
			}
			rows = make([]userRow, 0, 1000)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func BenchmarkUser(b *testing.B) {
	s := benchStore(b)
	for i := 0; b.Loop(); i++ {
		if _, err := s.User(b.Context(), int64(i%benchUsers+1)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFindUsers(b *testing.B) {
	s := benchStore(b)
	for field, suffix := range map[string]string{"username": "", "email": "@example.com"} {
		b.Run(field, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				value := "user" + strconv.Itoa(i%benchUsers) + suffix
				users, err := s.FindUsers(b.Context(), store.Query{
					Filter: store.Comparison{Field: field, Op: store.Eq, Values: []any{value}}, Limit: 1,
				})
				if err != nil || len(users) != 1 {
					b.Fatalf("got %d users, %v", len(users), err)
				}
			}
		})
	}
}

func BenchmarkRoleByType(b *testing.B) {
	s := benchStore(b)
	for b.Loop() {
		if _, err := s.RoleByType(b.Context(), store.RoleAuthenticated); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCreateUser(b *testing.B) {
	s := openSQLiteAt(b, newPath(b))
	for i := 0; b.Loop(); i++ {
		createUser(b, s, strconv.Itoa(i))
	}
}
