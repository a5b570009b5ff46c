package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/billhatch/billhatch/internal/stripefake"
)

// fakeStripe is the command fake-stripe: a server that answers like Stripe and keeps everything in memory, with the
// customers of the demonstration, so that PostgreSQL and several processes can be tried without an account.
func fakeStripe(ctx context.Context, s *settings, stdout io.Writer) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.addr)
	if err != nil {
		return err
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return errors.Join(errors.New("-addr: an address of this machine only, such as 127.0.0.1:12111"), listener.Close())
	}
	fake := stripefake.New(stripefake.Options{Clock: s.clock})
	if err := addCustomers(ctx, fake, s.clock()); err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: fake, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	_, _ = fmt.Fprintf(stdout, "export %s=http://%s\nexport %s=%s\n", envStripeBase, listener.Addr(), envStripeKey, fake.Key())
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return server.Close()
	}
}

// addCustomers gives the fake server the customers of the demonstration.
func addCustomers(ctx context.Context, fake *stripefake.Server, now time.Time) error {
	world, err := demo(ctx, now)
	if err != nil {
		return err
	}
	for account, err := range all(ctx, world.Records(), "") {
		if err != nil {
			return err
		}
		if id := stripeID(account.Customer); id != "" {
			fake.Test().AddCustomer(stripefake.Customer{ID: id, Name: account.Name, Email: "billing@" + id[len("cus_"):] + ".example"})
		}
	}
	return nil
}
