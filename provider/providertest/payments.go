package providertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// PaymentsHarness says how a payment provider is tested.
type PaymentsHarness struct {
	// New makes an empty world. It is called once for every case, from parallel subtests.
	New func(t *testing.T) PaymentsWorld
	// Want declares the abilities: exactly those that provider.As finds. See [PaymentAbilities] for all of them.
	Want []provider.Capability
	// Lacks names functions of the world for which the provider has no counterpart, such as "SetSyncing". The cases that
	// need them are skipped.
	Lacks []string
}

// PaymentsWorld is a payment provider and what puts data into it. Customers and invoices are named by their ids. The
// first four fields are required, the others belong to the abilities whose names they bear.
type PaymentsWorld struct {
	Payments    provider.Payments
	Now         func() time.Time
	AddCustomer func(c provider.Customer) (id string) // with name, currency, and an address or none; the id is chosen here
	// AddInvoice adds an invoice with at least status, currency, period, terms, lines and totals, and gives it back with
	// its id. Of those that are issued, Issued is the issue date; they are added oldest first.
	AddInvoice func(customer string, inv invoice.Invoice) invoice.Invoice

	DeleteCustomer func(customer string)
	SetStatus      func(id string, s invoice.Status) // invoice.Unknown stands for a status that nobody has heard of

	Advance func(d time.Duration) // moves the clock
	// LoseAnswer makes the next call of a method, such as "Issue", do its work and then fail with provider.ErrUnknown.
	LoseAnswer func(method string)

	MaxPDF      int64                             // the largest document in bytes
	SetDocument func(invoice string, body []byte) // replaces a document; empty: there is none

	// SessionCustomer tells for whom the provider has made a portal session.
	SessionCustomer func(link provider.SecretURL) (customer string, ok bool)

	SetNextInvoice func(customer string, on civil.Date) // zero: none is planned
	AddDiscount    func(customer string, d usage.Discount)
	AddAdjustment  func(customer string, a usage.Adjustment)
	SetRecipients  func(customer string, invoices, changes []string) // addresses; an address keeps its id
	SetSyncing     func(customer string, syncing bool)
	SetMethods     func(customer string, methods ...provider.PaymentMethod)
	SetHealth      func(problems ...provider.Problem)

	Payload func(e provider.Event) []byte             // what the provider would deliver for an event
	Sign    func(payload []byte, at time.Time) string // the header's value, as the provider would sign at a time
	Forge   func(payload []byte, at time.Time) string // the same with a secret that is not the provider's
}

// PaymentAbilities are all abilities of a payment provider.
func PaymentAbilities() []provider.Capability {
	return abilitiesOf(paymentGroups())
}

// Payments checks a payment provider against its contract.
func Payments(t *testing.T, h PaymentsHarness) {
	t.Helper()
	t.Run("the declared abilities are those that are there", func(t *testing.T) {
		t.Parallel()
		declaredPayments(&check{t}, h, h.New(t))
	})
	runGroups(t, plan{h.Want, h.Lacks}, paymentGroups(), func(t *testing.T, c *check, need needs) *pay {
		t.Helper()
		return newPay(c, h.New(t), need)
	})
}

func declaredPayments(c *check, h PaymentsHarness, world PaymentsWorld) {
	c.Helper()
	checkLacks(c, world, h.Lacks, requiredOfPayments())
	compare(c, provider.Capabilities(world.Payments), h.Want, PaymentAbilities())
}

func requiredOfPayments() []string {
	return []string{"Payments", "Now", "AddCustomer", "AddInvoice"}
}

// paymentGroups are all cases.
func paymentGroups() []group[*pay] {
	return []group[*pay]{
		customerCases(), invoiceCases(), invoicePageCases(),
		updateEmailCases(), findEmailCases(), pdfCases(), portalCases(), loginCases(), nextInvoiceCases(), discountCases(),
		recipientCases(), methodCases(), issueCases(), voidCases(), creditCases(), webhookCases(), healthCases(),
	}
}

func abilitiesOf[W any](groups []group[W]) []provider.Capability {
	var out []provider.Capability
	for i := range groups {
		if groups[i].ability != "" {
			out = append(out, groups[i].ability)
		}
	}
	return out
}

// pay is what a case works with.
type pay struct {
	*check
	PaymentsWorld
	p provider.Payments
	n int // customers so far
}

func newPay(c *check, world PaymentsWorld, need needs) *pay {
	c.Helper()
	demand(c, world, world.Payments, requiredOfPayments(), need)
	return &pay{check: c, PaymentsWorld: world, p: world.Payments}
}

// customer adds a customer with an address.
func (p *pay) customer() string {
	p.Helper()
	p.n++
	return p.customerWith(p.email(fmt.Sprintf("customer-%d", p.n)))
}

func (p *pay) customerWith(email provider.Email) string {
	p.Helper()
	id := p.AddCustomer(provider.Customer{Name: "Customer", Email: email, Currency: "USD"})
	p.that(id != "", "AddCustomer gave no id")
	return id
}

// absent is an id that looks like one and is of nobody.
const absent = "absent_0000000000000000"

// day is the date so many days ago.
func (p *pay) day(ago int) civil.Date { return civil.DateOf(p.Now(), time.UTC).AddDays(-ago) }

// draft is an invoice of one line that is not issued yet.
func (p *pay) draft(amount string) invoice.Invoice {
	p.Helper()
	return p.draftOf(invoice.Line{
		Key: "fee/base", Kind: invoice.Fee, Description: "Base fee", Quantity: one, Unit: p.dollars(amount),
		Amount: p.dollars(amount), Merged: 1,
	})
}

func (p *pay) draftOf(lines ...invoice.Line) invoice.Invoice {
	p.Helper()
	month, err := civil.MonthOf(p.Now(), time.UTC)
	p.ok(err, "the world's month")
	inv := invoice.Invoice{Status: invoice.Draft, Currency: "USD", Period: month.Prev(), Lines: lines}
	inv.Customer.Name = "Customer"
	inv.Subtotal = p.dollars("0")
	for i := range lines {
		inv.Subtotal, err = inv.Subtotal.Add(lines[i].Amount)
		p.ok(err, "sum of the lines")
	}
	inv.Total = inv.Subtotal
	return inv
}

// invoice adds an invoice of 100.00 that was issued so many days ago.
func (p *pay) invoice(customer string, status invoice.Status, ago int) string {
	p.Helper()
	inv := p.draft("100")
	if inv.Status = status; status != invoice.Draft {
		inv.Issued = p.day(ago)
	}
	if status == invoice.Unknown {
		inv.Status = invoice.Open
	}
	id := p.AddInvoice(customer, inv).ID
	p.that(id != "", "AddInvoice gave no id")
	if status == invoice.Unknown {
		p.SetStatus(id, invoice.Unknown)
	}
	return id
}

// read reads an invoice that must be there.
func (p *pay) read(customer, id string) invoice.Invoice {
	p.Helper()
	inv, err := p.p.Invoice(p.Context(), customer, id)
	p.ok(err, fmt.Sprintf("invoice %s", id))
	return inv
}

// list reads all invoices of a customer; there are less than 100 of them.
func (p *pay) list(customer string, filter provider.InvoiceFilter) []invoice.Invoice {
	p.Helper()
	page, err := p.p.Invoices(p.Context(), provider.InvoiceQuery{Customer: customer, Filter: filter, Limit: provider.MaxPage})
	p.ok(err, "invoices of the customer")
	same(p.check, "cursor after all invoices", page.Next, "")
	return page.Invoices
}

func ids(list []invoice.Invoice) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].ID
	}
	return out
}

// current reads a customer that must be there.
func (p *pay) current(id string) provider.Customer {
	p.Helper()
	got, err := p.p.Customer(p.Context(), id)
	p.ok(err, fmt.Sprintf("customer %s", id))
	return got
}
