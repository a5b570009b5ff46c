package usage

import (
	"cmp"
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

// share gives a rounded total to the rows by their ticks: largest remainder, the longer coverage first where
// remainders are equal, then in order of user id.
func (s *seats) share(total money.Amount) error {
	s.sharedOut = true
	minor, err := total.Minor()
	if err != nil {
		return err
	}
	weights := make([]weight, len(s.classes))
	for i, c := range s.classes {
		weights[i] = weight{each: int64(c.ticks), many: c.users}
	}
	each, extra := allot(minor, weights)
	for i := range s.classes {
		s.classes[i].minor, s.classes[i].extra = each[i], extra[i]
	}
	return s.fill(total.Currency())
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
			plus := 0
			if extra[n] > 0 {
				extra[n]--
				plus = 1
			}
			covered = s.covered(covered[:0], seat)
			if !yield(s.row(seat, covered, s.classes[n].amounts[plus])) {
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

// allot splits a total into parts by weight so that they add up to it: every part of class i gets each[i], the first
// extra[i] of them one more. Ties go to the heavier part, then to the class that comes first.
func allot(total int64, weights []weight) (each, extra []int64) {
	each, extra = make([]int64, len(weights)), make([]int64, len(weights))
	var sum uint64
	for _, w := range weights {
		sum += uint64(w.each * w.many)
	}
	if sum == 0 {
		return each, extra
	}
	rest := total
	remainders := make([]uint64, len(weights))
	order := make([]int, len(weights))
	for i, w := range weights {
		hi, lo := bits.Mul64(uint64(total), uint64(w.each))
		quotient, remainder := bits.Div64(hi, lo, sum)
		each[i], remainders[i], order[i] = int64(quotient), remainder, i
		rest -= each[i] * w.many
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(remainders[b], remainders[a]), cmp.Compare(weights[b].each, weights[a].each))
	})
	for _, i := range order {
		extra[i] = min(rest, weights[i].many)
		rest -= extra[i]
	}
	return each, extra
}
