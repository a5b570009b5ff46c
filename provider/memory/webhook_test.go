package memory_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
)

func TestAnEmptyWebhookSecretIsRefused(t *testing.T) {
	t.Parallel()
	for _, secrets := range [][]string{{""}, {"good", ""}} {
		_, err := memory.Open(memory.Options{WebhookSecrets: secrets})
		require.ErrorIs(t, err, provider.ErrInvalid)
	}
	_, err := memory.Open(memory.Options{MaxPDF: -1})
	require.ErrorIs(t, err, provider.ErrInvalid)
}

func TestEveryChangeIsAnnounced(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	inv, err := world.Payments().Issue(t.Context(), provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: draft(t, 1), Send: true})
	require.NoError(t, err)
	require.NoError(t, world.Pay(inv.ID))
	world.DeleteCustomer(acme.ID)
	var got []string
	for _, hook := range world.Webhooks() {
		event, err := world.Payments().VerifyWebhook(hook.Payload, hook.Signature, world.Now())
		require.NoError(t, err)
		require.Equal(t, hook.Event, event)
		require.Equal(t, acme.Customer, event.Customer)
		got = append(got, event.ID+" "+event.Type+" "+event.Object)
	}
	require.Equal(t, []string{
		"evt_000001 invoice.finalized in_000001", "evt_000002 invoice.sent in_000001", "evt_000003 invoice.paid in_000001",
		"evt_000004 customer.deleted cus_000001",
	}, got)
	require.Empty(t, world.Webhooks())
}

func TestTheKindOfAnEventFollowsFromItsType(t *testing.T) {
	t.Parallel()
	world := memory.New()
	for eventType, want := range map[string]provider.EventKind{
		"invoice.paid": provider.InvoiceEvent, "credit_note.created": provider.InvoiceEvent, "customer.updated": provider.CustomerEvent,
		"payment_method.attached": provider.CustomerEvent, "billing_portal.configuration.updated": provider.PortalEvent,
		"invoices.paid": "", "payout.paid": "",
	} {
		hook := world.Webhook(provider.Event{Type: eventType, Kind: "made up", Account: "acct_1"})
		require.Equal(t, want, hook.Event.Kind, eventType)
		event, err := world.Payments().VerifyWebhook(hook.Payload, hook.Signature, world.Now())
		require.NoError(t, err)
		require.Equal(t, hook.Event, event)
		require.Equal(t, "acct_1", event.Account)
	}
}

// A credit note changes its invoice: that is what has to be read again.
func TestTheEventOfACreditNoteNamesItsInvoice(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	inv := world.AddInvoice(acme.ID, invoice.Invoice{})
	_, err := world.Payments().Credit(t.Context(), provider.CreditRequest{
		Customer: acme.Customer, Invoice: inv.ID, Amount: inv.Total, Key: "k",
	})
	require.NoError(t, err)
	for _, hook := range world.Webhooks() {
		require.Equal(t, inv.ID, hook.Event.Object, hook.Event.Type)
		require.Equal(t, provider.InvoiceEvent, hook.Event.Kind, hook.Event.Type)
	}
}

func TestWebhooksThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	world, err := memory.Open(memory.Options{WebhookSecrets: []string{"new", "old"}})
	require.NoError(t, err)
	stranger, err := memory.Open(memory.Options{WebhookSecrets: []string{"stolen"}})
	require.NoError(t, err)
	before, err := memory.Open(memory.Options{WebhookSecrets: []string{"old"}})
	require.NoError(t, err)
	now := world.Now()
	hook := world.Webhook(provider.Event{Type: "invoice.paid", Object: "in_1"})
	sum := strings.Split(hook.Signature, "v1=")[1]
	stamp := fmt.Sprintf("t=%d", now.Unix())
	good := []struct {
		name, header string
		now          time.Time
	}{
		{"as it was signed", hook.Signature, now},
		{"signed with the secret before", before.Sign(hook.Payload, now), now},
		{"five minutes late", hook.Signature, now.Add(5 * time.Minute)},
		{"five minutes early", hook.Signature, now.Add(-5 * time.Minute)},
		{"one of two sums", stamp + ",v1=" + strings.Repeat("0", 64) + ",v1=" + sum, now},
		{"with a sum of another scheme", stamp + ",v0=anything,v1=" + sum, now},
		{"in another order", "v1=" + sum + "," + stamp, now},
	}
	for _, tc := range good {
		_, err := world.Payments().VerifyWebhook(hook.Payload, tc.header, tc.now)
		require.NoError(t, err, tc.name)
	}
	bad := []struct {
		name, header string
		payload      []byte
		now          time.Time
	}{
		{"no header", "", hook.Payload, now},
		{"another secret", stranger.Sign(hook.Payload, now), hook.Payload, now},
		{"another payload", hook.Signature, append([]byte(" "), hook.Payload...), now},
		{"no payload", hook.Signature, nil, now},
		{"a second too late", hook.Signature, hook.Payload, now.Add(5*time.Minute + time.Second)},
		{"a second too early", hook.Signature, hook.Payload, now.Add(-5*time.Minute - time.Second)},
		{"no time", "v1=" + sum, hook.Payload, now},
		{"two times", stamp + "," + stamp + ",v1=" + sum, hook.Payload, now},
		{"a time with a sign", strings.Replace(hook.Signature, "t=", "t=+", 1), hook.Payload, now},
		{"a time of forty digits", "t=" + strings.Repeat("1", 40) + ",v1=" + sum, hook.Payload, now},
		{"no sum", stamp, hook.Payload, now},
		{"a sum that is cut", stamp + ",v1=" + sum[:62], hook.Payload, now},
		{"a sum that is no hex", stamp + ",v1=" + strings.Repeat("x", 64), hook.Payload, now},
		{"blanks", stamp + ", v1=" + sum, hook.Payload, now},
		{"very many sums", stamp + strings.Repeat(",v1="+sum, 17), hook.Payload, now},
		{"a very long header", stamp + ",v1=" + sum + strings.Repeat(",x=y", 2000), hook.Payload, now},
		{"signed, but not JSON", world.Sign([]byte("hello"), now), []byte("hello"), now},
		{"signed, but without an id", world.Sign([]byte(`{"type":"x"}`), now), []byte(`{"type":"x"}`), now},
		{"signed, but larger than a mebibyte", world.Sign(make([]byte, 1<<20+1), now), make([]byte, 1<<20+1), now},
	}
	for _, tc := range bad {
		event, err := world.Payments().VerifyWebhook(tc.payload, tc.header, tc.now)
		require.ErrorIs(t, err, provider.ErrSignature, tc.name)
		require.Zero(t, event, tc.name)
	}
	require.Equal(t, "Billing-Signature", world.Payments().SignatureHeader())
	world.FailNext("VerifyWebhook", provider.ErrMisconfigured)
	_, err = world.Payments().VerifyWebhook(hook.Payload, hook.Signature, now)
	require.ErrorIs(t, err, provider.ErrMisconfigured)
}

// A header is good exactly when its parts, read in the plainest way, hold the right time and the right sum.
func FuzzVerifyWebhook(f *testing.F) {
	world := memory.New()
	hook := world.Webhook(provider.Event{ID: "evt_fuzz", Type: "x"})
	now := world.Now()
	sum := strings.Split(hook.Signature, "v1=")[1]
	f.Add(hook.Signature)
	f.Add("v1=" + sum)
	f.Add(fmt.Sprintf("t=%d,v1=%s,v1=%s", now.Unix(), sum, sum))
	f.Add(fmt.Sprintf("t=%d,t=%d,v1=%s", now.Unix(), now.Unix(), sum))
	f.Add("t=,v1=")
	f.Add(",,,===")
	f.Fuzz(func(t *testing.T, header string) {
		event, err := world.Payments().VerifyWebhook(hook.Payload, header, now)
		if err != nil {
			require.ErrorIs(t, err, provider.ErrSignature)
			require.Zero(t, event)
			return
		}
		parts := map[string][]string{}
		for _, part := range strings.Split(header, ",") {
			name, value, _ := strings.Cut(part, "=")
			parts[name] = append(parts[name], value)
		}
		require.Len(t, parts["t"], 1)
		require.Equal(t, fmt.Sprint(now.Unix()), strings.TrimLeft(parts["t"][0], "0"))
		want, err := hex.DecodeString(strings.Split(world.Sign(hook.Payload, now), "v1=")[1])
		require.NoError(t, err)
		found := false
		for _, value := range parts["v1"] {
			got, err := hex.DecodeString(value)
			found = found || err == nil && string(got) == string(want)
		}
		require.True(t, found)
	})
}

func TestLinksIntoThePortal(t *testing.T) {
	t.Parallel()
	world := memory.New()
	one, other := world.AddAccount(provider.Account{}), world.AddAccount(provider.Account{})
	seen := map[string]bool{}
	for _, a := range []provider.Account{one, other, one} {
		session, err := world.Payments().PortalSession(t.Context(), provider.PortalRequest{
			Customer: a.Customer, ReturnURL: "https://host.example/billing",
		})
		require.NoError(t, err)
		require.Equal(t, a.Customer, session.Customer)
		require.True(t, strings.HasPrefix(session.URL.Reveal(), "https://billing.invalid/session/"))
		require.False(t, seen[session.URL.Reveal()], "a link is for one redirect")
		seen[session.URL.Reveal()] = true
		customer, ok := world.SessionCustomer(session.URL)
		require.True(t, ok)
		require.Equal(t, a.Customer, customer)
	}
	for _, back := range []string{"/billing", "javascript:alert(1)", "//host.example", "https://", "ftp://host.example"} {
		_, err := world.Payments().PortalSession(t.Context(), provider.PortalRequest{Customer: one.Customer, ReturnURL: back})
		require.ErrorIs(t, err, provider.ErrInvalid, back)
	}
	link, err := world.Payments().LoginLink(t.Context(), email(t, "a+b&c@acme.example"))
	require.NoError(t, err)
	require.Equal(t, "https://billing.invalid/login?prefilled_email=a%2Bb%26c%40acme.example", link.Reveal())
	_, err = world.Payments().LoginLink(t.Context(), provider.Email{})
	require.ErrorIs(t, err, provider.ErrInvalid)
	forged, err := provider.NewSecretURL("https://billing.invalid/session/guess")
	require.NoError(t, err)
	_, ok := world.SessionCustomer(forged)
	require.False(t, ok)
}

// Deleted, unknown, empty and foreign look the same.
func TestWhatIsNotFoundLooksTheSame(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme, gone := world.AddAccount(provider.Account{}), world.AddAccount(provider.Account{})
	inv, lost := world.AddInvoice(acme.ID, invoice.Invoice{}), world.AddInvoice(gone.ID, invoice.Invoice{})
	world.DeleteCustomer(gone.ID)
	p := world.Payments()
	for _, pair := range [][2]string{
		{gone.Customer, lost.ID},
		{gone.Customer, inv.ID},
		{"cus_x", inv.ID},
		{"", inv.ID},
		{acme.Customer, lost.ID},
		{acme.Customer, "in_x"},
		{acme.Customer, ""},
		{acme.ID, inv.ID},
		{"CUS_000001", inv.ID},
		{acme.Customer, "IN_000001"},
	} {
		_, err := p.Invoice(t.Context(), pair[0], pair[1])
		require.Equal(t, provider.NotFound("Invoice"), err, "%v", pair)
		_, err = p.InvoicePDF(t.Context(), pair[0], pair[1])
		require.Equal(t, provider.NotFound("InvoicePDF"), err, "%v", pair)
		_, err = p.Void(t.Context(), pair[0], pair[1], "k")
		require.Equal(t, provider.NotFound("Void"), err, "%v", pair)
		_, err = p.Credit(t.Context(), provider.CreditRequest{Customer: pair[0], Invoice: pair[1], Amount: usd("1"), Key: "k"})
		require.Equal(t, provider.NotFound("Credit"), err, "%v", pair)
	}
	for _, id := range []string{gone.Customer, "cus_x", "", acme.ID} {
		_, err := p.Customer(t.Context(), id)
		require.Equal(t, provider.NotFound("Customer"), err)
		_, err = p.PortalSession(t.Context(), provider.PortalRequest{Customer: id})
		require.Equal(t, provider.NotFound("PortalSession"), err)
		_, err = p.Invoices(t.Context(), provider.InvoiceQuery{Customer: id, Limit: 1})
		require.Equal(t, provider.NotFound("Invoices"), err)
		_, err = p.NextInvoice(t.Context(), id)
		require.Equal(t, provider.NotFound("NextInvoice"), err)
		_, err = p.Recipients(t.Context(), id)
		require.Equal(t, provider.NotFound("Recipients"), err)
	}
}
