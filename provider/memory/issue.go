package memory

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// plan is what was asked for under a key, and how far it has come.
type plan struct {
	print   [sha256.Size]byte
	invoice *stored // nil: not drafted yet
	made    time.Time
	claimed bool
	filled  bool
}

// Issue brings about one finalised invoice for the key. An invoice of nothing is paid at once, as at real providers.
// Whether to send is not part of the plan: the same request with Send sends what an earlier one did not.
func (p *Payments) Issue(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
	call := Call{Op: "Issue", Subject: r.Customer, Key: r.Key}
	fault, err := p.w.begin(ctx, call)
	if err != nil {
		return invoice.Invoice{}, err
	}
	is := &issuing{w: p.w, r: &r}
	inv, err := is.run(ctx)
	if err != nil {
		return invoice.Invoice{}, err
	}
	return finish(call.Op, fault, inv)
}

// issuing is a request on its way. The world is locked for each step, and not while the caller is asked.
type issuing struct {
	w       *World
	r       *provider.IssueRequest
	print   [sha256.Size]byte
	claimed string // what this request knows to hold
}

// What comes next besides the steps of the contract.
const (
	stepClaim provider.IssueStep = "claim"
	stepDone  provider.IssueStep = ""
)

// run takes one step after the other; each begins with what is there.
func (is *issuing) run(ctx context.Context) (inv invoice.Invoice, err error) {
	is.claimed = is.r.Known
	if err := is.locked(is.check); err != nil {
		return invoice.Invoice{}, err
	}
	for {
		var next provider.IssueStep
		var id string
		if err := is.locked(func() (err error) {
			next, id, err = is.next()
			if err == nil && next == stepDone {
				inv = cloneInvoice(&is.w.issued[is.r.Key].invoice.Invoice)
			}
			return err
		}); err != nil || next == stepDone {
			return inv, err
		}
		if next == stepClaim {
			err = is.claim(ctx, id)
		} else {
			err = is.take(ctx, next)
		}
		if err != nil {
			return invoice.Invoice{}, err
		}
	}
}

// locked runs with the world locked.
func (is *issuing) locked(work func() error) error {
	is.w.mu.Lock()
	defer is.w.mu.Unlock()
	err := is.w.err
	if err == nil {
		err = work()
	}
	if err != nil {
		return named("Issue", err)
	}
	return nil
}

// claim asks the caller's ledger which id holds.
func (is *issuing) claim(ctx context.Context, id string) error {
	won, err := is.r.Claim(ctx, id)
	if err != nil {
		return err
	}
	if won != id {
		return &provider.Error{Op: "Issue", Kind: provider.ErrConflict, Message: "another invoice was claimed for the key"}
	}
	is.claimed = id
	return is.locked(func() error {
		if pl := is.w.issued[is.r.Key]; pl.invoice != nil && pl.invoice.ID == id {
			pl.claimed = true
		}
		return nil
	})
}

// take asks whether a step may be taken, and takes it unless another request has done so meanwhile.
func (is *issuing) take(ctx context.Context, step provider.IssueStep) error {
	if is.r.Before != nil {
		if err := is.r.Before(ctx, step); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return closed("Issue", err)
	}
	return is.locked(func() error {
		if now, _, err := is.next(); err != nil || now != step {
			return err
		}
		return is.do(step)
	})
}

// check refuses what cannot be issued. The lock must be held.
func (is *issuing) check() error {
	r := is.r
	if err := checkPlan(r); err != nil {
		return err
	}
	c, err := is.w.living(r.Customer)
	if err != nil {
		return err
	}
	switch {
	case c.Currency != "" && c.Currency != r.Invoice.Currency:
		return invalid("currency", "not that of the customer")
	case r.Send && c.Email.IsZero():
		return invalid("email", "the customer has no address to send to")
	}
	is.print, err = fingerprint(r)
	return err
}

// orphanAge is how old a draft of another plan must be before it is deleted for the sake of this one.
const orphanAge = 20 * time.Minute

// next tells which step comes next, and the id to claim. The lock must be held.
func (is *issuing) next() (step provider.IssueStep, id string, err error) {
	pl := is.w.issued[is.r.Key]
	switch {
	case is.r.Known != "" && (pl == nil || pl.invoice == nil || pl.invoice.ID != is.r.Known):
		return "", "", &provider.Error{Kind: provider.ErrNotFound, Field: "known", Message: "the draft was deleted"}
	case pl == nil || pl.invoice == nil && (pl.print == is.print || is.r.Claim != nil):
		return provider.StepDraft, "", nil
	case pl.print != is.print:
		return is.another(pl)
	case is.r.Claim != nil && is.claimed != pl.invoice.ID:
		return stepClaim, pl.invoice.ID, nil
	case !pl.filled:
		return provider.StepLine, "", nil
	case pl.invoice.Status == invoice.Draft:
		return provider.StepFinalize, "", nil
	case is.r.Send && !pl.invoice.sent:
		return provider.StepSend, "", nil
	}
	return stepDone, "", nil
}

// another deals with a key that was used for another plan.
func (is *issuing) another(pl *plan) (provider.IssueStep, string, error) {
	switch {
	case is.r.Claim == nil || pl.claimed || pl.invoice.Status != invoice.Draft:
		return "", "", conflict("the key was used for another plan")
	case is.w.Now().Sub(pl.made) < orphanAge:
		return "", "", &provider.Error{Kind: provider.ErrUnavailable, Message: "a draft of another plan is in the way: ask again later"}
	}
	return provider.StepDelete, "", nil
}

// do takes a step. The lock must be held.
func (is *issuing) do(step provider.IssueStep) error {
	w, r := is.w, is.r
	c, err := w.living(r.Customer)
	if err != nil {
		return err
	}
	pl := w.issued[r.Key]
	switch step {
	case provider.StepDraft:
		if pl == nil || pl.invoice == nil {
			pl = &plan{print: is.print}
			w.issued[r.Key] = pl
		}
		return w.step(IssueDraft, c.ID, func() { w.draft(c, pl, r) })
	case provider.StepDelete:
		return w.step(IssueDelete, c.ID, func() {
			w.remove(c, pl.invoice)
			delete(w.issued, r.Key)
		})
	case provider.StepLine:
		return w.step(IssueLines, c.ID, func() {
			full, s := cloneInvoice(&r.Invoice), pl.invoice
			s.Lines, s.Taxes, s.Subtotal, s.Total = full.Lines, full.Taxes, full.Subtotal, full.Total
			pl.filled = true
		})
	case provider.StepFinalize:
		return w.step(IssueFinalize, c.ID, func() { w.finalize(c, pl.invoice) })
	}
	return w.step(IssueSend, c.ID, func() {
		pl.invoice.sent = true
		w.announce(c, "invoice.sent", pl.invoice.ID)
	})
}

// draft makes the invoice without its lines.
func (w *World) draft(c *customer, pl *plan, r *provider.IssueRequest) {
	inv := cloneInvoice(&r.Invoice)
	inv.ID, inv.Number, inv.Status = w.id("in"), "", invoice.Draft
	inv.Account, inv.CustomerID, inv.IssueKey = "", c.ID, provider.KeyHash(r.Key)
	inv.Credited, inv.Paid, inv.PaidOn = money.Amount{}, money.Amount{}, civil.Date{}
	inv.Customer.Name = cmp.Or(inv.Customer.Name, c.Name)
	inv.Lines, inv.Taxes, inv.Subtotal, inv.Total = nil, nil, money.Amount{}, money.Amount{}
	pl.invoice, pl.made = w.store(c, inv), w.Now()
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
