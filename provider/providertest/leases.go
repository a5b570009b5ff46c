package providertest

import (
	"fmt"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// leaseCases are about who may write while a lease holds.
func leaseCases() []testCase[*rec] {
	const lease = 10 * time.Minute
	leased := func(r *rec) provider.Closing {
		r.Helper()
		return r.put(provider.Closing{Key: r.key(r.account(), -1), State: provider.Planned, Owner: "holder", Lease: lease})
	}
	other := func(c provider.Closing) provider.Closing {
		c.Owner, c.Lease = "other", lease
		return c
	}
	return []testCase[*rec]{
		{name: "a lease begins by the clock of the ledger, whatever end the caller asks for", run: func(r *rec) {
			before := r.Now()
			c := r.put(provider.Closing{
				Key: r.key(r.account(), -1), State: provider.Planned, Owner: "holder", Lease: lease, Until: before.Add(-48 * time.Hour),
			})
			left := c.Until.Sub(before)
			r.that(left > lease-time.Minute && left < lease+time.Minute, "a lease of %s ends after %s", lease, left)
			r.that(r.closing(c.Key).Until.Equal(c.Until), "read until %s, put until %s", r.closing(c.Key).Until, c.Until)
		}},
		{name: "while a lease holds, nobody else writes, even with the right version", run: func(r *rec) {
			c := leased(r)
			for _, owner := range []string{"other", "", "Holder", "holder "} {
				mine := other(c)
				mine.Owner = owner
				_, err := r.tryPut(mine)
				r.refused(err, "Put", fmt.Sprintf("a write by %q while somebody else holds the lease", owner), provider.ErrConflict)
			}
			r.sameClosing(r.closing(c.Key), c)
		}},
		{name: "the holder writes, and each write asks for its lease anew", run: func(r *rec) {
			c := leased(r)
			c.State, c.Lease = provider.Frozen, 2*lease
			c = r.put(c)
			r.that(c.Until.Sub(c.UpdatedAt) == 2*lease, "got a lease from %s until %s", c.UpdatedAt, c.Until)
		}},
		{name: "a write without a lease gives it up, and others may write at once", run: func(r *rec) {
			c := leased(r)
			c.Lease = 0
			c = r.put(c)
			r.that(c.Until.IsZero(), "the lease goes on until %s", c.Until)
			same(r.check, "owner", r.put(other(c)).Owner, "other")
		}},
		{name: "a lease that has run out is no lease", seeds: []string{"Advance"}, run: func(r *rec) {
			c := leased(r)
			r.Advance(lease - time.Second)
			_, err := r.tryPut(other(c))
			r.refused(err, "Put", "a write by another before the end of the lease", provider.ErrConflict)
			r.Advance(time.Second)
			c = r.put(other(c))
			same(r.check, "owner", c.Owner, "other")
			c.Owner = "holder"
			_, err = r.tryPut(c)
			r.refused(err, "Put", "a write by the one who held it before", provider.ErrConflict)
		}},
		{name: "who did not write in time can go on while nobody else has", seeds: []string{"Advance"}, run: func(r *rec) {
			c := leased(r)
			r.Advance(2 * lease)
			c.Lease = lease
			c = r.put(c)
			same(r.check, "owner", c.Owner, "holder")
		}},
		{name: "a lease of one closing holds no other", run: func(r *rec) {
			c := leased(r)
			next := other(provider.Closing{Key: c.Key, State: provider.Planned})
			next.Key.Revision = 2
			same(r.check, "owner", r.put(next).Owner, "other")
		}},
	}
}
