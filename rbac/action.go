package rbac

import "slices"

// Action is something that a principal may be allowed to do. The set is closed; see [Actions].
type Action string

// The actions.
const (
	ViewBillingEmail   Action = "billing_email.view"   // see the billing email (O2)
	UpdateBillingEmail Action = "billing_email.update" // change it (O6)
	OpenPortal         Action = "portal.open"          // open the payment provider's portal (O3, C10)
	DownloadReport     Action = "report.download"      // download the itemised report (O7)
	ReportEveryTenant  Action = "report.every_tenant"  // have every tab in it, sensitive tenants too (O12)
	ViewUsage          Action = "usage.view"           // the usage panel (C4)
	ViewAdjustments    Action = "adjustments.view"     // discounts, adjustments and their history (C4)
	ViewInvoices       Action = "invoices.view"        // list and details (C6)
	DownloadPDF        Action = "invoices.pdf"         // the invoice as a document (C9)
	ViewRecipients     Action = "recipients.view"      // masked recipients (C7)
	RevealRecipient    Action = "recipients.reveal"    // the address itself (C7)
	EditRecipients     Action = "recipients.edit"      // the link to the tenant settings (C7)
	ViewPaymentMethods Action = "payment_methods.view" // brand, last digits and expiry (C2)
	ListClients        Action = "clients.list"         // the clients of a partner organisation (C3)
	ViewAudit          Action = "audit.view"           // the audit trail (C17)
)

var actions = []Action{
	ViewBillingEmail, UpdateBillingEmail, OpenPortal, DownloadReport, ReportEveryTenant, ViewUsage, ViewAdjustments,
	ViewInvoices, DownloadPDF, ViewRecipients, RevealRecipient, EditRecipients, ViewPaymentMethods, ListClients, ViewAudit,
}

// Actions gives every action there is, in a fixed order.
func Actions() []Action { return slices.Clone(actions) }

// Valid tells whether the action is in the set.
func (a Action) Valid() bool { return a.index() >= 0 }

// index is the place of the action in the set, or -1.
func (a Action) index() int {
	for i := range actions {
		if actions[i] == a {
			return i
		}
	}
	return -1
}

// Role is the name of a role. Roles are whatever a policy lists: a host adds its own without touching library code.
type Role string

// The roles of the organisation portal (O1).
const (
	Admin         Role = "admin"
	FullMember    Role = "full_member"
	Sales         Role = "sales" // no billing rights at all, but a role that is known
	Billing       Role = "billing"
	ExternalGuest Role = "external_guest"
)

// The roles of the client portal (C1).
const (
	ClientAdmin   Role = "client_admin"
	ClientManager Role = "client_manager"
	ClientStaff   Role = "client_staff"
	PartnerAdmin  Role = "partner_admin"
	PartnerUser   Role = "partner_user"
)
