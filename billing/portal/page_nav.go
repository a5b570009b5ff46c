package portal

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// sections are the pages that the navigation leads to, each with the operations of which one draws it. What it shows is
// convenience and protects nothing (C13).
var sections = []struct {
	page       string
	operations []string
}{
	{"usage", []string{"Usage"}},
	{"invoices", []string{"Invoices"}},
	{"payment_methods", []string{"PaymentMethods"}},
	{"recipients", []string{"Recipients", "RecipientSettings"}},
	{"settings", []string{"BillingEmail"}},
	{"reports", []string{"ReportMonths"}},
	{"portal", []string{"Portal"}},
	{"audit", []string{"Audit"}},
}

// above is the page that a page is reached from and stands below.
var above = map[string]string{"history": "usage", "invoice": "invoices", "revealed": "recipients", "report": "reports"}

// page begins a page for the reader. See titleOf for its title.
func (x *exchange) page(name string, panel any) *Page {
	p := x.bare(name, panel)
	p.Client = x.client
	account := x.account
	if account == nil {
		account = x.own()
	}
	if account != nil {
		p.can, p.view = account.Can, account.RecipientsView()
	}
	if x.reads() {
		p.Here = x.r.URL.RequestURI()
	}
	x.navigate(p)
	if panel, ok := panel.(bound); ok {
		panel.bind(p)
	}
	return p
}

// bare begins a page without navigation: of a problem, which says nothing about what there is.
func (x *exchange) bare(name string, panel any) *Page {
	cfg := &x.portal.cfg
	return &Page{
		Name: name, Title: x.say.T(titleOf(name)), Language: x.say.Language(), Direction: x.say.Direction(),
		Fragment: x.fragment(), Host: Link{Label: cfg.HostName, URL: cfg.HostURL}, Stylesheets: cfg.Stylesheets,
		Panel: panel, pages: x.portal.pages, say: x.say, can: nothing,
	}
}

// nothing may be done on the account of a page that is of none.
func nothing(string) bool { return false }

// titleOf is the message that is the title of a page.
func titleOf(page string) string {
	if page == "revealed" {
		return "recipients.revealed_title"
	}
	return page + ".title"
}

// navigate draws the way to other pages. An element has only the way back up.
func (x *exchange) navigate(p *Page) {
	to := func(page, client string) Link {
		return Link{Label: x.say.T("nav." + page), URL: x.portal.pages.path(page, client), Current: page == p.Name || page == above[p.Name]}
	}
	if !p.Fragment {
		x.frame(p, to)
	}
	if parent := above[p.Name]; parent != "" {
		p.Trail = append(p.Trail, to(parent, p.Client))
	}
}

// frame draws what stands around a page.
func (x *exchange) frame(p *Page, to func(page, client string) Link) {
	clients := x.session.Can("Clients")
	if clients {
		p.Sections = append(p.Sections, to("clients", ""))
	}
	for _, s := range sections {
		if slices.ContainsFunc(s.operations, p.Can) {
			p.Sections = append(p.Sections, to(s.page, p.Client))
		}
	}
	if p.Client != "" {
		if clients {
			p.Trail = append(p.Trail, to("clients", ""))
		}
		p.Trail = append(p.Trail, Link{Label: x.say.T("clients.unnamed", "id", p.Client), URL: x.portal.pages.path("usage", p.Client)})
	}
}

// link gives the path of a page by the name of its route, of a client where one is given.
func (ps *pages) link(name, client string, args ...string) (string, error) {
	r, ok := ps.routes[name]
	if !ok {
		return "", fmt.Errorf("there is no page %q", name)
	}
	path, rest := ps.base, r.path
	if r.scoped && client != "" {
		path += "/clients/" + url.PathEscape(client)
	}
	for {
		before, after, varies := strings.Cut(rest, "{")
		path += before
		if !varies {
			break
		}
		if len(args) == 0 {
			return "", fmt.Errorf("the path of page %q needs more", name)
		}
		_, rest, _ = strings.Cut(after, "}")
		path, args = path+url.PathEscape(args[0]), args[1:]
	}
	if path == "" {
		path = "/"
	}
	return path, nil
}

// path is link for a page whose path does not vary.
func (ps *pages) path(name, client string) string {
	path, err := ps.link(name, client)
	if err != nil { // guard: the names are those of the table
		return "/"
	}
	return path
}

// led gives the page that a form stands on, for the way back from its problem.
func (x *exchange) led() Link {
	if x.route == nil {
		return Link{}
	}
	page := map[string]string{
		"reveal_recipient": "recipients", "change_email": "settings", "open_portal": "portal", "start_report": "reports",
		"invoice_pdf": "invoices", "report_file": "reports", "report": "reports", "invoice": "invoices",
	}[x.route.name]
	if page == "" {
		return Link{}
	}
	return Link{Label: x.say.T("nav." + page), URL: x.portal.pages.path(page, x.client)}
}
