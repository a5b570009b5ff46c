package billing

import (
	"context"
	"errors"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// statement computes what the account owes for a period. A running period is counted to date.
func (run *act) statement(ctx context.Context, period civil.Period, finality usage.Finality, totalsOnly bool) (*usage.Statement, error) {
	in, err := run.input(ctx, period, finality)
	if err != nil {
		return nil, err
	}
	in.TotalsOnly = totalsOnly
	st, err := usage.Compute(in)
	if err != nil {
		return nil, err
	}
	if st.Currency != run.account.Currency {
		return nil, &provider.Error{Op: run.op.Name, Kind: provider.ErrForeign}
	}
	return st, st.Verify()
}

// input gathers what the records have on the account. Records without an ability have nothing of it.
func (run *act) input(ctx context.Context, period civil.Period, finality usage.Finality) (usage.Input, error) {
	records := run.service.cfg.Records
	plans, ok := provider.As[provider.PlanReader](records)
	if !ok {
		return usage.Input{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrUnsupported}
	}
	agreed, err := plans.Plan(ctx, run.account.ID, period)
	if err != nil {
		return usage.Input{}, err
	}
	in := usage.Input{
		Account: usage.Account{ID: run.account.ID, Name: run.account.Name}, Period: period, Plan: agreed.Plan,
		Discounts: agreed.Discounts, Adjustments: agreed.Adjustments, Finality: finality,
	}
	if finality != usage.Final {
		in.AsOf = civil.DateOf(run.service.now(), run.account.Zone)
	}
	if tenants, ok := provider.As[provider.TenantReader](records); ok {
		in.Tenants = tenants.Tenants(ctx, run.account.ID, period)
	}
	if projects, ok := provider.As[provider.ProjectReader](records); ok {
		in.Projects = projects.Projects(ctx, run.account.ID, period)
	}
	return in, nil
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
