package portal

import (
	"net/http"
	"time"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/report"
)

// sampleLanguage is the language that samples are tried in; messages of other languages take the same arguments.
const sampleLanguage = "en"

// samples are pages of made-up data, with which every template is tried in New: every panel in every state, for readers
// who may do everything and for those who may do nothing, with the layout and as a fragment.
func (ps *pages) samples(p *Portal) []*Page {
	var out []*Page
	for _, s := range samplePanels() {
		page := &Page{
			Name: s.name, Title: s.name, Language: sampleLanguage, Direction: "ltr", Panel: s.panel, pages: ps,
			say: p.words.Match(sampleLanguage), can: nothing, Host: Link{Label: p.cfg.HostName, URL: p.cfg.HostURL},
			Stylesheets: p.cfg.Stylesheets,
		}
		if s.fragment {
			page.Fragment, page.Refresh = true, 1
		} else {
			page.can, page.view, page.Client = everything, billing.RecipientsNote, "client"
			page.Here, page.Done = p.cfg.BasePath+"/"+s.name, emailChanged
			page.Sections = []Link{{Label: "Usage", URL: "/", Current: true}, {Label: "Invoices", URL: "/"}}
			page.Trail = page.Sections
		}
		if panel, ok := s.panel.(bound); ok {
			panel.bind(page)
		}
		out = append(out, page)
	}
	return out
}

func everything(string) bool { return true }

// sample is a page of made-up data.
type sample struct {
	name     string
	panel    any
	fragment bool
}

// samplePanels gives the panels of every page.
func samplePanels() []sample {
	var out []sample
	add := func(name string, panel any) {
		out = append(out, sample{name, panel, false}, sample{name, copyOf(panel), true})
	}
	for _, state := range billing.States() {
		status := sampleStatus(state)
		add("usage", &UsageView{UsagePanel: sampleUsage(status)})
		add("history", sampleHistory(status))
		add("invoices", &InvoicesView{InvoicesPanel: sampleInvoices(status), First: true})
		add("invoice", sampleInvoice(status))
		add("payment_methods", sampleMethods(status))
		add("recipients", RecipientsView{RecipientsPanel: sampleRecipients(status), Failed: "r1", Purpose: "a purpose"})
		add("settings", sampleSettings(status, ""))
		add("portal", samplePortal(status, billing.MagicLink))
		add("reports", sampleReports(status))
		add("audit", &AuditView{AuditPanel: sampleAudit(status), Actor: "user", Actions: auditedActions(), Outcomes: outcomes})
		add("clients", sampleClients(status))
	}
	ready := sampleStatus(billing.Ready)
	add("recipients", RecipientsView{RecipientsPanel: billing.RecipientsPanel{Status: ready}, LinkOnly: true})
	add("portal", samplePortal(ready, billing.Direct))
	for _, problem := range []string{"invalid", "shared_email", "conflict"} {
		add("settings", sampleSettings(ready, problem))
	}
	add("settings", SettingsView{Email: billing.EmailPanel{Status: ready}})
	add("revealed", RevealedView{Email: sampleEmail(), Purpose: "a purpose"})
	for _, state := range []reportState{reportNone, reportRunning, reportReady, reportFailed} {
		add("report", ReportView{
			Month: sampleMonths()[0], Format: billing.Workbook, State: string(state), Partial: true, Why: "a reason",
			Progress: report.Progress{Tenants: 4, TenantsDone: 1, Rows: 100, RowsDone: 25},
		})
		add("report", ReportView{Month: sampleMonths()[1], Format: billing.CSV, State: string(state)})
	}
	add("problem", ProblemView{Name: "not_found", Text: http.StatusText(http.StatusNotFound)})
	add("problem", ProblemView{
		Name: "rate_limited", Text: "a text", Field: "month", RetryAfter: 5, Back: Link{Label: "Reports", URL: "/"}, Portal: "/",
		Support: sampleStatus(billing.NotConfigured).Support,
	})
	return out
}

// copyOf gives a panel of its own to each page, because a panel may be bound to its page.
func copyOf(panel any) any {
	switch v := panel.(type) {
	case *UsageView:
		c := *v
		return &c
	case *InvoicesView:
		c := *v
		return &c
	case *AuditView:
		c := *v
		return &c
	}
	return panel
}

// sampleStatus is a status as operations give it.
func sampleStatus(state billing.State) billing.Status {
	s := billing.Status{State: state}
	switch state {
	case billing.Partial, billing.Syncing, billing.Unavailable:
		s.Step = billing.StepRefresh
	case billing.RateLimited:
		s.Step, s.RetryAfter = billing.StepWait, 5*time.Second
	case billing.NotConfigured:
		s.Step, s.Support = billing.StepAskSupport, &billing.SupportLink{
			URL: "https://host.example/support", Topic: billing.TopicSetup, Subject: "Billing setup",
		}
	case billing.NeedsAttention:
		s.Step, s.Support = billing.StepAskSupport, &billing.SupportLink{
			Email: "help@host.example", Topic: billing.TopicConfiguration, Subject: "Billing configuration",
		}
	}
	return s
}

// filled tells whether a panel of the state has data.
func filled(s billing.Status) bool { return s.State == billing.Ready || s.State == billing.Partial }

func sampleEmail() provider.Email {
	email, err := provider.NewEmail("billing@client.example")
	if err != nil { // guard: it is an address
		return provider.Email{}
	}
	return email
}
