package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// panelBody is the panel behind the scenes: clock, invoices to pay, faults.
type panelBody struct {
	Open      []openInvoice
	Faults    []faultLine
	Languages []languageLine
}

type openInvoice struct{ ID, Number, Account, Total, Issued, Due string }

type faultLine struct {
	Name, Title, Shows string
	Look               string // path of a page where it shows for who is signed in; empty: none
	Active             bool
}

type languageLine struct {
	Tag, Name string
	Chosen    bool
}

// panel is the page.
func (d *demo) panel(r *http.Request, s session) page {
	on := d.stage.Load()
	active := on.activeFaults()
	var body panelBody
	for _, f := range faults() {
		line := faultLine{Name: f.name, Title: f.title, Shows: f.shows, Active: slices.Contains(active, f.name)}
		if s.person != nil {
			line.Look = f.lookAs(s.person)
		}
		body.Faults = append(body.Faults, line)
	}
	body.Open = d.openInvoices(r.Context(), on)
	for _, l := range []languageLine{{Name: "As the browser says"}, {Tag: "en", Name: "English"}, {Tag: "de", Name: "Deutsch"}, {Tag: "fr", Name: "Français"}} {
		l.Chosen = l.Tag == s.language
		body.Languages = append(body.Languages, l)
	}
	return page{Name: "panel", Title: "Clock and faults", Body: body}
}

// openInvoices are those of every account, oldest first. They cannot be read while the payment provider is away.
func (d *demo) openInvoices(ctx context.Context, on *stage) (out []openInvoice) {
	for _, b := range on.closer.accounts {
		account, err := on.world.Records().Account(ctx, b.id)
		if err != nil || account.Customer == "" {
			continue
		}
		page, err := on.world.Payments().Invoices(ctx, provider.InvoiceQuery{
			Customer: account.Customer, Filter: provider.OpenInvoices, Limit: provider.MaxPage,
		})
		if err != nil {
			continue
		}
		for _, inv := range slices.Backward(page.Invoices) {
			out = append(out, openInvoice{inv.ID, inv.Number, account.Name, inv.Total.String(), inv.Issued.String(), due(&inv, on)})
		}
	}
	return out
}

func due(inv *invoice.Invoice, on *stage) string {
	if inv.Overdue(on.world.Now()) {
		return inv.Due().String() + ", overdue"
	}
	return inv.Due().String()
}

// acts are the forms of the panel.
func (d *demo) acts() map[string]func(context.Context, *stage, *http.Request) ([]string, error) {
	return map[string]func(context.Context, *stage, *http.Request) ([]string, error){
		"clock": postClock, "pay": postPay, "fault": d.postFault, "reset": d.postReset,
	}
}

// postClock moves the clock.
func postClock(ctx context.Context, on *stage, r *http.Request) ([]string, error) {
	const day = 24 * time.Hour
	switch r.PostFormValue("to") {
	case "day":
		return append([]string{"A day has passed."}, on.closer.advance(ctx, day)...), nil
	case "week":
		return append([]string{"A week has passed."}, on.closer.advance(ctx, 7*day)...), nil
	case "month":
		notes, err := on.closer.toMonthEnd(ctx)
		return append([]string{"The month is over."}, notes...), err
	}
	return nil, errors.New("there is no such button")
}

// postPay pays an invoice, as the customer would in the payment provider's portal.
func postPay(_ context.Context, on *stage, r *http.Request) ([]string, error) {
	if err := on.world.Pay(r.PostFormValue("invoice")); err != nil {
		return nil, err
	}
	return []string{"The invoice is paid."}, nil
}

// postReset begins anew.
func (d *demo) postReset(ctx context.Context, _ *stage, _ *http.Request) ([]string, error) {
	return []string{"Everything is as it was at the beginning."}, d.reset(ctx)
}

// chooseLanguage chooses the language of the billing area.
func (d *demo) chooseLanguage(w http.ResponseWriter, r *http.Request) {
	if tag := r.PostFormValue("language"); slices.Contains([]string{"", "en", "de", "fr"}, tag) {
		d.sessions.keep(w, r, func(s *session) { s.language = tag })
	}
	http.Redirect(w, r, "/panel", http.StatusSeeOther)
}
