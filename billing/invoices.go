package billing

import (
	"context"
	"regexp"
	"slices"
	"strconv"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// InvoicesQuery asks for a page of invoices.
type InvoicesQuery struct {
	Filter provider.InvoiceFilter
	Cursor string // Next or Prev of a panel with the same filter; empty: the newest
	Limit  int    // 0: the host's page size; at most provider.MaxPage
}

// InvoicesPanel lists invoices, newest first (C6).
type InvoicesPanel struct {
	Status
	Filter   provider.InvoiceFilter
	Invoices []InvoiceLine
	Next     string     // older ones; empty: none
	Prev     string     // newer ones; empty: none
	Coming   civil.Date // when the next invoice comes; zero: not known
	Overdue  *Overdue   // the most recent invoice is overdue
}

// InvoiceLine is an invoice in a list.
type InvoiceLine struct {
	invoice.Invoice
	Due     civil.Date
	Overdue bool
	HasPDF  bool // it is worth asking for the document
}

// Overdue is the notice that the most recent invoice is overdue, with what to do about it (C6).
type Overdue struct {
	Invoice InvoiceLine
	CanPay  bool // the portal may be opened
	Support *SupportLink
}

// Invoices lists invoices, newest first. Drafts are never shown.
func (a *Account) Invoices(ctx context.Context, q InvoicesQuery) (InvoicesPanel, error) {
	const op = "Invoices"
	run, err := a.begin(ctx, op, target{})
	if err != nil {
		return InvoicesPanel{}, err
	}
	if q.Filter > provider.OpenInvoices || q.Limit < 0 || q.Limit > provider.MaxPage {
		return InvoicesPanel{}, &Error{Op: op, Kind: provider.ErrInvalid, Field: "query"}
	}
	scope := []string{"invoices", run.account.ID, strconv.Itoa(int(q.Filter))}
	cursor, err := run.service.seal.openCursor(op, q.Cursor, scope...)
	if err != nil {
		return InvoicesPanel{}, err
	}
	page, err := run.invoices(ctx, provider.InvoiceQuery{Filter: q.Filter, Limit: q.Limit, Cursor: cursor})
	panel := InvoicesPanel{Filter: q.Filter}
	if panel.Status, err = run.status(ctx, err); err != nil {
		return InvoicesPanel{}, err
	}
	panel.Coming = run.coming(ctx, &panel.Status)
	if panel.State != Ready && panel.State != Partial {
		return panel, nil
	}
	panel.Invoices = slices.Grow(panel.Invoices, len(page.Invoices))
	for _, inv := range page.Invoices {
		panel.Invoices = append(panel.Invoices, run.line(inv))
	}
	panel.Next = run.service.seal.cursor(page.Next, scope...)
	panel.Prev = run.service.seal.cursor(page.Prev, scope...)
	if len(panel.Invoices) == 0 && q.Cursor == "" && panel.State == Ready {
		panel.State = NothingYet
	}
	panel.Overdue = run.overdue(ctx, a, q, panel.Invoices)
	return panel, nil
}

// invoices reads a page and refuses it when any invoice in it is not the customer's.
func (run *act) invoices(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
	var err error
	if q.Customer, err = run.customer(); err != nil {
		return provider.InvoicePage{}, err
	}
	if q.Limit == 0 {
		q.Limit = run.service.cfg.PageSize
	}
	page, err := run.service.cfg.Payments.Invoices(ctx, q)
	err = run.unknownCustomer(err)
	for i := range page.Invoices {
		if err == nil {
			page.Invoices[i], err = run.ownInvoice(page.Invoices[i])
		}
	}
	return page, err
}

// ownInvoice refuses an invoice of another customer or currency, and a draft does not exist.
func (run *act) ownInvoice(inv invoice.Invoice) (invoice.Invoice, error) {
	switch {
	case inv.CustomerID != run.account.Customer || inv.Currency != run.account.Currency:
		return invoice.Invoice{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrForeign}
	case inv.Status == invoice.Draft:
		return invoice.Invoice{}, provider.NotFound(run.op.Name)
	}
	inv.Account, inv.CustomerID = run.account.ID, ""
	return inv, nil
}

func (run *act) line(inv invoice.Invoice) InvoiceLine {
	return InvoiceLine{
		Invoice: inv, Due: inv.Due(), Overdue: inv.Overdue(run.service.now()),
		HasPDF: inv.Status != invoice.Unknown && provider.Missing(run.service.cfg.Payments, provider.CanReadPDF) == nil,
	}
}

// coming tells when the next invoice comes. That it cannot be told makes the panel partial, no more.
func (run *act) coming(ctx context.Context, status *Status) civil.Date {
	next, ok := provider.As[provider.NextInvoicer](run.service.cfg.Payments)
	if !ok || status.State != Ready {
		return civil.Date{}
	}
	date, err := next.NextInvoice(ctx, run.account.Customer)
	if err != nil && !provider.IsKind(err, provider.ErrUnsupported) {
		status.worse(Status{State: Partial, Step: StepRefresh})
	}
	return date
}

// overdue tells whether the most recent invoice of all is overdue. Other pages than the first of everything ask for it.
func (run *act) overdue(ctx context.Context, a *Account, q InvoicesQuery, lines []InvoiceLine) *Overdue {
	if q.Filter != provider.AllInvoices || q.Cursor != "" {
		page, err := run.invoices(ctx, provider.InvoiceQuery{Limit: 1})
		if err != nil || len(page.Invoices) == 0 {
			return nil
		}
		lines = []InvoiceLine{run.line(page.Invoices[0])}
	}
	if len(lines) == 0 || !lines[0].Overdue {
		return nil
	}
	return &Overdue{
		Invoice: lines[0], CanPay: a.Can("OpenPortal"),
		Support: run.service.cfg.Support.ask(TopicPayment, "Payment of invoice "+lines[0].ID),
	}
}

// InvoicePanel shows one invoice with its lines (C6).
type InvoicePanel struct {
	Status
	Invoice InvoiceLine
}

// Invoice shows one invoice. An id of another account, of a draft, or that cannot be one is ErrNotFound.
func (a *Account) Invoice(ctx context.Context, id string) (InvoicePanel, error) {
	run, err := a.begin(ctx, "Invoice", target{})
	if err != nil {
		return InvoicePanel{}, err
	}
	inv, err := run.invoice(ctx, id)
	status, err := run.status(ctx, err)
	if err != nil {
		return InvoicePanel{}, err
	}
	return InvoicePanel{Status: status, Invoice: run.line(inv)}, nil // in any other state a line of nothing
}

// invoiceID is what an id of an invoice looks like, so that it can stand in a file name and a path.
var invoiceID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// invoice reads one invoice of the account.
func (run *act) invoice(ctx context.Context, id string) (invoice.Invoice, error) {
	customer, err := run.customer()
	if err != nil {
		return invoice.Invoice{}, err
	}
	if !invoiceID.MatchString(id) {
		return invoice.Invoice{}, provider.NotFound(run.op.Name)
	}
	inv, err := run.service.cfg.Payments.Invoice(ctx, customer, id)
	if err != nil {
		return invoice.Invoice{}, err
	}
	if inv.ID != id {
		return invoice.Invoice{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrForeign}
	}
	return run.ownInvoice(inv)
}
