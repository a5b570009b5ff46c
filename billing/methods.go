package billing

import (
	"context"

	"github.com/billhatch/billhatch/provider"
)

// MethodsPanel shows how the account pays (C2).
type MethodsPanel struct {
	Status
	Methods []provider.PaymentMethod
}

// PaymentMethods shows what may be shown of the ways to pay: kind, brand, last digits and expiry.
func (a *Account) PaymentMethods(ctx context.Context) (MethodsPanel, error) {
	run, err := a.begin(ctx, "PaymentMethods", target{})
	if err != nil {
		return MethodsPanel{}, err
	}
	methods, err := run.methods(ctx)
	panel := MethodsPanel{}
	if panel.Status, err = run.status(ctx, err); err != nil {
		return MethodsPanel{}, err
	}
	panel.Methods = methods
	if panel.State == Ready && len(methods) == 0 {
		panel.State = NothingYet
	}
	if panel.Good() && a.Can("OpenPortal") {
		panel.Step = StepOpenPortal
	}
	return panel, nil
}

func (run *act) methods(ctx context.Context) ([]provider.PaymentMethod, error) {
	lister, ok := provider.As[provider.PaymentMethodLister](run.service.cfg.Payments)
	if !ok {
		return nil, &provider.Error{Op: run.op.Name, Kind: provider.ErrUnsupported}
	}
	if _, err := run.readCustomer(ctx); err != nil {
		return nil, err
	}
	return lister.PaymentMethods(ctx, run.account.Customer)
}
