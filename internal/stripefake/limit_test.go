package stripefake_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// TestLimitsAreThoseOfAnAccountAndOfEachRoute, on the server's clock.
func TestLimitsAreThoseOfAnAccountAndOfEachRoute(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{Limits: stripefake.Limits{Global: 10, Endpoint: 4, Search: 2}})
	ask := func(path string, params ...any) (status int, reason string) {
		r := h.get(t, path, params...)
		return r.status, r.header.Get("Stripe-Rate-Limited-Reason")
	}
	many := func(n int, path string, params ...any) (passed int, reason string) {
		for range n {
			status, why := ask(path, params...)
			if status == http.StatusOK {
				passed++
			} else {
				require.Equal(t, http.StatusTooManyRequests, status)
				reason = why
			}
		}
		return passed, reason
	}

	passed, reason := many(9, "/v1/customers/"+h.acme.ID)
	require.Equal(t, 4, passed)
	require.Equal(t, "endpoint-rate", reason)
	passed, reason = many(5, "/v1/invoices/search", "query", "status:'open'")
	require.Equal(t, 2, passed)
	require.Equal(t, "endpoint-rate", reason)
	passed, _ = many(3, "/v1/customers")
	require.Equal(t, 3, passed)
	passed, reason = many(4, "/v1/invoices")
	require.Equal(t, 1, passed, "4 + 2 + 3 of 10 are gone")
	require.Equal(t, "global-rate", reason)

	h.fake.Advance(100 * time.Millisecond)
	passed, _ = many(3, "/v1/coupons")
	require.Equal(t, 1, passed, "a tenth of a second gives one of ten")
	h.fake.Advance(time.Hour)
	passed, _ = many(20, "/v1/customers/"+h.acme.ID)
	require.Equal(t, 4, passed, "no more than a second is saved up")

	live, partner := h, h
	live.key, partner.account = h.fake.LiveKey(), h.fake.Connect()
	require.Equal(t, http.StatusOK, live.get(t, "/v1/account").status)
	require.Equal(t, http.StatusOK, partner.get(t, "/v1/account").status)
}

// TestARateLimitIsHitBeforeTheKeyIsTaken, so that the same key works afterwards.
func TestARateLimitIsHitBeforeTheKeyIsTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stripefake.Options{Limits: stripefake.Limits{Endpoint: 1}})
	h.email(t, "one", "one@acme.example").ok(t)
	h.email(t, "two", "two@acme.example").fails(t, http.StatusTooManyRequests, "rate_limit")
	h.fake.Advance(time.Second)
	require.Empty(t, h.email(t, "two", "two@acme.example").ok(t).header.Get("Idempotent-Replayed"))
	last := h.fake.RequestsTo(setEmail)
	require.Equal(t, []int{200, 429, 200}, []int{last[0].Status, last[1].Status, last[2].Status})
	require.Zero(t, last[1].Executed)
}

// TestASteadyClientIsNeverLimited at the rate that is allowed, and always above it.
func TestASteadyClientIsNeverLimited(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		every time.Duration
		fails bool
	}{{40 * time.Millisecond, false}, {38 * time.Millisecond, true}} {
		h := newHouse(t, stripefake.Options{Limits: stripefake.StripeLimits(true)})
		limited := 0
		for range 1_000 {
			if h.get(t, "/v1/account").status == http.StatusTooManyRequests {
				limited++
			}
			h.fake.Advance(c.every)
		}
		require.Equal(t, c.fails, limited > 0, "%d of 1000", limited)
	}
	require.Equal(t, stripefake.Limits{Global: 100, Endpoint: 25, Search: 20}, stripefake.StripeLimits(true))
	require.Equal(t, stripefake.Limits{Global: 25, Endpoint: 25, Search: 20}, stripefake.StripeLimits(false))
}
