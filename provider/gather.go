package provider

import (
	"context"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// Gather gives what records have for the statement of an account and a period, which must be in the account's zone, and
// the agreement that it is computed with. Tenants and projects are read while the statement is computed; records
// without an ability have nothing of it. Records that read no plans are ErrUnsupported.
func Gather(ctx context.Context, records Records, account *Account, period civil.Period) (usage.Input, Agreement, error) {
	plans, ok := As[PlanReader](records)
	if !ok {
		return usage.Input{}, Agreement{}, &Error{Op: "Gather", Kind: ErrUnsupported}
	}
	agreed, err := plans.Plan(ctx, account.ID, period)
	if err != nil {
		return usage.Input{}, Agreement{}, err
	}
	return GatherFor(ctx, records, account, period, agreed), agreed, nil
}

// GatherFor is [Gather] with an agreement that is known already, such as that of a closed month.
func GatherFor(ctx context.Context, records Records, account *Account, period civil.Period, agreed Agreement) usage.Input {
	in := usage.Input{
		Account: usage.Account{ID: account.ID, Name: account.Name}, Period: period, Plan: agreed.Plan,
		Discounts: agreed.Discounts, Adjustments: agreed.Adjustments,
	}
	if tenants, ok := As[TenantReader](records); ok {
		in.Tenants = tenants.Tenants(ctx, account.ID, period)
	}
	if projects, ok := As[ProjectReader](records); ok {
		in.Projects = projects.Projects(ctx, account.ID, period)
	}
	return in
}
