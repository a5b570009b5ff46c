package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
)

// never is a limiter that lets nobody through.
type never struct{}

func (never) Allow(string, time.Time) (bool, time.Duration) { return false, 42 * time.Second }

// signedOut has nobody signed in.
func signedOut(sc *scene) {
	sc.portal.Identify = func(*http.Request) (rbac.Principal, error) { return rbac.Principal{}, portal.ErrSignedOut }
}

// crowded has the only place taken by a request that never ends.
func crowded(sc *scene) {
	sc.portal.MaxInFlight = 1
	sc.world.Inject("Invoices", memory.Fault{Delay: memory.Forever})
	sc.after = append(sc.after, func(ctx context.Context, rm *room) error {
		r, err := rm.request(ctx, http.MethodGet, "/invoices", "", "")
		if err != nil {
			return err
		}
		go rm.portal.ServeHTTP(newAnswer(), r)
		for rm.world.Waiting() == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		return ctx.Err()
	})
}

// forgetful is a host that cannot look its people up.
func forgetful(sc *scene) {
	sc.service.Authority = func(context.Context, string) (rbac.Principal, error) {
		return rbac.Principal{}, errors.New("the user database is down")
	}
}

// broken has the records answer in a way that nobody has thought of.
func broken(sc *scene) {
	sc.world.InjectAlways("Invoices", memory.Fault{Alter: func(any) { panic("a mistake in a provider") }})
}

func problemExhibits() []exhibit {
	admin, manager, org := rbac.ClientAdmin, rbac.ClientManager, rbac.Admin
	const email, page = "/settings/email", "/invoices"
	asked := reveal("invoice of October never came")
	// failed is what an act answers when the payment provider fails in it.
	failed := func(name, title, text string, status int, err error) exhibit {
		return exhibit{name: name, title: title, as: admin, path: "/recipients", status: status, text: text, ask: asked, set: failing(err, "Recipients")}
	}
	return []exhibit{
		{name: "problem-not-found", title: "Not found", as: manager, path: "/nothing", status: http.StatusNotFound, text: "not"},
		{name: "problem-not-yours", title: "Not found: somebody else's client", as: rbac.PartnerAdmin, path: "/clients/" + memory.DemoForeignClient + "/usage", status: http.StatusNotFound, text: "not"},
		{name: "problem-forbidden", title: "Forbidden", as: rbac.ExternalGuest, path: "/settings", status: http.StatusForbidden, text: "administrator"},
		{name: "problem-signed-out", title: "Nobody is signed in", as: manager, path: page, status: http.StatusUnauthorized, text: "sign in", set: signedOut},
		{name: "problem-method", title: "Not the way to ask", as: admin, path: "/recipients/any/reveal", status: http.StatusMethodNotAllowed, text: "not"},
		{name: "problem-api-key", title: "An API key in a browser", as: manager, path: page, status: http.StatusBadRequest, text: "key", ask: withHeader(get(page), "X-Api-Key", "any")},
		{name: "problem-cross-site", title: "A form from another site", as: manager, path: "/portal", status: http.StatusForbidden, text: "site", ask: withHeader(confirmed, "Sec-Fetch-Site", "cross-site")},
		{name: "problem-rate-limited", title: "Too many requests", as: manager, path: page, status: http.StatusTooManyRequests, text: "42", set: func(sc *scene) { sc.portal.Limiter = never{} }},
		{name: "problem-overloaded", title: "Too much to do", as: manager, path: page, status: http.StatusServiceUnavailable, text: "moment", set: crowded},
		{name: "problem-malformed", title: "A parameter that there is not", as: manager, path: page + "?sort=amount", status: http.StatusBadRequest, text: "request"},
		{name: "problem-media-type", title: "Not a form", as: org, path: email, status: http.StatusUnsupportedMediaType, text: "content type", ask: plainText(email, "email")},
		{name: "problem-too-large", title: "A form that is too large", as: org, path: email, status: http.StatusRequestEntityTooLarge, text: "more data", ask: form(email, "email", strings.Repeat("a", 20<<10), "version", "1")},
		{name: "problem-invalid", title: "A filter that there is not", as: manager, path: page + "?filter=late", status: http.StatusUnprocessableEntity, text: "check"},
		{name: "problem-invalid-cursor", title: "A page of a list that there is not", as: manager, path: page + "?cursor=abc", status: http.StatusBadRequest, text: "no longer"},
		{name: "problem-month", title: "A month that cannot be reported", as: org, path: "/reports", status: http.StatusUnprocessableEntity, text: "no report for this month", ask: form("/reports", "month", "2019-05", "format", "xlsx")},
		{name: "problem-audit", title: "The audit log is down", as: manager, path: "/invoices/in_2026_10/pdf", status: http.StatusServiceUnavailable, text: "Not carried out", set: unavailable("Append")},
		{name: "problem-authority", title: "Roles cannot be looked up", as: manager, path: "/portal", status: http.StatusServiceUnavailable, text: "Access could not be checked", ask: confirmed, set: forgetful},
		{name: "problem-shared-email", title: "The login might open the wrong account", as: org, path: "/portal", status: http.StatusConflict, text: "used more than once", ask: confirmed, set: shared},
		{name: "problem-unknown", title: "The outcome is not known", as: org, path: email, status: http.StatusBadGateway, text: "outcome is not known", ask: change("ap@meridian.example"), set: failing(provider.ErrUnknown, "UpdateEmail")},
		{name: "problem-incomplete", title: "Data is incomplete", as: org, path: "/reports", status: http.StatusConflict, text: "incomplete", ask: form("/reports", "month", "2026-10", "format", "xlsx"), set: failing(provider.ErrIncomplete, "Plan")},
		{name: "problem-report-too-large", title: "A report that is too large", as: org, path: "/reports", status: http.StatusInsufficientStorage, text: "too large", ask: form("/reports", "month", "2026-10", "format", "xlsx"), set: func(sc *scene) { sc.portal.Reports.MaxBytes = 100 }},
		failed("problem-unsupported", "Not supported", "Not available", http.StatusNotImplemented, provider.ErrUnsupported),
		failed("problem-not-configured", "Billing is not set up", "not set up", http.StatusConflict, provider.ErrNotConfigured),
		failed("problem-attention", "The configuration needs attention", "needs attention", http.StatusBadGateway, provider.ErrMisconfigured),
		failed("problem-timeout", "No answer in time", "took too long", http.StatusGatewayTimeout, provider.ErrTimeout),
		failed("problem-unavailable", "Temporarily unavailable", "unavailable", http.StatusServiceUnavailable, provider.ErrUnavailable),
		{name: "problem-internal", title: "Something went wrong", as: manager, path: page, status: http.StatusInternalServerError, text: "went wrong", set: broken},
	}
}
