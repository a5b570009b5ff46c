package portal

import (
	"net/http"

	"github.com/billhatch/billhatch/billing"
)

// draw shows the panel that an operation has given, or fails as it did.
func (x *exchange) draw(name string, panel any, err error) error {
	if err != nil {
		return err
	}
	return x.show(http.StatusOK, x.page(name, panel))
}

// clientsPage lists the clients of a partner (C3).
func (x *exchange) clientsPage() error {
	q, err := x.query("cursor")
	if err != nil {
		return err
	}
	panel, err := x.session.Clients(x.r.Context(), billing.ClientsQuery{Cursor: q["cursor"]})
	return x.draw("clients", panel, err)
}

// usagePage shows the running period (C4, C5).
func (x *exchange) usagePage() error {
	if _, err := x.query(); err != nil {
		return err
	}
	panel, err := x.account.Usage(x.r.Context())
	return x.draw("usage", &UsageView{UsagePanel: panel}, err)
}

// historyPage lists discounts and adjustments (C4).
func (x *exchange) historyPage() error {
	q, err := x.query("cursor")
	if err != nil {
		return err
	}
	panel, err := x.account.History(x.r.Context(), billing.HistoryQuery{Cursor: q["cursor"]})
	return x.draw("history", panel, err)
}

// methodsPage shows how the account pays (C2).
func (x *exchange) methodsPage() error {
	if _, err := x.query(); err != nil {
		return err
	}
	panel, err := x.account.PaymentMethods(x.r.Context())
	return x.draw("payment_methods", panel, err)
}

// reportsPage offers the months that can be reported (O7).
func (x *exchange) reportsPage() error {
	if _, err := x.query(); err != nil {
		return err
	}
	months, err := x.account.ReportMonths(x.r.Context())
	return x.draw("reports", reportsView(months), err)
}

func reportsView(months []billing.Month) ReportsView {
	view := ReportsView{Status: billing.Status{State: billing.Ready}, Months: months}
	if len(months) == 0 {
		view.State = billing.NothingYet
	}
	return view
}
