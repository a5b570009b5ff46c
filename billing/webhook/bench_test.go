package webhook_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/stripe"
)

// BenchmarkBesideBare is an event of Stripe's at the handler, over a store that costs nothing and over the in-memory one
// that knows the event already, beside a bare handler that reads the body, verifies the signature and does nothing else.
func BenchmarkBesideBare(b *testing.B) {
	fake := stripefake.New(stripefake.Options{Clock: func() time.Time { return now }})
	endpoint := fake.Test().AddEndpoint(stripefake.Endpoint{})
	customer := fake.Test().AddCustomer(stripefake.Customer{Email: "a@acme.example"})
	fake.Test().AddInvoice(stripefake.Invoice{Customer: customer.ID})
	deliveries := fake.Deliveries()
	event := deliveries[len(deliveries)-1].Body
	payments, err := stripe.New(stripe.Config{
		Key:   func(context.Context) (string, error) { return fake.Key(), nil },
		Clock: time.Now, Transport: fake.Transport(), WebhookSecrets: endpoint.Secrets,
	})
	require.NoError(b, err)
	defer payments.Close()
	handler := func(records provider.Records) http.Handler {
		h, err := webhook.New(webhook.Config{Payments: payments, Records: records, Clock: func() time.Time { return now }})
		require.NoError(b, err)
		return h
	}
	memory := open(b).world.Records()
	for _, body := range [][]byte{event, append(bytes.Clone(event), bytes.Repeat([]byte(" "), webhook.DefaultMaxBody-len(event))...)} {
		signature := stripefake.Sign(body, now, endpoint.Secrets...)
		for _, c := range []struct {
			name string
			http.Handler
		}{
			{"bare", bare{[]byte(endpoint.Secrets[0])}},
			{"handler", handler(nothing{Records: memory})},
			{"handler, known event in memory", handler(memory)},
		} {
			b.Run(fmt.Sprintf("%d bytes/%s", len(body), c.name), func(b *testing.B) {
				w := &status{header: http.Header{}}
				b.ReportAllocs()
				for b.Loop() {
					r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
					r.Header.Set(stripefake.SignatureHeader, signature)
					c.ServeHTTP(w, r)
				}
				require.Equal(b, http.StatusNoContent, w.code)
			})
		}
	}
}

// bare verifies a signature and does nothing else.
type bare struct{ secret []byte }

func (h bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, webhook.DefaultMaxBody))
	at, sum, _ := strings.Cut(strings.TrimPrefix(r.Header.Get(stripefake.SignatureHeader), "t="), ",v1=")
	want, notHex := hex.DecodeString(sum)
	mac := hmac.New(sha256.New, h.secret)
	mac.Write([]byte(at + "."))
	mac.Write(body)
	if err != nil || notHex != nil || !hmac.Equal(want, mac.Sum(nil)) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// nothing is an inbox that keeps nothing.
type nothing struct{ provider.Records }

func (nothing) Receive(context.Context, provider.Event, []byte) (bool, error) { return true, nil }

func (nothing) Pending(context.Context, provider.PendingQuery) (provider.PendingPage, error) {
	return provider.PendingPage{}, nil
}

func (nothing) Done(context.Context, string) error { return nil }

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
