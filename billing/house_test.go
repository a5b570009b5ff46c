package billing_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// house is a host with one account for every scope, all alike. Every text of an account carries a canary: a string that
// nobody outside its scope may ever see.
type house struct {
	t        testing.TB
	world    *memory.World
	service  *billing.Service
	config   billing.Config
	accounts map[string]*seeded // by id

	mu         sync.Mutex
	principals map[string]rbac.Principal // what the host says when it is asked again
}

// seeded is an account with what belongs to it.
type seeded struct {
	provider.Account
	canary    string
	invoice   string // id of its newest invoice
	recipient string // id of one of its recipients
	email     string // its billing email
	private   []string
}

// now is the middle of October 2026 in New York.
var now = time.Date(2026, 10, 17, 12, 0, 0, 0, time.UTC)

func usd(s string) money.Amount { return money.MustParse(s, "USD") }

func flat(s string) pricing.Price { return pricing.Price{Model: pricing.Flat, Unit: usd(s)} }

// build makes a house that decides by the policy; change may change its configuration.
func build(t testing.TB, policy rbac.Policy, change ...func(*billing.Config)) *house {
	t.Helper()
	world, err := memory.Open(memory.Options{Now: now, Seed: 7})
	require.NoError(t, err)
	h := &house{t: t, world: world, accounts: map[string]*seeded{}, principals: map[string]rbac.Principal{}}
	for _, scope := range rbactest.Scopes() {
		if scope != rbactest.MissingScope && scope != rbactest.NonexistentScope && scope != rbactest.MalformedScope {
			h.seed(scope.AccountOf())
		}
	}
	world.Assign(rbactest.Partner, rbactest.Assigned.AccountOf(), rbactest.Revoked.AccountOf())
	world.Revoke(rbactest.Partner, rbactest.Revoked.AccountOf())
	world.Assign(rbactest.OtherPartner, rbactest.OthersAssigned.AccountOf())
	require.NoError(t, world.Err())

	engine, err := rbac.New(policy)
	require.NoError(t, err)
	h.config = billing.Config{
		Payments: world.Payments(), Records: world.Records(), Authorizer: engine, Clock: world.Now, Authority: h.authority,
		PortalHosts: []string{"billing.invalid"}, ReturnURL: "https://host.example/billing",
		Support: billing.Support{URL: "https://host.example/support", Email: "help@host.example"},
		SealKey: []byte(strings.Repeat("k", 32)),
	}
	for _, c := range change {
		c(&h.config)
	}
	h.service, err = billing.New(h.config)
	require.NoError(t, err)
	world.ResetCalls()
	return h
}

// authority is the host: it knows whom it was told of.
func (h *house) authority(_ context.Context, id string) (rbac.Principal, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.principals[id]
	if !ok {
		return rbac.Principal{}, provider.NotFound("Authority")
	}
	return p, nil
}

// knows tells the host what to say of a principal from now on.
func (h *house) knows(p rbac.Principal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.principals[p.ID] = p
}

// as gives a session of somebody whom the host knows.
func (h *house) as(p rbac.Principal) *billing.Session {
	h.knows(p)
	return h.service.Session(p)
}

// person is somebody of the home account with one role.
func person(role rbac.Role) rbac.Principal {
	return rbac.Principal{ID: "user-" + string(role), Account: rbactest.Home, Roles: []rbac.Role{role}}
}

// partner is somebody of the partner organisation with one role.
func partner(role rbac.Role) rbac.Principal {
	return rbac.Principal{ID: "user-" + string(role), Partner: rbactest.Partner, Roles: []rbac.Role{role}}
}

// home opens the home account for one role.
func (h *house) home(role rbac.Role) *billing.Account {
	h.t.Helper()
	a, err := h.as(person(role)).Account(h.t.Context(), rbactest.Home)
	require.NoError(h.t, err)
	return a
}

// canaryOf is the string that marks everything of an account.
func canaryOf(id string) string { return "zq" + fmt.Sprintf("%x", id) + "qz" }

// seed makes one account with seats and projects, invoices, recipients, methods and discounts.
func (h *house) seed(id string) {
	c := canaryOf(id)
	zone, err := civil.LoadZone("America/New_York")
	require.NoError(h.t, err)
	w := h.world
	account := w.AddAccount(provider.Account{ID: id, Name: "Account " + c, Zone: zone, SettingsURL: "https://host.example/settings/" + c})
	s := &seeded{Account: account, canary: c, email: "billing." + c + "@example.com"}
	w.SetEmail(account.Customer, s.email)
	s.private = []string{s.email, "ap." + c + "@example.com", "cfo." + c + "@example.com"}
	w.SetRecipients(account.Customer, s.private[1:2], s.private[2:])
	w.SetMethods(account.Customer, provider.PaymentMethod{ID: "pm_" + c, Kind: "card", Brand: "brand " + c, Last4: "4242", Expires: "2030-01", Default: true})
	w.SetPlan(id, civil.MustDate(2026, 1, 1), plan(c))
	always := civil.MustDate(2026, 1, 1)
	w.AddDiscount(id, usage.Discount{ID: "d-" + c, Name: "Discount " + c, Percent: decimal.NewFromInt(10), On: usage.OnFees, Valid: civil.Span{From: always}})
	for _, tenant := range []string{"hq", "secret"} {
		tid := tenant + "-" + c
		w.AddTenant(id, usage.Tenant{ID: tid, Name: "Tenant " + tid, Sensitive: tenant == "secret"})
		for i := range 3 {
			w.AddRoster(id, tid, usage.Record{
				User: fmt.Sprintf("u%d-%s", i, c), Name: "Person " + c, Address: fmt.Sprintf("u%d.%s@example.com", i, c),
				Covered: usage.Days(always, civil.Date{}),
			})
			s.private = append(s.private, fmt.Sprintf("u%d.%s@example.com", i, c))
		}
	}
	for _, p := range []struct{ name, minutes string }{{"bot", "100"}, {"desk", "850"}} {
		pid := p.name + "-" + c
		w.AddProject(id, usage.Project{ID: pid, Name: "Project " + pid, Plan: "voice", Active: civil.Span{From: always}})
		for month := h.period(zone); !month.From().Before(always); month = month.Prev() {
			w.SetReadings(id, pid, month, usage.Reading{Meter: "minutes", Used: usage.Known(decimal.RequireFromString(p.minutes)), At: now.Add(-time.Hour)})
		}
	}
	for i, status := range []invoice.Status{invoice.Paid, invoice.Paid, invoice.Open} {
		inv := w.AddInvoice(id, invoice.Invoice{
			Number: fmt.Sprintf("N%d-%s", i, c), Status: status, Total: usd("80.00"), Currency: "USD",
			Issued: civil.MustDate(2026, time.Month(8+i), 1),
		})
		s.invoice = inv.ID
	}
	recipients, err := w.Payments().Recipients(h.t.Context(), account.Customer)
	require.NoError(h.t, err)
	s.recipient = recipients.Invoices[0].ID
	h.accounts[id] = s
}

func (h *house) period(zone *time.Location) civil.Period {
	p, err := civil.MonthOf(now, zone)
	require.NoError(h.t, err)
	return p
}

// plan has seats, a metered plan and a fee.
func plan(c string) usage.Plan {
	return usage.Plan{
		Name: "Plan " + c, Currency: "USD", Seats: flat("3.10"),
		Metered: []usage.MeteredPlan{{
			Name: "voice", Fee: &usage.Fee{ID: "base", Name: "Base " + c, Amount: usd("20.00")},
			Meters: []usage.Meter{{Name: "minutes", Unit: "minute", Included: decimal.NewFromInt(1000), Price: flat("0.05")}},
		}},
	}
}
