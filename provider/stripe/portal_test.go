package stripe

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
)

const aSession = `{"id":"bps_1","object":"billing_portal.session","customer":"cus_1","livemode":false,"url":"https://billing.stripe.com/p/session/` + canary + `"}`

// TestASessionIsCheckedBeforeItIsHandedOn (C10): it is for who was asked for, and leads into the portal.
func TestASessionIsCheckedBeforeItIsHandedOn(t *testing.T) {
	t.Parallel()
	with := func(customer, link string, live bool) string {
		return fmt.Sprintf(`{"id":"bps_1","object":"billing_portal.session","customer":%q,"livemode":%t,"url":%q}`, customer, live, link)
	}
	for _, tc := range []struct {
		name, body string
		kind       error
	}{
		{"a session", aSession, nil},
		{"on the portal's own domain", with("cus_1", "https://billing.example.com/p/session/x", false), nil},
		{"for another customer", with("cus_2", "https://billing.stripe.com/p/session/x", false), provider.ErrForeign},
		{"of the other mode", with("cus_1", "https://billing.stripe.com/p/session/x", true), provider.ErrForeign},
		{"on another host", with("cus_1", "https://evil.example.com/p/session/x", false), provider.ErrForeign},
		{"on a host that ends like Stripe's", with("cus_1", "https://billing-stripe.com/x", false), provider.ErrForeign},
		{"without TLS", with("cus_1", "http://billing.stripe.com/p/session/x", false), provider.ErrForeign},
		{"nowhere", with("cus_1", "", false), provider.ErrForeign},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := open(t, always(200, tc.body), func(c *Config) { c.PortalHosts = []string{"Billing.Example.com"} })
			got, err := p.PortalSession(t.Context(), provider.PortalRequest{Customer: "cus_1", ReturnURL: "https://host.example.com/"})
			require.Equal(t, tc.kind, provider.Kind(err), "%v", err)
			require.Equal(t, tc.kind != nil, got.URL.IsZero())
			require.NotContains(t, fmt.Sprintf("%+v %v", got, err), "session/")
		})
	}
}

// TestASessionNamesTheConfiguration that was chosen, none when none was, and none is ever created (daikoku #1230).
func TestASessionNamesTheConfiguration(t *testing.T) {
	t.Parallel()
	for _, chosen := range []string{"", "bpc_1"} {
		wire := inTurn(breaks(errReset), say(200, aSession))
		p := open(t, wire, func(c *Config) { c.PortalConfiguration = chosen })
		_, err := p.PortalSession(t.Context(), provider.PortalRequest{Customer: "cus_1"})
		require.NoError(t, err)
		keys := map[string]bool{}
		for _, r := range wire.requests() {
			form, err := url.ParseQuery(r.body)
			require.NoError(t, err)
			require.Equal(t, chosen, form.Get("configuration"))
			require.Equal(t, chosen != "", form.Has("configuration"))
			require.False(t, form.Has("return_url"))
			require.Equal(t, "/v1/billing_portal/sessions", r.path)
			keys[r.header.Get("Idempotency-Key")] = true
		}
		require.Len(t, keys, 2, "each attempt has a key of its own, and is never an old session")
	}
}

// TestAPortalThatWasNotSavedIsAMatterOfConfiguration (C11, fxa #13245), and a missing customer is not.
func TestAPortalThatWasNotSavedIsAMatterOfConfiguration(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	customer := w.customer()
	open := func(p *Provider, customer string) error {
		_, err := p.PortalSession(t.Context(), provider.PortalRequest{Customer: customer, ReturnURL: "https://host.example.com/"})
		return provider.Kind(err)
	}
	require.NoError(t, open(w.p, customer))
	require.Equal(t, provider.ErrNotFound, open(w.p, "cus_absent"))
	w.realm.ForgetConfigurations()
	require.Equal(t, provider.ErrMisconfigured, open(w.p, customer))

	chosen := w.realm.AddConfiguration(stripefake.Configuration{}).ID
	w.p.cfg.PortalConfiguration = chosen
	require.NoError(t, open(w.p, customer))
	w.realm.ChangeConfiguration(chosen, func(x *stripefake.Configuration) { x.Inactive = true })
	require.Equal(t, provider.ErrMisconfigured, open(w.p, customer))
	w.p.cfg.PortalConfiguration = "bpc_absent"
	require.Equal(t, provider.ErrMisconfigured, open(w.p, customer))
}

// TestTheLoginPageIsRemembered for a while, and until it is to be forgotten.
func TestTheLoginPageIsRemembered(t *testing.T) {
	t.Parallel()
	const route = "GET /v1/billing_portal/configurations"
	w := newTown(t)
	link := func(text string) string {
		t.Helper()
		got, err := w.p.LoginLink(t.Context(), mail(t, text))
		require.NoError(t, err)
		return got.Reveal()
	}
	first := link("ada+bills@example.com")
	u, err := url.Parse(first)
	require.NoError(t, err)
	require.Equal(t, "ada+bills@example.com", u.Query().Get("prefilled_email"))
	require.NotContains(t, u.RawQuery, "+", "a plus sign would arrive as a blank")
	for range 5 {
		require.Equal(t, first, link("ada+bills@example.com"))
	}
	require.Len(t, w.fake.RequestsTo(route), 1)
	require.NoError(t, w.clock.Sleep(t.Context(), rememberLogin))
	link("ada@example.com")
	require.Len(t, w.fake.RequestsTo(route), 2)
	w.p.ForgetPortal()
	link("ada@example.com")
	require.Len(t, w.fake.RequestsTo(route), 3)
	require.Len(t, w.realm.Configurations(), 1, "none is created")
}

// TestWithoutALoginPageThereIsNoLink, and that is not remembered.
func TestWithoutALoginPageThereIsNoLink(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	id := w.realm.Configurations()[0].ID
	link := func() error {
		got, err := w.p.LoginLink(t.Context(), mail(t, "ada@example.com"))
		require.Equal(t, err != nil, got.IsZero())
		return provider.Kind(err)
	}
	w.realm.ChangeConfiguration(id, func(x *stripefake.Configuration) { x.LoginPage = false })
	require.Equal(t, provider.ErrMisconfigured, link())
	w.realm.ChangeConfiguration(id, func(x *stripefake.Configuration) { x.LoginPage, x.Inactive = true, true })
	require.Equal(t, provider.ErrMisconfigured, link())
	w.realm.ChangeConfiguration(id, func(x *stripefake.Configuration) { x.Inactive = false })
	for name, page := range map[string]string{
		"another host": "https://evil.example.com/login", "without TLS": "http://billing.stripe.com/p/login/x", "none": "", "no link": "\x7f",
	} {
		w.realm.Distort(id, func(body map[string]any) { body["login_page"] = map[string]any{"enabled": true, "url": page} })
		require.Equal(t, provider.ErrForeign, link(), name)
	}
	w.realm.Distort(id, func(body map[string]any) { body["livemode"] = true })
	require.Equal(t, provider.ErrForeign, link())
	w.realm.Distort(id, nil)
	require.NoError(t, link())
	w.p.ForgetPortal()
	w.realm.ForgetConfigurations()
	require.Equal(t, provider.ErrMisconfigured, link())
	w.p.cfg.PortalConfiguration = "bpc_absent"
	require.Equal(t, provider.ErrMisconfigured, link())
}

// TestAReturnAddressIsAWebAddress (F16).
func TestAReturnAddressIsAWebAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": true, "https://host.example.com/billing?a=1#x": true, "http://localhost:8080/": true,
		"//host.example.com/": false, "/billing": false, "https:/host.example.com": false, "https:host": false, "https://": false,
		"https://:443/": false, "https://a:b@host.example.com/": false, "javascript:alert(1)": false, "data:text/html,x": false,
		"https://host.example.com/\n": false, "\\\\host": false,
	} {
		require.Equal(t, want, webAddress(text), "%q", text)
	}
}

// TestTheClockDecidesWhenTheLoginPageIsOld.
func TestTheClockDecidesWhenTheLoginPageIsOld(t *testing.T) {
	t.Parallel()
	var l loginPage
	at := time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC)
	_, ok := l.get(at)
	require.False(t, ok)
	l.set("x", at.Add(time.Minute))
	_, ok = l.get(at.Add(time.Minute - 1))
	require.True(t, ok)
	_, ok = l.get(at.Add(time.Minute))
	require.False(t, ok)
}
