package portal

import (
	"html/template"
	"net/http"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/chart"
	"github.com/billhatch/billhatch/provider"
)

// InvoicesView is the panel of the page "invoices" (C6).
type InvoicesView struct {
	billing.InvoicesPanel
	First bool // the first page of the list

	page *Page
}

func (v *InvoicesView) bind(p *Page) { v.page = p }

// filters are the words for filters of invoices in queries (C6), in order.
var filters = []struct {
	word   string
	filter provider.InvoiceFilter
}{
	{"all", provider.AllInvoices}, {"paid", provider.PaidInvoices}, {"open", provider.OpenInvoices},
}

// filterOf finds a filter by its word; no word is all.
func filterOf(word string) (provider.InvoiceFilter, error) {
	for _, f := range filters {
		if f.word == word {
			return f.filter, nil
		}
	}
	if word != "" {
		return 0, &fieldError{provider.ErrInvalid, "filter"}
	}
	return provider.AllInvoices, nil
}

// invoicesPage lists invoices (C6).
func (x *exchange) invoicesPage() error {
	q, err := x.query("filter", "cursor")
	if err != nil {
		return err
	}
	filter, err := filterOf(q["filter"])
	if err != nil {
		return err
	}
	panel, err := x.account.Invoices(x.r.Context(), billing.InvoicesQuery{Filter: filter, Cursor: q["cursor"]})
	return x.draw("invoices", &InvoicesView{InvoicesPanel: panel, First: q["cursor"] == ""}, err)
}

// invoicePage shows one invoice (C6).
func (x *exchange) invoicePage() error {
	if _, err := x.query(); err != nil {
		return err
	}
	panel, err := x.account.Invoice(x.r.Context(), x.r.PathValue("invoice"))
	if err != nil {
		return err
	}
	p := x.page("invoice", panel)
	if panel.Invoice.ID != "" {
		p.Title = p.InvoiceName(panel.Invoice)
	}
	return x.show(http.StatusOK, p)
}

// word is the filter of the list as it stands in queries.
func (v *InvoicesView) word() string {
	for _, f := range filters {
		if f.filter == v.Filter {
			return f.word
		}
	}
	return ""
}

// Filters gives the links All, Paid and Open.
func (v *InvoicesView) Filters() ([]Link, error) {
	path, err := v.page.Link("invoices")
	var out []Link
	for _, f := range filters {
		link := Link{Label: v.page.T("invoices.filter." + f.word), URL: path + "?filter=" + f.word, Current: f.filter == v.Filter}
		if f.filter == provider.AllInvoices {
			link.URL = path
		}
		out = append(out, link)
	}
	return out, err
}

// Why gives the state of the panel. That there are no invoices at all is told with the day of the first one, where that
// is known (C11).
func (v *InvoicesView) Why() StatusView {
	view := v.page.Status("invoices", v.Status)
	switch {
	case v.State != billing.NothingYet:
	case v.Filter != provider.AllInvoices:
		view.Title, view.Text = "", v.page.T("invoices.none_"+v.word())
	case !v.Coming.IsZero():
		view.Text = v.page.T("invoices.nothing_yet_on", "date", v.Coming)
	}
	return view
}

// InvoiceRow is an invoice of the list as it is shown.
type InvoiceRow struct {
	URL      string // of its page
	Number   string // in words where it has none
	Period   string
	Issued   template.HTML
	Due      template.HTML
	Amount   string
	Badge    template.HTML // its status, overdue counts as one
	Document Link          // without URL the reader may not have it
	About    string        // what the link to the document is called by those who do not see the row
}

// Rows gives the invoices as they are shown.
func (v *InvoicesView) Rows() ([]InvoiceRow, error) {
	p, out := v.page, make([]InvoiceRow, len(v.Invoices))
	document := p.Can("InvoicePDF")
	for i := range v.Invoices {
		l := &v.Invoices[i]
		row := InvoiceRow{
			Number: l.Number, Period: p.Period(l.Period), Issued: p.Day(l.Issued), Due: p.Day(l.Due), Amount: p.Money(l.Total),
			Badge: p.Badge("invoice.status", p.InvoiceStatus(*l)),
		}
		if l.Number == "" {
			row.Number = p.T("invoices.no_number")
		}
		var err error
		if row.URL, err = p.Link("invoice", l.ID); err != nil {
			return nil, err
		}
		if document {
			row.Document.URL, err = p.Link("invoice_pdf", l.ID)
			row.Document.Label, row.About = p.T("invoice.request"), p.T("invoice.request_number", "number", row.Number)
			if l.HasPDF {
				row.Document.Label, row.About = p.T("invoice.download"), p.T("invoice.download_number", "number", row.Number)
			}
		}
		if err != nil {
			return nil, err
		}
		out[i] = row
	}
	return out, nil
}

// Pages leads to newer and older invoices.
func (v *InvoicesView) Pages() (PagerView, error) {
	word := v.word()
	if v.Filter == provider.AllInvoices {
		word = ""
	}
	return v.page.Pager("invoices", v.Prev, v.Next, "filter", word)
}

// Bars draws the last invoices, at most twelve, on the first page of all of them. Their data is the table below.
func (v *InvoicesView) Bars() (*PictureView, error) {
	const fewest = 2 // that can be compared
	if !v.First || v.Filter != provider.AllInvoices || len(v.Invoices) < fewest {
		return nil, nil //nolint:nilnil // nothing to draw
	}
	p := v.page
	bars := chart.Bars{
		Frame: chart.Frame{ID: "bh-invoices", Title: p.T("picture.invoices_title"), RightToLeft: p.rightToLeft()},
		Texts: chart.BarTexts{
			Name: p.T("invoices.period"), Amount: p.T("invoices.amount"), Status: p.T("invoices.status"),
			Unknown: p.T("value.unknown"), Empty: p.T("picture.none"),
		},
		Format: p.Money,
		Status: func(s chart.Status) string { return p.Term("invoice.status", s.String()) },
	}
	last := v.Invoices[:min(len(v.Invoices), chart.MaxBars)]
	for i := range last {
		bars.Items = append(bars.Items, v.bar(last[len(last)-1-i]))
	}
	drawing, err := bars.HTML()
	return &PictureView{ID: bars.ID, Caption: bars.Title, Drawing: drawing}, err
}

// bar is one invoice. The links to invoices are those of the table: in the drawing, whoever uses a keyboard would have to
// pass each of them twice.
func (v *InvoicesView) bar(l billing.InvoiceLine) chart.Bar {
	p := v.page
	bar := chart.Bar{Label: p.say.ShortMonth(l.Period), Name: p.InvoiceName(l) + ", " + p.say.Period(l.Period), Amount: l.Total}
	status := p.InvoiceStatus(l)
	for _, s := range []chart.Status{chart.StatusPaid, chart.StatusOpen, chart.StatusOverdue, chart.StatusVoid, chart.StatusUncollectible} {
		if s.String() == status {
			bar.Status = s
		}
	}
	return bar
}
