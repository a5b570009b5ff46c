package pgxcopy

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// errDriver is for a connection of another driver.
var errDriver = errors.New("pgxcopy: the connection is not one of pgx")

// From writes rows into a table over a connection of pgx's database/sql driver, in the transaction that is open on it,
// and gives their number. The first error of the rows ends it, and the transaction can only be rolled back then.
func From(
	ctx context.Context, conn *sql.Conn, table string, columns []string, rows iter.Seq2[[]any, error],
) (n int64, err error) {
	next, stop := iter.Pull2(rows)
	defer stop()
	source := pgx.CopyFromFunc(func() ([]any, error) {
		row, err, more := next()
		if !more {
			return nil, nil
		}
		return row, err
	})
	err = conn.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return errDriver
		}
		n, err = c.Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, source)
		return err
	})
	return n, err
}
