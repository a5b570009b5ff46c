package closing

import (
	"context"
	"errors"
	"slices"

	"github.com/billhatch/billhatch/internal/frozen"
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
	later := []*frozen.Month{} // months between the one that is looked at and this one
	for range m.c.cfg.LatePeriods {
		other.period = other.period.Prev()
		body, err := other.closed(ctx)
		if err != nil {
			return nil, err
		}
		if body == nil {
			continue
		}
		amount, err := other.missed(ctx, body, later)
		if err != nil {
			return nil, err
		}
		if amount.IsSet() && amount.Sign() > 0 {
			out = append(out, frozen.Late{From: other.period.From(), To: other.period.To(), Amount: amount})
		}
		later = append(later, body)
	}
	slices.SortFunc(out, func(a, b frozen.Late) int { return a.From.Compare(b.From) })
	return out, nil
}

// closed gives the frozen month; nil when it is not closed, or was taken over without a statement.
func (m *month) closed(ctx context.Context) (*frozen.Month, error) {
	head, err := m.latest(ctx, "")
	if err != nil || head.Hash == "" || head.State == provider.Voided {
		return nil, err
	}
	body, _, err := m.read(ctx, head.Key)
	return body, err
}

// missed is what a closed month comes to now beyond what was billed for it by itself and by later months.
func (m *month) missed(ctx context.Context, body *frozen.Month, later []*frozen.Month) (money.Amount, error) {
	in := provider.GatherFor(ctx, m.c.cfg.Records, &m.account, m.period, body.Agreement)
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
	left, err := st.Total.Sub(body.Statement.Total)
	for _, other := range append(later, body) {
		for i := range other.Late {
			if l := &other.Late[i]; err == nil && l.From == m.period.From() && l.To == m.period.To() {
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
		body, err := other.closed(ctx)
		if err != nil {
			return nil, err
		}
		if body == nil {
			continue
		}
		for _, l := range body.Late {
			if l.From != m.period.From() || l.To != m.period.To() {
				continue
			}
			l.Amount = l.Amount.Neg()
			out = append(out, l)
		}
	}
	return out, nil
}

// adjustment is the line of late usage on the statement.
func (m *month) adjustment(l *frozen.Late) usage.Adjustment {
	period, err := civil.NewPeriod(l.From, l.To, m.account.Zone)
	if err != nil { // guard: it is a period that was closed
		period = m.period
	}
	return usage.Adjustment{
		ID: "late/" + l.From.String() + "/" + l.Amount.Decimal().String(), Name: m.c.cfg.LateName(m.account, period),
		On: m.period.From(), Amount: l.Amount,
	}
}
