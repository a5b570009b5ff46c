package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/provider/stripe"
	"github.com/billhatch/billhatch/usage/civil"
)

// memoryHost is where links of the payments in memory lead: nowhere. A real provider has a page there.
const memoryHost = "billing.invalid"

// openPayments gives the payment provider, and what is to be called at the end.
func openPayments(ctx context.Context, s *settings, started time.Time, observe func(stripe.Call)) (provider.Payments, func(), error) {
	if !s.stripe() {
		payments, err := inMemory(ctx, s, started)
		return payments, func() {}, err
	}
	cfg := stripe.Config{
		Key:  func(context.Context) (string, error) { return s.stripeKey, nil },
		Live: s.live, WebhookSecrets: s.webhookSecrets, Clock: s.clock, BaseURL: s.stripeBase, Logger: s.log, Observe: observe,
	}
	if s.stripeBase != "" { // a server on this machine, whose limits are those of the machine
		const none = 1_000_000
		cfg.Limits = stripe.Limits{Account: none, Endpoint: none}
		cfg.Transport = &http.Transport{MaxIdleConnsPerHost: 64}
	}
	payments, err := stripe.New(cfg)
	if err != nil {
		return nil, nil, err
	}
	return payments, payments.Close, nil
}

// inMemory is a payment provider with invoices of the past that goes with the clock of the machine. It forgets at the end
// of the program: what was issued meanwhile is in the ledger, and nowhere else.
func inMemory(ctx context.Context, s *settings, started time.Time) (provider.Payments, error) {
	world, err := memory.Open(memory.Options{Now: billedUntil(started), WebhookSecrets: []string{rand.Text()}})
	if err != nil {
		return nil, err
	}
	if err := world.AddDemo(ctx); err != nil {
		return nil, err
	}
	world.Set(s.clock())
	var calls atomic.Int64
	world.Hook(func(memory.Call) {
		world.Set(s.clock())
		if calls.Add(1)%1000 == 0 { // nobody reads its log
			world.ResetCalls()
		}
	})
	return world.Payments(), nil
}

// billedUntil is a time in the month before that of the first start. The demo organisation was billed up to then in another
// way; its last month is there to be closed.
func billedUntil(started time.Time) time.Time {
	month, err := civil.MonthOf(started, time.UTC)
	if err != nil {
		return started
	}
	const days = 2 // so that the month before is over in every zone, and billed
	return month.Prev().From().AddDays(days).Start(time.UTC)
}

// mode names where payments are. A database belongs to one of them: the ledger has the ids of its invoices.
func (s *settings) mode() string {
	switch {
	case !s.stripe():
		return "memory"
	case s.stripeBase != "":
		return "fake-stripe"
	case s.live:
		return "stripe-live"
	default:
		return "stripe-test"
	}
}

// customerOf says who an account of the demonstration is at the payment provider. At Stripe it is nobody, until -customer
// says who the organisation is.
func (s *settings) customerOf(demo string) string {
	switch s.mode() {
	case "memory":
		return demo
	case "fake-stripe":
		return stripeID(demo)
	default:
		return ""
	}
}

// stripeID gives an id the form that Stripe's have.
func stripeID(demo string) string {
	if demo == "" {
		return ""
	}
	return "cus_" + strings.ReplaceAll(strings.TrimPrefix(demo, "cus_"), "_", "")
}

var customerID = regexp.MustCompile(`^cus_[A-Za-z0-9]{1,64}$`)

// mapCustomer makes a customer at Stripe the demo organisation.
func mapCustomer(ctx context.Context, s *settings, records records) error {
	switch {
	case s.customer == "":
		return nil
	case !s.stripe():
		return errors.New("-customer is for Stripe: set " + envStripeKey)
	case !customerID.MatchString(s.customer):
		return errors.New("-customer: want the id of a customer, cus_…")
	}
	account, err := records.Account(ctx, memory.DemoOrganization)
	if err != nil {
		return err
	}
	account.Customer = s.customer
	return records.SaveAccount(ctx, account)
}
