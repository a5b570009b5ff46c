package portal

import "net/http"

// apiRoutes is every operation of the JSON API. The name of a route is the operationId in openapi.yaml after "api_".
func apiRoutes() []route {
	const get, post, put = http.MethodGet, http.MethodPost, http.MethodPut
	routes := []route{
		{name: "api_openapi", method: get, path: "/api/openapi.yaml", serve: (*exchange).apiOpenAPI},
		{name: "api_me", method: get, path: "/api/me", serve: (*exchange).apiMe},
		{name: "api_clients", method: get, path: "/api/clients", op: "Clients", serve: (*exchange).apiClients},

		{name: "api_usage", method: get, path: "/usage", op: "Usage", scoped: true, serve: (*exchange).apiUsage},
		{name: "api_history", method: get, path: "/history", op: "History", scoped: true, serve: (*exchange).apiHistory},
		{name: "api_invoices", method: get, path: "/invoices", op: "Invoices", scoped: true, serve: (*exchange).apiInvoices},
		{name: "api_invoice", method: get, path: "/invoices/{invoice}", op: "Invoice", scoped: true, serve: (*exchange).apiInvoice},
		{name: "api_invoice_pdf", method: get, path: "/invoices/{invoice}/pdf", op: "InvoicePDF", scoped: true, serve: (*exchange).invoicePDF},
		{name: "api_payment_methods", method: get, path: "/payment-methods", op: "PaymentMethods", scoped: true, serve: (*exchange).apiMethods},
		{name: "api_recipients", method: get, path: "/recipients", op: "Recipients", scoped: true, serve: (*exchange).apiRecipients},
		{name: "api_recipient_settings", method: get, path: "/recipient-settings", op: "RecipientSettings", scoped: true, serve: (*exchange).apiRecipientSettings},
		{name: "api_reveal_recipient", method: post, path: "/recipients/{recipient}/reveal", op: "RevealRecipient", scoped: true, serve: (*exchange).apiReveal},
		{name: "api_billing_email", method: get, path: "/billing-email", op: "BillingEmail", scoped: true, serve: (*exchange).apiEmail},
		{name: "api_change_email", method: put, path: "/billing-email", op: "ChangeBillingEmail", scoped: true, serve: (*exchange).apiChangeEmail},
		{name: "api_portal", method: get, path: "/portal", op: "Portal", scoped: true, serve: (*exchange).apiPortal},
		{name: "api_open_portal", method: post, path: "/portal-sessions", op: "OpenPortal", scoped: true, serve: (*exchange).apiOpenPortal},
		{name: "api_report_months", method: get, path: "/report-months", op: "ReportMonths", scoped: true, serve: (*exchange).apiReportMonths},
		{name: "api_start_report", method: post, path: "/reports", op: "Report", scoped: true, serve: (*exchange).apiStartReport},
		{name: "api_report", method: get, path: "/reports/{month}", op: "ReportMonths", scoped: true, serve: (*exchange).apiReport},
		{name: "api_report_file", method: get, path: "/reports/{month}/file", op: "CollectReport", scoped: true, serve: (*exchange).apiReportFile},
		{name: "api_audit", method: get, path: "/audit", op: "Audit", scoped: true, serve: (*exchange).apiAudit},
	}
	for i := range routes {
		routes[i].kind = api
	}
	return routes
}
