package closing_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/internal/integration/pgtest"
	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/sqlstore"
	"github.com/billhatch/billhatch/provider/stripe"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// full tells whether tests take the time for everything, and miss no program.
func full() bool { return os.Getenv("BILLHATCH_INTEGRATION") == "1" }

// number reads a setting for a longer run.
func number(tb testing.TB, name string, otherwise int) int {
	tb.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(tb, err, name)
	return n
}

// seeded gives a source of chance, and says in the log how to have the same one again.
func seeded(tb testing.TB) *rand.Rand {
	tb.Helper()
	seed := uint64(number(tb, "BILLHATCH_SEED", int(rand.Uint32()))) //nolint:gosec // chance for tests
	tb.Logf("BILLHATCH_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // chance for tests
}

// engine is a database that the tests run on.
type engine struct {
	name    string
	dialect sqlstore.Dialect
	driver  string
	ready   func(tb testing.TB) string // address of a new database with the schema
}

func sqliteEngine() engine {
	return engine{name: "sqlite", dialect: sqlstore.SQLite, driver: "sqlite", ready: readySQLite}
}

func postgresEngine() engine {
	return engine{
		name: "postgres", dialect: sqlstore.PostgreSQL, driver: "pgx",
		ready: func(tb testing.TB) string {
			tb.Helper()
			return pgtest.Copy(tb, "ready", func(dsn string) error { return migrate("pgx", sqlstore.PostgreSQL, dsn) })
		},
	}
}

// each runs a test on every engine, at the same time.
func each(t *testing.T, test func(t *testing.T, e engine)) {
	t.Helper()
	for _, e := range []engine{sqliteEngine(), postgresEngine()} {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			test(t, e)
		})
	}
}

// readySQLite makes a file with the schema. It need not outlive the machine, only processes.
func readySQLite(tb testing.TB) string {
	tb.Helper()
	dsn := "file:" + filepath.Join(tb.TempDir(), "billing.db") +
		"?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(OFF)&_txlock=immediate"
	require.NoError(tb, migrate("sqlite", sqlstore.SQLite, dsn))
	return dsn
}

func migrate(driver string, dialect sqlstore.Dialect, dsn string) error {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	store, err := newStore(db, dialect)
	if err == nil {
		err = store.Migrate(context.Background())
	}
	return errors.Join(err, db.Close())
}

// newStore has leases by the clock of the database, as in production.
func newStore(db *sql.DB, dialect sqlstore.Dialect) (*sqlstore.Store, error) {
	return sqlstore.Open(db, sqlstore.Config{Dialect: dialect, Keys: [][]byte{[]byte("0123456789abcdef0123456789abcdef")}})
}

// world is a database, a Stripe with its own clock, and accounts whose months are closed.
type world struct {
	testing.TB
	engine  engine
	dsn     string
	store   *sqlstore.Store // the test's own, for seeding and reconciling
	fake    *stripefake.Server
	offset  atomic.Int64 // of the world's clock before that of the machine, in nanoseconds
	month   civil.Period // that is closed now
	tenants []tenant
	guests  int // how many months from January 2026 on have a guest

	mu    sync.Mutex
	front http.Handler // what stands before the fake
	url   string
}

// tenant is what a line is billed for.
type tenant struct {
	account, customer, id, name string
	users                       int // all month
}

// opened is a world that begins on the first of October 2026.
func opened(tb testing.TB, e engine) *world {
	tb.Helper()
	w := &world{TB: tb, engine: e, dsn: e.ready(tb), guests: 36}
	w.fake = stripefake.New(stripefake.Options{Clock: w.now})
	w.front = w.fake
	w.store = w.open()
	w.begin(2026, time.September)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		front := w.front
		w.mu.Unlock()
		front.ServeHTTP(rw, r)
	}))
	tb.Cleanup(server.Close)
	w.url = server.URL
	tb.Cleanup(func() { require.Empty(tb, w.fake.Complaints()) })
	return w
}

// open gives a store with connections of its own.
func (w *world) open() *sqlstore.Store {
	w.Helper()
	db, err := sql.Open(w.engine.driver, w.dsn)
	require.NoError(w, err)
	w.Cleanup(func() { require.NoError(w, db.Close()) })
	db.SetMaxOpenConns(3)
	db.SetMaxIdleConns(3)
	store, err := newStore(db, w.engine.dialect)
	require.NoError(w, err)
	return store
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.offset.Load())) }

// begin goes to the morning after a month, which is the one to be closed. A month that was before stays before.
func (w *world) begin(year int, month time.Month) {
	w.Helper()
	var err error
	w.month, err = civil.Month(year, month, time.UTC)
	require.NoError(w, err)
	w.offset.Add(int64(w.month.To().Start(time.UTC).Add(6 * time.Hour).Sub(w.now())))
}

// setFront puts something before the fake; nil takes it away.
func (w *world) setFront(h http.Handler) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.front = h; h == nil {
		w.front = w.fake
	}
}

// cents is what a user is charged for a whole month.
const cents = 301

// add adds an account with so many tenants. Each has users who are always covered, and a guest who is covered for the
// first 15 days of every month.
func (w *world) add(store *sqlstore.Store, id string, tenants int) {
	w.Helper()
	ctx := w.Context()
	customer := w.fake.Test().AddCustomer(stripefake.Customer{Name: id, Email: "billing@" + id + ".example.com", Currency: "usd"})
	require.NoError(w, store.SaveAccount(ctx, provider.Account{ID: id, Name: id, Customer: customer.ID, Currency: "USD", Zone: time.UTC}))
	require.NoError(w, store.SetPlan(ctx, id, civil.MustDate(2026, 1, 1), usage.Plan{
		Name: "Seats", Currency: "USD", Seats: pricing.Price{Model: pricing.Flat, Unit: money.MustParse("3.01", "USD")},
	}))
	for i := range tenants {
		t := tenant{id, customer.ID, fmt.Sprintf("t%d", i), fmt.Sprintf("Tenant %d of %s", i, id), 1 + (len(w.tenants)+i)%4}
		w.tenants = append(w.tenants, t)
		require.NoError(w, store.SaveTenant(ctx, id, usage.Tenant{ID: t.id, Name: t.name}))
		_, err := store.ImportCoverage(ctx, id, t.id, t.roster(w.guests))
		require.NoError(w, err)
	}
}

// roster covers the users, and the guest in so many months.
func (t tenant) roster(guests int) iter.Seq2[usage.Record, error] {
	return func(yield func(usage.Record, error) bool) {
		for i := range guests {
			first := civil.DateOf(time.Date(2026, time.January+time.Month(i), 1, 0, 0, 0, 0, time.UTC), time.UTC)
			if !yield(usage.Record{User: "guest", Name: "guest", Address: "guest@example.com", Covered: usage.Days(first, first.AddDays(15))}, nil) {
				return
			}
		}
		for i := range t.users {
			name := fmt.Sprintf("user-%d", i)
			r := usage.Record{User: name, Name: name, Address: name + "@example.com", Covered: usage.Days(civil.MustDate(2026, 1, 1), civil.Date{})}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// owes is what a tenant comes to in a month: 15 days of the guest are rounded half up.
func (t tenant) owes(month civil.Period) int64 {
	days := int64(month.To().Ordinal() - month.From().Ordinal())
	return int64(t.users)*cents + (2*15*cents+days)/(2*days)
}

// accounts are the ids of all accounts.
func (w *world) accounts() []string {
	var ids []string
	for _, t := range w.tenants {
		ids = append(ids, t.account)
	}
	return slices.Compact(ids)
}

// config is that of a closer with its own store and its own connections to Stripe.
func (w *world) config(owner string, store *sqlstore.Store, change ...func(*stripe.Config)) closing.Config {
	w.Helper()
	payments, err := newPayments(w.url, w.fake.Key(), w.now, change...)
	require.NoError(w, err)
	w.Cleanup(payments.Close)
	return newConfig(owner, store, payments, w.now)
}

func newPayments(url, key string, clock func() time.Time, change ...func(*stripe.Config)) (*stripe.Provider, error) {
	cfg := stripe.Config{
		Key: func(context.Context) (string, error) { return key, nil }, Clock: clock, BaseURL: url,
		Limits: stripe.Limits{Account: 1e9, Endpoint: 1e9},
	}
	for _, f := range change {
		f(&cfg)
	}
	return stripe.New(cfg)
}

// newConfig looks again soon when it has to wait.
func newConfig(owner string, records provider.Records, payments provider.Payments, clock func() time.Time) closing.Config {
	return closing.Config{
		Payments: payments, Records: records, Clock: clock, Owner: owner,
		Sleep: func(ctx context.Context, d time.Duration) error {
			timer := time.NewTimer(min(d, 50*time.Millisecond))
			defer timer.Stop()
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-timer.C:
				return nil
			}
		},
	}
}

// counted counts how often a closer waits for another one.
func counted(sleep func(context.Context, time.Duration) error, n *atomic.Int64) func(context.Context, time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		n.Add(1)
		return sleep(ctx, d)
	}
}

func (w *world) closer(cfg closing.Config) *closing.Closer {
	w.Helper()
	c, err := closing.New(cfg)
	require.NoError(w, err)
	return c
}

// line is what a tenant is billed in a month.
type line struct {
	customer, tenant string
	amount           int64
}

// billed wants the books to be right, and gives the ids of the invoices by account.
func (w *world) billed() map[string]string {
	w.Helper()
	ids, err := w.check()
	require.NoError(w, err)
	return ids
}

// errTwice is what must never happen.
var errTwice = errors.New("billed twice")

// check finds what is wrong in the books: they must hold, for every account and the month, exactly one invoice that is
// final, with exactly the lines that are owed, mailed once; and no draft. It gives the ids of the invoices by account.
func (w *world) check() (map[string]string, error) {
	books := w.fake.Test().Books()
	errs := []error{books.Err()}
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(books.Pending) > 0 {
		wrong("%d items are pending", len(books.Pending))
	}
	customers := map[string]string{}
	owed := map[line]int{}
	for _, t := range w.tenants {
		customers[t.customer] = t.account
		owed[line{t.customer, t.name, t.owes(w.month)}]++
	}
	ids := map[string]string{}
	begins := w.month.From().Start(time.UTC)
	for i := range books.Invoices {
		x := &books.Invoices[i]
		account := customers[x.Customer]
		switch {
		case x.Status == stripefake.Draft:
			wrong("a draft of %s is left", account)
			continue
		case len(x.Lines) > 0 && x.Lines[0].PeriodStart.Before(begins):
			continue // it was looked at in its own month
		case x.Status != stripefake.Open:
			wrong("an invoice of %s is %s", account, x.Status)
		case ids[account] != "":
			wrong("%s: %w", account, errTwice)
		case x.Sent != 1:
			wrong("the invoice of %s was sent %d times", account, x.Sent)
		}
		ids[account] = x.ID
		for _, l := range x.Lines {
			name, _, _ := strings.Cut(l.Description, ":")
			owed[line{x.Customer, name, l.Amount}]--
		}
	}
	for l, n := range owed {
		if n != 0 {
			wrong("%s: a line of %d cents is there %d times more than it is owed", l.tenant, l.amount, -n)
		}
	}
	return ids, errors.Join(errs...)
}

// afterwards goes on until drafts that were left behind are nobody's, and reconciles every account: then nothing is left
// to be done.
func (w *world) afterwards() {
	w.Helper()
	w.offset.Add(int64(25 * time.Minute))
	closer := w.closer(w.config("reconciler", w.store))
	for _, account := range w.accounts() {
		found, err := closer.Reconcile(w.Context(), account, w.month.From())
		require.NoError(w, err)
		require.Empty(w, found, account)
		_, err = w.store.VerifyAudit(w.Context(), account)
		require.NoError(w, err)
	}
}
