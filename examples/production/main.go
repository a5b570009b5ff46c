// Command production is a small host as it may go into production: a login, a database that lasts, payments in memory or at
// Stripe, webhooks, the month close by workers, a health page.
//
//	go run .                                  # SQLite and payments in memory; prints its URL
//	go run . close -month 2026-10 -dry-run    # what closing a month would bill
//	go run . fake-stripe                      # a Stripe to try the rest with, without an account
//
// README.md says step by step how to go to PostgreSQL, to Stripe, and to several machines.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // zones are found on machines without a zone database, too
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, time.Now, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1 // also a month of which not every account could be closed
	exitUsage  = 2
)

// run is the program without the process around it. It returns the exit code.
func run(ctx context.Context, args []string, env func(string) string, clock func() time.Time, stdout, stderr io.Writer) int {
	command := "serve"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		command, args = args[0], args[1:]
	}
	commands := map[string]func(context.Context, *settings, io.Writer) error{
		"serve": serve, "close": closeMonth, "fake-stripe": fakeStripe,
	}
	work, ok := commands[command]
	if !ok {
		_, _ = fmt.Fprintf(stderr, "production: unknown command %q; there are serve, close and fake-stripe\n", command)
		return exitUsage
	}
	s, err := readSettings(command, args, env, clock, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		_, _ = fmt.Fprintln(stderr, "production:", err)
		return exitUsage
	}
	if err := work(ctx, s, stdout); err != nil {
		_, _ = fmt.Fprintln(stderr, "production:", err)
		return exitFailed
	}
	return exitDone
}
