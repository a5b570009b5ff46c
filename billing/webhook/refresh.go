package webhook

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// errPanic is a panic of an Applier, or of a function of the host's.
var errPanic = errors.New("panic")

// refresh reads the object of an event again and has it applied. It is not found when there is nothing to read, or
// nothing of ours.
func (w *Worker) refresh(ctx context.Context, s subject) (found, changed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
	defer cancel()
	if s.kind == provider.PortalEvent {
		return true, false, w.cfg.Applier.PortalChanged(ctx)
	}
	if s.kind == provider.CustomerEvent && s.customer == "" {
		s.customer = s.object
	}
	if s.kind == provider.InvoiceEvent && s.customer == "" && s.object != "" {
		if s.customer, err = w.place(ctx, s.object); err != nil {
			return false, false, err
		}
	}
	if s.customer == "" {
		return false, false, nil
	}
	account, err := w.accountOf(ctx, s.customer)
	if err != nil || account == "" {
		return false, false, err
	}
	switch {
	case s.kind == provider.CustomerEvent:
		_, changed, err = w.customer(ctx, account, s.customer)
		return true, changed, err // that it is gone was applied, too
	case s.kind == provider.InvoiceEvent && s.object != "":
		return w.invoice(ctx, account, s.customer, s.object)
	}
	return false, false, nil
}

// rescue turns a panic into an error.
func (w *Worker) rescue(ctx context.Context, err *error) {
	if v := recover(); v != nil {
		w.cfg.Logger.ErrorContext(ctx, "webhook: panic", "stack", string(debug.Stack()))
		*err = errPanic
	}
}

// place finds the customer of an invoice; empty: nobody knows.
func (w *Worker) place(ctx context.Context, invoiceID string) (string, error) {
	placer, ok := w.cfg.Applier.(Placer)
	if !ok {
		return "", nil
	}
	customer, err := placer.CustomerOf(ctx, invoiceID)
	if provider.IsKind(err, provider.ErrNotFound) {
		return "", nil
	}
	return customer, err
}

// accountOf finds the account of a customer; empty: it is not one of ours.
func (w *Worker) accountOf(ctx context.Context, customer string) (string, error) {
	account, err := w.cfg.AccountOf(ctx, customer)
	if provider.IsKind(err, provider.ErrNotFound) {
		return "", nil
	}
	return account, err
}

// customer reads a customer and has it applied. It is there when the provider has it, also when applying fails.
func (w *Worker) customer(ctx context.Context, account, id string) (there, changed bool, err error) {
	defer w.rescue(ctx, &err)
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
	defer cancel()
	readAt := w.cfg.Clock()
	c, err := w.cfg.Payments.Customer(ctx, id)
	switch {
	case provider.IsKind(err, provider.ErrNotFound):
		c = provider.Customer{ID: id}
	case err != nil:
		return false, false, err
	case c.ID != id || c.Live != w.cfg.Live:
		return false, false, foreign("Customer")
	default:
		there = true
	}
	changed, err = w.cfg.Applier.CustomerChanged(ctx, Customer{Customer: c, Account: account, Gone: !there}, readAt)
	return there, changed, err
}

// invoice reads an invoice and has it applied. It is not found when it is a draft, was deleted or is another customer's.
func (w *Worker) invoice(ctx context.Context, account, customer, id string) (found, changed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
	defer cancel()
	readAt := w.cfg.Clock()
	inv, err := w.cfg.Payments.Invoice(ctx, customer, id)
	switch {
	case provider.IsKind(err, provider.ErrNotFound):
		return false, false, nil
	case err != nil:
		return false, false, err
	case inv.ID != id:
		return false, false, foreign("Invoice")
	}
	return w.apply(ctx, account, customer, inv, readAt)
}

// apply hands an invoice to the Applier.
func (w *Worker) apply(ctx context.Context, account, customer string, inv invoice.Invoice, readAt time.Time) (found, changed bool, err error) {
	defer w.rescue(ctx, &err)
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
	defer cancel()
	switch {
	case inv.ID == "" || inv.CustomerID != customer:
		return false, false, foreign("Invoice")
	case inv.Status == invoice.Draft: // providers do not show them
		return false, false, nil
	}
	inv.Account, inv.Lines = account, nil
	changed, err = w.cfg.Applier.InvoiceChanged(ctx, inv, readAt)
	return err == nil, changed, err
}

// foreign is an answer that is not what was asked for: it is never applied.
func foreign(op string) error { return &provider.Error{Op: op, Kind: provider.ErrForeign} }
