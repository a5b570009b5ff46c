package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// key names the closing of a month of an account.
func (r *rec) key(account string, month int) provider.ClosingKey {
	r.Helper()
	period := r.month(month)
	return provider.ClosingKey{Account: account, From: period.From(), To: period.To(), Revision: 1}
}

func (r *rec) tryPut(c provider.Closing) (provider.Closing, error) {
	return ability[provider.Ledger](r.r).Put(r.Context(), c)
}

func (r *rec) put(c provider.Closing) provider.Closing {
	r.Helper()
	got, err := r.tryPut(c)
	r.ok(err, fmt.Sprintf("closing %+v", c.Key))
	return got
}

// closing reads a closing that must be there.
func (r *rec) closing(key provider.ClosingKey) provider.Closing {
	r.Helper()
	got, err := ability[provider.Ledger](r.r).Closing(r.Context(), key)
	r.ok(err, fmt.Sprintf("closing %+v", key))
	return got
}

// none wants a closing not to be there.
func (r *rec) none(key provider.ClosingKey) {
	r.Helper()
	_, err := ability[provider.Ledger](r.r).Closing(r.Context(), key)
	r.refused(err, "Closing", "closing that there is not", provider.ErrNotFound)
}

// sameClosing compares closings; instants are the same when they are of the same time.
func (r *rec) sameClosing(got, want provider.Closing) {
	r.Helper()
	r.that(got.Until.Equal(want.Until) && got.UpdatedAt.Equal(want.UpdatedAt), "times: got %s, %s, want %s, %s",
		got.Until, got.UpdatedAt, want.Until, want.UpdatedAt)
	got.Until, got.UpdatedAt, want.Until, want.UpdatedAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	same(r.check, "closing", got, want)
}

func ledgerCases() group[*rec] {
	cases := slices.Concat(putCases(), leaseCases(), invoiceOnceCases(), badClosingCases(), closingPageCases())
	for _, n := range []int{2, 8, racers} {
		cases = append(cases,
			testCase[*rec]{name: fmt.Sprintf("of %d who begin a closing at once one wins", n), run: func(r *rec) {
				key := r.key(r.account(), -1)
				r.race(n, provider.Closing{Key: key, State: provider.Planned})
			}},
			testCase[*rec]{name: fmt.Sprintf("of %d who change a closing at once one wins, in every round", n), run: func(r *rec) {
				c := r.put(provider.Closing{Key: r.key(r.account(), -1), State: provider.Planned})
				for range 4 {
					c = r.race(n, c)
				}
			}},
		)
	}
	return group[*rec]{name: "ledger", ability: provider.CanKeepLedger, cases: cases}
}

// race has n owners put a closing of the same version, and gives what the winner has put.
func (r *rec) race(n int, c provider.Closing) provider.Closing {
	r.Helper()
	won := make([]provider.Closing, n)
	errs := together(n, func(i int) error {
		mine := c
		mine.Owner = fmt.Sprintf("worker-%d", i)
		var err error
		won[i], err = r.tryPut(mine)
		return err
	})
	count, last := r.winners("Put", errs, provider.ErrConflict)
	same(r.check, "number of winners", count, 1)
	same(r.check, "owner", r.closing(c.Key).Owner, fmt.Sprintf("worker-%d", last))
	r.sameClosing(r.closing(c.Key), won[last])
	return won[last]
}

func putCases() []testCase[*rec] {
	return []testCase[*rec]{
		{name: "a closing is given back, and read, as it was put, with a version and a time", run: func(r *rec) {
			want := provider.Closing{
				Key: r.key(r.account(), -1), State: provider.Frozen, Hash: "sha256:00", Invoice: "in_1", Reason: "a reason",
				Owner: "worker-1", Lease: time.Minute, Total: r.dollars("1234567890123456.78"),
			}
			want.Key.Group = "students"
			got := r.put(want)
			r.that(got.Until.Sub(got.UpdatedAt) == time.Minute, "got a lease from %s until %s", got.UpdatedAt, got.Until)
			want.Lease, want.Until = 0, got.Until
			r.that(got.Version != 0 && !got.UpdatedAt.IsZero(), "got the version %d and the time %s", got.Version, got.UpdatedAt)
			want.Version, want.UpdatedAt = got.Version, got.UpdatedAt
			r.sameClosing(got, want)
			r.sameClosing(r.closing(want.Key), want)
		}},
		{name: "the version changes with every write", run: func(r *rec) {
			c, seen := provider.Closing{Key: r.key(r.account(), -1), State: provider.Planned}, map[int64]bool{0: true}
			for range 5 {
				c = r.put(c)
				r.that(!seen[c.Version], "the version %d stands twice", c.Version)
				seen[c.Version] = true
			}
		}},
		{name: "a write of an old version is a conflict and changes nothing", run: func(r *rec) {
			first := r.put(provider.Closing{Key: r.key(r.account(), -1), State: provider.Planned})
			now := r.put(first)
			first.State = provider.Parked
			_, err := r.tryPut(first)
			r.refused(err, "Put", "old version", provider.ErrConflict)
			r.sameClosing(r.closing(first.Key), now)
		}},
		{name: "a write of a version to come is a conflict", run: func(r *rec) {
			first := r.put(provider.Closing{Key: r.key(r.account(), -1), State: provider.Planned})
			ahead := first
			ahead.Version++
			_, err := r.tryPut(ahead)
			r.refused(err, "Put", "version to come", provider.ErrConflict)
			r.sameClosing(r.closing(first.Key), first)
		}},
		{name: "a closing is begun once", run: func(r *rec) {
			first := r.put(provider.Closing{Key: r.key(r.account(), -1), State: provider.Planned})
			_, err := r.tryPut(provider.Closing{Key: first.Key, State: provider.Frozen})
			r.refused(err, "Put", "a second beginning", provider.ErrConflict)
			r.sameClosing(r.closing(first.Key), first)
		}},
		{name: "a closing that is not there cannot be changed", run: func(r *rec) {
			key := r.key(r.account(), -1)
			_, err := r.tryPut(provider.Closing{Key: key, State: provider.Frozen, Version: 1})
			r.refused(err, "Put", "change of what is not there", provider.ErrConflict)
			r.none(key)
		}},
		{name: "a closing without a total has none when it is read", run: func(r *rec) {
			c := r.put(provider.Closing{Key: r.key(r.account(), -1), State: provider.Planned})
			r.that(!c.Total.IsSet() && !r.closing(c.Key).Total.IsSet(), "got the total %s", c.Total)
		}},
		{name: "account, group, period and revision each make a closing of its own", run: func(r *rec) {
			key := r.key(r.account(), -1)
			keys := []provider.ClosingKey{key, key, key, key, key}
			keys[1].Account = r.account()
			keys[2].Group = "students"
			keys[3].Revision = 2
			keys[4] = r.key(key.Account, -2)
			for i, k := range keys {
				r.none(k)
				r.put(provider.Closing{Key: k, State: provider.Planned, Owner: fmt.Sprint(i)})
			}
			for i, k := range keys {
				same(r.check, "owner", r.closing(k).Owner, fmt.Sprint(i))
			}
		}},
		{name: "64 closings that are begun at once are all there", run: func(r *rec) {
			account := r.account()
			keys := make([]provider.ClosingKey, racers)
			for i := range keys {
				keys[i] = r.key(account, -1)
				keys[i].Group = fmt.Sprintf("group-%d", i)
			}
			for _, err := range together(racers, func(i int) error {
				_, err := r.tryPut(provider.Closing{Key: keys[i], State: provider.Planned})
				return err
			}) {
				r.ok(err, "closing")
			}
			for _, key := range keys {
				r.closing(key)
			}
		}},
		{name: "eight who each count up five times, trying again after a conflict, count to forty", run: countUp},
		{name: "writing stops with its context and writes nothing", run: func(r *rec) {
			key := r.key(r.account(), -1)
			r.stopped("Put", func(ctx context.Context) error {
				_, err := ability[provider.Ledger](r.r).Put(ctx, provider.Closing{Key: key, State: provider.Planned})
				return err
			})
			r.none(key)
		}},
		{name: "reading a closing stops with its context", run: func(r *rec) {
			c := r.put(provider.Closing{Key: r.key(r.account(), -1), State: provider.Planned})
			r.stopped("Closing", func(ctx context.Context) error {
				_, err := ability[provider.Ledger](r.r).Closing(ctx, c.Key)
				return err
			})
		}},
	}
}

func countUp(r *rec) {
	c := r.put(provider.Closing{Key: r.key(r.account(), -1), State: provider.Planned, Reason: ""})
	ledger := ability[provider.Ledger](r.r)
	errs := together(8, func(int) error {
		for done := 0; done < 5; {
			now, err := ledger.Closing(r.Context(), c.Key)
			if err != nil {
				return err
			}
			now.Reason += "x"
			switch _, err = ledger.Put(r.Context(), now); {
			case err == nil:
				done++
			case !errors.Is(err, provider.ErrConflict):
				return err
			}
		}
		return nil
	})
	for _, err := range errs {
		r.ok(err, "counting up")
	}
	same(r.check, "count", len(r.closing(c.Key).Reason), 40)
}

func invoiceOnceCases() []testCase[*rec] {
	with := func(run func(r *rec, c provider.Closing)) func(*rec) {
		return func(r *rec) {
			run(r, r.put(provider.Closing{Key: r.key(r.account(), -1), State: provider.Drafted, Invoice: "in_1"}))
		}
	}
	conflict := func(r *rec, c provider.Closing, what, invoice string) {
		r.Helper()
		changed := c
		changed.Invoice = invoice
		_, err := r.tryPut(changed)
		r.refused(err, "Put", what, provider.ErrConflict)
		r.sameClosing(r.closing(c.Key), c)
	}
	return []testCase[*rec]{
		{name: "an invoice can be set later", run: func(r *rec) {
			c := r.put(provider.Closing{Key: r.key(r.account(), -1), State: provider.Frozen})
			c.Invoice = "in_1"
			same(r.check, "invoice", r.put(c).Invoice, "in_1")
		}},
		{name: "another invoice is a conflict, even with the right version", run: with(func(r *rec, c provider.Closing) {
			conflict(r, c, "another invoice", "in_2")
		})},
		{name: "an invoice cannot be taken away", run: with(func(r *rec, c provider.Closing) { conflict(r, c, "no invoice", "") })},
		{name: "the same invoice stays while the state goes on", run: with(func(r *rec, c provider.Closing) {
			c.State = provider.Issued
			got := r.put(c)
			same(r.check, "invoice", got.Invoice, "in_1")
			same(r.check, "state", r.closing(c.Key).State, provider.Issued)
		})},
		{name: "the next revision has an invoice of its own", run: with(func(r *rec, c provider.Closing) {
			next := provider.Closing{Key: c.Key, State: provider.Drafted, Invoice: "in_2"}
			next.Key.Revision = 2
			r.put(next)
			same(r.check, "invoice of the first revision", r.closing(c.Key).Invoice, "in_1")
			same(r.check, "invoice of the second", r.closing(next.Key).Invoice, "in_2")
		})},
	}
}

func badClosingCases() []testCase[*rec] {
	var out []testCase[*rec]
	for _, bad := range []struct {
		name   string
		change func(c *provider.Closing)
	}{
		{"without an account", func(c *provider.Closing) { c.Key.Account = "" }},
		{"without a revision", func(c *provider.Closing) { c.Key.Revision = 0 }},
		{"whose period ends before it begins", func(c *provider.Closing) { c.Key.From, c.Key.To = c.Key.To, c.Key.From }},
		{"whose period has no day", func(c *provider.Closing) { c.Key.To = c.Key.From }},
		{"without a state", func(c *provider.Closing) { c.State = "" }},
		{"with a state that there is not", func(c *provider.Closing) { c.State = "done" }},
		{"with a lease below zero", func(c *provider.Closing) { c.Owner, c.Lease = "w", -1 }},
	} {
		out = append(out, testCase[*rec]{name: "a closing " + bad.name + " is invalid", run: func(r *rec) {
			c := provider.Closing{Key: r.key(r.account(), -1), State: provider.Planned}
			bad.change(&c)
			_, err := r.tryPut(c)
			r.refused(err, "Put", "a closing "+bad.name, provider.ErrInvalid)
		}})
	}
	for _, state := range provider.ClosingStates() {
		out = append(out, testCase[*rec]{name: fmt.Sprintf("the state %s is kept", state), run: func(r *rec) {
			c := r.put(provider.Closing{Key: r.key(r.account(), -1), State: state})
			same(r.check, "state", r.closing(c.Key).State, state)
		}})
	}
	return out
}

func (r *rec) closingPages(q provider.ClosingQuery) pager {
	return func(ctx context.Context, limit int, cursor string) ([]string, string, error) {
		q.Limit, q.Cursor = limit, cursor
		page, err := ability[provider.Ledger](r.r).Closings(ctx, q)
		var out []string
		for i := range page.Closings {
			out = append(out, page.Closings[i].Owner)
		}
		return out, page.Next, err
	}
}

// owners reads one page of up to 100 closings, by their owners.
func (r *rec) owners(q provider.ClosingQuery) []string {
	r.Helper()
	got, next, err := r.closingPages(q)(r.Context(), provider.MaxPage, "")
	r.ok(err, "closings")
	same(r.check, "cursor after all closings", next, "")
	return got
}

func closingPageCases() []testCase[*rec] {
	cases := pagingCases(func(r *rec) *paged {
		account, other := r.account(), r.account()
		adder := func(account string) func(n int) []string {
			month := -24
			return func(n int) []string {
				var out []string
				for range n {
					owner := fmt.Sprintf("%s %d", account, month)
					r.put(provider.Closing{Key: r.key(account, month), State: provider.Planned, Owner: owner})
					out, month = append(out, owner), month+1
				}
				return out
			}
		}
		adder(other)(3)
		q := provider.ClosingQuery{Account: account, State: provider.Planned}
		return &paged{check: r.check, op: "Closings", add: adder(account), page: r.closingPages(q), foreign: map[string]pager{
			"another account": r.closingPages(provider.ClosingQuery{Account: other, State: provider.Planned}),
			"every account":   r.closingPages(provider.ClosingQuery{State: provider.Planned}),
			"another state":   r.closingPages(provider.ClosingQuery{Account: account, State: provider.Sent}),
			"every state":     r.closingPages(provider.ClosingQuery{Account: account}),
		}}
	}, "another account", "every account", "another state", "every state")
	return append(cases, []testCase[*rec]{
		{name: "closings of an account are those of this account", run: func(r *rec) {
			one, other := r.account(), r.account()
			r.put(provider.Closing{Key: r.key(one, -1), State: provider.Planned, Owner: "one"})
			r.put(provider.Closing{Key: r.key(other, -1), State: provider.Planned, Owner: "other"})
			same(r.check, "closings", r.owners(provider.ClosingQuery{Account: one}), []string{"one"})
		}},
		{name: "closings of no account are those of every account, newest period first", run: func(r *rec) {
			one, other := r.account(), r.account()
			r.put(provider.Closing{Key: r.key(one, -3), State: provider.Planned, Owner: "oldest"})
			r.put(provider.Closing{Key: r.key(one, -1), State: provider.Planned, Owner: "newest"})
			r.put(provider.Closing{Key: r.key(other, -2), State: provider.Planned, Owner: "between"})
			same(r.check, "closings", r.owners(provider.ClosingQuery{}), []string{"newest", "between", "oldest"})
		}},
		{name: "a filter by state keeps what is in this state now", run: func(r *rec) {
			account := r.account()
			moved := r.put(provider.Closing{Key: r.key(account, -1), State: provider.Planned, Owner: "moved"})
			r.put(provider.Closing{Key: r.key(account, -2), State: provider.Planned, Owner: "stays"})
			moved.State = provider.Parked
			r.put(moved)
			same(r.check, "planned", r.owners(provider.ClosingQuery{Account: account, State: provider.Planned}), []string{"stays"})
			same(r.check, "parked", r.owners(provider.ClosingQuery{Account: account, State: provider.Parked}), []string{"moved"})
			same(r.check, "sent", len(r.owners(provider.ClosingQuery{Account: account, State: provider.Sent})), 0)
		}},
		{name: "groups and revisions of one period are all there, on pages of one too", run: func(r *rec) {
			account := r.account()
			want := []string{}
			for i, group := range []string{"", "staff", "students"} {
				for revision := 1; revision <= 2; revision++ {
					key := r.key(account, -1)
					key.Group, key.Revision = group, revision
					owner := fmt.Sprintf("%d-%d", i, revision)
					r.put(provider.Closing{Key: key, State: provider.Planned, Owner: owner})
					want = append(want, owner)
				}
			}
			l := &paged{check: r.check, op: "Closings", page: r.closingPages(provider.ClosingQuery{Account: account})}
			for _, limit := range []int{1, 4, 100} {
				got := l.walk(limit, nil)
				slices.Sort(got)
				same(r.check, "closings", got, want)
			}
		}},
		{name: "reading closings stops with its context", run: func(r *rec) {
			r.stopped("Closings", func(ctx context.Context) error {
				_, _, err := r.closingPages(provider.ClosingQuery{})(ctx, 10, "")
				return err
			})
		}},
	}...)
}
