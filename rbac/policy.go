package rbac

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrPolicy is the kind of every error of a policy, for errors.Is.
var ErrPolicy = errors.New("invalid policy")

// PolicyError says what is wrong with a policy.
type PolicyError struct {
	Policy string
	Detail string
}

// Error names the policy and the reason.
func (e *PolicyError) Error() string {
	return fmt.Sprintf("rbac: policy %q: %s", e.Policy, e.Detail)
}

// Unwrap gives ErrPolicy.
func (e *PolicyError) Unwrap() error { return ErrPolicy }

// Grant lets a role do actions to accounts of one relation.
type Grant struct {
	Role    Role     `json:"role"`
	In      Relation `json:"in"`
	Actions []Action `json:"actions"`
}

// Policy is the table of who may do what. It is data: copy it with [Policy.Clone] and change it.
type Policy struct {
	Name   string   `json:"name"`
	Roles  []Role   `json:"roles"` // every role that is known, also those without any right, in the order of the table
	Grants []Grant  `json:"grants"`
	Jobs   []Action `json:"jobs"` // what jobs of the host may do, in every account; see System
	// Unite lets several roles of one principal add up. Without it a principal with several roles may do nothing.
	Unite bool `json:"unite"`
}

// OrganizationPolicy is the table O1: the organisation portal, where one organisation pays for many tenants. The
// Billing role has every tab of the report (O12). Nobody may read the audit trail until the host grants it.
func OrganizationPolicy() Policy {
	return Policy{
		Name:  "organization",
		Roles: []Role{Admin, FullMember, Sales, Billing, ExternalGuest},
		Grants: []Grant{
			{Admin, Own, []Action{ViewBillingEmail, UpdateBillingEmail, OpenPortal, DownloadReport}},
			{FullMember, Own, []Action{ViewBillingEmail, DownloadReport}},
			{Billing, Own, []Action{ViewBillingEmail, OpenPortal, DownloadReport, ReportEveryTenant}},
		},
		Jobs: jobs(),
	}
}

// ClientPolicy is the table C1: the client portal, where partners look after assigned clients. Nobody may read the
// audit trail until the host grants it.
func ClientPolicy() Policy {
	panels := []Action{ViewUsage, ViewAdjustments, ViewInvoices, DownloadPDF}
	return Policy{
		Name:  "client",
		Roles: []Role{ClientAdmin, ClientManager, ClientStaff, PartnerAdmin, PartnerUser},
		Grants: []Grant{
			{ClientAdmin, Own, append(slices.Clone(panels), OpenPortal, ViewPaymentMethods, ViewRecipients, RevealRecipient, EditRecipients)},
			{ClientManager, Own, append(slices.Clone(panels), OpenPortal, ViewPaymentMethods, EditRecipients)},
			{PartnerAdmin, Assigned, panels},
			{PartnerAdmin, Organisation, []Action{ListClients}},
		},
		Jobs: jobs(),
	}
}

func jobs() []Action {
	return []Action{ViewBillingEmail, DownloadReport, ReportEveryTenant, ViewUsage, ViewAdjustments, ViewInvoices, DownloadPDF}
}

// Clone copies the policy, so that a change of the copy does not touch the original.
func (p Policy) Clone() Policy {
	p.Roles, p.Jobs = slices.Clone(p.Roles), slices.Clone(p.Jobs)
	p.Grants = slices.Clone(p.Grants)
	for i := range p.Grants {
		p.Grants[i].Actions = slices.Clone(p.Grants[i].Actions)
	}
	return p
}

// With gives a copy in which the role is known and may do the actions in accounts of the relation as well. Without
// actions the role is only made known.
func (p Policy) With(role Role, in Relation, granted ...Action) Policy {
	p = p.Clone()
	if !slices.Contains(p.Roles, role) {
		p.Roles = append(p.Roles, role)
	}
	if len(granted) > 0 {
		p.Grants = append(p.Grants, Grant{role, in, slices.Clone(granted)})
	}
	return p
}

// Without gives a copy that does not know the role any more.
func (p Policy) Without(role Role) Policy {
	p = p.Clone()
	p.Roles = slices.DeleteFunc(p.Roles, func(r Role) bool { return r == role })
	p.Grants = slices.DeleteFunc(p.Grants, func(g Grant) bool { return g.Role == role })
	return p
}

// Validate tells whether the policy can be decided by: named roles that are known, actions of the set, relations in
// which an action can be done.
func (p Policy) Validate() error {
	fail := func(format string, args ...any) error { return &PolicyError{p.Name, fmt.Sprintf(format, args...)} }
	if len(p.Roles) == 0 {
		return fail("no roles")
	}
	for i, role := range p.Roles {
		if role == "" || slices.Contains(p.Roles[:i], role) {
			return fail("role %q is empty or listed twice", role)
		}
	}
	for _, g := range p.Grants {
		switch {
		case !slices.Contains(p.Roles, g.Role):
			return fail("role %q is granted something but not listed", g.Role)
		case g.In == Unrelated || int(g.In) >= len(relationNames):
			return fail("role %q is granted something in no relation", g.Role)
		}
		for _, a := range g.Actions {
			if !a.Valid() {
				return fail("action %q is not known", a)
			}
			if (a == ListClients) != (g.In == Organisation) {
				return fail("action %q cannot be granted in relation %s", a, g.In)
			}
		}
	}
	for _, a := range p.Jobs {
		if !a.Valid() || a == ListClients {
			return fail("action %q cannot be granted to jobs", a)
		}
	}
	return nil
}

// Grants tells in which relations a role may do an action.
func (p Policy) in(role Role, action Action) []Relation {
	var in []Relation
	for _, g := range p.Grants {
		if g.Role == role && slices.Contains(g.Actions, action) && !slices.Contains(in, g.In) {
			in = append(in, g.In)
		}
	}
	slices.Sort(in)
	return in
}

// Table prints the policy: a line for each action, a column for each role, "yes", "no", or the relations where an
// action is allowed elsewhere than in the own account. Only actions that some role may do, or that are asked for, are
// listed.
func (p Policy) Table(list ...Action) string {
	if len(list) == 0 {
		list = slices.DeleteFunc(Actions(), func(a Action) bool {
			return !slices.ContainsFunc(p.Roles, func(r Role) bool { return len(p.in(r, a)) > 0 })
		})
	}
	rows := [][]string{{"action"}}
	for _, role := range p.Roles {
		rows[0] = append(rows[0], string(role))
	}
	for _, a := range list {
		row := []string{string(a)}
		for _, role := range p.Roles {
			row = append(row, cell(p.in(role, a)))
		}
		rows = append(rows, row)
	}
	return align(rows)
}

func cell(in []Relation) string {
	if len(in) == 0 {
		return "no"
	}
	if len(in) == 1 && in[0] == Own {
		return "yes"
	}
	names := make([]string, len(in))
	for i, r := range in {
		names[i] = r.String()
	}
	return strings.Join(names, "+")
}

func align(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, text := range row {
			widths[i] = max(widths[i], len(text))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, text := range row {
			line += fmt.Sprintf("%-*s  ", widths[i], text)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// Change is one difference between two policies.
type Change struct {
	Role     Role
	Action   Action // empty: the role itself was added or removed
	Old, New string // what the tables say; empty where there is no such role
}

// Diff gives what is different in another policy, in order of its roles and the actions.
func (p Policy) Diff(other Policy) []Change {
	var out []Change
	roles := slices.Clone(p.Roles)
	for _, r := range other.Roles {
		if !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
	}
	for _, role := range roles {
		before, after := slices.Contains(p.Roles, role), slices.Contains(other.Roles, role)
		if before != after {
			out = append(out, Change{Role: role, Old: known(before), New: known(after)})
		}
		for _, a := range actions {
			if o, n := cell(p.in(role, a)), cell(other.in(role, a)); o != n {
				out = append(out, Change{Role: role, Action: a, Old: o, New: n})
			}
		}
	}
	return out
}

func known(is bool) string {
	if is {
		return "known"
	}
	return ""
}
