package webhook_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
)

// Providers and records that have nothing beyond the mandatory part.
type (
	barePayments struct{ provider.Payments }
	bareRecords  struct{ provider.Records }
)

// wrapped hides nothing: its abilities are found behind it.
type wrapped struct{ provider.Payments }

func (w wrapped) Unwrap() provider.Payments { return w.Payments }

func TestAHandlerThatCannotWorkIsNotMade(t *testing.T) {
	t.Parallel()
	world := memory.New()
	for _, tc := range []struct {
		name   string
		change func(*webhook.Config)
		want   string // empty: it is made
	}{
		{"as it should be", func(*webhook.Config) {}, ""},
		{"an ability behind a wrapper", func(c *webhook.Config) { c.Payments = wrapped{c.Payments} }, ""},
		{"no provider", func(c *webhook.Config) { c.Payments = nil }, "Payments: required"},
		{"no records", func(c *webhook.Config) { c.Records = nil }, "Records: required"},
		{"no clock", func(c *webhook.Config) { c.Clock = nil }, "Clock: required; time.Now in a program"},
		{"a provider without webhooks", func(c *webhook.Config) { c.Payments = barePayments{c.Payments} }, "Payments: cannot verify webhooks"},
		{"records without an inbox", func(c *webhook.Config) { c.Records = bareRecords{c.Records} }, "Records: cannot keep an inbox"},
		{"the largest body", func(c *webhook.Config) { c.MaxBody = webhook.DefaultMaxBody }, ""},
		{"a larger body", func(c *webhook.Config) { c.MaxBody = webhook.DefaultMaxBody + 1 }, "MaxBody: want 1 to 262144"},
		{"a negative body", func(c *webhook.Config) { c.MaxBody = -1 }, "MaxBody: want 1 to 262144"},
		{"negative places", func(c *webhook.Config) { c.MaxInFlight = -1 }, "MaxInFlight: negative"},
		{"a negative time for the body", func(c *webhook.Config) { c.BodyTimeout = -1 }, "BodyTimeout: negative, or StoreTimeout is"},
		{"a negative time for the store", func(c *webhook.Config) { c.StoreTimeout = -1 }, "BodyTimeout: negative, or StoreTimeout is"},
	} {
		cfg := webhook.Config{Payments: world.Payments(), Records: world.Records(), Clock: time.Now}
		tc.change(&cfg)
		got, err := webhook.New(cfg)
		if tc.want == "" {
			require.NoError(t, err, tc.name)
			continue
		}
		require.Nil(t, got, tc.name)
		require.ErrorIs(t, err, webhook.ErrConfig, tc.name)
		require.EqualError(t, err, "webhook: invalid configuration: "+tc.want, tc.name)
	}
}

func TestAWorkerThatCannotWorkIsNotMade(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, tc := range []struct {
		name   string
		change func(*webhook.WorkerConfig)
		want   string // empty: it is made
	}{
		{"as it should be", func(*webhook.WorkerConfig) {}, ""},
		{"without what only sweeps need", func(c *webhook.WorkerConfig) { c.Accounts = nil }, ""},
		{"no provider", func(c *webhook.WorkerConfig) { c.Payments = nil }, "Payments: required"},
		{"no records", func(c *webhook.WorkerConfig) { c.Records = nil }, "Records: required"},
		{"no applier", func(c *webhook.WorkerConfig) { c.Applier = nil }, "Applier: required"},
		{"no clock", func(c *webhook.WorkerConfig) { c.Clock = nil }, "Clock: required"},
		{"nobody who knows accounts", func(c *webhook.WorkerConfig) { c.AccountOf = nil }, "AccountOf: required"},
		{"records without an inbox", func(c *webhook.WorkerConfig) { c.Records = bareRecords{c.Records} }, "Records: cannot keep an inbox"},
		{"a negative time for an object", func(c *webhook.WorkerConfig) { c.Timeout = -1 }, "Timeout: negative"},
		{"a negative number of objects", func(c *webhook.WorkerConfig) { c.Parallel = -1 }, "Parallel: negative"},
	} {
		cfg := h.workerConfig
		tc.change(&cfg)
		got, err := webhook.NewWorker(cfg)
		if tc.want == "" {
			require.NoError(t, err, tc.name)
			continue
		}
		require.Nil(t, got, tc.name)
		require.ErrorIs(t, err, webhook.ErrConfig, tc.name)
		require.EqualError(t, err, "webhook: invalid configuration: "+tc.want, tc.name)
	}
	_, err := webhook.NewMirror(nil)
	require.ErrorIs(t, err, webhook.ErrConfig)
	for _, interval := range []time.Duration{0, -1} {
		require.ErrorIs(t, h.worker.Run(t.Context(), interval), webhook.ErrConfig)
	}
}

// Without a logger, what is worth a line is still counted.
func TestNobodyNeedsALogger(t *testing.T) {
	t.Parallel()
	h, rec := recording(t, func(h *house) { h.config.Logger, h.workerConfig.Logger = nil, nil })
	rec.apply = func(context.Context, string) error { panic("down") }
	foreign := h.world.Webhook(provider.Event{Type: "invoice.paid"})
	require.Equal(t, http.StatusNoContent, h.deliver(foreign))
	require.Equal(t, int64(1), h.handler.Count(webhook.Foreign))
	h.receive(provider.Event{Type: "billing_portal.configuration.updated"})
	require.Equal(t, 1, h.drain().Failed)
}
