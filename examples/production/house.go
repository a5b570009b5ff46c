package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"time"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/billing/portal"
	"github.com/billhatch/billhatch/billing/webhook"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// house is the host with everything in it.
type house struct {
	s         *settings
	db        *database
	telemetry *telemetry
	payments  provider.Payments
	closer    *closing.Closer
	first     civil.Date // of the first month that is closed by itself
	months    months     // who closes them
	events    *webhook.Worker

	// Only where requests are answered.
	hooks   *webhook.Handler
	area    *portal.Portal
	users   []*user
	cookies cookies
	pages   pages
	health  checkup

	closers []func(context.Context) error // in reverse order
}

// newHouse opens and connects everything, and begins nothing. What is open is closed by close, also after an error.
func newHouse(ctx context.Context, s *settings) (*house, error) {
	h := &house{s: s, users: users()}
	for _, open := range []func(context.Context) error{h.openTelemetry, h.openRecords, h.openClosing, h.openEvents} {
		if err := open(ctx); err != nil {
			return h, err
		}
	}
	return h, nil
}

func (h *house) atEnd(f func(context.Context) error) { h.closers = append(h.closers, f) }

// close gives everything back.
func (h *house) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	var errs []error
	for i := len(h.closers) - 1; i >= 0; i-- {
		errs = append(errs, h.closers[i](ctx))
	}
	return errors.Join(errs...)
}

func (h *house) openTelemetry(ctx context.Context) error {
	var err error
	if h.telemetry, err = newTelemetry(ctx, h.s); err != nil {
		return err
	}
	h.atEnd(h.telemetry.close)
	return nil
}

func (h *house) openRecords(ctx context.Context) error {
	var err error
	if h.db, err = openDatabase(ctx, h.s); err != nil {
		return err
	}
	h.atEnd(func(context.Context) error { return h.db.close() })
	started, err := seed(ctx, h.s, h.db)
	if err != nil {
		return err
	}
	month, err := civil.MonthOf(started, time.UTC)
	if err != nil {
		return err
	}
	h.first = month.From()
	if err := mapCustomer(ctx, h.s, h.db.store); err != nil {
		return err
	}
	payments, end, err := openPayments(ctx, h.s, started, h.telemetry.call)
	if err != nil {
		return err
	}
	h.payments = payments
	h.atEnd(func(context.Context) error { end(); return nil })
	return nil
}

// availability is from when on there are months.
func (h *house) availability() usage.Availability {
	const year = 12
	return usage.Availability{Earliest: h.first.AddMonths(-year, 1)}
}

func (h *house) openClosing(context.Context) error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	h.closer, err = closing.New(closing.Config{
		Payments: h.payments, Records: h.db.store, Clock: h.s.clock, Owner: host + "/" + strconv.Itoa(os.Getpid()),
		Availability: h.availability(), Lease: h.s.lease, Logger: h.s.log, Observe: h.telemetry.Closing,
		Invoice: func(_ context.Context, _ provider.Account, o invoice.Options) (invoice.Options, error) {
			o.Seller = invoice.Party{Name: "Gatehouse Security, Inc.", Lines: []string{"500 Harbor Street", "Portland, ME 04101"}}
			return o, nil
		},
	})
	return err
}

// openEvents connects what works events off. The handler that receives them is connected in openPortal.
func (h *house) openEvents(context.Context) error {
	mirror, err := webhook.NewMirror(&invoiceStore{h.db})
	if err != nil {
		return err
	}
	owners := &owners{records: h.db.store, clock: h.s.clock}
	h.events, err = webhook.NewWorker(webhook.WorkerConfig{
		Payments: h.payments, Records: h.db.store, Applier: mirror, Clock: h.s.clock, Live: h.s.live, AccountOf: owners.of,
		Accounts: owners.behind, Logger: h.s.log, Observe: h.telemetry.Drained,
	})
	return err
}

// openPortal connects what answers requests.
func (h *house) openPortal() error {
	var err error
	if h.pages, err = newPages(); err != nil {
		return err
	}
	h.cookies = cookies{key: h.s.derive("session"), secure: isHTTPS(h.s.origin), clock: h.s.clock}
	engine, err := rbac.New(policy())
	if err != nil {
		return err
	}
	cfg := billing.Config{
		Payments: h.payments, Records: h.db.store, Authorizer: engine, Clock: h.s.clock, Authority: h.authority,
		SeesTenant: seesTenant, ReturnURL: h.s.origin + "/home", Availability: h.availability(),
		Support: billing.Support{Email: "support@gatehouse.example"}, SealKey: h.s.derive("seal"), Logger: h.s.log,
	}
	if !h.s.stripe() {
		cfg.PortalHosts = []string{memoryHost}
	}
	service, err := billing.New(cfg)
	if err != nil {
		return err
	}
	h.area, err = portal.New(service, portal.Config{
		Identify: h.identify, Clock: h.s.clock, SignInURL: "/", HostURL: "/home", HostName: "Gatehouse", Logger: h.s.log,
	})
	if err != nil {
		return err
	}
	h.atEnd(h.area.Close)
	received := h.events.Wake
	if h.s.web {
		received = nil // another process works them off
	}
	h.hooks, err = webhook.New(webhook.Config{
		Payments: h.payments, Records: h.db.store, Clock: h.s.clock, Live: h.s.live, Received: received, Logger: h.s.log,
	})
	return err
}
