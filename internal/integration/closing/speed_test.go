package closing_test

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/sqlstore"
	"github.com/billhatch/billhatch/provider/stripe"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// BenchmarkClose closes the month of many accounts, one after the other, with Stripe in the same process and without its
// limits: what is counted is work, and no waiting. It tells how much of the time goes into the store, and into the payment
// provider, which is the adapter and the fake behind it; and what an account costs when there are more of them.
//
//	go test ./closing -run '^$' -bench Close -benchtime 1x -timeout 30m
func BenchmarkClose(b *testing.B) {
	for _, e := range []engine{sqliteEngine(), postgresEngine()} {
		for _, n := range []int{1000, 3000, 10_000} {
			b.Run(fmt.Sprintf("%s/%d accounts", e.name, n), func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					m := manyAccounts(b, e, n)
					runtime.GC()
					b.StartTimer()
					began, busy := time.Now(), processorTime(b)
					m.run(b)
					m.report(b, time.Since(began), processorTime(b)-busy, n)
				}
			})
		}
	}
}

// TestAnAccountCostsTheSameAmongMany: the last of many accounts is closed with as many statements and requests as the
// first ones.
func TestAnAccountCostsTheSameAmongMany(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e engine) {
		const warm = 5 // accounts until every connection knows its statements
		many := 25
		if full() {
			many = 100
		}
		m := manyAccounts(t, e, many)
		var first [2]int
		for i, account := range m.accounts() {
			before := [2]int{m.breaker.seen, m.requests()}
			_, err := m.closer.Close(t.Context(), account, m.month)
			require.NoError(t, err)
			cost := [2]int{m.breaker.seen - before[0], m.requests() - before[1]}
			if i == warm {
				first = cost
				t.Logf("%d statements and %d requests for an account of two lines", cost[0], cost[1])
			}
			if i > warm {
				require.Equal(t, first, cost, "statements and requests of account %d", i)
			}
		}
		require.Len(t, m.billed(), many)
	})
}

// metered is a world whose time is measured.
type metered struct {
	*world
	breaker         *breaker // counts
	closer          *closing.Closer
	store, provider stopwatch
}

// manyAccounts makes a world of accounts with two tenants each.
func manyAccounts(tb testing.TB, e engine, n int) *metered {
	tb.Helper()
	m := &metered{world: opened(tb, e), breaker: &breaker{}}
	m.guests = 9
	m.addMany(n)
	db := e.watched(tb, m.dsn, m.breaker)
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })
	store, err := newStore(db, e.dialect)
	require.NoError(tb, err)
	cfg := m.config("closer", store, func(c *stripe.Config) { c.BaseURL, c.Transport = "", m.fake.Transport() })
	payments, ok := cfg.Payments.(*stripe.Provider)
	require.True(tb, ok)
	cfg.Records = &timedStore{store, &m.store}
	cfg.Payments = &timedPayments{payments, &m.provider}
	m.closer = m.world.closer(cfg)
	return m
}

// addMany adds accounts, many in a transaction.
func (w *world) addMany(n int) {
	w.Helper()
	db := w.engine.watched(w, w.dsn, &breaker{})
	defer func() { require.NoError(w, db.Close()) }()
	store, err := newStore(db, w.engine.dialect)
	require.NoError(w, err)
	const batch = 250
	for from := 0; from < n; from += batch {
		tx, err := db.BeginTx(w.Context(), nil)
		require.NoError(w, err)
		for i := from; i < min(from+batch, n); i++ {
			w.add(store.In(tx), fmt.Sprintf("acct-%05d", i), 2)
		}
		require.NoError(w, tx.Commit())
	}
}

func (m *metered) run(tb testing.TB) {
	tb.Helper()
	summary, err := m.closer.Run(tb.Context(), m.month, closing.RunOptions{Workers: 1})
	require.NoError(tb, err)
	require.Equal(tb, closing.Summary{Closed: len(m.tenants) / 2}, summary)
}

func (m *metered) requests() int { return len(m.fake.Visits()) }

// processorTime is what this process has used of the processors, which counts on a machine that is busy with others, too.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var used syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func (m *metered) report(b *testing.B, took, busy time.Duration, n int) {
	b.Helper()
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(n) }
	share := func(d time.Duration) float64 { return 100 * d.Seconds() / took.Seconds() }
	b.ReportMetric(each(took), "µs/account")
	b.ReportMetric(each(busy), "processor-µs/account")
	b.ReportMetric(share(m.store.spent), "%store")
	b.ReportMetric(share(m.provider.spent), "%provider")
	b.ReportMetric(share(took-m.store.spent-m.provider.spent), "%rest")
	b.ReportMetric(float64(m.breaker.seen)/float64(n), "statements/account")
	b.ReportMetric(float64(m.requests())/float64(n), "requests/account")
}

// stopwatch sums up the time of calls of one goroutine.
type stopwatch struct{ spent time.Duration }

func (s *stopwatch) since(began time.Time) { s.spent += time.Since(began) }

// timed measures a sequence, but not what is done with its values.
func timed[T any](s *stopwatch, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		began := time.Now()
		defer func() { s.since(began) }()
		for value, err := range seq {
			s.since(began)
			more := yield(value, err)
			began = time.Now()
			if !more {
				return
			}
		}
	}
}

// timedStore measures what a close asks of a store.
type timedStore struct {
	*sqlstore.Store
	watch *stopwatch
}

func (s *timedStore) Account(ctx context.Context, id string) (provider.Account, error) {
	defer s.watch.since(time.Now())
	return s.Store.Account(ctx, id)
}

func (s *timedStore) Accounts(ctx context.Context, q provider.AccountQuery) (provider.AccountPage, error) {
	defer s.watch.since(time.Now())
	return s.Store.Accounts(ctx, q)
}

func (s *timedStore) Plan(ctx context.Context, account string, period civil.Period) (provider.Agreement, error) {
	defer s.watch.since(time.Now())
	return s.Store.Plan(ctx, account, period)
}

func (s *timedStore) Tenants(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Tenant, error] {
	return timed(s.watch, func(yield func(usage.Tenant, error) bool) {
		for tenant, err := range s.Store.Tenants(ctx, account, period) {
			if tenant.Users != nil {
				tenant.Users = timed(s.watch, tenant.Users)
			}
			if !yield(tenant, err) {
				return
			}
		}
	})
}

func (s *timedStore) Projects(ctx context.Context, account string, period civil.Period) iter.Seq2[usage.Project, error] {
	return timed(s.watch, s.Store.Projects(ctx, account, period))
}

func (s *timedStore) Put(ctx context.Context, c provider.Closing) (provider.Closing, error) {
	defer s.watch.since(time.Now())
	return s.Store.Put(ctx, c)
}

func (s *timedStore) Closing(ctx context.Context, key provider.ClosingKey) (provider.Closing, error) {
	defer s.watch.since(time.Now())
	return s.Store.Closing(ctx, key)
}

func (s *timedStore) Freeze(ctx context.Context, f provider.FrozenStatement) error {
	defer s.watch.since(time.Now())
	return s.Store.Freeze(ctx, f)
}

func (s *timedStore) Statement(ctx context.Context, key provider.ClosingKey) (provider.FrozenStatement, error) {
	defer s.watch.since(time.Now())
	return s.Store.Statement(ctx, key)
}

func (s *timedStore) Append(ctx context.Context, e provider.AuditEntry) (provider.AuditEntry, error) {
	defer s.watch.since(time.Now())
	return s.Store.Append(ctx, e)
}

// timedPayments measures what a close asks of the payment provider, without what the provider asks of the ledger.
type timedPayments struct {
	*stripe.Provider
	watch *stopwatch
}

func (p *timedPayments) Invoices(ctx context.Context, q provider.InvoiceQuery) (provider.InvoicePage, error) {
	defer p.watch.since(time.Now())
	return p.Provider.Invoices(ctx, q)
}

func (p *timedPayments) Invoice(ctx context.Context, customer, id string) (invoice.Invoice, error) {
	defer p.watch.since(time.Now())
	return p.Provider.Invoice(ctx, customer, id)
}

func (p *timedPayments) Issue(ctx context.Context, r provider.IssueRequest) (invoice.Invoice, error) {
	began := time.Now()
	pause := func() func() {
		p.watch.since(began)
		return func() { began = time.Now() }
	}
	claim, before := r.Claim, r.Before
	r.Claim = func(ctx context.Context, id string) (string, error) {
		defer pause()()
		return claim(ctx, id)
	}
	r.Before = func(ctx context.Context, step provider.IssueStep) error {
		defer pause()()
		return before(ctx, step)
	}
	defer func() { p.watch.since(began) }()
	return p.Provider.Issue(ctx, r)
}
