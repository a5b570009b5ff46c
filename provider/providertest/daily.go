package providertest

import (
	"context"
	"fmt"
	"iter"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// figure is what a meter of a project counted on one day.
func figure(project, meter string, day civil.Date, used string) provider.DayUsage {
	return provider.DayUsage{Project: project, Meter: meter, Day: day, Used: usage.Known(decimal.RequireFromString(used))}
}

// hasDaily wants the figures of last month to be these, in this order.
func (r *rec) hasDaily(account string, want ...provider.DayUsage) {
	r.Helper()
	text := func(d provider.DayUsage) string {
		return fmt.Sprintf("%s of %s on %s: %t %s", d.Meter, d.Project, d.Day, d.Used.Known, d.Used.Value)
	}
	got, wanted := []string{}, []string{}
	for d, err := range ability[provider.DailyReader](r.r).Daily(r.Context(), account, r.month(-1)) {
		r.ok(err, "daily usage")
		got = append(got, text(d))
	}
	for _, d := range want {
		wanted = append(wanted, text(d))
	}
	same(r.check, "figures", got, wanted)
}

func dailyCases() group[*rec] {
	own := []testCase[*rec]{
		{name: "figures come in order of day, then project, then meter", run: func(r *rec) {
			account, first := r.account(), r.month(-1).From()
			var want []provider.DayUsage
			for i := range 3 {
				for _, project := range []string{"P", "p", "p2"} {
					r.project(account, project)
					for _, meter := range []string{"Minutes", "minutes", "sms"} {
						want = append(want, figure(project, meter, first.AddDays(i), fmt.Sprint(len(want)+1)))
					}
				}
			}
			for i := range want { // in another order
				r.SetDaily(account, want[(i*7+5)%len(want)])
			}
			r.hasDaily(account, want...)
		}},
		{name: "a day without a figure is missing, never zero", run: func(r *rec) {
			account, first := r.account(), r.month(-1).From()
			r.project(account, "p")
			r.project(account, "unread")
			one, other := figure("p", "minutes", first.AddDays(1), "7"), figure("p", "minutes", first.AddDays(3), "9")
			r.SetDaily(account, one, other, figure("p", "sms", first.AddDays(40), "1"))
			r.hasDaily(account, one, other)
		}},
		{name: "a figure of zero is there", run: func(r *rec) {
			account := r.account()
			r.project(account, "p")
			zero := figure("p", "minutes", r.month(-1).From(), "0")
			r.SetDaily(account, zero)
			r.hasDaily(account, zero)
		}},
		{name: "the first day of the period belongs to it, its end does not", run: func(r *rec) {
			account, month := r.account(), r.month(-1)
			r.project(account, "p")
			first, last := figure("p", "minutes", month.From(), "2"), figure("p", "minutes", month.To().AddDays(-1), "3")
			r.SetDaily(account, figure("p", "minutes", month.From().AddDays(-1), "1"), first, last, figure("p", "minutes", month.To(), "4"))
			r.hasDaily(account, first, last)
		}},
		{name: "a figure that is set anew comes once, as it is now", run: func(r *rec) {
			account, day := r.account(), r.month(-1).From()
			r.project(account, "p")
			r.SetDaily(account, figure("p", "minutes", day, "7"))
			r.SetDaily(account, figure("p", "minutes", day, "8"))
			r.hasDaily(account, figure("p", "minutes", day, "8"))
		}},
		{name: "a figure keeps its decimals and its size", run: func(r *rec) {
			account := r.account()
			r.project(account, "p")
			exact := figure("p", "minutes", r.month(-1).From(), "1234567890123.123456789")
			r.SetDaily(account, exact)
			r.hasDaily(account, exact)
		}},
		{
			name: "figures and the reading of the period do not follow from each other",
			also: []provider.Capability{provider.CanReadProjects}, seeds: []string{"SetReadings"},
			run: func(r *rec) {
				account, month := r.account(), r.month(-1)
				r.project(account, "figures only")
				r.project(account, "reading only")
				r.SetReadings(account, "reading only", month, r.reading("minutes", 31))
				only := figure("figures only", "minutes", month.From(), "5")
				r.SetDaily(account, only)
				r.hasDaily(account, only)
				for _, p := range r.projects(account, month) {
					for _, reading := range p.Readings {
						r.that(p.ID == "reading only" || !reading.Used.Known, "project %q has a reading of %s", p.ID, reading.Used.Value)
					}
				}
			},
		},
	}
	return group[*rec]{
		name: "daily usage", ability: provider.CanReadDaily, seeds: []string{"AddProject", "SetDaily"},
		cases: append(own, iterationCases("Daily", iteration{
			add: func(r *rec, account, id string) {
				r.project(account, id)
				r.SetDaily(account, figure(id, "minutes", r.month(-1).From(), "1"))
			},
			all: func(ctx context.Context, r *rec, account string) iter.Seq2[string, error] {
				return mapped(ability[provider.DailyReader](r.r).Daily(ctx, account, r.month(-1)),
					func(d provider.DayUsage) string { return d.Project })
			},
		})...),
	}
}
