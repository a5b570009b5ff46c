package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"log"
	"os"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/sqlstore"
)

// A host opens its database, brings the schema up to date and checks that it is what the program needs.
func Example() {
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL")) // with a driver of the host
	if err != nil {
		log.Fatal(err)
	}
	store, err := sqlstore.Open(db, sqlstore.Config{Dialect: sqlstore.PostgreSQL, Keys: [][]byte{[]byte(os.Getenv("BILLING_KEY"))}})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if err := store.Migrate(ctx); err != nil {
		log.Fatal(err)
	}
	if err := store.Validate(ctx); err != nil {
		log.Fatal(err)
	}
}

// What happens in a transaction of the host is audited in the same transaction.
func ExampleStore_In() {
	approve := func(ctx context.Context, db *sql.DB, store *sqlstore.Store, entry provider.AuditEntry) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		if _, err := tx.ExecContext(ctx, "UPDATE orders SET approved = TRUE WHERE id = 7"); err != nil {
			return err
		}
		if _, err := store.In(tx).Append(ctx, entry); err != nil {
			return err
		}
		return tx.Commit()
	}
	_ = approve
}

// The host's own tool can apply the migrations.
func ExampleFiles() {
	names, _ := fs.Glob(sqlstore.Files(sqlstore.PostgreSQL), "*.sql")
	for _, name := range names {
		fmt.Println(name)
	}
	// Output:
	// 0001_records.sql
	// 0002_books.sql
}
