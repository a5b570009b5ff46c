package webhook_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/provider"
)

// Whatever a request is, its answer is a row of the table, and the inbox holds an event exactly when a signed one of the
// right mode was posted.
func FuzzHandler(f *testing.F) {
	seed := open(f)
	for _, e := range []provider.Event{
		{ID: "evt_1", Type: "invoice.paid", Live: true},
		{ID: "evt_2", Type: "customer.updated", Object: "cus_1", Customer: "cus_1", Live: true},
		{ID: "evt_3", Type: "invoice.paid"},
		{ID: "evt_4", Type: "invoice.paid", Live: true, Account: "acct_1"},
	} {
		d := seed.world.Webhook(e)
		f.Add("POST", d.Payload, d.Signature, false, int64(len(d.Payload)))
		f.Add("POST", d.Payload, "", true, int64(-1))
		f.Add("GET", d.Payload, d.Signature, false, int64(0))
	}
	f.Add("POST", []byte(`{"id":"e","type":"t","created":1e3}`), "", true, int64(-1))
	f.Add("POST", []byte(`{"id":"e","type":"t","live":true}{}`), "", true, int64(-1))
	f.Add("POST", []byte("{"), "t=1,v1=", false, int64(1<<40))
	f.Fuzz(func(t *testing.T, method string, body []byte, signature string, sign bool, length int64) {
		h := open(t, func(h *house) { h.config.MaxBody = 4096 })
		if sign {
			signature = h.world.Sign(body, now)
		}
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Method, r.ContentLength = method, length
		r.Header["Billing-Signature"] = []string{signature}
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)

		event, err := h.world.Payments().VerifyWebhook(body, signature, now)
		want := webhook.Stored
		switch {
		case method != http.MethodPost:
			want = webhook.BadMethod
		case length > 4096 || len(body) > 4096:
			want = webhook.TooLarge
		case err != nil:
			want = webhook.Untrusted
		case !event.Live || event.Account != "":
			want = webhook.Foreign
		}
		h.requireAnswer(w, want)
		if want != webhook.Stored {
			require.Empty(t, h.inbox())
			return
		}
		page, err := h.world.Records().Pending(t.Context(), provider.PendingQuery{Limit: 9})
		require.NoError(t, err)
		require.Equal(t, []provider.Event{event}, page.Events)
		h.drain()
	})
}
