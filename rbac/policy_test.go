package rbac_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

func engine(t testing.TB, p rbac.Policy) *rbac.Engine {
	t.Helper()
	e, err := rbac.New(p)
	require.NoError(t, err)
	return e
}

// TestO1Literally (O1) is the table O1, cell by cell.
func TestO1Literally(t *testing.T) {
	t.Parallel()
	e := engine(t, rbac.OrganizationPolicy())
	roles := []rbac.Role{"admin", "full_member", "sales", "billing", "external_guest"}
	for _, row := range []struct {
		action rbac.Action
		cells  string // a column for each role
	}{
		{"billing_email.view", "yynyn"},
		{"billing_email.update", "ynnnn"},
		{"portal.open", "ynnyn"},
		{"report.download", "yynyn"},
	} {
		for i, role := range roles {
			d := e.Decide(rbac.Request{
				Principal: rbac.Principal{ID: "u", Account: "acme", Roles: []rbac.Role{role}}, Action: row.action, Account: "acme",
			})
			want := rbac.Forbid
			if row.cells[i] == 'y' {
				want = rbac.Allow
			}
			require.Equal(t, want, d.Effect, "%s %s", role, row.action)
		}
	}
}

// TestO1WithoutSales (O1): the earlier version of the product has no Sales role; then it is a role like any unknown one.
func TestO1WithoutSales(t *testing.T) {
	t.Parallel()
	e := engine(t, rbac.OrganizationPolicy().Without(rbac.Sales))
	sales := rbac.Principal{ID: "u", Account: "acme", Roles: []rbac.Role{rbac.Sales}}
	require.Equal(t, rbac.Decision{Rule: rbac.RuleUnknownRole}, e.Decide(rbac.Request{Principal: sales, Action: rbac.OpenPortal, Account: "acme"}))
	e = engine(t, rbac.OrganizationPolicy())
	require.Equal(t, rbac.Forbid, e.Decide(rbac.Request{Principal: sales, Action: rbac.OpenPortal, Account: "acme"}).Effect,
		"with the role it is forbidden, because the role is known")
}

// Oracle of the organisation portal, read from O1 and O12, apart from the engine.
var organisationAllows = map[string]map[string]bool{
	"admin":          {"billing_email.view": true, "billing_email.update": true, "portal.open": true, "report.download": true},
	"full_member":    {"billing_email.view": true, "report.download": true},
	"sales":          {},
	"billing":        {"billing_email.view": true, "portal.open": true, "report.download": true, "report.every_tenant": true},
	"external_guest": {},
}

// Oracle of the client portal, read from C1 and C3, apart from the engine.
var clientAllows = map[string]map[string]bool{
	"client_admin": {
		"usage.view": true, "adjustments.view": true, "invoices.view": true, "invoices.pdf": true, "portal.open": true,
		"payment_methods.view": true, "recipients.view": true, "recipients.reveal": true, "recipients.edit": true,
	},
	"client_manager": {
		"usage.view": true, "adjustments.view": true, "invoices.view": true, "invoices.pdf": true, "portal.open": true,
		"payment_methods.view": true, "recipients.edit": true,
	},
	"client_staff":  {},
	"partner_admin": {"usage.view": true, "adjustments.view": true, "invoices.view": true, "invoices.pdf": true, "clients.list": true},
	"partner_user":  {},
}

// knownActions are the actions that the oracles have been asked about. A further action must be thought about first.
var knownActions = []rbac.Action{
	"billing_email.view", "billing_email.update", "portal.open", "report.download", "report.every_tenant", "usage.view",
	"adjustments.view", "invoices.view", "invoices.pdf", "recipients.view", "recipients.reveal", "recipients.edit",
	"payment_methods.view", "clients.list", "audit.view",
}

// expect answers a cell from a table of what roles may do. Partner people act in assigned accounts, everybody else in
// the own one; the list of clients belongs to no account.
func expect(t *testing.T, allows map[string]map[string]bool, partners ...string) func(rbactest.Cell) rbac.Effect {
	t.Helper()
	isPartner := map[string]bool{}
	for _, p := range partners {
		isPartner[p] = true
	}
	return func(c rbactest.Cell) rbac.Effect {
		may, known := allows[c.Subject.Name]
		switch {
		case !known: // nobody, unknown, none, suspended
			return rbac.Hide
		case isPartner[c.Subject.Name]:
			place := rbactest.Assigned
			if c.Action == "clients.list" {
				place = rbactest.MissingScope
			}
			if c.Scope == place && may[string(c.Action)] {
				return rbac.Allow
			}
			return rbac.Hide
		case c.Scope != rbactest.Own:
			return rbac.Hide
		case may[string(c.Action)]:
			return rbac.Allow
		}
		return rbac.Forbid
	}
}

// TestO1C1EveryDecisionOfBothTables (O1, C1) walks every subject, action and scope against the oracles.
func TestO1C1EveryDecisionOfBothTables(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, knownActions, rbac.Actions(), "an action that the oracles do not know: decide who may do it, then add it here")
	organisation, client := rbac.OrganizationPolicy(), rbac.ClientPolicy()
	require.Len(t, organisation.Roles, len(organisationAllows), "a role that the oracle does not know")
	require.Len(t, client.Roles, len(clientAllows), "a role that the oracle does not know")

	n := rbactest.Run(t, engine(t, organisation), rbactest.Walk{Roles: organisation.Roles}, expect(t, organisationAllows))
	n += rbactest.Run(t, engine(t, client), rbactest.Walk{
		Roles: client.Roles[:3], PartnerRoles: client.Roles[3:],
	}, expect(t, clientAllows, "partner_admin", "partner_user"))
	require.Equal(t, 2*9*15*10, n)
}

// TestAnAssignmentWithoutAPartnerIsNone: who has no partner organisation cannot be assigned anything.
func TestAnAssignmentWithoutAPartnerIsNone(t *testing.T) {
	t.Parallel()
	e := engine(t, rbac.ClientPolicy())
	for _, p := range []rbac.Principal{
		{ID: "u", Roles: []rbac.Role{rbac.PartnerAdmin}},
		{ID: "u", Account: "other", Roles: []rbac.Role{rbac.PartnerAdmin}},
		{Roles: []rbac.Role{rbac.PartnerAdmin}, Partner: "p"},
		{ID: "u", Suspended: true, Roles: []rbac.Role{rbac.PartnerAdmin}, Partner: "p"},
	} {
		d := e.Decide(rbac.Request{Principal: p, Action: rbac.ViewUsage, Account: "acme", Assigned: true})
		require.Equal(t, rbac.Hide, d.Effect)
	}
}

// TestSeveralRoles unite only where the policy says so; one that is not known spoils them all, in every order.
func TestSeveralRoles(t *testing.T) {
	t.Parallel()
	roles := func(r ...rbac.Role) rbac.Request {
		return rbac.Request{Principal: rbac.Principal{ID: "u", Account: "a", Roles: r}, Action: rbac.OpenPortal, Account: "a"}
	}
	strict := engine(t, rbac.OrganizationPolicy())
	require.Equal(t, rbac.RuleManyRoles, strict.Decide(roles(rbac.Admin, rbac.Sales)).Rule)
	policy := rbac.OrganizationPolicy()
	policy.Unite = true
	united := engine(t, policy)
	require.Equal(t, rbac.Allow, united.Decide(roles(rbac.Sales, rbac.Admin)).Effect)
	require.Equal(t, rbac.Forbid, united.Decide(roles(rbac.Sales, rbac.FullMember)).Effect)
	require.Equal(t, rbac.Hide, united.Decide(roles(rbac.Admin, "nonsense")).Effect)
	require.Equal(t, rbac.Hide, united.Decide(roles("nonsense", rbac.Admin)).Effect)
}

// TestJobs may do what the policy grants to jobs, in every account, and nothing without an account.
func TestJobs(t *testing.T) {
	t.Parallel()
	e := engine(t, rbac.OrganizationPolicy())
	job := rbac.System("close")
	for _, c := range []struct {
		action  rbac.Action
		account string
		want    rbac.Effect
	}{
		{rbac.DownloadReport, "any", rbac.Allow},
		{rbac.UpdateBillingEmail, "any", rbac.Hide},
		{rbac.OpenPortal, "any", rbac.Hide},
		{rbac.RevealRecipient, "any", rbac.Hide},
		{rbac.DownloadReport, "", rbac.Hide},
		{"nonsense", "any", rbac.Hide},
	} {
		require.Equal(t, c.want, e.Decide(rbac.Request{Principal: job, Action: c.action, Account: c.account}).Effect, "%s", c.action)
	}
	require.Equal(t, rbac.Hide, e.Decide(rbac.Request{Principal: rbac.System(""), Action: rbac.DownloadReport, Account: "a"}).Effect)
}

// TestPoliciesThatCannotBeDecidedBy are refused.
func TestPoliciesThatCannotBeDecidedBy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		p    rbac.Policy
	}{
		{"no roles", rbac.Policy{}},
		{"an empty role", rbac.Policy{Roles: []rbac.Role{""}}},
		{"a role listed twice", rbac.Policy{Roles: []rbac.Role{"a", "a"}}},
		{"a grant to a role that is not listed", rbac.Policy{Roles: []rbac.Role{"a"}, Grants: []rbac.Grant{{Role: "b", In: rbac.Own}}}},
		{"a grant in no relation", rbac.Policy{Roles: []rbac.Role{"a"}, Grants: []rbac.Grant{{Role: "a"}}}},
		{"a relation that there is not", rbac.Policy{Roles: []rbac.Role{"a"}, Grants: []rbac.Grant{{Role: "a", In: 9}}}},
		{"an action that there is not", rbac.OrganizationPolicy().With(rbac.Admin, rbac.Own, "fly")},
		{"a list of clients in an account", rbac.OrganizationPolicy().With(rbac.Admin, rbac.Own, rbac.ListClients)},
		{"usage of no account", rbac.ClientPolicy().With(rbac.PartnerAdmin, rbac.Organisation, rbac.ViewUsage)},
		{"a job that lists clients", func() rbac.Policy { p := rbac.ClientPolicy(); p.Jobs = []rbac.Action{rbac.ListClients}; return p }()},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := rbac.New(c.p)
			require.ErrorIs(t, err, rbac.ErrPolicy)
		})
	}
}

// TestPresetsAreCopies: changing one does not change the next.
func TestPresetsAreCopies(t *testing.T) {
	t.Parallel()
	p := rbac.ClientPolicy()
	p.Grants[0].Actions[0] = rbac.ViewAudit
	p.Roles[0] = "x"
	require.Empty(t, rbac.ClientPolicy().Diff(rbac.ClientPolicy()))
	require.NotEmpty(t, rbac.ClientPolicy().Diff(p))
	e := engine(t, rbac.ClientPolicy())
	e.Policy().Roles[0] = "x"
	require.True(t, e.Knows(rbac.ClientAdmin))
}

// TestDecidingIsTheSameAsReading the policy, for random policies and requests: a second, slow way that shares nothing
// with the engine.
func TestDecidingIsTheSameAsReading(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		roles := []rbac.Role{"a", "b", "c"}
		p := rbac.Policy{Name: "random", Roles: roles, Unite: rapid.Bool().Draw(rt, "unite")}
		for range rapid.IntRange(0, 6).Draw(rt, "grants") {
			in := rapid.SampledFrom([]rbac.Relation{rbac.Own, rbac.Assigned}).Draw(rt, "in")
			actions := rapid.SliceOfN(rapid.SampledFrom([]rbac.Action{rbac.ViewUsage, rbac.ViewInvoices, rbac.OpenPortal}), 1, 3).Draw(rt, "actions")
			p.Grants = append(p.Grants, rbac.Grant{Role: rapid.SampledFrom(roles).Draw(rt, "role"), In: in, Actions: actions})
		}
		e, err := rbac.New(p)
		require.NoError(rt, err)
		r := rbac.Request{
			Principal: rbac.Principal{
				ID:      rapid.SampledFrom([]string{"", "u"}).Draw(rt, "id"),
				Roles:   rapid.SliceOfN(rapid.SampledFrom([]rbac.Role{"a", "b", "c", "x"}), 0, 3).Draw(rt, "has"),
				Account: rapid.SampledFrom([]string{"", "acme", "other"}).Draw(rt, "home"),
				Partner: rapid.SampledFrom([]string{"", "p"}).Draw(rt, "partner"), Suspended: rapid.Bool().Draw(rt, "suspended"),
			},
			Action:  rapid.SampledFrom([]rbac.Action{rbac.ViewUsage, rbac.ViewInvoices, rbac.OpenPortal, "fly"}).Draw(rt, "action"),
			Account: "acme", Assigned: rapid.Bool().Draw(rt, "assigned"),
		}
		require.Equal(rt, readPolicy(p, r), e.Decide(r).Effect)
	})
}

// readPolicy decides by looking through the policy.
func readPolicy(p rbac.Policy, r rbac.Request) rbac.Effect {
	who := r.Principal
	own, assigned := who.Account == r.Account, r.Assigned && who.Partner != ""
	if who.ID == "" || who.Suspended || !r.Action.Valid() || !own && !assigned || len(who.Roles) == 0 || len(who.Roles) > 1 && !p.Unite {
		return rbac.Hide
	}
	allowed := false
	for _, role := range who.Roles {
		known := false
		for _, k := range p.Roles {
			known = known || k == role
		}
		if !known {
			return rbac.Hide
		}
		for _, g := range p.Grants {
			for _, a := range g.Actions {
				allowed = allowed || g.Role == role && a == r.Action && (g.In == rbac.Own && own || g.In == rbac.Assigned && !own)
			}
		}
	}
	switch {
	case allowed:
		return rbac.Allow
	case own:
		return rbac.Forbid
	}
	return rbac.Hide
}

// TestDecidingAllocatesNothing.
func TestDecidingAllocatesNothing(t *testing.T) {
	e := engine(t, rbac.ClientPolicy())
	r := rbac.Request{
		Principal: rbac.Principal{ID: "u", Partner: "p", Roles: []rbac.Role{rbac.PartnerAdmin}}, Action: rbac.ViewUsage, Account: "acme", Assigned: true,
	}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if !e.Decide(r).Allowed() {
			t.Fatal("not allowed")
		}
	}))
}

// BenchmarkDecide is a decision with its scope.
func BenchmarkDecide(b *testing.B) {
	e := engine(b, rbac.ClientPolicy())
	r := rbac.Request{
		Principal: rbac.Principal{ID: "u", Partner: "p", Roles: []rbac.Role{rbac.PartnerAdmin}}, Action: rbac.ViewInvoices, Account: "acme", Assigned: true,
	}
	b.ReportAllocs()
	for b.Loop() {
		if !e.Decide(r).Allowed() {
			b.Fatal("not allowed")
		}
	}
}

// TestTheRuleSaysWhy, and the relation is told for nobody and for people who are suspended too.
func TestTheRuleSaysWhy(t *testing.T) {
	t.Parallel()
	e := engine(t, rbac.ClientPolicy())
	for _, c := range []struct {
		name     string
		p        rbac.Principal
		action   rbac.Action
		account  string
		rule     rbac.Rule
		relation rbac.Relation
	}{
		{"nobody", rbac.Principal{Account: "a"}, rbac.ViewUsage, "a", rbac.RuleNobody, rbac.Unrelated},
		{"suspended", rbac.Principal{ID: "u", Account: "a", Suspended: true}, rbac.ViewUsage, "a", rbac.RuleSuspended, rbac.Unrelated},
		{"no such action", rbac.Principal{ID: "u", Account: "a"}, "fly", "a", rbac.RuleAction, rbac.Own},
		{"no account", rbac.Principal{ID: "u"}, rbac.ViewUsage, "", rbac.RuleScope, rbac.Unrelated},
		{"another account", rbac.Principal{ID: "u", Account: "a"}, rbac.ViewUsage, "b", rbac.RuleScope, rbac.Unrelated},
		{"no role", rbac.Principal{ID: "u", Account: "a"}, rbac.ViewUsage, "a", rbac.RuleUnknownRole, rbac.Own},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rbac.Request{Principal: c.p, Action: c.action, Account: c.account}
			require.Equal(t, rbac.Decision{Rule: c.rule}, e.Decide(r))
			require.Equal(t, c.relation, r.Relation())
		})
	}
	require.Contains(t, rbac.ClientPolicy().With(rbac.PartnerAdmin, rbac.Own, rbac.ViewUsage).Table(rbac.ViewUsage), "own+assigned")
	require.Equal(t, "unknown", rbac.Relation(99).String())
	require.Equal(t, "hide", rbac.Effect(99).String())
}
