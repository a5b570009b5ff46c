package stripefake

import "time"

// BalanceTransaction is a change of what a customer owes. Negative is a credit to the customer.
type BalanceTransaction struct {
	ID, Customer, Currency, Description string
	Type                                string // such as "adjustment", "applied_to_invoice" or "credit_note"
	Invoice, CreditNote                 string
	Amount, EndingBalance               int64
	Metadata                            map[string]string
	Created                             time.Time
}

func (x *BalanceTransaction) ident() string    { return x.ID }
func (x *BalanceTransaction) made() time.Time  { return x.Created }
func (x *BalanceTransaction) owner() string    { return x.Customer }
func (x *BalanceTransaction) kind() string     { return "customer balance transaction" }
func (x *BalanceTransaction) snapshot() object { copied := *x; return &copied }

func (x *BalanceTransaction) render(r *Realm) obj {
	return obj{
		"id": x.ID, "object": "customer_balance_transaction", "amount": x.Amount, "created": x.Created.Unix(),
		"credit_note": textOrNull(x.CreditNote), "currency": x.Currency, "customer": x.Customer,
		"description": textOrNull(x.Description), "ending_balance": x.EndingBalance, "invoice": textOrNull(x.Invoice),
		"livemode": r.live, "metadata": metadataOf(x.Metadata), "type": x.Type,
	}
}

// AddBalance changes what a customer owes: an adjustment, negative for a credit.
func (r *Realm) AddBalance(customer, currency string, amount int64, description string) (added BalanceTransaction) {
	r.seed(func(c *call) {
		added = *c.moveBalance(mustFind(r.customers, customer), BalanceTransaction{
			Currency: currency, Amount: amount, Description: description, Type: "adjustment",
		})
	})
	return added
}

func listBalances(c *call) (any, *apiError) {
	x, e := c.customer(c.ids[0], "customer")
	if e != nil {
		return nil, e
	}
	return query[*BalanceTransaction]{
		from: c.realm.balances, owner: x.ID, url: "/v1/customers/" + x.ID + "/balance_transactions",
	}.page(c)
}

func getBalance(c *call) (any, *apiError) {
	t, ok := c.realm.balances.get(c.ids[1])
	if !ok || t.Customer != c.ids[0] {
		return nil, c.missing("customer balance transaction", c.ids[1], "id")
	}
	return c.realm.show(t), nil
}

func createBalance(c *call) (any, *apiError) {
	x, e := c.customer(c.ids[0], "customer")
	if e != nil {
		return nil, e
	}
	t := BalanceTransaction{
		Currency: c.currency(""), Amount: c.form.number("amount"), Description: c.form.text("description"),
		Type: "adjustment", Metadata: c.form.dict("metadata", nil),
	}
	if e := metadataFault(t.Metadata); e != nil {
		return nil, e
	}
	if e := representable(t.Amount, t.Currency, "amount"); e != nil {
		return nil, e
	}
	return c.realm.show(c.moveBalance(x, t)), nil
}
