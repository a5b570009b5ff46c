package portal

import (
	"net/url"
	"time"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/report"
)

// bound is a panel that words something for a reader: it gets the page that it is shown on.
type bound interface{ bind(p *Page) }

// PagerView leads to the page before and after in a list: shared template "pager".
type PagerView struct {
	Prev, Next string // URLs; empty: there is none
}

// Pager makes the links to other pages of a list by their cursors; a filter holds names and values of the query that
// stay the same. Empty values are left out.
func (p *Page) Pager(route, prev, next string, filter ...string) (PagerView, error) {
	to := func(cursor string) (string, error) {
		if cursor == "" {
			return "", nil
		}
		path, err := p.Link(route)
		q := url.Values{"cursor": {cursor}}
		for i := 0; i+1 < len(filter); i += 2 {
			if filter[i+1] != "" {
				q.Set(filter[i], filter[i+1])
			}
		}
		return path + "?" + q.Encode(), err
	}
	before, err := to(prev)
	if err != nil {
		return PagerView{}, err
	}
	after, err := to(next)
	return PagerView{Prev: before, Next: after}, err
}

// StatusView says why a panel is not whole and what to do about it: the shared template "status" draws it.
type StatusView struct {
	*Page
	billing.Status
	Title, Text string
	Tone        string   // "info", "warn" or "danger"
	Missing     []string // what is missing, in words
	Wait        string   // how long to wait; empty: not told
	Again       string   // URL that loads the panel again; empty: there is nothing to load again
}

// Status gives the state of a panel to the shared template "status": {{template "status" ($.Status "usage" .Status)}}.
// The name of the panel finds its own words for a state: the message "<panel>.<state>".
func (p *Page) Status(panel string, s billing.Status) StatusView {
	view := StatusView{
		Page: p, Status: s, Title: p.say.T("state." + string(s.State) + ".title"), Tone: "warn", Wait: p.Wait(seconds(s.RetryAfter)),
	}
	switch title := panel + ".nothing_yet_title"; {
	case s.State == billing.Ready:
		return view
	case s.State == billing.NothingYet && p.say.Has(title):
		view.Title = p.say.T(title)
	case s.State == billing.NothingYet:
		view.Title = ""
	}
	view.Text = p.Term(panel, string(s.State))
	if view.Text == string(s.State) {
		view.Text = p.say.T("state." + string(s.State) + ".text")
	}
	switch s.State {
	case billing.Unavailable:
		view.Tone = "danger"
	case billing.Syncing, billing.Unsupported:
		view.Tone = "info"
	}
	if s.Step == billing.StepRefresh || s.Step == billing.StepWait {
		view.Again = p.Here
	}
	return view
}

// Wait words how long to wait; nothing for 0 seconds.
func (p *Page) Wait(seconds int) string {
	const minute = 60
	switch {
	case seconds <= 0:
		return ""
	case seconds > 2*minute:
		return p.say.T("step.wait_minutes", "count", (seconds+minute-1)/minute)
	}
	return p.say.T("step.wait_seconds", "count", seconds)
}

// seconds rounds a duration up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// RecipientsView is the panel of the page "recipients" (C7).
type RecipientsView struct {
	billing.RecipientsPanel
	LinkOnly bool   // the reader sees no addresses, only the link to the settings
	Failed   string // id of the recipient whose purpose was not accepted; empty: none
	Purpose  string // what was typed as that purpose
}

// RecipientGroup is one of the two groups of recipients.
type RecipientGroup struct {
	Name       string // "invoices" or "changes"
	Recipients []billing.MaskedRecipient
}

// Groups gives both groups.
func (v RecipientsView) Groups() []RecipientGroup {
	return []RecipientGroup{{"invoices", v.Invoices}, {"changes", v.Changes}}
}

// RevealedView is the panel of the page "revealed": one address, shown once (C7). The page is the answer to a form and
// lies at no address of its own.
type RevealedView struct {
	Email   provider.Email // Reveal gives the address; everything else gives its masked form
	Purpose string         // as it was sent
}

// SettingsView is the panel of the page "settings" (O2 to O7).
type SettingsView struct {
	Email   billing.EmailPanel
	Typed   string               // what was typed as the new address
	Problem string               // why that was not accepted: "invalid", "shared_email" or "conflict"; empty: nothing was sent
	Portal  *billing.PortalPanel // nil: the reader may not open the portal
	Reports *ReportsView         // nil: the reader may not download reports
}

// ReportsView is the panel of the page "reports", and a part of the settings (O7).
type ReportsView struct {
	billing.Status
	Months []billing.Month // newest first
}

// Earliest is the first month that can be reported; the zero Month when there is none.
func (v ReportsView) Earliest() billing.Month {
	if len(v.Months) == 0 {
		return billing.Month{}
	}
	return v.Months[len(v.Months)-1]
}

// Formats are the forms of a report.
func (v ReportsView) Formats() []billing.Format {
	return []billing.Format{billing.Workbook, billing.CSV, billing.JSONLines}
}

// ReportView is the panel of the page "report": the reader's own report of a month.
type ReportView struct {
	Month  billing.Month
	Format billing.Format
	State  string // "none": not asked for, or not kept any more; "running", "ready" or "failed"
	report.Progress
	Size    int64  // in bytes, when it is ready
	Partial bool   // ready: tenants that the reader may not see are left out (O12)
	Why     string // failed: why and what to do, in the reader's language
}

// ReportLink gives the path of the page of a report, or of its file: "report" or "report_file".
func (p *Page) ReportLink(route string, v ReportView) (string, error) {
	path, err := p.Link(route, monthName(v.Month))
	return path + "?" + url.Values{"format": {string(v.Format)}}.Encode(), err
}

// MonthValue gives a month as forms send it, such as "2026-10".
func (p *Page) MonthValue(m billing.Month) string { return monthName(m) }

// MonthName gives a month in the reader's language, and whether it is running (O7).
func (p *Page) MonthName(m billing.Month) string {
	name := p.say.Month(m.Period)
	if !m.Final {
		return p.say.T("reports.month_running", "month", name)
	}
	return name
}

// AuditView is the panel of the page "audit" (C17). Days are those of UTC.
type AuditView struct {
	billing.AuditPanel
	Actor    string // what the list is filtered by; empty: nothing
	Action   string
	Outcome  provider.Outcome
	From, To string // days, both included, such as "2026-10-31"
	Actions  []string
	Outcomes []provider.Outcome

	page *Page
}

func (v *AuditView) bind(p *Page) { v.page = p }

// Filtered tells whether the list is filtered by anything.
func (v *AuditView) Filtered() bool {
	return v.Actor+v.Action+string(v.Outcome)+v.From+v.To != ""
}

// Why gives the state of the panel: a filter that finds nothing is not an empty audit trail.
func (v *AuditView) Why() StatusView {
	view := v.page.Status("audit", v.Status)
	if v.State == billing.NothingYet && v.Filtered() {
		view.Title, view.Text = "", v.page.T("audit.none")
	}
	return view
}

// Pages leads to older entries.
func (v *AuditView) Pages() (PagerView, error) {
	return v.page.Pager("audit", "", v.Next,
		"actor", v.Actor, "action", v.Action, "outcome", string(v.Outcome), "from", v.From, "to", v.To)
}

// ProblemView is the panel of the page "problem".
type ProblemView struct {
	Name       string               // see Problem
	Text       string               // what happened and what to do
	Field      string               // of the request; may be empty
	RetryAfter int                  // seconds; 0: not told
	Portal     string               // URL of the way into the portal, where that helps; empty: it does not
	Back       Link                 // the page that the request came from; without URL there is none
	Support    *billing.SupportLink // a prefilled ticket; nil: none
}

// FieldHint words what a field of a request has to be; nothing for a field that people do not fill in.
func (p *Page) FieldHint(field string) string {
	if key := "field_error." + field; field != "" && p.say.Has(key) {
		return p.say.T(key)
	}
	return ""
}
