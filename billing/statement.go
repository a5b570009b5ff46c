package billing

import (
	"context"
	"errors"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// statement is what the account owes for a period, and whether the period is closed: then it is the one that was billed,
// else it is computed from the records. A running period is counted to date.
func (run *act) statement(ctx context.Context, period civil.Period, finality usage.Finality) (*usage.Statement, bool, error) {
	if finality == usage.Final {
		if st, err := run.frozen(ctx, period); st != nil || err != nil {
			return st, true, err
		}
	}
	st, err := run.compute(ctx, period, finality)
	return st, false, err
}

// compute computes what the account owes for a period from the records.
func (run *act) compute(ctx context.Context, period civil.Period, finality usage.Finality) (*usage.Statement, error) {
	in, _, err := provider.Gather(ctx, run.service.cfg.Records, &run.account, period)
	if err != nil {
		return nil, err
	}
	if in.Finality = finality; finality != usage.Final {
		in.AsOf = civil.DateOf(run.service.now(), run.account.Zone)
	}
	st, err := usage.Compute(in)
	if err != nil {
		return nil, err
	}
	if st.Currency != run.account.Currency {
		return nil, &provider.Error{Op: run.op.Name, Kind: provider.ErrForeign}
	}
	return st, st.Verify()
}

// incomplete are the errors of a computation that say that something is missing or wrong in the records.
var incomplete = []error{
	usage.ErrUsageIncomplete, usage.ErrPriceMissing, usage.ErrCurrency, usage.ErrPlan, usage.ErrPartialCoverage,
	usage.ErrSplitAmbiguous, usage.ErrSplitNotApproved, usage.ErrSplitDomain, usage.ErrDuplicate, usage.ErrRoster,
	usage.ErrReading, usage.ErrDiscount, usage.ErrInterval, usage.ErrAmountOutOfRange, usage.ErrStatement,
}

// wrapUsage gives an error of a computation to the caller: what is the caller's own mistake (a month that cannot be
// reported) by its kind, what the records lack as ErrIncomplete. The cause is kept for the host and never printed: it
// may name users and tenants.
func wrapUsage(op string, err error) error {
	for _, kind := range []error{usage.ErrPeriodUnavailable, usage.ErrPeriodOpen} {
		if errors.Is(err, kind) {
			return &Error{Op: op, Kind: kind, Field: "month"}
		}
	}
	if provider.Kind(err) != nil {
		return wrap(op, err)
	}
	for _, kind := range incomplete {
		if errors.Is(err, kind) {
			return &Error{Op: op, Kind: provider.ErrIncomplete, Err: err}
		}
	}
	return wrap(op, err)
}
