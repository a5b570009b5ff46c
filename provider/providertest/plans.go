package providertest

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

func (r *rec) project(account, id string) {
	r.AddProject(account, usage.Project{
		ID: id, Name: "Project " + id, Plan: "voice", Active: civil.Span{From: r.month(-6).From()},
	})
}

func (r *rec) projects(account string, period civil.Period) []usage.Project {
	r.Helper()
	var out []usage.Project
	for p, err := range ability[provider.ProjectReader](r.r).Projects(r.Context(), account, period) {
		r.ok(err, "projects")
		out = append(out, p)
	}
	return out
}

// readings are those of the only project of an account.
func (r *rec) readings(account string, month int) []usage.Reading {
	r.Helper()
	return only(r.check, "projects", r.projects(account, r.month(month))).Readings
}

func (r *rec) reading(meter string, used int64) usage.Reading {
	return usage.Reading{Meter: meter, Used: usage.Known(decimal.NewFromInt(used)), At: second(r.Now())}
}

// sameReadings compares readings by value.
func (r *rec) sameReadings(what string, got, want []usage.Reading) {
	r.Helper()
	same(r.check, what+": number of readings", len(got), len(want))
	for i := range want {
		same(r.check, what+": meter", got[i].Meter, want[i].Meter)
		same(r.check, what+": known", got[i].Used.Known, want[i].Used.Known)
		r.that(got[i].Used.Value.Equal(want[i].Used.Value), "%s: got %s, want %s", what, got[i].Used.Value, want[i].Used.Value)
		r.that(got[i].At.Equal(want[i].At), "%s: read at %s, want %s", what, got[i].At, want[i].At)
	}
}

func projectCases() group[*rec] {
	readings := []string{"SetReadings"}
	own := []testCase[*rec]{
		{name: "a project is read with everything that it was made with", run: func(r *rec) {
			account := r.account()
			want := usage.Project{
				ID: "p", Name: "Söhne & Töchter", Plan: "voice", Active: civil.Span{From: r.month(-2).From(), To: r.month(2).To()},
			}
			r.AddProject(account, want)
			got := *only(r.check, "projects", r.projects(account, r.month(-1)))
			same(r.check, "number of readings", len(got.Readings), 0)
			got.Readings = nil
			same(r.check, "project", got, want)
		}},
		{name: "a project whose name cannot be had has no name, and its readings are good", seeds: readings, run: func(r *rec) {
			account := r.account()
			r.AddProject(account, usage.Project{ID: "p", Plan: "voice", Active: civil.Span{From: r.month(-2).From()}})
			r.SetReadings(account, "p", r.month(-1), r.reading("minutes", 7))
			got := *only(r.check, "projects", r.projects(account, r.month(-1)))
			same(r.check, "name", got.Name, "")
			r.sameReadings("readings", got.Readings, []usage.Reading{r.reading("minutes", 7)})
		}},
		{name: "readings are those of the period", seeds: readings, run: func(r *rec) {
			account := r.account()
			r.project(account, "p")
			for n, used := range map[int]int64{-2: 22, -1: 11} {
				r.SetReadings(account, "p", r.month(n), r.reading("minutes", used))
			}
			r.sameReadings("last month", r.readings(account, -1), []usage.Reading{r.reading("minutes", 11)})
			r.sameReadings("the month before", r.readings(account, -2), []usage.Reading{r.reading("minutes", 22)})
		}},
		{name: "a reading that is not there is missing, never zero", seeds: readings, run: func(r *rec) {
			account := r.account()
			r.project(account, "p")
			r.SetReadings(account, "p", r.month(-2), r.reading("minutes", 22))
			for _, reading := range r.readings(account, -1) {
				r.that(!reading.Used.Known, "got a reading of %s", reading.Used.Value)
			}
		}},
		{name: "a reading of zero is known", seeds: readings, run: func(r *rec) {
			account := r.account()
			r.project(account, "p")
			r.SetReadings(account, "p", r.month(-1), r.reading("minutes", 0))
			r.sameReadings("readings", r.readings(account, -1), []usage.Reading{r.reading("minutes", 0)})
		}},
		{name: "a reading that is unknown stays unknown", seeds: readings, run: func(r *rec) {
			account := r.account()
			r.project(account, "p")
			r.SetReadings(account, "p", r.month(-1), usage.Reading{Meter: "minutes"}, r.reading("sms", 3))
			got := slices.DeleteFunc(r.readings(account, -1), func(got usage.Reading) bool { return !got.Used.Known })
			r.sameReadings("readings", got, []usage.Reading{r.reading("sms", 3)})
		}},
		{name: "a reading keeps its decimals and its size", seeds: readings, run: func(r *rec) {
			account := r.account()
			r.project(account, "p")
			exact := usage.Known(decimal.RequireFromString("1234567890123.123456789"))
			r.SetReadings(account, "p", r.month(-1), usage.Reading{Meter: "minutes", Used: exact, At: second(r.Now())})
			r.sameReadings("readings", r.readings(account, -1),
				[]usage.Reading{{Meter: "minutes", Used: exact, At: second(r.Now())}})
		}},
		{name: "the readings may be changed by the caller", seeds: readings, run: func(r *rec) {
			account := r.account()
			r.project(account, "p")
			r.SetReadings(account, "p", r.month(-1), r.reading("minutes", 7))
			*only(r.check, "readings", r.readings(account, -1)) = usage.Reading{Meter: "changed"}
			r.sameReadings("after a change", r.readings(account, -1), []usage.Reading{r.reading("minutes", 7)})
		}},
	}
	return group[*rec]{
		name: "projects", ability: provider.CanReadProjects, seeds: []string{"AddProject"},
		cases: append(own, iterationCases("Projects", iteration{
			add: (*rec).project,
			all: func(ctx context.Context, r *rec, account string) iter.Seq2[string, error] {
				return mapped(ability[provider.ProjectReader](r.r).Projects(ctx, account, r.month(-1)),
					func(p usage.Project) string { return p.ID })
			},
		})...),
	}
}

func (r *rec) plan(account string, period civil.Period) (provider.Agreement, error) {
	return ability[provider.PlanReader](r.r).Plan(r.Context(), account, period)
}

func (r *rec) agreed(account string, period civil.Period) provider.Agreement {
	r.Helper()
	got, err := r.plan(account, period)
	r.ok(err, fmt.Sprintf("plan of %s", period))
	return got
}

func (r *rec) discounts(account string) string {
	r.Helper()
	names := []string{}
	for _, d := range r.agreed(account, r.month(-1)).Discounts {
		names = append(names, d.Name)
	}
	slices.Sort(names)
	return fmt.Sprint(names)
}

func (r *rec) adjustments(account string) string {
	r.Helper()
	names := []string{}
	for _, a := range r.agreed(account, r.month(-1)).Adjustments {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	return fmt.Sprint(names)
}

func (r *rec) addDiscount(account, name string, from, to civil.Date) {
	r.AddDiscount(account, usage.Discount{
		ID: "discount-" + name, Name: name, Percent: decimal.NewFromInt(10), Valid: civil.Span{From: from, To: to},
	})
}

func (r *rec) simplePlan(name string) usage.Plan {
	return usage.Plan{
		Name: name, Currency: "USD", IncludedDays: 14, EduSuffixes: []string{"edu", "edu.au"},
		Fees: []usage.Fee{{ID: "base", Name: "Base fee", Amount: r.dollars("49.90")}},
	}
}

func planCases() group[*rec] {
	return group[*rec]{
		name: "plans", ability: provider.CanReadPlans, seeds: []string{"SetPlan"},
		cases: slices.Concat(agreementCases(), discountPeriodCases()),
	}
}

func agreementCases() []testCase[*rec] {
	return []testCase[*rec]{
		{name: "a plan is read with what was agreed", run: func(r *rec) {
			account := r.account()
			r.SetPlan(account, civil.Date{}, r.simplePlan("standard"))
			got := r.agreed(account, r.month(-1)).Plan
			same(r.check, "name", got.Name, "standard")
			same(r.check, "currency", got.Currency, "USD")
			same(r.check, "included days", got.IncludedDays, 14)
			same(r.check, "suffixes", got.EduSuffixes, []string{"edu", "edu.au"})
			r.sameAmount("fee", only(r.check, "fees", got.Fees).Amount, r.dollars("49.90"))
		}},
		{name: "a plan holds from its first day on, for the periods that begin then or later", run: func(r *rec) {
			account := r.account()
			r.SetPlan(account, civil.Date{}, r.simplePlan("old"))
			r.SetPlan(account, r.month(-1).From(), r.simplePlan("new"))
			same(r.check, "plan of the month before", r.agreed(account, r.month(-2)).Plan.Name, "old")
			same(r.check, "plan of the first month", r.agreed(account, r.month(-1)).Plan.Name, "new")
			same(r.check, "plan of a later month", r.agreed(account, r.month(2)).Plan.Name, "new")
		}},
		{name: "a plan that was replaced is read anew", run: func(r *rec) {
			account := r.account()
			r.SetPlan(account, civil.Date{}, r.simplePlan("one"))
			same(r.check, "plan", r.agreed(account, r.month(-1)).Plan.Name, "one")
			r.SetPlan(account, civil.Date{}, r.simplePlan("two"))
			same(r.check, "plan afterwards", r.agreed(account, r.month(-1)).Plan.Name, "two")
		}},
		{name: "each account has its own plan", run: func(r *rec) {
			one, other := r.account(), r.account()
			r.SetPlan(one, civil.Date{}, r.simplePlan("one"))
			r.SetPlan(other, civil.Date{}, r.simplePlan("other"))
			same(r.check, "plan", r.agreed(one, r.month(-1)).Plan.Name, "one")
		}},
		{name: "no plan is incomplete, never a free one", run: func(r *rec) {
			got, err := r.plan(r.account(), r.month(-1))
			r.refused(err, "Plan", "account without a plan", provider.ErrIncomplete)
			same(r.check, "agreement beside the error", got, provider.Agreement{})
		}},
		{name: "before its first plan an account is incomplete", run: func(r *rec) {
			account := r.account()
			r.SetPlan(account, r.month(0).From(), r.simplePlan("new"))
			_, err := r.plan(account, r.month(-1))
			r.refused(err, "Plan", "month before the first plan", provider.ErrIncomplete)
		}},
		{name: "an unknown account is not found", run: func(r *rec) {
			_, err := r.plan(absent, r.month(-1))
			r.refused(err, "Plan", "unknown account", provider.ErrNotFound)
		}},
		{name: "a plan may be changed by the caller", run: func(r *rec) {
			account := r.account()
			r.SetPlan(account, civil.Date{}, r.simplePlan("standard"))
			got := r.agreed(account, r.month(-1))
			only(r.check, "fees", got.Plan.Fees).ID = "changed"
			for i := range got.Plan.EduSuffixes {
				got.Plan.EduSuffixes[i] = "changed"
			}
			again := r.agreed(account, r.month(-1))
			same(r.check, "fee after a change", only(r.check, "fees", again.Plan.Fees).ID, "base")
			same(r.check, "suffixes after a change", again.Plan.EduSuffixes, []string{"edu", "edu.au"})
		}},
		{name: "reading a plan stops with its context", run: func(r *rec) {
			account := r.account()
			r.SetPlan(account, civil.Date{}, r.simplePlan("standard"))
			r.stopped("Plan", func(ctx context.Context) error {
				_, err := ability[provider.PlanReader](r.r).Plan(ctx, account, r.month(-1))
				return err
			})
		}},
	}
}

func discountPeriodCases() []testCase[*rec] {
	discount, adjustment := []string{"AddDiscount"}, []string{"AddAdjustment"}
	return []testCase[*rec]{
		{name: "a discount is of every period that it touches by a day", seeds: discount, run: func(r *rec) {
			account, month := r.account(), r.month(-1)
			r.SetPlan(account, civil.Date{}, r.simplePlan("standard"))
			r.addDiscount(account, "a ends before", month.From().AddDays(-9), month.From())
			r.addDiscount(account, "b ends on the first day", month.From().AddDays(-9), month.From().AddDays(1))
			r.addDiscount(account, "c inside", month.From().AddDays(3), month.From().AddDays(4))
			r.addDiscount(account, "d begins on the last day", month.To().AddDays(-1), civil.Date{})
			r.addDiscount(account, "e begins after", month.To(), civil.Date{})
			same(r.check, "discounts", r.discounts(account), "[b ends on the first day c inside d begins on the last day]")
		}},
		{name: "a discount is read with its percentage and its days", seeds: discount, run: func(r *rec) {
			account, month := r.account(), r.month(-1)
			r.SetPlan(account, civil.Date{}, r.simplePlan("standard"))
			r.addDiscount(account, "ten", month.From(), month.To())
			got := only(r.check, "discounts", r.agreed(account, month).Discounts)
			r.that(got.Percent.Equal(decimal.NewFromInt(10)), "got %s percent", got.Percent)
			same(r.check, "days", got.Valid, month.Span())
		}},
		{name: "an adjustment is of the period that holds its day", seeds: adjustment, run: func(r *rec) {
			account, month := r.account(), r.month(-1)
			r.SetPlan(account, civil.Date{}, r.simplePlan("standard"))
			for name, on := range map[string]civil.Date{
				"a before": month.From().AddDays(-1), "b first day": month.From(), "c last day": month.To().AddDays(-1), "d after": month.To(),
			} {
				r.AddAdjustment(account, usage.Adjustment{ID: name, Name: name, Amount: r.dollars("-5"), On: on})
			}
			same(r.check, "adjustments", r.adjustments(account), "[b first day c last day]")
			for _, a := range r.agreed(account, month).Adjustments {
				r.sameAmount("amount", a.Amount, r.dollars("-5"))
			}
		}},
		{name: "discounts and adjustments of another account do not come", seeds: []string{"AddDiscount", "AddAdjustment"}, run: func(r *rec) {
			account, other, month := r.account(), r.account(), r.month(-1)
			r.SetPlan(account, civil.Date{}, r.simplePlan("standard"))
			r.addDiscount(other, "theirs", month.From(), month.To())
			r.AddAdjustment(other, usage.Adjustment{ID: "theirs", Name: "theirs", Amount: r.dollars("-5"), On: month.From()})
			same(r.check, "discounts and adjustments", r.discounts(account)+r.adjustments(account), "[][]")
		}},
		{name: "discounts and adjustments may be changed by the caller", seeds: []string{"AddDiscount", "AddAdjustment"}, run: func(r *rec) {
			account, month := r.account(), r.month(-1)
			r.SetPlan(account, civil.Date{}, r.simplePlan("standard"))
			r.addDiscount(account, "ten", month.From(), month.To())
			r.AddAdjustment(account, usage.Adjustment{ID: "credit", Name: "credit", Amount: r.dollars("-5"), On: month.From()})
			got := r.agreed(account, month)
			only(r.check, "discounts", got.Discounts).Name = "changed"
			only(r.check, "adjustments", got.Adjustments).Name = "changed"
			same(r.check, "after a change", r.discounts(account)+r.adjustments(account), "[ten][credit]")
		}},
	}
}
