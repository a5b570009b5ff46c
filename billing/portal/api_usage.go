package portal

import (
	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal/internal/apimodel"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
)

// apiUsage shows the running period (C4, C5).
func (x *exchange) apiUsage() error {
	if _, err := x.query(); err != nil {
		return err
	}
	panel, err := x.account.Usage(x.r.Context())
	return respond(x, panel, err, usageModel)
}

func usageModel(p billing.UsagePanel) apimodel.Usage {
	return apimodel.Usage{
		Status: statusModel(p.Status), Period: periodModel(p.Period), Resets: p.Resets.String(), Plan: text(p.Plan),
		Totals: list(p.Totals, totalModel), Projects: list(p.Projects, projectModel), Seats: seatsModel(p.Seats),
		Daily: list(p.Daily, seriesModel), Notices: list(p.Notices, historyItemModel),
		MonthlyFee: moneyModel(p.MonthlyFee), DiscountedFee: moneyModel(p.DiscountedFee), Overage: moneyModel(p.Overage),
		Expected: moneyModel(p.Expected), LastInvoiceTotal: moneyModel(p.LastInvoice),
		Missing: list(p.Missing, func(what string) apimodel.Missing { return apimodel.Missing(what) }),
	}
}

func totalModel(t billing.MeterTotal) apimodel.MeterTotal {
	return apimodel.MeterTotal{
		Meter: t.Meter, Unit: text(t.Unit), Used: quantityModel(t.Used), Partial: t.Partial,
		Allowance: allowanceModel(t.Included, t.HasLimit),
		State:     apimodel.UsageState(t.State.String()), Health: apimodel.UsageHealth(t.Health.String()),
	}
}

func projectModel(c billing.ProjectCard) apimodel.ProjectCard {
	return apimodel.ProjectCard{
		Id: c.ID, Name: text(c.Name), Plan: text(c.Plan), Meters: list(c.Meters, meterModel),
		State: apimodel.UsageState(c.State.String()), Health: apimodel.UsageHealth(c.Health.String()),
	}
}

func meterModel(m billing.MeterCard) apimodel.MeterCard {
	return apimodel.MeterCard{
		Meter: m.Meter, Unit: text(m.Unit), Used: quantityModel(m.Used), Allowance: allowanceModel(m.Included, m.HasLimit),
		Rate: moneyModel(m.Rate), Overage: moneyModel(m.Overage),
		Freshness: apimodel.Freshness(m.Freshness.String()), ReadAt: instantModel(m.ReadAt),
	}
}

// allowanceModel is null when no allowance is known: nothing included is another thing.
func allowanceModel(a usage.Allowance, known bool) *apimodel.Allowance {
	switch {
	case !known:
		return nil
	case a.Unlimited:
		return &apimodel.Allowance{Unlimited: true}
	}
	return &apimodel.Allowance{Included: text(a.Included.String())}
}

func seatsModel(s *billing.SeatTotal) *apimodel.Seats {
	if s == nil {
		return nil
	}
	return &apimodel.Seats{Tenants: s.Tenants, Users: s.Users, Cost: moneyModel(s.Cost)}
}

func seriesModel(s billing.DailySeries) apimodel.DailySeries {
	return apimodel.DailySeries{
		Name: s.Name, Unit: text(s.Unit), Days: list(s.Days, func(d billing.DayValue) apimodel.DayValue {
			return apimodel.DayValue{Day: d.Day.String(), Used: quantityModel(d.Used), Partial: d.Partial}
		}),
	}
}

// apiHistory lists discounts and adjustments (C4).
func (x *exchange) apiHistory() error {
	q, err := x.paged()
	if err != nil {
		return err
	}
	panel, err := x.account.History(x.r.Context(), billing.HistoryQuery{Cursor: q["cursor"]})
	return respond(x, panel, err, func(p billing.HistoryPanel) apimodel.History {
		return apimodel.History{Status: statusModel(p.Status), Next: text(p.Next), Items: list(p.Items, historyItemModel)}
	})
}

func historyItemModel(i provider.HistoryItem) apimodel.HistoryItem {
	return apimodel.HistoryItem{
		Id: i.ID, Name: i.Name, From: dateModel(i.From), Until: dateModel(i.Until), Text: text(i.Text),
		Amount: moneyModel(i.Amount), Active: i.Active,
	}
}
