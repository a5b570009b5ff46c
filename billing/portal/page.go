package portal

import (
	"html/template"
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/words"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// Page is what every template is executed with, also those of a host in Config.Templates. Its methods write texts,
// amounts and dates in the reader's language; what they return as HTML is escaped already. Within {{range}} and {{with}}
// the page is $.
type Page struct {
	Name      string // of the template, such as "usage"
	Title     string // in the reader's language
	Language  string // BCP 47 tag of the texts
	Direction string // "ltr" or "rtl"
	Fragment  bool   // shown by an element, without the layout
	Client    string // id of the client whose page this is; empty: the reader's own account
	Refresh   int    // seconds after which the script fetches the page again; 0: never
	Done      string // what the form before this page has done, such as "email_changed"; empty: nothing
	Here      string // path and query of this page, to load it again; empty for the answer to a form

	Host        Link     // the way back into the product; without URL there is none
	Sections    []Link   // pages that the reader may see, in order
	Trail       []Link   // pages above this one, the topmost first
	Stylesheets []string // of the host, loaded after the portal's own

	// Panel is what the page shows, by its name:
	//
	//	usage            *UsageView
	//	history          billing.HistoryPanel
	//	invoices         *InvoicesView
	//	invoice          billing.InvoicePanel
	//	payment_methods  billing.MethodsPanel
	//	recipients       RecipientsView
	//	revealed         RevealedView
	//	settings         SettingsView
	//	portal           billing.PortalPanel
	//	reports          ReportsView
	//	report           ReportView
	//	audit            *AuditView
	//	clients          billing.ClientsPanel
	//	problem          ProblemView
	Panel any

	pages *pages
	say   *words.Printer
	can   func(operation string) bool // of the account of the page
	view  billing.RecipientsView      // of the account of the page
}

// Link leads to another page.
type Link struct {
	Label   string
	URL     string
	Current bool // it is the page that is shown, or the one above it
}

// Part is what a shared template is executed with: a value, with the page that it stands on.
type Part struct {
	*Page
	Value any
}

// With gives a value to a shared template: {{template "support" ($.With .Support)}}.
func (p *Page) With(value any) Part { return Part{p, value} }

// T gives a message; args are names and values.
func (p *Page) T(key string, args ...any) string { return p.say.T(key, args...) }

// WindowTitle gives the title of the page as a browser shows it.
func (p *Page) WindowTitle() string {
	if p.Client != "" {
		return p.say.T("page.title_account", "page", p.Title, "account", p.Client)
	}
	return p.say.T("page.title", "page", p.Title)
}

// Term gives the word for a value that providers and hosts choose, such as the unit of a meter: the message
// "<vocabulary>.<value>", or the value itself where there is no such message.
func (p *Page) Term(vocabulary, value string) string {
	if key := vocabulary + "." + value; p.say.Has(key) {
		return p.say.T(key)
	}
	return value
}

// Money gives an amount; one that is not set is "not available" in the reader's language, never zero.
func (p *Page) Money(a money.Amount) string { return p.say.Money(a) }

// Number gives a number.
func (p *Page) Number(d decimal.Decimal) string { return p.say.Number(d) }

// Percent gives a number of percent.
func (p *Page) Percent(d decimal.Decimal) string { return p.say.Percent(d) }

// Day gives a civil date as an element time.
func (p *Page) Day(d civil.Date) template.HTML {
	if d.IsZero() {
		return escaped(p.say.Date(d))
	}
	return timeElement(d.String(), p.say.Date(d))
}

// Month gives the month of a period.
func (p *Page) Month(m civil.Period) string { return p.say.Month(m) }

// Period gives the first and the last day of a period.
func (p *Page) Period(m civil.Period) string { return p.say.Period(m) }

// Time gives an instant as an element time, as the clocks of a zone show it; without a zone in UTC.
func (p *Page) Time(t time.Time, zone *time.Location) template.HTML {
	if t.IsZero() {
		return escaped(p.say.Time(t, zone))
	}
	return timeElement(t.UTC().Format(time.RFC3339), p.say.Time(t, zone))
}

func timeElement(datetime, text string) template.HTML {
	return template.HTML(`<time datetime="` + datetime + `">` + template.HTMLEscapeString(text) + `</time>`) //nolint:gosec // both are made here
}

func escaped(text string) template.HTML {
	return template.HTML(template.HTMLEscapeString(text)) //nolint:gosec // escaped
}

// Link gives the path of a page by the name of its route (see [Routes]), for the same account as this page; args take
// the place of what varies in the path.
func (p *Page) Link(route string, args ...string) (string, error) {
	return p.pages.link(route, p.Client, args...)
}

// ClientLink is Link for an account of the reader's scope, such as a client of a partner.
func (p *Page) ClientLink(client, route string, args ...string) (string, error) {
	return p.pages.link(route, client, args...)
}

// Asset gives the path of an asset, such as "billhatch.css".
func (p *Page) Asset(name string) (string, error) { return p.pages.asset(name) }

// Can tells whether the reader may do an operation of package billing on the account of the page, to draw a link by.
// It protects nothing.
func (p *Page) Can(operation string) bool { return p.can(operation) }

// Note tells whether the page of a partner's client says that the client's admins manage billing emails (C1).
func (p *Page) Note() bool { return p.view == billing.RecipientsNote }

// Badge gives a state as a badge: the message "<vocabulary>.<value>" in the colour that fits the value.
func (p *Page) Badge(vocabulary, value string) template.HTML {
	tone := tones[value]
	if tone == "" {
		tone = "muted"
	}
	return template.HTML(`<span class="bh-badge bh-badge--` + tone + `">` + //nolint:gosec // the text is escaped
		template.HTMLEscapeString(p.Term(vocabulary, value)) + `</span>`)
}

// tones are the colours of states. What is not here is muted, and so is what nobody knows.
var tones = map[string]string{
	"active": "ok", "on_track": "ok", "paid": "ok", "succeeded": "ok", "fresh": "ok", "final": "ok",
	"approaching_limit": "warn", "warning": "warn", "action_needed": "warn", "stale": "warn", "refused": "warn",
	"over_limit": "danger", "overdue": "danger", "failed": "danger", "uncollectible": "danger",
	"open": "info", "attempted": "info", "default": "info", "running": "info",
}

// InvoiceStatus gives the status of an invoice as it is shown: overdue counts as one.
func (p *Page) InvoiceStatus(l billing.InvoiceLine) string {
	if l.Overdue {
		return "overdue"
	}
	return l.Status.String()
}

// AmountPaid gives what has been paid of an invoice; unset when it cannot be told.
func (p *Page) AmountPaid(l billing.InvoiceLine) money.Amount {
	if l.Paid.IsSet() || l.Status == invoice.Unknown {
		return l.Paid
	}
	none, err := money.Zero(l.Currency)
	if err != nil {
		return money.Amount{}
	}
	return none
}

// InvoiceName gives an invoice by its number.
func (p *Page) InvoiceName(l billing.InvoiceLine) string {
	if l.Number == "" {
		return p.say.T("invoice.title")
	}
	return p.say.T("invoice.title_number", "number", l.Number)
}

// HistoryValue gives what a discount or an adjustment is worth.
func (p *Page) HistoryValue(item provider.HistoryItem) string {
	switch {
	case item.Amount.IsSet():
		return p.say.Money(item.Amount)
	case item.Text == "":
		return p.say.T("value.unknown")
	}
	return item.Text
}

// HistoryLast gives the last day of a discount, or the one day of an adjustment.
func (p *Page) HistoryLast(item provider.HistoryItem) template.HTML {
	switch {
	case !item.Until.IsZero():
		return p.Day(item.Until.AddDays(-1))
	case item.Amount.IsSet() && item.Text == "":
		return p.Day(item.From)
	}
	return escaped(p.say.T("history.open"))
}

// Expiry gives the month in which a way to pay expires.
func (p *Page) Expiry(month string) string {
	m, err := civil.ParseMonth(month, time.UTC)
	if err != nil {
		return month
	}
	return p.say.Month(m)
}

// AmountDue gives what is still to be paid of an invoice; unset when it cannot be told.
func (p *Page) AmountDue(l billing.InvoiceLine) money.Amount {
	if l.Status == invoice.Unknown {
		return money.Amount{}
	}
	due, err := l.AmountDue()
	if err != nil {
		return money.Amount{}
	}
	return due
}
