package webhook

import (
	"context"
	"sync"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// SweepQuery says what a sweep reads.
type SweepQuery struct {
	// Since leaves out invoices that were issued before, unless the Applier says that they may still change ([Unsettler]).
	// Zero: none is left out. Without an Unsettler it must be so early that all invoices before it are settled.
	Since civil.Date
	After string // account behind which to go on, such as Next of the sweep before; empty: from the beginning
	Most  int    // accounts at most; 0: all
}

// Swept is what a sweep has done.
type Swept struct {
	Accounts int // that were read
	Invoices int // that were handed to the Applier
	Repaired int // customers and invoices of which the Applier says that they have changed: what no event has told
	Missing  int // invoices that the Applier holds for unsettled and that the provider does not have
	Failed   int // accounts that could not be read to their end
	// Next is the account behind which to go on after an error, or after as many accounts as were asked for. Without an
	// error, empty means that all accounts were read.
	Next string

	Failures []Failure // the first accounts that have failed
}

// sweepChunk is how many accounts are read before the next place to go on is noted.
const sweepChunk = 32

// maxPages bounds the pages of one customer, against a provider whose list does not end.
const maxPages = 1000

// Sweep reads customers and invoices of all accounts and has them applied, so that what events have not told is repaired:
// after a fault, or once a day. Accounts that fail are counted and listed. The error says that there is no list of accounts
// (provider.ErrUnsupported), that it could not be read to its end, or is that of the context; the sweep can go on from
// Next then.
func (w *Worker) Sweep(ctx context.Context, q SweepQuery) (Swept, error) {
	s := &sweep{Worker: w, since: q.Since, swept: Swept{Next: q.After}}
	if w.cfg.Accounts == nil {
		return s.swept, &provider.Error{Op: "Sweep", Kind: provider.ErrUnsupported, Message: "no Accounts in the configuration"}
	}
	if q.After == "" {
		s.guard(ctx, "", s.portal)
	}
	first := "" // account of the last chunk
	for {
		n := sweepChunk
		if q.Most > 0 {
			n = min(n, q.Most-s.swept.Accounts)
		}
		chunk, more, err := s.next(ctx, n)
		if err != nil {
			return s.swept, err
		}
		if len(chunk) > 0 && chunk[0].ID == first {
			return s.swept, &provider.Error{Op: "Sweep", Kind: provider.ErrInvalid, Message: "Accounts begins anew each time"}
		}
		if err := s.read(ctx, chunk); err != nil {
			return s.swept, err
		}
		if !more {
			s.swept.Next = ""
			return s.swept, nil
		}
		if s.swept.Accounts == q.Most {
			return s.swept, nil
		}
		first = chunk[0].ID
	}
}

// next gives the accounts that come next, and whether there are more. The list is left before any of them is read: a
// store may not be able to list and to write at once.
func (s *sweep) next(ctx context.Context, n int) (chunk []provider.Account, more bool, err error) {
	defer s.rescue(ctx, &err)
	for a, err := range s.cfg.Accounts(ctx, s.swept.Next) {
		if err != nil {
			return nil, false, err
		}
		if len(chunk) == n {
			return chunk, true, nil
		}
		chunk = append(chunk, a)
	}
	return chunk, false, nil
}

// portal has what is remembered of the hosted portal read again.
func (s *sweep) portal(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	return s.cfg.Applier.PortalChanged(ctx)
}

// sweep is a sweep that goes on.
type sweep struct {
	*Worker
	since civil.Date

	mu    sync.Mutex
	swept Swept
}

func (s *sweep) count(add func(*Swept)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.swept)
}

// read reads some accounts at once. Only when all of them are read is there a new place to go on.
func (s *sweep) read(ctx context.Context, accounts []provider.Account) error {
	each(ctx, s.cfg.Parallel, accounts, func(a provider.Account) {
		s.guard(ctx, a.ID, func(ctx context.Context) error { return s.account(ctx, a) })
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	s.swept.Accounts += len(accounts)
	if len(accounts) > 0 {
		s.swept.Next = accounts[len(accounts)-1].ID
	}
	return nil
}

// guard does something for an account, and notes when it fails. What the context has stopped has not failed.
func (s *sweep) guard(ctx context.Context, account string, do func(context.Context) error) {
	err := func() (err error) {
		defer s.rescue(ctx, &err)
		return do(ctx)
	}()
	if err == nil || ctx.Err() != nil {
		return
	}
	s.cfg.Logger.WarnContext(ctx, "webhook: account cannot be swept", "account", account, "problem", problemOf(err))
	s.count(func(d *Swept) {
		d.Failed++
		if len(d.Failures) < maxFailures {
			d.Failures = append(d.Failures, Failure{Account: account, Err: err})
		}
	})
}

// account reads a customer, its invoices, and those invoices that were left out and may still change. What cannot be
// applied holds up nothing else; the first such error is returned.
func (s *sweep) account(ctx context.Context, a provider.Account) error {
	if a.Customer == "" {
		return nil // billing is not set up
	}
	there, changed, first := s.customer(ctx, a.ID, a.Customer)
	s.note(false, changed)
	if !there {
		return first
	}
	seen := map[string]bool{}
	if err := s.pages(ctx, a, seen); err != nil && first == nil {
		first = err
	}
	if err := s.unsettled(ctx, a, seen); err != nil && first == nil {
		first = err
	}
	return first
}

// note counts an invoice or a customer that was applied.
func (s *sweep) note(isInvoice, changed bool) {
	s.count(func(d *Swept) {
		if isInvoice {
			d.Invoices++
		}
		if changed {
			d.Repaired++
		}
	})
}

// pages reads the invoices of a customer, newest first, down to a page that ends before the date.
func (s *sweep) pages(ctx context.Context, a provider.Account, seen map[string]bool) error {
	var first error
	q := provider.InvoiceQuery{Customer: a.Customer, Filter: provider.AllInvoices, Limit: provider.MaxPage}
	for range maxPages {
		readAt := s.cfg.Clock()
		page, err := s.page(ctx, q)
		if err != nil {
			return err
		}
		for _, inv := range page.Invoices {
			seen[inv.ID] = true
			found, changed, err := s.apply(ctx, a.ID, a.Customer, inv, readAt)
			s.note(found, changed)
			if err != nil && first == nil {
				first = err
			}
		}
		n := len(page.Invoices)
		if page.Next == "" || n > 0 && page.Invoices[n-1].Issued.Before(s.since) {
			return first
		}
		q.Cursor = page.Next
	}
	return &provider.Error{Op: "Sweep", Kind: provider.ErrTooLarge, Message: "the list of invoices does not end"}
}

// page reads a page of invoices.
func (s *sweep) page(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	return s.cfg.Payments.Invoices(ctx, q)
}

// unsettled reads the invoices that may still change and were on no page.
func (s *sweep) unsettled(ctx context.Context, a provider.Account, seen map[string]bool) error {
	lister, ok := s.cfg.Applier.(Unsettler)
	if !ok {
		return nil
	}
	var ids []string // all of them before anything is written: a store may not be able to do both at once
	for id, err := range lister.Unsettled(ctx, a.ID) {
		if err != nil {
			return err
		}
		if !seen[id] {
			ids = append(ids, id)
		}
	}
	var first error
	for _, id := range ids {
		found, changed, err := s.invoice(ctx, a.ID, a.Customer, id)
		s.note(found, changed)
		switch {
		case err != nil && first == nil:
			first = err
		case err == nil && !found:
			s.count(func(d *Swept) { d.Missing++ })
		}
	}
	return first
}
