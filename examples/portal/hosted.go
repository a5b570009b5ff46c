package main

import (
	"context"
	"net/http"
	"strings"

	"github.com/billhatch/billhatch/provider"
)

// A real payment provider has a hosted portal (O3), to which a link or a login leads. The one in memory makes links to a
// host that does not exist, so the demonstration stands in for it: with a payment provider none of this file is needed.
const (
	hostedHost = "billing.invalid"
	hostedBase = "https://" + hostedHost + "/"
)

// hostedLinks turns redirects to the hosted portal into redirects to the page that stands in for it.
func (d *demo) hostedLinks(w http.ResponseWriter) http.ResponseWriter { return &hostedWriter{w} }

type hostedWriter struct{ http.ResponseWriter }

// Unwrap lets http.ResponseController find the writer.
func (w *hostedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader looks at where the answer leads.
func (w *hostedWriter) WriteHeader(status int) {
	if rest, ok := strings.CutPrefix(w.Header().Get("Location"), hostedBase); ok {
		w.Header().Set("Location", "/hosted/"+rest)
	}
	w.ResponseWriter.WriteHeader(status)
}

// hostedBody is the page that stands in for the hosted portal.
type hostedBody struct {
	Name  string // of the customer whose session it is; empty: the login page
	Email string // filled in on the login page
	Open  []openInvoice
	Token string
}

// hosted is the page: for a session its customer, for the login what the person would be sent.
func (d *demo) hosted(r *http.Request, _ session) page {
	out := page{Name: "hosted", Title: "Payment portal"}
	rest := r.PathValue("rest")
	if rest == "login" {
		out.Body = hostedBody{Email: r.URL.Query().Get("prefilled_email")}
		return out
	}
	on := d.stage.Load()
	customer, ok := on.sessionCustomer(rest)
	if !ok {
		return d.lost(r, session{})
	}
	body := hostedBody{Token: rest}
	for _, b := range on.closer.accounts {
		account, err := on.world.Records().Account(r.Context(), b.id)
		if err != nil || account.Customer != customer {
			continue
		}
		body.Name = account.Name
		for _, inv := range d.openInvoices(r.Context(), on) {
			if inv.Account == account.Name {
				body.Open = append(body.Open, inv)
			}
		}
	}
	out.Body = body
	return out
}

// sessionCustomer is whose portal session a link belongs to.
func (s *stage) sessionCustomer(path string) (string, bool) {
	link, err := provider.NewSecretURL(hostedBase + path)
	if err != nil {
		return "", false
	}
	return s.world.SessionCustomer(link)
}

// payHosted pays an invoice in the portal. Whoever has the link of a session may pay the invoices of its customer.
func (d *demo) payHosted(ctx context.Context, on *stage, r *http.Request) ([]string, error) {
	customer, ok := on.sessionCustomer(r.PostFormValue("token"))
	if !ok {
		return nil, provider.NotFound("Pay")
	}
	inv, err := on.world.Payments().Invoice(ctx, customer, r.PostFormValue("invoice"))
	if err != nil {
		return nil, err
	}
	if err := on.world.Pay(inv.ID); err != nil {
		return nil, err
	}
	return []string{"Paid: " + inv.Number}, nil
}
