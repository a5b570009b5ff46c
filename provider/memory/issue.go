package memory

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// plan is what was asked for under a key, and how far it has come.
type plan struct {
	print   [sha256.Size]byte
	invoice *stored // nil: not drafted yet
	filled  bool
}

// Issue brings about one finalised invoice for the key. An invoice of nothing is paid at once, as at real providers.
// Whether to send is not part of the plan: the same request with Send sends what an earlier one did not.
func (p *Payments) Issue(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
	w := p.w
	return run(ctx, w, Call{Op: "Issue", Subject: r.Customer, Key: r.Key}, func() (invoice.Invoice, error) {
		if err := checkPlan(&r); err != nil {
			return invoice.Invoice{}, err
		}
		c, err := w.living(r.Customer)
		if err != nil {
			return invoice.Invoice{}, err
		}
		if c.Currency != "" && c.Currency != r.Invoice.Currency {
			return invoice.Invoice{}, invalid("currency", "not that of the customer")
		}
		if r.Send && c.Email.IsZero() {
			return invoice.Invoice{}, invalid("email", "the customer has no address to send to")
		}
		sum, err := fingerprint(&r)
		if err != nil {
			return invoice.Invoice{}, err
		}
		pl, ok := w.issued[r.Key]
		if !ok {
			pl = &plan{print: sum}
			w.issued[r.Key] = pl
		}
		if pl.print != sum {
			return invoice.Invoice{}, conflict("the key was used for another plan")
		}
		if err := w.issue(c, pl, &r); err != nil {
			return invoice.Invoice{}, err
		}
		return cloneInvoice(&pl.invoice.Invoice), nil
	})
}

// issue goes on from the step that an earlier request has come to. The lock must be held.
func (w *World) issue(c *customer, pl *plan, r *provider.IssueRequest) error {
	if pl.invoice == nil {
		if err := w.step(IssueDraft, c.ID, func() { w.draft(c, pl, r) }); err != nil {
			return err
		}
	}
	s := pl.invoice
	if !pl.filled {
		err := w.step(IssueLines, c.ID, func() {
			full := cloneInvoice(&r.Invoice)
			s.Lines, s.Taxes, s.Subtotal, s.Total = full.Lines, full.Taxes, full.Subtotal, full.Total
			pl.filled = true
		})
		if err != nil {
			return err
		}
	}
	if s.Status == invoice.Draft {
		if err := w.step(IssueFinalize, c.ID, func() { w.finalize(c, s) }); err != nil {
			return err
		}
	}
	if r.Send && !s.sent {
		return w.step(IssueSend, c.ID, func() {
			s.sent = true
			w.announce(c, "invoice.sent", s.ID)
		})
	}
	return nil
}

// draft makes the invoice without its lines.
func (w *World) draft(c *customer, pl *plan, r *provider.IssueRequest) {
	inv := cloneInvoice(&r.Invoice)
	inv.ID, inv.Number, inv.Status = w.id("in"), "", invoice.Draft
	inv.Account, inv.CustomerID = "", c.ID
	inv.Credited, inv.Paid, inv.PaidOn = money.Amount{}, money.Amount{}, civil.Date{}
	inv.Customer.Name = cmp.Or(inv.Customer.Name, c.Name)
	inv.Lines, inv.Taxes, inv.Subtotal, inv.Total = nil, nil, money.Amount{}, money.Amount{}
	pl.invoice = w.store(c, inv)
}

// finalize makes the invoice one that is seen.
func (w *World) finalize(c *customer, s *stored) {
	s.Number, s.Status = w.number(c), invoice.Open
	if c.Currency == "" {
		c.Currency = s.Currency
	}
	w.announce(c, "invoice.finalized", s.ID)
	if s.Total.IsZero() {
		s.Status, s.Paid, s.PaidOn = invoice.Paid, s.Total, s.Issued
		w.announce(c, "invoice.paid", s.ID)
	}
}

// checkPlan refuses what a payment provider would refuse, before anything is made.
func checkPlan(r *provider.IssueRequest) error {
	inv := &r.Invoice
	if err := checkKey(r.Key, true); err != nil {
		return err
	}
	if _, ok := money.Exponent(inv.Currency); !ok {
		return invalid("currency", "not in ISO 4217")
	}
	switch {
	case inv.Status != invoice.Draft:
		return invalid("status", "want a draft")
	case len(inv.Lines) == 0:
		return invalid("lines", "none")
	case len(inv.Lines) > invoice.MaxLines:
		return invalid("lines", fmt.Sprintf("%d, at most %d", len(inv.Lines), invoice.MaxLines))
	case inv.Period.IsZero():
		return invalid("period", "missing")
	case inv.Issued.IsZero():
		return invalid("issued", "missing")
	case inv.Verify() != nil:
		return invalid("total", "does not add up")
	case inv.Total.Sign() < 0:
		return invalid("total", "negative")
	}
	for i := range inv.Lines {
		if err := checkMinor("lines", inv.Lines[i].Amount); err != nil {
			return err
		}
	}
	for i := range inv.Taxes {
		if err := checkMinor("taxes", inv.Taxes[i].Amount); err != nil {
			return err
		}
	}
	return checkMinor("total", inv.Total)
}

// fingerprint tells plans apart. What a plan cannot state is left out.
func fingerprint(r *provider.IssueRequest) ([sha256.Size]byte, error) {
	inv := cloneInvoice(&r.Invoice)
	terms := inv.Terms.Days()
	inv.ID, inv.Number, inv.CustomerID, inv.Terms = "", "", "", invoice.Terms{}
	raw, err := json.Marshal(struct {
		Customer string
		Terms    int
		Invoice  *invoice.Invoice
	}{r.Customer, terms, &inv})
	if err != nil {
		return [sha256.Size]byte{}, invalid("invoice", "cannot be encoded")
	}
	return sha256.Sum256(raw), nil
}
