// Package portal is the billing area as one [http.Handler]: pages, a JSON API and elements for any page, to mount in the
// portal that a product already has.
//
//	area, err := portal.New(service, portal.Config{
//		Identify: whoIsSignedIn, // func(*http.Request) (rbac.Principal, error)
//		BasePath: "/billing",
//		Clock:    time.Now,
//	})
//	mux.Handle(area.Pattern(), requireLogin(area))
//
// The same handler works under every router, whether or not the router strips the base path from the request: see
// [Portal.Pattern]. It needs the standard library only.
//
// Pages, JSON API and elements reach the same operations of package billing, and never decide anything themselves: what
// somebody may not see does not exist, byte for byte (C12, C13). No page needs a script.
//
// # Pages
//
// /billing leads to the first page that the person may see: usage (C2), the settings of an organisation (O2), or the
// clients of a partner (C3). Everything else lies below it; the pages of one client of a partner lie below
// /billing/clients/{client}. [Routes] lists all of them.
//
// # JSON API
//
// /billing/api/openapi.yaml describes it (OpenAPI 3.1). Accounts are addressed as /billing/api/accounts/{account}, where
// "self" is the caller's own. Errors are problem documents (RFC 9457). It is for the browser of the signed-in person: a
// request with an X-API-Key is refused (C14).
//
// # Elements
//
// One script, /billing/assets/billhatch.js, defines elements that show the same panels inside any page of the same
// origin, in a shadow tree that custom properties named --billing-* give its looks: <billhatch-usage>,
// <billhatch-history>, <billhatch-invoices>, <billhatch-payment-methods>, <billhatch-recipients>, <billhatch-settings>,
// <billhatch-report>, <billhatch-portal>, <billhatch-audit> and <billhatch-clients>. The attribute account names a client;
// /billing/assets/billhatch.d.ts has the types.
//
// # Units
//
// Amounts are decimal strings with an ISO 4217 code, days civil dates in the account's zone, instants RFC 3339 in UTC.
// Pages show amounts and dates in the reader's language.
//
// # Errors
//
// [New] refuses a configuration that cannot work with [ErrConfig], templates that fail on sample data included. Requests
// are answered with the problems that [Problems] lists, one for each kind of error of the library.
//
// # Concurrency
//
// A Portal is safe for concurrent use. It has no goroutine of its own, except for each report that is being written;
// [Portal.Close] ends those.
package portal
