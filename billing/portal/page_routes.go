package portal

import (
	"net/http"

	"github.com/billhatch/billhatch/billing"
)

// pageRoutes is every page. The name of a route is that of its template, where it draws one.
func pageRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{name: "home", method: get, path: "", serve: (*exchange).home},
		{name: "clients", method: get, path: "/clients", op: "Clients", serve: (*exchange).clientsPage},
		{name: "usage", method: get, path: "/usage", op: "Usage", scoped: true, serve: (*exchange).usagePage},
		{name: "history", method: get, path: "/usage/history", op: "History", scoped: true, serve: (*exchange).historyPage},
		{name: "invoices", method: get, path: "/invoices", op: "Invoices", scoped: true, serve: (*exchange).invoicesPage},
		{name: "invoice", method: get, path: "/invoices/{invoice}", op: "Invoice", scoped: true, serve: (*exchange).invoicePage},
		{name: "invoice_pdf", method: get, path: "/invoices/{invoice}/pdf", op: "InvoicePDF", scoped: true, serve: (*exchange).invoicePDF},
		{name: "payment_methods", method: get, path: "/payment-methods", op: "PaymentMethods", scoped: true, serve: (*exchange).methodsPage},
		{name: "recipients", method: get, path: "/recipients", op: "Recipients", scoped: true, serve: (*exchange).recipientsPage},
		{name: "reveal_recipient", method: post, path: "/recipients/{recipient}/reveal", op: "RevealRecipient", scoped: true, serve: (*exchange).revealRecipient},
		{name: "settings", method: get, path: "/settings", op: "BillingEmail", scoped: true, serve: (*exchange).settingsPage},
		{name: "change_email", method: post, path: "/settings/email", op: "ChangeBillingEmail", scoped: true, serve: (*exchange).changeEmail},
		{name: "portal", method: get, path: "/portal", op: "Portal", scoped: true, serve: (*exchange).portalPage},
		{name: "open_portal", method: post, path: "/portal", op: "OpenPortal", scoped: true, serve: (*exchange).openPortal},
		{name: "reports", method: get, path: "/reports", op: "ReportMonths", scoped: true, serve: (*exchange).reportsPage},
		{name: "start_report", method: post, path: "/reports", op: "Report", scoped: true, serve: (*exchange).startReport},
		{name: "report", method: get, path: "/reports/{month}", op: "ReportMonths", scoped: true, serve: (*exchange).reportPage},
		{name: "report_file", method: get, path: "/reports/{month}/file", op: "CollectReport", scoped: true, serve: (*exchange).reportFile},
		{name: "audit", method: get, path: "/audit", op: "Audit", scoped: true, serve: (*exchange).auditPage},
	}
}

// home leads to the first page that the person may see (C2, O2, C3). Somebody who may see none is led to usage, which
// says so.
func (x *exchange) home() error {
	if _, err := x.query(); err != nil {
		return err
	}
	to := "usage"
	if own := x.own(); own == nil || !own.Can("Usage") {
		switch {
		case own != nil && own.Can("BillingEmail"):
			to = "settings"
		case x.session.Can("Clients"):
			to = "clients"
		}
	}
	return x.redirect(x.portal.pages.path(to, ""))
}

// own is the caller's own account, for what a page draws beside its panel; nil when there is none.
func (x *exchange) own() *billing.Account {
	if x.principal.Account == "" {
		return nil
	}
	account, err := x.session.Account(x.r.Context(), x.principal.Account)
	if err != nil {
		return nil
	}
	return account
}
