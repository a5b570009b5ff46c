package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// patience is how long requests and closings that have begun may take when the program ends.
const patience = 20 * time.Second

// serve runs the program until the context ends: requests, work, or both.
func serve(ctx context.Context, s *settings, stdout io.Writer) (err error) {
	listener, err := listen(ctx, s)
	if err != nil {
		return err
	}
	h, err := newHouse(ctx, s)
	defer func() { err = errors.Join(err, h.close(ctx)) }()
	if err == nil && listener != nil {
		err = h.openPortal()
	}
	if err == nil {
		h.months, err = h.newMonths(ctx)
	}
	if err != nil {
		if listener != nil {
			err = errors.Join(err, listener.Close())
		}
		return err
	}
	h.announce(stdout)
	work := h.begin(ctx)
	failed := make(chan error, 1)
	stop := h.answer(listener, failed)
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	return errors.Join(err, stop(ctx), work(ctx))
}

// listen takes the address, and says in the settings how browsers find it.
func listen(ctx context.Context, s *settings) (net.Listener, error) {
	if s.addr == "" && s.worker {
		return nil, nil
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.addr)
	if err != nil {
		return nil, err
	}
	if s.origin == "" {
		host, port, _ := net.SplitHostPort(listener.Addr().String())
		if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
			host = "localhost"
		}
		s.origin = "http://" + net.JoinHostPort(host, port)
	}
	return listener, nil
}

func isHTTPS(origin string) bool { return strings.HasPrefix(origin, "https://") }

// answer serves requests, if there is an address to do it on. It gives what ends it.
func (h *house) answer(listener net.Listener, failed chan<- error) func(context.Context) error {
	if listener == nil { // a worker without an address
		return func(context.Context) error { return nil }
	}
	server := &http.Server{
		Handler: h.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute,
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		err := server.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			return server.Close()
		}
		return err
	}
}

// begin starts what works beside requests. It gives what ends it.
func (h *house) begin(ctx context.Context) func(context.Context) error {
	if h.s.web {
		return h.months.stop
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := h.events.Run(ctx, time.Minute); !errors.Is(err, context.Canceled) {
			h.s.log.Error("events are not worked off any more", "error", err)
		}
	}()
	sweeps := h.sweeping(ctx)
	return func(stopping context.Context) error {
		err := h.months.stop(stopping)
		cancel()
		<-ended
		<-sweeps
		return err
	}
}

// announce tells where the program is, and what it is made of.
func (h *house) announce(w io.Writer) {
	payments := "in memory: issued invoices are forgotten when the program ends, the ledger is not"
	switch {
	case h.s.stripeBase != "":
		payments = "a server that answers like Stripe"
	case h.s.live:
		payments = "Stripe, LIVE"
	case h.s.stripe():
		payments = "Stripe, test mode"
	}
	store := "SQLite"
	if h.s.postgres() {
		store = "PostgreSQL"
	}
	where := h.s.origin + "/"
	if h.s.origin == "" {
		where = "no requests are answered"
	}
	_, _ = fmt.Fprintf(w, "%s\n  records:  %s\n  payments: %s\n  months:   %s\n", where, store, payments, h.months.say())
}
