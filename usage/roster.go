package usage

import (
	"cmp"
	"slices"

	"github.com/billhatch/billhatch/internal/mailaddr"
)

// roster reads the records of one tenant into a tally, whatever their order.
type roster struct {
	tenant *Tenant
	tally  *tally
	kinds  map[string]bool // nil: every kind is billable
	split  *splitter       // nil: one group

	read    bool      // any record at all
	last    string    // key of the record before
	held    []stretch // records of a roster that is not in order
	holding bool
	badly   ambiguous // users in no group or in several
}

// run reads all records. The tally is complete afterwards.
func (r *roster) run() error {
	var s stretch
	for rec, err := range r.tenant.Users {
		if err != nil {
			return &Error{Kind: ErrUsageIncomplete, Tenant: r.tenant.ID, Err: err}
		}
		r.read = true
		keep, err := r.stretch(&s, &rec)
		if err != nil {
			return err
		}
		if keep {
			if err := r.add(&s); err != nil {
				return err
			}
		}
	}
	if r.holding {
		r.release()
	}
	r.tally.flush()
	return cmp.Or(r.badly.err(r.tenant.ID), r.tally.badly.err(r.tenant.ID))
}

// add passes a record on while the roster is in order, and holds it from the first record on that is not.
func (r *roster) add(s *stretch) error {
	switch {
	case r.holding:
		r.held = append(r.held, *s)
	case s.key < r.last && r.tenant.Ordered:
		return &Error{Kind: ErrRoster, Tenant: r.tenant.ID, User: s.key, Detail: "out of order in a roster that is said to be in order"}
	case s.key < r.last:
		r.tally.flush()
		r.hold()
		r.held = append(r.held, *s)
	default:
		r.last = s.key
		r.tally.add(s)
	}
	return nil
}

// stretch checks a record and measures it. It tells whether any of it lies in the period.
func (r *roster) stretch(s *stretch, rec *Record) (bool, error) {
	if !rec.Covered.Valid() {
		return false, &Error{Kind: ErrInterval, Tenant: r.tenant.ID, User: cmp.Or(rec.User, rec.Address), Detail: rec.Covered.String()}
	}
	p, inside := r.tally.cut(r.tally.ruler.ticks(rec.Covered))
	s.key = rec.User
	if s.key == "" {
		key, err := mailaddr.Key(rec.Address)
		if err != nil {
			return false, &Error{Kind: ErrRoster, Tenant: r.tenant.ID, Detail: "record without user id", Err: err}
		}
		s.key = key
	}
	if !inside {
		return false, nil
	}
	s.name, s.address, s.pair = rec.Name, rec.Address, p
	s.present = r.tally.covers(p)
	s.billable = r.kinds == nil || r.kinds[rec.Kind]
	s.group = 0
	if r.split != nil {
		group, ok := r.split.group(rec.Address)
		if !ok {
			r.badly.add(s.key)
		}
		s.group = group
	}
	return true, nil
}

// hold takes back what the tally has counted, so that it can be put in order with the rest.
func (r *roster) hold() {
	r.holding = true
	t := r.tally
	for g := range t.groups {
		c := &t.groups[g]
		for _, chunk := range c.chunks {
			for i := range chunk {
				r.held = append(r.held, chunk[i].stretches(g, c.details)...)
			}
		}
		t.groups[g] = counter{}
		t.groups[g].ticks.init(t.ruler)
	}
	t.present = 0
}

// stretches gives the records that a seat was made of, or others that unite to the same.
func (s *seat) stretches(group int, details map[string][]pair) []stretch {
	one := stretch{
		key: s.user, name: s.name, address: s.address, group: group,
		pair: s.named, billable: s.billable && !s.several, present: s.present, overlap: s.overlap,
	}
	out := []stretch{one}
	if s.several {
		for _, p := range details[s.user] {
			one.pair, one.billable = p, true
			out = append(out, one)
		}
	}
	return out
}

// release puts the held records in order and counts them.
func (r *roster) release() {
	slices.SortFunc(r.held, func(a, b stretch) int { return cmp.Compare(a.key, b.key) })
	for i := range r.held {
		r.tally.add(&r.held[i])
	}
	r.held = nil
}
