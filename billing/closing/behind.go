package closing

import (
	"context"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// behind refuses to begin a month when the payment provider has an invoice of ours, of this month or one beside it, that
// the ledger does not know: then the ledger is older than the world, as after a restored backup, and whatever it does
// not know might be billed twice.
func (m *month) behind(ctx context.Context) error {
	since := m.period.Prev().From()
	return m.invoices(ctx, since, func(inv *invoice.Invoice) error {
		key, ours := m.ours(inv)
		if !ours {
			return nil
		}
		line, err := m.c.ledger.Closing(ctx, key)
		switch {
		case provider.IsKind(err, provider.ErrNotFound), err == nil && line.Invoice != inv.ID && line.Hash == "":
			return &Error{Op: "Close", Account: m.account.ID, Kind: ErrBehind, Message: "reconcile the account first"}
		case err != nil:
			return err
		case line.Invoice != inv.ID && line.Invoice != "":
			return &Error{Op: "Close", Account: m.account.ID, Kind: ErrBehind, Message: "the ledger holds another invoice"}
		}
		return nil
	})
}

// reach is how far before its period, and before its issue date, an invoice of ours can have been issued, in days.
const reach = 35

// maxPages bounds how many invoices of a customer are gone through.
const maxPages = 50

// invoices goes through the invoices of the customer that were issued since a day, newest first.
func (m *month) invoices(ctx context.Context, since civil.Date, each func(*invoice.Invoice) error) error {
	query := provider.InvoiceQuery{Customer: m.account.Customer, Limit: provider.MaxPage}
	for range maxPages {
		page, err := m.c.cfg.Payments.Invoices(ctx, query)
		if err != nil {
			return err
		}
		for i := range page.Invoices {
			inv := &page.Invoices[i]
			switch {
			case inv.CustomerID != m.account.Customer:
				return &provider.Error{Op: "Invoices", Kind: provider.ErrForeign}
			case !inv.Issued.IsZero() && inv.Issued.AddDays(reach).Before(since):
				return nil
			}
			if err := each(inv); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		query.Cursor = page.Next
	}
	return &provider.Error{Op: "Invoices", Kind: provider.ErrUnsupported, Message: "too many invoices to go through"}
}

// ours gives the closing that an invoice is of; false for an invoice that was not made by closing this account.
func (m *month) ours(inv *invoice.Invoice) (provider.ClosingKey, bool) {
	if inv.IssueKey == "" || inv.Period.IsZero() { // guard: it only spares the search for a key that cannot match
		return provider.ClosingKey{}, false
	}
	key := provider.ClosingKey{Account: m.account.ID, Group: inv.Group, From: inv.Period.From(), To: inv.Period.To()}
	for key.Revision = 1; key.Revision <= maxRevisions; key.Revision++ {
		if provider.KeyHash(issueKey(key)) == inv.IssueKey {
			return key, true
		}
	}
	return provider.ClosingKey{}, false
}
