package closing

import (
	"context"
	"errors"
	"fmt"

	"github.com/billhatch/billhatch/internal/frozen"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// reasonDeleted is the reason of a closing whose draft somebody has deleted at the payment provider. The next revision
// bills the same statement.
const reasonDeleted = "the draft was deleted"

// freeze gives what the month bills. What is frozen is read; else it is computed and frozen, once, and then the lease of
// the closing is still held.
func (m *month) freeze(ctx context.Context, head provider.Closing) (*frozen.Month, provider.Closing, *hold, error) {
	if head.Hash != "" && head.State != provider.Voided {
		body, stored, err := m.read(ctx, head.Key)
		if err == nil && stored.Hash != head.Hash {
			err = &provider.Error{Op: "Statement", Kind: provider.ErrForeign, Message: "another statement is frozen"}
		}
		return body, head, nil, err
	}
	next, err := m.next(head)
	if err != nil {
		return nil, head, nil, err
	}
	h, err := m.c.take(ctx, next, func(c *provider.Closing) { c.State, c.Reason = provider.Planned, "" })
	if err != nil {
		return nil, head, nil, err
	}
	body, err := m.settleBody(ctx, h, &head)
	if err != nil {
		if !errors.Is(err, errLost) {
			h.release(ctx, reasonOf(err))
		}
		return nil, h.now, nil, err
	}
	return body, h.now, h, nil
}

// next gives the closing to go on with: the same, or the next revision after one that was voided.
func (m *month) next(c provider.Closing) (provider.Closing, error) {
	if c.State != provider.Voided {
		return c, nil
	}
	if c.Reason == reasonDeleted && m.c.wall().Sub(c.UpdatedAt) < m.c.cfg.Quiet {
		return c, &Error{Op: "Close", Account: c.Key.Account, Kind: ErrQuiet, Message: reasonDeleted}
	}
	next := provider.Closing{Key: c.Key}
	next.Key.Revision++
	return next, nil
}

// settleBody freezes the statement, unless that was done before under this key, and enters it into the ledger.
func (m *month) settleBody(ctx context.Context, h *hold, before *provider.Closing) (*frozen.Month, error) {
	body, stored, err := m.read(ctx, h.now.Key)
	if provider.IsKind(err, provider.ErrNotFound) {
		body, stored, err = m.makeBody(ctx, h, before)
	}
	if err != nil {
		return nil, err
	}
	total, state, err := m.headline(body)
	if err != nil { // guard: the statement was read, so that its currency is one
		return nil, err
	}
	lease := h.c.cfg.Lease
	if state == provider.Empty {
		lease = 0
	}
	return body, h.put(ctx, lease, func(c *provider.Closing) {
		c.State, c.Hash, c.Total, c.Reason = state, stored.Hash, total, ""
	})
}

// makeBody makes what is frozen and stores it. When somebody else was first, what is stored counts.
func (m *month) makeBody(ctx context.Context, h *hold, before *provider.Closing) (*frozen.Month, provider.FrozenStatement, error) {
	body, stored, err := m.bodyFor(ctx, h.now.Key, before)
	if err == nil {
		err = h.alive(ctx)
	}
	if err != nil {
		return nil, stored, err
	}
	err = m.c.statements.Freeze(ctx, stored)
	if provider.IsKind(err, provider.ErrConflict) {
		return m.read(ctx, h.now.Key)
	}
	return body, stored, err
}

// bodyFor makes what is frozen under a key: that of the revision before when only its draft was lost, else a new one.
func (m *month) bodyFor(ctx context.Context, key provider.ClosingKey, before *provider.Closing) (*frozen.Month, provider.FrozenStatement, error) {
	if before.State == provider.Voided && before.Reason == reasonDeleted {
		body, stored, err := m.read(ctx, before.Key)
		stored.Key = key
		return body, stored, err
	}
	stored := provider.FrozenStatement{Key: key}
	if err := m.behind(ctx); err != nil {
		return nil, stored, err
	}
	body, err := m.compute(ctx, key.Revision)
	if err != nil {
		return nil, stored, err
	}
	if stored.Body, err = frozen.Encode(body); err != nil { // guard: what Compute and FromStatement give can be encoded
		return nil, stored, &provider.Error{Op: "Freeze", Kind: provider.ErrInvalid, Err: err}
	}
	stored.Hash = frozen.Hash(stored.Body)
	return body, stored, nil
}

// compute makes the statement and the invoices of the month, and writes nothing.
func (m *month) compute(ctx context.Context, revision int) (*frozen.Month, error) {
	in, agreed, err := provider.Gather(ctx, m.c.cfg.Records, &m.account, m.period)
	if err != nil {
		return nil, err
	}
	late, err := m.late(ctx, revision)
	if err != nil {
		return nil, err
	}
	for i := range late {
		agreed.Adjustments = append(agreed.Adjustments[:len(agreed.Adjustments):len(agreed.Adjustments)], m.adjustment(&late[i]))
	}
	in.Adjustments = agreed.Adjustments
	st, err := usage.Compute(in)
	if err != nil {
		return nil, err
	}
	if st.Currency != m.account.Currency {
		return nil, &provider.Error{Op: "Close", Kind: provider.ErrForeign, Message: "the plan has another currency than the account"}
	}
	options, err := m.c.cfg.Invoice(ctx, m.account, m.options())
	if err != nil {
		return nil, err
	}
	invoices, err := invoice.FromStatement(st, options)
	if err != nil {
		return nil, err
	}
	return &frozen.Month{
		Customer: m.account.Customer, Statement: st, Agreement: agreed, Invoices: worthIssuing(invoices), Late: late,
	}, m.agree(st, invoices)
}

// options are what an invoice has before the host completes it. It is issued on the first day after its period (O8), or on
// the day on which the month is frozen when that is later: an invoice is not older than it is, and whoever gets it has the
// whole time of the terms.
func (m *month) options() invoice.Options {
	issued := invoice.NextDate(m.period)
	if today := civil.DateOf(m.c.cfg.Clock(), m.account.Zone); today.After(issued) {
		issued = today
	}
	return invoice.Options{Terms: m.account.Terms, Issued: issued, Customer: invoice.Party{Name: m.account.Name}}
}

// agree is the last look before anything is frozen: the invoices come to what the statement comes to.
func (m *month) agree(st *usage.Statement, invoices []invoice.Invoice) error {
	totals := make([]money.Amount, len(invoices))
	for i := range invoices {
		if err := invoices[i].Verify(); err != nil { // guard: FromStatement holds it, too
			return err
		}
		totals[i] = invoices[i].Total
	}
	sum, err := money.Sum(st.Currency, totals...)
	if err != nil || !sum.Equal(st.Total) { // guard: FromStatement holds it, too
		return fmt.Errorf("%w: the invoices come to something else than the statement", invoice.ErrTotals)
	}
	return nil
}

// worthIssuing leaves out invoices of nothing.
func worthIssuing(invoices []invoice.Invoice) []invoice.Invoice {
	var out []invoice.Invoice
	for i := range invoices {
		if invoices[i].Total.Sign() > 0 {
			out = append(out, invoices[i])
		}
	}
	return out
}

// headline gives the total of the closing of the whole account, and the state that follows freezing.
func (m *month) headline(body *frozen.Month) (money.Amount, provider.ClosingState, error) {
	for i := range body.Invoices {
		if inv := &body.Invoices[i]; inv.Group == "" {
			return inv.Total, provider.Frozen, nil
		}
	}
	zero, err := money.Zero(body.Statement.Currency)
	return zero, provider.Empty, err
}

// reasonOf says in the ledger why a month is not closed yet: the kind of an error, without what it is about. Errors
// that pass by themselves leave no reason.
func reasonOf(err error) string {
	if errors.Is(err, errLost) || Retry(wrap("", "", err)) {
		return ""
	}
	var e *Error
	if errors.As(wrap("", "", err), &e) {
		reason := e.Kind.Error()
		if e.Message != "" {
			reason += ": " + e.Message
		}
		return reason
	}
	return ""
}
