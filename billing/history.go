package billing

import (
	"context"

	"github.com/billhatch/billhatch/provider"
)

// HistoryQuery asks for a page of discounts and adjustments.
type HistoryQuery struct {
	Cursor string // Next of a panel; empty: the newest
}

// HistoryPanel lists discounts and adjustments, newest first, those of the past too (C4).
type HistoryPanel struct {
	Status
	Items []provider.HistoryItem
	Next  string
}

// History lists discounts and adjustments.
func (a *Account) History(ctx context.Context, q HistoryQuery) (HistoryPanel, error) {
	const op = "History"
	run, err := a.begin(ctx, op, target{})
	if err != nil {
		return HistoryPanel{}, err
	}
	scope := []string{"history", run.account.ID}
	cursor, err := run.service.seal.openCursor(op, q.Cursor, scope...)
	if err != nil {
		return HistoryPanel{}, err
	}
	page, err := run.history(ctx, cursor)
	panel := HistoryPanel{}
	if panel.Status, err = run.status(ctx, err); err != nil {
		return HistoryPanel{}, err
	}
	panel.Items, panel.Next = page.Items, run.service.seal.cursor(page.Next, scope...)
	if panel.State == Ready && len(panel.Items) == 0 && q.Cursor == "" {
		panel.State = NothingYet
	}
	return panel, nil
}

// history reads a page. Amounts in another currency than the account's are not shown.
func (run *act) history(ctx context.Context, cursor string) (provider.HistoryPage, error) {
	lister, ok := provider.As[provider.DiscountLister](run.service.cfg.Payments)
	if !ok {
		return provider.HistoryPage{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrUnsupported}
	}
	customer, err := run.customer()
	if err != nil {
		return provider.HistoryPage{}, err
	}
	page, err := lister.Discounts(ctx, provider.HistoryQuery{Customer: customer, Limit: run.service.cfg.PageSize, Cursor: cursor})
	if err != nil {
		return provider.HistoryPage{}, run.unknownCustomer(err)
	}
	for _, item := range page.Items {
		if item.Amount.IsSet() && item.Amount.Currency() != run.account.Currency {
			return provider.HistoryPage{}, &provider.Error{Op: run.op.Name, Kind: provider.ErrForeign}
		}
	}
	return page, nil
}
