-- Ids and names are compared and ordered byte by byte. Civil dates (2026-01-31) are those of the account's zone;
-- instants are microseconds since 1970, UTC; amounts and quantities are decimal texts, which no column type rounds.
-- The account comes first in every key that belongs to one, so that the tables can be divided by account.

CREATE TABLE billhatch_schema (
	version    INTEGER NOT NULL PRIMARY KEY,
	applied_at INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000000 AS INTEGER))
) STRICT;

CREATE TABLE billhatch_accounts (
	account_id   TEXT NOT NULL PRIMARY KEY CHECK (account_id <> ''),
	name         TEXT NOT NULL,
	customer_id  TEXT NOT NULL, -- empty: billing is not set up
	currency     TEXT NOT NULL,
	zone         TEXT NOT NULL,
	terms_days   INTEGER CHECK (terms_days BETWEEN 0 AND 365), -- null: the default
	direct       INTEGER NOT NULL CHECK (direct IN (0, 1)),
	settings_url TEXT NOT NULL
) STRICT;

CREATE TABLE billhatch_assignments (
	account_id TEXT NOT NULL REFERENCES billhatch_accounts,
	partner_id TEXT NOT NULL CHECK (partner_id <> ''),
	PRIMARY KEY (account_id, partner_id)
) STRICT;
CREATE INDEX billhatch_assignments_by_partner ON billhatch_assignments (partner_id, account_id);

CREATE TABLE billhatch_tenants (
	account_id     TEXT NOT NULL REFERENCES billhatch_accounts,
	tenant_id      TEXT NOT NULL CHECK (tenant_id <> ''),
	name           TEXT NOT NULL,
	domain         TEXT NOT NULL,
	sensitive      INTEGER NOT NULL CHECK (sensitive IN (0, 1)),
	onboarded      TEXT,
	first_billable TEXT,
	left_on        TEXT,
	pauses         TEXT NOT NULL, -- [{"from": date, "to": date}]
	split          TEXT NOT NULL, -- {"groups": [{"name", "domains", "addresses"}], "by", "on", "withdrawn"}
	users          INTEGER NOT NULL CHECK (users >= 0), -- in the directory at the end of the period; 0: not told
	no_users       INTEGER NOT NULL CHECK (no_users IN (0, 1)),
	PRIMARY KEY (account_id, tenant_id)
) STRICT;

-- One row is one user and one stretch of coverage: of civil days, or of instants in nanoseconds since 1970.
CREATE TABLE billhatch_coverage (
	account_id TEXT NOT NULL,
	tenant_id  TEXT NOT NULL,
	user_key   TEXT NOT NULL, -- the user's id, or where there is none the address in its normal form
	line       INTEGER NOT NULL, -- order within a user
	user_id    TEXT NOT NULL,
	name       TEXT NOT NULL,
	address    TEXT NOT NULL,
	kind       TEXT NOT NULL,
	from_day   TEXT,
	to_day     TEXT,
	from_ns    INTEGER,
	to_ns      INTEGER,
	PRIMARY KEY (account_id, tenant_id, user_key, line),
	CHECK ((from_day IS NULL) <> (from_ns IS NULL)),
	CHECK (to_day >= from_day),
	CHECK (to_ns >= from_ns)
) STRICT, WITHOUT ROWID;

CREATE TABLE billhatch_projects (
	account_id  TEXT NOT NULL REFERENCES billhatch_accounts,
	project_id  TEXT NOT NULL CHECK (project_id <> ''),
	name        TEXT NOT NULL, -- empty: not to be had for now
	plan        TEXT NOT NULL,
	active_from TEXT,
	active_to   TEXT,
	PRIMARY KEY (account_id, project_id)
) STRICT;

CREATE TABLE billhatch_readings (
	account_id TEXT NOT NULL,
	project_id TEXT NOT NULL,
	from_day   TEXT NOT NULL,
	to_day     TEXT NOT NULL,
	line       INTEGER NOT NULL,
	meter      TEXT NOT NULL,
	used       TEXT CHECK (used NOT LIKE '-%'), -- null: unknown, which is never zero
	read_at    INTEGER,
	PRIMARY KEY (account_id, project_id, from_day, to_day, line),
	FOREIGN KEY (account_id, project_id) REFERENCES billhatch_projects
) STRICT, WITHOUT ROWID;

CREATE TABLE billhatch_daily (
	account_id TEXT NOT NULL,
	day        TEXT NOT NULL,
	project_id TEXT NOT NULL,
	meter      TEXT NOT NULL,
	used       TEXT NOT NULL CHECK (used NOT LIKE '-%'),
	PRIMARY KEY (account_id, day, project_id, meter),
	FOREIGN KEY (account_id, project_id) REFERENCES billhatch_projects
) STRICT, WITHOUT ROWID;

CREATE TABLE billhatch_plans (
	account_id TEXT NOT NULL REFERENCES billhatch_accounts,
	from_day   TEXT NOT NULL, -- 0001-01-01: from the beginning
	plan       TEXT NOT NULL,
	PRIMARY KEY (account_id, from_day)
) STRICT;

CREATE TABLE billhatch_discounts (
	account_id  TEXT NOT NULL REFERENCES billhatch_accounts,
	discount_id TEXT NOT NULL,
	line        INTEGER NOT NULL, -- discounts are taken off one after the other
	name        TEXT NOT NULL,
	percent     TEXT NOT NULL,
	amount      TEXT,
	currency    TEXT,
	target      TEXT NOT NULL,
	from_day    TEXT NOT NULL,
	to_day      TEXT,
	PRIMARY KEY (account_id, discount_id),
	CHECK ((amount IS NULL) = (currency IS NULL))
) STRICT;

CREATE TABLE billhatch_adjustments (
	account_id    TEXT NOT NULL REFERENCES billhatch_accounts,
	adjustment_id TEXT NOT NULL,
	line          INTEGER NOT NULL,
	name          TEXT NOT NULL,
	on_day        TEXT NOT NULL,
	amount        TEXT NOT NULL,
	currency      TEXT NOT NULL,
	PRIMARY KEY (account_id, adjustment_id)
) STRICT;

INSERT INTO billhatch_schema (version) VALUES (1);
