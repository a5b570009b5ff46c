package closing

import (
	"context"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// Preview is what closing a month would bill, or has frozen.
type Preview struct {
	Period    civil.Period // in the account's zone
	Frozen    bool         // it is frozen already, and will not change
	Statement *usage.Statement
	Invoices  []invoice.Invoice // drafts; none when there is nothing to bill
}

// Preview shows what [Closer.Close] would bill for a month, and writes nothing: neither into the ledger nor at the payment
// provider. A month that is frozen is shown as it was frozen. Errors are those of Close.
func (c *Closer) Preview(ctx context.Context, account string, period civil.Period) (Preview, error) {
	const op = "Preview"
	m, err := c.month(ctx, account, period)
	if err != nil {
		return Preview{}, wrap(op, account, err)
	}
	head, err := m.latest(ctx, "")
	if err != nil {
		return Preview{}, wrap(op, account, err)
	}
	if head.Hash != "" && head.State != provider.Voided {
		body, _, err := m.read(ctx, head.Key)
		if err != nil {
			return Preview{}, wrap(op, account, err)
		}
		return Preview{m.period, true, body.Statement, body.Invoices}, nil
	}
	if adopted(&head) {
		return Preview{}, &Error{Op: op, Account: account, Kind: provider.ErrUnsupported, Message: "taken over from the payment provider"}
	}
	revision := head.Key.Revision
	if head.State == provider.Voided {
		revision++
	}
	body, err := m.compute(ctx, revision)
	if err != nil {
		return Preview{}, wrap(op, account, err)
	}
	return Preview{m.period, false, body.Statement, body.Invoices}, nil
}
