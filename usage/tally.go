package usage

import (
	"cmp"
	"slices"
	"strconv"
)

// seat is a row as it is kept: a user and what was counted, without money.
type seat struct {
	user, name, address string
	named               pair  // the record that gave name and address, cut to the period
	ticks               int64 // ticks that are charged
	several             bool  // made of several records, see counter.details
	billable            bool  // a record is of a kind that the plan bills
	overlap             bool  // records overlap
	atEnd               bool  // billable at the end of the period
	present             bool  // covered at the end of the period, billable or not
}

// tally counts the seats of one tenant. Records must come in order of user, which roster takes care of.
type tally struct {
	ruler   *ruler
	windows []pair // billable parts of the period, in order
	last    int64  // last billable tick; TenantShare looks at it
	share   int64  // billable ticks of the tenant; TenantShare gives them to everybody
	groups  []counter
	keep    bool
	present int // users covered at the end of the period, billable or not

	user    current
	pairs   []pair // stretches of the current user
	scratch []pair
	badly   ambiguous
}

// counter collects the seats of one group.
type counter struct {
	chunks  [][]seat
	details map[string][]pair // united billable stretches of users with several records, cut to the period
	ticks   histogram
	users   int64 // users with a billable share
	heads   int64 // users who are billable at the end of the period
	merged  int   // users whose records overlap
}

// current is the user whose records are being read.
type current struct {
	key, name, address string
	group              int
	named              pair
	records            int
	billable           bool // any of the records
	present, ambiguous bool
	overlap            bool
}

const seatsPerChunk = 4096

func newTally(r *ruler, windows []pair, groups int, keep bool) *tally {
	t := &tally{ruler: r, windows: windows, groups: make([]counter, groups), keep: keep, share: total(windows)}
	t.last = -1
	if n := len(windows); n > 0 {
		t.last = windows[n-1].hi - 1
	}
	for i := range t.groups {
		t.groups[i].ticks.init(r)
	}
	return t
}

// stretch is one record of a roster in ticks.
type stretch struct {
	key, name, address string
	group              int
	pair               pair
	billable           bool // of a kind that the plan bills
	present            bool // covers the end of the period
	overlap            bool // known to overlap another one
}

// cut cuts a stretch to the period and tells whether anything is left of it.
func (t *tally) cut(p pair) (pair, bool) {
	p.lo, p.hi = max(p.lo, t.ruler.whole.lo), min(p.hi, t.ruler.whole.hi)
	return p, p.lo < p.hi
}

// covers tells whether a stretch covers the end of the period.
func (t *tally) covers(p pair) bool { return p.lo <= t.ruler.last && t.ruler.last < p.hi }

// add counts one stretch. The stretches of a user must follow each other.
func (t *tally) add(s *stretch) {
	u := &t.user
	switch {
	case u.records == 0 || u.key != s.key:
		t.flush()
		*u = current{key: s.key, name: s.name, address: s.address, group: s.group, named: s.pair}
	case u.group != s.group:
		u.ambiguous = true
	}
	u.records++
	if u.records > 1 && later(s, u) {
		u.named, u.name, u.address = s.pair, s.name, s.address
	}
	u.present = u.present || s.present
	u.overlap = u.overlap || s.overlap
	if s.billable {
		u.billable = true
		t.pairs = append(t.pairs, s.pair)
	}
}

// later tells whether a record says more recent things about its user than the one kept so far. Any order of the
// records gives the same answer.
func later(s *stretch, u *current) bool {
	if c := cmp.Or(cmp.Compare(s.pair.lo, u.named.lo), cmp.Compare(s.pair.hi, u.named.hi)); c != 0 {
		return c > 0
	}
	return cmp.Or(cmp.Compare(s.name, u.name), cmp.Compare(s.address, u.address)) > 0
}

// flush counts the current user.
func (t *tally) flush() {
	u := &t.user
	if u.records == 0 {
		return
	}
	if u.present {
		t.present++
	}
	if u.ambiguous {
		t.badly.add(u.key)
	}
	c := &t.groups[u.group]
	if u.records > 1 {
		t.unite(c)
	}
	s := seat{
		user: u.key, name: u.name, address: u.address, named: u.named,
		several: u.records > 1, billable: u.billable, present: u.present, overlap: u.overlap,
	}
	s.ticks, s.atEnd = t.measure()
	if s.ticks > 0 {
		c.count(&s)
	}
	if t.keep {
		c.push(s)
	}
	u.records = 0
	t.pairs = t.pairs[:0]
}

// unite joins the stretches of the current user.
func (t *tally) unite(c *counter) {
	before := total(t.pairs)
	t.pairs = unite(t.pairs)
	if total(t.pairs) < before {
		t.user.overlap = true
	}
	if !t.keep {
		return
	}
	if c.details == nil {
		c.details = map[string][]pair{}
	}
	c.details[t.user.key] = slices.Clone(t.pairs)
}

// measure gives the ticks that are charged for the current user, and whether he is billable at the end.
func (t *tally) measure() (ticks int64, atEnd bool) {
	var end pair
	if len(t.pairs) == 1 && len(t.windows) == 1 { // nearly everybody
		w := t.windows[0]
		end = pair{max(t.pairs[0].lo, w.lo), min(t.pairs[0].hi, w.hi)}
		ticks = end.hi - end.lo
	} else {
		t.scratch = within(t.scratch[:0], t.pairs, t.windows)
		ticks = total(t.scratch)
		if n := len(t.scratch); n > 0 {
			end = t.scratch[n-1]
		}
	}
	if ticks <= 0 {
		return 0, false
	}
	switch t.ruler.policy {
	case FullPeriod:
		ticks = t.ruler.of()
	case TenantShare:
		if end.hi <= t.last {
			return 0, false
		}
		ticks = t.share
	}
	return ticks, t.covers(end)
}

func (c *counter) count(s *seat) {
	c.users++
	if s.atEnd {
		c.heads++
	}
	if s.overlap {
		c.merged++
	}
	c.ticks.add(s.ticks, 1)
}

func (c *counter) push(s seat) {
	n := len(c.chunks)
	if n == 0 || len(c.chunks[n-1]) == cap(c.chunks[n-1]) {
		size := 64
		if n > 0 {
			size = min(2*cap(c.chunks[n-1]), seatsPerChunk)
		}
		c.chunks = append(c.chunks, make([]seat, 0, size))
		n++
	}
	c.chunks[n-1] = append(c.chunks[n-1], s)
}

// ambiguous collects users that are not in exactly one group.
type ambiguous struct {
	users []string
	more  int
}

func (a *ambiguous) add(user string) {
	if len(a.users) < MaxNamed {
		a.users = append(a.users, user)
		return
	}
	a.more++
}

func (a *ambiguous) err(tenant string) error {
	if len(a.users) == 0 {
		return nil
	}
	slices.Sort(a.users)
	a.users = slices.Compact(a.users)
	return &Error{
		Kind: ErrSplitAmbiguous, Tenant: tenant, Users: a.users, More: a.more,
		Detail: strconv.Itoa(len(a.users)+a.more) + " users",
	}
}

// histogram counts users by their ticks: a slice where the ticks are days, a map where they are seconds.
type histogram struct {
	dense  []int64
	sparse map[int64]int64
}

func (h *histogram) init(r *ruler) {
	if of := r.of(); r.policy != Seconds && of < 1<<16 {
		h.dense = make([]int64, of+1)
		return
	}
	h.sparse = map[int64]int64{}
}

func (h *histogram) add(ticks, n int64) {
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
			out = append(out, class{ticks: int64(ticks), users: n})
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
