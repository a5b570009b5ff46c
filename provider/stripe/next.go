package stripe

import (
	"context"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// NextInvoice gives the day on which the first of the customer's subscriptions ends its period, for then Stripe makes the
// invoice. A customer who is invoiced by [Provider.Issue] alone has none planned at Stripe, and gets the zero date.
func (p *Provider) NextInvoice(ctx context.Context, customer string) (civil.Date, error) {
	const op = "NextInvoice"
	if !customerID.MatchString(customer) {
		return civil.Date{}, provider.NotFound(op)
	}
	subscriptions, err := p.subscriptions(ctx, op, customer)
	if err != nil {
		return civil.Date{}, err
	}
	if len(subscriptions) == 0 {
		_, err := p.customer(ctx, op, customer) // nothing has told whether there is such a customer
		return civil.Date{}, err
	}
	first, ending := int64(0), false
	for _, s := range subscriptions {
		switch {
		case !renews[s.Status] || s.PauseCollection != nil:
		case s.CancelAtPeriodEnd:
			ending = true
		case first == 0 || s.CurrentPeriodEnd < first:
			first = s.CurrentPeriodEnd
		}
	}
	if first == 0 && ending {
		return p.lastInvoice(ctx, op, customer)
	}
	return dateOf(first), nil
}

// renews are the statuses in which a subscription makes invoices.
var renews = map[stripe.SubscriptionStatus]bool{
	stripe.SubscriptionStatusActive: true, stripe.SubscriptionStatusTrialing: true, stripe.SubscriptionStatusPastDue: true,
}

// lastInvoice asks Stripe itself about subscriptions that end: there may be an invoice for what has been used.
func (p *Provider) lastInvoice(ctx context.Context, op, customer string) (civil.Date, error) {
	return read(ctx, p, op, func(ctx context.Context, c *clients) (civil.Date, error) {
		params := &stripe.InvoiceUpcomingParams{Customer: stripe.String(customer)}
		params.Context = ctx
		inv, err := c.invoices.Upcoming(params)
		switch {
		case hasCode(err, "invoice_upcoming_none"):
			return civil.Date{}, nil
		case err != nil:
			return civil.Date{}, err
		case inv.Customer == nil || inv.Customer.ID != customer || inv.Livemode != p.cfg.Live:
			return civil.Date{}, foreign("an invoice of somebody else")
		}
		return dateOf(inv.PeriodEnd), nil
	})
}

// subscriptionPages bounds how many pages of subscriptions are read.
const subscriptionPages = 5

// subscriptions gives the subscriptions of a customer that have not been cancelled. None says nothing about the customer.
func (p *Provider) subscriptions(ctx context.Context, op, customer string) ([]*stripe.Subscription, error) {
	var all []*stripe.Subscription
	after := ""
	for range subscriptionPages {
		list, err := read(ctx, p, op, func(ctx context.Context, c *clients) (*stripe.SubscriptionList, error) {
			params := &stripe.SubscriptionListParams{
				Customer: stripe.String(customer), Expand: stripe.StringSlice([]string{"data.customer"}),
			}
			params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(provider.MaxPage)
			params.StartingAfter = optional(after)
			it := c.subscriptions.List(params)
			return it.SubscriptionList(), it.Err()
		})
		if err != nil {
			return nil, err
		}
		for _, s := range list.Data {
			if err := p.checkCustomer(s.Customer, customer); err != nil {
				return nil, named(op, err)
			}
		}
		all = append(all, list.Data...)
		if !list.HasMore || len(list.Data) == 0 {
			break
		}
		after = list.Data[len(list.Data)-1].ID
	}
	return all, nil
}
