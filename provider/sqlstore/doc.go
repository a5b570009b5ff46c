// Package sqlstore keeps records in a database of the host, through database/sql: PostgreSQL for many replicas, SQLite for
// one machine. It imports no driver: the host opens the database with the one that it has, and the store never closes it.
//
//	db, err := sql.Open("pgx", dsn)
//	…
//	store, err := sqlstore.Open(db, sqlstore.Config{Dialect: sqlstore.PostgreSQL, Keys: [][]byte{key}})
//	…
//	if err := store.Migrate(ctx); err != nil { … } // or by the host's own tool, see [Files] and [SQL]
//	if err := store.Validate(ctx); err != nil { … }
//
// [Store] has every ability of records in package provider, and is as strict as the one in package memory. What those
// only read, the host writes with the Save, Set, Assign and Remove methods; a user's coverage with [Store.SetCoverage],
// and a whole roster, of a million users too, with [Store.ImportCoverage].
//
// # The host's transactions
//
// [Store.In] gives a view of the store within a *sql.Tx of the host. What is written through it, such as an entry of the
// audit trail, stands or falls with what the host writes beside it. Everything else has transactions of its own.
//
// # PostgreSQL
//
// Version 15 or later, encoding UTF8. Tables are found by the search_path; see Config.Prefix, too. Nothing but rights to
// read and write is needed, apart from [Store.Migrate], which makes tables. A pool of at least two connections: an
// iteration holds one until its end, and whoever reads something else meanwhile needs another.
//
// # SQLite
//
// Version 3.42 or later, a file, and a DSN that sets for every connection a busy_timeout, the journal mode WAL and
// foreign keys. With modernc.org/sqlite:
//
//	file:billing.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_txlock=immediate
//
// The store begins its own transactions with BEGIN IMMEDIATE in any case; _txlock does it for those of the host.
//
// # The audit trail
//
// Entries are chained by their hashes, account by account, and the end of each chain is sealed with Config.Keys.
// [Store.VerifyAudit] finds the first entry that was changed, taken out or added. Triggers refuse to change or delete
// entries, and frozen statements; whoever owns the tables can drop a trigger, and the chain is there to tell.
//
// # Units
//
// Instants are kept in whole microseconds, UTC, and cut to them when they are written; those of coverage in nanoseconds.
// Amounts and quantities are exact: NUMERIC in PostgreSQL, text in SQLite, never binary fractions. Ids are compared and
// ordered byte by byte, and have at most [MaxID] bytes.
//
// # Errors
//
// All errors are *provider.Error of the closed set; their texts hold nothing of the database. provider.ErrUnavailable is
// a database that cannot be reached, is full, read-only, or made a transaction give way more than five times;
// provider.ErrTimeout a context that is done; provider.ErrUnknown a transaction whose COMMIT got no answer: look whether
// it is there, or do it again, which for every method here comes to the same as once. provider.ErrMisconfigured is a
// schema, a right or a row that is not as it must be; see [ErrSchemaOlder] and its neighbours.
//
// # Concurrency
//
// A Store is safe for concurrent use, also by several programs on one database. A view of [Store.In] is used by one
// goroutine at a time.
package sqlstore
