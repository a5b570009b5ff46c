package provider

// Capability names an ability beyond the mandatory part.
type Capability string

// The abilities of a payment provider.
const (
	CanUpdateEmail     Capability = "email.update"
	CanFindEmail       Capability = "email.find"
	CanReadPDF         Capability = "invoice.pdf"
	CanOpenPortal      Capability = "portal.session"
	CanLinkLogin       Capability = "portal.login"
	CanTellNextInvoice Capability = "invoice.next"
	CanListDiscounts   Capability = "discounts"
	CanListRecipients  Capability = "recipients"
	CanListMethods     Capability = "payment_methods"
	CanIssue           Capability = "invoice.issue"
	CanVoid            Capability = "invoice.void"
	CanCredit          Capability = "invoice.credit"
	CanVerifyWebhook   Capability = "webhook"
	CanTellHealth      Capability = "health"
)

// The abilities of records.
const (
	CanListAccounts   Capability = "accounts"
	CanReadTenants    Capability = "tenants"
	CanReadProjects   Capability = "projects"
	CanReadDaily      Capability = "projects.daily"
	CanReadPlans      Capability = "plans"
	CanAudit          Capability = "audit"
	CanKeepLedger     Capability = "ledger"
	CanKeepInbox      Capability = "inbox"
	CanKeepStatements Capability = "statements"
)

// abilities tells for every capability whether a value has it.
var abilities = []struct {
	name Capability
	has  func(any) bool
}{
	{CanUpdateEmail, has[EmailUpdater]},
	{CanFindEmail, has[EmailFinder]},
	{CanReadPDF, has[PDFReader]},
	{CanOpenPortal, has[PortalOpener]},
	{CanLinkLogin, has[LoginLinker]},
	{CanTellNextInvoice, has[NextInvoicer]},
	{CanListDiscounts, has[DiscountLister]},
	{CanListRecipients, has[RecipientLister]},
	{CanListMethods, has[PaymentMethodLister]},
	{CanIssue, has[Issuer]},
	{CanVoid, has[Voider]},
	{CanCredit, has[Crediter]},
	{CanVerifyWebhook, has[WebhookVerifier]},
	{CanTellHealth, has[HealthChecker]},
	{CanListAccounts, has[AccountLister]},
	{CanReadTenants, has[TenantReader]},
	{CanReadProjects, has[ProjectReader]},
	{CanReadDaily, has[DailyReader]},
	{CanReadPlans, has[PlanReader]},
	{CanAudit, has[AuditLog]},
	{CanKeepLedger, has[Ledger]},
	{CanKeepInbox, has[Inbox]},
	{CanKeepStatements, has[StatementStore]},
}

// As finds an ability of a provider or of records: in the value itself, or in what its Unwrap method gives, and so on.
//
//	if portal, ok := provider.As[provider.PortalOpener](payments); ok { … }
func As[T any](p any) (T, bool) {
	for depth := 0; p != nil && depth < maxWraps; depth++ {
		if found, ok := p.(T); ok {
			return found, true
		}
		switch w := p.(type) {
		case interface{ Unwrap() Payments }:
			p = w.Unwrap()
		case interface{ Unwrap() Records }:
			p = w.Unwrap()
		case interface{ Unwrap() any }:
			p = w.Unwrap()
		default:
			p = nil
		}
	}
	var none T
	return none, false
}

// maxWraps bounds how deep As looks, so that a wrapper of itself ends.
const maxWraps = 32

func has[T any](p any) bool {
	_, ok := As[T](p)
	return ok
}

// Capabilities lists the abilities of a provider or of records, in a fixed order.
func Capabilities(p any) []Capability {
	var out []Capability
	for _, a := range abilities {
		if a.has(p) {
			out = append(out, a.name)
		}
	}
	return out
}

// Missing gives those of the wanted abilities that a value does not have.
func Missing(p any, want ...Capability) []Capability {
	var out []Capability
	for _, w := range want {
		ok := false
		for _, a := range abilities {
			ok = ok || a.name == w && a.has(p)
		}
		if !ok {
			out = append(out, w)
		}
	}
	return out
}
