package memory

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// What [Demo] makes.
const (
	// DemoOrganization is an account with seven tenants: one on a .edu domain that is split into students and staff, a
	// sensitive one, a paused one, one that joined during the year and one that left.
	DemoOrganization = "org_meridian"
	// DemoPartner is a partner organisation to which five clients with a year of invoices are assigned, one without
	// invoices yet, and one whose billing is not set up.
	DemoPartner = "partner_brightline"
	// DemoOtherPartner is a partner organisation with a client of its own.
	DemoOtherPartner = "partner_oakfield"
	// DemoClient is a client of DemoPartner whose projects are in every state.
	DemoClient = "client_aster"
	// DemoNewClient is a client of DemoPartner that has no invoices yet.
	DemoNewClient = "client_fern"
	// DemoUnconfigured is a client of DemoPartner whose billing is not set up.
	DemoUnconfigured = "client_grove"
	// DemoForeignClient is a client of DemoOtherPartner.
	DemoForeignClient = "client_heron"
)

// demoMonths is how many months are closed before now.
const demoMonths = 12

// Demo makes a world with a year of an organisation and of a voice product with partners: the twelve months before now
// are computed from rosters and readings and issued as invoices, which are paid, open, overdue or void. The same seed
// and time give the same world.
func Demo(seed uint64, now time.Time) (*World, error) {
	w, err := Open(Options{Seed: seed, Now: now})
	if err != nil {
		return nil, err
	}
	return w, w.AddDemo(context.Background())
}

// AddDemo adds to a world what [Demo] makes, for the year before the world's clock. The clock is where it was
// afterwards; the log of calls and the webhooks are empty.
func (w *World) AddDemo(ctx context.Context) error {
	d := &demo{w: w, now: w.Now()}
	defer func() {
		w.Set(d.now)
		w.ResetCalls()
		w.Webhooks()
	}()
	d.organization()
	d.voice()
	if err := w.Err(); err != nil {
		return err
	}
	for back := demoMonths; back >= 1; back-- {
		for i := range d.customers {
			if err := d.closeMonth(ctx, &d.customers[i], back); err != nil {
				return err
			}
		}
	}
	d.finish()
	return w.Err()
}

// demo fills a world.
type demo struct {
	w         *World
	now       time.Time
	customers []demoCustomer
	nameless  [][2]string // accounts and projects whose metadata cannot be had for now
}

// demoCustomer is an account that is invoiced, and how it pays.
type demoCustomer struct {
	account provider.Account
	unpaid  []int // months back whose invoices are not paid
	voided  int   // months back whose first invoice was wrong; 0: none
	lost    int   // months back whose invoice was given up; 0: none
}

// pick makes up a number from 0 to n-1. What it is about decides, so that the order of asking does not matter.
func (d *demo) pick(n int, about ...any) int {
	parts := []string{"demo"}
	for _, a := range about {
		parts = append(parts, fmt.Sprint(a))
	}
	return int(binary.BigEndian.Uint64(d.w.keys.mac(parts...)) % uint64(n))
}

// month gives the civil month so many months before that of now.
func (d *demo) month(zone *time.Location, back int) civil.Period {
	month, err := civil.MonthOf(d.now, zone)
	if err != nil {
		return civil.Period{}
	}
	for range back {
		month = month.Prev()
	}
	return month
}

// day gives a day of the month so many months before that of now.
func (d *demo) day(zone *time.Location, back, of int) civil.Date {
	return d.month(zone, back).From().AddDays(of - 1)
}

// demoZone loads a zone, or takes UTC on a machine without a database of zones.
func demoZone(name string) *time.Location {
	zone, err := civil.LoadZone(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// closeMonth computes a month, issues its invoice on the first day after it, and lets the customer pay.
func (d *demo) closeMonth(ctx context.Context, c *demoCustomer, back int) error {
	period := d.month(c.account.Zone, back)
	issued := invoice.NextDate(period).Start(c.account.Zone).Add(9 * time.Hour)
	d.w.Set(issued)
	plan, err := d.plan(ctx, c, period)
	if err != nil {
		return fmt.Errorf("%s %s: %w", c.account.ID, period, err)
	}
	inv, err := d.issue(ctx, c, plan, 1)
	if err != nil {
		return err
	}
	if c.voided == back {
		d.w.Set(issued.AddDate(0, 0, 2))
		if err := d.w.Void(inv.ID); err != nil {
			return err
		}
		if inv, err = d.issue(ctx, c, plan, 2); err != nil {
			return err
		}
	}
	if c.lost == back {
		return d.w.GiveUp(inv.ID)
	}
	for _, unpaid := range c.unpaid {
		if unpaid == back {
			return nil
		}
	}
	paid := issued.AddDate(0, 0, 4+d.pick(18, "paid", inv.ID))
	if inv.Status == invoice.Paid || paid.After(d.now) {
		return nil
	}
	d.w.Set(paid)
	return d.w.Pay(inv.ID)
}

// plan makes the draft of a month's invoice the way a host does: statement first, then invoice.
func (d *demo) plan(ctx context.Context, c *demoCustomer, period civil.Period) (invoice.Invoice, error) {
	records := d.w.Records()
	agreed, err := records.Plan(ctx, c.account.ID, period)
	if err != nil {
		return invoice.Invoice{}, err
	}
	st, err := usage.Compute(usage.Input{
		Account: usage.Account{ID: c.account.ID, Name: c.account.Name}, Period: period, Plan: agreed.Plan,
		Tenants:   records.Tenants(ctx, c.account.ID, period),
		Projects:  records.Projects(ctx, c.account.ID, period),
		Discounts: agreed.Discounts, Adjustments: agreed.Adjustments, TotalsOnly: true,
	})
	if err != nil {
		return invoice.Invoice{}, err
	}
	drafts, err := invoice.FromStatement(st, invoice.Options{
		Terms: c.account.Terms, Seller: demoSeller(c.account.ID), Customer: demoParty(&c.account),
		Reference: fmt.Sprintf("PO-%05d", 10_000+d.pick(80_000, "po", c.account.ID)),
		Note:      "Please state the number of the invoice with your payment.",
	})
	if err != nil {
		return invoice.Invoice{}, err
	}
	return drafts[0], nil
}

func (d *demo) issue(ctx context.Context, c *demoCustomer, plan invoice.Invoice, revision int) (invoice.Invoice, error) {
	return d.w.Payments().Issue(ctx, provider.IssueRequest{
		Key:      "demo/" + c.account.ID + "/" + plan.Period.String() + "/" + strconv.Itoa(revision),
		Customer: c.account.Customer, Invoice: plan, Send: true,
	})
}

// finish takes away what cannot be had for now: the document of each account's oldest invoice, as when a provider has
// archived it, and the metadata of a project.
func (d *demo) finish() {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	for _, c := range d.w.customers {
		if len(c.invoices) > 0 {
			c.invoices[len(c.invoices)-1].document = new([]byte)
		}
	}
	for _, id := range d.nameless {
		d.w.accounts[id[0]].projects[id[1]].Name = ""
	}
}

func demoSeller(account string) invoice.Party {
	if account == DemoOrganization {
		return invoice.Party{
			Name: "Gatehouse Security, Inc.", Lines: []string{"500 Harbor Street, Suite 210", "Portland, ME 04101", "United States"},
			Email: "billing@gatehouse.example", TaxIDs: []string{"EIN 00-0000000"},
		}
	}
	return invoice.Party{
		Name: "Clearline Voice, Inc.", Lines: []string{"18 Mill Road", "Austin, TX 78701", "United States"},
		Email: "billing@clearline.example", TaxIDs: []string{"EIN 00-0000001"},
	}
}

func demoParty(a *provider.Account) invoice.Party {
	return invoice.Party{Name: a.Name, Lines: []string{"Accounts payable", "1 Main Street"}, TaxIDs: []string{"Customer " + a.ID}}
}
