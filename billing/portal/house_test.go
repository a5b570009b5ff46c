package portal_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/portal"
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

// house is a host with one account for every scope, all alike, and the portal on top of it. Every text of an account
// carries a canary: a string that nobody outside its scope may ever see.
type house struct {
	t        testing.TB
	world    *memory.World
	billing  billing.Config
	service  *billing.Service
	config   portal.Config
	portal   *portal.Portal
	accounts map[string]*seeded // by id

	mu         sync.Mutex
	principals map[string]rbac.Principal // what the host says when it is asked again
}

// seeded is an account with what belongs to it.
type seeded struct {
	provider.Account
	canary    string
	invoice   string // id of its newest invoice, which is open
	recipient string // id of one of its recipients
	revealed  string // the address of that recipient
	email     string // its billing email
	private   []string
}

// now is the middle of October 2026 in New York.
var now = time.Date(2026, 10, 17, 12, 0, 0, 0, time.UTC)

// personHeader tells the host of the tests who is signed in. A real host has a session.
const personHeader = "Test-Person"

func usd(s string) money.Amount { return money.MustParse(s, "USD") }

func flat(s string) pricing.Price { return pricing.Price{Model: pricing.Flat, Unit: usd(s)} }

// build makes a house that decides by the policy. A change may seed more and change both configurations before the
// service and the portal are made of them.
func build(t testing.TB, policy rbac.Policy, change ...func(*house)) *house {
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

	engine, err := rbac.New(policy)
	require.NoError(t, err)
	h.billing = billing.Config{
		Payments: world.Payments(), Records: world.Records(), Authorizer: engine, Clock: world.Now, Authority: h.authority,
		PortalHosts: []string{"billing.invalid"}, ReturnURL: "https://host.example/billing",
		Support: billing.Support{URL: "https://host.example/support", Email: "help@host.example"},
		SealKey: []byte(strings.Repeat("k", 32)),
	}
	h.config = portal.Config{
		Identify: h.identify, Clock: world.Now, HostURL: "https://host.example/", HostName: "Host Example",
		Rate: portal.Rate{PerMinute: 1_000_000, Burst: 1_000_000}, Reports: portal.Reports{Dir: t.TempDir()},
	}
	for _, c := range change {
		c(h)
	}
	require.NoError(t, world.Err())
	h.service, err = billing.New(h.billing)
	require.NoError(t, err)
	h.portal, err = portal.New(h.service, h.config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.portal.Close(context.Background())) }) //nolint:usetesting // the test's context is done by then
	world.ResetCalls()
	return h
}

// authority is the host when it is asked again: it knows whom it was told of.
func (h *house) authority(_ context.Context, id string) (rbac.Principal, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.principals[id]
	if !ok {
		return rbac.Principal{}, provider.NotFound("Authority")
	}
	return p, nil
}

// identify is the host's session: nobody without the header.
func (h *house) identify(r *http.Request) (rbac.Principal, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.principals[r.Header.Get(personHeader)]
	if !ok {
		return rbac.Principal{}, portal.ErrSignedOut
	}
	return p, nil
}

// knows tells the host what to say of a principal from now on.
func (h *house) knows(p rbac.Principal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.principals[p.ID] = p
}

// home is the account of the people of a client.
func (h *house) home() *seeded { return h.accounts[rbactest.Home] }

// client is the account that is assigned to the partner organisation.
func (h *house) client() *seeded { return h.accounts[rbactest.Assigned.AccountOf()] }

// person is somebody of the home account with one role.
func person(role rbac.Role) rbac.Principal {
	return rbac.Principal{ID: "user-" + string(role), Account: rbactest.Home, Roles: []rbac.Role{role}}
}

// partner is somebody of the partner organisation with one role.
func partner(role rbac.Role) rbac.Principal {
	return rbac.Principal{ID: "user-" + string(role), Partner: rbactest.Partner, Roles: []rbac.Role{role}}
}

// visitor is a browser in which somebody is signed in.
type visitor struct {
	h        *house
	id       string
	language string
}

// as gives the browser of somebody whom the host knows. The zero principal is nobody.
func (h *house) as(p rbac.Principal) *visitor {
	if !p.IsZero() {
		h.knows(p)
	}
	return &visitor{h: h, id: p.ID, language: "en"}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// request makes a request of the browser to a path below the base path. Pairs are names and values of headers.
func (v *visitor) request(method, path, body string, headers ...string) *http.Request {
	r := httptest.NewRequestWithContext(v.h.t.Context(), method, "https://host.example/billing"+path, strings.NewReader(body))
	r.Header.Set(personHeader, v.id)
	r.Header.Set("Accept-Language", v.language)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// do sends a request.
func (v *visitor) do(r *http.Request) *answer {
	mux, w := http.NewServeMux(), httptest.NewRecorder()
	mux.Handle(v.h.portal.Pattern(), v.h.portal)
	if base := strings.TrimSuffix(v.h.portal.Pattern(), "/"); base != "" {
		mux.Handle(base, v.h.portal)
	}
	recorded(v.h.portal.Pattern(), mux).ServeHTTP(w, r)
	return &answer{status: w.Code, header: w.Header(), body: w.Body.String()}
}

// get asks for a path below the base path.
func (v *visitor) get(path string, headers ...string) *answer {
	return v.do(v.request(http.MethodGet, path, "", headers...))
}

// post sends a form; pairs are names and values of fields.
func (v *visitor) post(path string, fields ...string) *answer {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return v.do(v.request(http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded"))
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
	always := civil.MustDate(2026, 1, 1)
	w.SetPlan(id, always, plan(c))
	w.AddDiscount(id, usage.Discount{ID: "d-" + c, Name: "Discount " + c, Percent: decimal.NewFromInt(10), On: usage.OnFees, Valid: civil.Span{From: always}})
	for _, tenant := range []string{"hq", "secret"} {
		tid := tenant + "-" + c
		w.AddTenant(id, usage.Tenant{ID: tid, Name: "Tenant " + tid, Sensitive: tenant == "secret"})
		for i := range 3 {
			address := fmt.Sprintf("u%d.%s.%s@example.com", i, tenant, c)
			w.AddRoster(id, tid, usage.Record{
				User: fmt.Sprintf("u%d-%s", i, c), Name: "Person " + c, Address: address, Covered: usage.Days(always, civil.Date{}),
			})
			s.private = append(s.private, address)
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
	s.recipient, s.revealed = recipients.Invoices[0].ID, s.private[1]
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

// memoryFault alters what a call of the provider answers.
func memoryFault[T any](alter func(*T)) memory.Fault {
	return memory.Fault{Alter: func(answer any) {
		if v, ok := answer.(*T); ok {
			alter(v)
		}
	}}
}
