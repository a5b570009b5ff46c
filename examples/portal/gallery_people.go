package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// onlyPayments is a payment provider that can do no more than it must.
type onlyPayments struct{ provider.Payments }

// least takes every further ability away.
func least(sc *scene) { sc.service.Payments = onlyPayments{sc.world.Payments()} }

// reveal asks for the address of the first recipient.
func reveal(purpose string) question {
	return func(ctx context.Context, rm *room) (*http.Request, error) {
		account, err := rm.account(ctx)
		if err != nil {
			return nil, err
		}
		id := "none" // while they cannot be had
		if panel, err := account.Recipients(ctx); err == nil && len(panel.Invoices) > 0 {
			id = panel.Invoices[0].ID
		}
		return rm.form(ctx, "/recipients/"+id+"/reveal", "purpose", purpose)
	}
}

func recipientExhibits() []exhibit {
	const page, methods = "/recipients", "/payment-methods"
	admin, manager := rbac.ClientAdmin, rbac.ClientManager
	return []exhibit{
		{name: "recipients", title: "Recipients: masked addresses", as: admin, path: page, text: "Show email"},
		{name: "recipients-link", title: "Recipients: only the link, for managers", as: manager, path: page, text: "Edit recipients"},
		{name: "recipients-note", title: "Recipients: only a note, for partners", as: rbac.PartnerAdmin, path: "/clients/" + memory.DemoClient + "/usage", text: "Client admins manage"},
		{name: "recipients-syncing", title: "Recipients: still synchronising", as: admin, path: page, text: "synchronized", set: func(sc *scene) { sc.world.SetSyncing(memory.DemoClient, true) }},
		{name: "recipients-empty", title: "Recipients: nobody", as: admin, path: page, text: "Nobody receives billing emails", set: func(sc *scene) { sc.world.SetRecipients(memory.DemoClient, nil, nil) }},
		{name: "recipients-down", title: "Recipients: could not be loaded", as: admin, path: page, text: "Could not be loaded", set: unavailable("Recipients")},
		{name: "recipients-unsupported", title: "Recipients: the provider does not list them", as: admin, path: page, text: "not listed for this account", set: least},
		{name: "recipient-revealed", title: "Recipients: an address is shown once", as: admin, path: page, text: "billing@aster.example", ask: reveal("invoice of October never came")},
		{name: "recipient-no-purpose", title: "Recipients: a purpose is needed", as: admin, path: page, status: http.StatusUnprocessableEntity, text: "Say in a few words", ask: reveal("x")},

		{name: "methods", title: "Payment methods", as: manager, path: methods, text: "4242"},
		{name: "methods-empty", title: "Payment methods: none", as: manager, path: methods, text: "No payment method", set: func(sc *scene) { sc.world.SetMethods(memory.DemoClient) }},
		{name: "methods-down", title: "Payment methods: could not be loaded", as: manager, path: methods, text: "Could not be loaded", set: unavailable("PaymentMethods")},
		{name: "methods-unsupported", title: "Payment methods: the provider does not list them", as: manager, path: methods, text: "not shown here", set: least},
	}
}

// audited fills the audit trail with so many acts.
func audited(n int) func(*scene) {
	acts := []rbac.Action{rbac.OpenPortal, rbac.RevealRecipient, rbac.DownloadPDF, rbac.DownloadPDF}
	return func(sc *scene) {
		sc.after = append(sc.after, func(ctx context.Context, rm *room) error {
			for i := range n {
				begun := provider.AuditEntry{
					ID: fmt.Sprintf("act-%d", i), At: rm.world.Now().Add(time.Duration(i-n) * 5 * time.Hour), Account: memory.DemoClient,
					Actor: "usr_hannah", Action: string(acts[i%len(acts)]), Target: "in_2026_10", Outcome: provider.Attempted,
				}
				switch acts[i%len(acts)] {
				case rbac.OpenPortal:
					begun.Target = "portal"
				case rbac.RevealRecipient:
					begun.Target, begun.Purpose = "rcp_000001", "invoice of October never came"
				}
				ended := begun
				ended.ID, ended.Outcome = begun.ID+"-end", provider.Succeeded
				if i%5 == 4 {
					ended.Outcome = provider.Failed
				}
				for _, entry := range []provider.AuditEntry{begun, ended} {
					if _, err := rm.world.Records().Append(ctx, entry); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
}

func auditExhibits() []exhibit {
	const page = "/audit"
	admin := rbac.ClientAdmin
	return []exhibit{
		{name: "audit", title: "Audit trail", as: admin, path: page, text: "invoice of October never came", set: audited(6)},
		{name: "audit-filtered", title: "Audit trail: filtered", as: admin, path: page + "?action=portal.open&outcome=succeeded", text: "Opened the billing portal", set: audited(6)},
		{name: "audit-paged", title: "Audit trail: first of several pages", as: admin, path: page, text: "Next", set: audited(30)},
		{name: "audit-empty", title: "Audit trail: nothing yet", as: admin, path: page, text: "Nothing has been recorded yet"},
		{name: "audit-down", title: "Audit trail: could not be loaded", as: admin, path: page, text: "Could not be loaded", set: unavailable("Audit")},
		{name: "audit-organisation", title: "Audit trail: of an organisation", as: rbac.Admin, path: page, text: "Nothing has been recorded yet"},
	}
}

func clientExhibits() []exhibit {
	const page, client = "/clients", "/clients/" + memory.DemoClient
	partner := rbac.PartnerAdmin
	return []exhibit{
		{name: "clients", title: "Clients of a partner", as: partner, path: page, text: "Aster Dental Group"},
		{name: "clients-none", title: "Clients: none assigned", as: partner, path: page, text: "No clients", with: func(f *furniture) { f.others = 0 }, set: func(sc *scene) { sc.world.Revoke(memory.DemoPartner, memory.DemoClient) }},
		{name: "clients-paged", title: "Clients: first of several pages", as: partner, path: page, text: "Next", with: func(f *furniture) { f.others = 40 }},
		{name: "clients-down", title: "Clients: could not be loaded", as: partner, path: page, text: "Could not be loaded", set: unavailable("Clients")},
		{name: "client-usage", title: "Usage of a client", as: partner, path: client + "/usage", text: "Reception line"},
		{name: "client-invoices", title: "Invoices of a client", as: partner, path: client + "/invoices", text: "Next invoice"},
		{name: "client-invoice", title: "An invoice of a client", as: partner, path: client + "/invoices/in_2026_10", text: "Amount due"},
	}
}
