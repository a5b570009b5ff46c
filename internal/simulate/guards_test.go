package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/internal/stripefake"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage/civil"
)

// scene is a world without chance: one account with a month of three lines, which is over, and processes that do what
// they are told to.
type scene struct {
	testing.TB
	w     *world
	a     *account
	month civil.Period
}

func newScene(t *testing.T) *scene {
	t.Helper()
	return sceneOf(t, Options{Calm: true, Rate: -1})
}

func sceneOf(t *testing.T, opt Options) *scene {
	t.Helper()
	w := newWorld(1, opt)
	w.healed = true
	s := &scene{TB: t, w: w, a: w.accounts[0], month: w.months[0]}
	w.advance(end(s.month).Add(time.Hour))
	return s
}

// process adds a process that begins after a time.
func (s *scene) process(name string, after time.Duration, run func(t *task, c *closing.Closer)) {
	s.w.spawn(name, s.w.now().Add(after), func(t *task) { run(t, t.closer()) })
}

// closes adds a process that closes the month; it gives where its error will be.
func (s *scene) closes(name string, after time.Duration) *error {
	failed := errors.New("it has not come to its end")
	s.process(name, after, func(_ *task, c *closing.Closer) { _, failed = c.Close(context.Background(), s.a.id, s.month) })
	return &failed
}

// line is the ledger's.
func (s *scene) line(revision int) provider.Closing {
	s.Helper()
	line, err := s.w.store.books().Closing(context.Background(), provider.ClosingKey{
		Account: s.a.id, From: s.month.From(), To: s.month.To(), Revision: revision,
	})
	require.NoError(s, err)
	return line
}

// closed wants the month to be closed in the end: the books in order, and the ledger in step with them.
func (s *scene) closed(revision int) {
	s.Helper()
	s.w.pass(48 * time.Hour)
	s.w.heal(s.w.months, true)
	s.w.check()
	require.Empty(s, s.w.report.Problems)
	line := s.line(revision)
	require.Equal(s, provider.Sent, line.State, line.Reason)
	x, ok := s.w.realm.Books().Invoice(line.Invoice)
	require.True(s, ok, "the ledger holds an invoice that Stripe does not have")
	require.NotEqual(s, stripefake.Void, x.Status)
}

// somebody puts a line of their own on a draft.
func (s *scene) somebody(invoice string) {
	s.Helper()
	form := url.Values{"customer": {s.a.customer}, "invoice": {invoice}, "amount": {"777"}, "currency": {"usd"}}
	require.Equal(s, http.StatusOK, s.post("/v1/invoiceitems", form.Encode()))
}

// post sends a request of somebody who is none of the processes, and gives its status.
func (s *scene) post(path, form string) int {
	s.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "https://api.stripe.com"+path, strings.NewReader(form))
	require.NoError(s, err)
	r.Header.Set("Authorization", "Bearer "+s.w.fake.Key())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Stripe-Version", stripefake.Version)
	res, err := s.w.serve(r)
	require.NoError(s, err)
	require.NoError(s, res.Body.Close())
	return res.StatusCode
}

// What requests are for.
func isCreate(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/v1/invoices"
}

func isLook(r *http.Request) bool { return r.Method == http.MethodGet && r.URL.Path == "/v1/invoices" }

func isLine(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/v1/invoiceitems"
}
func isFinal(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/finalize") }

// nth gives true for the n-th request for which something holds.
func nth(n int, holds func(*http.Request) bool) func(*http.Request) bool {
	return func(r *http.Request) bool {
		if !holds(r) {
			return false
		}
		n--
		return n == 0
	}
}

// TestGuardLook: what a process has left a day ago is found, and nothing is made beside it.
func TestGuardLook(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	first := nth(1, isCreate)
	s.w.behind = func(p *task, r *http.Request, _ *http.Response) {
		if first(r) {
			p.die() // it has had its effect, and nobody knows
		}
	}
	s.closes("first", 0)
	ended := s.closes("second", keyLife+time.Hour)
	s.w.drive()
	require.NoError(t, *ended)
	s.closed(1)
	require.Empty(t, s.w.realm.Books().Deleted)
}

// TestGuardKeys: a line that arrives late is the one that was sent again meanwhile, also directly before finalising.
func TestGuardKeys(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	line, final := nth(2, isLine), nth(1, isFinal)
	s.w.ahead = func(_ *task, r *http.Request) {
		switch {
		case line(r):
			s.w.fake.FailNext("POST /v1/invoiceitems", stripefake.Late(20*time.Second))
		case final(r):
			s.w.pass(20 * time.Second)
		}
	}
	ended := s.closes("first", 0)
	s.w.drive()
	require.NoError(t, *ended)
	s.closed(1)
}

// twoDrafts has two processes make a draft each, as if Stripe had forgotten its keys and its lists were behind. The second
// process has finished when the first one goes on, before it claims its draft.
func twoDrafts(t *testing.T) *scene {
	t.Helper()
	s := newScene(t)
	s.w.ahead = func(p *task, r *http.Request) {
		if key := r.Header.Get("Idempotency-Key"); isCreate(r) && p.name != "healer" {
			r.Header.Set("Idempotency-Key", key+p.name)
		}
	}
	s.w.behind = func(p *task, r *http.Request, res *http.Response) {
		if isLook(r) && res != nil && p.name != "healer" {
			res.Body = io.NopCloser(strings.NewReader(`{"object":"list","data":[],"has_more":false,"url":"/v1/invoices"}`))
		}
		if isCreate(r) && p.name == "first" {
			p.sleep(30 * time.Minute)
		}
	}
	return s
}

// TestGuardClaim: of two drafts the ledger takes one, once.
func TestGuardClaim(t *testing.T) {
	t.Parallel()
	s := twoDrafts(t)
	s.closes("first", 0)
	ended := s.closes("second", 5*time.Minute)
	s.w.drive()
	require.NoError(t, *ended)
	require.Len(t, s.w.realm.Books().Invoices, 2)
	s.closed(1)
}

// TestGuardVersion: who goes on with a closing that a person has revised meanwhile writes nothing, and bills nobody.
func TestGuardVersion(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.w.behind = func(p *task, r *http.Request, _ *http.Response) {
		if isCreate(r) && p.name == "first" {
			p.sleep(40 * time.Minute)
		}
	}
	s.closes("first", 0)
	s.process("person", 25*time.Minute, func(_ *task, c *closing.Closer) {
		by := closing.Person{Actor: "ann", Purpose: "wrong plan"}
		require.NoError(t, c.Revise(context.Background(), s.a.id, s.month, by))
		_, err := c.Close(context.Background(), s.a.id, s.month)
		require.NoError(t, err)
	})
	s.w.drive()
	for _, x := range s.w.realm.Books().Invoices { // the draft that lost may stay: it bills nobody
		if x.Status == stripefake.Draft {
			s.w.realm.DeleteDraft(x.ID)
		}
	}
	s.closed(2)
}

// TestGuardLease: a process that was away for a day adds no line, although Stripe has forgotten the key of the line that
// another one has added in its place.
func TestGuardLease(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	const away = keyLife + time.Hour
	back := s.w.now().Add(away)
	added := 0
	s.w.behind = func(p *task, r *http.Request, _ *http.Response) {
		if p.name != "first" || !isLine(r) {
			return
		}
		switch added++; added {
		case 2:
			p.sleep(back.Sub(s.w.now()))
		case 3: // not reached: it would not look at what it has done, either
			p.die()
		}
	}
	s.w.ahead = func(p *task, r *http.Request) {
		switch {
		case isFinal(r) && p.name == "second":
			p.die()
		case isFinal(r) && p.name == "third" && s.w.now().Before(back.Add(15*time.Second)):
			p.sleep(back.Add(15 * time.Second).Sub(s.w.now()))
		}
	}
	s.closes("first", 0)
	s.closes("second", 5*time.Minute)
	s.closes("third", away-3*time.Second)
	s.w.drive()
	s.closed(1)
}

// TestGuardCompare: a draft with somebody else's line does not become final.
func TestGuardCompare(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	last := nth(3, isLine)
	s.w.behind = func(_ *task, r *http.Request, _ *http.Response) {
		if last(r) {
			s.somebody(s.w.realm.Books().Invoices[0].ID)
		}
	}
	ended := s.closes("first", 0)
	s.w.drive()
	require.ErrorIs(t, *ended, closing.ErrParked)
	require.Equal(t, stripefake.Draft, s.w.realm.Books().Invoices[0].Status)
}

// TestGuardCheck: an invoice that has become final with somebody else's line is not called issued, and not mailed.
func TestGuardCheck(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.w.ahead = func(_ *task, r *http.Request) {
		if isFinal(r) {
			s.somebody(s.w.realm.Books().Invoices[0].ID)
		}
	}
	ended := s.closes("first", 0)
	s.w.drive()
	require.ErrorIs(t, *ended, closing.ErrParked)
	require.Equal(t, provider.Parked, s.line(1).State)
	require.Zero(t, s.w.realm.Books().Invoices[0].Sent)
}

// TestGuardFrozen: what is used after the month was frozen does not change its invoice.
func TestGuardFrozen(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	first := nth(2, isLine)
	s.w.behind = func(p *task, r *http.Request, _ *http.Response) {
		if first(r) {
			late := &charge{month: s.month, item: "p1", cents: 1 << (firstReading + maxReadings - 1), at: s.w.now()}
			s.a.charges = append(s.a.charges, late)
			s.w.record(s.a, late, "")
			p.die()
		}
	}
	s.closes("first", 0)
	ended := s.closes("second", 5*time.Minute)
	s.w.drive()
	require.NoError(t, *ended)
	s.w.months = append(s.w.months, s.month.Next())
	s.w.advance(end(s.month.Next()).Add(time.Hour))
	s.closed(1)
}

// TestGuardBehind: a ledger that was restored and not reconciled bills nothing; reconciled, it knows what was billed.
func TestGuardBehind(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ended := s.closes("first", 0)
	s.w.drive()
	require.NoError(t, *ended)
	s.w.store.restore(0)
	s.w.restored = append(s.w.restored, s.w.now())
	s.w.read(s.a, "p1", s.month, 1<<(firstReading+maxReadings)) // so that it would be another invoice
	ended = s.closes("second", time.Hour)
	s.w.drive()
	require.ErrorIs(t, *ended, closing.ErrBehind)
	s.w.read(s.a, "p1", s.month, -1<<(firstReading+maxReadings))
	s.process("operator", 0, func(p *task, c *closing.Closer) { p.catchUp(c, s.a.id, s.month.To()) })
	s.w.drive()
	s.closed(1)
}

// TestGuardQuiet: while a request to finalise may still arrive, the month is not taken back.
func TestGuardQuiet(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.w.ahead = func(_ *task, r *http.Request) {
		if isFinal(r) && len(s.w.written) >= 0 && s.line(1).State == provider.Ready && s.line(1).Key.Revision == 1 {
			s.w.fake.FailNext(stripefake.Any, stripefake.Late(8*time.Minute))
			s.w.ahead = nil
		}
	}
	s.w.behind = func(p *task, r *http.Request, _ *http.Response) {
		if isFinal(r) && p.name == "first" {
			p.die()
		}
	}
	s.closes("first", 0)
	var revised error
	s.process("person", 5*time.Minute, func(_ *task, c *closing.Closer) {
		revised = c.Revise(context.Background(), s.a.id, s.month, closing.Person{Actor: "ann", Purpose: "wrong plan"})
		_, err := c.Close(context.Background(), s.a.id, s.month)
		require.NoError(t, err)
	})
	s.w.drive()
	require.ErrorIs(t, revised, closing.ErrQuiet)
	s.closed(1)
}

// TestGuardKnown: a draft that the ledger holds, and that somebody has deleted, is not made anew under the same key: the
// next revision bills the same.
func TestGuardKnown(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	second := nth(2, isLine)
	s.w.behind = func(p *task, r *http.Request, _ *http.Response) {
		if second(r) {
			s.w.realm.DeleteDraft(s.line(1).Invoice)
			p.die()
		}
	}
	s.closes("first", 0)
	early := s.closes("second", 5*time.Minute)
	s.w.drive()
	require.ErrorIs(t, *early, closing.ErrQuiet, fmt.Sprint(*early))
	ended := s.closes("third", closing.DefaultQuiet+time.Minute)
	s.w.drive()
	require.NoError(t, *ended)
	require.Equal(t, provider.Voided, s.line(1).State)
	s.closed(2)
}
