package provider

import (
	"context"
	"iter"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// Records is what every store of the host's records can do. Further abilities are the interfaces below.
type Records interface {
	// Name is a short name for logs, such as "postgres".
	Name() string
	AccountReader
	PartnerReader
}

// AccountReader reads accounts.
type AccountReader interface {
	// Account reads one account by its exact id. Unknown ids are ErrNotFound.
	Account(ctx context.Context, id string) (Account, error)
}

// Account is the party that is invoiced.
type Account struct {
	ID       string
	Name     string
	Customer string         // id at the payment provider; empty: billing is not set up
	Currency string         // ISO 4217
	Zone     *time.Location // of its billing periods
	Terms    invoice.Terms
	// Direct lists the account for direct entry into the portal (O4). It chooses the way in and permits nothing.
	Direct bool
	// SettingsURL is the host's page where recipients are edited (C7); empty: there is none.
	SettingsURL string
}

// AccountLister goes through all accounts, for work on each of them such as the month close.
type AccountLister interface {
	// Accounts gives a page of all accounts, in order of id, byte by byte. A page goes on behind the last account of the
	// one before, whatever is added or removed meanwhile.
	Accounts(ctx context.Context, q AccountQuery) (AccountPage, error)
}

// AccountQuery asks for a page of all accounts.
type AccountQuery struct {
	Limit  int    // 1 to MaxPage
	Cursor string // Next of a page; empty: the first
}

// AccountPage is a page of all accounts.
type AccountPage struct {
	Accounts []Account
	Next     string
}

// PartnerReader tells which accounts are assigned to a partner organisation (C3). Every answer is read anew: an
// assignment that is revoked is gone with the next call.
type PartnerReader interface {
	// Assigned tells whether the account is assigned to the partner right now.
	Assigned(ctx context.Context, partner, account string) (bool, error)
	// Clients gives a page of the accounts that are assigned to the partner, in order of name and id.
	Clients(ctx context.Context, q ClientQuery) (ClientPage, error)
}

// ClientQuery asks for a page of clients.
type ClientQuery struct {
	Partner string
	Limit   int    // 1 to MaxPage
	Cursor  string // Next of a page of the same partner; empty: the first
}

// ClientPage is a page of clients.
type ClientPage struct {
	Accounts []Account
	Next     string
}

// TenantReader reads the tenants of an account with their rosters.
type TenantReader interface {
	// Tenants gives the tenants that matter for the period, in order of id. Their rosters may be read while the
	// iteration goes on, each once.
	Tenants(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Tenant, error]
}

// ProjectReader reads the projects of an account with their readings.
type ProjectReader interface {
	// Projects gives the projects of the account in order of id. A reading that is not there is missing, never zero. A
	// project whose name is empty is one whose metadata cannot be had for now; its readings are still good.
	Projects(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Project, error]
}

// DailyReader reads what the projects of an account used by day.
type DailyReader interface {
	// Daily gives what projects used on the days of the period, its first day included and its end not, in order of day,
	// then project, then meter, each once. A day without a figure is missing, never zero; so are days that the store does
	// not know yet. The figures are a fact of their own: their sum need not be the reading of the period, which is what is
	// billed.
	//
	// It is ErrNotFound for an unknown account, and nothing for one that has no figures.
	Daily(ctx context.Context, account string, period civil.Period) iter.Seq2[DayUsage, error]
}

// DayUsage is what a meter of a project counted on one day.
type DayUsage struct {
	Project, Meter string
	Day            civil.Date     // in the account's zone
	Used           usage.Quantity // units of the meter on that day alone; known, and not negative
}

// PlanReader reads what an account has agreed to pay.
type PlanReader interface {
	// Plan gives the plan, discounts and adjustments that hold for the period. No plan is ErrIncomplete.
	Plan(ctx context.Context, account string, period civil.Period) (Agreement, error)
}

// Agreement is what an account pays in a period.
type Agreement struct {
	Plan        usage.Plan
	Discounts   []usage.Discount
	Adjustments []usage.Adjustment
}

// AuditLog keeps who did what. It is append-only.
type AuditLog interface {
	// Append writes an entry durably before it returns, and gives it back with its sequence and time: that of the entry,
	// or the log's own. The id makes it idempotent: the same id again is not written twice, and with another content it
	// is ErrConflict or gives back what is stored.
	Append(ctx context.Context, e AuditEntry) (AuditEntry, error)
	// Audit gives a page, newest first.
	Audit(ctx context.Context, q AuditQuery) (AuditPage, error)
}

// AuditEntry is one act (C17). It carries no address and no secret.
type AuditEntry struct {
	ID       string // chosen by the writer
	Sequence int64  // set by the log, ascending within an account
	At       time.Time
	Account  string
	Actor    string
	Action   string
	Target   string // what it was done to, such as an invoice id; masked where it names a person
	Purpose  string // why, in the actor's words; at most MaxPurpose bytes
	Outcome  Outcome
	Request  string // the host's request id; may be empty
}

// MaxPurpose bounds the purpose of an audit entry, in bytes.
const MaxPurpose = 500

// Outcome says how an audited act ended.
type Outcome string

// The outcomes.
const (
	Attempted Outcome = "attempted" // written before the act
	Succeeded Outcome = "succeeded"
	Failed    Outcome = "failed"
	Refused   Outcome = "refused"
)

// AuditQuery asks for a page of the audit trail of one account. Empty fields do not filter.
type AuditQuery struct {
	Account string // required
	Actor   string
	Action  string
	Outcome Outcome
	From    time.Time // included
	To      time.Time // not included
	Limit   int       // 1 to MaxPage
	Cursor  string    // Next of a page with the same filter; empty: the newest
}

// AuditPage is a page of the audit trail.
type AuditPage struct {
	Entries []AuditEntry
	Next    string
}
