package billing_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

// TestC3ASessionTellsWhatItCan (C3, C13): Can says beforehand how Clients ends, for every subject of both policies, and
// looks nothing up.
func TestC3ASessionTellsWhatItCan(t *testing.T) {
	t.Parallel()
	allowed := 0
	for _, policy := range []rbac.Policy{rbac.OrganizationPolicy(), rbac.ClientPolicy()} {
		h := build(t, policy)
		w := rbactest.Walk{Roles: policy.Roles}
		if policy.Name == "client" {
			w.Roles, w.PartnerRoles = policy.Roles[:3], policy.Roles[3:]
		}
		for _, subject := range w.Subjects() {
			session := h.as(subject.Principal)
			h.world.ResetCalls()
			can := session.Can("Clients")
			require.Empty(t, h.world.Calls(), "Can looks nothing up")
			_, err := session.Clients(t.Context(), billing.ClientsQuery{})
			require.Equal(t, err == nil, can, "%s: %s", policy.Name, subject.Name)
			if can {
				allowed++
			}
			for _, op := range billing.Operations() {
				require.False(t, op.Name != "Clients" && session.Can(op.Name), "%s is no operation of a session", op.Name)
			}
			require.False(t, session.Can("") || session.Can("clients") || session.Can("Nothing"))
		}
	}
	require.Positive(t, allowed)
}

// Can knows every operation that a session has.
func TestASessionCanDoAllItsOperations(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	session := h.as(partner(rbac.PartnerAdmin))
	typ := reflect.TypeFor[*billing.Session]()
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		if m.Type.NumIn() > 1 && m.Type.In(1) == reflect.TypeFor[context.Context]() && m.Name != "Account" {
			require.True(t, session.Can(m.Name), m.Name)
		}
	}
}

// TestPortalHostsAreACopy (C10): a page may change what it got, the service goes by its own.
func TestPortalHostsAreACopy(t *testing.T) {
	t.Parallel()
	given := []string{"billing.invalid", "pay.example"}
	h := build(t, rbac.ClientPolicy(), func(c *billing.Config) { c.PortalHosts = given })
	h.service.PortalHosts()[0] = "evil.example"
	given[1] = "evil.example"
	require.Equal(t, []string{"billing.invalid", "pay.example"}, h.service.PortalHosts())
	a := h.home(rbac.ClientAdmin)
	panel, err := a.Portal(t.Context())
	require.NoError(t, err)
	_, err = a.OpenPortal(t.Context(), panel.Confirm)
	require.NoError(t, err)

	standard := build(t, rbac.ClientPolicy(), func(c *billing.Config) { c.PortalHosts = nil })
	require.Equal(t, []string{"billing.stripe.com"}, standard.service.PortalHosts())
}
