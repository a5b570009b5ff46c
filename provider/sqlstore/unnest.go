package sqlstore

import (
	"context"
	"iter"
	"strconv"
	"strings"
)

// batchRows is how many rows one INSERT takes.
const batchRows = 4000

// insertMany writes rows of coverage many at a time, each column as one array. Arrays are written as texts, which every
// driver of PostgreSQL takes.
func (s session) insertMany(ctx context.Context, rows iter.Seq2[[]any, error]) (n int64, err error) {
	query := s.text(`INSERT INTO billhatch_coverage (account_id, tenant_id, user_key, line, user_id, name, address, kind,
		from_day, to_day, from_ns, to_ns) SELECT CAST(? AS text), CAST(? AS text), b.* FROM unnest(CAST(? AS text[]),
		CAST(? AS bigint[]), CAST(? AS text[]), CAST(? AS text[]), CAST(? AS text[]), CAST(? AS text[]), CAST(? AS date[]),
		CAST(? AS date[]), CAST(? AS bigint[]), CAST(? AS bigint[])) b`)
	var b batch
	send := func() error {
		if b.rows == 0 {
			return nil
		}
		if _, err := s.q.ExecContext(ctx, query, b.args()...); err != nil {
			return err
		}
		n += int64(b.rows)
		b.clear()
		return nil
	}
	for row, err := range rows {
		if err != nil {
			return 0, err
		}
		b.add(row)
		if b.rows < batchRows {
			continue
		}
		if err := send(); err != nil {
			return 0, err
		}
	}
	return n, send()
}

// batch is rows turned into columns: the literals of arrays.
type batch struct {
	rows    int
	fixed   [userKey]any // the columns before userKey, which are the same in every row
	columns [width - userKey]strings.Builder
}

func (b *batch) add(row []any) {
	copy(b.fixed[:], row)
	for i, v := range row[userKey:] {
		c := &b.columns[i]
		if b.rows == 0 {
			c.WriteByte('{')
		} else {
			c.WriteByte(',')
		}
		switch v := v.(type) {
		case nil:
			c.WriteString("NULL")
		case int64:
			c.WriteString(strconv.FormatInt(v, 10))
		case string:
			quote(c, v)
		}
	}
	b.rows++
}

// quote writes an element of an array.
func quote(b *strings.Builder, text string) {
	b.WriteByte('"')
	for {
		i := strings.IndexAny(text, `"\`)
		if i < 0 {
			break
		}
		b.WriteString(text[:i])
		b.WriteByte('\\')
		b.WriteByte(text[i])
		text = text[i+1:]
	}
	b.WriteString(text)
	b.WriteByte('"')
}

func (b *batch) args() []any {
	args := append([]any(nil), b.fixed[:]...)
	for i := range b.columns {
		args = append(args, b.columns[i].String()+"}")
	}
	return args
}

func (b *batch) clear() {
	b.rows = 0
	for i := range b.columns {
		b.columns[i].Reset()
	}
}
