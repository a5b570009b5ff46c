package portal_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// TestTheBillingAreaBeginsWithTheFirstPageThatOneMaySee (C2, O2, C3).
func TestTheBillingAreaBeginsWithTheFirstPageThatOneMaySee(t *testing.T) {
	t.Parallel()
	client, organization := build(t, rbac.ClientPolicy()), build(t, rbac.OrganizationPolicy())
	for name, c := range map[string]struct {
		h    *house
		who  rbac.Principal
		want string
	}{
		"a client admin sees usage":       {client, person(rbac.ClientAdmin), "/billing/usage"},
		"a client manager sees usage":     {client, person(rbac.ClientManager), "/billing/usage"},
		"staff is told by usage":          {client, person(rbac.ClientStaff), "/billing/usage"},
		"a partner admin sees clients":    {client, partner(rbac.PartnerAdmin), "/billing/clients"},
		"a partner user is told by usage": {client, partner(rbac.PartnerUser), "/billing/usage"},
		"an admin sees the settings":      {organization, person(rbac.Admin), "/billing/settings"},
		"a full member sees the settings": {organization, person(rbac.FullMember), "/billing/settings"},
		"sales is told by usage":          {organization, person(rbac.Sales), "/billing/usage"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"", "/"} {
				a := c.h.as(c.who).get(path)
				require.Equal(t, http.StatusSeeOther, a.status)
				require.Equal(t, c.want, a.header.Get("Location"))
			}
		})
	}
}

// TestTheNavigationShowsWhatOneMaySee (C1, C2, C3, O1).
func TestTheNavigationShowsWhatOneMaySee(t *testing.T) {
	t.Parallel()
	client, organization := build(t, rbac.ClientPolicy()), build(t, rbac.OrganizationPolicy())
	scoped := "/clients/" + rbactest.Assigned.AccountOf()
	for name, c := range map[string]struct {
		h    *house
		who  rbac.Principal
		page string
		want []string
	}{
		"a client admin":                 {client, person(rbac.ClientAdmin), "/invoices", []string{"Usage", "Invoices", "Payment methods", "Recipients", "Billing portal"}},
		"a client manager":               {client, person(rbac.ClientManager), "/invoices", []string{"Usage", "Invoices", "Payment methods", "Recipients", "Billing portal"}},
		"a partner admin":                {client, partner(rbac.PartnerAdmin), "/clients", []string{"Clients"}},
		"a partner admin at a client":    {client, partner(rbac.PartnerAdmin), scoped + "/usage", []string{"Clients", "Usage", "Invoices"}},
		"an admin":                       {organization, person(rbac.Admin), "/settings", []string{"Settings", "Reports", "Billing portal"}},
		"a full member":                  {organization, person(rbac.FullMember), "/settings", []string{"Settings", "Reports"}},
		"somebody of the billing role":   {organization, person(rbac.Billing), "/settings", []string{"Settings", "Reports", "Billing portal"}},
		"a full member who may not open": {organization, person(rbac.FullMember), "/portal", []string{"Settings", "Reports"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nav := c.h.as(c.who).get(c.page).document(t).one(t, class("bh-nav"))
			require.Equal(t, c.want, textsOf(nav.all(tag("a"))))
			for _, link := range nav.links() { // what is shown can be opened
				require.Equal(t, http.StatusOK, c.h.as(c.who).get(link[len("/billing"):]).status, link)
			}
		})
	}
}

// TestUsageShowsThePeriodAndWhatItCosts (C4, C5).
func TestUsageShowsThePeriodAndWhatItCosts(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	page := h.as(person(rbac.ClientAdmin)).get("/usage").document(t)
	require.Equal(t, "Oct 1 – 31, 2026", page.value(t, "Billing period"))
	require.Equal(t, "Nov 1, 2026", page.value(t, "Resets on"))
	require.Equal(t, "Plan "+h.home().canary, page.value(t, "Plan"))
	require.Equal(t, "$0.00", page.one(t, class("bh-panel"), has("aria-labelledby", "bh-figures")).value(t, "Estimated overage"))
	require.Equal(t, "$40.00", page.value(t, "Monthly fee"))
	require.Equal(t, "$36.00", page.value(t, "Monthly fee after discounts"))
	require.Equal(t, "$80.00", page.value(t, "Last invoice total"))
	require.NotEmpty(t, page.value(t, "Expected for this period"))
	require.Contains(t, page.one(t, class("bh-list")).text(), "Discount "+h.home().canary+" · Until further notice 10 %")
	require.Contains(t, page.links(), "/billing/usage/history")
}

// TestAProjectHasACardInBothVocabularies (C4, C5).
func TestAProjectHasACardInBothVocabularies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		minutes string // empty: no reading
		future  bool
		age     time.Duration
		want    []string
	}{
		"active":                 {"799", false, time.Hour, []string{"Active", "On track", "799 of 1,000 minutes", "79%", "Up to date", "$0.05 per minute", "Nov 1, 2026"}},
		"approaching the limit":  {"800", false, time.Hour, []string{"Approaching limit", "Warning", "800 of 1,000 minutes", "80%"}},
		"action needed":          {"950", false, time.Hour, []string{"Approaching limit", "Action needed", "95%"}},
		"all of it used":         {"1000", false, time.Hour, []string{"Approaching limit", "Action needed", "100%"}},
		"over the limit":         {"1000.5", false, time.Hour, []string{"Over limit", "1,000.5 of 1,000 minutes", "0.5 minutes over", "$0.03"}},
		"not active yet":         {"", true, 0, []string{"Not active yet"}},
		"read long ago":          {"1", false, 25 * time.Hour, []string{"Active", "Out of date"}},
		"without a reading":      {"", false, 0, []string{"Not available", "No reading", "Time of reading unknown"}},
		"nothing used, not none": {"0", false, time.Hour, []string{"Active", "0 of 1,000 minutes", "0%"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.ClientPolicy(), func(h *house) {
				p := usage.Project{ID: "aaa", Name: "The project", Plan: "voice", Active: civil.Span{From: civil.MustDate(2026, 1, 1)}}
				if c.future {
					p.Active.From = civil.MustDate(2026, 12, 1)
				}
				if c.minutes != "" {
					p.Readings = []usage.Reading{{Meter: "minutes", Used: usage.Known(decimal.RequireFromString(c.minutes)), At: now.Add(-c.age)}}
				}
				h.world.AddProject(rbactest.Home, p)
			})
			card := h.as(person(rbac.ClientAdmin)).get("/usage").document(t).one(t, class("bh-card"), says("The project"))
			for _, want := range append(c.want, "voice") {
				require.Contains(t, card.text(), want)
			}
			if c.minutes == "" { // missing is never zero
				require.NotRegexp(t, `\b0 (of|minutes)`, card.text())
			}
		})
	}
}

// TestUsageIsShownAsFarAsItIsThere (C11): each thing that is missing is said, and the rest is drawn.
func TestUsageIsShownAsFarAsItIsThere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(*house)
		says    string
		still   []string
		without []string
	}{
		"names of projects are missing": {
			func(h *house) {
				h.world.AddProject(rbactest.Home, usage.Project{ID: "prj-9", Plan: "voice", Active: civil.Span{From: civil.MustDate(2026, 1, 1)}})
			},
			"Names and plans of some projects are temporarily unavailable",
			[]string{"950 of", "Project prj-9"},
			nil,
		},
		"usage of a project is missing": {
			func(h *house) {
				h.world.SetReadings(rbactest.Home, "bot-"+h.home().canary, h.period(h.home().Zone))
			},
			"Usage of some projects is not available",
			[]string{"850 of", "No reading", "The total covers the others"},
			[]string{"$68.34"},
		},
		"usage of all projects is missing": {
			func(h *house) { h.world.FailAlways("Projects", provider.ErrUnavailable) },
			"Usage per project is not available",
			[]string{"$80.00", "Discount "},
			[]string{" of 2,000 minutes"},
		},
		"the plan is missing": {
			func(h *house) { h.world.FailAlways("Plan", provider.ErrUnavailable) },
			"Prices and allowances are temporarily unavailable",
			[]string{"850", "$80.00"},
			[]string{"of 1,000 minutes"},
		},
		"discounts are missing": {
			func(h *house) { h.world.FailAlways("Discounts", provider.ErrUnavailable) },
			"Discounts and adjustments are temporarily unavailable",
			[]string{"850 of", "$80.00"},
			[]string{"Discount zq"},
		},
		"the last invoice is missing": {
			func(h *house) { h.world.FailAlways("Invoices", provider.ErrTimeout) },
			"The last invoice is temporarily unavailable",
			[]string{"850 of", "Not available"},
			[]string{"$80.00"},
		},
		"rosters are missing": {
			func(h *house) { h.world.FailAlways("Tenants", provider.ErrUnavailable) },
			"The number of seats is temporarily unavailable",
			[]string{"850 of"},
			[]string{"Seat costs"},
		},
		"figures by day are missing": {
			func(h *house) { h.world.FailAlways("Daily", provider.ErrUnavailable) },
			"Daily usage is temporarily unavailable",
			[]string{"850 of"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := build(t, rbac.ClientPolicy(), c.change).as(person(rbac.ClientAdmin)).get("/usage")
			require.Equal(t, http.StatusOK, a.status)
			page := a.document(t)
			notice := page.one(t, class("bh-notice"))
			require.Contains(t, notice.text(), "Some information is missing")
			require.Contains(t, notice.text(), c.says)
			require.Contains(t, notice.links(), "/billing/usage", "a link that loads the page again")
			for _, want := range c.still {
				require.Contains(t, page.text(), want)
			}
			for _, not := range c.without {
				require.NotContains(t, page.text(), not)
			}
		})
	}
}

// TestUsageByDayIsDrawnWithATable (C4): what the picture shows can be read.
func TestUsageByDayIsDrawnWithATable(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		var figures []provider.DayUsage
		for i, minutes := range []int64{10, 30, 20} {
			figures = append(figures, provider.DayUsage{
				Project: "bot-" + h.home().canary, Meter: "minutes", Day: civil.MustDate(2026, 10, 1+i), Used: usage.Known(decimal.NewFromInt(minutes)),
			})
		}
		h.world.SetDaily(rbactest.Home, figures...)
	})
	figures := h.as(person(rbac.ClientAdmin)).get("/usage").document(t).all(tag("figure"))
	require.Len(t, figures, 2, "minutes and seats")
	minutes := figures[0]
	require.Contains(t, minutes.one(t, tag("desc")).text(), "60 minutes in total, most on Oct 2, 2026 with 30 minutes")
	rows := minutes.one(t, tag("table")).all(tag("tr"))
	require.Len(t, rows, 18, "a head and the days up to today")
	require.Equal(t, []string{"Oct 2, 2026", "30 minutes"}, textsOf(rows[2].cells())[:2])
	require.Equal(t, "Not known", rows[4].all(tag("td"))[0].text(), "a day without a figure is not zero")
	require.Contains(t, figures[1].text(), "6 seats")
}

// TestHistoryListsDiscountsAndAdjustments (C4), those of the past too, page by page.
func TestHistoryListsDiscountsAndAdjustments(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		h.billing.PageSize = 2
		h.world.AddAdjustment(rbactest.Home, usage.Adjustment{Name: "Goodwill", Amount: usd("-25.00"), On: civil.MustDate(2026, 9, 3)})
		h.world.AddDiscount(rbactest.Home, usage.Discount{
			Name: "Summer", Amount: usd("5.00"), On: usage.OnFees, Valid: civil.Span{From: civil.MustDate(2026, 6, 1), To: civil.MustDate(2026, 9, 1)},
		})
	})
	v := h.as(person(rbac.ClientManager))
	page := v.get("/usage/history").document(t)
	rows := textsOf(page.one(t, tag("tbody")).all(tag("tr")))
	next := page.one(t, class("bh-pager")).one(t, has("rel", "next")).attr["href"]
	rows = append(rows, textsOf(v.get(next[len("/billing"):]).document(t).one(t, tag("tbody")).all(tag("tr")))...)
	require.ElementsMatch(t, []string{
		"Goodwill Sep 3, 2026 Sep 3, 2026 -$25.00 Not in force",
		"Summer Jun 1, 2026 Aug 31, 2026 -$5.00 Not in force",
		"Discount " + h.home().canary + " Jan 1, 2026 Until further notice 10 % In force",
	}, rows)
}

// TestAnEmptyPeriodIsNoError (C11).
func TestAnEmptyPeriodIsNoError(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy(), func(h *house) {
		h.world.AddAccount(provider.Account{ID: "new"})
		h.world.SetPlan("new", civil.Date{}, usage.Plan{Name: "Start", Currency: "USD"})
	})
	p := person(rbac.ClientAdmin)
	p.ID, p.Account = "newcomer", "new"
	v := h.as(p)
	for path, text := range map[string]string{
		"/usage":           "No usage has been recorded in this billing period yet.",
		"/usage/history":   "There have been no discounts or adjustments yet.",
		"/invoices":        "The first invoice will be issued on Nov 1, 2026.",
		"/payment-methods": "No payment method is on file.",
		"/recipients":      "Nobody receives billing emails yet.",
	} {
		a := v.get(path)
		require.Equal(t, http.StatusOK, a.status, path)
		require.Contains(t, a.document(t).one(t, class("bh-empty")).text(), text, path)
	}
	require.Contains(t, v.get("/invoices?filter=paid").body, "There are no paid invoices.")
	require.Contains(t, v.get("/invoices?filter=open").body, "There are no open invoices.")
}
