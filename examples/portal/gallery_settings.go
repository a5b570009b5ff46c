package main

import (
	"bytes"
	"context"
	"net/http"

	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// otherAddress is the billing email of another customer.
const otherAddress = "billing@heron.example"

// shared gives another customer the address of the organisation.
func shared(sc *scene) {
	sc.world.SetEmail(memory.DemoForeignClient, "accounts.payable@meridian.example")
}

// direct lists the account for direct entry.
func direct(sc *scene) {
	worldly(alters("Account", func(a *provider.Account) { a.Direct = true }))(sc)
}

// change sends the form of the billing email, as it was drawn just now.
func change(address string) question {
	return func(ctx context.Context, rm *room) (*http.Request, error) {
		account, err := rm.account(ctx)
		if err != nil {
			return nil, err
		}
		panel, err := account.BillingEmail(ctx)
		if err != nil {
			return nil, err
		}
		return rm.form(ctx, "/settings/email", "email", address, "version", panel.Version)
	}
}

// confirmed sends the form that opens the payment portal, as it was drawn just now.
func confirmed(ctx context.Context, rm *room) (*http.Request, error) {
	account, err := rm.account(ctx)
	if err != nil {
		return nil, err
	}
	panel, err := account.Portal(ctx)
	if err != nil {
		return nil, err
	}
	return rm.form(ctx, "/portal", "confirm", panel.Confirm)
}

func settingsExhibits() []exhibit {
	const page, way = "/settings", "/portal"
	admin, member, payer, manager := rbac.Admin, rbac.FullMember, rbac.Billing, rbac.ClientManager
	return []exhibit{
		{name: "settings", title: "Settings: an Admin", as: admin, path: page, text: "Save billing email"},
		{name: "settings-member", title: "Settings: a Full Member", as: member, path: page, text: "An Admin can change this address"},
		{name: "settings-billing", title: "Settings: the Billing role", as: payer, path: page, text: "accounts.payable@meridian.example"},
		{name: "settings-changed", title: "Settings: the address was changed", as: admin, path: page + "?done=email_changed", text: "The billing email has been changed"},
		{name: "settings-none", title: "Settings: no address on file", as: admin, path: page, text: "No billing email is on file", set: func(sc *scene) { sc.world.SetEmail(memory.DemoOrganization, "") }},
		{name: "settings-shared", title: "Settings: another customer has the address", as: admin, path: page, text: "used more than once", set: shared},
		{name: "settings-invalid", title: "Settings: not an address", as: admin, path: page, status: http.StatusUnprocessableEntity, text: "Enter one valid email address", ask: form("/settings/email", "email", "accounts at meridian", "version", "1")},
		{name: "settings-conflict", title: "Settings: changed meanwhile", as: admin, path: page, status: http.StatusConflict, text: "changed meanwhile", ask: form("/settings/email", "email", "ap@meridian.example", "version", "1")},
		{name: "settings-refused", title: "Settings: the address of another customer", as: admin, path: page, status: http.StatusConflict, text: "Another customer already has this address", set: func(sc *scene) { sc.world.SetEmail(memory.DemoForeignClient, otherAddress) }, ask: change(otherAddress)},
		{name: "settings-down", title: "Settings: could not be loaded", as: admin, path: page, text: "Could not be loaded", set: unavailable("Customer")},
		{name: "settings-not-configured", title: "Settings: billing is not set up", as: admin, path: page, text: "Billing is not set up", set: worldly(alters("Account", func(a *provider.Account) { a.Customer = "" }))},
		{name: "settings-sales", title: "Settings: Sales has no billing rights", as: rbac.Sales, path: page, status: http.StatusForbidden, text: "administrator"},

		{name: "portal-direct", title: "Payment portal: without a login", as: manager, path: way, text: "Continue to the billing portal"},
		{name: "portal-magic-link", title: "Payment portal: by mail", as: admin, path: way, text: "accounts.payable@meridian.example"},
		{name: "portal-listed", title: "Payment portal: the account is listed for direct entry", as: admin, path: way, text: "You will be signed in", set: direct},
		{name: "portal-shared", title: "Payment portal: another customer has the address", as: admin, path: way, text: "may open the wrong account", set: shared},
		{name: "portal-not-configured", title: "Payment portal: billing is not set up", as: manager, path: way, text: "not fully set up", set: worldly(alters("Account", func(a *provider.Account) { a.Customer = "" }))},
		{name: "portal-down", title: "Payment portal: cannot be reached", as: admin, path: way, text: "Could not be loaded", set: unavailable("Customer")},
		{name: "portal-unsupported", title: "Payment portal: the provider has none", as: manager, path: way, text: "There is no billing portal", set: least},
		{name: "portal-expired", title: "Payment portal: confirmed too late", as: manager, path: way, status: http.StatusConflict, text: "Please confirm once more", ask: form("/portal", "confirm", "too-old")},
	}
}

// begun begins the report of October and asks how far it is.
func begun(ctx context.Context, rm *room) (*http.Request, error) {
	begin, err := rm.form(ctx, "/reports", "month", "2026-10", "format", "xlsx")
	if err != nil {
		return nil, err
	}
	rm.portal.ServeHTTP(newAnswer(), begin)
	return rm.request(ctx, http.MethodGet, "/reports/2026-10?format=xlsx", "", "")
}

// ended tells whether a report is not being written any more.
func ended(page []byte) bool { return !bytes.Contains(page, []byte(`data-billing-refresh`)) }

// unhurried has reports shown in progress at once.
func unhurried(sc *scene) { sc.portal.Reports = portal.Reports{Wait: -1} }

// endless has reports never come to an end.
func endless(sc *scene) {
	unhurried(sc)
	sc.world.InjectAlways("Tenants", memory.Fault{Delay: memory.Forever})
}

func reportExhibits() []exhibit {
	const page, october = "/reports", "/reports/2026-10"
	admin := rbac.Admin
	return []exhibit{
		{name: "reports", title: "Reports: the months", as: admin, path: page, text: "October 2026"},
		{name: "reports-none", title: "Reports: no month yet", as: admin, path: page, text: "There is no month", set: func(sc *scene) { sc.service.Availability.Earliest = november().To() }},
		{name: "report-running", title: "Report: being written", as: admin, path: october, text: "data-billing-refresh", set: endless, ask: begun},
		{name: "report-ready", title: "Report: ready", as: admin, path: october, text: "Download", set: unhurried, ask: begun, until: ended},
		{name: "report-failed", title: "Report: could not be made", as: admin, path: october, text: "Prepare again", set: func(sc *scene) {
			unhurried(sc)
			unavailable("Tenants")(sc)
		}, ask: begun, until: ended},
		{name: "report-none", title: "Report: not asked for yet", as: admin, path: october, text: "has not been prepared"},
	}
}
