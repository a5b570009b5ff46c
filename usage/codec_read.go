package usage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/billhatch/billhatch/internal/wire"
)

// decoder reads a statement.
type decoder struct {
	lines  *wire.Lines
	st     *Statement
	sums   counted
	rulers map[int32]*ruler // by ticks of the period
	days   []piece
}

func (d *decoder) run() error {
	if err := d.head(); err != nil {
		return err
	}
	for d.sums.stage != ended {
		if err := d.next(); err != nil {
			return err
		}
	}
	if err := d.closeTenant(); err != nil {
		return err
	}
	if _, err := d.lines.Next(); !errors.Is(err, io.EOF) {
		return d.failed(err, "something follows the end")
	}
	return nil
}

// head reads the first line; of another version only that is read.
func (d *decoder) head() error {
	line, err := d.lines.Next()
	if err != nil {
		return d.failed(err, "")
	}
	var version struct {
		Statement struct {
			Version int `json:"version"`
		} `json:"statement"`
	}
	if json.Unmarshal([]byte(line), &version) == nil && version.Statement.Version > codecVersion {
		return &Error{Kind: ErrVersion, Detail: fmt.Sprintf("%d, at most %d is known", version.Statement.Version, codecVersion)}
	}
	return d.take(line)
}

// next reads a part, and the rows of a group with it.
func (d *decoder) next() error {
	line, err := d.lines.Next()
	if err != nil {
		return d.failed(err, "")
	}
	return d.take(line)
}

// take makes a part of its line, which must be the line that the part is written as.
func (d *decoder) take(line string) error {
	var v codedLine
	if err := wire.Parse(line, &v); err != nil { // guard: Same refuses it, too
		return d.failed(err, "")
	}
	if reason := d.sums.take(&v); reason != "" {
		return d.failed(nil, reason)
	}
	again := codedLine{End: v.End}
	var group *GroupStatement
	switch {
	case v.Statement != nil:
		v.Statement.into(d.st)
		again.Statement = codeHead(d.st)
	case v.Tenant != nil:
		if err := d.closeTenant(); err != nil {
			return err
		}
		tenant := v.Tenant.tenant()
		d.st.Tenants = append(d.st.Tenants, tenant)
		again.Tenant = codeTenant(&tenant)
	case v.Group != nil:
		group = d.group(v.Group)
		again.Group = codeGroup(group)
	case v.Project != nil:
		project := v.Project.project()
		d.st.Projects = append(d.st.Projects, project)
		again.Project = codeProject(&project)
	case v.Charge != nil:
		charge := v.Charge.charge()
		d.st.Charges = append(d.st.Charges, charge)
		again.Charge = codeCharge(&charge)
	}
	if err := wire.Same(line, &again); err != nil {
		return d.failed(err, "")
	}
	if group == nil || !group.HasRows() {
		return nil
	}
	return d.rows(group)
}

// group adds a group, without its rows, to the last tenant.
func (d *decoder) group(c *codedGroup) *GroupStatement {
	g := c.group()
	if c.Kept {
		of := int32(g.Units.Of)
		if d.rulers[of] == nil {
			d.rulers[of] = dayRuler(d.st.Period, of)
		}
		g.seats = &seats{
			ruler: d.rulers[of], windows: []piece{{0, int32(d.st.Period.Days())}}, kept: true,
			unit: g.Pricing.Unit, sharedOut: c.Shared, index: map[int32]int{},
		}
	}
	tenant := &d.st.Tenants[len(d.st.Tenants)-1]
	tenant.Groups = append(tenant.Groups, g)
	return &tenant.Groups[len(tenant.Groups)-1]
}

// rows reads the rows of a group.
func (d *decoder) rows(g *GroupStatement) error {
	s := g.seats
	var rows counter
	var ticks int64
	last := ""
	for range g.Users {
		line, err := d.lines.Next()
		if err != nil {
			return d.failed(err, "")
		}
		seat := rows.next()
		minor, days, ok := cutRow(line, seat, d.days[:0])
		d.days = days
		switch {
		case !ok:
			return d.failed(nil, "not a row")
		case seat.user <= last:
			return d.failed(nil, "users out of order, or twice")
		case seat.ticks < 1 || seat.ticks > s.ruler.of || !d.covers(days):
			return d.failed(nil, "coverage of a user")
		case !s.put(seat.ticks, minor):
			return d.failed(nil, "users of the same coverage have amounts that no rounding gives")
		}
		last = seat.user
		ticks += int64(seat.ticks)
		if seat.named = days[0]; len(days) > 1 {
			seat.flags |= several
			if rows.details == nil {
				rows.details = map[string][]piece{}
			}
			rows.details[seat.user] = slices.Clone(days)
		}
	}
	if ticks != g.Units.Covered {
		return d.failed(nil, "the shares of the users are not those of the group")
	}
	s.chunks, s.details = rows.chunks, rows.details
	s.settle(g.Users)
	if err := s.fill(d.st.Currency); err != nil {
		return &Error{Kind: ErrStatement, Err: err}
	}
	return nil
}

// covers tells whether stretches of days can be those of a user: within the period and in order. Stretches of seconds may
// touch the same day.
func (d *decoder) covers(days []piece) bool {
	whole := int32(d.st.Period.Days())
	touch := int32(0)
	if d.st.Policy == Seconds {
		touch = 1
	}
	last := piece{0, touch}
	for _, p := range days {
		if p.lo >= p.hi || p.hi > whole || p.lo < last.hi-touch || p.hi < last.hi {
			return false
		}
		last = p
	}
	return len(days) > 0
}

// closeTenant refuses users that are in several groups of the last tenant.
func (d *decoder) closeTenant() error {
	if len(d.st.Tenants) == 0 {
		return nil
	}
	groups := d.st.Tenants[len(d.st.Tenants)-1].Groups
	if len(groups) < 2 {
		return nil
	}
	var users []string
	for i := range groups {
		if groups[i].HasRows() {
			for _, chunk := range groups[i].seats.chunks {
				for j := range chunk {
					users = append(users, chunk[j].user)
				}
			}
		}
	}
	slices.Sort(users)
	for i := 1; i < len(users); i++ {
		if users[i-1] == users[i] {
			return d.failed(nil, "a user in two groups")
		}
	}
	return nil
}

// failed says at which line what was read is no statement, or that nothing could be read.
func (d *decoder) failed(err error, reason string) error {
	known := err == nil || errors.Is(err, wire.ErrLong) || errors.Is(err, wire.ErrCut) || errors.Is(err, wire.ErrForm)
	if errors.Is(err, io.EOF) {
		known, err, reason = true, nil, "the end is missing"
	}
	if !known {
		return &Error{Kind: ErrTransfer, Err: err}
	}
	detail := fmt.Sprintf("line %d", d.lines.Count())
	if reason != "" {
		detail += ": " + reason
	}
	return &Error{Kind: ErrFormat, Detail: detail, Err: err}
}

// put counts a row that was read in the class of its ticks, and tells whether its amount can be that of the class: the
// first rows of a class may cost one minor unit more.
func (s *seats) put(ticks int32, minor int64) bool {
	n := s.index[ticks]
	if n == 0 {
		s.classes = append(s.classes, class{ticks: ticks, users: 1, minor: minor})
		s.index[ticks] = len(s.classes)
		return true
	}
	c := &s.classes[n-1]
	if c.extra == 0 && minor == c.minor-1 {
		c.minor, c.extra = minor, c.users
	}
	c.users++
	return minor == c.minor
}

// settle makes the index of the classes quick where the rows are many for it.
func (s *seats) settle(rows int) {
	const few = 1 << 16
	if s.ruler.of >= few || rows < int(s.ruler.of) {
		return
	}
	s.dense = make([]int32, s.ruler.of+1)
	for ticks, n := range s.index {
		s.dense[ticks] = int32(n)
	}
	s.index = nil
}
