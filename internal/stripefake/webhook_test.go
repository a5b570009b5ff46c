package stripefake_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// payload reads the body of a delivery.
func payload(t *testing.T, d stripefake.Delivery) reply {
	t.Helper()
	r := reply{raw: string(d.Body)}
	require.NoError(t, json.Unmarshal(d.Body, &r.body))
	return r
}

// types are those of deliveries.
func types(deliveries []stripefake.Delivery) []string {
	var out []string
	for _, d := range deliveries {
		out = append(out, d.Type)
	}
	return out
}

// TestTheLifeOfAnInvoiceMakesEvents, in order, each with the object as it was then.
func TestTheLifeOfAnInvoiceMakesEvents(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	h.fake.Test().AddEndpoint(stripefake.Endpoint{})
	id := h.draft(t, 100)
	h.keyed(t, "final", "/v1/invoices/"+id+"/finalize").ok(t)
	h.post(t, "/v1/invoices/"+id+"/send").ok(t)
	h.post(t, "/v1/credit_notes", "invoice", id, "amount", 10).ok(t)
	h.fake.Test().PayOutside(id)

	deliveries := h.fake.Deliveries()
	require.Equal(t, []string{
		"invoice.created", "invoiceitem.created", "invoice.updated", "invoice.finalized", "invoice.updated", "invoice.sent",
		"credit_note.created", "invoice.updated", "invoice.updated", "invoice.paid", "invoice.payment_succeeded",
	}, types(deliveries))
	final := payload(t, deliveries[3])
	require.Equal(t, "open", final.at(t, "data.object.status"))
	require.EqualValues(t, 100, final.at(t, "data.object.amount_due"))
	require.Equal(t, stripefake.Version, final.at(t, "api_version"))
	require.Equal(t, "final", final.at(t, "request.idempotency_key"))
	require.Equal(t, false, final.at(t, "livemode"))
	require.Equal(t, id, deliveries[3].Object)
	require.Equal(t, "draft", payload(t, deliveries[4]).at(t, "data.previous_attributes.status"))
	require.EqualValues(t, 0, payload(t, deliveries[2]).at(t, "data.previous_attributes.total"))
	require.Nil(t, payload(t, deliveries[9]).at(t, "request.id"), "nobody asked for it")
}

// TestDeliveriesAreSigned over time and body, by each secret of the endpoint.
func TestDeliveriesAreSigned(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	endpoint := h.fake.Test().AddEndpoint(stripefake.Endpoint{})
	second := h.fake.Test().RollSecret(endpoint.ID, true)
	h.fake.Test().SetEmail(h.acme.ID, "new@acme.example")
	h.fake.Advance(day)
	d := h.fake.Deliveries()[0]

	at := strconv.FormatInt(h.fake.Now().Unix(), 10)
	want := "t=" + at
	for _, secret := range []string{second, endpoint.Secrets[0]} {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(at + "." + string(d.Body)))
		want += ",v1=" + hex.EncodeToString(mac.Sum(nil))
	}
	require.Equal(t, want, d.Signature)
	require.Equal(t, want, stripefake.Sign(d.Body, h.fake.Now(), second, endpoint.Secrets[0]))
	require.True(t, strings.HasPrefix(second, "whsec_"))

	third := h.fake.Test().RollSecret(endpoint.ID, false)
	require.Equal(t, stripefake.Sign(d.Body, h.fake.Now(), third), h.fake.Deliveries()[0].Signature)
}

// TestADeliveryIsMadeUntilItIsAccepted.
func TestADeliveryIsMadeUntilItIsAccepted(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	h.fake.Test().AddEndpoint(stripefake.Endpoint{Events: []string{"customer.updated"}})
	h.fake.Test().SetEmail(h.acme.ID, "one@acme.example")
	h.fake.Test().SetEmail(h.acme.ID, "two@acme.example")
	h.in(t, stripefake.Open)

	answer, got := http.StatusServiceUnavailable, 0
	host := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || len(body) == 0 || r.Header.Get(stripefake.SignatureHeader) == "" || r.Method != http.MethodPost {
			panic("not a delivery")
		}
		got++
		w.WriteHeader(answer)
	})
	require.Equal(t, 2, h.fake.Deliver(t.Context(), host))
	require.Len(t, h.get(t, "/v1/events", "delivery_success", false).ids(t), 2)
	answer = http.StatusNoContent
	require.Zero(t, h.fake.Deliver(t.Context(), host))
	require.Zero(t, h.fake.Deliver(t.Context(), host))
	require.Equal(t, 4, got)
	require.Empty(t, h.get(t, "/v1/events", "delivery_success", false).ids(t))

	h.fake.Test().SetEmail(h.acme.ID, "three@acme.example")
	h.fake.Drop(h.fake.Deliveries()[0])
	require.Empty(t, h.fake.Deliveries())
	require.Len(t, h.get(t, "/v1/events", "delivery_success", false).ids(t), 1, "what was dropped has not arrived")
}

// TestScramblingShufflesAndRepeats, the same way for a seed, and loses nothing.
func TestScramblingShufflesAndRepeats(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	h.fake.Test().AddEndpoint(stripefake.Endpoint{})
	h.in(t, stripefake.Paid)
	all := h.fake.Deliveries()
	mixed := stripefake.Scramble(1, all)
	require.Greater(t, len(mixed), len(all))
	require.Equal(t, types(mixed), types(stripefake.Scramble(1, all)))
	require.NotEqual(t, types(mixed), types(stripefake.Scramble(2, all)))
	seen := map[string]bool{}
	for _, d := range mixed {
		seen[d.Event] = true
		h.fake.Accept(d) // the second time it does nothing
	}
	require.Len(t, seen, len(all))
	require.Empty(t, h.fake.Deliveries())
	require.Empty(t, h.get(t, "/v1/events", "delivery_success", false).ids(t))
}

// TestAnEndpointOfALaterVersionGetsItsShape, in which fields have moved; a thin event has no object at all.
func TestAnEndpointOfALaterVersionGetsItsShape(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	h.fake.Test().AddEndpoint(stripefake.Endpoint{APIVersion: stripefake.Basil})
	id := h.in(t, stripefake.Paid)
	sub := h.fake.Test().AddSubscription(stripefake.Subscription{Customer: h.acme.ID, Amount: 5})

	deliveries := h.fake.Deliveries()
	for _, d := range deliveries {
		p := payload(t, d)
		require.Equal(t, stripefake.Basil, p.at(t, "api_version"))
		object, ok := p.at(t, "data.object").(map[string]any)
		require.True(t, ok)
		switch d.Object {
		case id:
			require.NotContains(t, object, "paid")
			require.NotContains(t, object, "subscription")
			require.Contains(t, object, "parent")
			if d.Type == "invoice.paid" {
				require.Equal(t, "paid", object["status"])
				require.NotContains(t, p.at(t, "data.object.lines.data.0"), "price")
				require.Contains(t, p.at(t, "data.object.lines.data.0"), "pricing")
			}
		case sub.ID:
			require.NotContains(t, object, "current_period_end")
			require.NotNil(t, p.at(t, "data.object.items.data.0.current_period_end"))
		}
	}
	thin := h.fake.ThinEvent(deliveries[0])
	p := payload(t, thin)
	require.NotContains(t, p.body, "data")
	require.Equal(t, "v1.invoice.created", p.at(t, "type"))
	require.Equal(t, id, p.at(t, "related_object.id"))
	require.IsType(t, "", p.at(t, "created"))
	require.NotEqual(t, deliveries[0].Signature, thin.Signature)
}

// TestEndpointsHearOfTheirAccountAndMode; one for connected accounts hears of those, and is told which.
func TestEndpointsHearOfTheirAccountAndMode(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	partner := h.fake.Connect()
	own := h.fake.Test().AddEndpoint(stripefake.Endpoint{})
	connect := h.fake.Test().AddEndpoint(stripefake.Endpoint{Connect: true})
	theirs := h.fake.Realm(partner, false).AddEndpoint(stripefake.Endpoint{})
	h.fake.Live().AddEndpoint(stripefake.Endpoint{Disabled: true})
	h.fake.Live().AddCustomer(stripefake.Customer{Email: "live@acme.example"})
	h.fake.Test().SetEmail(h.acme.ID, "new@acme.example")
	globex := h.fake.Realm(partner, false).AddCustomer(stripefake.Customer{Email: "pay@globex.example"})

	got := map[string]stripefake.Delivery{}
	for _, d := range h.fake.Deliveries() {
		got[d.Endpoint] = d
	}
	require.Len(t, got, 3)
	require.Equal(t, h.acme.ID, got[own.ID].Object)
	require.Equal(t, globex.ID, got[connect.ID].Object)
	require.Equal(t, globex.ID, got[theirs.ID].Object)
	require.Equal(t, partner, payload(t, got[connect.ID]).at(t, "account"))
	require.NotContains(t, payload(t, got[theirs.ID]).body, "account")
	require.NotContains(t, payload(t, got[own.ID]).body, "account")
}

// TestEventsCanBeReadForThirtyDays, by type, by several types and by time.
func TestEventsCanBeReadForThirtyDays(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	h.fake.Advance(29 * day)
	h.in(t, stripefake.Void)
	old := h.get(t, "/v1/events", "type", "customer.created").ids(t)
	require.Len(t, old, 1)
	h.get(t, "/v1/events/"+old[0]).ok(t)
	h.fake.Advance(day)
	require.Empty(t, h.get(t, "/v1/events", "type", "customer.created").ids(t))
	h.get(t, "/v1/events/"+old[0]).fails(t, http.StatusNotFound, "resource_missing")
	require.Len(t, h.get(t, "/v1/events", "types[]", "invoice.voided", "types[]", "invoice.finalized").ids(t), 2)
	require.Len(t, h.get(t, "/v1/events", "types[0]", "invoice.voided").ids(t), 1)
	require.Empty(t, h.get(t, "/v1/events", "created[gt]", h.fake.Now().Unix()).ids(t))
	h.get(t, "/v1/events", "type", "a", "types[]", "b").fails(t, http.StatusBadRequest, "")
	require.Greater(t, len(h.fake.Test().Events()), 5)
}

// TestADeliveryIsARequest that any server takes.
func TestADeliveryIsARequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{})
	h.fake.Test().AddEndpoint(stripefake.Endpoint{URL: "https://host.example/hooks?a=b"})
	h.fake.Test().SetEmail(h.acme.ID, "new@acme.example")
	r := h.fake.Deliveries()[0].Request(t.Context())
	require.Equal(t, "/hooks?a=b", r.RequestURI)
	w := httptest.NewRecorder()
	http.NotFound(w, r)
	require.Equal(t, http.StatusNotFound, w.Code)
}
