package main

import (
	"context"
	"net/http"
	"strings"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// row is a line of the table on the home page of a product.
type row struct{ Name, Detail, State string }

// homeBody is the home page of a product, as it might be without a billing area.
type homeBody struct {
	Heading string
	Columns []string
	Rows    []row
	Failed  bool
	Billing *billingCard
}

// billingCard is what the host itself shows of billing, by way of the Go API.
type billingCard struct{ Number, Total, State string }

func (d *demo) home(r *http.Request, s session) page {
	who := s.person
	var body homeBody
	var err error
	switch {
	case who.partner != "":
		body.Heading, body.Columns = "Clients of "+who.place, []string{"Client", "Account"}
		body.Rows, err = d.clientRows(r.Context(), who)
	case who.product == gatehouse:
		body.Heading, body.Columns = "Protected tenants", []string{"Tenant", "Domain", "Protection"}
		body.Rows, err = d.tenantRows(r.Context(), who)
	default:
		body.Heading, body.Columns = "Lines", []string{"Line", "Plan", "State"}
		body.Rows, err = d.projectRows(r.Context(), who)
	}
	body.Failed = err != nil
	body.Billing = d.billingCard(r, who)
	return page{Name: "home", Title: d.product(who.product).name, Body: body}
}

// billingCard shows the most recent invoice to those who may see invoices: the same operations that the pages of the
// billing area call, with the same rules.
func (d *demo) billingCard(r *http.Request, who *person) *billingCard {
	account := d.account(r, who)
	if account == nil {
		return nil
	}
	panel, err := account.Invoices(r.Context(), billing.InvoicesQuery{Limit: 1})
	if err != nil || len(panel.Invoices) == 0 {
		return nil // may not see invoices, or there are none for now
	}
	latest := panel.Invoices[0]
	card := &billingCard{Number: latest.Number, Total: latest.Total.String(), State: latest.Status.String()}
	if latest.Overdue {
		card.State = "overdue since " + latest.Due.String()
	}
	return card
}

// month is the running month of an account.
func (d *demo) month(ctx context.Context, account string) (civil.Period, error) {
	world := d.stage.Load().world
	a, err := world.Records().Account(ctx, account)
	if err != nil {
		return civil.Period{}, err
	}
	return civil.MonthOf(world.Now(), a.Zone)
}

func (d *demo) tenantRows(ctx context.Context, who *person) ([]row, error) {
	month, err := d.month(ctx, who.home)
	if err != nil {
		return nil, err
	}
	world := d.stage.Load().world
	today := civil.DateOf(world.Now(), month.Zone())
	var rows []row
	for t, err := range world.Records().Tenants(ctx, who.home, month) {
		if err != nil {
			return nil, err
		}
		if sees, err := seesTenant(ctx, who.principal(), who.home, t.ID); t.Sensitive && (err != nil || !sees) {
			continue
		}
		state := "on"
		for _, pause := range t.Pauses {
			if pause.Contains(today) {
				state = "paused"
			}
		}
		rows = append(rows, row{t.Name, t.Domain, state})
	}
	return rows, nil
}

func (d *demo) projectRows(ctx context.Context, who *person) ([]row, error) {
	month, err := d.month(ctx, who.home)
	if err != nil {
		return nil, err
	}
	var rows []row
	for p, err := range d.stage.Load().world.Records().Projects(ctx, who.home, month) {
		if err != nil {
			return nil, err
		}
		state := "answering"
		if p.Active == (civil.Span{}) {
			state = "not active yet"
		}
		rows = append(rows, row{nameOf(&p), p.Plan, state})
	}
	return rows, nil
}

func nameOf(p *usage.Project) string {
	if p.Name == "" {
		return p.ID
	}
	return p.Name
}

func (d *demo) clientRows(ctx context.Context, who *person) ([]row, error) {
	page, err := d.stage.Load().world.Records().Clients(ctx, provider.ClientQuery{Partner: who.partner, Limit: provider.MaxPage})
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, a := range page.Accounts {
		rows = append(rows, row{Name: a.Name, Detail: strings.TrimPrefix(a.ID, "client_")})
	}
	return rows, nil
}
