package usage

import (
	"math/big"
	"math/bits"
	"slices"

	"github.com/billhatch/billhatch/money"
)

// class is a set of rows with the same ticks, which therefore cost the same, but for a minor unit.
type class struct {
	ticks   int32
	users   int64
	minor   int64 // of each row
	extra   int64 // the first so many rows cost one minor unit more
	amounts [2]money.Amount
}

// seats is what a group keeps to give its rows.
type seats struct {
	ruler   *ruler
	windows []piece
	kept    bool
	chunks  [][]seat
	details map[string][]piece
	unit    money.Amount
	// sharedOut tells that the amounts are parts of a rounded sum.
	sharedOut bool
	classes   []class
	index     map[int32]int // by ticks, when the ruler counts seconds
	dense     []int32       // by ticks, else; 1-based
}

func newSeats(t *tally, g int, keep bool) *seats {
	c := &t.groups[g]
	s := &seats{ruler: t.ruler, windows: t.windows, kept: keep, classes: c.ticks.classes()}
	if keep {
		s.chunks, s.details = c.chunks, c.details
	}
	if c.ticks.dense != nil {
		s.dense = make([]int32, len(c.ticks.dense))
	} else {
		s.index = make(map[int32]int, len(s.classes))
	}
	for i, cl := range s.classes {
		if s.dense != nil {
			s.dense[cl.ticks] = int32(i) + 1
		} else {
			s.index[cl.ticks] = i + 1
		}
	}
	return s
}

func (s *seats) class(ticks int32) int {
	if s.dense != nil {
		return int(s.dense[ticks]) - 1
	}
	return s.index[ticks] - 1
}

// units is the sum of the ticks of all rows.
func (s *seats) units() int64 {
	var sum int64
	for _, c := range s.classes {
		sum += int64(c.ticks) * c.users
	}
	return sum
}

// priceEach gives every row its own rounded share of the unit price.
func (s *seats) priceEach(unit money.Amount, mode money.Rounding) error {
	of := int64(s.ruler.of)
	for i := range s.classes {
		c := &s.classes[i]
		amount, err := unit.MulRat(int64(c.ticks), of, mode)
		if err != nil {
			return err
		}
		if c.minor, err = amount.Minor(); err != nil {
			return err
		}
	}
	return s.fill(unit.Currency())
}

// shareByUnits gives a rounded total to the rows in proportion to their ticks, by largest remainder.
func (s *seats) shareByUnits(total money.Amount) error {
	weights := make([]weight, len(s.classes))
	for i, c := range s.classes {
		weights[i] = weight{each: int64(c.ticks), many: c.users}
	}
	minor, err := total.Minor()
	if err != nil {
		return err
	}
	return s.share(allot(minor, weights), total.Currency())
}

// shareExact gives the rounded total of exact amounts to the rows: every row has its own exact amount, cut to whole
// minor units, and what is left goes to those that lost most. A row that lost nothing never gets more.
func (s *seats) shareExact(total, unit money.Amount) error {
	minor, err := total.Minor()
	if err != nil {
		return err
	}
	digits, _ := money.Exponent(unit.Currency())
	price := new(big.Rat).Mul(unit.Rat(), new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)))
	parts := shares{rest: minor, each: make([]int64, len(s.classes)), lost: make([]*big.Rat, len(s.classes)), many: make([]int64, len(s.classes))}
	for i, c := range s.classes {
		exact := new(big.Rat).Mul(price, big.NewRat(int64(c.ticks), int64(s.ruler.of)))
		whole := new(big.Int).Quo(exact.Num(), exact.Denom())
		if !whole.IsInt64() {
			return &Error{Kind: ErrAmountOutOfRange}
		}
		parts.each[i], parts.many[i] = whole.Int64(), c.users
		parts.lost[i] = exact.Sub(exact, new(big.Rat).SetInt(whole))
		parts.rest -= parts.each[i] * c.users
	}
	return s.share(parts, total.Currency())
}

// share sets the amounts of the classes. What is left over goes to the rows that lost most, one minor unit each; where
// rows of several classes lost the same, in order of user id.
func (s *seats) share(parts shares, currency string) error {
	s.sharedOut = true
	for i := range s.classes {
		s.classes[i].minor = parts.each[i]
	}
	for _, level := range parts.levels() {
		var many int64
		for _, i := range level {
			many += parts.many[i]
		}
		if parts.rest < many && len(level) > 1 && s.kept {
			s.firstRows(level, parts.rest)
			break
		}
		for _, i := range level {
			s.classes[i].extra = min(parts.rest, parts.many[i])
			parts.rest -= s.classes[i].extra
		}
	}
	return s.fill(currency)
}

// firstRows gives one minor unit each to the first rows, in order of user id, of some classes.
func (s *seats) firstRows(level []int, rest int64) {
	in := make(map[int]bool, len(level))
	for _, i := range level {
		in[i] = true
	}
	for _, chunk := range s.chunks {
		for i := range chunk {
			if rest == 0 {
				return
			}
			if chunk[i].ticks == 0 {
				continue
			}
			if n := s.class(chunk[i].ticks); in[n] {
				s.classes[n].extra++
				rest--
			}
		}
	}
}

// fill makes the amounts of the classes from their minor units.
func (s *seats) fill(currency string) error {
	for i := range s.classes {
		c := &s.classes[i]
		for plus := range c.amounts {
			a, err := money.FromMinor(c.minor+int64(plus), currency)
			if err != nil {
				return err
			}
			c.amounts[plus] = a
		}
	}
	return nil
}

// subtotal adds up the rows in minor units; it tells when the sum does not fit.
func (s *seats) subtotal() (int64, bool) {
	var sum int64
	for _, c := range s.classes {
		hi, lo := bits.Mul64(uint64(c.users), uint64(c.minor))
		if hi != 0 || lo > maxMinor || sum > maxMinor-int64(lo)-c.extra {
			return 0, false
		}
		sum += int64(lo) + c.extra
	}
	return sum, true
}

// maxMinor bounds a sum of minor units.
const maxMinor = 1<<63 - 1

// rows yields the rows in order.
func (s *seats) rows(yield func(Row) bool) {
	s.walk(func(seat *seat, covered []piece, amount *money.Amount, _ int64) bool {
		return yield(s.row(seat, covered, *amount))
	})
}

// walk yields the seats that have a row, in order, each with its stretches and its amount, as such and in minor units.
// The stretches are only good until the next seat.
func (s *seats) walk(yield func(seat *seat, covered []piece, amount *money.Amount, minor int64) bool) {
	extra := make([]int64, len(s.classes))
	for i, c := range s.classes {
		extra[i] = c.extra
	}
	var covered []piece
	for _, chunk := range s.chunks {
		for i := range chunk {
			seat := &chunk[i]
			if seat.ticks == 0 {
				continue
			}
			n := s.class(seat.ticks)
			plus := int64(0)
			if extra[n] > 0 {
				extra[n]--
				plus = 1
			}
			c := &s.classes[n]
			covered = s.covered(covered[:0], seat)
			if !yield(seat, covered, &c.amounts[plus], c.minor+plus) {
				return
			}
		}
	}
}

// covered appends the stretches of a seat within the windows.
func (s *seats) covered(dst []piece, seat *seat) []piece {
	if seat.flags&several != 0 {
		return within(dst, s.details[seat.user], s.windows)
	}
	one := [1]piece{seat.named}
	return within(dst, one[:], s.windows)
}

func (s *seats) row(seat *seat, covered []piece, amount money.Amount) Row {
	return Row{
		User: seat.user, Name: seat.name, Address: seat.address,
		Covered: s.ruler.days(piece{covered[0].lo, covered[len(covered)-1].hi}),
		Pieces:  len(covered),
		Units:   Units{int64(seat.ticks), int64(s.ruler.of)},
		Unit:    s.unit,
		Amount:  amount,
	}
}

// weight is a number of parts with the same weight.
type weight struct{ each, many int64 }

// shares are what parts get when a total is divided: whole minor units, and what each part lost by that.
type shares struct {
	rest int64 // what is left of the total
	each []int64
	lost []*big.Rat
	many []int64
}

// levels gives the classes that lost something, those that lost most first; classes that lost the same stand together.
func (p *shares) levels() [][]int {
	order := make([]int, 0, len(p.lost))
	for i, lost := range p.lost {
		if lost.Sign() > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return p.lost[b].Cmp(p.lost[a]) })
	var out [][]int
	for n, i := range order {
		if n > 0 && p.lost[order[n-1]].Cmp(p.lost[i]) == 0 {
			out[len(out)-1] = append(out[len(out)-1], i)
			continue
		}
		out = append(out, []int{i})
	}
	return out
}

// allot divides a total in proportion to weights.
func allot(total int64, weights []weight) shares {
	p := shares{rest: total, each: make([]int64, len(weights)), lost: make([]*big.Rat, len(weights)), many: make([]int64, len(weights))}
	var sum uint64
	for _, w := range weights {
		sum += uint64(w.each * w.many)
	}
	for i, w := range weights {
		p.many[i], p.lost[i] = w.many, new(big.Rat)
		if sum == 0 {
			continue
		}
		hi, lo := bits.Mul64(uint64(total), uint64(w.each))
		quotient, remainder := bits.Div64(hi, lo, sum)
		p.each[i] = int64(quotient)
		p.lost[i].SetFrac(new(big.Int).SetUint64(remainder), new(big.Int).SetUint64(sum))
		p.rest -= p.each[i] * w.many
	}
	return p
}
