package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// closer lets time pass. When the month of an account is over it is closed: the statement is frozen and issued as an
// invoice, once.
type closer struct {
	world  *memory.World
	months *closing.Closer
	meters meters
	real   func() time.Time

	mu       sync.Mutex // one month is closed at a time
	seen     time.Time  // real time at the last tick
	given    []string   // accounts whose month could not be closed at the last move
	accounts []books
}

// books are those of one account.
type books struct {
	id, name string
	zone     *time.Location
	seller   invoice.Party
	open     civil.Period // the first month that is not closed
}

// newCloser opens the books of all accounts.
func newCloser(ctx context.Context, world *memory.World, real func() time.Time, products []*product) (*closer, error) {
	c := &closer{world: world, meters: meters{world: world}, real: real, seen: real()}
	for _, p := range products {
		for _, id := range accountsOf(p.id) {
			account, err := world.Records().Account(ctx, id)
			if err != nil {
				return nil, err
			}
			month, err := civil.MonthOf(world.Now(), account.Zone)
			if err != nil {
				return nil, err
			}
			c.accounts = append(c.accounts, books{id: id, name: account.Name, zone: account.Zone, seller: p.seller, open: month})
			if err := c.meters.learn(ctx, id, account.Zone); err != nil {
				return nil, err
			}
		}
	}
	var err error
	c.months, err = c.open()
	return c, err
}

// accountsOf are the customers of a product. A host asks its own database.
func accountsOf(product string) []string {
	if product == gatehouse {
		return []string{memory.DemoOrganization}
	}
	return []string{
		memory.DemoClient, "client_birch", "client_cedar", "client_dune", "client_elm", memory.DemoNewClient,
		memory.DemoUnconfigured, memory.DemoForeignClient,
	}
}

// tick lets the clock of the world run with real time.
func (c *closer) tick(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.real()
	passed := now.Sub(c.seen)
	c.seen = now
	if passed <= 0 {
		return
	}
	target := c.world.Now().Add(passed)
	if c.due(target, c.given) == nil {
		c.world.Set(target)
		return
	}
	_ = c.move(context.WithoutCancel(ctx), target)
}

// advance moves the clock and tells what happened.
func (c *closer) advance(ctx context.Context, d time.Duration) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.move(ctx, c.world.Now().Add(d))
}

// toMonthEnd moves the clock to the morning after the month: it is over for every account then.
func (c *closer) toMonthEnd(ctx context.Context) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	zone := c.accounts[0].zone
	month, err := civil.MonthOf(c.world.Now(), zone)
	if err != nil {
		return nil, err
	}
	const morning = 9 * time.Hour
	return c.move(ctx, month.To().Start(zone).Add(morning)), nil
}

// move sets the clock, closes what is due on the way in the order of time, and reads the meters. An account whose
// month cannot be closed keeps it open: nothing is guessed, and the next move tries again.
func (c *closer) move(ctx context.Context, target time.Time) (notes []string) {
	var failed []string
	for {
		b := c.due(target, failed)
		if b == nil {
			break
		}
		c.world.Set(latest(c.world.Now(), issueTime(b)))
		inv, err := c.close(ctx, b)
		if err != nil {
			notes = append(notes, fmt.Sprintf("%s, %s: not closed, %s", b.name, b.open, plainly(err)))
			failed = append(failed, b.id)
			continue
		}
		notes = append(notes, fmt.Sprintf("%s, %s: invoice %s of %s", b.name, b.open, inv.Number, inv.Total))
		b.open = b.open.Next()
	}
	c.world.Set(target)
	c.given = failed
	for _, b := range c.accounts {
		if running, err := civil.MonthOf(target, b.zone); err == nil {
			c.meters.read(b.id, running, target)
		}
	}
	return notes
}

// due finds the account whose month was over first, apart from those that have failed.
func (c *closer) due(target time.Time, failed []string) (first *books) {
	for i := range c.accounts {
		b := &c.accounts[i]
		if issueTime(b).After(target) || slices.Contains(failed, b.id) {
			continue
		}
		if first == nil || issueTime(b).Before(issueTime(first)) {
			first = b
		}
	}
	return first
}

// issueTime is when the open month of an account is over and its invoice is issued.
func issueTime(b *books) time.Time { return invoice.NextDate(b.open).Start(b.zone) }

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// close closes one month of one account: the final readings, and then whatever closing.Closer does. The same month asked
// for twice is one invoice.
func (c *closer) close(ctx context.Context, b *books) (invoice.Invoice, error) {
	c.meters.final(b.id, b.open)
	result, err := c.months.Close(ctx, b.id, b.open)
	if err != nil {
		return invoice.Invoice{}, err
	}
	account, err := c.world.Records().Account(ctx, b.id)
	if err != nil {
		return invoice.Invoice{}, err
	}
	return c.world.Payments().Invoice(ctx, account.Customer, result.Closings[0].Invoice)
}

// open makes the library's closer over the world. Nobody else closes months here, so there is nobody to wait for.
func (c *closer) open() (*closing.Closer, error) {
	return closing.New(closing.Config{
		Payments: c.world.Payments(), Records: c.world.Records(), Clock: c.world.Now, Owner: "demonstration",
		Invoice: func(_ context.Context, account provider.Account, options invoice.Options) (invoice.Options, error) {
			options.Note = "Please state the number of the invoice with your payment."
			for i := range c.accounts {
				if c.accounts[i].id == account.ID {
					options.Seller = c.accounts[i].seller
				}
			}
			return options, nil
		},
		Sleep: func(context.Context, time.Duration) error { return context.DeadlineExceeded },
	})
}

// plainly says in words of people why a month was not closed.
func plainly(err error) string {
	for _, line := range []struct {
		kind error
		text string
	}{
		{provider.ErrNotConfigured, "billing is not set up"},
		{usage.ErrUsageIncomplete, "usage is missing; a missing figure is never zero"},
		{provider.ErrRateLimited, "the payment provider limits the rate"},
		{provider.ErrMisconfigured, "the payment provider's configuration needs attention"},
		{provider.ErrTimeout, "no answer in time"},
		{provider.ErrUnavailable, "not available for now"},
	} {
		if errors.Is(err, line.kind) {
			return line.text
		}
	}
	return err.Error()
}
