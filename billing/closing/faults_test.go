package closing_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/closing"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/usage"
)

// close1 closes September and keeps the error alone.
func (h *house) close1() error {
	_, err := h.closer.Close(h.Context(), "acme", september)
	return err
}

// reconcile gives what went wrong, also with single lines.
func (h *house) reconcile() error {
	found, err := h.closer.Reconcile(h.Context(), "acme", september.From())
	for i := range found {
		err = errors.Join(err, found[i].Err)
	}
	return err
}

func (h *house) preview() error {
	_, err := h.closer.Preview(h.Context(), "acme", september)
	return err
}

func (h *house) revise() error { return h.closer.Revise(h.Context(), "acme", september, ada) }

// halfway has September drafted at the payment provider and not final.
func (h *house) halfway() {
	h.world.FailNext(memory.IssueFinalize, provider.ErrUnavailable)
	require.ErrorIs(h, h.close1(), provider.ErrUnavailable)
	h.world.Advance(time.Hour)
}

// TestNoFailureIsTakenForAnAnswer: whatever call fails, the operation fails with its kind; it never goes on as if there
// were nothing to read, or as if something had been written.
func TestNoFailureIsTakenForAnAnswer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		groups bool
		begin  func(h *house)
		act    func(h *house) error
		ends   error // when nothing fails
		least  int   // calls that the operation makes
		person bool  // what a person decides is recorded before and after
	}{
		{name: "closing", act: (*house).close1, least: 15},
		{name: "closing by group", groups: true, act: (*house).close1, least: 20},
		{name: "closing what was closed", begin: func(h *house) { h.close() }, act: (*house).close1, least: 3},
		{
			name: "closing with late usage of the month before",
			begin: func(h *house) {
				h.close()
				h.covered("acme", "hq", "late", "example.com")
				_, end := september.Next().Bounds()
				h.world.Advance(end.Sub(h.world.Now()) + time.Hour)
			},
			act: func(h *house) error {
				_, err := h.closer.Close(h.Context(), "acme", september.Next())
				return err
			}, least: 18,
		},
		{name: "closing a revision of which a later month has billed a part", begin: func(h *house) {
			h.close()
			h.covered("acme", "hq", "late", "example.com")
			h.month(september.Next())
			require.NoError(h, h.revise())
		}, act: (*house).close1, least: 18},
		{name: "closing what a draft was begun for", begin: (*house).halfway, act: (*house).close1, least: 6},
		{name: "closing what has to be parked", begin: func(h *house) {
			h.world.SetEmail(h.acme.Customer, "")
		}, act: (*house).close1, ends: closing.ErrParked, least: 12},
		{name: "closing the groups of a month that was taken over", groups: true, begin: func(h *house) {
			h.close()
			for _, group := range []string{"students", "staff"} {
				_, err := h.world.Payments().Void(h.Context(), h.acme.Customer, h.line(group, 1).Invoice, "v-"+group)
				require.NoError(h, err)
			}
			adopted := h.line("", 1)
			closer := h.restored()
			line, err := h.kept.Put(h.Context(), provider.Closing{
				Key: key("", 1), State: provider.Sent, Invoice: adopted.Invoice, Total: adopted.Total, Owner: "restored",
			})
			require.NoError(h, err)
			require.Equal(h, provider.Sent, line.State)
			h.closer = closer
		}, act: (*house).close1, ends: closing.ErrBehind, least: 3},
		{name: "looking ahead", act: (*house).preview, least: 4},
		{name: "looking at what is frozen", begin: func(h *house) { h.close() }, act: (*house).preview, least: 3},
		{name: "looking at what was revised", begin: func(h *house) {
			h.close()
			require.NoError(h, h.revise())
		}, act: (*house).preview, least: 5},
		{name: "revising", begin: func(h *house) { h.close() }, act: (*house).revise, person: true, least: 7},
		{name: "revising groups", groups: true, begin: func(h *house) { h.close() }, act: (*house).revise, person: true, least: 16},
		{name: "revising what may be final", begin: (*house).halfway, act: (*house).revise, person: true, least: 6},
		{name: "revising what was never drafted", begin: func(h *house) {
			h.world.FailNext(memory.IssueDraft, provider.ErrUnavailable)
			require.ErrorIs(h, h.close1(), provider.ErrUnavailable)
			h.world.Advance(time.Hour)
		}, act: (*house).revise, person: true, least: 6},
		{name: "closing what somebody has deleted the draft of", begin: func(h *house) {
			h.halfway()
			h.config.Payments = sleeper{h.world.Payments(), func(r *provider.IssueRequest) { r.Known = "in_gone" }}
			h.closer = h.another("worker-1")
		}, act: (*house).close1, ends: closing.ErrQuiet, least: 5},
		{name: "reconciling an invoice that is not in the list", begin: func(h *house) {
			h.close()
			altered(h, "Invoices", func(p *provider.InvoicePage) { p.Invoices = nil })
		}, act: (*house).reconcile, least: 6},
		{name: "unparking", begin: (*house).park, act: func(h *house) error {
			_, err := h.closer.Unpark(h.Context(), key("", 1), ada)
			return err
		}, person: true, least: 3},
		{name: "reconciling", begin: func(h *house) { h.close() }, act: (*house).reconcile, least: 5},
		{name: "reconciling groups", groups: true, begin: func(h *house) { h.close() }, act: (*house).reconcile, least: 8},
		{name: "reconciling what stands still", begin: (*house).halfway, act: (*house).reconcile, least: 8},
		{name: "reconciling with an older ledger", begin: func(h *house) {
			h.close()
			h.closer = h.restored()
		}, act: (*house).reconcile, least: 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for n := 0; ; n++ {
				h := open(t)
				if tc.groups {
					h = open(t, perGroup)
				}
				if tc.begin != nil {
					tc.begin(h)
				}
				met := h.failCall(n)
				h.world.ResetCalls()
				err := tc.act(h)
				if *met == "" {
					require.ErrorIs(t, err, tc.ends)
					require.GreaterOrEqual(t, n, tc.least)
					return
				}
				if tc.person && *met == "Append" && len(h.world.CallsOf("Append")) == 2 {
					require.NoError(t, err, "it was done, and recorded before; only how it ended is not")
					continue
				}
				require.ErrorIs(t, err, provider.ErrUnavailable, "call %d, %s", n, *met)
			}
		})
	}
}

// failCall has the n-th call from now on fail, and tells which one that was once it is met.
func (h *house) failCall(n int) *string {
	met, count := "", 0
	for _, world := range []*memory.World{h.world, h.keptWorld} {
		if world == nil {
			continue
		}
		world.Hook(func(c memory.Call) {
			if count++; count == n+1 {
				met = c.Op
				world.Inject(c.Op, memory.Fault{Err: provider.ErrUnavailable})
			}
		})
	}
	return &met
}

// TestAWriteWhoseAnswerWasLostIsFound: what is stored decides, and nobody has to ask again.
func TestAWriteWhoseAnswerWasLostIsFound(t *testing.T) {
	t.Parallel()
	for n := range 5 {
		h := open(t)
		writes := 0
		h.world.Hook(func(c memory.Call) {
			if c.Op != "Put" {
				return
			}
			if writes++; writes == n+1 {
				h.world.Inject("Put", memory.Fault{Err: provider.ErrTimeout, Late: true})
			}
		})
		h.close()
		require.Greater(t, writes, n)
		require.Equal(t, 1, h.calls("Account"), "write %d: one attempt", n)
		h.billed("34.00")
	}
}

// calls counts the calls of an operation.
func (h *house) calls(op string) int { return len(h.world.CallsOf(op)) }

// TestAWriteThatFailedWhileAnotherWroteIsTheOthers: the closing is with somebody else then.
func TestAWriteThatFailedWhileAnotherWroteIsTheOthers(t *testing.T) {
	t.Parallel()
	h := open(t)
	once := true
	h.world.Hook(func(c memory.Call) {
		if c.Op != "Put" || !once {
			return
		}
		once = false
		_, err := h.another("worker-2").Close(h.Context(), "acme", september)
		require.NoError(t, err)
		h.world.FailNext("Put", provider.ErrUnavailable)
	})
	h.close()
	h.billed("34.00")
}

// TestALeaseThatRanOutWhileItWasAskedForIsNotUsed: whatever is written outside of the ledger is written under a lease that
// holds, however long the ledger takes to answer.
func TestALeaseThatRanOutWhileItWasAskedForIsNotUsed(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		h := open(t)
		held := func(what string) {
			until := h.line("", 1).Until
			require.True(t, h.world.Now().Before(until), "%s after slow write %d: %s", what, n, until)
		}
		h.config.Payments = sleeper{h.world.Payments(), func(r *provider.IssueRequest) {
			before := r.Before
			r.Before = func(ctx context.Context, step provider.IssueStep) error {
				err := before(ctx, step)
				if err == nil {
					held(fmt.Sprint("step ", step))
				}
				return err
			}
		}}
		writes := 0
		h.config.Records = slowLedger{h.world.Records(), func() {
			if writes++; writes == n+1 {
				h.world.Advance(closing.DefaultLease)
			}
		}}
		h.closer = h.another("slow")
		h.world.Hook(func(c memory.Call) {
			if c.Op == "Freeze" {
				held(c.Op)
			}
		})
		h.close()
		h.billed("34.00")
		require.Equal(t, map[string]int{h.issued(h.acme)[0].ID: 1}, h.mails())
	}
}

// slowLedger is a record store that calls a function after each write to its ledger.
type slowLedger struct {
	*memory.Records
	after func()
}

func (s slowLedger) Put(ctx context.Context, c provider.Closing) (provider.Closing, error) {
	stored, err := s.Records.Put(ctx, c)
	s.after()
	return stored, err
}

// TestWhatPassesByItselfLeavesNoReason in the ledger, where people look for what they have to do.
func TestWhatPassesByItselfLeavesNoReason(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.world.FailNext("Plan", provider.ErrUnavailable)
	require.ErrorIs(t, h.close1(), provider.ErrUnavailable)
	require.Equal(t, provider.Planned, h.line("", 1).State)
	require.Empty(t, h.line("", 1).Reason)
}

// TestAnActThatIsInTheAuditLogIsNotInItTwice: an attempt at another time finds the entry of the one before.
func TestAnActThatIsInTheAuditLogIsNotInItTwice(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.world.Hook(func(c memory.Call) {
		if c.Op == "Append" {
			h.world.InjectAlways("Put", memory.Fault{Err: provider.ErrUnavailable})
		}
	})
	require.ErrorIs(t, h.close1(), provider.ErrUnavailable)
	h.world.Hook(nil)
	h.world.Heal()
	h.world.Advance(time.Hour)
	h.close()
	require.Equal(t, []string{"closing.issue"}, h.actions())
}

func TestWhatTheHostRefusesIsNotClosed(t *testing.T) {
	t.Parallel()
	h := open(t, perGroup)
	refused := &provider.Error{Op: "Invoice", Kind: provider.ErrUnsupported, Message: "the seller is unknown"}
	for name, c := range map[string]struct {
		err  error
		says string
	}{"an error of its own": {refused, "the seller is unknown"}, "a kind alone": {provider.ErrInvalid, "invalid"}} {
		t.Run(name, func(t *testing.T) {
			h.config.Invoice = failing(c.err)
			_, err := h.another("worker-1").Close(t.Context(), "acme", september)
			require.ErrorIs(t, err, provider.Kind(c.err))
			require.NotErrorIs(t, err, provider.ErrUnavailable)
			require.ErrorContains(t, err, c.says)
			h.billed()
		})
	}
}

func TestAnErrorWithoutACauseIsItsKindAlone(t *testing.T) {
	t.Parallel()
	alone := &closing.Error{Op: "Close", Kind: closing.ErrQuiet}
	require.Equal(t, []error{closing.ErrQuiet}, alone.Unwrap())
	alone.Err = fmt.Errorf("cause: %w", usage.ErrPlan)
	require.ErrorIs(t, alone, usage.ErrPlan)
}
