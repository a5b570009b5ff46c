package billing

import (
	"slices"

	"github.com/billhatch/billhatch/rbac"
)

// Operation is one line of the table that says what every operation needs.
type Operation struct {
	Name    string // the method of Account or Session
	Action  rbac.Action
	Audited bool // recorded before it happens, or it does not happen
	Fresh   bool // the host is asked again for role and assignment at the moment of the act
}

// operations is the table. An operation that does not stand here cannot be begun.
var operations = []Operation{
	{Name: "BillingEmail", Action: rbac.ViewBillingEmail},
	{Name: "ChangeBillingEmail", Action: rbac.UpdateBillingEmail, Audited: true, Fresh: true},
	{Name: "Portal", Action: rbac.OpenPortal},
	{Name: "OpenPortal", Action: rbac.OpenPortal, Audited: true, Fresh: true},
	{Name: "Usage", Action: rbac.ViewUsage},
	{Name: "History", Action: rbac.ViewAdjustments},
	{Name: "Invoices", Action: rbac.ViewInvoices},
	{Name: "Invoice", Action: rbac.ViewInvoices},
	{Name: "InvoicePDF", Action: rbac.DownloadPDF, Audited: true},
	{Name: "Recipients", Action: rbac.ViewRecipients},
	{Name: "RecipientSettings", Action: rbac.EditRecipients},
	{Name: "RevealRecipient", Action: rbac.RevealRecipient, Audited: true, Fresh: true},
	{Name: "PaymentMethods", Action: rbac.ViewPaymentMethods},
	{Name: "Report", Action: rbac.DownloadReport, Audited: true},
	{Name: "CollectReport", Action: rbac.DownloadReport, Audited: true},
	{Name: "ReportMonths", Action: rbac.DownloadReport},
	{Name: "Audit", Action: rbac.ViewAudit},
	{Name: "Clients", Action: rbac.ListClients, Fresh: true},
}

// Operations gives a copy of the table of operations.
func Operations() []Operation { return slices.Clone(operations) }

// operation finds a line of the table. An unknown name needs an action that nobody can have.
func operation(name string) Operation {
	for _, op := range operations {
		if op.Name == name {
			return op
		}
	}
	return Operation{Name: name}
}
