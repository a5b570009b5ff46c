package sqlstore

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// day reads a civil date: a DATE of PostgreSQL, or a text. Null is the zero date.
type day struct{ civil.Date }

// Scan implements sql.Scanner.
func (d *day) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		d.Date = civil.Date{}
		return nil
	case time.Time: // midnight, in whatever zone the driver puts dates
		var err error
		d.Date, err = civil.NewDate(v.Date())
		return err
	case string:
		var err error
		d.Date, err = civil.ParseDate(v)
		return err
	case []byte:
		return d.UnmarshalText(v)
	}
	return fmt.Errorf("a date is %T", src)
}

// date gives a civil date as a parameter; the zero date is null.
func date(d civil.Date) any {
	if d.IsZero() {
		return nil
	}
	return d.String()
}

// instant reads an instant: a TIMESTAMPTZ of PostgreSQL, or microseconds. Null is the zero time.
type instant struct{ time.Time }

// Scan implements sql.Scanner.
func (t *instant) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		t.Time = time.Time{}
	case time.Time:
		t.Time = v.UTC()
	case int64:
		t.Time = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("an instant is %T", src)
	}
	return nil
}

// number gives a decimal as a parameter.
func number(d decimal.Decimal) any { return d.String() }

// amount gives an amount as two parameters: number and currency. An amount that is not set is null.
func amount(a money.Amount) (value, currency any) {
	if !a.IsSet() {
		return nil, nil
	}
	return a.Decimal().String(), a.Currency()
}

// amountOf reads what amount has written.
func amountOf(value, currency sql.NullString) (money.Amount, error) {
	if !value.Valid && !currency.Valid {
		return money.Amount{}, nil
	}
	return money.Parse(value.String, currency.String)
}

// order is a column of a list, and its direction.
type order struct {
	column string
	down   bool
}

// orderBy is the ORDER BY of a list.
func orderBy(columns []order) string {
	var terms []string
	for _, c := range columns {
		if c.down {
			c.column += " DESC"
		}
		terms = append(terms, c.column)
	}
	return " ORDER BY " + strings.Join(terms, ", ")
}

// behind is the condition of what comes behind a place in a list, with its parameters. The first part is for the sake of
// the index.
func behind(columns []order, place []any) (string, []any) {
	var b strings.Builder
	start := " >= ? AND "
	if columns[0].down {
		start = " <= ? AND "
	}
	b.WriteString(columns[0].column + start)
	args := []any{place[0]}
	var last order // the column before
	for i, c := range columns {
		sign := " > ?"
		if c.down {
			sign = " < ?"
		}
		if i > 0 {
			b.WriteString(" OR " + last.column + " = ? AND ")
			args = append(args, args[len(args)-1])
		}
		b.WriteString("(" + c.column + sign)
		args, last = append(args, place[i]), c
	}
	return b.String() + strings.Repeat(")", len(columns)), args
}
