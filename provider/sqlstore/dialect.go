package sqlstore

import (
	"strconv"
	"strings"
	"time"
)

// Dialect is the kind of database.
type Dialect string

// The databases that are tested: PostgreSQL 15 and later through pgx, SQLite 3.42 and later through modernc.org/sqlite.
// Any other driver of the same database that keeps the rules of database/sql should do.
const (
	PostgreSQL Dialect = "postgres"
	SQLite     Dialect = "sqlite"
)

// defaultPrefix begins the name of every table in the queries and in the files, and is what Config.Prefix takes the
// place of.
const defaultPrefix = "billhatch_"

// tongue is how a dialect says what the dialects say differently.
type tongue struct {
	numbered bool   // parameters are $1, $2, … and not ?
	lock     string // behind a SELECT: keeps the row until the end of the transaction
	share    string // the same, but others may keep it, too
	now      string // the instant
	tables   string // query for the names of all tables of the schema
}

// tongueOf gives the tongue of a dialect that has one.
func tongueOf(d Dialect) (tongue, bool) {
	switch d {
	case PostgreSQL:
		return tongue{
			numbered: true, lock: " FOR UPDATE", share: " FOR SHARE", now: "clock_timestamp()",
			tables: "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()",
		}, true
	case SQLite: // one transaction writes at a time: there is nothing to lock
		return tongue{
			now:    "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
			tables: "SELECT name FROM sqlite_master WHERE type = 'table'",
		}, true
	}
	return tongue{}, false
}

// text makes a query of the store's own tables and with the parameters of the dialect of one that is written with the
// default prefix and question marks.
func (c *core) text(query string) string {
	if c.prefix != defaultPrefix {
		query = strings.ReplaceAll(query, defaultPrefix, c.prefix)
	}
	if !c.numbered {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	for n := 1; ; n++ {
		before, after, more := strings.Cut(query, "?")
		b.WriteString(before)
		if !more {
			return b.String()
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		query = after
	}
}

// at gives an instant as a parameter: whole microseconds, UTC. The zero time is null.
func (c *core) at(t time.Time) any {
	switch {
	case t.IsZero():
		return nil
	case c.dialect == SQLite:
		return t.UnixMicro()
	}
	return micro(t)
}

// micro is an instant as the database keeps it.
func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
