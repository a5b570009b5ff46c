package memory

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// Payments is the payment provider of a [World]. It has every ability of a payment provider.
type Payments struct{ w *World }

// Every ability of a payment provider.
var (
	_ provider.Payments            = (*Payments)(nil)
	_ provider.EmailUpdater        = (*Payments)(nil)
	_ provider.EmailFinder         = (*Payments)(nil)
	_ provider.PDFReader           = (*Payments)(nil)
	_ provider.PortalOpener        = (*Payments)(nil)
	_ provider.LoginLinker         = (*Payments)(nil)
	_ provider.NextInvoicer        = (*Payments)(nil)
	_ provider.DiscountLister      = (*Payments)(nil)
	_ provider.RecipientLister     = (*Payments)(nil)
	_ provider.PaymentMethodLister = (*Payments)(nil)
	_ provider.Issuer              = (*Payments)(nil)
	_ provider.Voider              = (*Payments)(nil)
	_ provider.Crediter            = (*Payments)(nil)
	_ provider.WebhookVerifier     = (*Payments)(nil)
	_ provider.HealthChecker       = (*Payments)(nil)
)

// Name gives "memory".
func (p *Payments) Name() string { return "memory" }

// deed is a write that was done under an idempotency key.
type deed struct {
	params string
	result any
}

// known finds a deed of the same operation and key. Another deed with the key is a conflict. The lock must be held.
func (w *World) known(op, key, params string) (deed, bool, error) {
	if key == "" {
		return deed{}, false, nil
	}
	d, ok := w.done[join([]string{op, key})]
	if ok && d.params != params {
		return deed{}, false, conflict("the idempotency key was used with other parameters")
	}
	return d, ok, nil
}

func (w *World) did(op, key, params string, result any) {
	if key != "" {
		w.done[join([]string{op, key})] = deed{params, result}
	}
}

// living finds a customer that is not deleted. The lock must be held.
func (w *World) living(id string) (*customer, error) {
	c, ok := w.customers[id]
	if !ok || c.deleted {
		return nil, notFound()
	}
	return c, nil
}

// Customer reads a customer.
func (p *Payments) Customer(ctx context.Context, id string) (provider.Customer, error) {
	return run(ctx, p.w, Call{Op: "Customer", Subject: id}, func() (provider.Customer, error) {
		c, err := p.w.living(id)
		if err != nil {
			return provider.Customer{}, err
		}
		return c.Customer, nil
	})
}

// UpdateEmail changes the billing email. A key whose change was overtaken by another one is ErrConflict.
func (p *Payments) UpdateEmail(ctx context.Context, ch provider.EmailChange) (provider.Customer, error) {
	const op = "UpdateEmail"
	w := p.w
	return run(ctx, w, Call{Op: op, Subject: ch.Customer, Key: ch.Key}, func() (provider.Customer, error) {
		if ch.New.IsZero() {
			return provider.Customer{}, invalid("email", "missing")
		}
		if err := checkKey(ch.Key, false); err != nil {
			return provider.Customer{}, err
		}
		c, err := w.living(ch.Customer)
		if err != nil {
			return provider.Customer{}, err
		}
		params := join([]string{ch.Customer, ch.Expected.Reveal(), ch.New.Reveal()})
		_, again, err := w.known(op, ch.Key, params)
		switch {
		case err != nil:
			return provider.Customer{}, err
		case c.Email.Reveal() == ch.New.Reveal():
			w.did(op, ch.Key, params, nil)
			return c.Customer, nil
		case again, !c.Email.Equal(ch.Expected):
			return provider.Customer{}, conflict("the address has changed meanwhile")
		}
		c.Email = ch.New
		w.did(op, ch.Key, params, nil)
		w.announce(c, "customer.updated", c.ID)
		return c.Customer, nil
	})
}

// CustomersByEmail finds customers by billing email, in the order in which they were added.
func (p *Payments) CustomersByEmail(ctx context.Context, email provider.Email, most int) ([]string, error) {
	return run(ctx, p.w, Call{Op: "CustomersByEmail"}, func() ([]string, error) {
		if email.IsZero() {
			return nil, invalid("email", "missing")
		}
		if err := limit(most); err != nil {
			return nil, err
		}
		var found []*customer
		for _, c := range p.w.customers {
			if !c.deleted && c.Email.Equal(email) {
				found = append(found, c)
			}
		}
		slices.SortFunc(found, func(a, b *customer) int { return cmp.Compare(a.since, b.since) })
		ids := make([]string, 0, min(most, len(found)))
		for _, c := range found[:min(most, len(found))] {
			ids = append(ids, c.ID)
		}
		return ids, nil
	})
}

// PortalSession makes a link that belongs to the customer; [World.SessionCustomer] tells to which. The return URL is an
// absolute http or https URL, or empty.
func (p *Payments) PortalSession(ctx context.Context, r provider.PortalRequest) (provider.PortalSession, error) {
	w := p.w
	return run(ctx, w, Call{Op: "PortalSession", Subject: r.Customer}, func() (provider.PortalSession, error) {
		if r.ReturnURL != "" {
			u, err := url.Parse(r.ReturnURL)
			if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
				return provider.PortalSession{}, invalid("return_url", "not an absolute url")
			}
		}
		c, err := w.living(r.Customer)
		if err != nil {
			return provider.PortalSession{}, err
		}
		link := "https://billing.invalid/session/" + w.keys.token("session", w.next("session"))
		secret, err := provider.NewSecretURL(link)
		if err != nil {
			return provider.PortalSession{}, err
		}
		w.sessions[link] = c.ID
		return provider.PortalSession{Customer: c.ID, URL: secret}, nil
	})
}

// SessionCustomer tells for whom a portal session was opened.
func (w *World) SessionCustomer(link provider.SecretURL) (customer string, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	customer, ok = w.sessions[link.Reveal()]
	return customer, ok
}

// LoginLink gives the login page with the address filled in.
func (p *Payments) LoginLink(ctx context.Context, email provider.Email) (provider.SecretURL, error) {
	return run(ctx, p.w, Call{Op: "LoginLink"}, func() (provider.SecretURL, error) {
		if email.IsZero() {
			return provider.SecretURL{}, invalid("email", "missing")
		}
		return provider.NewSecretURL("https://billing.invalid/login?prefilled_email=" + url.QueryEscape(email.Reveal()))
	})
}

// NextInvoice gives the first day of the next month in the account's zone, or what was set.
func (p *Payments) NextInvoice(ctx context.Context, customerID string) (civil.Date, error) {
	w := p.w
	return run(ctx, w, Call{Op: "NextInvoice", Subject: customerID}, func() (civil.Date, error) {
		c, err := w.living(customerID)
		switch {
		case err != nil:
			return civil.Date{}, err
		case c.next != nil:
			return *c.next, nil
		}
		month, err := civil.MonthOf(w.Now(), w.zone(c))
		if err != nil {
			return civil.Date{}, nil // beyond the calendar there is none
		}
		return invoice.NextDate(month), nil
	})
}

// Discounts gives a page of discounts and adjustments.
func (p *Payments) Discounts(ctx context.Context, q provider.HistoryQuery) (provider.HistoryPage, error) {
	w := p.w
	return run(ctx, w, Call{Op: "Discounts", Subject: q.Customer}, func() (provider.HistoryPage, error) {
		if err := limit(q.Limit); err != nil {
			return provider.HistoryPage{}, err
		}
		c, err := w.living(q.Customer)
		if err != nil {
			return provider.HistoryPage{}, err
		}
		items := slices.Clone(c.history)
		at := func(i item) place { return place{int64(i.From.Ordinal()), i.seq} }
		slices.SortFunc(items, func(a, b item) int {
			if at(a).newer(at(b)) {
				return -1
			}
			return 1
		})
		page, next, err := older(w.keys, items, at, q.Cursor, q.Limit, "discounts", c.ID)
		if err != nil {
			return provider.HistoryPage{}, err
		}
		out := provider.HistoryPage{Next: next}
		today := civil.DateOf(w.Now(), w.zone(c))
		for _, it := range page {
			it.Active = it.inForce(today)
			out.Items = append(out.Items, it.HistoryItem)
		}
		return out, nil
	})
}

// inForce tells whether a discount is valid on a day, or an adjustment is of that day.
func (i item) inForce(today civil.Date) bool {
	if i.Text == "" {
		return i.From == today
	}
	return !today.Before(i.From) && (i.Until.IsZero() || today.Before(i.Until))
}

// older cuts a page out of a list that is newest first, and gives the cursor of the next one.
func older[T any](k keys, list []T, at func(T) place, cursor string, most int, bound ...string) ([]T, string, error) {
	from := 0
	if cursor != "" {
		text, err := k.unseal(cursor, bound...)
		if err != nil {
			return nil, "", err
		}
		last, ok := parsePlace(text)
		if !ok {
			return nil, "", &provider.Error{Kind: provider.ErrInvalidCursor}
		}
		from, _ = slices.BinarySearchFunc(list, last, func(t T, last place) int {
			if last.newer(at(t)) {
				return 1
			}
			return -1
		})
	}
	page := list[from:min(from+most, len(list))]
	if from+most >= len(list) {
		return page, "", nil
	}
	return page, k.seal(at(page[len(page)-1]).String(), bound...), nil
}

// Recipients gives the addresses of both groups.
func (p *Payments) Recipients(ctx context.Context, customerID string) (provider.Recipients, error) {
	return run(ctx, p.w, Call{Op: "Recipients", Subject: customerID}, func() (provider.Recipients, error) {
		c, err := p.w.living(customerID)
		switch {
		case err != nil:
			return provider.Recipients{}, err
		case c.syncing:
			return provider.Recipients{}, &provider.Error{Kind: provider.ErrSyncing}
		}
		return cloneRecipients(c.recipients), nil
	})
}

// PaymentMethods gives the ways in which a customer pays.
func (p *Payments) PaymentMethods(ctx context.Context, customerID string) ([]provider.PaymentMethod, error) {
	return run(ctx, p.w, Call{Op: "PaymentMethods", Subject: customerID}, func() ([]provider.PaymentMethod, error) {
		c, err := p.w.living(customerID)
		if err != nil {
			return nil, err
		}
		return slices.Clone(c.methods), nil
	})
}

// Health gives the problems that were set.
func (p *Payments) Health(ctx context.Context) ([]provider.Problem, error) {
	return run(ctx, p.w, Call{Op: "Health"}, func() ([]provider.Problem, error) {
		return slices.Clone(p.w.problems), nil
	})
}

// checkMinor refuses amounts that a payment provider cannot take.
func checkMinor(field string, a interface{ Minor() (int64, error) }) error {
	if _, err := a.Minor(); err != nil {
		return invalid(field, fmt.Sprintf("not in whole minor units: %s", field))
	}
	return nil
}
