package usage

import (
	"time"

	"github.com/billhatch/billhatch/usage/civil"
)

// Availability says from which month on there are statements (O7).
type Availability struct {
	Earliest civil.Date // first day that can be reported; zero: 2026-01-01
}

// Check tells what a statement of the period can be at the instant now: final when the period is over, to date while
// it runs. An earlier or a future period is ErrPeriodUnavailable.
func (a Availability) Check(period civil.Period, now time.Time) (Finality, error) {
	if period.IsZero() {
		return Final, &Error{Kind: ErrPeriodUnavailable, Detail: "no period"}
	}
	earliest := a.Earliest
	if earliest.IsZero() {
		earliest = civil.MustDate(2026, time.January, 1)
	}
	if period.From().Before(earliest) {
		return Final, &Error{Kind: ErrPeriodUnavailable, Detail: period.String() + " is before " + earliest.String()}
	}
	start, end := period.Bounds()
	switch {
	case now.Before(start):
		return Final, &Error{Kind: ErrPeriodUnavailable, Detail: period.String() + " has not begun"}
	case now.Before(end):
		return ToDate, nil
	}
	return Final, nil
}

// Closed refuses a period that is not over at the instant now, with ErrPeriodOpen, or that Check refuses.
func (a Availability) Closed(period civil.Period, now time.Time) error {
	finality, err := a.Check(period, now)
	if err == nil && finality != Final {
		return &Error{Kind: ErrPeriodOpen, Detail: period.String()}
	}
	return err
}
