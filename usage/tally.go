package usage

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// seat is a row as it is kept: a user and what was counted, without money.
type seat struct {
	user, name, address string
	named               piece // the record that gave name and address
	ticks               int32 // ticks that are charged
	flags               flags
}

// flags say more about a seat or a record.
type flags uint8

const (
	billable flags = 1 << iota // a record is of a kind that the plan bills
	present                    // covers the end of the period, billable or not
	atEnd                      // billable at the end of the period
	several                    // made of several records, see counter.details
	overlap                    // records overlap
)

// tally counts the seats of one tenant. The records of a user must follow each other, which roster takes care of.
type tally struct {
	ruler   *ruler
	windows []piece // billable parts of the period, in order
	first   piece   // the only window, if there is one
	single  bool    // there is one window, and covered ticks are charged as they are
	groups  []counter
	keep    bool
	present int // users covered at the end of the period, billable or not
	badly   ambiguous
	days    *dayCount // nil: days are not asked for

	// The last record has been counted as a user of its own. When another one of the same user follows, it is taken
	// back and the records of the user are gathered in many.
	many    gathered
	scratch []piece
}

// counter collects the seats of one group.
type counter struct {
	chunks  [][]seat
	details map[string][]piece // united billable pieces of users with several records
	ticks   histogram
	users   int64 // users with a billable share
	heads   int64 // users who are billable at the end of the period
	merged  int   // users whose records overlap
}

// record is one record of a roster as a tally counts it.
type record struct {
	key, name, address string
	group              int
	piece              piece
	flags              flags // billable, present, overlap
}

// gathered is a user with several records.
type gathered struct {
	active    bool
	best      record // the one that names the user
	flags     flags
	ambiguous bool
	pieces    []piece // billable
}

const seatsPerChunk = 4096

func newTally(r *ruler, windows []piece, groups int, keep bool) *tally {
	t := &tally{ruler: r, windows: windows, groups: make([]counter, groups), keep: keep, badly: ambiguous{}}
	if len(windows) == 1 && r.policy != FullPeriod && r.policy != TenantShare {
		t.first, t.single = windows[0], true
	}
	for i := range t.groups {
		t.groups[i].ticks.init(r)
	}
	return t
}

// add counts a record of a user who has none yet.
func (t *tally) add(rec *record) {
	if t.many.active {
		t.flush()
	}
	t.cover(rec, 1)
	if t.single && rec.flags&billable != 0 { // nearly everybody
		lo, hi := max(rec.piece.lo, t.first.lo), min(rec.piece.hi, t.first.hi)
		t.count(rec, max(hi-lo, 0), lo <= t.ruler.last && t.ruler.last < hi)
	} else {
		t.scratch = t.scratch[:0]
		if rec.flags&billable != 0 {
			t.scratch = within(t.scratch, []piece{rec.piece}, t.windows)
		}
		ticks, end := t.charge(t.scratch)
		t.count(rec, ticks, end)
	}
}

// count counts a user by what is charged, and keeps the row.
func (t *tally) count(rec *record, ticks int32, end bool) {
	c := &t.groups[rec.group]
	f := rec.flags
	if end && ticks > 0 {
		f |= atEnd
	}
	t.tell(c, ticks, f, 1)
	if t.keep {
		s := c.next()
		s.user, s.name, s.address = rec.key, rec.name, rec.address
		s.named, s.ticks, s.flags = rec.piece, ticks, f
	}
}

// tell adds a user to the counts, or with n = -1 takes him back.
func (t *tally) tell(c *counter, ticks int32, f flags, n int) {
	if f&present != 0 {
		t.present += n
	}
	if ticks == 0 {
		return
	}
	c.users += int64(n)
	if f&atEnd != 0 {
		c.heads += int64(n)
	}
	if f&overlap != 0 {
		c.merged += n
	}
	c.ticks.add(ticks, int64(n))
}

// again counts a further record of the user of the last one.
func (t *tally) again(last, rec *record) {
	g := &t.many
	if !g.active {
		t.takeBack(last)
		*g = gathered{active: true, best: *last, flags: last.flags, pieces: g.pieces[:0]}
		if last.flags&billable != 0 {
			g.pieces = append(g.pieces, last.piece)
		}
	}
	g.ambiguous = g.ambiguous || rec.group != g.best.group
	g.flags |= rec.flags
	if rec.flags&billable != 0 {
		g.pieces = append(g.pieces, rec.piece)
	}
	if later(rec, &g.best) {
		group := g.best.group
		g.best = *rec
		g.best.group = group
	}
}

// cover counts the days of a user with one record n times.
func (t *tally) cover(rec *record, n int) {
	if t.days != nil && rec.flags&billable != 0 {
		t.days.cover([]piece{rec.piece}, n)
	}
}

// takeBack undoes add for the record that was counted last.
func (t *tally) takeBack(rec *record) {
	t.cover(rec, -1)
	c := &t.groups[rec.group]
	f := rec.flags
	t.scratch = t.scratch[:0]
	if f&billable != 0 {
		t.scratch = within(t.scratch, []piece{rec.piece}, t.windows)
	}
	ticks, end := t.charge(t.scratch)
	if end && ticks > 0 {
		f |= atEnd
	}
	t.tell(c, ticks, f, -1)
	if t.keep {
		c.drop()
	}
}

// flush counts the user whose records were gathered.
func (t *tally) flush() {
	g := &t.many
	if !g.active {
		return
	}
	g.active = false
	if g.ambiguous {
		t.badly[g.best.key] = true
	}
	before := total(g.pieces)
	g.pieces = unite(g.pieces)
	if total(g.pieces) < before {
		g.flags |= overlap
	}
	c := &t.groups[g.best.group]
	if t.keep {
		if c.details == nil {
			c.details = map[string][]piece{}
		}
		c.details[g.best.key] = slices.Clone(g.pieces)
	}
	if t.days != nil {
		t.days.cover(g.pieces, 1)
	}
	t.scratch = within(t.scratch[:0], g.pieces, t.windows)
	ticks, end := t.charge(t.scratch)
	g.best.flags = g.flags | several
	t.count(&g.best, ticks, end)
}

// charge gives the ticks that are charged for covered pieces, and whether the user is billable at the end.
func (t *tally) charge(covered []piece) (ticks int32, atEnd bool) {
	if len(covered) == 0 {
		return 0, false
	}
	end := covered[len(covered)-1]
	switch t.ruler.policy {
	case FullPeriod:
		ticks = t.ruler.of
	case TenantShare:
		if end.hi != t.windows[len(t.windows)-1].hi {
			return 0, false
		}
		ticks = int32(total(t.windows))
	default:
		ticks = int32(total(covered))
	}
	return ticks, end.lo <= t.ruler.last && t.ruler.last < end.hi
}

// later tells whether a record says more recent things about its user than another. Any order of the records gives
// the same answer.
func later(a, b *record) bool {
	return cmp.Or(
		cmp.Compare(a.piece.lo, b.piece.lo), cmp.Compare(a.piece.hi, b.piece.hi),
		cmp.Compare(a.name, b.name), cmp.Compare(a.address, b.address),
	) > 0
}

// next gives the place of a further row.
func (c *counter) next() *seat {
	n := len(c.chunks)
	if n == 0 || len(c.chunks[n-1]) == cap(c.chunks[n-1]) {
		size := 64
		if n > 0 {
			size = min(2*cap(c.chunks[n-1]), seatsPerChunk)
		}
		c.chunks = append(c.chunks, make([]seat, 0, size))
		n++
	}
	chunk := &c.chunks[n-1]
	*chunk = (*chunk)[:len(*chunk)+1]
	return &(*chunk)[len(*chunk)-1]
}

// drop takes the last row away.
func (c *counter) drop() {
	chunk := &c.chunks[len(c.chunks)-1]
	*chunk = (*chunk)[:len(*chunk)-1]
	if len(*chunk) == 0 {
		c.chunks = c.chunks[:len(c.chunks)-1]
	}
}

// ambiguous collects the users that are not in exactly one group: true for those in several.
type ambiguous map[string]bool

func (a ambiguous) err(tenant string) error {
	if len(a) == 0 {
		return nil
	}
	users := slices.Sorted(maps.Keys(a))
	more := max(len(users)-MaxNamed, 0)
	several := 0
	for _, in := range a {
		if in {
			several++
		}
	}
	return &Error{
		Kind: ErrSplitAmbiguous, Tenant: tenant, Users: users[:len(users)-more], More: more,
		Detail: fmt.Sprintf("%d in no group, %d in several", len(users)-several, several),
	}
}

// histogram counts users by their ticks: a slice where the ticks are days, a map where they are seconds.
type histogram struct {
	dense  []int64
	sparse map[int32]int64
}

func (h *histogram) init(r *ruler) {
	if r.policy != Seconds && r.of < 1<<16 {
		h.dense = make([]int64, r.of+1)
		return
	}
	h.sparse = map[int32]int64{}
}

func (h *histogram) add(ticks int32, n int64) {
	if h.dense != nil {
		h.dense[ticks] += n
		return
	}
	h.sparse[ticks] += n
}

// classes gives the ticks that occur, in ascending order.
func (h *histogram) classes() []class {
	var out []class
	for ticks, n := range h.dense {
		if n > 0 {
			out = append(out, class{ticks: int32(ticks), users: n})
		}
	}
	for ticks, n := range h.sparse {
		if n > 0 {
			out = append(out, class{ticks: ticks, users: n})
		}
	}
	slices.SortFunc(out, func(a, b class) int { return cmp.Compare(a.ticks, b.ticks) })
	return out
}
