package xlsx

import "strconv"

// Bounds of decimal text.
const (
	maxDigits = 34 // significant ones, and those before the point
	maxNumber = 96 // characters
	// exactDigits is what a spreadsheet keeps of a number.
	exactDigits = 15
	exactBelow  = 1e15
)

// Days that a sheet can show: 1 March 1900, before which the format counts a day that never was, to
// 31 December 9999.
const (
	minDay = 61
	maxDay = 2958465
)

// appendScaled appends unscaled / 10^scale with exactly scale decimals.
func appendScaled(b []byte, unscaled int64, scale int) []byte {
	u := uint64(unscaled)
	if unscaled < 0 {
		b = append(b, '-')
		u = -u
	}
	var digits [24]byte
	d := strconv.AppendUint(digits[:0], u, 10)
	if scale == 0 {
		return append(b, d...)
	}
	if whole := len(d) - scale; whole > 0 {
		b = append(b, d[:whole]...)
		b = append(b, '.')
		return append(b, d[whole:]...)
	}
	b = append(b, '0', '.')
	for range scale - len(d) {
		b = append(b, '0')
	}
	return append(b, d...)
}

// isLong tells a number that a spreadsheet would round.
func isLong(unscaled int64) bool {
	if unscaled < exactBelow && unscaled > -exactBelow {
		return false
	}
	for unscaled%10 == 0 {
		unscaled /= 10
	}
	return unscaled >= exactBelow || unscaled <= -exactBelow
}

// decimal is decimal text, checked and taken apart.
type decimal struct {
	negative    bool
	whole, frac string // digits; whole without leading zeros
	long        bool   // a spreadsheet would round it
}

// parseDecimal reads an optional sign, digits, and optionally a point and digits.
func parseDecimal(s string) (decimal, error) {
	var d decimal
	if len(s) > maxNumber {
		return d, errorf(ErrValue, "number of %d characters", len(s))
	}
	t := s
	if t != "" && (t[0] == '-' || t[0] == '+') {
		d.negative = t[0] == '-'
		t = t[1:]
	}
	n := digitsAt(t)
	d.whole, t = t[:n], t[n:]
	good := n > 0
	if t != "" && t[0] == '.' {
		n = digitsAt(t[1:])
		d.frac, t = t[1:1+n], t[1+n:]
		good = good && n > 0
	}
	if !good || t != "" {
		return d, errorf(ErrValue, "%q is no decimal number", clip(s))
	}
	for d.whole != "" && d.whole[0] == '0' {
		d.whole = d.whole[1:]
	}
	first, last := d.significant()
	if len(d.frac) > maxScale || len(d.whole) > maxDigits || last-first > maxDigits {
		return d, errorf(ErrValue, "number %q has too many digits", clip(s))
	}
	d.long = last-first > exactDigits
	if first == last {
		d.negative = false
	}
	return d, nil
}

func digitsAt(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// significant gives the range of digits of whole+frac from the first to after the last that is not zero.
func (d *decimal) significant() (first, last int) {
	first = -1
	for i := range len(d.whole) + len(d.frac) {
		if d.digit(i) != '0' {
			if first < 0 {
				first = i
			}
			last = i + 1
		}
	}
	return max(first, 0), last
}

func (d *decimal) digit(i int) byte {
	if i < len(d.whole) {
		return d.whole[i]
	}
	return d.frac[i-len(d.whole)]
}

func (d *decimal) append(b []byte) []byte {
	if d.negative {
		b = append(b, '-')
	}
	if d.whole == "" {
		b = append(b, '0')
	}
	b = append(b, d.whole...)
	if d.frac == "" {
		return b
	}
	return append(append(b, '.'), d.frac...)
}

// dayNumber gives the serial number of a civil day: days since 30 December 1899. It is false for a day
// that does not exist or that a sheet cannot show.
func dayNumber(year, month, day int) (int, bool) {
	if year < 1900 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	// Years begin in March, so that the leap day comes last.
	m := month - 3
	if m < 0 {
		m += 12
		year--
	}
	days := 365*year + year/4 - year/100 + year/400 + (153*m+2)/5 + day - 1
	n := days - marchZero
	return n, n >= minDay
}

// marchZero is the count of days from 1 March of year 0 to 30 December 1899.
const marchZero = 693899

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
