package closing

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// Config is what a [Closer] is made of. The first four fields are required.
type Config struct {
	Payments provider.Payments // must be able to issue
	Records  provider.Records  // must be able to read plans, and to keep a ledger, statements and an audit log
	Clock    func() time.Time  // the wall clock, also while the machine sleeps
	Owner    string            // names this process in the ledger, such as its host name and process id

	// Invoice completes what an invoice needs beyond the statement: seller, reference, note, whether groups are invoiced
	// apart. It gets the account's terms and name, and as the issue date the first day after the period, or today when the
	// month is closed later. What it gives is frozen. Nil: nothing is added.
	Invoice func(ctx context.Context, account provider.Account, options invoice.Options) (invoice.Options, error)
	// KeepBack leaves the sending of invoices to the payment provider's own settings, or to the host.
	KeepBack bool

	Availability usage.Availability // of months, as in billing.Config
	// LatePeriods is how many closed periods before the one that is closed are computed again, at their own prices, for
	// usage that came late. 0: one. Below 0: none.
	LatePeriods int
	// LateName names the adjustment for late usage of a period. Nil: "Late usage of 2026-09".
	LateName func(account provider.Account, period civil.Period) string

	Lease time.Duration // how long a closing is held by one process without a sign of life; 0: two minutes
	Quiet time.Duration // how long after a request it may still arrive at the payment provider; 0: 20 minutes

	Logger  *slog.Logger                                     // nil: silent
	Observe func(Event)                                      // nil: nobody; it must be quick, and may be called concurrently
	Sleep   func(ctx context.Context, d time.Duration) error // nil: on a timer; tests have a clock of their own
	Nonce   func() string                                    // makes owners of the ledger's lines unique; nil: at random
}

// Event is a step of a closing, for metrics and traces.
type Event struct {
	Account string
	State   provider.ClosingState // that the closing has come to
	Err     error                 // why it goes no further for now; nil: it has come to State
	At      time.Time
}

// Defaults of Config.
const (
	DefaultLease = 2 * time.Minute
	DefaultQuiet = 20 * time.Minute
)

// Closer closes months.
type Closer struct {
	cfg        Config
	ledger     provider.Ledger
	statements provider.StatementStore
	audit      provider.AuditLog
	issuer     provider.Issuer
}

// New makes a closer. Whatever is missing or wrong in the configuration is an error here, of kind ErrConfig.
func New(cfg Config) (*Closer, error) {
	fail := func(format string, args ...any) (*Closer, error) {
		return nil, &Error{Op: "New", Kind: ErrConfig, Message: fmt.Sprintf(format, args...)}
	}
	switch {
	case cfg.Payments == nil, cfg.Records == nil, cfg.Clock == nil, cfg.Owner == "":
		return fail("Payments, Records, Clock and Owner are required")
	case len(cfg.Owner) > maxOwner:
		return fail("Owner is longer than %d bytes", maxOwner)
	case cfg.Lease < 0 || cfg.Quiet < 0:
		return fail("Lease and Quiet cannot be negative")
	}
	if missing := provider.Missing(cfg.Payments, provider.CanIssue); len(missing) > 0 {
		return fail("the payment provider has not the ability %q", missing[0])
	}
	if missing := provider.Missing(
		cfg.Records, provider.CanReadPlans, provider.CanKeepLedger, provider.CanKeepStatements, provider.CanAudit,
	); len(missing) > 0 {
		return fail("the records have not the ability %q", missing[0])
	}
	c := &Closer{cfg: cfg}
	c.ledger, _ = provider.As[provider.Ledger](cfg.Records)
	c.statements, _ = provider.As[provider.StatementStore](cfg.Records)
	c.audit, _ = provider.As[provider.AuditLog](cfg.Records)
	c.issuer, _ = provider.As[provider.Issuer](cfg.Payments)
	c.defaults()
	return c, nil
}

// maxOwner bounds Config.Owner, in bytes.
const maxOwner = 128

func (c *Closer) defaults() {
	cfg := &c.cfg
	if cfg.Lease == 0 {
		cfg.Lease = DefaultLease
	}
	if cfg.Quiet == 0 {
		cfg.Quiet = DefaultQuiet
	}
	if cfg.LatePeriods == 0 {
		cfg.LatePeriods = 1
	}
	if cfg.LateName == nil {
		cfg.LateName = func(_ provider.Account, period civil.Period) string { return "Late usage of " + period.String() }
	}
	if cfg.Invoice == nil {
		cfg.Invoice = func(_ context.Context, _ provider.Account, options invoice.Options) (invoice.Options, error) {
			return options, nil
		}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Observe == nil {
		cfg.Observe = func(Event) {}
	}
	if cfg.Sleep == nil {
		cfg.Sleep = sleep
	}
	if cfg.Nonce == nil {
		cfg.Nonce = nonce
	}
}

// wall is the time as other machines see it.
func (c *Closer) wall() time.Time { return c.cfg.Clock().Round(0) }
