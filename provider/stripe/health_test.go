package stripe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
)

// allScopes are what a restricted key needs.
var allScopes = []string{
	"rak_customer_write", "rak_invoice_write", "rak_invoice_item_write", "rak_credit_note_write", "rak_subscription_read",
	"rak_payment_method_read", "rak_customer_portal_write", "rak_webhook_read",
}

func (w *town) problems() map[string]string {
	w.t.Helper()
	got, err := w.p.Health(w.t.Context())
	require.NoError(w.t, err)
	out := map[string]string{}
	for _, problem := range got {
		require.NotContains(w.t, out, problem.Code, "a code stands twice")
		require.NotEmpty(w.t, problem.Detail)
		out[problem.Code] = problem.Detail
	}
	return out
}

func (w *town) use(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.key = key
}

// TestEveryProblemHasItsCode (C11): what is wrong, and nothing else.
func TestEveryProblemHasItsCode(t *testing.T) {
	t.Parallel()
	without := func(scope string) func(*town) {
		return func(w *town) {
			left := slices.DeleteFunc(slices.Clone(allScopes), func(s string) bool { return s == scope })
			w.use(w.fake.NewKey(stripefake.KeySpec{Scopes: left}))
		}
	}
	portal := func(change func(*stripefake.Configuration)) func(*town) {
		return func(w *town) { w.realm.ChangeConfiguration(w.realm.Configurations()[0].ID, change) }
	}
	endpoints := func(change func(body map[string]any)) func(*town) {
		return func(w *town) { w.realm.Distort(w.endpoint.ID, change) }
	}
	for _, tc := range []struct {
		name   string
		change func(*town)
		code   string // empty: none
		detail string // a part of it
	}{
		{"nothing", func(*town) {}, "", ""},
		{"a restricted key that may do all", without(""), "", ""},
		{"a restricted key that may not see webhooks, which it need not", without("rak_webhook_read"), "", ""},
		{"no customers", without("rak_customer_write"), ProblemKeyScope, "may not read customers, write customers"},
		{"no invoices", without("rak_invoice_write"), ProblemKeyScope, "may not read invoices, write invoices"},
		{"invoices, but no items of them (posthog #57185)", without("rak_invoice_item_write"), ProblemKeyScope, "may not write invoice items"},
		{"no credit notes", without("rak_credit_note_write"), ProblemKeyScope, "may not read credit notes, write credit notes"},
		{"no subscriptions", without("rak_subscription_read"), ProblemKeyScope, "may not read subscriptions"},
		{"no payment methods", without("rak_payment_method_read"), ProblemKeyScope, "may not read payment methods"},
		{"a key of the other mode", func(w *town) { w.use(w.fake.LiveKey()) }, ProblemKeyMode, "test mode"},
		{"a publishable key", func(w *town) { w.use("pk_test_1") }, ProblemKeyMode, "test mode"},
		{"a key that nobody has", func(w *town) { w.use("sk_test_nobody") }, ProblemKeyRefused, "refuses"},
		{"a key that has expired", func(w *town) { w.fake.ExpireKey(w.fake.Key()) }, ProblemKeyRefused, "refuses"},
		{"an account that is not connected", func(w *town) { w.p.backend.transport.account = "acct_nobody" }, ProblemAccount, "connected"},
		{"no portal", func(w *town) { w.realm.ForgetConfigurations() }, ProblemPortalUnsaved, "save"},
		{"a portal that was deleted", func(w *town) { w.p.cfg.PortalConfiguration = "bpc_gone" }, ProblemPortalUnsaved, "save"},
		{"a portal that is off", portal(func(x *stripefake.Configuration) { x.Inactive = true }), ProblemPortalOff, "not active"},
		{"no login page", portal(func(x *stripefake.Configuration) { x.LoginPage = false }), ProblemLoginOff, "login page"},
		{"an endpoint that is off", endpoints(func(body map[string]any) { body["status"] = "disabled" }), ProblemHookMissing, "endpoint"},
		{"an endpoint of another version", endpoints(func(body map[string]any) { body["api_version"] = "2026-09-30.endive" }), ProblemHookVersion, "2023-10-16"},
		{"an endpoint of the account's version", endpoints(func(body map[string]any) { body["api_version"] = nil }), ProblemHookVersion, "2023-10-16"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			tc.change(w)
			got := w.problems()
			if tc.code == "" {
				require.Empty(t, got)
				return
			}
			require.Len(t, got, 1, "%v", got)
			require.Contains(t, got[tc.code], tc.detail)
			require.NotContains(t, fmt.Sprint(got), w.key)
		})
	}
}

// TestALookAtTheHealthChangesNothing: a restricted key is asked to write what cannot be.
func TestALookAtTheHealthChangesNothing(t *testing.T) {
	t.Parallel()
	for _, scopes := range [][]string{nil, allScopes} {
		w := newTown(t)
		w.customer()
		before := w.realm.Books()
		if scopes != nil {
			w.use(w.fake.NewKey(stripefake.KeySpec{Scopes: scopes}))
		}
		require.Empty(t, w.problems())
		require.Equal(t, before, w.realm.Books())
		posts := 0
		for _, r := range w.fake.Requests() {
			if r.Method == "POST" {
				posts++
				require.NotEqual(t, 200, r.Status, r.Route)
			}
		}
		require.Equal(t, scopes != nil, posts > 0, "a secret key may do all")
		require.Empty(t, w.fake.Complaints())
	}
}

// TestThatStripeCannotBeAskedIsAnError, and no list of problems.
func TestThatStripeCannotBeAskedIsAnError(t *testing.T) {
	t.Parallel()
	for _, route := range []string{
		"GET /v1/customers", "GET /v1/credit_notes", "GET /v1/billing_portal/configurations", "GET /v1/webhook_endpoints",
	} {
		w := newTown(t)
		w.fake.Always(route, stripefake.Unavailable())
		got, err := w.p.Health(t.Context())
		require.Equal(t, provider.ErrUnavailable, provider.Kind(err), route)
		require.Empty(t, got)
	}
	w := newTown(t)
	w.p.cfg.Key = func(context.Context) (string, error) { return "", errors.New(canary) }
	_, err := w.p.Health(t.Context())
	require.Equal(t, provider.ErrUnavailable, provider.Kind(err))
	require.NotContains(t, fmt.Sprintf("%+v", err), canary)

	w = newTown(t)
	w.realm.Distort(w.realm.Configurations()[0].ID, func(body map[string]any) { body["livemode"] = true })
	_, err = w.p.Health(t.Context())
	require.ErrorIs(t, err, provider.ErrForeign)
}

// TestWithoutSecretsNobodyLooksForEndpoints, and none are seen from a connected account.
func TestWithoutSecretsNobodyLooksForEndpoints(t *testing.T) {
	t.Parallel()
	const route = "GET /v1/webhook_endpoints"
	w := newTown(t, func(c *Config) { c.WebhookSecrets = nil })
	require.Empty(t, w.problems())
	require.Empty(t, w.fake.RequestsTo(route))
	w = newTown(t)
	account := w.fake.Connect()
	w.p.cfg.Account, w.p.backend.transport.account = account, account
	require.Empty(t, w.problems())
	require.Empty(t, w.fake.RequestsTo(route))
	for _, r := range w.fake.Requests() {
		require.Equal(t, account, r.Account)
	}
}

// TestCodesAreStable: hosts look for them.
func TestCodesAreStable(t *testing.T) {
	t.Parallel()
	require.Equal(t, "key.mode key.refused key.scope account.refused portal.not_saved portal.inactive portal.login_disabled webhook.missing webhook.version",
		strings.Join([]string{
			ProblemKeyMode, ProblemKeyRefused, ProblemKeyScope, ProblemAccount, ProblemPortalUnsaved, ProblemPortalOff, ProblemLoginOff,
			ProblemHookMissing, ProblemHookVersion,
		}, " "))
}
