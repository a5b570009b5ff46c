package stripe

import (
	"context"
	"fmt"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/provider"
)

// PaymentMethods gives the ways in which a customer pays, as Stripe orders them: at most 100, which nobody has.
func (p *Provider) PaymentMethods(ctx context.Context, customer string) ([]provider.PaymentMethod, error) {
	const op = "PaymentMethods"
	owner, err := p.customer(ctx, op, customer)
	if err != nil {
		return nil, err
	}
	list, err := read(ctx, p, op, func(ctx context.Context, c *clients) (*stripe.PaymentMethodList, error) {
		params := &stripe.CustomerListPaymentMethodsParams{Customer: stripe.String(customer)}
		params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(provider.MaxPage)
		it := c.customers.ListPaymentMethods(params)
		return it.PaymentMethodList(), it.Err()
	})
	if err != nil {
		return nil, err
	}
	usual := defaultMethod(owner)
	var out []provider.PaymentMethod
	for _, m := range list.Data {
		if m.ID == "" || m.Livemode != p.cfg.Live || m.Customer != nil && m.Customer.ID != customer {
			return nil, named(op, foreign("a payment method of somebody else"))
		}
		method := methodOf(m)
		method.Default = m.ID == usual
		out = append(out, method)
	}
	return out, nil
}

// defaultMethod is what invoices are paid with unless they say otherwise: the method of the invoice settings, else the
// source of the time before there were methods.
func defaultMethod(c *stripe.Customer) string {
	if c.InvoiceSettings != nil && c.InvoiceSettings.DefaultPaymentMethod != nil {
		return c.InvoiceSettings.DefaultPaymentMethod.ID
	}
	if c.DefaultSource != nil {
		return c.DefaultSource.ID
	}
	return ""
}

// methodOf gives what may be shown of a payment method: no names, no addresses, no numbers but the last digits.
func methodOf(m *stripe.PaymentMethod) provider.PaymentMethod {
	out := provider.PaymentMethod{ID: m.ID, Kind: string(m.Type)}
	switch {
	case m.Card != nil:
		out.Brand, out.Last4 = string(m.Card.Brand), m.Card.Last4
		if m.Card.ExpYear > 0 && m.Card.ExpMonth > 0 {
			out.Expires = fmt.Sprintf("%04d-%02d", m.Card.ExpYear, m.Card.ExpMonth)
		}
	case m.USBankAccount != nil:
		out.Brand, out.Last4 = m.USBankAccount.BankName, m.USBankAccount.Last4
	case m.SEPADebit != nil:
		out.Last4 = m.SEPADebit.Last4
	case m.BACSDebit != nil:
		out.Last4 = m.BACSDebit.Last4
	case m.AUBECSDebit != nil:
		out.Last4 = m.AUBECSDebit.Last4
	case m.ACSSDebit != nil:
		out.Brand, out.Last4 = m.ACSSDebit.BankName, m.ACSSDebit.Last4
	}
	return out
}

// Recipients gives the customer's one address in both groups. Stripe has one address for each customer, and mails
// everything there: invoices and receipts, and what it has to say about subscriptions and cards. A host that keeps lists
// of its own wraps the provider with a Recipients method of its own. It is never provider.ErrSyncing.
func (p *Provider) Recipients(ctx context.Context, customer string) (provider.Recipients, error) {
	c, err := p.customer(ctx, "Recipients", customer)
	if err != nil {
		return provider.Recipients{}, err
	}
	email := customerOf(c).Email
	if email.IsZero() {
		return provider.Recipients{}, nil
	}
	one := provider.Recipient{ID: recipientID, Email: email}
	return provider.Recipients{Invoices: []provider.Recipient{one}, Changes: []provider.Recipient{one}}, nil
}

// recipientID names the one recipient that a customer has, whatever its address.
const recipientID = "billing_email"
