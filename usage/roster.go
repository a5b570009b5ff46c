package usage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/billhatch/billhatch/internal/mailaddr"
)

// roster reads the records of one tenant into a tally, whatever their order.
type roster struct {
	tenant *Tenant
	tally  *tally
	kinds  map[string]bool // nil: every kind is billable
	split  *splitter       // nil: one group

	read    bool      // any record at all
	recs    [2]record // the one being read and the one before, by turns
	turn    int       // which of them is being read
	held    []record  // records of a roster that is not in order
	holding bool
	plain   bool // see quick
}

// run reads all records. The tally is complete afterwards.
func (r *roster) run() error {
	t := r.tally
	r.plain = r.kinds == nil && r.split == nil && !t.keep && t.single && t.ruler.policy != Seconds && t.groups[0].ticks.dense != nil
	if r.tenant.Users != nil {
		for rec, err := range r.tenant.Users {
			if err := r.take(&rec, err); err != nil {
				return err
			}
		}
	}
	if r.holding {
		r.release()
	}
	r.tally.flush()
	return r.tally.badly.err(r.tenant.ID)
}

// take reads one record, or the error that came in its place.
func (r *roster) take(rec *Record, err error) error {
	if err != nil {
		return &Error{Kind: ErrUsageIncomplete, Tenant: r.tenant.ID, Err: err}
	}
	r.read = true
	if r.plain && r.quick(rec) {
		return nil
	}
	next := &r.recs[r.turn]
	inside, err := r.measure(next, rec)
	if err != nil || !inside {
		return err
	}
	r.turn = 1 - r.turn
	return r.pass(&r.recs[r.turn], next)
}

// quick counts a record of civil days where no row is kept and no rule applies, and tells whether it could: it does what
// measure, pass and add do for the first record of a user, which is nearly every record of a large tenant, in half the
// time. Everything else is left to them.
func (r *roster) quick(rec *Record) bool {
	t, iv := r.tally, &rec.Covered
	last, next := &r.recs[1-r.turn], &r.recs[r.turn]
	if iv.kind != civilDays || iv.from > iv.to || r.holding || t.many.active || rec.User <= last.key {
		return false
	}
	lo, hi := max(iv.from-t.ruler.start, 0), min(iv.to-t.ruler.start, int64(t.ruler.of))
	if lo >= hi {
		return true // outside the period
	}
	next.key, next.piece, next.group, next.flags = rec.User, piece{int32(lo), int32(hi)}, 0, billable
	r.turn = 1 - r.turn
	t.cover(next, 1)
	end := int64(t.ruler.last)
	if lo <= end && end < hi {
		next.flags |= present
		t.present++
	}
	lo, hi = max(lo, int64(t.first.lo)), min(hi, int64(t.first.hi))
	if lo >= hi {
		return true // outside the windows of the tenant
	}
	c := &t.groups[0]
	c.users++
	c.ticks.dense[hi-lo]++
	if lo <= end && end < hi {
		c.heads++
	}
	return true
}

// pass counts a record while the roster is in order, and holds it from the first record on that is not.
func (r *roster) pass(last, next *record) error {
	if r.holding {
		r.held = append(r.held, *next)
		return nil
	}
	switch order := strings.Compare(next.key, last.key); {
	case order > 0:
		r.tally.add(next)
	case order == 0:
		r.tally.again(last, next)
	case r.tenant.Ordered:
		return &Error{
			Kind: ErrRoster, Tenant: r.tenant.ID, User: next.key,
			Detail: "out of order in a roster that is said to be in order",
		}
	default:
		r.tally.flush()
		r.hold()
		r.held = append(r.held, *next)
	}
	return nil
}

// measure checks a record and tells whether any of it lies in the period.
func (r *roster) measure(to *record, rec *Record) (bool, error) {
	if !rec.Covered.Valid() {
		return false, &Error{Kind: ErrInterval, Tenant: r.tenant.ID, User: cmp.Or(rec.User, rec.Address), Detail: rec.Covered.String()}
	}
	key := rec.User
	if key == "" {
		var err error
		if key, err = mailaddr.Key(rec.Address); err != nil {
			return false, &Error{Kind: ErrRoster, Tenant: r.tenant.ID, Detail: "record without user id", Err: err}
		}
	}
	p, inside := r.tally.ruler.measure(&rec.Covered)
	if !inside {
		return false, nil
	}
	to.key, to.piece, to.group, to.flags = key, p, 0, 0
	if r.tally.keep {
		to.name, to.address = rec.Name, rec.Address
	}
	if r.kinds == nil || r.kinds[rec.Kind] {
		to.flags = billable
	}
	if last := r.tally.ruler.last; p.lo <= last && last < p.hi {
		to.flags |= present
	}
	if r.split != nil {
		group, ok := r.split.group(rec.Address)
		if !ok {
			r.tally.badly[key] = false
		}
		to.group = group
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
				r.held = append(r.held, chunk[i].records(g, c.details)...)
			}
		}
		t.groups[g] = counter{}
		t.groups[g].ticks.init(t.ruler)
	}
	t.present = 0
	if t.days != nil {
		clear(t.days.diff)
	}
}

// records gives the records that a seat was made of, or others that unite to the same.
func (s *seat) records(group int, details map[string][]piece) []record {
	one := record{
		key: s.user, name: s.name, address: s.address, group: group,
		piece: s.named, flags: s.flags & (billable | present | overlap),
	}
	if s.flags&several == 0 {
		return []record{one}
	}
	one.flags &^= billable
	out := []record{one}
	for _, p := range details[s.user] {
		one.piece, one.flags = p, one.flags|billable
		out = append(out, one)
	}
	return out
}

// release puts the held records in order and counts them.
func (r *roster) release() {
	slices.SortFunc(r.held, func(a, b record) int { return strings.Compare(a.key, b.key) })
	for i := range r.held {
		if i > 0 && r.held[i].key == r.held[i-1].key {
			r.tally.again(&r.held[i-1], &r.held[i])
			continue
		}
		r.tally.add(&r.held[i])
	}
	r.held = nil
}
