package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/integration/pgtest"
	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// asProgram tells the binary of the tests that it is to be the program.
const asProgram = "BILLHATCH_PRODUCTION_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	pgtest.Run(m)
}

// fleet is a database, a Stripe, and processes of the program.
type fleet struct {
	env   map[string]string
	db    string
	fake  *stripefake.Server
	clock func() time.Time
}

const testKey = "0123456789abcdef0123456789abcdef"

func newFleet(t *testing.T, clock func() time.Time) *fleet {
	t.Helper()
	fields := map[string]string{}
	for _, field := range strings.Fields(pgtest.DSN(t)) {
		name, value, _ := strings.Cut(field, "=")
		fields[name] = value
	}
	fake := stripefake.New(stripefake.Options{Clock: clock})
	require.NoError(t, addCustomers(t.Context(), fake, clock()))
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	return &fleet{
		fake: fake, clock: clock,
		db: fmt.Sprintf("postgres://%s@/%s?host=%s&port=%s&sslmode=disable", fields["user"], fields["dbname"],
			url.QueryEscape(fields["host"]), fields["port"]),
		env: map[string]string{envKey: testKey, envStripeKey: fake.Key(), envStripeBase: server.URL},
	}
}

// house opens the database of the fleet in this process.
func (f *fleet) house(t *testing.T) *house {
	t.Helper()
	s, err := readSettings("serve", []string{"-db", f.db}, func(name string) string { return f.env[name] }, f.clock, io.Discard)
	require.NoError(t, err)
	h, err := newHouse(t.Context(), s)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.close(context.Background())) }) //nolint:usetesting // the test's context is done by then
	return h
}

// grow adds accounts with seats of 10 dollars: one, two or three of them.
func (f *fleet) grow(t *testing.T, h *house, accounts int) {
	t.Helper()
	plan := usage.Plan{
		Name: "Seats", Currency: "USD", Seats: pricing.Price{Model: pricing.Flat, Unit: money.MustParse("10", "USD")},
	}
	terms, err := invoice.Net(60) // not over when the test runs, whatever day of the month it is
	require.NoError(t, err)
	for i := range accounts {
		id := fmt.Sprintf("fleet%05d", i)
		f.fake.Test().AddCustomer(stripefake.Customer{ID: "cus_" + id, Name: id, Email: "billing@" + id + ".example"})
		ctx, store := t.Context(), h.db.store
		require.NoError(t, store.SaveAccount(ctx, provider.Account{ID: id, Name: id, Customer: "cus_" + id, Currency: "USD", Zone: time.UTC, Terms: terms}))
		require.NoError(t, store.SetPlan(ctx, id, civil.Date{}, plan))
		require.NoError(t, store.SaveTenant(ctx, id, usage.Tenant{ID: "hq", Name: "Headquarters"}))
		_, err := store.ImportCoverage(ctx, id, "hq", func(yield func(usage.Record, error) bool) {
			for user := range 1 + i%3 {
				if !yield(usage.Record{User: strconv.Itoa(user), Covered: usage.Days(civil.MustDate(2026, time.January, 1), civil.Date{})}, nil) {
					return
				}
			}
		})
		require.NoError(t, err)
	}
}

// owes is what such an account is to be billed, in cents.
func owes(i int) int64 { return int64(1+i%3) * 1000 }

// launch starts a process of the program. Its first line tells where it answers.
func (f *fleet) launch(t *testing.T, args ...string) (*exec.Cmd, string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	args = append(args, "-db", f.db, "-lease", "4s", "-rescue", "6s", "-workers", "8")
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "GOMAXPROCS=2")
	for name, value := range f.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var logged strings.Builder
	cmd.Stderr = &logged
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
		if t.Failed() {
			t.Log(logged.String())
		}
	})
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the program did not start")
	return cmd, strings.TrimSuffix(lines.Text(), "/")
}

// end stops a process as an orchestrator does.
func end(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
}

// sent counts the closings of a fleet's accounts that are done.
func sent(t *testing.T, h *house) (n int) {
	t.Helper()
	require.NoError(t, h.db.pool.QueryRow(t.Context(), "SELECT count(*) FROM billhatch_closings WHERE state = 'sent' AND account_id LIKE 'fleet%'").Scan(&n))
	return n
}

// waiting counts the jobs that are not done.
func waiting(t *testing.T, h *house) (n int) {
	t.Helper()
	require.NoError(t, h.db.pool.QueryRow(t.Context(),
		"SELECT count(*) FROM river_job WHERE finalized_at IS NULL").Scan(&n))
	return n
}

// TestAFleetClosesAMonth (O8): two processes that answer requests, three that work; one of these is killed in the middle,
// one is paused past its lease. Judged by the books of the payment provider: one invoice for each account, over what it
// owes. BILLHATCH_FLEET=1 takes 10,000 accounts.
func TestAFleetClosesAMonth(t *testing.T) {
	t.Parallel()
	if os.Getenv("BILLHATCH_INTEGRATION") != "1" && os.Getenv("BILLHATCH_FLEET") != "1" || testing.Short() {
		t.Skip("takes most of a minute: BILLHATCH_INTEGRATION=1")
	}
	accounts, limit := 300, 90*time.Second
	if os.Getenv("BILLHATCH_FLEET") == "1" {
		accounts, limit = 10_000, 30*time.Minute
	}
	f := newFleet(t, time.Now)
	h := f.house(t)
	f.grow(t, h, accounts)
	start := time.Now()

	web1, url1 := f.launch(t, "-web", "-addr", "127.0.0.1:0")
	web2, url2 := f.launch(t, "-web", "-addr", "127.0.0.1:0")
	worker1, _ := f.launch(t, "-worker", "-addr", "")
	worker2, _ := f.launch(t, "-worker", "-addr", "")
	worker3, _ := f.launch(t, "-worker", "-addr", "")

	month, err := lastOver(time.Now())
	require.NoError(t, err)
	form := url.Values{"month": {month.String()}}
	_, body := post(t, (&program{url: url1}).signIn(t, "operator_1"), url1+"/operator/close", form)
	require.Contains(t, body, "The run waits for a worker.")
	_, body = post(t, (&program{url: url2}).signIn(t, "operator_2"), url2+"/operator/close", form)
	require.Contains(t, body, "run waits")

	require.Eventually(t, func() bool { return sent(t, h) >= accounts/10 }, limit, 10*time.Millisecond)
	require.NoError(t, worker1.Process.Signal(syscall.SIGSTOP))
	require.NoError(t, worker2.Process.Kill())
	require.Error(t, worker2.Wait())
	atKill := sent(t, h)
	require.Less(t, atKill, accounts, "in the middle")
	require.Eventually(t, func() bool { return leasesOver(t, h) }, limit, 50*time.Millisecond)
	require.NoError(t, worker1.Process.Signal(syscall.SIGCONT))

	done := func() bool { return sent(t, h) == accounts && waiting(t, h) == 0 }
	require.Eventually(t, done, limit, 100*time.Millisecond, "%v", lateState{t, h})
	t.Logf("%d accounts in %v, %d when one worker was killed and one paused", accounts, time.Since(start).Round(time.Second), atKill)
	require.Equal(t, stateOK, (&program{url: url1}).health(t).Records)
	for _, cmd := range []*exec.Cmd{web1, web2, worker1, worker3} {
		end(t, cmd)
	}
	f.audit(t, accounts)
}

// lateState says what is where when it is printed.
type lateState struct {
	t *testing.T
	h *house
}

// String counts closings and jobs by state.
func (l lateState) String() string {
	var text string
	err := l.h.db.pool.QueryRow(l.t.Context(), `SELECT string_agg(line, '; ') FROM (
		SELECT 'closing ' || state || ' ' || count(*) || ' ' || max(reason) AS line FROM billhatch_closings GROUP BY state
		UNION ALL SELECT 'job ' || kind || ' ' || state || ' ' || count(*) || ' ' || max(coalesce(errors[1]->>'error', '')) FROM river_job GROUP BY kind, state)
		AS lines`).Scan(&text)
	return fmt.Sprint(text, " ", err)
}

// leasesOver tells whether a lease of a process that gives no sign of life has ended.
func leasesOver(t *testing.T, h *house) bool {
	t.Helper()
	var over bool
	require.NoError(t, h.db.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM billhatch_closings
		WHERE until < now() AND state NOT IN ('sent', 'empty', 'parked'))`).Scan(&over))
	return over
}

// audit reads the books of the payment provider.
func (f *fleet) audit(t *testing.T, accounts int) {
	t.Helper()
	books := f.fake.Test().Books()
	require.NoError(t, books.Err())
	require.Empty(t, f.fake.Complaints())
	billed := map[string]int{}
	for i := range books.Invoices {
		inv := &books.Invoices[i]
		if !strings.HasPrefix(inv.Customer, "cus_fleet") {
			continue // of the demonstration
		}
		require.Equal(t, stripefake.Open, inv.Status, "nothing is left behind")
		require.Equal(t, 1, inv.Sent, "sent once")
		billed[inv.Customer]++
		var n int
		if _, err := fmt.Sscanf(inv.Customer, "cus_fleet%d", &n); err == nil {
			require.Equal(t, owes(n), inv.Total, inv.Customer)
		}
	}
	for i := range accounts {
		require.Equal(t, 1, billed[fmt.Sprintf("cus_fleet%05d", i)])
	}
	require.Len(t, billed, accounts)
}

// TestOneProcessOnPostgreSQL: requests, work and webhooks in one process, and a month closed by the command.
func TestOneProcessOnPostgreSQL(t *testing.T) {
	t.Parallel()
	f := newFleet(t, clock)
	f.env[envWebhookSecret] = f.fake.Test().AddEndpoint(stripefake.Endpoint{URL: "https://host.example/hooks/billing"}).Secrets[0]
	h := f.house(t)
	f.grow(t, h, 2)
	p := start(t, f.env, "-db", f.db)

	var out, said strings.Builder
	code := run(t.Context(), []string{"close", "-db", f.db, "-month", "2026-10", "-account", "fleet00001"},
		func(name string) string { return f.env[name] }, clock, &out, &said)
	require.Equal(t, exitDone, code, said.String())
	require.Regexp(t, `^fleet00001: sent 20\.00 USD in_\w+\n$`, out.String())

	deliveries := f.fake.Deliveries()
	require.NotEmpty(t, deliveries)
	for _, d := range deliveries {
		r := d.Request(t.Context())
		to, err := url.Parse(p.url + "/hooks/billing")
		require.NoError(t, err)
		r.URL, r.Host, r.RequestURI = to, to.Host, ""
		status, body := do(t, http.DefaultClient, r)
		require.Equal(t, http.StatusNoContent, status, body)
	}
	require.Equal(t, int64(len(deliveries)), p.health(t).Webhooks["stored"])
	kept := func() (n int) {
		require.NoError(t, h.db.pool.QueryRow(t.Context(),
			"SELECT count(*) FROM host_invoices WHERE account = 'fleet00001' AND settled = 0").Scan(&n))
		return n
	}
	require.Eventually(t, func() bool { return kept() == 1 }, time.Minute, 20*time.Millisecond, "the host keeps what it was told")

	_, page := post(t, p.signIn(t, "operator_1"), p.url+"/operator/close", url.Values{"month": {"2026-10"}})
	require.Contains(t, page, "The run waits for a worker.")
	require.Eventually(t, func() bool { return sent(t, h) == 2 && waiting(t, h) == 0 }, time.Minute, 20*time.Millisecond)
	code, logged := p.stop()
	require.Zero(t, code, logged)
	f.audit(t, 2)
	for _, secret := range []string{f.env[envStripeKey], f.env[envWebhookSecret], testKey, "@"} {
		require.NotContains(t, logged, secret)
	}
}
