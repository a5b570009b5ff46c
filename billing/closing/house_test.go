package closing_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// house is a host with one account, acme, that pays for two tenants by seat: ten users at 3.00 in "hq", and in
// "campus" two students at 1.00 and one of staff at 2.00.
type house struct {
	*testing.T
	world  *memory.World
	config closing.Config
	closer *closing.Closer
	acme   provider.Account
	sent   []string // invoices, once for each mail

	keptWorld *memory.World   // of a restored ledger
	kept      *memory.Records // its records
}

func usd(s string) money.Amount { return money.MustParse(s, "USD") }

func flat(s string) pricing.Price { return pricing.Price{Model: pricing.Flat, Unit: usd(s)} }

// september is the month that is closed; the clock begins on the first of October.
var september, _ = civil.Month(2026, time.September, time.UTC)

func open(t *testing.T, change ...func(*closing.Config)) *house {
	t.Helper()
	world, err := memory.Open(memory.Options{Now: time.Date(2026, 10, 1, 6, 0, 0, 0, time.UTC), Seed: 3})
	require.NoError(t, err)
	h := &house{T: t, world: world}
	h.acme = h.account("acme")
	h.config = closing.Config{
		Payments: world.Payments(), Records: world.Records(), Clock: world.Now, Owner: "worker-1",
		Sleep: func(ctx context.Context, d time.Duration) error {
			world.Advance(d)
			return ctx.Err()
		},
	}
	for _, c := range change {
		c(&h.config)
	}
	h.closer = h.another("worker-1")
	return h
}

// another is a closer of another process.
func (h *house) another(owner string) *closing.Closer {
	h.Helper()
	config := h.config
	config.Owner = owner
	closer, err := closing.New(config)
	require.NoError(h, err)
	return closer
}

// account adds an account with its tenants.
func (h *house) account(id string) provider.Account {
	h.Helper()
	acct := h.world.AddAccount(provider.Account{ID: id, Name: "Account " + id})
	h.world.SetEmail(acct.Customer, "billing@"+id+".example.com")
	h.world.SetPlan(id, civil.MustDate(2026, 1, 1), usage.Plan{
		Name: "Seats", Currency: "USD", Seats: flat("3.00"),
		Groups: map[string]pricing.Price{"students": flat("1.00"), "staff": flat("2.00")},
	})
	h.world.AddTenant(id, usage.Tenant{ID: "hq", Name: "Headquarters"})
	for i := range 10 {
		h.covered(id, "hq", fmt.Sprintf("user-%02d", i), "example.com")
	}
	h.world.AddTenant(id, usage.Tenant{ID: "campus", Name: "Campus", Domain: "school.edu", Split: usage.Split{
		Approval: usage.Approval{By: "ada", On: civil.MustDate(2026, 1, 1)},
		Groups:   []usage.Group{{Name: "students", Domains: []string{"students.school.edu"}}, {Name: "staff", Domains: []string{"school.edu"}}},
	}})
	h.covered(id, "campus", "kim", "students.school.edu")
	h.covered(id, "campus", "lee", "students.school.edu")
	h.covered(id, "campus", "max", "school.edu")
	require.NoError(h, h.world.Err())
	return acct
}

// covered adds a user who is covered from the first of September on.
func (h *house) covered(account, tenant, user, domain string) {
	h.world.AddRoster(account, tenant, usage.Record{
		User: user, Name: user, Address: user + "@" + domain, Covered: usage.Days(civil.MustDate(2026, 9, 1), civil.Date{}),
	})
}

// close closes September and wants it to succeed.
func (h *house) close() closing.Result {
	h.Helper()
	result, err := h.closer.Close(h.Context(), "acme", september)
	require.NoError(h, err)
	require.True(h, result.Done(), "%+v", result.Closings)
	return result
}

// issued are the invoices of an account at the payment provider, the newest last.
func (h *house) issued(account provider.Account) []invoice.Invoice {
	h.Helper()
	page, err := h.world.Payments().Invoices(h.Context(), provider.InvoiceQuery{Customer: account.Customer, Limit: provider.MaxPage})
	require.NoError(h, err)
	var out []invoice.Invoice
	for i := range page.Invoices {
		inv, err := h.world.Payments().Invoice(h.Context(), account.Customer, page.Invoices[len(page.Invoices)-1-i].ID)
		require.NoError(h, err)
		out = append(out, inv)
	}
	return out
}

// billed wants acme to have exactly these totals billed, in order.
func (h *house) billed(totals ...string) {
	h.Helper()
	var got []string
	for _, inv := range h.issued(h.acme) {
		if inv.Status != invoice.Void {
			got = append(got, inv.Total.Decimal().StringFixed(2))
		}
	}
	require.ElementsMatch(h, totals, got)
}

// total is what acme was billed in all.
func (h *house) total() money.Amount {
	h.Helper()
	sum := usd("0.00")
	for _, inv := range h.issued(h.acme) {
		var err error
		sum, err = sum.Add(inv.Total)
		require.NoError(h, err)
	}
	return sum
}

// since is what acme was billed beyond a total.
func (h *house) since(before money.Amount) string {
	h.Helper()
	more, err := h.total().Sub(before)
	require.NoError(h, err)
	return more.Decimal().StringFixed(2)
}

// mails counts how often each invoice was sent.
func (h *house) mails() map[string]int {
	out := map[string]int{}
	for _, d := range h.sent {
		out[d]++
	}
	for _, d := range h.world.Webhooks() {
		if d.Event.Type == "invoice.sent" {
			out[d.Event.Object]++
			h.sent = append(h.sent, d.Event.Object)
		}
	}
	return out
}

// line reads a line of the ledger.
func (h *house) line(group string, revision int) provider.Closing {
	h.Helper()
	line, err := h.world.Records().Closing(h.Context(), key(group, revision))
	require.NoError(h, err)
	return line
}

func key(group string, revision int) provider.ClosingKey {
	return provider.ClosingKey{Account: "acme", Group: group, From: september.From(), To: september.To(), Revision: revision}
}

// perGroup invoices groups apart.
func perGroup(c *closing.Config) {
	c.Invoice = func(_ context.Context, _ provider.Account, o invoice.Options) (invoice.Options, error) {
		o.PerGroup = true
		return o, nil
	}
}

// actions are the acts in the audit log of acme, oldest first.
func (h *house) actions() []string {
	h.Helper()
	page, err := h.world.Records().Audit(h.Context(), provider.AuditQuery{Account: "acme", Limit: provider.MaxPage})
	require.NoError(h, err)
	var out []string
	for i := range page.Entries {
		out = append(out, page.Entries[len(page.Entries)-1-i].Action)
	}
	return out
}

// failing is a Config.Invoice that fails.
func failing(err error) func(context.Context, provider.Account, invoice.Options) (invoice.Options, error) {
	return func(context.Context, provider.Account, invoice.Options) (invoice.Options, error) {
		return invoice.Options{}, err
	}
}

func freeGroups() map[string]pricing.Price {
	return map[string]pricing.Price{"students": flat("0"), "staff": flat("0")}
}

var ada = closing.Person{Actor: "ada", Purpose: "the customer has called"}
