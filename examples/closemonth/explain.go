package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/billhatch/billhatch/usage"
)

// explain derives the amounts of one user, given by id or mail address, in every tenant where the user has a row. It
// has no lines when nobody asked.
func explain(st *usage.Statement, set *settings) ([]string, error) {
	if set.explain == "" {
		return nil, nil
	}
	var lines []string
	for i := range st.Tenants {
		t := &st.Tenants[i]
		if !set.visible(t) {
			continue
		}
		for _, user := range usersOf(t, set.explain) {
			d, err := st.Explain(t.ID, user)
			if err != nil {
				return nil, err
			}
			lines = append(append(lines, ""), set.tell(d)...)
		}
	}
	if lines == nil {
		return nil, fmt.Errorf("-explain: no row for %q in %s: unknown, not covered in that month, or in a tenant that was not billable", short(set.explain), st.Period)
	}
	return lines, nil
}

// tell explains a row in words. Which users chose the price stays untold to a reader who may not see every tenant.
func (s *settings) tell(d usage.Derivation) []string {
	lines := d.Lines()
	if s.readerIs != "member" {
		return lines
	}
	return slices.DeleteFunc(lines, func(line string) bool {
		return strings.HasPrefix(line, "price:") || strings.HasPrefix(line, " ")
	})
}

// usersOf gives the ids of the users of a tenant that have this id or mail address.
func usersOf(t *usage.TenantStatement, who string) []string {
	var ids []string
	for g := range t.Groups {
		for row := range t.Groups[g].Rows() {
			if row.User == who || strings.EqualFold(row.Address, who) {
				ids = append(ids, row.User)
			}
		}
	}
	return ids
}

// visible tells whether the reader may see a tenant (O12).
func (s *settings) visible(t *usage.TenantStatement) bool {
	return s.readerIs != "member" || !t.Sensitive
}
