package simulate

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
)

// TestTheCheckerFinds whatever may be wrong in the books, each in a world in which nothing else is.
func TestTheCheckerFinds(t *testing.T) {
	t.Parallel()
	month := map[string]string{metaFrom: "2026-02-01"}
	line := func(kind string, cents int64) []stripefake.Line {
		return []stripefake.Line{{Description: kind, Amount: cents, Metadata: map[string]string{metaKind: kind, metaProject: "p1"}}}
	}
	for name, tc := range map[string]struct {
		spoil func(s *scene)
		want  string
	}{
		"a second invoice for the month": {func(s *scene) {
			s.w.realm.AddInvoice(stripefake.Invoice{Customer: s.a.customer, Metadata: month, Lines: line("metered", 64)})
		}, "double bill"},
		"a charge on two invoices": {func(s *scene) {
			s.w.realm.AddInvoice(stripefake.Invoice{Customer: s.a.customer, Metadata: month, Lines: line("metered", 64)})
		}, "double charge"},
		"a draft": {func(s *scene) {
			s.w.realm.AddInvoice(stripefake.Invoice{Customer: s.a.customer, Metadata: month, Status: stripefake.Draft})
		}, "orphan draft"},
		"an invoice that was voided": {func(s *scene) { s.w.realm.Move(s.only().ID, stripefake.Void) }, "void invoice"},
		"an invoice for no month": {func(s *scene) {
			s.w.realm.AddInvoice(stripefake.Invoice{Customer: s.a.customer, Lines: line("metered", 64)})
		}, "which is no month"},
		"an amount that nobody has used": {func(s *scene) {
			s.w.realm.AddInvoice(stripefake.Invoice{Customer: s.a.customer, Metadata: month, Lines: line("metered", 1<<17)})
		}, "that nobody has used"},
		"a line of no kind": {func(s *scene) {
			s.w.realm.AddInvoice(stripefake.Invoice{Customer: s.a.customer, Metadata: month, Lines: line("gift", 1<<17)})
		}, `"gift"`},
		"late usage that nobody has used": {func(s *scene) {
			s.w.realm.AddInvoice(stripefake.Invoice{Customer: s.a.customer, Metadata: month, Lines: []stripefake.Line{{
				Description: "Late usage of 2026-02", Amount: 1<<17 + 5, Metadata: map[string]string{metaKind: "adjustment"},
			}}})
		}, "late that nobody has used"},
		"a charge that came in time and was not billed": {func(s *scene) {
			s.a.charges = append(s.a.charges, &charge{month: s.month, item: "p1", cents: 1 << 17, at: begin()})
		}, "is missing, which was there in time"},
		"a late charge that was not billed": {func(s *scene) {
			s.a.charges = append(s.a.charges, &charge{month: s.month, item: "p1", cents: 1 << 17, at: end(s.month).Add(time.Second)})
		}, "lost charge"},
		"a charge that was billed before it was recorded": {func(s *scene) {
			s.a.charges[0].at = s.w.now()
		}, "was recorded after the invoice was made"},
		"a user who was not billed": {func(s *scene) {
			s.a.charges = append(s.a.charges, &charge{month: s.month, item: staff, cents: staffCents, at: begin()})
		}, "0 users were billed"},
		"a second mail": {func(s *scene) { s.post("/v1/invoices/"+s.only().ID+"/send", "") }, "mailed 2 times"},
		"an item that no invoice has": {func(s *scene) {
			s.w.realm.AddPending(stripefake.Item{Customer: s.a.customer, Amount: 5})
		}, "items that no invoice has"},
		"a request that Stripe does not understand": {func(s *scene) {
			s.post("/v1/invoices", "nonsense=1")
		}, "Stripe complains"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.closes("first", 0)
			s.w.drive()
			s.closed(1)
			tc.spoil(s)
			s.w.report.Problems = nil
			s.w.check()
			require.Contains(t, strings.Join(s.w.report.Problems, "\n"), tc.want)
		})
	}
}

// only is the only invoice in the books.
func (s *scene) only() stripefake.Invoice {
	s.Helper()
	books := s.w.realm.Books()
	require.Len(s, books.Invoices, 1)
	return books.Invoices[0]
}

// TestARestoredLedgerIsTheOlderOne in every closing, with its version and its times.
func TestARestoredLedgerIsTheOlderOne(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	closings := func() []provider.Closing {
		page, err := s.w.store.books().Closings(t.Context(), provider.ClosingQuery{Limit: provider.MaxPage})
		require.NoError(t, err)
		return page.Closings
	}
	states := map[int][]provider.Closing{0: nil}
	s.w.calling = func(*task, string) { states[len(s.w.store.writes)] = closings() }
	s.closes("first", 0)
	s.w.drive()
	require.Greater(t, len(states), 5)
	for writes := len(s.w.store.writes); writes >= 0; writes-- {
		if want, seen := states[writes]; seen {
			s.w.store.restore(writes)
			require.Equal(t, want, closings(), "%d writes", writes)
		}
	}
}

// TestAKilledProcessDoesNothingMore, whatever it has deferred and whoever recovers.
func TestAKilledProcessDoesNothingMore(t *testing.T) {
	t.Parallel()
	for _, at := range []int{1, 2, 3, 5, 8, 13, 17} {
		s := newScene(t)
		n := 0
		s.w.calling = func(p *task, op string) {
			require.LessOrEqual(t, n, at, op)
			if n++; n > at {
				p.die()
			}
		}
		s.process("first", 0, func(_ *task, c *closing.Closer) {
			_, _ = c.Run(t.Context(), s.month, closing.RunOptions{Workers: 1})
			_, _ = c.Close(t.Context(), s.a.id, s.month)
		})
		before := len(s.w.fake.Requests())
		s.w.ahead = func(*task, *http.Request) { require.LessOrEqual(t, n, at) }
		s.w.drive()
		require.Greater(t, n, at)
		require.GreaterOrEqual(t, len(s.w.fake.Requests()), before)
	}
}

// TestWorkerCounts races two, three, eight and 64 processes for the same months.
func TestWorkerCounts(t *testing.T) {
	t.Parallel()
	for workers, worlds := range map[int]int{2: 30, 3: 20, 8: 10, 64: 2} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(worlds) {
				r := Run(seed+1, Options{Workers: workers})
				require.Empty(t, r.Problems, "seed %d, %d workers", seed+1, workers)
				require.NotZero(t, r.Invoices)
			}
		})
	}
}
