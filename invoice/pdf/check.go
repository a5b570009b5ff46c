package pdf

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
)

func invoiceError(format string, args ...any) error {
	return &Error{Kind: ErrInvoice, Detail: fmt.Sprintf(format, args...)}
}

// check refuses an invoice whose figures are missing, in another currency, or do not add up. It computes the sums
// that are carried from page to page and the amount due.
func (b *builder) check() error {
	inv := b.inv
	if inv == nil {
		return invoiceError("it is nil")
	}
	if err := checkSize(inv); err != nil {
		return err
	}
	sum, err := money.Zero(inv.Currency)
	if err != nil {
		return &Error{Kind: ErrInvoice, Detail: "currency", Err: err}
	}
	b.carry = append(make([]money.Amount, 0, len(inv.Lines)+1), sum)
	for i := range inv.Lines {
		line := &inv.Lines[i]
		if err := b.checkLine(line, i+1); err != nil {
			return err
		}
		if sum, err = b.add(sum, line.Amount, fmt.Sprintf("amount of line %d", i+1)); err != nil {
			return err
		}
		b.carry = append(b.carry, sum)
	}
	if !sum.Equal(inv.Subtotal) {
		return invoiceError("the lines do not add up to the subtotal")
	}
	for i := range inv.Taxes {
		tax := &inv.Taxes[i]
		if len(tax.Name) > maxLabel {
			return invoiceError("name of tax %d is longer than %d bytes", i+1, maxLabel)
		}
		if !bounded(tax.Rate) {
			return invoiceError("rate of tax %d is out of range", i+1)
		}
		if tax.Base.IsSet() && tax.Base.Currency() != inv.Currency {
			return invoiceError("base of tax %d is in another currency", i+1)
		}
		if sum, err = b.add(sum, tax.Amount, fmt.Sprintf("amount of tax %d", i+1)); err != nil {
			return err
		}
	}
	if !sum.Equal(inv.Total) {
		return invoiceError("subtotal and taxes do not add up to the total")
	}
	if inv.Credited.IsSet() && inv.Credited.Currency() != inv.Currency {
		return invoiceError("the amount credited is in another currency")
	}
	if inv.Paid.IsSet() && inv.Paid.Currency() != inv.Currency {
		return invoiceError("the amount paid is in another currency")
	}
	if b.due, err = inv.AmountDue(); err != nil {
		return &Error{Kind: ErrInvoice, Detail: "amount due", Err: err}
	}
	return nil
}

func (b *builder) checkLine(line *invoice.Line, n int) error {
	switch {
	case !bounded(line.Quantity):
		return invoiceError("quantity of line %d is out of range", n)
	case line.Unit.IsSet() && line.Unit.Currency() != b.inv.Currency:
		return invoiceError("unit price of line %d is in another currency", n)
	}
	return nil
}

// bounded keeps numbers out whose digits would fill pages: a decimal may hold 1e2147483647. The bounds are those of
// amounts.
func bounded(d decimal.Decimal) bool {
	_, err := money.New(d, "JPY")
	return err == nil
}

// checkSize bounds what the layout has to work through.
func checkSize(inv *invoice.Invoice) error {
	if len(inv.Lines) > MaxLines {
		return &Error{Kind: ErrTooLarge, Detail: fmt.Sprintf("%d lines, want %d at most", len(inv.Lines), MaxLines)}
	}
	if len(inv.Taxes) > MaxTaxes {
		return &Error{Kind: ErrTooLarge, Detail: fmt.Sprintf("%d taxes, want %d at most", len(inv.Taxes), MaxTaxes)}
	}
	size := len(inv.Number) + len(inv.Reference) + len(inv.Note)
	for _, p := range []*invoice.Party{&inv.Seller, &inv.Customer} {
		size += len(p.Name) + len(p.Email)
		for _, s := range p.Lines {
			size += len(s) + 1
		}
		for _, s := range p.TaxIDs {
			size += len(s) + 1
		}
	}
	for i := range inv.Lines {
		size += len(inv.Lines[i].Description)
	}
	if size > MaxText {
		return &Error{Kind: ErrTooLarge, Detail: fmt.Sprintf("%d bytes of text, want %d at most", size, MaxText)}
	}
	return nil
}
