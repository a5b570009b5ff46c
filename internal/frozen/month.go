package frozen

import (
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// Month is what a closing freezes: everything that the invoices of an account and a period are made from, and the
// invoices themselves. It names no revision: the same content has the same bytes under every revision.
type Month struct {
	Customer  string             // whom the payment provider bills
	Statement *usage.Statement   // final; its account and period are those of the month
	Agreement provider.Agreement // as it held, so that the month can be computed again at its own prices
	// Invoices are the drafts: none when there is nothing to bill, one for each group when groups are invoiced apart.
	// Their groups are different, and the sum of their totals is the total of the statement.
	Invoices []invoice.Invoice
	// Late says, for earlier periods that were closed before, how much of what was used late in them is billed by this
	// month, by the first day of the period. Empty: nothing.
	Late []Late
}

// Late is usage of an earlier period that is billed by a later month, as an adjustment of its statement.
type Late struct {
	From, To civil.Date // of the earlier period
	Amount   money.Amount
}
