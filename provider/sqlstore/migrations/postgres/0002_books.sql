-- What was done, what was billed, what came in. Entries of the audit trail and frozen statements never change: the
-- database itself refuses it.

CREATE FUNCTION billhatch_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TABLE billhatch_audit (
	account_id text        COLLATE "C" NOT NULL,
	sequence   bigint      NOT NULL CHECK (sequence > 0),
	entry_id   text        COLLATE "C" NOT NULL UNIQUE,
	at         timestamptz NOT NULL,
	actor      text        COLLATE "C" NOT NULL,
	action     text        COLLATE "C" NOT NULL,
	target     text        NOT NULL,
	purpose    text        NOT NULL,
	outcome    text        COLLATE "C" NOT NULL,
	request    text        NOT NULL,
	hash       bytea       NOT NULL, -- SHA-256 of this entry and the hash before it
	PRIMARY KEY (account_id, sequence)
);
CREATE TRIGGER billhatch_audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON billhatch_audit
	FOR EACH STATEMENT EXECUTE FUNCTION billhatch_refuse();

-- The end of each chain, under a seal that is not kept in the database.
CREATE TABLE billhatch_audit_heads (
	account_id text   COLLATE "C" NOT NULL PRIMARY KEY,
	sequence   bigint NOT NULL,
	hash       bytea  NOT NULL,
	seal       bytea  NOT NULL
);

CREATE TABLE billhatch_closings (
	account_id text        COLLATE "C" NOT NULL,
	from_day   date        NOT NULL,
	to_day     date        NOT NULL,
	group_name text        COLLATE "C" NOT NULL, -- empty: the whole account
	revision   bigint      NOT NULL CHECK (revision >= 1),
	state      text        COLLATE "C" NOT NULL,
	hash       text        NOT NULL,
	total      numeric,
	currency   text        COLLATE "C",
	invoice_id text        COLLATE "C" NOT NULL,
	reason     text        NOT NULL,
	owner      text        COLLATE "C" NOT NULL,
	until      timestamptz, -- null: nobody holds a lease
	version    bigint      NOT NULL,
	updated_at timestamptz NOT NULL,
	PRIMARY KEY (account_id, from_day, to_day, group_name, revision),
	CHECK (from_day < to_day),
	CHECK ((total IS NULL) = (currency IS NULL))
);
CREATE INDEX billhatch_closings_newest ON billhatch_closings (from_day DESC, to_day DESC, account_id, group_name, revision DESC);
CREATE INDEX billhatch_closings_by_state ON billhatch_closings (state, from_day DESC, to_day DESC, account_id, group_name, revision DESC);

CREATE TABLE billhatch_inbox (
	event_id    text        COLLATE "C" NOT NULL PRIMARY KEY CHECK (event_id <> ''),
	sequence    bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
	type        text        NOT NULL,
	kind        text        NOT NULL,
	object      text        NOT NULL,
	customer    text        NOT NULL,
	account     text        NOT NULL, -- of the provider's accounts that are connected; empty: one's own
	at          timestamptz,
	live        boolean     NOT NULL,
	body        bytea       NOT NULL,
	received_at timestamptz NOT NULL,
	done_at     timestamptz
);
CREATE INDEX billhatch_inbox_waiting ON billhatch_inbox (sequence) WHERE done_at IS NULL;

CREATE TABLE billhatch_statements (
	account_id text    COLLATE "C" NOT NULL,
	from_day   date    NOT NULL,
	to_day     date    NOT NULL,
	group_name text    COLLATE "C" NOT NULL,
	revision   bigint  NOT NULL CHECK (revision >= 1),
	hash       text    NOT NULL, -- of the plain body
	size       bigint  NOT NULL, -- of the plain body, in bytes
	packed     boolean NOT NULL, -- whether the body is compressed (gzip)
	body       bytea   NOT NULL,
	PRIMARY KEY (account_id, from_day, to_day, group_name, revision),
	CHECK (from_day < to_day)
);
ALTER TABLE billhatch_statements ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TRIGGER billhatch_statements_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON billhatch_statements
	FOR EACH STATEMENT EXECUTE FUNCTION billhatch_refuse();

INSERT INTO billhatch_schema (version) VALUES (2);
