package invoice

import (
	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// MaxLines is the number of lines that one invoice may hold: the limit of the payment provider (Stripe).
const MaxLines = 250

// Invoice is the document for a statement, or for one group of it.
type Invoice struct {
	ID      string // the provider's id; empty while the invoice is only planned
	Number  string // the number printed on it; empty for a draft
	Account string // id of the account that is invoiced; empty in what a payment provider returns
	Group   string // the group, when the groups are invoiced apart (O10); else empty
	// CustomerID is the provider's id of the customer that is invoiced, as the provider states it; empty while the
	// invoice is only planned.
	CustomerID string
	// IssueKey is the hash of the key under which it was issued, as the payment provider keeps it; empty while it is only
	// planned, and for an invoice that came about otherwise.
	IssueKey string

	Status   Status
	Currency string       // ISO 4217, the same for every amount of the invoice
	Period   civil.Period // what is billed, half-open
	Issued   civil.Date   // zero while it is a draft
	Terms    Terms
	DueDate  civil.Date // set only when the provider states a due date of its own; see Due

	Seller    Party
	Customer  Party
	Reference string // the customer's own reference, such as a purchase order
	Note      string // payment note, printed below the totals

	Lines    []Line
	Subtotal money.Amount // sum of the lines
	Taxes    []Tax
	Total    money.Amount // subtotal and taxes
	Credited money.Amount // credit notes against it; unset counts as none
	Paid     money.Amount // what has been paid; unset counts as nothing paid
	PaidOn   civil.Date   // zero unless the invoice is paid
}

// Party is the seller or the customer as printed.
type Party struct {
	Name   string
	Lines  []string // address, one printed line each
	Email  string
	TaxIDs []string // such as "VAT DE123456789"
}

// LineKind says what a line bills.
type LineKind string

// The kinds of lines.
const (
	Seats      LineKind = "seats"      // users of a tenant and group
	Metered    LineKind = "metered"    // usage of a meter
	Fee        LineKind = "fee"        // a fee of the plan
	Discount   LineKind = "discount"   // negative
	Adjustment LineKind = "adjustment" // a credit or a charge of its own
	Aggregate  LineKind = "aggregate"  // several lines in one, see FromStatement
)

// Line is one line of an invoice.
type Line struct {
	Key         string // stable within the statement: the same input gives the same key
	Kind        LineKind
	Description string
	Tenant      string // id of the tenant, for seats
	Project     string // id of the project, for metered lines
	Group       string // name of the group, empty for a tenant without groups

	Quantity decimal.Decimal // units after rounding for display; see Unit
	Unit     money.Amount    // price of a unit; unset where there is no single one (tiers, aggregates)
	Amount   money.Amount
	Merged   int // how many statement lines this one stands for; 1 unless aggregated
}

// Tax is one tax line. The library does not decide taxes: the host or the provider states them.
type Tax struct {
	Name   string          // such as "VAT"
	Rate   decimal.Decimal // in percent
	Base   money.Amount    // what the tax is taken from
	Amount money.Amount
}
