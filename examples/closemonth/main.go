// Command closemonth closes one month of an organisation: it reads tenants and users from a folder, computes the
// statement, prints it, and writes the workbook, the CSV file and the invoices.
//
//	go run ./examples/closemonth                      # the organisation in this folder, October 2026
//	go run ./examples/closemonth -explain bw-1014     # how one amount came about
//	go run ./examples/closemonth -h                   # all flags
//
// README.md says what stands in the folder. Any error is one line with file and row and exit code 1; nothing is
// written then.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"
	_ "time/tzdata" // zones are found on machines without a zone database, too
	"unicode"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// sampleNow is the day on which the organisation in this folder lives: the first one after its month.
const sampleNow = "2026-11-01"

// settings are the flags.
type settings struct {
	month, now    string
	in, out       string
	explain       string
	generate      string
	readerIs      string // who reads the report: billing sees every tenant, member not the sensitive ones (O12)
	perGroup      bool
	output        io.Writer // the statement
	messages      io.Writer // progress
	onTerminal    bool      // output is a terminal that shows styles
	watchProgress bool      // messages is a terminal
}

// run is the program without the process around it. It returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	set, err := parse(args, stdout, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = closeMonth(ctx, set)
		if errors.Is(err, context.Canceled) {
			err = errors.New("interrupted; nothing was written")
		}
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "closemonth:", printable(err.Error())) // the exit code says it, too
		return 1
	}
	return 0
}

func parse(args []string, stdout, stderr io.Writer) (*settings, error) {
	set := &settings{
		output: stdout, messages: stderr,
		onTerminal:    isTerminal(stdout) && os.Getenv("NO_COLOR") == "",
		watchProgress: isTerminal(stderr),
	}
	flags := flag.NewFlagSet("closemonth", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&set.month, "month", "2026-10", "the month to close, as `YYYY-MM`")
	flags.StringVar(&set.now, "now", "", "today, as a `date` or an instant (default "+sampleNow+", with -in the clock);\nthe running month gives a preview without an invoice")
	flags.StringVar(&set.in, "in", "", "read the organisation from this `folder` (default: the built-in one)")
	flags.StringVar(&set.out, "out", "out", "write into this `folder`; it is made if need be")
	flags.StringVar(&set.explain, "explain", "", "also print how the amount of this `user` came about (id or mail address)")
	flags.StringVar(&set.readerIs, "reader", "billing", "the `role` that reads the report: billing, or member, who does not see sensitive tenants")
	flags.BoolVar(&set.perGroup, "per-group", false, "one invoice for each group")
	flags.StringVar(&set.generate, "generate", "", "bill so many made-up `tenants x users`, as 2000x500, in place of those of the folder")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.Usage()
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w (-h lists the flags)", err)
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q (-h lists the flags)", short(flags.Arg(0)))
	case set.readerIs != "billing" && set.readerIs != "member":
		return nil, fmt.Errorf("-reader is %q, want billing or member", short(set.readerIs))
	}
	return set, nil
}

// closeMonth is the whole of it: read, compute, write, print.
func closeMonth(ctx context.Context, set *settings) error {
	bar := newProgress(set)
	defer bar.clear()
	org, err := open(set)
	if err != nil {
		return err
	}
	month, err := org.month(set)
	if err != nil {
		return err
	}
	st, err := usage.Compute(org.input(ctx, month, bar))
	if err != nil {
		return org.locate(err)
	}
	explained, err := explain(st, set)
	if err != nil {
		return err
	}
	written, err := writeAll(ctx, set, org, st, bar)
	if err != nil {
		return err
	}
	bar.clear()
	p := &printer{w: set.output, styled: set.onTerminal}
	p.statement(st, set)
	p.notes(st, org.notCompared(month))
	p.section(explained)
	p.files(written, st, set)
	if p.err != nil {
		return fmt.Errorf("the files are written, but not the statement: %w", p.err)
	}
	return nil
}

// month is the period that is closed, and how much of it is known.
type month struct {
	period   civil.Period
	finality usage.Finality
	asOf     civil.Date // zero when the month is over
}

// month reads -month and -now.
func (o *organisation) month(set *settings) (month, error) {
	period, err := civil.ParseMonth(set.month, o.zone)
	if err != nil {
		return month{}, fmt.Errorf("-month: %s", plain(err))
	}
	now, err := o.now(set)
	if err != nil {
		return month{}, err
	}
	m := month{period: period}
	if m.finality, err = (usage.Availability{}).Check(period, now); err != nil {
		return m, fmt.Errorf("-month: %s (today is %s)", plain(err), civil.DateOf(now, o.zone))
	}
	if m.finality == usage.ToDate {
		m.asOf = civil.DateOf(now, o.zone)
	}
	return m, nil
}

func (o *organisation) now(set *settings) (time.Time, error) {
	text := set.now
	if text == "" {
		if set.in != "" {
			return time.Now(), nil
		}
		text = sampleNow
	}
	if day, err := civil.ParseDate(text); err == nil {
		return day.Start(o.zone), nil
	}
	instant, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return instant, fmt.Errorf("-now is %q, want a date as 2026-11-01 or an instant as 2026-11-01T09:00:00Z", short(text))
	}
	return instant, nil
}

// lastDay is the last day that counts. It is outside the month when nothing is known yet.
func (m month) lastDay() civil.Date {
	if m.asOf.IsZero() {
		return m.period.To().AddDays(-1)
	}
	return m.asOf.AddDays(-1)
}

// short cuts foreign text for a message.
func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// printable keeps foreign text on one line and its control characters from the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
