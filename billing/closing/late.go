package closing

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/billhatch/billhatch/internal/frozen"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// late finds usage that came after its period was closed. Each such period is computed again from today's records, with
// the agreement that was frozen; what it comes to beyond what was billed for it is billed by this month. Only more is:
// records that are not kept for ever must not become a credit, which is a person's decision.
//
// The first thing that a later revision finds is what months after it have billed for it as late already.
func (m *month) late(ctx context.Context, revision int) ([]frozen.Late, error) {
	var out []frozen.Late
	if revision > 1 {
		again, err := m.billedLater(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, again...)
	}
	other := *m
	var later []*past // months between the one that is looked at and this one
	for range m.c.cfg.LatePeriods {
		other.period = other.period.Prev()
		was, err := other.closed(ctx)
		if err != nil {
			return nil, err
		}
		if was == nil {
			continue
		}
		amount, err := other.missed(ctx, was, later)
		if err != nil {
			return nil, err
		}
		if amount.IsSet() && amount.Sign() > 0 {
			out = append(out, frozen.Late{From: other.period.From(), To: other.period.To(), Amount: amount})
		}
		later = append(later, was)
	}
	slices.SortFunc(out, func(a, b frozen.Late) int { return a.From.Compare(b.From) })
	return out, nil
}

// past is a month that was closed.
type past struct {
	agreed provider.Agreement // to compute it again with
	billed money.Amount       // for its own usage, and what agreed says beside it
	late   []frozen.Late      // what it has billed for other months
}

// closed gives the month as it was closed; nil when it is not.
func (m *month) closed(ctx context.Context) (*past, error) {
	head, err := m.latest(ctx, "")
	switch {
	case err != nil:
		return nil, err
	case adopted(&head):
		return m.takenOver(ctx)
	case head.Hash == "" || head.State == provider.Voided:
		return nil, nil //nolint:nilnil // it is not closed
	}
	lines, err := m.all(ctx)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(lines, func(c provider.Closing) bool { return adopted(&c) }) { // a group of it was
		return m.takenOver(ctx)
	}
	body, _, err := m.read(ctx, head.Key)
	if err != nil {
		return nil, err
	}
	return &past{body.Agreement, body.Statement.Total, body.Late}, nil
}

// takenOver gives a month that was taken over from the payment provider: what counts is what its invoices bill. Nobody
// knows at which prices, so it is computed again at those that the records have for it.
func (m *month) takenOver(ctx context.Context) (*past, error) {
	lines, err := m.all(ctx)
	if err != nil {
		return nil, err
	}
	was := &past{}
	if was.billed, err = money.Zero(m.account.Currency); err != nil {
		return nil, err
	}
	for i := range lines {
		switch {
		case !settled(&lines[i], m.c.cfg.KeepBack):
			return nil, nil //nolint:nilnil // it is not closed
		case lines[i].Invoice == "":
			continue
		}
		inv, err := m.c.cfg.Payments.Invoice(ctx, m.account.Customer, lines[i].Invoice)
		if err != nil {
			return nil, err
		}
		if err := was.add(&inv); err != nil {
			return nil, err
		}
	}
	_, was.agreed, err = provider.Gather(ctx, m.c.cfg.Records, &m.account, m.period)
	if provider.IsKind(err, provider.ErrIncomplete) {
		return nil, nil //nolint:nilnil // there is no plan for it any more
	}
	return was, err
}

// add counts an invoice of the payment provider. Its lines for late usage say which period they are of.
func (p *past) add(inv *invoice.Invoice) (err error) {
	if p.billed, err = p.billed.Add(inv.Subtotal); err != nil {
		return err
	}
	for i := range inv.Lines {
		late, ok := lateOf(&inv.Lines[i])
		if !ok {
			continue
		}
		p.late = append(p.late, late)
		if p.billed, err = p.billed.Sub(late.Amount); err != nil {
			return err
		}
	}
	return nil
}

// missed is what a closed month comes to now beyond what was billed for it by itself and by later months.
func (m *month) missed(ctx context.Context, was *past, later []*past) (money.Amount, error) {
	in := provider.GatherFor(ctx, m.c.cfg.Records, &m.account, m.period, was.agreed)
	in.TotalsOnly = true
	st, err := usage.Compute(in)
	var broken *usage.Error
	if errors.As(err, &broken) && provider.Kind(err) == nil {
		m.c.cfg.Logger.Warn("closing: a closed month cannot be computed again", "account", m.account.ID, "period", m.period.String())
		return money.Amount{}, nil // its records are not kept any more, or are being changed
	}
	if err != nil {
		return money.Amount{}, err
	}
	left, err := st.Total.Sub(was.billed)
	for _, other := range append(slices.Clone(later), was) {
		for i := range other.late {
			if l := &other.late[i]; err == nil && l.From == m.period.From() && l.To == m.period.To() {
				left, err = left.Sub(l.Amount)
			}
		}
	}
	return left, err
}

// billedLater gives what later months have billed for this one as late, to be taken off its new revision.
func (m *month) billedLater(ctx context.Context) ([]frozen.Late, error) {
	var out []frozen.Late
	other := *m
	for range m.c.cfg.LatePeriods {
		other.period = other.period.Next()
		was, err := other.closed(ctx)
		if err != nil {
			return nil, err
		}
		if was == nil {
			continue
		}
		for _, l := range was.late {
			if l.From != m.period.From() || l.To != m.period.To() {
				continue
			}
			l.Amount = l.Amount.Neg()
			out = append(out, l)
		}
	}
	return out, nil
}

// lateID begins the id of an adjustment for late usage. The period and the amount follow.
const lateID = "late/"

// lateOf reads a line for late usage of an invoice.
func lateOf(l *invoice.Line) (frozen.Late, bool) {
	rest, ok := strings.CutPrefix(l.Key, "adjustment/"+lateID)
	parts := strings.Split(rest, "/")
	if !ok || len(parts) != 3 {
		return frozen.Late{}, false
	}
	from, err := civil.ParseDate(parts[0])
	to, err2 := civil.ParseDate(parts[1])
	return frozen.Late{From: from, To: to, Amount: l.Amount}, err == nil && err2 == nil
}

// adjustment is the line of late usage on the statement.
func (m *month) adjustment(l *frozen.Late) usage.Adjustment {
	period, err := civil.NewPeriod(l.From, l.To, m.account.Zone)
	if err != nil { // guard: it is a period that was closed
		period = m.period
	}
	return usage.Adjustment{
		ID: lateID + l.From.String() + "/" + l.To.String() + "/" + l.Amount.Decimal().String(), Name: m.c.cfg.LateName(m.account, period),
		On: m.period.From(), Amount: l.Amount,
	}
}
