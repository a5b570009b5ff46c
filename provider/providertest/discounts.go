package providertest

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

func nextInvoiceCases() group[*pay] {
	next := func(p *pay, customer string) (civil.Date, error) {
		return ability[provider.NextInvoicer](p.p).NextInvoice(p.Context(), customer)
	}
	set := []string{"SetNextInvoice"}
	return group[*pay]{name: "the next invoice", ability: provider.CanTellNextInvoice, cases: []testCase[*pay]{
		{name: "the date is the one that is planned, for each customer its own", seeds: set, run: func(p *pay) {
			one, other := p.customer(), p.customer()
			p.SetNextInvoice(one, p.day(-10))
			p.SetNextInvoice(other, p.day(-20))
			got, err := next(p, one)
			p.ok(err, "next invoice")
			same(p.check, "date", got, p.day(-10))
			got, err = next(p, other)
			p.ok(err, "next invoice of the other")
			same(p.check, "date of the other", got, p.day(-20))
		}},
		{name: "the date is zero when none is planned", seeds: set, run: func(p *pay) {
			customer := p.customer()
			p.SetNextInvoice(customer, civil.Date{})
			got, err := next(p, customer)
			p.ok(err, "next invoice")
			p.that(got.IsZero(), "got %s", got)
		}},
		{name: "the date is read anew every time", seeds: set, run: func(p *pay) {
			customer := p.customer()
			for i := range 3 {
				p.SetNextInvoice(customer, p.day(-10-i))
				got, err := next(p, customer)
				p.ok(err, "next invoice")
				same(p.check, "date", got, p.day(-10-i))
			}
		}},
		{name: "an unknown customer is not found", run: func(p *pay) {
			_, err := next(p, absent)
			p.refused(err, "NextInvoice", "unknown customer", provider.ErrNotFound)
		}},
		{name: "asking stops with its context", run: func(p *pay) {
			customer := p.customer()
			p.stopped("NextInvoice", func(ctx context.Context) error {
				_, err := ability[provider.NextInvoicer](p.p).NextInvoice(ctx, customer)
				return err
			})
		}},
	}}
}

func (p *pay) discount(customer, name string, from, until civil.Date) {
	p.AddDiscount(customer, usage.Discount{
		ID: "discount-" + name, Name: name, Percent: decimal.NewFromInt(10), Valid: civil.Span{From: from, To: until},
	})
}

// history reads all discounts and adjustments by their names; there are less than 100.
func (p *pay) history(customer string) []provider.HistoryItem {
	p.Helper()
	page, err := ability[provider.DiscountLister](p.p).Discounts(p.Context(), provider.HistoryQuery{
		Customer: customer, Limit: provider.MaxPage,
	})
	p.ok(err, "discounts")
	same(p.check, "cursor after all discounts", page.Next, "")
	return page.Items
}

func (p *pay) historyPages(customer string) pager {
	return func(ctx context.Context, limit int, cursor string) ([]string, string, error) {
		page, err := ability[provider.DiscountLister](p.p).Discounts(ctx, provider.HistoryQuery{
			Customer: customer, Limit: limit, Cursor: cursor,
		})
		var names []string
		for _, item := range page.Items {
			names = append(names, item.Name)
		}
		return names, page.Next, err
	}
}

func discountCases() group[*pay] {
	cases := pagingCases(func(p *pay) *paged {
		customer, other := p.customer(), p.customer()
		adder := func(customer string) func(n int) []string {
			ago := 90
			return func(n int) []string {
				var out []string
				for range n {
					name := fmt.Sprintf("Discount %d", ago)
					p.discount(customer, name, p.day(ago), p.day(ago-5))
					out, ago = append(out, name), ago-1
				}
				return out
			}
		}
		adder(other)(3)
		return &paged{
			check: p.check, op: "Discounts", add: adder(customer), page: p.historyPages(customer),
			foreign: map[string]pager{"another customer": p.historyPages(other)},
		}
	}, "another customer")
	return group[*pay]{
		name: "discounts and adjustments", ability: provider.CanListDiscounts, seeds: []string{"AddDiscount"},
		cases: append(cases, discountFieldCases()...),
	}
}

func discountFieldCases() []testCase[*pay] {
	return []testCase[*pay]{
		{name: "discounts of the past, of now and of later are listed, and told apart", run: func(p *pay) {
			customer := p.customer()
			p.discount(customer, "past", p.day(90), p.day(60))
			p.discount(customer, "now", p.day(30), p.day(-30))
			p.discount(customer, "open", p.day(20), civil.Date{})
			got := p.history(customer)
			same(p.check, "number of discounts", len(got), 3)
			for i, want := range []struct {
				name   string
				active bool
				until  civil.Date
			}{{"open", true, civil.Date{}}, {"now", true, p.day(-30)}, {"past", false, p.day(60)}} {
				same(p.check, "name", got[i].Name, want.name)
				same(p.check, want.name+" is active", got[i].Active, want.active)
				same(p.check, "end of "+want.name, got[i].Until, want.until)
				p.that(got[i].ID != "" && got[i].Text != "", "%s has no id or no text: %+v", want.name, got[i])
			}
			same(p.check, "beginning", got[2].From, p.day(90))
		}},
		{name: "an adjustment has its amount, negative for a credit, and no text", seeds: []string{"AddAdjustment"}, run: func(p *pay) {
			customer := p.customer()
			p.AddAdjustment(customer, usage.Adjustment{ID: "a1", Name: "Credit", Amount: p.dollars("-12.50"), On: p.day(2)})
			p.AddAdjustment(customer, usage.Adjustment{ID: "a2", Name: "Charge", Amount: p.dollars("3"), On: p.day(1)})
			got := p.history(customer)
			same(p.check, "number of adjustments", len(got), 2)
			p.sameAmount(got[0].Name, got[0].Amount, p.dollars("3"))
			p.sameAmount(got[1].Name, got[1].Amount, p.dollars("-12.50"))
			same(p.check, "texts", got[0].Text+got[1].Text, "")
			same(p.check, "date", cmp.Compare(got[1].From.Ordinal(), p.day(2).Ordinal()), 0)
		}},
		{name: "discounts of another customer are not listed", run: func(p *pay) {
			one, other := p.customer(), p.customer()
			p.discount(other, "theirs", p.day(9), p.day(1))
			same(p.check, "number of discounts", len(p.history(one)), 0)
		}},
		{name: "a page of discounts may be changed by the caller", run: func(p *pay) {
			customer := p.customer()
			p.discount(customer, "first", p.day(9), p.day(1))
			only(p.check, "discounts", p.history(customer)).Name = "changed"
			same(p.check, "name after a change", only(p.check, "discounts", p.history(customer)).Name, "first")
		}},
		{name: "an unknown customer is not found", run: func(p *pay) {
			_, _, err := p.historyPages(absent)(p.Context(), 10, "")
			p.refused(err, "Discounts", "unknown customer", provider.ErrNotFound)
		}},
		{name: "reading discounts stops with its context", run: func(p *pay) {
			customer := p.customer()
			p.stopped("Discounts", func(ctx context.Context) error {
				_, _, err := p.historyPages(customer)(ctx, 10, "")
				return err
			})
		}},
	}
}

func healthCases() group[*pay] {
	health := func(p *pay) []provider.Problem {
		p.Helper()
		got, err := ability[provider.HealthChecker](p.p).Health(p.Context())
		p.ok(err, "health")
		return got
	}
	set := []string{"SetHealth"}
	return group[*pay]{name: "health", ability: provider.CanTellHealth, cases: []testCase[*pay]{
		{name: "without problems it is healthy, which is an empty list", run: func(p *pay) {
			same(p.check, "number of problems", len(health(p)), 0)
		}},
		{name: "every problem has a code and a detail that shows no address", seeds: set, run: func(p *pay) {
			p.SetHealth(
				provider.Problem{Code: "portal.not_saved", Detail: "save the configuration of the portal"},
				provider.Problem{Code: "key.scope", Detail: "the key may not read customers"},
			)
			got := health(p)
			same(p.check, "number of problems", len(got), 2)
			for _, problem := range got {
				p.that(problem.Code != "" && problem.Detail != "", "got %+v", problem)
				for _, r := range problem.Code {
					p.that(r == '.' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9', "%q is no stable code", problem.Code)
				}
			}
		}},
		{name: "a problem that was solved is gone with the next call", seeds: set, run: func(p *pay) {
			p.SetHealth(provider.Problem{Code: "portal.not_saved", Detail: "save the configuration of the portal"})
			same(p.check, "number of problems", len(health(p)), 1)
			p.SetHealth()
			same(p.check, "number of problems", len(health(p)), 0)
		}},
		{name: "the list may be changed by the caller", seeds: set, run: func(p *pay) {
			p.SetHealth(provider.Problem{Code: "portal.not_saved", Detail: "save the configuration of the portal"})
			code := only(p.check, "problems", health(p)).Code
			only(p.check, "problems", health(p)).Code = "changed"
			same(p.check, "code after a change", only(p.check, "problems", health(p)).Code, code)
		}},
		{name: "asking stops with its context", run: func(p *pay) {
			p.stopped("Health", func(ctx context.Context) error {
				_, err := ability[provider.HealthChecker](p.p).Health(ctx)
				return err
			})
		}},
	}}
}

// second is a time without parts of seconds, which every provider and store can keep.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
