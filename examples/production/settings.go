package main

import (
	"cmp"
	"errors"
	"flag"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/billhatch/billhatch/billing/closing"
)

// settings are what the program is told. What is secret comes from the environment only.
type settings struct {
	addr, origin string
	db           string
	web, worker  bool
	customer     string
	live         bool
	otel         string
	workers      int
	lease        time.Duration
	rescue       time.Duration

	month, account string // of the command close
	dryRun         bool

	stripeKey, stripeBase string
	webhookSecrets        []string
	key                   string // of at least 32 bytes; others are derived from it
	log                   *slog.Logger
	stderr                io.Writer
	clock                 func() time.Time
}

// Names of the environment variables.
const (
	envStripeKey     = "STRIPE_KEY"
	envWebhookSecret = "STRIPE_WEBHOOK_SECRET" //nolint:gosec // its name, not the secret
	envStripeBase    = "STRIPE_BASE_URL"
	envKey           = "BILLING_KEY"
	envDB            = "BILLING_DB" // for an address with a password, which others could see among the arguments
)

func readSettings(command string, args []string, env func(string) string, clock func() time.Time, stderr io.Writer) (*settings, error) {
	s := &settings{
		stripeKey: env(envStripeKey), stripeBase: env(envStripeBase), key: env(envKey),
		log: slog.New(slog.NewJSONHandler(stderr, nil)), clock: clock, stderr: stderr,
	}
	for _, secret := range strings.Split(env(envWebhookSecret), ",") {
		if secret != "" {
			s.webhookSecrets = append(s.webhookSecrets, secret)
		}
	}
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	flags.SetOutput(stderr)
	switch command {
	case "fake-stripe":
		flags.StringVar(&s.addr, "addr", "127.0.0.1:12111", "`address` to serve on; this machine only")
	case "close":
		s.common(flags)
		flags.StringVar(&s.month, "month", "", "`month` to close, such as 2026-10")
		flags.StringVar(&s.account, "account", "", "only this `account`; empty: all of them")
		flags.BoolVar(&s.dryRun, "dry-run", false, "show what would be billed, and write nothing")
	default:
		s.common(flags)
		flags.StringVar(&s.addr, "addr", "127.0.0.1:8085", "`address` to serve on; empty with -worker: none")
		flags.StringVar(&s.origin, "origin", "", "`URL` under which browsers find the program; empty: that of -addr")
		flags.BoolVar(&s.web, "web", false, "only answer requests; with PostgreSQL and Stripe")
		flags.BoolVar(&s.worker, "worker", false, "only work: months and webhooks; with PostgreSQL and Stripe")
		flags.DurationVar(&s.rescue, "rescue", 10*time.Minute, "how long a job may run before its machine is taken for gone, on PostgreSQL")
		flags.StringVar(&s.otel, "otel", "", "tell traces and metrics: `stderr`, or otlp to OTEL_EXPORTER_OTLP_ENDPOINT")
	}
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, errors.New("unexpected argument " + flags.Arg(0))
	}
	s.db = cmp.Or(s.db, env(envDB), "production.sqlite")
	return s, s.check(command)
}

// common are the flags of everything that opens the database.
func (s *settings) common(flags *flag.FlagSet) {
	flags.StringVar(&s.db, "db", "", "`database`: a file for SQLite, or a URL postgres://…; empty: $"+envDB+", or production.sqlite")
	flags.StringVar(&s.customer, "customer", "", "`customer` at Stripe, cus_…, who is the demo organisation")
	flags.BoolVar(&s.live, "live", false, "use a live key of Stripe: real invoices to real people")
	flags.DurationVar(&s.lease, "lease", closing.DefaultLease, "how long a closing waits for a process that gives no sign of life")
	flags.IntVar(&s.workers, "workers", 4, "`accounts` that are closed at a time")
}

func (s *settings) check(command string) error {
	if command == "fake-stripe" {
		return nil
	}
	switch {
	case s.web && s.worker:
		return errors.New("-web and -worker exclude each other; without both the program does everything")
	case (s.web || s.worker) && !s.postgres():
		return errors.New("-web and -worker are for several processes: give a PostgreSQL database with -db")
	case (s.web || s.worker) && !s.stripe():
		return errors.New("-web and -worker are for several processes, which cannot share payments in memory: set " + envStripeKey)
	case command == "close" && s.month == "":
		return errors.New("say which month with -month, such as 2026-10")
	case command == "close" && !s.dryRun && !s.stripe():
		return errors.New("payments in memory are those of the running server: close the month on its operator page, or add -dry-run")
	case s.stripe() && s.liveKey() != s.live:
		return errors.New("a live key needs -live, and -live a live key: real invoices to real people")
	case s.live && s.stripeBase != "":
		return errors.New("-live is for Stripe itself, not for " + envStripeBase)
	case s.lease <= 0 || command == "serve" && s.rescue <= 0:
		return errors.New("-lease and -rescue: more than 0")
	case s.workers < 1:
		return errors.New("-workers: at least 1")
	case s.postgres() && len(s.key) < minKey:
		return errors.New("set " + envKey + " to at least 32 random characters, the same for all processes")
	case s.key != "" && len(s.key) < minKey:
		return errors.New(envKey + " is shorter than 32 characters")
	}
	return nil
}

// minKey is the least length of the key, in bytes.
const minKey = 32

func (s *settings) postgres() bool {
	return strings.HasPrefix(s.db, "postgres://") || strings.HasPrefix(s.db, "postgresql://")
}

// liveKey tells whether the key is one of live mode.
func (s *settings) liveKey() bool {
	return strings.HasPrefix(s.stripeKey, "sk_live_") || strings.HasPrefix(s.stripeKey, "rk_live_")
}

func (s *settings) stripe() bool { return s.stripeKey != "" }
