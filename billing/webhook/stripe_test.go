package webhook_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider/stripe"
)

// hands is a clock that is moved by hand.
type hands struct {
	mu  sync.Mutex
	now time.Time
}

func (c *hands) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *hands) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// overStripe opens a house whose provider is Stripe, as a stateful server plays it, with an endpoint of each API version.
func overStripe(t *testing.T, versions ...string) (*house, *stripefake.Server, *hands) {
	t.Helper()
	clock := &hands{now: now}
	fake := stripefake.New(stripefake.Options{Clock: clock.Now})
	var secrets []string
	for _, version := range versions {
		secrets = append(secrets, fake.Test().AddEndpoint(stripefake.Endpoint{APIVersion: version}).Secrets...)
	}
	payments, err := stripe.New(stripe.Config{
		Key:   func(context.Context) (string, error) { return fake.Key(), nil },
		Clock: clock.Now, Sleep: clock.Sleep, Transport: fake.Transport(), WebhookSecrets: secrets,
	})
	require.NoError(t, err)
	t.Cleanup(payments.Close)
	return open(t, func(h *house) {
		h.config.Payments, h.config.Live, h.config.Clock = payments, false, clock.Now
		h.workerConfig.Payments, h.workerConfig.Live, h.workerConfig.Clock = payments, false, clock.Now
	}), fake, clock
}

// hand gives a delivery of Stripe's to the handler, and wants an outcome.
func (h *house) hand(d stripefake.Delivery, want webhook.Outcome) {
	h.Helper()
	before := h.handler.Count(want)
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, d.Request(h.Context()))
	require.Equal(h, webhook.Answers()[want].Status, w.Code)
	require.Equal(h, before+1, h.handler.Count(want), "%s: want %s", d.Type, want)
}

// The events of Stripe, of our API version, of others, thin ones, in the wrong order and doubled: each is stored, and what
// is kept in the end is what Stripe says (W5, W6, W7).
func TestEventsOfStripeOfAnyVersionEndInWhatIsTrue(t *testing.T) {
	t.Parallel()
	for _, version := range []string{stripefake.Version, "2020-08-27", "2025-03-31.basil", "2026-08-26.dahlia"} {
		for _, thin := range []bool{false, true} {
			t.Run(version+map[bool]string{true: ", thin"}[thin], func(t *testing.T) {
				t.Parallel()
				h, fake, clock := overStripe(t, version)
				realm := fake.Test()
				ours, theirs := realm.AddCustomer(stripefake.Customer{Email: "a@acme.example"}), realm.AddCustomer(stripefake.Customer{Email: "b@other.example"})
				h.known[ours.ID] = "acme"
				h.accounts[0].Customer = ours.ID
				h.accounts = h.accounts[:1]
				paid := realm.AddInvoice(stripefake.Invoice{Customer: ours.ID, Status: "open"})
				void := realm.AddInvoice(stripefake.Invoice{Customer: ours.ID, Status: "open"})
				other := realm.AddInvoice(stripefake.Invoice{Customer: theirs.ID, Status: "open"})
				clock.Sleep(t.Context(), time.Hour) //nolint:errcheck // nobody has given up
				realm.PayOutside(paid.ID)
				realm.Move(void.ID, "void")
				deliveries := fake.Deliveries()
				require.NotEmpty(t, deliveries)
				slices.Reverse(deliveries)
				for _, d := range deliveries {
					if thin {
						d = fake.ThinEvent(d)
					}
					h.hand(d, webhook.Stored)
					h.hand(d, webhook.Duplicate)
					h.drain()
				}
				require.Empty(t, h.inbox())
				if thin { // they do not tell the customer
					require.Equal(t, 2, h.sweep(webhook.SweepQuery{}).Repaired)
				}
				require.Equal(t, []string{"paid", "void", "none"}, []string{h.states.status(paid.ID), h.states.status(void.ID), h.states.status(other.ID)})
				require.Zero(t, h.sweep(webhook.SweepQuery{}).Repaired)
				require.Empty(t, fake.Complaints())
			})
		}
	}
}

// Two endpoints of different versions at one address: one event in two bodies, which is stored once and told of.
func TestAnEventOfTwoVersionsIsStoredOnce(t *testing.T) {
	t.Parallel()
	h, fake, _ := overStripe(t, stripefake.Version, "2026-08-26.dahlia")
	customer := fake.Test().AddCustomer(stripefake.Customer{Email: "a@acme.example"})
	fake.Test().AddInvoice(stripefake.Invoice{Customer: customer.ID, Status: "open"})
	seen := map[string]bool{}
	for _, d := range fake.Deliveries() {
		h.hand(d, map[bool]webhook.Outcome{false: webhook.Stored, true: webhook.Altered}[seen[d.Event]])
		seen[d.Event] = true
	}
	require.NotEmpty(t, seen)
	require.Equal(t, int64(len(seen)), h.handler.Count(webhook.Altered))
	require.Len(t, h.inbox(), len(seen))
	require.Contains(t, h.log.String(), "came again with another body")
}
