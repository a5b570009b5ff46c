package stripe

import (
	"context"
	"crypto/rand"
	"strings"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/billhatch/billhatch/provider"
)

// Customer reads a customer. An address that Stripe has and that is none, which it may be where nobody has checked it,
// counts as none on file.
func (p *Provider) Customer(ctx context.Context, id string) (provider.Customer, error) {
	const op = "Customer"
	c, err := p.customer(ctx, op, id)
	if err != nil {
		return provider.Customer{}, err
	}
	return customerOf(c), nil
}

// customer reads a customer that is there.
func (p *Provider) customer(ctx context.Context, op, id string) (*stripe.Customer, error) {
	if !customerID.MatchString(id) {
		return nil, provider.NotFound(op)
	}
	return read(ctx, p, op, func(ctx context.Context, c *clients) (*stripe.Customer, error) {
		params := &stripe.CustomerParams{}
		params.Context = ctx
		got, err := c.customers.Get(id, params)
		if err != nil {
			return nil, err
		}
		return got, p.checkCustomer(got, id)
	})
}

// checkCustomer refuses a customer that is gone, and one that is not what was asked for.
func (p *Provider) checkCustomer(c *stripe.Customer, id string) error {
	switch {
	case c == nil || c.ID != id:
		return foreign("another customer than was asked for")
	case c.Deleted:
		return &provider.Error{Kind: provider.ErrNotFound}
	case c.Livemode != p.cfg.Live:
		return foreign("a customer of the other mode")
	}
	return nil
}

func customerOf(c *stripe.Customer) provider.Customer {
	email, _ := provider.NewEmail(c.Email) // see Customer
	return provider.Customer{
		ID: c.ID, Name: c.Name, Email: email, Currency: strings.ToUpper(string(c.Currency)), Live: c.Livemode,
	}
}

// UpdateEmail changes the billing email, and gives what Stripe has stored. Stripe cannot compare and change at once: the
// address is read first. Two changes through this provider never cross; one made elsewhere in the moment between reading
// and changing is overwritten.
func (p *Provider) UpdateEmail(ctx context.Context, ch provider.EmailChange) (provider.Customer, error) {
	const op = "UpdateEmail"
	switch {
	case ch.New.IsZero():
		return provider.Customer{}, &provider.Error{Op: op, Kind: provider.ErrInvalid, Field: "email", Message: "missing"}
	case len(ch.Key) > maxKey:
		return provider.Customer{}, &provider.Error{Op: op, Kind: provider.ErrInvalid, Field: "key", Message: "too long"}
	}
	if ch.Key == "" {
		ch.Key = rand.Text()
	}
	done, err := p.turns.take(ctx, ch.Customer)
	if err != nil {
		return provider.Customer{}, p.translate(op, &notSent{err})
	}
	defer done()
	now, err := p.customer(ctx, op, ch.Customer)
	if err != nil {
		return provider.Customer{}, err
	}
	switch current := customerOf(now); {
	case current.Email.Reveal() == ch.New.Reveal():
		return current, nil
	case !current.Email.Equal(ch.Expected):
		return provider.Customer{}, &provider.Error{Op: op, Kind: provider.ErrConflict, Message: "the address has changed meanwhile"}
	}
	return p.changeEmail(ctx, op, &ch)
}

// changeEmail writes the address. The caller has the customer's turn.
func (p *Provider) changeEmail(ctx context.Context, op string, ch *provider.EmailChange) (provider.Customer, error) {
	changed, err := write(ctx, p, &effect[*stripe.Customer]{
		op: op, key: ch.Key, params: []string{ch.Customer, ch.Expected.Reveal(), ch.New.Reveal()}, current: true,
		do: func(ctx context.Context, c *clients, key string) (*stripe.Customer, error) {
			params := &stripe.CustomerParams{Email: stripe.String(ch.New.Reveal())}
			params.Context, params.IdempotencyKey = ctx, stripe.String(key)
			got, err := c.customers.Update(ch.Customer, params)
			if err != nil {
				return nil, err
			}
			return got, p.checkCustomer(got, ch.Customer)
		},
		look: func(ctx context.Context, c *clients) (*stripe.Customer, bool, error) {
			params := &stripe.CustomerParams{}
			params.Context = ctx
			got, err := c.customers.Get(ch.Customer, params)
			if err == nil {
				err = p.checkCustomer(got, ch.Customer)
			}
			return got, err == nil && got.Email == ch.New.Reveal(), err
		},
	})
	if err != nil {
		return provider.Customer{}, err
	}
	return customerOf(changed), nil
}

// CustomersByEmail finds customers by address. Stripe lists by the exact letters at once; in other letters it only
// searches, in an index that lags by a minute or, in an outage, more. So a customer whose address differs in the case of
// its letters may be missed for a while, and is when Stripe does not offer search to the account; whoever is given has
// the address now.
func (p *Provider) CustomersByEmail(ctx context.Context, email provider.Email, limit int) ([]string, error) {
	const op = "CustomersByEmail"
	if email.IsZero() {
		return nil, &provider.Error{Op: op, Kind: provider.ErrInvalid, Field: "email", Message: "missing"}
	}
	if err := checkLimit(op, limit); err != nil {
		return nil, err
	}
	f := &finder{p: p, op: op, email: email, limit: limit, seen: map[string]bool{}, ids: []string{}}
	spellings := []string{email.Reveal()}
	if small := strings.ToLower(email.Reveal()); small != email.Reveal() {
		spellings = append(spellings, small)
	}
	for _, spelling := range spellings {
		if err := f.list(ctx, spelling); err != nil {
			return nil, err
		}
	}
	if err := f.search(ctx); err != nil {
		return nil, err
	}
	return f.ids, nil
}

func checkLimit(op string, limit int) error {
	if limit < 1 || limit > provider.MaxPage {
		return &provider.Error{Op: op, Kind: provider.ErrInvalid, Field: "limit", Message: "want 1 to 100"}
	}
	return nil
}

// finder collects the customers that have an address.
type finder struct {
	p     *Provider
	op    string
	email provider.Email
	limit int
	seen  map[string]bool
	ids   []string
}

// take adds a customer that has the address.
func (f *finder) take(c *stripe.Customer) {
	if !f.seen[c.ID] && !c.Deleted && c.Livemode == f.p.cfg.Live && customerOf(c).Email.Equal(f.email) && len(f.ids) < f.limit {
		f.ids = append(f.ids, c.ID)
	}
	f.seen[c.ID] = true
}

// list takes those with exactly these letters.
func (f *finder) list(ctx context.Context, spelling string) error {
	page, err := read(ctx, f.p, f.op, func(ctx context.Context, c *clients) (*stripe.CustomerList, error) {
		params := &stripe.CustomerListParams{Email: stripe.String(spelling)}
		params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(int64(f.limit))
		it := c.customers.List(params)
		return it.CustomerList(), it.Err()
	})
	if err != nil {
		return err
	}
	for _, c := range page.Data {
		f.take(c)
	}
	return nil
}

// search takes those with other letters. What the index says is old, so each is read. A search that fails finds nobody:
// it is asked once, and is not worth a page that does not come.
func (f *finder) search(ctx context.Context) error {
	if len(f.ids) >= f.limit {
		return nil
	}
	page, err := once(ctx, f.p, &exchange{attempt: 1}, func(ctx context.Context, c *clients) (*stripe.CustomerSearchResult, error) {
		params := &stripe.CustomerSearchParams{}
		// No address has a quotation mark or a backslash in it.
		params.Query = `email:"` + f.email.Reveal() + `"`
		params.Context, params.Single, params.Limit = ctx, true, stripe.Int64(int64(f.limit))
		it := c.customers.Search(params)
		return it.CustomerSearchResult(), it.Err()
	})
	switch {
	case ctx.Err() != nil:
		return f.p.translate(f.op, &notSent{ctx.Err()})
	case err != nil:
		return nil
	}
	for _, found := range page.Data {
		if f.seen[found.ID] || len(f.ids) >= f.limit {
			continue
		}
		c, err := f.p.customer(ctx, f.op, found.ID)
		switch {
		case provider.IsKind(err, provider.ErrNotFound):
			continue
		case err != nil:
			return err
		}
		f.take(c)
	}
	return nil
}
