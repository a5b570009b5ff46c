package stripe

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
)

const (
	oldSecret = "whsec_0123456789abcdef0123456789abcdef"
	newSecret = "whsec_fedcba9876543210fedcba9876543210"
)

var hookTime = time.Date(2026, time.November, 21, 9, 0, 0, 0, time.UTC)

func hookProvider(t testing.TB, secrets ...string) *Provider {
	t.Helper()
	return &Provider{cfg: Config{WebhookSecrets: secrets, Clock: time.Now}}
}

func verify(t testing.TB, body string) (provider.Event, error) {
	t.Helper()
	return hookProvider(t, oldSecret).VerifyWebhook([]byte(body), stripefake.Sign([]byte(body), hookTime, oldSecret), hookTime)
}

// TestWhatAnEventTells: what to read again and whose it is, in every shape that Stripe delivers.
func TestWhatAnEventTells(t *testing.T) {
	t.Parallel()
	object := func(kind, object string) string {
		return `{"id":"evt_1","object":"event","api_version":"2023-10-16","created":1795251600,"livemode":false,"type":"` + kind + `","data":{"object":` + object + `}}`
	}
	at := time.Unix(1795251600, 0).UTC()
	for _, tc := range []struct {
		name, body string
		want       provider.Event
	}{
		{
			"an invoice", object("invoice.paid", `{"id":"in_1","object":"invoice","customer":"cus_1"}`),
			provider.Event{Type: "invoice.paid", Kind: provider.InvoiceEvent, Object: "in_1", Customer: "cus_1"},
		},
		{
			"an invoice whose customer is whole", object("invoice.paid", `{"id":"in_1","object":"invoice","customer":{"id":"cus_1","object":"customer"}}`),
			provider.Event{Type: "invoice.paid", Kind: provider.InvoiceEvent, Object: "in_1", Customer: "cus_1"},
		},
		{
			"a preview, which cannot be read again", object("invoice.upcoming", `{"object":"invoice","customer":"cus_1"}`),
			provider.Event{Type: "invoice.upcoming", Customer: "cus_1"},
		},
		{
			"a credit note is one of its invoice", object("credit_note.created", `{"id":"cn_1","object":"credit_note","invoice":"in_1","customer":"cus_1"}`),
			provider.Event{Type: "credit_note.created", Kind: provider.InvoiceEvent, Object: "in_1", Customer: "cus_1"},
		},
		{
			"a charge is one of its invoice", object("charge.refunded", `{"id":"ch_1","object":"charge","invoice":"in_1","customer":"cus_1"}`),
			provider.Event{Type: "charge.refunded", Kind: provider.InvoiceEvent, Object: "in_1", Customer: "cus_1"},
		},
		{
			"a payment as since 2025-03-31", object("invoice_payment.paid", `{"id":"inpay_1","object":"invoice_payment","invoice":"in_1"}`),
			provider.Event{Type: "invoice_payment.paid", Kind: provider.InvoiceEvent, Object: "in_1"},
		},
		{
			"a charge without an invoice", object("charge.refunded", `{"id":"ch_1","object":"charge","invoice":null,"customer":"cus_1"}`),
			provider.Event{Type: "charge.refunded", Object: "ch_1", Customer: "cus_1"},
		},
		{
			"a customer", object("customer.updated", `{"id":"cus_1","object":"customer","email":"`+canary+`@example.com"}`),
			provider.Event{Type: "customer.updated", Kind: provider.CustomerEvent, Object: "cus_1", Customer: "cus_1"},
		},
		{
			"a discount is one of its customer", object("customer.discount.deleted", `{"id":"di_1","object":"discount","customer":"cus_1"}`),
			provider.Event{Type: "customer.discount.deleted", Kind: provider.CustomerEvent, Object: "cus_1", Customer: "cus_1"},
		},
		{
			"a subscription is one of its customer", object("customer.subscription.updated", `{"id":"sub_1","object":"subscription","customer":"cus_1"}`),
			provider.Event{Type: "customer.subscription.updated", Kind: provider.CustomerEvent, Object: "cus_1", Customer: "cus_1"},
		},
		{
			"a payment method is one of its customer", object("payment_method.attached", `{"id":"pm_1","object":"payment_method","customer":"cus_1"}`),
			provider.Event{Type: "payment_method.attached", Kind: provider.CustomerEvent, Object: "cus_1", Customer: "cus_1"},
		},
		{
			"a payment method that was taken from its customer",
			strings.Replace(object("payment_method.detached", `{"id":"pm_1","object":"payment_method","customer":null}`), `"data":{`, `"data":{"previous_attributes":{"customer":"cus_1"},`, 1),
			provider.Event{Type: "payment_method.detached", Kind: provider.CustomerEvent, Object: "cus_1", Customer: "cus_1"},
		},
		{
			"the portal", object("billing_portal.configuration.updated", `{"id":"bpc_1","object":"billing_portal.configuration"}`),
			provider.Event{Type: "billing_portal.configuration.updated", Kind: provider.PortalEvent, Object: "bpc_1"},
		},
		{
			"something new, of a customer", object("something.new", `{"id":"x_1","object":"something","customer":"cus_1"}`),
			provider.Event{Type: "something.new", Object: "x_1", Customer: "cus_1"},
		},
		{
			"without data, over which the SDK panics", `{"id":"evt_1","object":"event","created":1795251600,"type":"invoice.paid"}`,
			provider.Event{Type: "invoice.paid"},
		},
		{
			"whose customer has another shape", object("invoice.paid", `{"id":"in_1","object":"invoice","customer":7}`),
			provider.Event{Type: "invoice.paid", Kind: provider.InvoiceEvent, Object: "in_1"},
		},
		{
			"of another version of the API", strings.Replace(object("invoice.paid", `{"id":"in_1","object":"invoice","customer":"cus_1","parent":{}}`), "2023-10-16", "2026-09-30.endive", 1),
			provider.Event{Type: "invoice.paid", Kind: provider.InvoiceEvent, Object: "in_1", Customer: "cus_1"},
		},
		{
			"of a connected account, live", strings.Replace(object("invoice.paid", `{"id":"in_1","object":"invoice","customer":"cus_1"}`), `"livemode":false`, `"livemode":true,"account":"acct_1"`, 1),
			provider.Event{Type: "invoice.paid", Kind: provider.InvoiceEvent, Object: "in_1", Customer: "cus_1", Account: "acct_1", Live: true},
		},
		{
			"a thin one, whose time is a text", `{"id":"evt_1","object":"v2.core.event","type":"v1.invoice.paid","livemode":true,"created":"2026-11-21T09:00:00.000Z",
				"context":"acct_1","related_object":{"id":"in_1","type":"invoice","url":"/v1/invoices/in_1"}}`,
			provider.Event{Type: "v1.invoice.paid", Kind: provider.InvoiceEvent, Object: "in_1", Account: "acct_1", Live: true, At: hookTime},
		},
		{
			"a thin one about nothing", `{"id":"evt_1","object":"v2.core.event","type":"v2.core.ping","livemode":false,"created":"2026-11-21T09:00:00Z","context":null,"related_object":null}`,
			provider.Event{Type: "v2.core.ping", At: hookTime},
		},
		{
			"with keys in other letters beside", strings.Replace(object("invoice.paid", `{"id":"in_1","object":"invoice","customer":"cus_1"}`), `{"id"`, `{"extra":[[[1]]],"id"`, 1),
			provider.Event{Type: "invoice.paid", Kind: provider.InvoiceEvent, Object: "in_1", Customer: "cus_1"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := verify(t, tc.body)
			require.NoError(t, err)
			tc.want.ID = "evt_1"
			if tc.want.At.IsZero() {
				tc.want.At = at
			}
			require.Equal(t, tc.want, got)
			require.NotContains(t, fmt.Sprintf("%+v", got), canary)
		})
	}
}

// TestWhatIsNoEventIsNotTrusted, although it is signed.
func TestWhatIsNoEventIsNotTrusted(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err := z.Write([]byte(`{"id":"evt_1","type":"invoice.paid","created":1795251600}`))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	for name, body := range map[string]string{
		"nothing": "", "null": "null", "a list": "[]", "a number": "7", "a text": `"x"`, "half": `{"id":"evt_1"`, "two": `{"id":"evt_1","type":"a","created":1}{}`,
		"no id": `{"type":"invoice.paid","created":1}`, "no type": `{"id":"evt_1","created":1}`, "no time": `{"id":"evt_1","type":"a"}`,
		"a time of nobody": `{"id":"evt_1","type":"a","created":0}`, "a negative time": `{"id":"evt_1","type":"a","created":-1}`,
		"a time that is none": `{"id":"evt_1","type":"a","created":"yesterday"}`, "a time that is a list": `{"id":"evt_1","type":"a","created":[]}`,
		"an id that is a number": `{"id":7,"type":"a","created":1}`, "a long id": `{"id":"` + strings.Repeat("x", maxName+1) + `","type":"a","created":1}`,
		"a long type": `{"id":"evt_1","type":"` + strings.Repeat("x", maxName+1) + `","created":1}`,
		"compressed":  zipped.String(), "deep": strings.Repeat("[", 1<<15), "large": `{"id":"evt_1","type":"a","created":1,"x":"` + strings.Repeat("x", maxWebhook) + `"}`,
	} {
		got, err := verify(t, body)
		require.Equal(t, provider.ErrSignature, provider.Kind(err), name)
		require.Zero(t, got, name)
	}
}

// TestSecretsAreRotated: the old one, the new one and both verify; another, an empty one and none do not.
func TestSecretsAreRotated(t *testing.T) {
	t.Parallel()
	body := []byte(`{"id":"evt_1","type":"invoice.paid","created":1795251600}`)
	both := hookProvider(t, newSecret, oldSecret)
	for name, tc := range map[string]struct {
		p    *Provider
		sign []string
		ok   bool
	}{
		"old": {both, []string{oldSecret}, true}, "new": {both, []string{newSecret}, true}, "both": {both, []string{newSecret, oldSecret}, true},
		"another":            {both, []string{"whsec_another"}, false},
		"another first":      {both, []string{"whsec_another", oldSecret}, true},
		"the empty one":      {both, []string{""}, false},
		"retired":            {hookProvider(t, newSecret), []string{oldSecret}, false},
		"none configured":    {hookProvider(t), []string{oldSecret}, false},
		"none, and empty":    {hookProvider(t), []string{""}, false},
		"without its prefix": {both, []string{strings.TrimPrefix(oldSecret, "whsec_")}, false},
	} {
		_, err := tc.p.VerifyWebhook(body, stripefake.Sign(body, hookTime, tc.sign...), hookTime)
		require.Equal(t, tc.ok, err == nil, "%s: %v", name, err)
	}
}

// TestAHeaderIsReadStrictly, and with bounded work.
func TestAHeaderIsReadStrictly(t *testing.T) {
	t.Parallel()
	body := []byte(`{"id":"evt_1","type":"invoice.paid","created":1795251600}`)
	good := stripefake.Sign(body, hookTime, oldSecret)
	stamp, sum, _ := strings.Cut(good, ",")
	for header, ok := range map[string]bool{
		good: true, sum + "," + stamp: true, good + ",v0=00": true, good + ",v2=zz": true,
		good + "," + sum: true, good + ",v1=" + strings.Repeat("00", 32): true,
		"": false, stamp: false, sum: false, "t=," + sum: false, stamp + "," + stamp + "," + sum: false, "t=1795251600,v0=" + sum[3:]: false,
		stamp + ", " + sum: false, " " + good: false, good + ",": false, strings.ToUpper(good): false, "t=+1795251600," + sum: false,
		"t=-1795251600," + sum: false, "t=1e9," + sum: false, "t=99999999999999999999," + sum: false, "t=1795251600.0," + sum: false,
		stamp + ",v1=" + sum[3:len(sum)-1]: false, stamp + "," + sum + "0": false, stamp + ",v1=": false, stamp + ",v1": false,
		stamp + strings.Repeat(",v1="+strings.Repeat("00", 32), maxSignatures) + "," + sum: false,
		good + "," + strings.Repeat("x=y,", 1<<20) + "x=y":                                 false, "\x00\xff": false,
	} {
		_, err := hookProvider(t, oldSecret).VerifyWebhook(body, header, hookTime)
		require.Equal(t, ok, err == nil, "%.80q: %v", header, err)
		if err != nil {
			require.Equal(t, provider.ErrSignature, provider.Kind(err))
		}
	}
}

// TestATimeIsNearOnBothSides: the SDK takes any time of the future.
func TestATimeIsNearOnBothSides(t *testing.T) {
	t.Parallel()
	body := []byte(`{"id":"evt_1","type":"invoice.paid","created":1795251600}`)
	for seconds, ok := range map[int]bool{
		-86400: false, -301: false, -300: true, 0: true, 300: true, 301: false, 10 * 86400: false, 10 * 365 * 86400: false,
	} {
		at := hookTime.Add(time.Duration(seconds) * time.Second)
		_, err := hookProvider(t, oldSecret).VerifyWebhook(body, stripefake.Sign(body, at, oldSecret), hookTime)
		require.Equal(t, ok, err == nil, "%d seconds", seconds)
	}
}

// TestEveryDeliveryIsUnderstood: of every change that the fake can make, in the shapes of two versions, and thin.
func TestEveryDeliveryIsUnderstood(t *testing.T) {
	t.Parallel()
	fake := stripefake.New(stripefake.Options{})
	realm := fake.Test()
	var secrets []string
	for _, version := range []string{stripefake.Version, "2025-03-31.basil"} {
		secrets = append(secrets, realm.AddEndpoint(stripefake.Endpoint{APIVersion: version}).Secrets...)
	}
	customer := realm.AddCustomer(stripefake.Customer{Email: canary + "@example.com"}).ID
	invoiced := realm.AddInvoice(stripefake.Invoice{Customer: customer, Status: stripefake.Open}).ID
	realm.Move(invoiced, stripefake.Paid)
	realm.AddMethod(stripefake.PaymentMethod{ID: "pm_1", Customer: customer})
	realm.RemoveMethod("pm_1")
	realm.AddSubscription(stripefake.Subscription{Customer: customer})
	realm.Discount(customer, realm.AddCoupon(stripefake.Coupon{Name: "Launch", PercentOff: "10"}).ID)
	realm.EndDiscount(customer)
	realm.DeleteCustomer(customer)
	p := hookProvider(t, secrets...)
	kinds := map[provider.EventKind]int{}
	for _, d := range fake.Deliveries() {
		for _, d := range []stripefake.Delivery{d, fake.ThinEvent(d)} {
			got, err := p.VerifyWebhook(d.Body, d.Signature, fake.Now())
			require.NoError(t, err, d.Type)
			require.Equal(t, d.Event, got.ID)
			require.True(t, got.Customer == "" || got.Customer == customer, d.Type)
			switch got.Kind {
			case provider.InvoiceEvent:
				require.Equal(t, invoiced, got.Object, d.Type)
			case provider.CustomerEvent:
				require.Equal(t, customer, got.Object, d.Type)
			}
			kinds[got.Kind]++
		}
	}
	require.Greater(t, kinds[provider.InvoiceEvent], 5)
	require.Greater(t, kinds[provider.CustomerEvent], 5)
}

func FuzzWebhooks(f *testing.F) {
	f.Add([]byte(`{"id":"evt_1","type":"invoice.paid","created":1795251600,"data":{"object":{"id":"in_1","object":"invoice","customer":"cus_1"}}}`), "t=1,v1=00")
	f.Add([]byte(`{"id":"evt_1","object":"v2.core.event","type":"v1.invoice.paid","created":"2026-11-21T09:00:00Z","related_object":{"id":"in_1","type":"invoice"}}`), "")
	f.Add([]byte("null"), ",,,")
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		p := hookProvider(t, oldSecret)
		if _, err := p.VerifyWebhook(body, header, hookTime); err == nil {
			t.Fatalf("%q verifies %q", header, body)
		}
		got, err := p.VerifyWebhook(body, stripefake.Sign(body, hookTime, oldSecret), hookTime)
		if err != nil {
			require.Equal(t, provider.ErrSignature, provider.Kind(err))
			return
		}
		require.True(t, json.Valid(body) && got.ID != "" && got.Type != "" && !got.At.IsZero())
		require.True(t, got.Kind == "" || got.Object != "", "an event that names nothing to read")
	})
}
