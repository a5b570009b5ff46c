package stripe

import (
	"cmp"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// Events is what a host keeps of Stripe's events. Stripe forgets a discount when it ends, and an event after 30 days.
type Events interface {
	// Bodies gives the bodies, as they were delivered, of a customer's events whose type begins with the prefix, in any
	// order. Of more than 1,000 the first 1,000 are looked at.
	Bodies(ctx context.Context, customer, prefix string) ([][]byte, error)
}

// maxBodies bounds how many events are looked at.
const maxBodies = 1000

// Discounts gives discounts and changes of the customer's balance, newest first. Discounts in force are those that Stripe
// has now; those of the past come out of [Config.Events], and are never in force.
func (p *Provider) Discounts(ctx context.Context, q provider.HistoryQuery) (provider.HistoryPage, error) {
	const op = "Discounts"
	if err := checkLimit(op, q.Limit); err != nil {
		return provider.HistoryPage{}, err
	}
	if !customerID.MatchString(q.Customer) {
		return provider.HistoryPage{}, provider.NotFound(op)
	}
	at, err := p.historyAt(&q)
	if err != nil {
		return provider.HistoryPage{}, named(op, err)
	}
	owner, err := p.customer(ctx, op, q.Customer)
	if err != nil {
		return provider.HistoryPage{}, err
	}
	discounts, err := p.discounts(ctx, op, owner)
	if err != nil {
		return provider.HistoryPage{}, named(op, err)
	}
	changes, more, err := p.balanceChanges(ctx, op, &q, at.change)
	if err != nil {
		return provider.HistoryPage{}, named(op, err)
	}
	return p.mergeHistory(&q, at, discounts, changes, more), nil
}

// place is how far a history has been read: each of its two parts has its own place.
type place struct {
	change   string // the last change of the balance
	start    int64  // of the last discount; 0: none yet
	discount string // its id
}

var changeID = regexp.MustCompile(`^cbtxn_[A-Za-z0-9]{1,64}$`)

func (p *Provider) historyAt(q *provider.HistoryQuery) (place, error) {
	if q.Cursor == "" {
		return place{}, nil
	}
	parts, err := p.unseal(q.Cursor, 3, "discounts", q.Customer)
	if err != nil {
		return place{}, err
	}
	start, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || parts[0] != "" && !changeID.MatchString(parts[0]) {
		return place{}, &provider.Error{Kind: provider.ErrInvalidCursor}
	}
	return place{parts[0], start, parts[2]}, nil
}

// past is an item with when it began.
type past struct {
	provider.HistoryItem
	at int64
}

// mergeHistory takes a page from both parts, newest first.
func (p *Provider) mergeHistory(q *provider.HistoryQuery, at place, discounts, changes []past, more bool) provider.HistoryPage {
	discounts = slices.DeleteFunc(discounts, func(d past) bool {
		return at.start != 0 && (d.at > at.start || d.at == at.start && d.ID <= at.discount)
	})
	var page provider.HistoryPage
	for len(page.Items) < q.Limit && len(discounts)+len(changes) > 0 {
		if len(changes) == 0 || len(discounts) > 0 && discounts[0].at >= changes[0].at {
			page.Items = append(page.Items, discounts[0].HistoryItem)
			at.start, at.discount = discounts[0].at, discounts[0].ID
			discounts = discounts[1:]
			continue
		}
		page.Items = append(page.Items, changes[0].HistoryItem)
		at.change = changes[0].ID
		changes = changes[1:]
	}
	if len(discounts)+len(changes) > 0 || more {
		position := []string{at.change, strconv.FormatInt(at.start, 10), at.discount}
		page.Next = p.seal(position, "discounts", q.Customer)
	}
	return page
}

// balanceChanges reads one change of the balance more than a page may need.
func (p *Provider) balanceChanges(ctx context.Context, op string, q *provider.HistoryQuery, after string) (out []past, more bool, err error) {
	list, err := read(ctx, p, op, func(ctx context.Context, c *clients) (*stripe.CustomerBalanceTransactionList, error) {
		params := &stripe.CustomerBalanceTransactionListParams{Customer: stripe.String(q.Customer)}
		params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(int64(min(q.Limit+1, provider.MaxPage)))
		params.StartingAfter = optional(after)
		it := c.balance.List(params)
		return it.CustomerBalanceTransactionList(), it.Err()
	})
	if err != nil {
		return nil, false, err
	}
	for _, t := range list.Data {
		if t.ID == "" || t.Customer == nil || t.Customer.ID != q.Customer || t.Livemode != p.cfg.Live {
			return nil, false, foreign("a change of somebody else's balance")
		}
		amount, err := fromWire(t.Amount, string(t.Currency))
		if err != nil {
			return nil, false, err
		}
		on := dateOf(t.Created)
		out = append(out, past{at: t.Created, HistoryItem: provider.HistoryItem{
			ID: t.ID, Name: cmp.Or(t.Description, changeNames[t.Type], "Adjustment"), From: on, Amount: amount, Active: on == p.today(),
		}})
	}
	return out, list.HasMore, nil
}

func (p *Provider) today() civil.Date { return dateOf(p.cfg.Clock().Unix()) }

// changeNames are what changes of the balance are called that nobody has described.
var changeNames = map[stripe.CustomerBalanceTransactionType]string{
	stripe.CustomerBalanceTransactionTypeAppliedToInvoice:      "Applied to an invoice",
	stripe.CustomerBalanceTransactionTypeUnappliedFromInvoice:  "Taken back from an invoice",
	stripe.CustomerBalanceTransactionTypeCreditNote:            "Credit note",
	stripe.CustomerBalanceTransactionTypeInitial:               "Opening balance",
	stripe.CustomerBalanceTransactionTypeMigration:             "Opening balance",
	stripe.CustomerBalanceTransactionTypeInvoiceOverpaid:       "Overpaid invoice",
	stripe.CustomerBalanceTransactionTypeInvoiceTooLarge:       "Invoice too large to be charged",
	stripe.CustomerBalanceTransactionTypeInvoiceTooSmall:       "Invoice too small to be charged",
	stripe.CustomerBalanceTransactionTypeUnspentReceiverCredit: "Unspent credit",
}

// discounts gives all discounts of a customer, newest first: those of now and those that the host remembers.
func (p *Provider) discounts(ctx context.Context, op string, owner *stripe.Customer) ([]past, error) {
	now := []*stripe.Discount{owner.Discount}
	subscriptions, err := p.subscriptions(ctx, op, owner.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range subscriptions {
		now = append(now, s.Discount)
	}
	found := map[string]past{}
	if err := p.remembered(ctx, op, owner.ID, found); err != nil {
		return nil, err
	}
	for _, d := range now {
		if d == nil || d.ID == "" || d.Coupon == nil {
			continue
		}
		item, err := discountOf(&discountBody{
			ID: d.ID, Start: d.Start, End: d.End, Coupon: couponBody{
				Name: d.Coupon.Name, PercentOff: json.Number(strconv.FormatFloat(d.Coupon.PercentOff, 'f', -1, 64)),
				AmountOff: d.Coupon.AmountOff, Currency: string(d.Coupon.Currency),
			},
		})
		if err != nil {
			return nil, err
		}
		item.Active = !p.today().Before(item.From) && (item.Until.IsZero() || p.today().Before(item.Until))
		found[d.ID] = item
	}
	var out []past
	for _, item := range found {
		out = append(out, item)
	}
	slices.SortFunc(out, func(a, b past) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// discountBody is a discount in an event or in an answer.
type discountBody struct {
	ID       string     `json:"id"`
	Object   string     `json:"object"`
	Customer string     `json:"customer"`
	Start    int64      `json:"start"`
	End      int64      `json:"end"`
	Coupon   couponBody `json:"coupon"`
	Source   struct {
		Coupon json.RawMessage `json:"coupon"` // of versions since 2025-09-30: an id, unless the endpoint was told otherwise
	} `json:"source"`
}

type couponBody struct {
	Name       string      `json:"name"`
	PercentOff json.Number `json:"percent_off"`
	AmountOff  int64       `json:"amount_off"`
	Currency   string      `json:"currency"`
}

// discountOf gives a discount as it is shown.
func discountOf(d *discountBody) (past, error) {
	out := past{at: d.Start, HistoryItem: provider.HistoryItem{
		ID: d.ID, Name: cmp.Or(d.Coupon.Name, "Discount"), From: dateOf(d.Start), Until: dateOf(d.End),
	}}
	if d.Coupon.AmountOff != 0 {
		amount, err := fromWire(d.Coupon.AmountOff, d.Coupon.Currency)
		if err != nil {
			return past{}, err
		}
		out.Amount, out.Text = amount.Neg(), amount.String()
		return out, nil
	}
	off, err := money.ParseDecimal(d.Coupon.PercentOff.String())
	if err != nil || off.Sign() <= 0 {
		out.Text = "Discount" // of a shape that says neither
		return out, nil
	}
	out.Text = off.String() + " %"
	return out, nil
}

// remembered adds the discounts that the host's events tell of. An event that cannot be read tells of none.
func (p *Provider) remembered(ctx context.Context, op, customer string, found map[string]past) error {
	if p.cfg.Events == nil {
		return nil
	}
	bodies, err := p.cfg.Events.Bodies(ctx, customer, "customer.discount.")
	if err != nil {
		return p.translate(op, hostError(ctx, err))
	}
	ended := map[string]int64{}
	for _, body := range bodies[:min(len(bodies), maxBodies)] {
		var e struct {
			Type     string `json:"type"`
			Created  int64  `json:"created"`
			Livemode bool   `json:"livemode"`
			Data     struct {
				Object discountBody `json:"object"`
			} `json:"data"`
		}
		if json.Unmarshal(body, &e) != nil || e.Livemode != p.cfg.Live {
			continue
		}
		d := &e.Data.Object
		if d.Object != "discount" || d.ID == "" || d.Start <= 0 || d.Customer != customer {
			continue
		}
		if len(d.Source.Coupon) > 0 && d.Source.Coupon[0] == '{' {
			_ = json.Unmarshal(d.Source.Coupon, &d.Coupon) // what cannot be read stays unsaid
		}
		if e.Type == "customer.discount.deleted" && e.Created > 0 {
			ended[d.ID] = e.Created
		}
		if at := ended[d.ID]; at > 0 && (d.End == 0 || at < d.End) {
			d.End = at
		}
		item, err := discountOf(d)
		if before, known := found[d.ID]; err == nil && (!known || before.Until.IsZero() || d.End != 0 && item.Until.Before(before.Until)) {
			found[d.ID] = item
		}
	}
	return nil
}

// hostError is an error of the host's own functions, whose text nobody vouches for.
func hostError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &notSent{ctx.Err()}
	}
	if kind := provider.Kind(err); kind != nil {
		return &provider.Error{Kind: kind}
	}
	return &provider.Error{Kind: provider.ErrUnavailable, Message: "the host's events cannot be read"}
}
