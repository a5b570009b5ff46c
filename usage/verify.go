package usage

import (
	"fmt"

	"github.com/billhatch/billhatch/money"
)

// Verify adds the statement up again, row by row: rows to groups, groups to tenants, everything to the total. It is
// what a host runs right before it acts on a statement. A difference is ErrStatement.
func (st *Statement) Verify() error {
	total, err := money.Zero(st.Currency)
	if err != nil {
		return &Error{Kind: ErrStatement, Err: err}
	}
	add := func(a money.Amount) {
		if err == nil {
			total, err = total.Add(a)
		}
	}
	for i := range st.Tenants {
		t := &st.Tenants[i]
		if err := t.verify(st.Currency); err != nil {
			return err
		}
		add(t.Subtotal)
	}
	for i := range st.Projects {
		add(st.Projects[i].Subtotal)
	}
	for i := range st.Charges {
		add(st.Charges[i].Amount)
	}
	if err != nil {
		return &Error{Kind: ErrStatement, Err: err}
	}
	if !total.Equal(st.Total) {
		return &Error{Kind: ErrStatement, Detail: fmt.Sprintf("parts sum to %s, the total is %s", total, st.Total)}
	}
	return nil
}

func (t *TenantStatement) verify(currency string) error {
	groups := make([]money.Amount, len(t.Groups))
	for g := range t.Groups {
		group := &t.Groups[g]
		groups[g] = group.Subtotal
		if !group.HasRows() {
			continue
		}
		var sum int64
		rows := 0
		for row := range group.Rows() {
			minor, err := row.Amount.Minor()
			if err != nil || minor < 0 || row.Units.Covered > row.Units.Of {
				return &Error{Kind: ErrStatement, Tenant: t.ID, User: row.User, Detail: "row out of bounds", Err: err}
			}
			sum += minor
			rows++
		}
		want, err := money.FromMinor(sum, currency)
		if err != nil || !want.Equal(group.Subtotal) || rows != group.Users {
			return &Error{
				Kind: ErrStatement, Tenant: t.ID, Err: err,
				Detail: fmt.Sprintf("%d rows sum to %s, group %q has %d rows and %s", rows, want, group.Name, group.Users, group.Subtotal),
			}
		}
	}
	sum, err := money.Sum(currency, groups...)
	if err != nil || !sum.Equal(t.Subtotal) {
		return &Error{Kind: ErrStatement, Tenant: t.ID, Err: err, Detail: fmt.Sprintf("groups sum to %s, the tenant to %s", sum, t.Subtotal)}
	}
	return nil
}
