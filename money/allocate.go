package money

import (
	"math/big"
	"math/bits"
	"slices"
)

// maxParts bounds Split, whose number may come from outside.
const maxParts = 1 << 24

// Allocate splits a over weights by the largest remainder: every part is its exact share cut to minor
// units, and the units that are left go one each to the parts that were cut most, the earlier first when
// they are equal. The parts add up to a, each differs from its exact share by less than one minor unit,
// and a weight of 0 gets 0. A negative amount is split like its opposite.
//
// Errors: [ErrWeights] for no weights, a negative one, or only zeros; [ErrCurrency] when a is not set;
// [ErrInexact] and [ErrOutOfRange] as [Amount.Minor].
func (a Amount) Allocate(weights ...int64) ([]Amount, error) {
	units, err := a.Minor()
	if err != nil {
		return nil, err
	}
	var sum, carry uint64
	for i, w := range weights {
		if w < 0 {
			return nil, &WeightsError{Index: i, Reason: "negative"}
		}
		var over uint64
		sum, over = bits.Add64(sum, uint64(w), 0)
		carry += over
	}
	switch {
	case carry > 0:
		wide := make([]*big.Int, len(weights))
		for i, w := range weights {
			wide[i] = big.NewInt(w)
		}
		return a.shareBig(units, wide), nil
	case len(weights) == 0:
		return nil, &WeightsError{Index: -1, Reason: "none"}
	case sum == 0:
		return nil, &WeightsError{Index: -1, Reason: "all are zero"}
	}
	return a.share(units, weights, sum), nil
}

// share is Allocate for weights that are right and whose sum fits in 64 bits.
func (a Amount) share(units int64, weights []int64, sum uint64) []Amount {
	total := magnitude(units)
	parts := make([]Amount, len(weights))
	cut := make([]uint64, len(weights)) // from each part, in units of 1/sum
	left := total
	for i, w := range weights {
		hi, lo := bits.Mul64(total, uint64(w))
		q, r := bits.Div64(hi, lo, sum) // w <= sum, so q <= total
		parts[i] = minorAmount(int64(q), a.cur)
		cut[i] = r
		left -= q
	}
	if left > 0 {
		last := nthLargest(cut, left, sum-1)
		for i, c := range cut {
			if c > last {
				parts[i].units++
				left--
			}
		}
		for i := 0; left > 0; i++ {
			if cut[i] == last {
				parts[i].units++
				left--
			}
		}
	}
	if units < 0 {
		for i := range parts {
			parts[i].units = -parts[i].units
		}
	}
	return parts
}

// AllocateRat is [Amount.Allocate] with fractions as weights, for shares that are themselves exact
// amounts. A nil weight is an [ErrWeights].
func (a Amount) AllocateRat(weights ...*big.Rat) ([]Amount, error) {
	units, err := a.Minor()
	if err != nil {
		return nil, err
	}
	common := big.NewInt(1)
	for i, w := range weights {
		switch {
		case w == nil:
			return nil, &WeightsError{Index: i, Reason: "missing"}
		case w.Sign() < 0:
			return nil, &WeightsError{Index: i, Reason: "negative"}
		}
		gcd := new(big.Int).GCD(nil, nil, common, w.Denom())
		common.Mul(common, new(big.Int).Quo(w.Denom(), gcd))
	}
	wide := make([]*big.Int, len(weights))
	small := make([]int64, 0, len(weights))
	for i, w := range weights {
		wide[i] = new(big.Int).Quo(common, w.Denom())
		wide[i].Mul(wide[i], w.Num())
		if wide[i].IsInt64() {
			small = append(small, wide[i].Int64())
		}
	}
	if len(small) == len(wide) { // none and only zeros are found there
		return a.Allocate(small...)
	}
	return a.shareBig(units, wide), nil
}

// Split divides a into n parts that differ by at most one minor unit, the larger ones first. Errors as
// [Amount.Allocate]; n is 1 to 16,777,216.
func (a Amount) Split(n int) ([]Amount, error) {
	units, err := a.Minor()
	if err != nil {
		return nil, err
	}
	if n < 1 || n > maxParts {
		return nil, &WeightsError{Index: -1, Reason: "number of parts out of range"}
	}
	q, r := units/int64(n), units%int64(n)
	step := int64(1)
	if r < 0 {
		step, r = -1, -r
	}
	parts := make([]Amount, n)
	for i := range parts {
		parts[i] = minorAmount(q, a.cur)
		if int64(i) < r {
			parts[i].units += step
		}
	}
	return parts, nil
}

// nthLargest returns the n-th largest of values that are at most most; n is 1 to len(values). It halves
// the range of the answer, which is quicker than sorting the values.
func nthLargest(values []uint64, n, most uint64) uint64 {
	least := uint64(0)
	for least < most {
		middle := most - (most-least)/2
		count := uint64(0)
		for _, v := range values {
			if v >= middle {
				count++
			}
		}
		if count >= n {
			least = middle
		} else {
			most = middle - 1
		}
	}
	return least
}

// shareBig is share without a limit. The weights are not negative and not all zero.
func (a Amount) shareBig(units int64, weights []*big.Int) []Amount {
	sum := new(big.Int)
	for _, w := range weights {
		sum.Add(sum, w)
	}
	total := new(big.Int).SetUint64(magnitude(units))
	left := magnitude(units)
	shares := make([]uint64, len(weights))
	cut := make([]*big.Int, len(weights))
	order := make([]int, len(weights))
	for i, w := range weights {
		q, r := new(big.Int).QuoRem(new(big.Int).Mul(total, w), sum, new(big.Int))
		shares[i], cut[i], order[i] = q.Uint64(), r, i
		left -= shares[i]
	}
	slices.SortStableFunc(order, func(i, j int) int { return cut[j].Cmp(cut[i]) })
	for _, i := range order[:left] {
		shares[i]++
	}
	parts := make([]Amount, len(weights))
	for i, share := range shares {
		parts[i] = minorAmount(signed(share, units < 0), a.cur)
	}
	return parts
}
