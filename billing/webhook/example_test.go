package webhook_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"

	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
)

// A host learns that an invoice was paid: once by an event, once by a sweep because the event got lost. The states are
// kept in a map here; see [webhook.Store] for what a table of a database has to do.
func Example() {
	world := memory.New()
	acme := world.AddAccount(provider.Account{ID: "acme"})
	october := world.AddInvoice(acme.ID, invoice.Invoice{Total: usd("120.00")})
	september := world.AddInvoice(acme.ID, invoice.Invoice{Total: usd("80.00")})

	states := newStates()
	mirror, err := webhook.NewMirror(states)
	if err != nil {
		fmt.Println(err)
		return
	}
	worker, err := webhook.NewWorker(webhook.WorkerConfig{
		Payments: world.Payments(), Records: world.Records(), Clock: world.Now, Applier: mirror,
		AccountOf: func(_ context.Context, customer string) (string, error) {
			if customer != acme.Customer {
				return "", provider.NotFound("AccountOf")
			}
			return acme.ID, nil
		},
		Accounts: func(context.Context, string) iter.Seq2[provider.Account, error] {
			return func(yield func(provider.Account, error) bool) { yield(acme, nil) }
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	hooks, err := webhook.New(webhook.Config{
		Payments: world.Payments(), Records: world.Records(), Clock: world.Now, Received: worker.Wake,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()

	_ = world.Pay(october.ID)
	paid := world.Webhooks()[0] // what the provider sends
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/hooks/billing", bytes.NewReader(paid.Payload))
	r.Header.Set("Billing-Signature", paid.Signature)
	w := httptest.NewRecorder()
	hooks.ServeHTTP(w, r)
	fmt.Println(w.Code, states.status(october.ID)) // stored, not applied yet
	drained, err := worker.Drain(ctx)              // a program calls Run instead
	fmt.Println(drained.Applied, states.status(october.ID), err)

	_ = world.Pay(september.ID)
	_ = world.Webhooks() // lost
	swept, err := worker.Sweep(ctx, webhook.SweepQuery{})
	fmt.Println(swept.Repaired, states.status(september.ID), err)
	// Output:
	// 204 none
	// 1 paid <nil>
	// 1 paid <nil>
}
