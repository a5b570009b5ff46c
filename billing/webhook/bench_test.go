package webhook_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/provider"
)

// BenchmarkDelivery is one new event over the in-memory records: from the request to the durable event, most of which is
// the signature.
func BenchmarkDelivery(b *testing.B) {
	for _, size := range []int{200, 4 << 10, webhook.DefaultMaxBody} {
		b.Run(fmt.Sprintf("%d bytes", size), func(b *testing.B) {
			h := open(b)
			w := &status{header: http.Header{}}
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				b.StopTimer()
				body, signature := h.padded(size)
				r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
				r.Header.Set("Billing-Signature", signature)
				b.StartTimer()
				h.handler.ServeHTTP(w, r)
			}
			require.Equal(b, http.StatusNoContent, w.code)
		})
	}
}

// BenchmarkRefusal is one event that is known already, one with a wrong signature, and one for which there is no place.
func BenchmarkRefusal(b *testing.B) {
	h := open(b)
	hook := h.world.Webhook(provider.Event{Type: "invoice.paid", Live: true})
	for _, c := range []struct{ name, signature string }{{"duplicate", hook.Signature}, {"untrusted", hook.Signature[:80]}} {
		b.Run(c.name, func(b *testing.B) {
			w := &status{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(hook.Payload))
				r.Header.Set("Billing-Signature", c.signature)
				h.handler.ServeHTTP(w, r)
			}
		})
	}
}

// BenchmarkWork is one event from the inbox to the state that is kept, a hundred at a time.
func BenchmarkWork(b *testing.B) {
	h := open(b)
	invoices := make([]provider.Event, provider.MaxPage)
	for i := range invoices {
		inv := h.invoice("acme", 10)
		invoices[i] = changed("", &inv)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		e := invoices[n%len(invoices)]
		e.ID = fmt.Sprint("evt_", n)
		n++
		b.StopTimer()
		_, err := h.world.Records().Receive(b.Context(), withKind(e), nil)
		require.NoError(b, err)
		b.StartTimer()
		if n%len(invoices) == 0 {
			h.drain()
		}
	}
}

func withKind(e provider.Event) provider.Event {
	e.Kind, e.Live = provider.InvoiceEvent, true
	return e
}
