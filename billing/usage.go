package billing

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// UsagePanel shows the usage of the running period (C4, C5).
type UsagePanel struct {
	Status
	Period civil.Period
	Resets civil.Date // first day of the next period
	Plan   string

	Totals   []MeterTotal  // over all projects, in order of meter
	Projects []ProjectCard // in order of id
	Seats    *SeatTotal    // accounts that pay by seat

	// Daily has a line for every meter, in order of meter, and then one for seats. Lines that the records cannot give are
	// not there, and are not missing.
	Daily []DailySeries

	Notices []provider.HistoryItem // discounts and adjustments that are in force

	// MonthlyFee is what the fees of the period are, DiscountedFee what discounts leave of them. Overage is what usage
	// costs so far, before discounts; Expected is everything at the end of the period by the rate so far. All are
	// estimates, and unset where something is missing that they need.
	MonthlyFee    money.Amount
	DiscountedFee money.Amount
	Overage       money.Amount
	Expected      money.Amount
	LastInvoice   money.Amount // total of the most recent invoice; unset: none, or not to be had
	Missing       []string     // what is missing, in a fixed vocabulary: see MissingPlan and the others
}

// What can be missing of a usage panel. Everything else in it is good.
const (
	MissingPlan        = "plan"         // prices and allowances
	MissingMetadata    = "metadata"     // names and plans of projects
	MissingReadings    = "readings"     // usage of some projects
	MissingUsage       = "usage"        // usage of all projects
	MissingDaily       = "daily"        // usage by day
	MissingSeats       = "seats"        // rosters
	MissingNotices     = "notices"      // discounts and adjustments
	MissingLastInvoice = "last_invoice" // the most recent invoice
)

// MeterTotal is the usage of a meter over all projects.
type MeterTotal struct {
	Meter, Unit string
	Used        usage.Quantity // of the projects that are known; unknown when none is
	Partial     bool           // some project has no reading
	Included    usage.Allowance
	HasLimit    bool // an allowance is known
	State       usage.State
	Health      usage.Health
}

// ProjectCard is the usage of one project.
type ProjectCard struct {
	ID     string
	Name   string // empty: not to be had for now
	Plan   string
	State  usage.State
	Health usage.Health
	Meters []MeterCard
}

// MeterCard is the usage of one meter of a project.
type MeterCard struct {
	Meter, Unit string
	Used        usage.Quantity
	Included    usage.Allowance
	HasLimit    bool
	State       usage.State
	Health      usage.Health
	Rate        money.Amount // of a unit beyond the allowance; unset: no single one, or not known
	Overage     money.Amount // so far; unset: not known
	Freshness   usage.Freshness
	ReadAt      time.Time // zero: not told
}

// SeatTotal is the usage of an account that pays by seat.
type SeatTotal struct {
	Tenants, Users int
	Cost           money.Amount // so far
}

// Usage shows the usage of the running period with the data that can be had.
func (a *Account) Usage(ctx context.Context) (UsagePanel, error) {
	run, err := a.begin(ctx, "Usage", target{})
	if err != nil {
		return UsagePanel{}, err
	}
	period, err := civil.MonthOf(run.service.now(), run.account.Zone)
	if err != nil {
		return UsagePanel{}, &Error{Op: run.op.Name, Kind: provider.ErrInvalid, Err: err}
	}
	panel := &usagePanel{run: run, ctx: ctx, asOf: civil.DateOf(run.service.now(), run.account.Zone)}
	panel.Period, panel.Resets, panel.State = period, period.To(), Ready
	if _, err := run.customer(); err != nil {
		panel.Status, err = run.status(ctx, err)
		return panel.UsagePanel, err
	}
	if err := panel.fill(); err != nil {
		return UsagePanel{}, err
	}
	return panel.UsagePanel, nil
}

// usagePanel is a panel in the making.
type usagePanel struct {
	UsagePanel
	run      *act
	ctx      context.Context
	asOf     civil.Date
	plan     *provider.Agreement
	projects []usage.Project
	cutShort bool // projects could not be read to their end
}

func (p *usagePanel) fill() error {
	// What the payment provider knows is read while the records are: the two are different systems, and slow ones.
	notices, lastInvoice := ahead(p.readNotices), ahead(p.readLastInvoice)
	defer lastInvoice() //nolint:errcheck // whatever happens, nothing is read any more afterwards
	defer notices()     //nolint:errcheck // as above
	steps := []struct {
		what string
		read func() error
	}{
		{MissingPlan, p.readPlan},
		{MissingUsage, p.readProjects},
		{MissingDaily, p.readDaily},
		{MissingSeats, p.readSeats},
		{MissingNotices, notices},
		{MissingLastInvoice, lastInvoice},
	}
	good := 0
	var worst Status
	for _, step := range steps {
		err := step.read()
		switch {
		case provider.IsKind(err, provider.ErrUnsupported):
		case err == nil:
			good++
		default:
			status, err := p.run.status(p.ctx, err)
			if err != nil {
				return err
			}
			p.miss(step.what)
			worst.worse(status)
		}
	}
	p.settle(good, worst)
	return nil
}

// ahead begins to read at once. What it returns waits for the end of it, and panics if it has panicked.
func ahead(read func() error) (wait func() error) {
	type outcome struct {
		err      error
		panicked any
	}
	done := make(chan outcome, 1)
	go func() {
		var out outcome
		defer func() {
			out.panicked = recover()
			done <- out
		}()
		out.err = read()
	}()
	return sync.OnceValue(func() error {
		out := <-done
		if out.panicked != nil {
			panic(out.panicked)
		}
		return out.err
	})
}

// settle says how the panel is as a whole: partial while any of usage, its days or seats is there.
func (p *usagePanel) settle(good int, worst Status) {
	some := len(p.Projects) > 0 || len(p.Daily) > 0 || p.Seats != nil
	switch {
	case worst.State == "" && len(p.Missing) == 0 && some:
	case worst.State == "" && len(p.Missing) == 0:
		p.State = NothingYet
	case some || good > 0 && worst.State == "":
		p.Status = Status{State: Partial, Step: StepRefresh, RetryAfter: worst.RetryAfter, Support: worst.Support}
	default:
		p.Status = worst
	}
}

func (p *usagePanel) miss(what string) {
	if !slices.Contains(p.Missing, what) {
		p.Missing = append(p.Missing, what)
	}
}

func (p *usagePanel) readPlan() error {
	plans, ok := provider.As[provider.PlanReader](p.run.service.cfg.Records)
	if !ok {
		return &provider.Error{Kind: provider.ErrUnsupported}
	}
	agreed, err := plans.Plan(p.ctx, p.run.account.ID, p.Period)
	if err != nil {
		return err
	}
	if agreed.Plan.Currency != p.run.account.Currency {
		return &provider.Error{Op: p.run.op.Name, Kind: provider.ErrForeign}
	}
	p.plan, p.Plan = &agreed, agreed.Plan.Name
	return nil
}

// readProjects makes the cards and the totals from the readings, which need no plan to be shown.
func (p *usagePanel) readProjects() error {
	reader, ok := provider.As[provider.ProjectReader](p.run.service.cfg.Records)
	if !ok {
		return &provider.Error{Kind: provider.ErrUnsupported}
	}
	for project, err := range reader.Projects(p.ctx, p.run.account.ID, p.Period) {
		if err != nil {
			p.finish() // those before are still good
			p.cutShort = !provider.IsKind(err, provider.ErrUnsupported)
			return err
		}
		p.projects = append(p.projects, project)
		p.card(&project)
	}
	p.finish()
	if len(p.projects) > 0 && p.plan != nil {
		p.charges()
	}
	return nil
}

func (p *usagePanel) readSeats() error {
	tenants, ok := provider.As[provider.TenantReader](p.run.service.cfg.Records)
	if !ok || p.plan == nil || p.plan.Plan.Seats.Model == 0 && len(p.plan.Plan.Groups) == 0 {
		return &provider.Error{Kind: provider.ErrUnsupported}
	}
	st, err := usage.Compute(usage.Input{
		Account: usage.Account{ID: p.run.account.ID}, Period: p.Period, Plan: p.plan.Plan, Finality: usage.ToDate,
		AsOf: p.asOf, Tenants: tenants.Tenants(p.ctx, p.run.account.ID, p.Period), TotalsOnly: true,
		Daily: true,
	})
	if err != nil {
		return wrapUsage(p.run.op.Name, err)
	}
	if len(st.Tenants) == 0 {
		return &provider.Error{Kind: provider.ErrUnsupported}
	}
	p.Daily = append(p.Daily, p.seatLine(st))
	p.Seats = &SeatTotal{Tenants: len(st.Tenants)}
	costs := make([]money.Amount, len(st.Tenants))
	for i := range st.Tenants {
		p.Seats.Users += st.Tenants[i].Covered
		costs[i] = st.Tenants[i].Subtotal
	}
	p.Seats.Cost, err = money.Sum(st.Currency, costs...)
	if err != nil {
		return &provider.Error{Op: p.run.op.Name, Kind: provider.ErrIncomplete, Err: err}
	}
	return nil
}

// readNotices lists what is in force of discounts and adjustments.
func (p *usagePanel) readNotices() error {
	page, err := p.run.history(p.ctx, "")
	if err != nil {
		return err
	}
	for _, item := range page.Items {
		if item.Active {
			p.Notices = append(p.Notices, item)
		}
	}
	return nil
}

func (p *usagePanel) readLastInvoice() error {
	page, err := p.run.invoices(p.ctx, provider.InvoiceQuery{Limit: 1})
	if err != nil {
		return err
	}
	if len(page.Invoices) > 0 {
		p.LastInvoice = page.Invoices[0].Total
	}
	return nil
}
