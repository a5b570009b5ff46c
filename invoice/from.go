package invoice

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// Options say what an invoice needs beyond the statement.
type Options struct {
	Terms     Terms
	Issued    civil.Date // zero: the first day after the period (O8)
	Seller    Party
	Customer  Party
	Reference string
	Note      string

	PerGroup bool // one invoice for each group (O10); what has no group goes on an invoice of its own
	MaxLines int  // 0: [MaxLines]
	OmitZero bool // leave out lines of nothing; by default every tenant and meter has its line
}

// FromStatement makes the invoices of a final statement: one, or with PerGroup one for each group. They are drafts
// without numbers and taxes; the sum of their totals is the total of the statement.
//
// There is one line for each tenant and group, each meter and fee of a project, and each charge of the account, in
// this order. Beyond MaxLines the first tenants and projects keep their lines, and the rest is put together into one
// line for each group and each meter or fee: amounts and quantities are summed, nothing is left out. A discount is
// divided over the invoices in proportion to what it was taken from.
//
// Errors are [ErrNotFinal], [ErrTotals] (the statement does not add up), [ErrNegativeTotal] (credits beyond the
// charges) and [ErrLines] (more charges of the account than lines).
func FromStatement(st *usage.Statement, opt Options) ([]Invoice, error) {
	if !st.IsFinal() {
		return nil, &Error{Kind: ErrNotFinal, Detail: st.Period.String() + " is " + st.Finality.String()}
	}
	if err := st.Verify(); err != nil {
		return nil, &Error{Kind: ErrTotals, Err: err}
	}
	if opt.MaxLines <= 0 || opt.MaxLines > MaxLines {
		opt.MaxLines = MaxLines
	}
	b := &builder{st: st, opt: opt, bills: map[string]*bill{}}
	if err := b.build(); err != nil {
		return nil, err
	}
	return b.finish()
}

// builder sorts the parts of a statement onto invoices.
type builder struct {
	st    *usage.Statement
	opt   Options
	bills map[string]*bill // by group
}

// bill is an invoice in the making.
type bill struct {
	parts   []part // can be put together
	charges []Line
	bases   map[usage.Target]money.Amount
}

func (b *builder) bill(group string) *bill {
	if !b.opt.PerGroup {
		group = ""
	}
	got, ok := b.bills[group]
	if !ok {
		got = &bill{bases: map[usage.Target]money.Amount{}}
		b.bills[group] = got
	}
	return got
}

func (b *builder) build() error {
	b.bill("") // an empty statement still has its invoice
	for i := range b.st.Tenants {
		t := &b.st.Tenants[i]
		for g := range t.Groups {
			if err := b.seats(t, &t.Groups[g]); err != nil {
				return err
			}
		}
	}
	for i := range b.st.Projects {
		if err := b.project(&b.st.Projects[i]); err != nil {
			return err
		}
	}
	for i := range b.st.Charges {
		if err := b.charge(&b.st.Charges[i]); err != nil {
			return err
		}
	}
	return nil
}

// count adds an amount to what discounts were taken from.
func (bl *bill) count(target usage.Target, a money.Amount) error {
	old, ok := bl.bases[target]
	if !ok {
		bl.bases[target] = a
		return nil
	}
	sum, err := old.Add(a)
	bl.bases[target] = sum
	return err
}

func (b *builder) charge(c *usage.Charge) error {
	switch c.Kind {
	case usage.ChargeDiscount:
		return b.discount(c)
	case usage.ChargeShared:
		bl := b.bill("")
		bl.charges = append(bl.charges, b.sharedLine(c))
		return bl.count(usage.OnMetered, c.Amount)
	case usage.ChargeMinimum:
		bl := b.bill(c.Group)
		bl.charges = append(bl.charges, chargeLine(c, Seats, c.Amount))
		return bl.count(usage.OnSeats, c.Amount)
	case usage.ChargeFee:
		bl := b.bill("")
		bl.charges = append(bl.charges, chargeLine(c, Fee, c.Amount))
		return bl.count(usage.OnFees, c.Amount)
	default:
		bl := b.bill("")
		bl.charges = append(bl.charges, chargeLine(c, Adjustment, c.Amount))
		return nil
	}
}

// discount divides a discount over the invoices by what it was taken from.
func (b *builder) discount(c *usage.Charge) error {
	groups := b.groups()
	weights := make([]int64, len(groups))
	var sum int64
	for i, group := range groups {
		w, err := b.bills[group].base(c.Discount.Discount.On)
		if err != nil {
			return &Error{Kind: ErrTotals, Err: err}
		}
		weights[i] = w
		sum += w
	}
	if sum == 0 {
		weights[0] = 1
	}
	parts, err := c.Amount.Allocate(weights...)
	if err != nil {
		return &Error{Kind: ErrTotals, Err: err}
	}
	for i, group := range groups {
		if weights[i] == 0 {
			continue
		}
		bl := b.bills[group]
		bl.charges = append(bl.charges, chargeLine(c, Discount, parts[i]))
	}
	return nil
}

// base is what a discount on target was taken from on this invoice, in minor units.
func (bl *bill) base(target usage.Target) (int64, error) {
	targets := []usage.Target{target}
	if target == usage.OnEverything {
		targets = []usage.Target{usage.OnSeats, usage.OnFees, usage.OnMetered}
	}
	var sum int64
	for _, t := range targets {
		a, ok := bl.bases[t]
		if !ok {
			continue
		}
		minor, err := a.Minor()
		if err != nil {
			return 0, err
		}
		sum += minor
	}
	return sum, nil
}

// groups gives the names of the invoices in order.
func (b *builder) groups() []string {
	names := make([]string, 0, len(b.bills))
	for name := range b.bills {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// finish makes the invoices and checks that they sum to the statement.
func (b *builder) finish() ([]Invoice, error) {
	var out []Invoice
	totals := []money.Amount{}
	for _, group := range b.groups() {
		bl := b.bills[group]
		if group == "" && len(b.bills) > 1 && len(bl.parts)+len(bl.charges) == 0 {
			continue
		}
		inv, err := b.invoice(group, bl)
		if err != nil {
			return nil, err
		}
		out = append(out, inv)
		totals = append(totals, inv.Total)
	}
	sum, err := money.Sum(b.st.Currency, totals...)
	if err != nil || !sum.Equal(b.st.Total) {
		return nil, &Error{Kind: ErrTotals, Err: err, Detail: fmt.Sprintf("invoices sum to %s, the statement to %s", sum, b.st.Total)}
	}
	return out, nil
}

func (b *builder) invoice(group string, bl *bill) (Invoice, error) {
	lines, err := bl.lines(b.opt)
	if err != nil {
		return Invoice{}, err
	}
	inv := Invoice{
		Account: b.st.Account.ID, Group: group, Status: Draft, Currency: b.st.Currency, Period: b.st.Period,
		Issued: b.opt.Issued, Terms: b.opt.Terms, Seller: b.opt.Seller, Customer: b.opt.Customer,
		Reference: b.opt.Reference, Note: b.opt.Note, Lines: lines,
	}
	if inv.Issued.IsZero() {
		inv.Issued = NextDate(b.st.Period)
	}
	amounts := make([]money.Amount, len(lines))
	for i := range lines {
		amounts[i] = lines[i].Amount
	}
	if inv.Subtotal, err = money.Sum(inv.Currency, amounts...); err != nil {
		return inv, &Error{Kind: ErrTotals, Err: err}
	}
	inv.Total = inv.Subtotal
	if inv.Total.Sign() < 0 {
		return inv, &Error{Kind: ErrNegativeTotal, Detail: cmp.Or(group, "the account") + ": " + inv.Total.String()}
	}
	return inv, nil
}

// Verify adds the invoice up again: lines to subtotal, subtotal and taxes to the total, one currency throughout.
// A difference is ErrTotals, more than [MaxLines] lines ErrLines.
func (inv *Invoice) Verify() error {
	if len(inv.Lines) > MaxLines {
		return &Error{Kind: ErrLines, Detail: fmt.Sprintf("%d, at most %d", len(inv.Lines), MaxLines)}
	}
	amounts := make([]money.Amount, len(inv.Lines))
	for i := range inv.Lines {
		amounts[i] = inv.Lines[i].Amount
	}
	sum, err := money.Sum(inv.Currency, amounts...)
	if err != nil || !sum.Equal(inv.Subtotal) {
		return &Error{Kind: ErrTotals, Err: err, Detail: fmt.Sprintf("lines sum to %s, the subtotal is %s", sum, inv.Subtotal)}
	}
	parts := []money.Amount{inv.Subtotal}
	for i := range inv.Taxes {
		parts = append(parts, inv.Taxes[i].Amount)
	}
	total, err := money.Sum(inv.Currency, parts...)
	if err != nil || !total.Equal(inv.Total) {
		return &Error{Kind: ErrTotals, Err: err, Detail: fmt.Sprintf("subtotal and taxes sum to %s, the total is %s", total, inv.Total)}
	}
	return nil
}
