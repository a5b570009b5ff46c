package stripe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// ledger is what closers share: the first id that is claimed holds.
type ledger struct {
	mu     sync.Mutex
	id     string
	claims []string
}

func (l *ledger) claim(_ context.Context, id string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.claims = append(l.claims, id)
	if l.id == "" {
		l.id = id
	}
	return l.id, nil
}

func (l *ledger) known() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.id
}

// hooked gives a request the hooks, with what the ledger holds now; nil: the request as it is.
func (l *ledger) hooked(r provider.IssueRequest) provider.IssueRequest {
	if l != nil {
		r.Known, r.Claim = l.known(), l.claim
		r.Before = func(context.Context, provider.IssueStep) error { return nil }
	}
	return r
}

// holds wants the ledger, when there is one, to have this invoice.
func (l *ledger) holds(t testing.TB, id string) {
	t.Helper()
	if l != nil {
		require.Equal(t, id, l.known())
	}
}

// errLeaseLost is an error of a closer. It looks like one of ours, and must not be taken for one.
var errLeaseLost = fmt.Errorf("the lease is lost: %w", &provider.Error{Op: "Renew", Kind: provider.ErrConflict})

// TestHooksCostNoRequest, and are asked once for each request that changes something, in its order.
func TestHooksCostNoRequest(t *testing.T) {
	t.Parallel()
	plainly, ledgered := openShop(t), openShop(t)
	r := plainly.request(3)
	r.Send = true
	_, err := plainly.process().Issue(t.Context(), r)
	require.NoError(t, err)

	r = ledgered.request(3)
	r.Send = true
	var asked []provider.IssueStep
	l := &ledger{}
	hooked := l.hooked(r)
	hooked.Before = func(_ context.Context, step provider.IssueStep) error {
		asked = append(asked, step)
		return nil
	}
	got, err := ledgered.process().Issue(t.Context(), hooked)
	require.NoError(t, err)
	require.Equal(t, plainly.requests(), ledgered.requests())
	require.Equal(t, []provider.IssueStep{
		provider.StepDraft, provider.StepLine, provider.StepLine, provider.StepLine, provider.StepFinalize, provider.StepSend,
	}, asked)
	require.Equal(t, []string{got.ID}, l.claims)

	ledgered.fake.ResetRequests()
	r.Send = false
	_, err = ledgered.process().Issue(t.Context(), l.hooked(r))
	require.NoError(t, err)
	require.Equal(t, []string{"GET /v1/invoices/{invoice}", "GET /v1/invoices/{invoice}"}, ledgered.requests(), "what is known is not looked for")
	require.Len(t, l.claims, 1, "nor claimed")
}

// draftOf puts a draft of the key into the books, without lines, as old as told; for a plan, or that of the request.
func (s *shop) draftOf(r provider.IssueRequest, age time.Duration, plan string) string {
	s.Helper()
	if plan == "" {
		is, err := s.process().newIssue(&r)
		require.NoError(s, err)
		plan = is.plan
	}
	return s.realm.AddInvoice(stripefake.Invoice{
		Customer: r.Customer, Status: stripefake.Draft, Created: s.fake.Now().Add(-age), Lines: []stripefake.Line{},
		Metadata: planMetadata(&r, plan), DaysUntilDue: 30,
	}).ID
}

// TestTheLedgerDecides: each case is what is there when a request comes, oldest first, and what is there after it; "new"
// is what the request makes.
func TestTheLedgerDecides(t *testing.T) {
	t.Parallel()
	type there struct {
		name  string
		age   time.Duration
		other bool   // of another plan
		final string // status that it is brought to; empty: a draft
	}
	const young, old = 19 * time.Minute, 21 * time.Minute
	for _, tc := range []struct {
		name   string
		there  []there
		holds  string // by the ledger, not known to the request
		known  string // by the ledger, and to the request
		kind   error
		issued string   // which became the invoice
		gone   []string // that are deleted
	}{
		{name: "nothing is there: a draft is made and claimed", issued: "new"},
		{name: "a draft of an earlier attempt is claimed and finished", there: []there{{name: "a", age: young}}, issued: "a"},
		{name: "of several the oldest is, and the others stay while somebody may be at work", there: []there{{name: "a", age: young}, {name: "b", age: time.Minute}}, issued: "a"},
		{name: "others that are old are deleted in the end", there: []there{{name: "a", age: 2 * old}, {name: "b", age: old}, {name: "c", age: young}}, issued: "a", gone: []string{"b"}},
		{name: "one that is final is adopted, before a draft", there: []there{{name: "a", age: 2 * old}, {name: "b", age: old, final: stripefake.Open}}, issued: "b", gone: []string{"a"}},
		{name: "one that is paid is adopted", there: []there{{name: "a", age: old, final: stripefake.Paid}}, issued: "a"},
		{name: "one that is final and that the ledger does not hold is a conflict", there: []there{{name: "a", age: old, final: stripefake.Open}, {name: "b", age: old}}, holds: "b", kind: provider.ErrConflict},
		{name: "one that is final with another plan is a conflict", there: []there{{name: "a", age: old, other: true, final: stripefake.Open}}, kind: provider.ErrConflict},
		{name: "a draft of another plan has to be waited for", there: []there{{name: "a", age: young, other: true}}, kind: provider.ErrUnavailable},
		{name: "a draft of another plan has to be waited for beside one of the plan", there: []there{{name: "a", age: young}, {name: "b", age: young, other: true}}, kind: provider.ErrUnavailable},
		{name: "an old draft of another plan is deleted", there: []there{{name: "a", age: old, other: true}}, issued: "new", gone: []string{"a"}},
		{name: "the ledger holds a younger draft: the older one is deleted", there: []there{{name: "a", age: young}, {name: "b", age: time.Minute}}, holds: "b", issued: "b", gone: []string{"a"}},
		{name: "the ledger has held an old draft of another plan and has not told", there: []there{{name: "a", age: young}, {name: "b", age: old, other: true}}, holds: "b", kind: provider.ErrNotFound, gone: []string{"b", "a"}},
		{name: "the ledger holds one that was deleted", there: []there{{name: "a", age: young}}, holds: "in_deleted", kind: provider.ErrNotFound, gone: []string{"a"}},
		{name: "the ledger holds nonsense", there: []there{{name: "a", age: young}}, holds: "a/../b", kind: provider.ErrConflict},
		{name: "the known draft is finished whatever else is there", there: []there{{name: "a", age: 2 * old}, {name: "b", age: old}}, known: "b", issued: "b"},
		{name: "the known one is final", there: []there{{name: "a", age: old, final: stripefake.Open}}, known: "a", issued: "a"},
		{name: "the known one is of another plan", there: []there{{name: "a", age: old, other: true}}, known: "a", kind: provider.ErrConflict},
		{name: "the known one was deleted", known: "in_deleted", kind: provider.ErrNotFound},
		{name: "the known one is no id", known: "in_1/../x", kind: provider.ErrNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			r := s.request(2)
			ids := map[string]string{}
			for _, d := range tc.there {
				plan := ""
				if d.other {
					plan = "another"
				}
				ids[d.name] = s.draftOf(r, d.age, plan)
				if d.final != "" {
					is, err := s.process().newIssue(&r)
					require.NoError(t, err)
					is.began = s.fake.Now()
					_, err = is.fill(t.Context(), ids[d.name], true)
					require.NoError(t, err)
					s.realm.Move(ids[d.name], d.final)
				}
			}
			named := func(name string) string {
				if id := ids[name]; id != "" {
					return id
				}
				return name
			}
			l := &ledger{id: named(tc.holds + tc.known)}
			before := s.realm.Books()
			s.fake.ResetRequests()
			hooked := l.hooked(r)
			hooked.Known = named(tc.known)
			got, err := s.process().Issue(t.Context(), hooked)
			require.Equal(t, tc.kind, provider.Kind(err), "%v", err)
			after := s.realm.Books()
			var gone []string
			for _, name := range tc.gone {
				gone = append(gone, ids[name])
			}
			require.Equal(t, gone, after.Deleted)
			if tc.kind != nil {
				writes := slices.DeleteFunc(s.requests(), func(route string) bool { return strings.HasPrefix(route, "GET ") })
				require.Len(t, writes, len(gone), "nothing but deletions of drafts is tried")
				require.Len(t, after.Invoices, len(before.Invoices)-len(gone))
				for _, x := range after.Invoices {
					was, _ := before.Invoice(x.ID)
					require.Equal(t, was, x, "nothing is done to what is not ours")
				}
				return
			}
			if tc.issued != "new" {
				require.Equal(t, ids[tc.issued], got.ID)
			}
			x, _ := s.billed(r)
			require.Equal(t, got.ID, x.ID)
			l.holds(t, got.ID)
		})
	}
}

// TestWhatIsKnownIsNobodyElses: neither another customer's nor of another key.
func TestWhatIsKnownIsNobodyElses(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	r := s.request(2)
	other := r
	other.Key = "another key"
	stranger := r
	stranger.Customer = s.realm.AddCustomer(stripefake.Customer{Email: "b@beta.example", Currency: "usd"}).ID
	for name, tc := range map[string]struct {
		id   string
		kind error
	}{
		"of another key":      {s.draftOf(other, 0, ""), provider.ErrConflict},
		"of another customer": {s.draftOf(stranger, 0, ""), provider.ErrForeign},
	} {
		hooked := r
		hooked.Known = tc.id
		_, err := s.process().Issue(t.Context(), hooked)
		s.refused(err, tc.kind, "")
		x, _ := s.realm.Books().Invoice(tc.id)
		require.Empty(t, x.Lines, name)
	}
}

// A draft that the ledger holds and a person deletes, before any request or before the second time that it is tried, is
// not found, and is never made anew under the key.
func TestAClaimedDraftThatIsDeletedIsNotMadeAnew(t *testing.T) {
	t.Parallel()
	for n := 2; n <= 6; n++ {
		t.Run(fmt.Sprintf("at request %d", n), func(t *testing.T) {
			t.Parallel()
			s, l := openShop(t), &ledger{}
			r := s.request(3)
			s.at(n, func() { s.realm.DeleteDraft(s.only().ID) })
			for _, later := range []time.Duration{0, time.Minute, 27 * time.Hour} {
				s.fake.Advance(later)
				_, err := s.process().Issue(t.Context(), l.hooked(r))
				s.refused(err, provider.ErrNotFound, "known")
				s.nothing()
			}
			require.Len(t, s.fake.RequestsTo("POST /v1/invoices"), 1)
		})
	}
}

// A draft that is changed under the hands of a request is looked at once more; one that is deleted then is gone as well.
func TestAClaimedDraftThatIsDeletedTheSecondTime(t *testing.T) {
	t.Parallel()
	s, l := openShop(t), &ledger{}
	r := s.request(1)
	s.fake.FailNext("POST /v1/invoiceitems", stripefake.Refused(400, "invalid_request_error", "invoice_not_editable", "", ""))
	looked := 0
	s.fake.Hook(func(q stripefake.Request) {
		if q.Route == "GET /v1/invoices/{invoice}" {
			if looked++; looked == 2 { // the first is that of the second time
				s.fake.Hook(nil)
				s.realm.DeleteDraft(s.only().ID)
			}
		}
	})
	_, err := s.process().Issue(t.Context(), l.hooked(r))
	s.refused(err, provider.ErrNotFound, "known")
	s.nothing()
}

// TestAnotherPlanIsNotRefusedForTheFirstOne: the draft of the first plan was made under the key a while ago, which Stripe
// remembers for a day.
func TestAnotherPlanIsNotRefusedForTheFirstOne(t *testing.T) {
	t.Parallel()
	s, l := openShop(t), &ledger{}
	first, second := s.request(2), s.request(3)
	lost := errors.New("the process ends before it can claim")
	hooked := first
	hooked.Claim = func(context.Context, string) (string, error) { return "", lost }
	_, err := s.process().Issue(t.Context(), hooked)
	require.Equal(t, lost, err, "as it is")
	require.Len(t, s.requests(), 2, "nothing more is sent")

	_, err = s.process().Issue(t.Context(), l.hooked(second))
	s.refused(err, provider.ErrUnavailable, "")
	s.fake.Advance(20*time.Minute + time.Second)
	_, err = s.process().Issue(t.Context(), l.hooked(second))
	require.NoError(t, err)
	_, drafts := s.billed(second)
	require.Zero(t, drafts)

	_, err = s.process().Issue(t.Context(), l.hooked(first))
	s.refused(err, provider.ErrConflict, "")
}

// refusing is a Before that refuses from its n-th question on, from 0, and counts what was sent until then.
func (s *shop) refusing(n int) (before func(context.Context, provider.IssueStep) error, sent *int, steps *[]provider.IssueStep) {
	sent, steps = new(int), new([]provider.IssueStep)
	return func(_ context.Context, step provider.IssueStep) error {
		*steps = append(*steps, step)
		if len(*steps) > n {
			*sent = len(s.fake.Requests())
			return errLeaseLost
		}
		return nil
	}, sent, steps
}

// TestWhenTheCallerRefusesNothingMoreIsSent: at each request of each kind of work, also when it is the second attempt and
// nobody knows what has become of the first. The error is the caller's own.
func TestWhenTheCallerRefusesNothingMoreIsSent(t *testing.T) {
	t.Parallel()
	none := func(*shop, *ledger, provider.IssueRequest) {}
	for _, tc := range []struct {
		name    string
		prepare func(s *shop, l *ledger, r provider.IssueRequest)
		steps   []provider.IssueStep
	}{
		{"an invoice", none, []provider.IssueStep{
			provider.StepDraft, provider.StepLine, provider.StepLine, provider.StepFinalize, provider.StepSend,
		}},
		{"answers that are lost", func(s *shop, _ *ledger, _ provider.IssueRequest) {
			for _, route := range []string{"POST /v1/invoices", "POST /v1/invoiceitems", "POST /v1/invoices/{invoice}/finalize", "POST /v1/invoices/{invoice}/send"} {
				s.fake.FailNext(route, stripefake.Lost())
			}
		}, []provider.IssueStep{
			provider.StepDraft, provider.StepDraft, provider.StepLine, provider.StepLine, provider.StepLine,
			provider.StepFinalize, provider.StepFinalize, provider.StepSend, provider.StepSend,
		}},
		{"a draft with a line too many", func(s *shop, _ *ledger, r provider.IssueRequest) {
			id := s.draftOf(r, 0, "")
			is, err := s.process().newIssue(&r)
			require.NoError(s, err)
			is.began = s.fake.Now()
			for range 2 {
				require.NoError(s, is.add(s.Context(), id, 0, len(s.fake.Requests())))
			}
			s.fake.ResetRequests()
		}, []provider.IssueStep{provider.StepDelete, provider.StepLine, provider.StepFinalize, provider.StepSend}},
		{"a draft that has lost", func(s *shop, l *ledger, r provider.IssueRequest) {
			s.draftOf(r, time.Minute, "")
			l.id = s.draftOf(r, 0, "")
		}, []provider.IssueStep{
			provider.StepDelete, provider.StepLine, provider.StepLine, provider.StepFinalize, provider.StepSend,
		}},
		{"a draft of another plan", func(s *shop, _ *ledger, r provider.IssueRequest) { s.draftOf(r, time.Hour, "another") }, []provider.IssueStep{
			provider.StepDelete, provider.StepDraft, provider.StepLine, provider.StepLine, provider.StepFinalize, provider.StepSend,
		}},
		{"a draft that is left over", func(s *shop, _ *ledger, r provider.IssueRequest) {
			s.draftOf(r, 2*time.Hour, "")
			s.draftOf(r, time.Hour, "")
		}, []provider.IssueStep{
			provider.StepLine, provider.StepLine, provider.StepFinalize, provider.StepSend, provider.StepDelete,
		}},
	} {
		for n := range len(tc.steps) + 1 {
			t.Run(fmt.Sprintf("%s at question %d", tc.name, n), func(t *testing.T) {
				t.Parallel()
				s, l := openShop(t), &ledger{}
				r := s.request(2)
				r.Send = true
				tc.prepare(s, l, r)
				before, sent, steps := s.refusing(n)
				r.Claim, r.Before = l.claim, before
				_, err := s.process().Issue(t.Context(), r)
				if n == len(tc.steps) {
					require.NoError(t, err)
					require.Equal(t, tc.steps, *steps)
					s.billed(r)
					return
				}
				require.Equal(t, errLeaseLost, err, "unchanged")
				require.Equal(t, tc.steps[:n+1], *steps, "nobody asks again")
				require.Len(t, s.requests(), *sent)
			})
		}
	}
}

// TestADeletionIsRepeated, and is done when the draft is gone, whoever has deleted it: for a draft that has lost, for one of
// another plan and for one that is left over.
func TestADeletionIsRepeated(t *testing.T) {
	t.Parallel()
	faults := passing()
	faults["gone"] = stripefake.Refused(404, "invalid_request_error", "resource_missing", "invoice", "")
	for name, fault := range faults {
		for what, prepare := range map[string]func(s *shop, l *ledger, r provider.IssueRequest) (deleted string){
			"lost": func(s *shop, l *ledger, r provider.IssueRequest) string {
				lost := s.draftOf(r, time.Minute, "")
				l.id = s.draftOf(r, 0, "")
				return lost
			},
			"another plan": func(s *shop, _ *ledger, r provider.IssueRequest) string { return s.draftOf(r, time.Hour, "another") },
			"left over": func(s *shop, _ *ledger, r provider.IssueRequest) string {
				s.draftOf(r, 2*time.Hour, "")
				return s.draftOf(r, time.Hour, "")
			},
		} {
			t.Run(what+", "+name, func(t *testing.T) {
				t.Parallel()
				s, l := openShop(t), &ledger{}
				r := s.request(2)
				deleted := prepare(s, l, r)
				s.fake.FailNext("DELETE /v1/invoices/{invoice}", fault)
				hooked := l.hooked(r)
				hooked.Known = ""
				got, err := s.process().Issue(t.Context(), hooked)
				require.NoError(t, err)
				l.holds(t, got.ID)
				if name != "gone" {
					require.Equal(t, []string{deleted}, s.realm.Books().Deleted)
					s.billed(r)
				}
			})
		}
	}
}

// A draft that has lost and cannot be deleted ends the request, and so does one that a person has made final: nothing is
// done to the one that the ledger holds. What is left over may stay.
func TestADeletionThatFails(t *testing.T) {
	t.Parallel()
	s, l := openShop(t), &ledger{}
	r := s.request(2)
	s.draftOf(r, time.Minute, "")
	l.id = s.draftOf(r, 0, "")
	hooked := l.hooked(r)
	hooked.Known = ""
	s.fake.Always("DELETE /v1/invoices/{invoice}", stripefake.Unavailable())
	_, err := s.process().Issue(t.Context(), hooked)
	s.refused(err, provider.ErrUnavailable, "")
	s.fake.Always("DELETE /v1/invoices/{invoice}", stripefake.Refused(400, "invalid_request_error", "", "", ""))
	_, err = s.process().Issue(t.Context(), hooked)
	s.refused(err, provider.ErrConflict, "")

	ctx, cancel := context.WithCancel(t.Context())
	hooked.Claim = func(context.Context, string) (string, error) {
		cancel()
		return l.known(), nil
	}
	_, err = s.process().Issue(ctx, hooked)
	s.refused(err, provider.ErrTimeout, "")
	require.Empty(t, s.fake.RequestsTo("POST /v1/invoiceitems", "POST /v1/invoices/{invoice}/finalize"))

	left := openShop(t)
	r.Customer = left.customer
	left.draftOf(r, 2*time.Hour, "")
	left.draftOf(r, time.Hour, "")
	left.fake.Always("DELETE /v1/invoices/{invoice}", stripefake.Unavailable())
	_, err = left.process().Issue(t.Context(), (&ledger{}).hooked(r))
	require.NoError(t, err)
	_, drafts := left.billed(r)
	require.Equal(t, 1, drafts)
}

// TestTheCallerIsAskedWhenNothingIsLeftToWaitFor: between its answer and the request there is no time, although the limits
// make most requests wait.
func TestTheCallerIsAskedWhenNothingIsLeftToWaitFor(t *testing.T) {
	t.Parallel()
	s, l := openShop(t), &ledger{}
	p := s.process(func(cfg *Config) { cfg.Limits = Limits{Account: 1, Endpoint: 1} })
	r := l.hooked(s.request(8))
	var asked []time.Time
	r.Before = func(context.Context, provider.IssueStep) error {
		asked = append(asked, s.fake.Now())
		return nil
	}
	start := s.fake.Now()
	_, err := p.Issue(t.Context(), r)
	require.NoError(t, err)
	require.Greater(t, s.fake.Now().Sub(start), 3*time.Second, "or nothing has waited")
	var sent []time.Time
	for _, q := range s.fake.Requests() {
		if q.Method != "GET" {
			sent = append(sent, q.At)
		}
	}
	require.Equal(t, sent, asked)
}

// TestEverySingleFaultWithALedger is TestEverySingleFaultAtEveryRequest with hooks.
func TestEverySingleFaultWithALedger(t *testing.T) {
	t.Parallel()
	whole, _ := storyWith(t, &ledger{}, 0)
	require.Equal(t, 9, whole)
	for _, between := range pauses() {
		for at := range whole {
			for i, tr := range troubles() {
				if testing.Short() && (i+at)%5 != 0 { // as under the race detector
					continue
				}
				t.Run(fmt.Sprintf("%s at request %d, %s between", tr.name, at, between), func(t *testing.T) {
					_, drafts := storyWith(t, &ledger{}, between, blow{at, tr})
					require.Zero(t, drafts, "orphan drafts")
				})
			}
		}
	}
}

// TestTwoClosersAtEveryRequest share a ledger: while one is anywhere, the other one does all of it, for the same plan or
// for another one. One invoice becomes final, which the ledger holds, and whoever is not told that it is issued is told
// to ask again or that there is a conflict.
func TestTwoClosersAtEveryRequest(t *testing.T) {
	t.Parallel()
	for n := range requestsOfThree {
		for name, meet := range map[string]func(*shop, int, func()){"arrives": (*shop).at, "is done": (*shop).after} {
			for _, lines := range []int{3, 2} {
				t.Run(fmt.Sprintf("when request %d %s, the other one plans %d lines", n, name, lines), func(t *testing.T) {
					t.Parallel()
					s, l := openShop(t), &ledger{}
					mine, others := s.request(3), s.request(lines)
					mine.Send, others.Send = true, true
					var other invoice.Invoice
					var otherErr error
					meet(s, n, func() { other, otherErr = s.process().Issue(t.Context(), l.hooked(others)) })
					one, err := s.process().Issue(t.Context(), l.hooked(mine))
					won := mine
					if lines == 3 {
						require.NoError(t, errors.Join(err, otherErr))
						require.Equal(t, one.ID, other.ID)
					} else {
						require.NotEqual(t, err == nil, otherErr == nil, "%v and %v", err, otherErr)
						lost := errors.Join(err, otherErr)
						require.True(t, errors.Is(lost, provider.ErrConflict) || errors.Is(lost, provider.ErrUnavailable), "%v", lost)
						if err != nil {
							won = others
						}
					}
					x, drafts := s.billed(won)
					l.holds(t, x.ID)
					require.Zero(t, drafts)
					require.Equal(t, 1, x.Sent)
				})
			}
		}
	}
}

// TestACloserThatSleptForADay leaves nothing behind: the draft that it makes when it wakes has lost.
func TestACloserThatSleptForADay(t *testing.T) {
	t.Parallel()
	for n := range requestsOfThree - 1 { // what is sent cannot be unsent
		t.Run(fmt.Sprintf("over request %d", n), func(t *testing.T) {
			t.Parallel()
			s, l := openShop(t), &ledger{}
			r := s.request(3)
			r.Send = true
			s.at(n, func() {
				_, err := s.process().Issue(t.Context(), l.hooked(r))
				require.NoError(t, err)
				s.fake.Advance(27 * time.Hour)
			})
			one, err := s.process().Issue(t.Context(), l.hooked(r))
			if err != nil {
				require.Contains(t, goOn(), provider.Kind(err), "%v", err)
				one, err = s.process().Issue(t.Context(), l.hooked(r))
				require.NoError(t, err)
			}
			x, drafts := s.billed(r)
			require.Equal(t, x.ID, one.ID)
			require.Zero(t, drafts)
			require.Equal(t, 1, x.Sent)
			l.holds(t, x.ID)
		})
	}
}

// TestManyClosersWithALedger: 64 goroutines in 8 processes, two plans, and trouble.
func TestManyClosersWithALedger(t *testing.T) {
	t.Parallel()
	s, l := openShop(t), &ledger{}
	plans := []provider.IssueRequest{s.request(3), s.request(2)}
	var processes [8]*Provider
	for i := range processes {
		processes[i] = s.process()
	}
	all := troubles()
	script := make([]stripefake.Fault, 200)
	for i := range script {
		if tr := all[i*7%len(all)]; !tr.kills && i%5 == 0 {
			script[i] = tr.fault(nil)
		}
	}
	s.fake.FailNext(stripefake.Any, script...)
	errs := together(64, func(i int) error {
		for attempt := 0; ; attempt++ {
			_, err := processes[i%8].Issue(t.Context(), l.hooked(plans[i%2]))
			if attempt == 50 || !slices.Contains(goOn(), provider.Kind(err)) {
				return err
			}
		}
	})
	for _, err := range errs {
		require.True(t, err == nil || provider.IsKind(err, provider.ErrConflict) || provider.IsKind(err, provider.ErrUnavailable), "%v", err)
	}
	s.fake.Heal()
	s.fake.Advance(25 * time.Minute)
	issued := 0
	for _, r := range plans {
		got, err := s.process().Issue(t.Context(), l.hooked(r))
		if err == nil {
			issued++
			x, _ := s.billed(r)
			require.Equal(t, x.ID, got.ID)
			l.holds(t, x.ID)
			continue
		}
		s.refused(err, provider.ErrConflict, "")
	}
	require.Equal(t, 1, issued)
}
