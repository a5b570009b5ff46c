package closing

import (
	"errors"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
)

// The kinds of errors that this package adds to those of provider and usage, for errors.Is.
var (
	// ErrConfig says that a Config is not complete.
	ErrConfig = errors.New("invalid configuration")
	// ErrParked says that a person has to look at the closing: see provider.Closing.Reason, and Closer.Unpark.
	ErrParked = errors.New("parked")
	// ErrElsewhere says that another process is at work on the closing.
	ErrElsewhere = errors.New("another process is at work on it")
	// ErrBehind says that the payment provider has an invoice of ours that the ledger does not know: see Closer.Reconcile.
	ErrBehind = errors.New("the ledger is behind the payment provider")
	// ErrQuiet says that something may still arrive at the payment provider: ask again in some minutes.
	ErrQuiet = errors.New("too early")
	// ErrPanic says that something panicked while an account was closed.
	ErrPanic = errors.New("panic")
)

// Error is what every operation returns when it fails.
type Error struct {
	Op      string // the operation, such as "Close"
	Kind    error  // a sentinel of this package, of provider or of usage
	Account string // id
	Message string // safe to show and to log; may be empty
	Err     error  // the cause: found by errors.As, never printed
}

// Error gives the operation, the account, the kind and the safe message.
func (e *Error) Error() string {
	msg := "closing: " + e.Op + ": "
	if e.Account != "" {
		msg += "account " + e.Account + ": "
	}
	msg += e.Kind.Error()
	if e.Message != "" {
		msg += ": " + e.Message
	}
	return msg
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Retry tells whether an operation that failed may succeed when it is asked for again, without anybody doing something.
func Retry(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, kind := range []error{
		ErrElsewhere, ErrQuiet, provider.ErrUnavailable, provider.ErrTimeout, provider.ErrRateLimited, provider.ErrUnknown,
	} {
		if errors.Is(e.Kind, kind) {
			return true
		}
	}
	return false
}

// usageKinds are the kinds of usage and invoice that a statement may fail with.
func usageKinds() []error {
	return []error{
		usage.ErrPeriodUnavailable, usage.ErrPeriodOpen, usage.ErrUsageIncomplete, usage.ErrPriceMissing, usage.ErrCurrency,
		usage.ErrPlan, usage.ErrPartialCoverage, usage.ErrSplitAmbiguous, usage.ErrSplitNotApproved, usage.ErrSplitDomain,
		usage.ErrDuplicate, usage.ErrRoster, usage.ErrReading, usage.ErrDiscount, usage.ErrInterval,
		usage.ErrAmountOutOfRange, usage.ErrStatement,
		invoice.ErrNegativeTotal, invoice.ErrLines, invoice.ErrTotals, invoice.ErrNotFinal, invoice.ErrTerms,
	}
}

// wrap gives an error as one of this package. The text of the cause is left out, unless a provider vouches for it.
func wrap(op, account string, err error) error {
	var ours *Error
	var theirs *provider.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		return err
	case errors.As(err, &theirs):
		return &Error{Op: op, Account: account, Kind: theirs.Kind, Message: theirs.Message, Err: err}
	}
	if kind := provider.Kind(err); kind != nil {
		return &Error{Op: op, Account: account, Kind: kind, Err: err}
	}
	for _, kind := range usageKinds() {
		if errors.Is(err, kind) {
			return &Error{Op: op, Account: account, Kind: kind, Err: err}
		}
	}
	return &Error{Op: op, Account: account, Kind: provider.ErrUnavailable, Err: err}
}
