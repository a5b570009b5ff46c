package simulate

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/internal/stripefake"
)

// TestGroupsAfterARestore: of two invoices of a month one was final when the ledger was lost. It is taken over, and the
// other one is issued.
func TestGroupsAfterARestore(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, Options{Calm: true, Rate: -1, groups: true})
	second := nth(2, isFinal)
	s.w.ahead = func(p *task, r *http.Request) {
		if second(r) {
			p.die()
		}
	}
	s.closes("first", 0)
	s.w.drive()
	s.w.pass(time.Hour)
	s.w.store.restore(0)
	s.w.restored = append(s.w.restored, s.w.now())
	s.process("operator", 0, func(p *task, c *closing.Closer) { p.catchUp(c, s.a.id, s.month.To()) })
	s.w.drive()
	ended := s.closes("second", time.Hour)
	s.w.drive()
	require.NoError(t, *ended)
	s.closed(1)
	require.Equal(t, 2, s.w.report.Invoices)
}

// TestReviseFindsWhatTheLedgerDoesNotKnow: the copy was restored while a request to finalise was on its way, against the
// documentation. The month is parked, and taking it back takes back what was billed.
func TestReviseFindsWhatTheLedgerDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.w.ahead = func(p *task, r *http.Request) {
		if isFinal(r) && p.name == "first" {
			s.w.fake.FailNext(stripefake.Any, stripefake.Late(8*time.Minute))
		}
	}
	s.w.behind = func(p *task, r *http.Request, _ *http.Response) {
		if isFinal(r) && p.name == "first" {
			p.die()
		}
	}
	s.closes("first", 0)
	s.w.drive()
	s.w.store.restore(0)
	more := &charge{month: s.month, item: "p1", cents: 1 << (firstReading + maxReadings - 1), at: s.w.now()}
	s.a.charges = append(s.a.charges, more)
	s.w.record(s.a, more, "")
	early := s.closes("second", 0)
	s.w.drive()
	require.Error(t, *early)
	parked := s.closes("third", 10*time.Minute)
	s.w.drive()
	require.ErrorIs(t, *parked, closing.ErrParked)
	s.process("person", time.Hour, func(_ *task, c *closing.Closer) {
		by := closing.Person{Actor: "ann", Purpose: "the copy was older"}
		require.NoError(t, c.Revise(context.Background(), s.a.id, s.month, by))
		_, err := c.Close(context.Background(), s.a.id, s.month)
		require.NoError(t, err)
	})
	s.w.drive()
	s.w.pass(48 * time.Hour)
	s.w.heal(s.w.months, true)
	books := s.w.realm.Books()
	require.Len(t, books.Invoices, 2)
	require.Equal(t, stripefake.Void, books.Invoices[0].Status)
	require.Equal(t, stripefake.Open, books.Invoices[1].Status)
	require.Equal(t, books.Invoices[1].ID, s.line(2).Invoice)
}

// TestLateUsageOfAGroupThatWasTakenOver: the ledger lost a month of which a group was final. What came late is billed beyond
// what that invoice says, not beyond what the month was frozen with afterwards.
func TestLateUsageOfAGroupThatWasTakenOver(t *testing.T) {
	t.Parallel()
	require.Empty(t, Run(13693, Options{}).Problems)
}
