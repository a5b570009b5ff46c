package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/provider"
)

// health is what the health page says: states, counts and codes, and nothing about anybody.
type health struct {
	Status   string           `json:"status"` // ok, attention: somebody should look, down: something cannot be reached
	Records  string           `json:"records"`
	Payments paymentsHealth   `json:"payments"`
	Ledger   ledgerHealth     `json:"ledger"`
	Webhooks map[string]int64 `json:"webhooks"` // requests by outcome, of this process
}

type paymentsHealth struct {
	Provider string   `json:"provider"`
	Status   string   `json:"status"`
	Problems []string `json:"problems"` // codes
}

// ledgerHealth counts closings, at most mostCounted of each.
type ledgerHealth struct {
	Pending int `json:"pending"` // begun and not done
	Parked  int `json:"parked"`  // wait for a person
}

const (
	mostCounted = 1000
	healthTime  = 5 * time.Second
	healthKept  = time.Minute // asking the provider takes several requests
)

// The states.
const (
	stateOK        = "ok"
	stateAttention = "attention"
	stateDown      = "down"
)

// checkup remembers what the payment provider said of itself.
type checkup struct {
	mu    sync.Mutex
	until time.Time
	last  paymentsHealth
}

// showHealth answers 200 unless something cannot be reached, for load balancers and people.
func (h *house) showHealth(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthTime)
	defer cancel()
	out := h.look(ctx)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if out.Status == stateDown {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(out) // whoever asked may be gone
}

func (h *house) look(ctx context.Context) health {
	out := health{Status: stateOK, Records: stateOK, Payments: h.lookAtPayments(ctx), Webhooks: map[string]int64{}}
	var err error
	if out.Ledger, err = h.lookAtLedger(ctx); err != nil {
		out.Records = stateDown
	}
	for _, answer := range webhook.Answers() {
		if n := h.hooks.Count(answer.Outcome); n > 0 {
			out.Webhooks[answer.Name] = n
		}
	}
	switch {
	case out.Records == stateDown || out.Payments.Status == stateDown:
		out.Status = stateDown
	case out.Payments.Status == stateAttention || out.Ledger.Parked > 0:
		out.Status = stateAttention
	}
	return out
}

func (h *house) lookAtPayments(ctx context.Context) paymentsHealth {
	h.health.mu.Lock()
	defer h.health.mu.Unlock()
	now := h.s.clock()
	if now.Before(h.health.until) {
		return h.health.last
	}
	out := paymentsHealth{Provider: h.payments.Name(), Status: stateOK, Problems: []string{}}
	if checker, ok := provider.As[provider.HealthChecker](h.payments); ok {
		problems, err := checker.Health(ctx)
		if err != nil {
			out.Status = stateDown
		}
		for _, p := range problems {
			out.Status = stateAttention
			out.Problems = append(out.Problems, p.Code)
		}
	}
	if out.Status != stateDown { // what is down is asked again at once
		h.health.last, h.health.until = out, now.Add(healthKept)
	}
	return out
}

func (h *house) lookAtLedger(ctx context.Context) (ledgerHealth, error) {
	var out ledgerHealth
	for _, state := range []provider.ClosingState{provider.Planned, provider.Frozen, provider.Drafted, provider.Ready} {
		n, err := h.count(ctx, state)
		if err != nil {
			return out, err
		}
		out.Pending += n
	}
	var err error
	out.Parked, err = h.count(ctx, provider.Parked)
	return out, err
}

func (h *house) count(ctx context.Context, state provider.ClosingState) (int, error) {
	n, query := 0, provider.ClosingQuery{State: state, Limit: provider.MaxPage}
	for n < mostCounted {
		page, err := h.db.store.Closings(ctx, query)
		if err != nil {
			return n, err
		}
		n += len(page.Closings)
		if page.Next == "" {
			break
		}
		query.Cursor = page.Next
	}
	return n, nil
}
