package main

import (
	"net/http"
	"time"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// worldly makes a recipe of a fault.
func worldly(set func(*memory.World)) func(*scene) {
	return func(sc *scene) { set(sc.world) }
}

// failing makes a recipe of operations that fail.
func failing(err error, ops ...string) func(*scene) { return worldly(fails(err, ops...)) }

// unavailable makes a recipe of the most common failure.
func unavailable(ops ...string) func(*scene) { return failing(provider.ErrUnavailable, ops...) }

// only leaves the client one project.
func only(l line) func(*furniture) {
	return func(f *furniture) { f.lines = []line{l} }
}

// limited is what a payment provider says that limits the rate.
func limited() error {
	return &provider.Error{Kind: provider.ErrRateLimited, RetryAfter: 30 * time.Second}
}

// seatsOnUsage lets Admins of the organisation see the usage panel, which the table of the roles does not give them.
func seatsOnUsage(sc *scene) {
	*sc.policy = sc.policy.With(rbac.Admin, rbac.Own, rbac.ViewUsage, rbac.ViewAdjustments, rbac.ViewInvoices)
}

// unlimited makes the allowances of all plans unlimited.
func unlimited(sc *scene) {
	plan := voicePlan()
	for i := range plan.Metered {
		for m := range plan.Metered[i].Meters {
			plan.Metered[i].Meters[m].Unlimited = true
		}
	}
	sc.world.SetPlan(memory.DemoClient, civil.Date{}, plan)
}

// manyLines are more projects than fit on a screen, with names that are too long for a card.
func manyLines(f *furniture) {
	f.lines = nil
	for i := range int64(24) {
		f.lines = append(f.lines, line{
			name: "Regional after-hours appointment and prescription line " + string(rune('A'+i)), plan: "Starter",
			minutes: 123_456 * (i + 1), sms: 400 + i, age: time.Hour,
		})
	}
}

func usageExhibits() []exhibit {
	const page = "/usage"
	manager, admin := rbac.ClientManager, rbac.Admin
	return []exhibit{
		{name: "usage", title: "Usage: projects in every state", as: manager, path: page, text: "Approaching limit"},
		{
			name: "usage-active", title: "Usage: well within the allowance", as: manager, path: page, text: "Active",
			with: only(line{name: "Reception line", plan: "Growth", minutes: 812, sms: 90, age: time.Minute}),
		},
		{
			name: "usage-approaching", title: "Usage: approaching the limit", as: manager, path: page, text: "Approaching limit",
			with: only(line{name: "Emergency line", plan: "Starter", minutes: 968, sms: 210, age: time.Minute}),
		},
		{
			name: "usage-over", title: "Usage: over the limit", as: manager, path: page, text: "Over limit",
			with: only(line{name: "Billing hotline", plan: "Starter", minutes: 1_234, sms: 480, age: time.Minute}),
		},
		{
			name: "usage-stale", title: "Usage: a reading that is old", as: manager, path: page, text: "Out of date",
			with: only(line{name: "Billing hotline", plan: "Starter", minutes: 734, sms: 480, age: 31 * time.Hour}),
		},
		{
			name: "usage-not-active", title: "Usage: a project that is not active yet", as: manager, path: page, text: "Not active yet",
			with: only(line{name: "Orthodontics pilot", plan: "Starter", future: true}),
		},
		{
			name: "usage-nothing-yet", title: "Usage: nothing yet", as: manager, path: page, text: "No usage has been recorded",
			with: func(f *furniture) { f.lines = nil },
		},
		{
			name: "usage-unlimited", title: "Usage: unlimited allowances", as: manager, path: page, text: "nlimited",
			set: unlimited,
		},
		{name: "usage-many", title: "Usage: many projects with long names", as: manager, path: page, text: "prescription line X", with: manyLines},
		{
			name: "usage-no-plan", title: "Usage: prices cannot be had", as: manager, path: page, text: "Prices and allowances are temporarily unavailable",
			set: unavailable("Plan"),
		},
		{
			name: "usage-no-names", title: "Usage: names of projects cannot be had", as: manager, path: page, text: "Names and plans of some projects",
			set: worldly(alters("Projects", func(p *usage.Project) { p.Name = "" })),
		},
		{
			name: "usage-no-readings", title: "Usage: some projects have no reading", as: manager, path: page, text: "Usage of some projects is not available",
			set: worldly(alters("Projects", func(p *usage.Project) {
				if p.ID == "emergency-line" || p.ID == "reception-line" {
					p.Readings = nil
				}
			})),
		},
		{
			name: "usage-no-projects", title: "Usage: projects cannot be had", as: manager, path: page, text: "Usage per project is not available",
			set: unavailable("Projects"),
		},
		{
			name: "usage-no-days", title: "Usage: daily figures cannot be had", as: manager, path: page, text: "Daily usage is temporarily unavailable",
			set: unavailable("Daily"),
		},
		{
			name: "usage-no-notices", title: "Usage: discounts cannot be had", as: manager, path: page, text: "Discounts and adjustments are temporarily unavailable",
			set: unavailable("Discounts"),
		},
		{
			name: "usage-no-last-invoice", title: "Usage: the last invoice cannot be had", as: manager, path: page, text: "The last invoice is temporarily unavailable",
			set: unavailable("Invoices"),
		},
		{
			name: "usage-down", title: "Usage: nothing can be loaded", as: manager, path: page, text: "Could not be loaded",
			set: unavailable("Plan", "Projects", "Daily", "Discounts", "Invoices"),
		},
		{
			name: "usage-rate-limited", title: "Usage: wait a moment", as: manager, path: page, text: "Please wait a moment",
			set: failing(limited(), "Plan", "Projects", "Daily", "Discounts", "Invoices"),
		},
		{
			name: "usage-not-configured", title: "Usage: billing is not set up", as: manager, path: page, text: "Billing is not set up",
			set: worldly(alters("Account", func(a *provider.Account) { a.Customer = "" })),
		},
		{name: "usage-seats", title: "Usage: seats of an organisation", as: admin, path: page, text: "Seats", set: seatsOnUsage},
		{
			name: "usage-no-seats", title: "Usage: seats cannot be counted", as: admin, path: page, text: "Could not be loaded",
			set: func(sc *scene) {
				seatsOnUsage(sc)
				unavailable("Tenants")(sc)
			},
		},
		{name: "usage-staff", title: "Usage: staff is told to ask an administrator", as: rbac.ClientStaff, path: page, status: http.StatusForbidden, text: "administrator"},
		{name: "history", title: "Discounts and adjustments", as: manager, path: "/usage/history", text: "Loyalty discount"},
		{
			name: "history-empty", title: "Discounts and adjustments: none", as: manager, path: "/usage/history", text: "There have been no discounts",
			set: worldly(alters("Discounts", func(p *provider.HistoryPage) { *p = provider.HistoryPage{} })),
		},
		{
			name: "history-down", title: "Discounts and adjustments: could not be loaded", as: manager, path: "/usage/history", text: "Could not be loaded",
			set: unavailable("Discounts"),
		},
	}
}
