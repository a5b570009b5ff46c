-- Ids and names are compared and ordered byte by byte. Civil dates are those of the account's zone; instants are UTC.
-- The account comes first in every key that belongs to one, so that the tables can be divided by account.

CREATE TABLE billhatch_schema (
	version    integer     NOT NULL PRIMARY KEY,
	applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE billhatch_accounts (
	account_id   text    COLLATE "C" NOT NULL PRIMARY KEY CHECK (account_id <> ''),
	name         text    COLLATE "C" NOT NULL,
	customer_id  text    COLLATE "C" NOT NULL, -- empty: billing is not set up
	currency     text    COLLATE "C" NOT NULL,
	zone         text    COLLATE "C" NOT NULL,
	terms_days   integer CHECK (terms_days BETWEEN 0 AND 365), -- null: the default
	direct       boolean NOT NULL,
	settings_url text    NOT NULL
);

CREATE TABLE billhatch_assignments (
	account_id text COLLATE "C" NOT NULL REFERENCES billhatch_accounts,
	partner_id text COLLATE "C" NOT NULL CHECK (partner_id <> ''),
	PRIMARY KEY (account_id, partner_id)
);
CREATE INDEX billhatch_assignments_by_partner ON billhatch_assignments (partner_id, account_id);

CREATE TABLE billhatch_tenants (
	account_id     text    COLLATE "C" NOT NULL REFERENCES billhatch_accounts,
	tenant_id      text    COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
	name           text    NOT NULL,
	domain         text    NOT NULL,
	sensitive      boolean NOT NULL,
	onboarded      date,
	first_billable date,
	left_on        date,
	pauses         jsonb   NOT NULL, -- [{"from": date, "to": date}]
	split          jsonb   NOT NULL, -- {"groups": [{"name", "domains", "addresses"}], "by", "on", "withdrawn"}
	users          bigint  NOT NULL CHECK (users >= 0), -- in the directory at the end of the period; 0: not told
	no_users       boolean NOT NULL,
	PRIMARY KEY (account_id, tenant_id)
);

-- One row is one user and one stretch of coverage: of civil days, or of instants in nanoseconds since 1970.
CREATE TABLE billhatch_coverage (
	account_id text    COLLATE "C" NOT NULL,
	tenant_id  text    COLLATE "C" NOT NULL,
	user_key   text    COLLATE "C" NOT NULL, -- the user's id, or where there is none the address in its normal form
	line       bigint  NOT NULL,             -- order within a user
	user_id    text    NOT NULL,
	name       text    NOT NULL,
	address    text    NOT NULL,
	kind       text    NOT NULL,
	from_day   date,
	to_day     date,
	from_ns    bigint,
	to_ns      bigint,
	PRIMARY KEY (account_id, tenant_id, user_key, line),
	CHECK ((from_day IS NULL) <> (from_ns IS NULL)),
	CHECK (to_day >= from_day),
	CHECK (to_ns >= from_ns)
);

CREATE TABLE billhatch_projects (
	account_id  text COLLATE "C" NOT NULL REFERENCES billhatch_accounts,
	project_id  text COLLATE "C" NOT NULL CHECK (project_id <> ''),
	name        text NOT NULL, -- empty: not to be had for now
	plan        text NOT NULL,
	active_from date,
	active_to   date,
	PRIMARY KEY (account_id, project_id)
);

CREATE TABLE billhatch_readings (
	account_id text    COLLATE "C" NOT NULL,
	project_id text    COLLATE "C" NOT NULL,
	from_day   date    NOT NULL,
	to_day     date    NOT NULL,
	line       integer NOT NULL,
	meter      text    COLLATE "C" NOT NULL,
	used       numeric CHECK (used >= 0), -- null: unknown, which is never zero
	read_at    timestamptz,
	PRIMARY KEY (account_id, project_id, from_day, to_day, line),
	FOREIGN KEY (account_id, project_id) REFERENCES billhatch_projects
);

CREATE TABLE billhatch_daily (
	account_id text    COLLATE "C" NOT NULL,
	day        date    NOT NULL,
	project_id text    COLLATE "C" NOT NULL,
	meter      text    COLLATE "C" NOT NULL,
	used       numeric NOT NULL CHECK (used >= 0),
	PRIMARY KEY (account_id, day, project_id, meter),
	FOREIGN KEY (account_id, project_id) REFERENCES billhatch_projects
);

CREATE TABLE billhatch_plans (
	account_id text  COLLATE "C" NOT NULL REFERENCES billhatch_accounts,
	from_day   date  NOT NULL, -- 0001-01-01: from the beginning
	plan       jsonb NOT NULL,
	PRIMARY KEY (account_id, from_day)
);

CREATE TABLE billhatch_discounts (
	account_id  text    COLLATE "C" NOT NULL REFERENCES billhatch_accounts,
	discount_id text    COLLATE "C" NOT NULL,
	line        integer NOT NULL, -- discounts are taken off one after the other
	name        text    NOT NULL,
	percent     numeric NOT NULL CHECK (percent BETWEEN 0 AND 100),
	amount      numeric CHECK (amount >= 0),
	currency    text    COLLATE "C",
	target      text    NOT NULL,
	from_day    date    NOT NULL,
	to_day      date,
	PRIMARY KEY (account_id, discount_id),
	CHECK ((amount IS NULL) = (currency IS NULL))
);

CREATE TABLE billhatch_adjustments (
	account_id    text    COLLATE "C" NOT NULL REFERENCES billhatch_accounts,
	adjustment_id text    COLLATE "C" NOT NULL,
	line          integer NOT NULL,
	name          text    NOT NULL,
	on_day        date    NOT NULL,
	amount        numeric NOT NULL,
	currency      text    COLLATE "C" NOT NULL,
	PRIMARY KEY (account_id, adjustment_id)
);

INSERT INTO billhatch_schema (version) VALUES (1);
