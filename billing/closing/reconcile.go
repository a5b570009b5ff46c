package closing

import (
	"context"
	"errors"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// DifferenceKind says how the ledger and the payment provider differ.
type DifferenceKind string

// The kinds of differences.
const (
	MissingInLedger   DifferenceKind = "missing_in_ledger"   // adopted: the ledger has it now
	StatusBehind      DifferenceKind = "status_behind"       // the closing went on
	MissingAtProvider DifferenceKind = "missing_at_provider" // what was final is not there any more
	TotalDiffers      DifferenceKind = "total_differs"
	VoidedAtProvider  DifferenceKind = "voided_at_provider" // by a person, outside of the ledger: see Closer.Revise
	UnknownInvoice    DifferenceKind = "unknown_invoice"    // not made by closing a month of this account
)

// Difference is one difference between the ledger and the payment provider.
type Difference struct {
	Kind    DifferenceKind
	Key     provider.ClosingKey // zero for an unknown invoice
	Invoice string              // id
	Fixed   bool                // nothing is left to be done
	Err     error               // why it could not be fixed; nil when it was, or when that is for a person
}

// Reconcile holds the ledger of an account against the invoices that the payment provider has issued since a day, and
// tells how they differ. It puts right what is ours without doubt: an invoice of ours that the ledger does not know, as
// after a restored backup, is taken over as it was billed; a closing that stands behind its invoice goes on; drafts of
// ours that were left behind are deleted. Everything else is for a person. A host runs it once a day for the last 40 days,
// and after a backup was restored from before that backup on.
func (c *Closer) Reconcile(ctx context.Context, account string, since civil.Date) ([]Difference, error) {
	const op = "Reconcile"
	acct, err := c.cfg.Records.Account(ctx, account)
	if err != nil {
		return nil, wrap(op, account, err)
	}
	if acct.ID != account || acct.Zone == nil {
		return nil, &Error{Op: op, Account: account, Kind: provider.ErrForeign}
	}
	if acct.Customer == "" {
		return nil, &Error{Op: op, Account: account, Kind: provider.ErrNotConfigured}
	}
	r := &reconciling{c: c, m: month{c: c, account: acct}, billed: map[string]bool{}}
	if err := r.m.invoices(ctx, since, func(inv *invoice.Invoice) error { return r.invoice(ctx, inv) }); err != nil {
		return r.found, wrap(op, account, err)
	}
	if err := r.ledger(ctx, since); err != nil {
		return r.found, wrap(op, account, err)
	}
	return r.found, nil
}

// reconciling is an account that is being reconciled.
type reconciling struct {
	c      *Closer
	m      month // its period is that of the line that is looked at
	billed map[string]bool
	found  []Difference
}

func (r *reconciling) add(kind DifferenceKind, key provider.ClosingKey, id string, fixed bool, err error) {
	r.found = append(r.found, Difference{Kind: kind, Key: key, Invoice: id, Fixed: fixed, Err: wrap("Reconcile", r.m.account.ID, err)})
}

// invoice looks at one invoice of the payment provider.
func (r *reconciling) invoice(ctx context.Context, inv *invoice.Invoice) error {
	r.billed[inv.ID] = true
	key, ours := r.m.ours(inv)
	if !ours {
		r.add(UnknownInvoice, provider.ClosingKey{}, inv.ID, false, nil)
		return nil
	}
	line, err := r.c.ledger.Closing(ctx, key)
	switch {
	case provider.IsKind(err, provider.ErrNotFound):
		line = provider.Closing{Key: key}
	case err != nil:
		return err
	}
	switch {
	case line.Hash == "" && line.Invoice == "":
		err := r.adopt(ctx, line, inv)
		r.add(MissingInLedger, key, inv.ID, err == nil, err)
	case line.Invoice != "" && line.Invoice != inv.ID:
		r.add(UnknownInvoice, key, inv.ID, false, nil)
	case inv.Status == invoice.Void && line.State != provider.Voided:
		r.add(VoidedAtProvider, key, inv.ID, false, nil)
	case line.Total.IsSet() && !line.Total.Equal(inv.Total):
		r.add(TotalDiffers, key, inv.ID, false, nil)
	}
	return nil
}

// adopt takes over an invoice as it was billed. There is no frozen statement for it.
func (r *reconciling) adopt(ctx context.Context, line provider.Closing, inv *invoice.Invoice) error {
	entry := line
	entry.Invoice = inv.ID
	if err := r.c.record(ctx, "closing.adopt", &entry, Person{Actor: "closing"}, inv.ID); err != nil {
		return err
	}
	state, reason := provider.Sent, "taken over from the payment provider"
	switch {
	case inv.Status == invoice.Void: // revised, or not owed: nobody knows any more
		state, reason = provider.Parked, "taken over from the payment provider, where it is void"
	case r.c.cfg.KeepBack:
		state = provider.Issued
	}
	_, err := r.c.once(ctx, line, func(c *provider.Closing) {
		c.State, c.Invoice, c.Total, c.Reason = state, inv.ID, inv.Total, reason
	})
	return err
}

// ledger goes through the lines of the ledger for periods that end after a day.
func (r *reconciling) ledger(ctx context.Context, since civil.Date) error {
	query := provider.ClosingQuery{Account: r.m.account.ID, Limit: provider.MaxPage}
	for {
		page, err := r.c.ledger.Closings(ctx, query)
		if err != nil {
			return err
		}
		for i := range page.Closings {
			line := &page.Closings[i]
			if line.Key.To.Before(since) {
				return nil // newest period first
			}
			if err := r.line(ctx, line); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		query.Cursor = page.Next
	}
}

// line looks at one line of the ledger.
func (r *reconciling) line(ctx context.Context, line *provider.Closing) error {
	period, err := civil.NewPeriod(line.Key.From, line.Key.To, r.m.account.Zone)
	if err != nil {
		return &provider.Error{Op: "Closings", Kind: provider.ErrForeign, Err: err}
	}
	r.m.period = period
	switch {
	case line.State == provider.Parked, line.State == provider.Voided, line.State == provider.Empty:
		return nil
	case !settled(line, r.c.cfg.KeepBack) && !adopted(line):
		_, err := r.c.attempt(ctx, r.m.account.ID, period)
		if errors.Is(err, ErrElsewhere) || line.State == provider.Planned && err != nil {
			return nil // somebody is at work on it, or there is nothing at the payment provider yet
		}
		r.add(StatusBehind, line.Key, line.Invoice, err == nil, err)
		return nil
	}
	if !r.billed[line.Invoice] {
		_, err := r.c.cfg.Payments.Invoice(ctx, r.m.account.Customer, line.Invoice)
		switch {
		case provider.IsKind(err, provider.ErrNotFound):
			r.add(MissingAtProvider, line.Key, line.Invoice, false, nil)
			return nil
		case err != nil:
			return err
		}
	}
	return r.tidy(ctx, line)
}

// tidy has the payment provider delete what was left behind under the key of a closing that is done: a draft of a
// process that lost, or that arrived late. What is billed is compared once more on the way.
func (r *reconciling) tidy(ctx context.Context, line *provider.Closing) error {
	if line.Hash == "" {
		return nil
	}
	head := *line
	if line.Key.Group != "" {
		var err error
		if head, err = r.m.latest(ctx, ""); err != nil {
			return err
		}
	}
	body, stored, err := r.m.read(ctx, head.Key)
	if err != nil || stored.Hash != line.Hash {
		return err
	}
	for i := range body.Invoices {
		inv := &body.Invoices[i]
		if inv.Group != line.Key.Group {
			continue
		}
		_, err := r.c.issuer.Issue(ctx, provider.IssueRequest{
			Key: issueKey(line.Key), Customer: r.m.account.Customer, Invoice: *inv,
			Claim: func(context.Context, string) (string, error) { return line.Invoice, nil },
			Before: func(_ context.Context, step provider.IssueStep) error {
				if step != provider.StepDelete {
					return errUntidy
				}
				return nil
			},
		})
		if err != nil && !passing(err) {
			r.add(TotalDiffers, line.Key, line.Invoice, false, err)
			return nil
		}
		return err
	}
	return nil
}

// errUntidy stops what would do more than tidying.
var errUntidy = &provider.Error{Op: "Reconcile", Kind: provider.ErrConflict, Message: "the invoice is not final"}
