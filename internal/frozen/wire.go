package frozen

import (
	"github.com/billhatch/billhatch/internal/wire"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/usage/civil"
)

type frozenLine struct {
	Frozen *head `json:"frozen"`
}

type head struct {
	Version   int       `json:"version"`
	Customer  wire.Text `json:"customer,omitempty"`
	Agreement agreement `json:"agreement"`
	Invoices  []bill    `json:"invoices,omitempty"`
	Late      []late    `json:"late,omitempty"`
}

type late struct {
	From   civil.Date  `json:"from"`
	To     civil.Date  `json:"to"`
	Amount wire.Amount `json:"amount"`
}

// bill is an invoice.
type bill struct {
	ID        wire.Text      `json:"id,omitempty"`
	Number    wire.Text      `json:"number,omitempty"`
	Account   wire.Text      `json:"account"`
	Group     wire.Text      `json:"group,omitempty"`
	Customer  wire.Text      `json:"customer_id,omitempty"`
	IssueKey  wire.Text      `json:"issue_key,omitempty"`
	Status    invoice.Status `json:"status"`
	Currency  wire.Text      `json:"currency"`
	Period    civil.Period   `json:"period"`
	Issued    civil.Date     `json:"issued,omitzero"`
	NetDays   *int           `json:"net_days,omitempty"` // not there: the default terms
	DueDate   civil.Date     `json:"due_date,omitzero"`
	Seller    party          `json:"seller,omitzero"`
	Buyer     party          `json:"customer,omitzero"`
	Reference wire.Text      `json:"reference,omitempty"`
	Note      wire.Text      `json:"note,omitempty"`
	Lines     []line         `json:"lines,omitempty"`
	Subtotal  wire.Amount    `json:"subtotal"`
	Taxes     []tax          `json:"taxes,omitempty"`
	Total     wire.Amount    `json:"total"`
	Credited  wire.Amount    `json:"credited,omitzero"`
	Paid      wire.Amount    `json:"paid,omitzero"`
	PaidOn    civil.Date     `json:"paid_on,omitzero"`
}

type party struct {
	Name   wire.Text   `json:"name,omitempty"`
	Lines  []wire.Text `json:"lines,omitempty"`
	Email  wire.Text   `json:"email,omitempty"`
	TaxIDs []wire.Text `json:"tax_ids,omitempty"`
}

// IsZero tells whether nothing is there to be written.
func (p party) IsZero() bool {
	return p.Name == "" && p.Email == "" && len(p.Lines) == 0 && len(p.TaxIDs) == 0
}

type line struct {
	Key         wire.Text   `json:"key"`
	Kind        wire.Text   `json:"kind"`
	Description wire.Text   `json:"description"`
	Tenant      wire.Text   `json:"tenant,omitempty"`
	Project     wire.Text   `json:"project,omitempty"`
	Group       wire.Text   `json:"group,omitempty"`
	Quantity    wire.Number `json:"quantity"`
	Unit        wire.Amount `json:"unit,omitzero"`
	Amount      wire.Amount `json:"amount"`
	Merged      int         `json:"merged"`
}

type tax struct {
	Name   wire.Text   `json:"name"`
	Rate   wire.Number `json:"rate"`
	Base   wire.Amount `json:"base,omitzero"`
	Amount wire.Amount `json:"amount"`
}

func encodeHead(m *Month) *head {
	out := &head{Version: Version, Customer: wire.Text(m.Customer), Agreement: encodeAgreement(&m.Agreement)}
	for i := range m.Invoices {
		out.Invoices = append(out.Invoices, encodeInvoice(&m.Invoices[i]))
	}
	for _, l := range m.Late {
		out.Late = append(out.Late, late{From: l.From, To: l.To, Amount: wire.Amount(l.Amount)})
	}
	return out
}

func (h *head) month() (*Month, error) {
	m := &Month{Customer: string(h.Customer), Agreement: h.Agreement.decode()}
	for i := range h.Invoices {
		inv, err := h.Invoices[i].invoice()
		if err != nil { // guard: Same refuses it, too
			return nil, err
		}
		m.Invoices = append(m.Invoices, inv)
	}
	for _, l := range h.Late {
		m.Late = append(m.Late, Late{From: l.From, To: l.To, Amount: l.Amount.Money()})
	}
	return m, nil
}

func encodeInvoice(inv *invoice.Invoice) bill {
	out := bill{
		ID: wire.Text(inv.ID), Number: wire.Text(inv.Number), Account: wire.Text(inv.Account), Group: wire.Text(inv.Group),
		Customer: wire.Text(inv.CustomerID), IssueKey: wire.Text(inv.IssueKey), Status: inv.Status, Currency: wire.Text(inv.Currency), Period: inv.Period,
		Issued: inv.Issued, DueDate: inv.DueDate, Seller: encodeParty(&inv.Seller), Buyer: encodeParty(&inv.Customer),
		Reference: wire.Text(inv.Reference), Note: wire.Text(inv.Note), Subtotal: wire.Amount(inv.Subtotal),
		Total: wire.Amount(inv.Total), Credited: wire.Amount(inv.Credited), Paid: wire.Amount(inv.Paid), PaidOn: inv.PaidOn,
	}
	if inv.Terms != (invoice.Terms{}) {
		days := inv.Terms.Days()
		out.NetDays = &days
	}
	for i := range inv.Lines {
		l := &inv.Lines[i]
		out.Lines = append(out.Lines, line{
			Key: wire.Text(l.Key), Kind: wire.Text(l.Kind), Description: wire.Text(l.Description), Tenant: wire.Text(l.Tenant),
			Project: wire.Text(l.Project), Group: wire.Text(l.Group), Quantity: wire.Number(l.Quantity),
			Unit: wire.Amount(l.Unit), Amount: wire.Amount(l.Amount), Merged: l.Merged,
		})
	}
	for i := range inv.Taxes {
		t := &inv.Taxes[i]
		out.Taxes = append(out.Taxes, tax{
			Name: wire.Text(t.Name), Rate: wire.Number(t.Rate), Base: wire.Amount(t.Base), Amount: wire.Amount(t.Amount),
		})
	}
	return out
}

func (b *bill) invoice() (invoice.Invoice, error) {
	out := invoice.Invoice{
		ID: string(b.ID), Number: string(b.Number), Account: string(b.Account), Group: string(b.Group),
		CustomerID: string(b.Customer), IssueKey: string(b.IssueKey), Status: b.Status, Currency: string(b.Currency), Period: b.Period, Issued: b.Issued,
		DueDate: b.DueDate, Seller: b.Seller.decode(), Customer: b.Buyer.decode(), Reference: string(b.Reference),
		Note: string(b.Note), Subtotal: b.Subtotal.Money(), Total: b.Total.Money(), Credited: b.Credited.Money(),
		Paid: b.Paid.Money(), PaidOn: b.PaidOn,
	}
	if b.NetDays != nil {
		var err error
		if out.Terms, err = invoice.Net(*b.NetDays); err != nil { // guard: Same refuses it, too
			return out, err
		}
	}
	for i := range b.Lines {
		l := &b.Lines[i]
		out.Lines = append(out.Lines, invoice.Line{
			Key: string(l.Key), Kind: invoice.LineKind(l.Kind), Description: string(l.Description), Tenant: string(l.Tenant),
			Project: string(l.Project), Group: string(l.Group), Quantity: l.Quantity.Decimal(), Unit: l.Unit.Money(),
			Amount: l.Amount.Money(), Merged: l.Merged,
		})
	}
	for i := range b.Taxes {
		t := &b.Taxes[i]
		out.Taxes = append(out.Taxes, invoice.Tax{
			Name: string(t.Name), Rate: t.Rate.Decimal(), Base: t.Base.Money(), Amount: t.Amount.Money(),
		})
	}
	return out, nil
}

func encodeParty(p *invoice.Party) party {
	return party{Name: wire.Text(p.Name), Lines: texts(p.Lines), Email: wire.Text(p.Email), TaxIDs: texts(p.TaxIDs)}
}

func (p *party) decode() invoice.Party {
	return invoice.Party{Name: string(p.Name), Lines: strings(p.Lines), Email: string(p.Email), TaxIDs: strings(p.TaxIDs)}
}

func texts(in []string) []wire.Text {
	var out []wire.Text
	for _, s := range in {
		out = append(out, wire.Text(s))
	}
	return out
}

func strings(in []wire.Text) []string {
	var out []string
	for _, s := range in {
		out = append(out, string(s))
	}
	return out
}
