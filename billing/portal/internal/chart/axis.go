package chart

import (
	"github.com/shopspring/decimal"
)

// maxSteps bounds the steps of an axis: at most five ticks.
const maxSteps = 4

// extent is what an axis has to show. It always holds zero.
type extent struct {
	low, high decimal.Decimal
	places    int32 // decimal places of the finest value
	some      bool
}

func (e *extent) add(v decimal.Decimal) {
	e.some = true
	if v.LessThan(e.low) {
		e.low = v
	}
	if v.GreaterThan(e.high) {
		e.high = v
	}
	if places := -v.Exponent(); places > e.places && !v.IsInteger() {
		e.places = places
	}
}

// axis has equal steps of 1, 2, 2.5 or 5 times a power of ten, and zero is one of its ticks. Tick i stands at
// (first+i)*step, counted in units of 10^exp.
type axis struct {
	exp         int32
	first, step int64
	steps       int
}

// newAxis finds the shortest step with which maxSteps are enough. It is never finer than the values are: there are no
// half seats and no half cents.
func newAxis(e extent) axis {
	size := e.high.Sub(e.low)
	if size.Sign() == 0 {
		return axis{step: 1, steps: 1}
	}
	// The size is between 100 and 1000 units. Candidates are whole numbers of units, so that rounding the ends
	// outwards to units changes no tick.
	exp := int32(size.NumDigits()) + size.Exponent() - 3
	low := e.low.Shift(-exp).Floor().IntPart()
	high := e.high.Shift(-exp).Ceil().IntPart()
	grain := int64(1) // in units; at most 100, because the size is at least one of the finest places
	for place := exp; place < -e.places; place++ {
		grain *= 10
	}
	for power := int64(1); ; power *= 10 {
		for _, digits := range [...]int64{10, 20, 25, 50} {
			step := digits * power
			first, last := -ceilDiv(-low, step), ceilDiv(high, step)
			if step%grain == 0 && last-first <= maxSteps {
				return axis{exp: exp, first: first, step: step, steps: int(last - first)}
			}
		}
	}
}

// ceilDiv divides what is not negative by what is positive and rounds up.
func ceilDiv[T int | int64](a, b T) T { return (a + b - 1) / b }

// tick is the value of a tick, 0 to steps.
func (a axis) tick(i int) decimal.Decimal {
	return decimal.New((a.first+int64(i))*a.step, a.exp)
}

// at is the height of a value above the lowest tick.
func (a axis) at(v decimal.Decimal) int {
	fine := whole64(v, 4-a.exp) // ten thousandths of a unit are finer than any screen
	return int((fine - a.first*a.step*whole) / (int64(a.steps) * a.step))
}

// whole64 is v times ten to a power, cut to a whole number.
func whole64(v decimal.Decimal, power int32) int64 {
	const fits = 18 // digits that an int64 always has room for
	shift := int(v.Exponent()) + int(power)
	if digits := v.NumDigits(); shift >= 0 && digits+shift <= fits {
		n := v.CoefficientInt64()
		for range shift {
			n *= 10
		}
		return n
	}
	return v.Shift(power).IntPart()
}

// y is the distance of a value from the top of the plot.
func (a axis) y(v decimal.Decimal) int { return whole - a.at(v) }
