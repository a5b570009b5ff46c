package invoice

import (
	"fmt"
	"time"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// Terms are the payment terms. The zero value means Net 30 (O8); Net(0) is due on the day of issue.
type Terms struct {
	days int // days + 1, so that the zero value can mean the default
}

// DefaultDays is the number of civil days of the default terms, Net 30.
const DefaultDays = 30

// MaxDays bounds the terms.
const MaxDays = 365

// Net gives terms of so many civil days, 0 to [MaxDays].
func Net(days int) (Terms, error) {
	if days < 0 || days > MaxDays {
		return Terms{}, &Error{Kind: ErrTerms, Detail: fmt.Sprintf("%d days, want 0 to %d", days, MaxDays)}
	}
	return Terms{days: days + 1}, nil
}

// Days is the number of civil days between the issue date and the due date.
func (t Terms) Days() int {
	if t.days == 0 {
		return DefaultDays
	}
	return t.days - 1
}

// String gives "Net 30", or "Due on receipt" for no days.
func (t Terms) String() string {
	if t.Days() == 0 {
		return "Due on receipt"
	}
	return fmt.Sprintf("Net %d", t.Days())
}

// Due is the date until which the invoice can be paid in time: the provider's own due date when it states one,
// else the issue date plus the terms. It is the zero date while the invoice is not issued.
func (inv *Invoice) Due() civil.Date {
	switch {
	case !inv.DueDate.IsZero():
		return inv.DueDate
	case inv.Issued.IsZero():
		return civil.Date{}
	}
	return inv.Issued.AddDays(inv.Terms.Days())
}

// Overdue tells whether an open invoice has passed its due date at the instant now. The day of the due date is
// still in time: overdue begins with the next civil day in the account's zone. It is derived, never stored.
// An invoice that is not open is never overdue.
func (inv *Invoice) Overdue(now time.Time) bool {
	due := inv.Due()
	if inv.Status != Open || due.IsZero() || inv.Period.Zone() == nil {
		return false
	}
	return civil.DateOf(now, inv.Period.Zone()).After(due)
}

// AmountDue is the total less what has been credited and paid; nothing is due on a paid, void or uncollectible invoice.
func (inv *Invoice) AmountDue() (money.Amount, error) {
	if inv.Status == Paid || inv.Status == Void || inv.Status == Uncollectible {
		return money.Zero(inv.Currency)
	}
	due := inv.Total
	for _, less := range [...]money.Amount{inv.Credited, inv.Paid} {
		if !less.IsSet() {
			continue
		}
		var err error
		if due, err = due.Sub(less); err != nil {
			return due, err
		}
	}
	return due, nil
}

// NextDate is the day on which the invoice of the given period is issued: the first day after it (O8).
func NextDate(period civil.Period) civil.Date { return period.To() }
