package billing

import (
	"context"
	"io"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/report"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// Format is the form of a report.
type Format string

// The forms.
const (
	Workbook  Format = "xlsx"
	CSV       Format = "csv"
	JSONLines Format = "jsonl"
)

// ReportQuery asks for the itemised report of a month (O7).
type ReportQuery struct {
	Month    string // "2026-10"
	Format   Format // empty: Workbook
	Progress func(report.Progress)
}

// ReportPlan is a report that is ready to be written: everything that could be refused has been refused.
type ReportPlan struct {
	Month     civil.Period
	Final     bool   // false: the month is running, and the report says so
	Partial   bool   // tenants that this reader may not see are left out, and the report says so (O12)
	FileName  string // such as "usage-acme-2026-10.xlsx"
	MediaType string

	statement *usage.Statement // until it is written
	shown     []string         // sensitive tenants that are in it
	options   report.Options
	format    Format
	run       *act
}

// Report plans the report of a month as this reader may see it (O7, O12). A closed month is reported as it was billed,
// whatever has become of the records; any other is computed from them. A month before the earliest one, or a future one,
// is usage.ErrPeriodUnavailable; missing usage or prices are provider.ErrIncomplete, and so is a closed month whose frozen
// statement is missing or was changed. Taking a report is audited,
// also when it is then not written to its end.
func (a *Account) Report(ctx context.Context, q ReportQuery) (*ReportPlan, error) {
	const op = "Report"
	run, err := a.begin(ctx, op, target{what: plain(q.Month, 10)})
	if err != nil {
		return nil, err
	}
	plan, err := run.plan(ctx, q)
	if err != nil {
		run.end(ctx, err)
		return nil, wrapUsage(op, err)
	}
	return plan, nil
}

func (run *act) plan(ctx context.Context, q ReportQuery) (*ReportPlan, error) {
	s := run.service
	media := map[Format]string{
		Workbook:  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		CSV:       "text/csv; charset=utf-8",
		JSONLines: "application/x-ndjson",
	}
	if q.Format == "" {
		q.Format = Workbook
	}
	if media[q.Format] == "" {
		return nil, &Error{Op: run.op.Name, Kind: provider.ErrInvalid, Field: "format"}
	}
	month, err := civil.ParseMonth(q.Month, run.account.Zone)
	if err != nil {
		return nil, &Error{Op: run.op.Name, Kind: provider.ErrInvalid, Field: "month", Err: err}
	}
	finality, err := s.cfg.Availability.Check(month, s.now())
	if err != nil {
		return nil, err
	}
	st, closed, err := run.statement(ctx, month, finality)
	if err != nil {
		return nil, err
	}
	plan := &ReportPlan{
		Month: month, Final: st.IsFinal(), FileName: report.FileName(st, string(q.Format)),
		MediaType: media[q.Format], statement: st, format: q.Format, run: run, options: report.Options{Progress: q.Progress},
	}
	return plan, run.choose(ctx, plan, closed)
}

// choose decides which tenants are in a report. In a closed month those are sensitive that were so then or are by now: the
// records may not know them any more.
func (run *act) choose(ctx context.Context, plan *ReportPlan, closed bool) error {
	var now map[string]bool
	if closed {
		var err error
		if now, err = run.sensitiveNow(ctx, plan.Month); err != nil {
			return err
		}
	}
	var sensitive []string
	for i := range plan.statement.Tenants {
		if t := &plan.statement.Tenants[i]; t.Sensitive || now[t.ID] {
			sensitive = append(sensitive, t.ID)
		}
	}
	hidden, err := run.hidden(ctx, sensitive)
	if err != nil {
		return err
	}
	for _, id := range sensitive {
		if !hidden[id] {
			plan.shown = append(plan.shown, id)
		}
	}
	if plan.Partial = len(hidden) > 0; plan.Partial {
		plan.options.Visible = func(id string) bool { return !hidden[id] }
	}
	return nil
}

// hidden tells which of these sensitive tenants this reader may not see: none by right (O12), else those for which the
// host does not say so. The host is asked before anything is written, so that a failure is no short report.
func (run *act) hidden(ctx context.Context, sensitive []string) (map[string]bool, error) {
	s := run.service
	every := s.cfg.Authorizer.Decide(rbac.Request{
		Principal: run.principal, Action: rbac.ReportEveryTenant, Account: run.account.ID,
	}).Allowed()
	hidden := map[string]bool{}
	if every {
		return hidden, nil
	}
	for _, id := range sensitive {
		sees := false
		if s.cfg.SeesTenant != nil {
			var err error
			if sees, err = s.cfg.SeesTenant(ctx, run.principal, run.account.ID, id); err != nil {
				return nil, &Error{Op: run.op.Name, Kind: ErrAuthority, Err: err}
			}
		}
		if !sees {
			hidden[id] = true
		}
	}
	return hidden, nil
}

// CollectReport decides and records once more before a report that was written earlier is handed out again: it may have
// been kept for a while. A plan of somebody else or of another account is ErrNotFound; when the reader may no longer
// see every tenant that is in it, it is ErrConflict, and the report has to be made anew.
func (a *Account) CollectReport(ctx context.Context, p *ReportPlan) error {
	const op = "CollectReport"
	what := ""
	if p != nil {
		what = p.Month.String()
	}
	run, err := a.begin(ctx, op, target{what: what})
	if err != nil {
		return err
	}
	err = run.collect(ctx, p)
	run.end(ctx, err)
	return err
}

func (run *act) collect(ctx context.Context, p *ReportPlan) error {
	if p == nil || p.run == nil || p.run.account.ID != run.account.ID || p.run.principal.ID != run.principal.ID {
		return notFound()
	}
	hidden, err := run.hidden(ctx, p.shown)
	if err == nil && len(hidden) > 0 {
		err = &Error{Op: run.op.Name, Kind: provider.ErrConflict}
	}
	return err
}

// WriteTo writes the report. After an error what was written is no complete report. It may be called once: the plan keeps
// nothing of the statement after it.
func (p *ReportPlan) WriteTo(ctx context.Context, w io.Writer) (report.Result, error) {
	write := report.Workbook
	switch p.format {
	case CSV:
		write = report.CSV
	case JSONLines:
		write = report.JSONLines
	}
	st := p.statement
	if st == nil {
		return report.Result{}, &Error{Op: p.run.op.Name, Kind: provider.ErrInvalid, Message: "the report was written before"}
	}
	p.statement = nil
	result, err := write(ctx, w, st, p.options)
	p.run.end(ctx, err)
	if err != nil {
		return result, &Error{Op: p.run.op.Name, Kind: provider.ErrUnavailable, Err: err}
	}
	return result, nil
}

// Month is a month that can be reported.
type Month struct {
	Period civil.Period
	Final  bool // false: it is running
}

// maxMonths bounds the month picker.
const maxMonths = 120

// ReportMonths lists the months that can be reported, newest first: from the earliest one to the running one (O7).
func (a *Account) ReportMonths(ctx context.Context) ([]Month, error) {
	run, err := a.begin(ctx, "ReportMonths", target{})
	if err != nil {
		return nil, err
	}
	month, err := civil.MonthOf(run.service.now(), run.account.Zone)
	if err != nil { // guard: only a clock before the year 1 or after 9999 gets here
		return nil, &Error{Op: run.op.Name, Kind: provider.ErrInvalid, Err: err}
	}
	var out []Month
	for len(out) < maxMonths {
		finality, err := run.service.cfg.Availability.Check(month, run.service.now())
		if err != nil {
			break
		}
		out = append(out, Month{Period: month, Final: finality == usage.Final})
		month = month.Prev()
	}
	return out, nil
}
