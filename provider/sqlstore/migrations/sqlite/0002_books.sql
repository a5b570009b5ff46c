-- What was done, what was billed, what came in. Entries of the audit trail and frozen statements never change: the
-- database itself refuses it.

CREATE TABLE billhatch_audit (
	account_id TEXT NOT NULL,
	sequence   INTEGER NOT NULL CHECK (sequence > 0),
	entry_id   TEXT NOT NULL UNIQUE,
	at         INTEGER NOT NULL,
	actor      TEXT NOT NULL,
	action     TEXT NOT NULL,
	target     TEXT NOT NULL,
	purpose    TEXT NOT NULL,
	outcome    TEXT NOT NULL,
	request    TEXT NOT NULL,
	hash       BLOB NOT NULL, -- SHA-256 of this entry and the hash before it
	PRIMARY KEY (account_id, sequence)
) STRICT;
CREATE TRIGGER billhatch_audit_stays_update BEFORE UPDATE ON billhatch_audit
BEGIN
	SELECT RAISE(ABORT, 'an entry of the audit trail never changes');
END;
CREATE TRIGGER billhatch_audit_stays_delete BEFORE DELETE ON billhatch_audit
BEGIN
	SELECT RAISE(ABORT, 'an entry of the audit trail never changes');
END;

-- The end of each chain, under a seal that is not kept in the database.
CREATE TABLE billhatch_audit_heads (
	account_id TEXT NOT NULL PRIMARY KEY,
	sequence   INTEGER NOT NULL,
	hash       BLOB NOT NULL,
	seal       BLOB NOT NULL
) STRICT;

CREATE TABLE billhatch_closings (
	account_id TEXT NOT NULL,
	from_day   TEXT NOT NULL,
	to_day     TEXT NOT NULL,
	group_name TEXT NOT NULL, -- empty: the whole account
	revision   INTEGER NOT NULL CHECK (revision >= 1),
	state      TEXT NOT NULL,
	hash       TEXT NOT NULL,
	total      TEXT,
	currency   TEXT,
	invoice_id TEXT NOT NULL,
	reason     TEXT NOT NULL,
	owner      TEXT NOT NULL,
	until      INTEGER, -- null: nobody holds a lease
	version    INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (account_id, from_day, to_day, group_name, revision),
	CHECK (from_day < to_day),
	CHECK ((total IS NULL) = (currency IS NULL))
) STRICT;
CREATE INDEX billhatch_closings_newest ON billhatch_closings (from_day DESC, to_day DESC, account_id, group_name, revision DESC);
CREATE INDEX billhatch_closings_by_state ON billhatch_closings (state, from_day DESC, to_day DESC, account_id, group_name, revision DESC);

CREATE TABLE billhatch_inbox (
	event_id    TEXT NOT NULL UNIQUE CHECK (event_id <> ''),
	sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
	type        TEXT NOT NULL,
	kind        TEXT NOT NULL,
	object      TEXT NOT NULL,
	customer    TEXT NOT NULL,
	account     TEXT NOT NULL, -- of the provider's accounts that are connected; empty: one's own
	at          INTEGER,
	live        INTEGER NOT NULL CHECK (live IN (0, 1)),
	body        BLOB NOT NULL,
	received_at INTEGER NOT NULL,
	done_at     INTEGER
) STRICT;
CREATE INDEX billhatch_inbox_waiting ON billhatch_inbox (sequence) WHERE done_at IS NULL;

CREATE TABLE billhatch_statements (
	account_id TEXT NOT NULL,
	from_day   TEXT NOT NULL,
	to_day     TEXT NOT NULL,
	group_name TEXT NOT NULL,
	revision   INTEGER NOT NULL CHECK (revision >= 1),
	hash       TEXT NOT NULL, -- of the plain body
	size       INTEGER NOT NULL, -- of the plain body, in bytes
	packed     INTEGER NOT NULL CHECK (packed IN (0, 1)), -- whether the body is compressed (gzip)
	body       BLOB NOT NULL,
	PRIMARY KEY (account_id, from_day, to_day, group_name, revision),
	CHECK (from_day < to_day)
) STRICT;
CREATE TRIGGER billhatch_statements_stay_update BEFORE UPDATE ON billhatch_statements
BEGIN
	SELECT RAISE(ABORT, 'a frozen statement never changes');
END;
CREATE TRIGGER billhatch_statements_stay_delete BEFORE DELETE ON billhatch_statements
BEGIN
	SELECT RAISE(ABORT, 'a frozen statement never changes');
END;

INSERT INTO billhatch_schema (version) VALUES (2);
