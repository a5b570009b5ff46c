package billing_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

// The oracle: who may do which operation, written from O1, O7, C1, C3 and C7. It is asked by name of role and operation
// and shares nothing with the engine.
var mayDo = map[string]map[string][]string{
	"organization": {
		"admin":          {"BillingEmail", "ChangeBillingEmail", "Portal", "OpenPortal", "Report", "CollectReport", "ReportMonths"},
		"full_member":    {"BillingEmail", "Report", "CollectReport", "ReportMonths"},
		"sales":          {},
		"billing":        {"BillingEmail", "Portal", "OpenPortal", "Report", "CollectReport", "ReportMonths"},
		"external_guest": {},
	},
	"client": {
		"client_admin": {
			"Usage", "History", "Invoices", "Invoice", "InvoicePDF", "Recipients", "RevealRecipient", "RecipientSettings",
			"Portal", "OpenPortal", "PaymentMethods",
		},
		"client_manager": {
			"Usage", "History", "Invoices", "Invoice", "InvoicePDF", "RecipientSettings", "Portal", "OpenPortal", "PaymentMethods",
		},
		"client_staff":  {},
		"partner_admin": {"Usage", "History", "Invoices", "Invoice", "InvoicePDF"},
		"partner_user":  {},
	},
}

var partnerRoles = []rbac.Role{"partner_admin", "partner_user"}

// expected is what the oracle says of a subject and an operation on an account, for a thing that lies somewhere.
func expected(policy, subject string, op call, scope rbactest.Scope, r rbactest.Resource) string {
	may, known := mayDo[policy][subject]
	place := rbactest.Own
	isPartner := slices.Contains(partnerRoles, rbac.Role(subject))
	if isPartner {
		place = rbactest.Assigned
	}
	switch {
	case !known || scope != place:
		return "hide"
	case !slices.Contains(may, op.name) && isPartner:
		return "hide"
	case !slices.Contains(may, op.name):
		return "forbid"
	case op.things && r != rbactest.InTarget:
		return "hide"
	}
	return "allow"
}

// TestEveryDecision (C1, C12, C13) walks subjects, operations, scopes, resources and both ways into the portal, for both policies. A
// denied cell reaches neither the payment provider nor the audit trail; an allowed one holds nothing of another account.
func TestEveryDecision(t *testing.T) {
	t.Parallel()
	cells := 0
	for _, policy := range []rbac.Policy{rbac.OrganizationPolicy(), rbac.ClientPolicy()} {
		require.Len(t, policy.Roles, len(mayDo[policy.Name]), "a role that the oracle does not know")
		for _, direct := range []bool{false, true} {
			h := build(t, policy)
			for _, s := range h.accounts {
				s.Direct = direct
				h.world.SetAccount(s.Account)
			}
			require.NoError(t, h.world.Err())
			cells += h.walk(policy)
		}
	}
	t.Logf("%d cells", cells)
	require.GreaterOrEqual(t, cells, 5040)
}

func (h *house) walk(policy rbac.Policy) int {
	n := 0
	w := rbactest.Walk{Roles: policy.Roles}
	if policy.Name == "client" {
		w.Roles, w.PartnerRoles = policy.Roles[:3], policy.Roles[3:]
	}
	for _, subject := range w.Subjects() {
		for _, op := range calls {
			for _, scope := range rbactest.Scopes() {
				for _, resource := range rbactest.Resources() {
					n++
					h.cell(policy.Name, subject, op, scope, resource)
				}
			}
		}
	}
	return n
}

func (h *house) cell(policy string, subject rbactest.Subject, op call, scope rbactest.Scope, r rbactest.Resource) {
	h.t.Helper()
	h.world.ResetCalls()
	ctx := h.t.Context()
	value, err := h.try(ctx, subject.Principal, op, scope.AccountOf(), r)
	name := fmt.Sprintf("%s: %s does %s, account %s, thing %s", policy, subject.Name, op.name, scope, r)
	want := expected(policy, subject.Name, op, scope, r)
	if got := outcome(err); got != want {
		h.t.Errorf("%s: %s, want %s", name, got, want)
		return
	}
	if want == "allow" {
		if leak := h.foreign(scope.AccountOf(), texts(value)...); leak != "" {
			h.t.Errorf("%s: %s", name, leak)
		}
		return
	}
	if may := slices.Contains(mayDo[policy][subject.Name], op.name); may && op.things && (scope == rbactest.Own || scope == rbactest.Assigned) {
		return // allowed, but there is no such thing: it had to be looked for
	}
	for _, c := range h.world.Calls() {
		if c.Op != "Assigned" {
			h.t.Errorf("%s: denied, but %s was called", name, c.Op)
		}
	}
	if leak := h.foreign("", texts(err)...); leak != "" {
		h.t.Errorf("%s: %s in the error", name, leak)
	}
}

// try opens the account and does the operation.
func (h *house) try(ctx context.Context, p rbac.Principal, op call, account string, r rbactest.Resource) (any, error) {
	a, err := h.as(p).Account(ctx, account)
	if err != nil {
		return nil, err
	}
	return op.do(ctx, h, a, r)
}

// TestEveryOperationIsInTheTable finds the operations of Account and Session by reflection: each stands in the table, in
// the oracle and in the list of calls, so that a new one cannot be forgotten.
func TestEveryOperationIsInTheTable(t *testing.T) {
	t.Parallel()
	inTable := map[string]bool{}
	for _, op := range billing.Operations() {
		require.False(t, inTable[op.Name], "%s stands in the table twice", op.Name)
		require.True(t, op.Action.Valid(), op.Name)
		inTable[op.Name] = true
	}
	ctx := reflect.TypeFor[context.Context]()
	found := map[string]bool{}
	for _, typ := range []reflect.Type{reflect.TypeFor[*billing.Account](), reflect.TypeFor[*billing.Session]()} {
		for i := range typ.NumMethod() {
			m := typ.Method(i)
			if m.Type.NumIn() < 2 || m.Type.In(1) != ctx || m.Name == "Account" {
				continue // looks nothing up, or only finds the scope
			}
			require.True(t, inTable[m.Name], "operation %s is not in the table", m.Name)
			found[m.Name] = true
		}
	}
	require.Len(t, found, len(inTable), "the table has an operation that there is not")
	for name := range found {
		has := slices.ContainsFunc(calls, func(c call) bool { return c.name == name }) || name == "Clients"
		require.True(t, has, "operation %s is not walked", name)
	}
	for policy, roles := range mayDo {
		for role, ops := range roles {
			for _, op := range ops {
				require.True(t, found[op], "the oracle of %s, %s knows operation %s that there is not", policy, role, op)
			}
		}
	}
}

// TestUnderDenyAllNothingIsReached: every operation answers forbidden or not found, and no provider is called.
func TestUnderDenyAllNothingIsReached(t *testing.T) {
	t.Parallel()
	for _, effect := range []rbac.Effect{rbac.Hide, rbac.Forbid, rbac.Effect(99)} {
		asked := 0
		h := build(t, rbac.ClientPolicy(), func(c *billing.Config) {
			c.Authorizer = rbac.AuthorizerFunc(func(rbac.Request) rbac.Decision { return rbac.Decision{Effect: effect} })
			c.Authority = func(context.Context, string) (rbac.Principal, error) { asked++; return rbac.Principal{}, nil }
		})
		session := h.as(person(rbac.ClientAdmin))
		a, err := session.Account(t.Context(), rbactest.Home)
		require.NoError(t, err)
		for _, op := range calls {
			_, err := op.do(t.Context(), h, a, rbactest.InTarget)
			require.Contains(t, []string{"forbid", "hide"}, outcome(err), op.name)
			require.False(t, a.Can(op.name), op.name)
		}
		_, err = session.Clients(t.Context(), billing.ClientsQuery{})
		require.Contains(t, []string{"forbid", "hide"}, outcome(err))
		require.Empty(t, h.world.Calls())
		require.Zero(t, asked, "the host is not asked either")
	}
}

// TestAbsentAndNotYoursAreTheSame: foreign, revoked, missing and nonsense accounts give identical answers after
// identical numbers of look-ups, for people of a client and of a partner.
func TestAbsentAndNotYoursAreTheSame(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	for _, p := range []rbac.Principal{person(rbac.ClientAdmin), partner(rbac.PartnerAdmin), partner(rbac.PartnerUser)} {
		ids := []string{"", "nowhere", "ACME ", "../acme", "acme\x00", "account-other"}
		for _, s := range rbactest.Scopes() {
			if s != rbactest.Own && s != rbactest.Assigned {
				ids = append(ids, s.AccountOf())
			}
		}
		answers := map[string]bool{}
		for _, id := range ids {
			h.world.ResetCalls()
			_, err := h.as(p).Account(t.Context(), id)
			answers[fmt.Sprintf("%s %#v %d calls", err, err, len(h.world.Calls()))] = true
		}
		require.Len(t, answers, 1, "%v", answers)
	}
}
