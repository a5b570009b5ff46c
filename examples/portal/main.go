// Command portal is a host with a billing area: two products, ten people, and everything in memory.
//
//	go run ./examples/portal
//
// It needs no key, no account and no database, and it writes nothing but temporary files of reports. Choose who you are,
// open the billing area, move the clock to the end of the month, take the payment provider away: see README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
	_ "time/tzdata" // zones are found on machines without a zone database, too
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// defaultAddr is where the demonstration is served. Nobody else on the network sees it there.
const defaultAddr = "127.0.0.1:8080"

// run is the program without the process around it. It returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("portal", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "", "`address` to serve on (default "+defaultAddr+", or the next port that is free)")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil || flags.NArg() > 0:
		return 2
	}
	if err := serve(ctx, *addr, stdout); err != nil {
		_, _ = fmt.Fprintln(stderr, "portal:", err) // the exit code says it, too
		return 1
	}
	return 0
}

// serve runs the demonstration until the context ends.
func serve(ctx context.Context, addr string, stdout io.Writer) error {
	listener, err := listen(ctx, addr)
	if err != nil {
		return err
	}
	demo, err := newDemo(context.WithoutCancel(ctx), origin(listener.Addr()), time.Now)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler: demo.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute,
	}
	demo.print(stdout)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		err = shutDown(ctx, server)
	}
	return errors.Join(err, demo.close(ctx))
}

// patience is how long requests may take when the program ends.
const patience = 3 * time.Second

// shutDown lets requests end, and cuts off those that take too long.
func shutDown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return err
}

// listen takes the address, or without one the default or one of the ports after it.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var config net.ListenConfig
	if addr != "" {
		return config.Listen(ctx, "tcp", addr)
	}
	host, port, err := net.SplitHostPort(defaultAddr)
	if err != nil {
		return nil, err
	}
	first, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	const most = 20
	var refused error
	for p := first; p < first+most; p++ {
		listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(p)))
		if err == nil {
			return listener, nil
		}
		refused = errors.Join(refused, err)
	}
	return nil, refused
}

// origin is the address as a browser on this machine has it.
func origin(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
