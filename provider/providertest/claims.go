package providertest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
)

// ledgered is a ledger of one line that takes part in issuing.
type ledgered struct {
	id     string // what holds
	asked  []string
	steps  []provider.IssueStep
	refuse provider.IssueStep // which step is refused
	failed error              // what the ledger fails with when it is asked to claim
}

var errRefused = errors.New("the lease has run out")

func (l *ledgered) into(r provider.IssueRequest) provider.IssueRequest {
	r.Known = l.id
	r.Claim = func(_ context.Context, id string) (string, error) {
		l.asked = append(l.asked, id)
		if l.failed != nil {
			return "", l.failed
		}
		if l.id == "" {
			l.id = id
		}
		return l.id, nil
	}
	r.Before = func(_ context.Context, step provider.IssueStep) error {
		l.steps = append(l.steps, step)
		if step == l.refuse {
			return errRefused
		}
		return nil
	}
	return r
}

// claimCases are about issuing with a ledger of the caller's.
func claimCases() []testCase[*issuing] {
	cases := []testCase[*issuing]{
		{name: "the ledger is asked once which draft holds, and that one becomes the invoice", run: func(p *issuing) {
			var l ledgered
			plan := p.draftOf(p.lines(3)...)
			got, err := p.issue(l.into(p.request("k", plan)))
			p.ok(err, "issue")
			p.issuedAs(got, plan)
			same(p.check, "ids that were claimed", l.asked, []string{got.ID})
			p.that(len(l.steps) >= 3 && l.steps[0] == provider.StepDraft && l.steps[len(l.steps)-1] == provider.StepFinalize,
				"got the steps %v", l.steps)
		}},
		{name: "what the ledger knows is not claimed again, and what is done asks for no step", run: func(p *issuing) {
			var l ledgered
			r := p.request("k", p.draft("100"))
			got, err := p.issue(l.into(r))
			p.ok(err, "issue")
			l.steps = nil
			again, err := p.issue(l.into(r))
			p.ok(err, "the same request")
			same(p.check, "invoice", again.ID, got.ID)
			same(p.check, "number of claims", len(l.asked), 1)
			same(p.check, "number of steps", len(l.steps), 0)
			p.count(1)
		}},
		{name: "a ledger that cannot be asked has nothing made final, and it goes on later", run: func(p *issuing) {
			l := ledgered{failed: &provider.Error{Op: "Put", Kind: provider.ErrUnavailable}}
			r := p.request("k", p.draft("100"))
			_, err := p.issue(l.into(r))
			p.that(errors.Is(err, l.failed), "got %v, want the error of the ledger", err)
			p.count(0)
			l.failed = nil
			got, err := p.issue(l.into(r))
			p.ok(err, "issue")
			same(p.check, "id that holds", l.id, got.ID)
			p.count(1)
		}},
		{name: "an invoice of a key is claimed before it is given back", run: func(p *issuing) {
			r := p.request("k", p.draft("100"))
			first, err := p.issue(r)
			p.ok(err, "issue without a ledger")
			var l ledgered
			got, err := p.issue(l.into(r))
			p.ok(err, "issue")
			same(p.check, "invoice", got.ID, first.ID)
			same(p.check, "ids that were claimed", l.asked, []string{first.ID})
			p.count(1)
		}},
		{name: "when the ledger holds another id nothing becomes final", run: func(p *issuing) {
			r := p.request("k", p.draft("100"))
			r.Claim = func(context.Context, string) (string, error) { return absent, nil }
			_, err := p.issue(r)
			p.that(provider.IsKind(err, provider.ErrConflict) || provider.IsKind(err, provider.ErrNotFound), "got %v", err)
			p.count(0)
		}},
		{name: "a draft that the ledger knows and that is gone is not made anew", run: func(p *issuing) {
			l := ledgered{id: absent}
			_, err := p.issue(l.into(p.request("k", p.draft("100"))))
			p.refused(err, "Issue", "a known draft that is gone", provider.ErrNotFound)
			var e *provider.Error
			p.that(errors.As(err, &e) && e.Field == "known", "got the field %q, want known", e.Field)
			p.count(0)
			same(p.check, "number of steps", len(l.steps), 0)
		}},
		{name: "a draft of another plan gives way when it is 20 minutes old", seeds: []string{"Advance"}, run: func(p *issuing) {
			left := ledgered{refuse: provider.StepFinalize}
			r := left.into(p.request("k", p.draft("100")))
			r.Claim = nil
			_, err := p.issue(r)
			p.that(errors.Is(err, errRefused), "got %v", err)
			var l ledgered
			plan := p.draftOf(p.lines(2)...)
			_, err = p.issue(l.into(p.request("k", plan)))
			p.refused(err, "Issue", "a draft of another plan that is new", provider.ErrUnavailable)
			p.count(0)
			p.Advance(20*time.Minute + time.Second)
			got, err := p.issue(l.into(p.request("k", plan)))
			p.ok(err, "issue")
			p.issuedAs(got, plan)
			p.count(1)
		}},
		{name: "an invoice of another plan does not give way", run: func(p *issuing) {
			first, err := p.issue(p.request("k", p.draft("100")))
			p.ok(err, "issue")
			var l ledgered
			_, err = p.issue(l.into(p.request("k", p.draftOf(p.lines(2)...))))
			p.refused(err, "Issue", "the same key with another plan", provider.ErrConflict)
			p.count(1)
			same(p.check, "status", p.read(p.customer, first.ID).Status, invoice.Open)
		}},
	}
	for _, step := range []provider.IssueStep{provider.StepDraft, provider.StepLine, provider.StepFinalize} {
		cases = append(cases, testCase[*issuing]{name: fmt.Sprintf("a refusal before the step %s ends there, and it goes on later", step), run: func(p *issuing) {
			l := ledgered{refuse: step}
			r := p.request("k", p.draftOf(p.lines(3)...))
			_, err := p.issue(l.into(r))
			p.that(errors.Is(err, errRefused), "got %v, want the refusal", err)
			same(p.check, "last step", l.steps[len(l.steps)-1], step)
			p.count(0)
			l.refuse = ""
			got, err := p.issue(l.into(r))
			p.ok(err, "issue")
			p.issuedAs(got, r.Invoice)
			p.count(1)
		}})
	}
	return cases
}
