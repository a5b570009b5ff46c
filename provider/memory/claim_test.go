package memory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
)

// claims is a ledger of one line.
type claims struct {
	id    string
	asked []string
	steps []provider.IssueStep
}

func (c *claims) claim(_ context.Context, id string) (string, error) {
	c.asked = append(c.asked, id)
	if c.id == "" {
		c.id = id
	}
	return c.id, nil
}

func (c *claims) before(_ context.Context, step provider.IssueStep) error {
	c.steps = append(c.steps, step)
	return nil
}

func TestALedgerIsAskedBeforeADraftIsFilled(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	var c claims
	r := provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: draft(t, 2), Send: true, Claim: c.claim, Before: c.before}
	inv, err := world.Payments().Issue(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, []string{inv.ID}, c.asked)
	require.Equal(t, provider.KeyHash("k"), inv.IssueKey)
	require.Equal(t, []provider.IssueStep{provider.StepDraft, provider.StepLine, provider.StepFinalize, provider.StepSend}, c.steps)

	r.Known, c.steps = inv.ID, nil
	again, err := world.Payments().Issue(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, inv.ID, again.ID)
	require.Empty(t, c.steps, "nothing is left to be done")
	require.Len(t, c.asked, 1, "what is known is not claimed again")
}

func TestWhoeverLostTheClaimMakesNothingFinal(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	c := claims{id: "in_of_another"}
	_, err := world.Payments().Issue(t.Context(), provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: draft(t, 2), Claim: c.claim})
	require.ErrorIs(t, err, provider.ErrConflict)
	requireNothingIssued(t, world, acme.Customer)
}

func TestAKnownDraftThatIsGoneIsNotMadeAnew(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	_, err := world.Payments().Issue(t.Context(), provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: draft(t, 2), Known: "in_gone"})
	require.ErrorIs(t, err, provider.ErrNotFound)
	var e *provider.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "known", e.Field)
	requireNothingIssued(t, world, acme.Customer)
}

func TestARefusalBeforeAnyStepEndsThere(t *testing.T) {
	t.Parallel()
	refusal := errors.New("the lease has run out")
	for i, last := range []provider.IssueStep{provider.StepDraft, provider.StepLine, provider.StepFinalize, provider.StepSend} {
		world := memory.New()
		acme := world.AddAccount(provider.Account{})
		n := 0
		r := provider.IssueRequest{
			Key: "k", Customer: acme.Customer, Invoice: draft(t, 2), Send: true,
			Before: func(_ context.Context, step provider.IssueStep) error {
				if n++; n > i {
					require.Equal(t, last, step)
					return refusal
				}
				return nil
			},
		}
		_, err := world.Payments().Issue(t.Context(), r)
		require.ErrorIs(t, err, refusal)
		require.Equal(t, i+1, n)
		if last != provider.StepSend {
			requireNothingIssued(t, world, acme.Customer)
		}
		r.Before = nil
		_, err = world.Payments().Issue(t.Context(), r)
		require.NoError(t, err, "it goes on from there")
	}
}

func TestADraftOfAnotherPlanGivesWayWhenItIsOld(t *testing.T) {
	t.Parallel()
	world := memory.New()
	acme := world.AddAccount(provider.Account{})
	world.FailNext(memory.IssueFinalize, provider.ErrUnavailable)
	_, err := world.Payments().Issue(t.Context(), provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: draft(t, 1)})
	require.ErrorIs(t, err, provider.ErrUnavailable)

	var c claims
	r := provider.IssueRequest{Key: "k", Customer: acme.Customer, Invoice: draft(t, 2), Claim: c.claim, Before: c.before}
	_, err = world.Payments().Issue(t.Context(), r)
	require.ErrorIs(t, err, provider.ErrUnavailable, "somebody may be at work on it")
	world.Advance(20 * time.Minute)
	inv, err := world.Payments().Issue(t.Context(), r)
	require.NoError(t, err)
	require.Len(t, inv.Lines, 2)
	require.Equal(t, provider.StepDelete, c.steps[0])
	page, err := world.Payments().Invoices(t.Context(), provider.InvoiceQuery{Customer: acme.Customer, Limit: 10})
	require.NoError(t, err)
	require.Len(t, page.Invoices, 1)
}

func requireNothingIssued(t *testing.T, world *memory.World, customer string) {
	t.Helper()
	page, err := world.Payments().Invoices(t.Context(), provider.InvoiceQuery{Customer: customer, Filter: provider.AllInvoices, Limit: 10})
	require.NoError(t, err)
	for i := range page.Invoices {
		require.Equal(t, invoice.Draft, page.Invoices[i].Status)
	}
	require.Empty(t, page.Invoices)
}
