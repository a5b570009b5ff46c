package portal

import (
	"strconv"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// apiFilters are the filters of invoices (C6).
var apiFilters = map[string]provider.InvoiceFilter{
	"all": provider.AllInvoices, "paid": provider.PaidInvoices, "open": provider.OpenInvoices,
}

// apiInvoices lists invoices (C6).
func (x *exchange) apiInvoices() error {
	q, err := x.paged("filter", "limit")
	if err != nil {
		return err
	}
	query, err := invoicesQuery(q)
	if err != nil {
		return err
	}
	panel, err := x.account.Invoices(x.r.Context(), query)
	return respond(x, panel, err, invoicesModel)
}

// invoicesQuery reads what is asked for. Any value that cannot be is named.
func invoicesQuery(q fields) (billing.InvoicesQuery, error) {
	query := billing.InvoicesQuery{Cursor: q["cursor"]}
	if name, sent := q["filter"]; sent {
		var known bool
		if query.Filter, known = apiFilters[name]; !known {
			return query, &fieldError{provider.ErrInvalid, "filter"}
		}
	}
	if digits, sent := q["limit"]; sent {
		n, err := strconv.ParseUint(digits, 10, 8)
		if err != nil || n < 1 || n > provider.MaxPage {
			return query, &fieldError{provider.ErrInvalid, "limit"}
		}
		query.Limit = int(n)
	}
	return query, nil
}

func invoicesModel(p billing.InvoicesPanel) apimodel.Invoices {
	out := apimodel.Invoices{
		Status: statusModel(p.Status), Filter: filterModel(p.Filter), Invoices: list(p.Invoices, invoiceModel),
		Next: text(p.Next), Prev: text(p.Prev), NextInvoiceOn: dateModel(p.Coming),
	}
	if o := p.Overdue; o != nil {
		out.Overdue = &apimodel.Overdue{Invoice: invoiceModel(o.Invoice), CanPay: o.CanPay, Support: supportModel(o.Support)}
	}
	return out
}

func filterModel(f provider.InvoiceFilter) apimodel.InvoiceFilter {
	for name, filter := range apiFilters {
		if filter == f {
			return apimodel.InvoiceFilter(name)
		}
	}
	return apimodel.InvoiceFilterAll
}

func invoiceModel(l billing.InvoiceLine) apimodel.Invoice {
	out := apimodel.Invoice{
		Id: l.ID, Number: text(l.Number), Status: apimodel.InvoiceStatus(l.Status.String()), Currency: l.Currency,
		Issued: dateModel(l.Issued), Due: dateModel(l.Due), Overdue: l.Overdue, PaidOn: dateModel(l.PaidOn),
		Total: moneyModel(l.Total), AmountPaid: moneyModel(l.Paid), HasPdf: l.HasPDF,
	}
	if !l.Period.IsZero() {
		period := periodModel(l.Period)
		out.Period = &period
	}
	if due, err := l.AmountDue(); err == nil {
		out.AmountDue = moneyModel(due)
	}
	return out
}

// apiInvoice shows one invoice with its lines (C6).
func (x *exchange) apiInvoice() error {
	if _, err := x.query(); err != nil {
		return err
	}
	panel, err := x.account.Invoice(x.r.Context(), x.r.PathValue("invoice"))
	return respond(x, panel, err, func(p billing.InvoicePanel) apimodel.InvoicePanel {
		out := apimodel.InvoicePanel{Status: statusModel(p.Status)}
		if p.Invoice.ID != "" {
			inv, details := invoiceModel(p.Invoice), detailsModel(p.Invoice.Invoice)
			out.Invoice, out.Details = &inv, &details
		}
		return out
	})
}

func detailsModel(inv invoice.Invoice) apimodel.InvoiceDetails {
	return apimodel.InvoiceDetails{
		Lines: list(inv.Lines, lineModel), Subtotal: moneyModel(inv.Subtotal), Taxes: list(inv.Taxes, taxModel),
		Credited: moneyModel(inv.Credited), Reference: text(inv.Reference), Note: text(inv.Note),
	}
}

func lineModel(l invoice.Line) apimodel.InvoiceLine {
	kind := apimodel.LineKind(l.Kind)
	if !kind.Valid() {
		kind = apimodel.LineKindOther // a line that the provider made of its own
	}
	return apimodel.InvoiceLine{
		Kind: kind, Description: l.Description, Tenant: text(l.Tenant), Project: text(l.Project), Group: text(l.Group),
		Quantity: l.Quantity.String(), UnitPrice: moneyModel(l.Unit), Amount: moneyModel(l.Amount),
	}
}

func taxModel(t invoice.Tax) apimodel.Tax {
	return apimodel.Tax{Name: t.Name, Rate: t.Rate.String(), Base: moneyModel(t.Base), Amount: moneyModel(t.Amount)}
}
