package civil

import "time"

const (
	// minOrdinal and maxOrdinal are the day numbers of 0001-01-01 and 9999-12-31.
	minOrdinal = 1
	maxOrdinal = 3652059
	// unixOrdinal is the day number of 1970-01-01.
	unixOrdinal = 719163

	minYear, maxYear = 1, 9999
)

// The calendar arithmetic counts from 0000-03-01, so that the leap day is the last day of a year and the
// months after February repeat every five months (153 days). Divisions are by constants; one of them is done
// as a multiplication (Neri and Schneider, "Euclidean affine functions and their application to calendar
// algorithms", 2022).

// marchOffset is the day number of the day before 0000-03-01, with its sign changed.
const marchOffset = 305

// ymd splits a day number between minOrdinal and maxOrdinal.
func ymd(ordinal int32) (year, month, day uint32) {
	quarters := 4*uint32(ordinal+marchOffset) + 3
	century := quarters / 146097 // 146097 days are 400 years
	inCentury := quarters%146097/4*4 + 3
	p := uint64(2939745) * uint64(inCentury) // 2^32/1461, rounded up
	yearOfCentury := uint32(p >> 32)
	dayOfYear := uint32(p) / 2939745 / 4

	md := 2141*dayOfYear + 197913
	year, month, day = 100*century+yearOfCentury, md>>16, md&0xffff/2141+1
	if dayOfYear >= 306 { // January and February belong to the next year
		return year + 1, month - 12, day
	}
	return year, month, day
}

// ordinalOf is the day number of a day that exists in the years 1 to 9999.
func ordinalOf(year, month, day uint32) int32 {
	if month <= 2 {
		year--
		month += 12
	}
	century := year / 100
	days := 1461*year/4 - century + century/4
	return int32(days+(979*month-2919)/32+day) - marchOffset - 1
}

// daysIn is the length of a month.
func daysIn(year int, month time.Month) int {
	switch month {
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	}
	return 31
}
