package report

import (
	"context"
	"fmt"
	"math"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
)

// progressRows is after how many rows progress is told.
const progressRows = 4096

// view is the part of a statement that a reader may see. All documents are made from it and from nothing else.
type view struct {
	st      *usage.Statement
	opt     *Options
	scale   int // digits of the minor unit
	tenants []*usage.TenantStatement
	charges []*usage.Charge
	hidden  int
	shown   money.Amount // sum of what is shown
	rows    int          // users of the visible tenants

	progress Progress
}

// newView checks the statement as far as that is possible without its rows, and chooses what is shown.
func newView(st *usage.Statement, opt *Options) (*view, error) {
	if st == nil {
		return nil, &Error{Kind: ErrStatement, Detail: "there is none"}
	}
	scale, ok := money.Exponent(st.Currency)
	if !ok || st.Period.IsZero() {
		return nil, &Error{Kind: ErrStatement, Detail: "it has no currency or no period"}
	}
	if err := addsUp(st); err != nil {
		return nil, err
	}
	v := &view{st: st, opt: opt, scale: scale}
	for i := range st.Tenants {
		t := &st.Tenants[i]
		if opt.Visible != nil && !opt.Visible(t.ID) {
			v.hidden++
			continue
		}
		v.tenants = append(v.tenants, t)
		users, err := countUsers(t)
		if err != nil {
			return nil, err
		}
		v.rows += users
	}
	for i := range st.Charges {
		if c := &st.Charges[i]; !v.partial() || independent(c.Kind) {
			v.charges = append(v.charges, c)
		}
	}
	v.progress = Progress{Tenants: len(v.tenants), Rows: v.rows}
	var err error
	v.shown, err = v.sum()
	return v, err
}

func (v *view) partial() bool { return v.hidden > 0 }

// independent tells the charges that cannot depend on tenants.
func independent(kind usage.ChargeKind) bool {
	return kind == usage.ChargeFee || kind == usage.ChargeShared
}

// countUsers counts the rows of a tenant and refuses one whose rows were not kept.
func countUsers(t *usage.TenantStatement) (int, error) {
	n := 0
	for g := range t.Groups {
		group := &t.Groups[g]
		if group.Users > 0 && !group.HasRows() {
			return 0, &Error{Kind: ErrNoRows, Tenant: t.ID, Group: group.Name}
		}
		n += group.Users
	}
	return n, nil
}

// addsUp adds groups to tenants, and all parts to the total.
func addsUp(st *usage.Statement) error {
	parts := make([]money.Amount, 0, len(st.Tenants)+len(st.Projects)+len(st.Charges))
	for i := range st.Tenants {
		t := &st.Tenants[i]
		groups := make([]money.Amount, len(t.Groups))
		for g := range t.Groups {
			groups[g] = t.Groups[g].Subtotal
		}
		if err := same(st.Currency, groups, t.Subtotal); err != nil {
			err.Tenant = t.ID
			return err
		}
		parts = append(parts, t.Subtotal)
	}
	for i := range st.Projects {
		p := &st.Projects[i]
		if err := same(st.Currency, projectParts(p), p.Subtotal); err != nil {
			err.Detail = fmt.Sprintf("project %q: %s", clip(p.ID), err.Detail)
			return err
		}
		parts = append(parts, p.Subtotal)
	}
	for i := range st.Charges {
		parts = append(parts, st.Charges[i].Amount)
	}
	if err := same(st.Currency, parts, st.Total); err != nil {
		return err
	}
	return nil
}

// projectParts are the amounts that the lines of a project show.
func projectParts(p *usage.ProjectStatement) []money.Amount {
	var parts []money.Amount
	for i := range p.Meters {
		if m := &p.Meters[i]; m.Amount.IsSet() {
			parts = append(parts, m.Amount)
		}
	}
	if p.Fee != nil {
		parts = append(parts, p.Fee.Amount)
	}
	return parts
}

// same compares the sum of parts with what was stated. Both must be whole minor units.
func same(currency string, parts []money.Amount, stated money.Amount) *Error {
	sum, err := money.Sum(currency, parts...)
	if err == nil {
		_, err = sum.Minor()
	}
	if err != nil || !sum.Equal(stated) {
		return &Error{Kind: ErrStatement, Err: err, Detail: fmt.Sprintf("parts sum to %s, stated is %s", sum, stated)}
	}
	return nil
}

// sum adds up what is shown.
func (v *view) sum() (money.Amount, error) {
	if !v.partial() {
		return v.st.Total, nil
	}
	var parts []money.Amount
	for _, t := range v.tenants {
		parts = append(parts, t.Subtotal)
	}
	for i := range v.st.Projects {
		parts = append(parts, v.st.Projects[i].Subtotal)
	}
	for _, c := range v.charges {
		parts = append(parts, c.Amount)
	}
	sum, err := money.Sum(v.st.Currency, parts...)
	if err != nil {
		return sum, &Error{Kind: ErrStatement, Err: err}
	}
	return sum, nil
}

// each reads the rows of a group. It looks at the context before every row, and compares the sum with the subtotal of
// the group after the last one.
func (v *view) each(ctx context.Context, t *usage.TenantStatement, g *usage.GroupStatement, write func(row *usage.Row, minor int64) error) error {
	var (
		sum int64
		n   int
		row usage.Row
	)
	for row = range g.Rows() {
		if err := ctx.Err(); err != nil {
			return wrap(err)
		}
		minor, err := row.Amount.Minor()
		if err != nil || minor < 0 || sum > math.MaxInt64-minor || row.Amount.Currency() != v.st.Currency {
			return &Error{Kind: ErrStatement, Tenant: t.ID, Group: g.Name, Detail: fmt.Sprintf("amount of row %d", n+1), Err: err}
		}
		sum += minor
		n++
		if err := write(&row, minor); err != nil {
			return err
		}
		v.progress.RowsDone++
		if v.progress.RowsDone%progressRows == 0 {
			v.tell()
		}
	}
	want, err := g.Subtotal.Minor()
	if err != nil || sum != want || n != g.Users {
		return &Error{
			Kind: ErrStatement, Tenant: t.ID, Group: g.Name, Err: err,
			Detail: fmt.Sprintf("%d rows sum to %d minor units, stated are %d rows and %s", n, sum, g.Users, g.Subtotal),
		}
	}
	return nil
}

// tenantDone notes the end of a tenant.
func (v *view) tenantDone() {
	v.progress.TenantsDone++
	v.tell()
}

func (v *view) tell() {
	if v.opt.Progress != nil {
		v.opt.Progress(v.progress)
	}
}

func (v *view) result() Result {
	return Result{Rows: v.progress.RowsDone, Hidden: v.hidden, Partial: v.partial(), Shown: v.shown}
}

// minor gives an amount in minor units. Amounts of a statement that adds up have them.
func minor(a money.Amount) (int64, error) {
	n, err := a.Minor()
	if err != nil {
		return 0, &Error{Kind: ErrStatement, Err: err}
	}
	return n, nil
}
