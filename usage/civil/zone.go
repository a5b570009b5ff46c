package civil

import (
	"strings"
	"time"
)

// LoadZone finds a time zone by its IANA name, such as Australia/Sydney or UTC. The empty name, Local and
// names that mean the zone of a machine are refused: a bill must not depend on where it is computed. It reads
// the zone database (a file of the system, of Go, or the package time/tzdata when the program imports it) at
// every call; keep the result. Errors: [ErrZone].
func LoadZone(name string) (*time.Location, error) {
	if reason := refusedZone(name); reason != "" {
		return nil, fail(ErrZone, name, reason)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, &Error{Kind: ErrZone, Value: clip(name), Reason: "not in the time zone database", Err: err}
	}
	return zone, nil
}

// refusedZone says why a name is not looked up, or "".
func refusedZone(name string) string {
	const longest = 64
	switch {
	case name == "":
		return "no zone"
	case name == "Local" || name == "localtime" || name == "posixrules" || name == "Factory":
		return "not a place; name the zone"
	case strings.HasPrefix(name, "posix/") || strings.HasPrefix(name, "right/"):
		return "not an IANA name" // directories of some systems; those of the second count leap seconds
	case len(name) > longest:
		return "not an IANA name"
	}
	return ""
}

// checkZone refuses the zones that no period may have.
func checkZone(zone *time.Location) error {
	switch {
	case zone == nil:
		return fail(ErrZone, "", "no zone")
	case zone == time.Local || zone.String() == "Local":
		return fail(ErrZone, "Local", "not a place; name the zone")
	}
	return nil
}

// Start is the first instant at which the clocks of the zone show d or a later date. That is local midnight,
// except where the zone skips it: then it is the first instant after the gap, and for a date that the zone
// skips altogether (Apia, 2011-12-30) the instant at which the next day begins. Where clocks go back over
// midnight, so that a date begins twice, it is the first time.
//
// It never decreases from one date to the next. It is the zero time for the zero Date and without a zone.
func (d Date) Start(zone *time.Location) time.Time {
	if d.n == 0 || zone == nil {
		return time.Time{}
	}
	const day = 24 * 60 * 60
	wall := int64(d.n-unixOrdinal) * day // what a clock without an offset would show
	// Two days earlier no clock shows d yet. Walk from there over the stretches of one offset each.
	for t := time.Unix(wall-2*day, 0).In(zone); ; {
		_, offset := t.Zone()
		begin, end := t.ZoneBounds()
		if !end.IsZero() && !end.After(t) {
			end = t.Add(time.Hour) // wrong on 31 December of some leap years, golang.org/issue/81583
		}
		first := wall - int64(offset)
		if !begin.IsZero() && !begin.After(t) {
			first = max(first, begin.Unix())
		}
		if end.IsZero() || first < end.Unix() {
			return time.Unix(first, 0).In(zone)
		}
		t = end
	}
}
