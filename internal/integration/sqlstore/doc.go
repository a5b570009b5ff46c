// Package sqlstore tests provider/sqlstore on the databases that it is for: SQLite through modernc.org/sqlite and a real
// PostgreSQL through pgx.
package sqlstore
