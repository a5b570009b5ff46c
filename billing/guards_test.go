package billing_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

// TestTheRecordsMayFail: an account that is gone is not found, one that cannot be read is unavailable, and another one
// than was asked for is refused.
func TestTheRecordsMayFail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault memory.Fault
		want  error
	}{
		{"gone", memory.Fault{Err: provider.NotFound("Account")}, billing.ErrNotFound},
		{"down", memory.Fault{Err: &provider.Error{Kind: provider.ErrUnavailable}}, provider.ErrUnavailable},
		{"another account", memory.Fault{Alter: func(x any) { x.(*provider.Account).ID = "account-other" }}, provider.ErrForeign},
		{"without a zone", memory.Fault{Alter: func(x any) { x.(*provider.Account).Zone = nil }}, provider.ErrForeign},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.ClientPolicy())
			h.world.InjectAlways("Account", c.fault)
			a := h.home(rbac.ClientAdmin)
			for _, op := range calls {
				if !a.Can(op.name) {
					continue
				}
				_, err := op.do(t.Context(), h, a, rbactest.InTarget)
				require.ErrorIs(t, err, c.want, op.name)
			}
		})
	}
}

// TestOnlyFreshActsAskTheHostAgain, and only audited ones write to the trail.
func TestOnlyFreshActsAskTheHostAgain(t *testing.T) {
	t.Parallel()
	asked := 0
	h := build(t, auditedPolicy())
	config := h.config
	config.Authority = func(ctx context.Context, id string) (rbac.Principal, error) {
		asked++
		return h.authority(ctx, id)
	}
	service, err := billing.New(config)
	require.NoError(t, err)
	h.service = service
	ops := map[string]billing.Operation{}
	for _, op := range billing.Operations() {
		ops[op.Name] = op
	}
	a := h.home(rbac.ClientAdmin)
	for _, op := range calls {
		if op.name == "OpenPortal" {
			continue // opens the panel first
		}
		asked = 0
		h.world.ResetCalls()
		_, err := op.do(t.Context(), h, a, rbactest.InTarget)
		require.NoError(t, err, op.name)
		require.Equal(t, ops[op.name].Fresh, asked == 1, op.name)
		want := 0
		if ops[op.name].Audited {
			want = 2
		}
		require.Len(t, h.world.CallsOf("Append"), want, op.name)
	}
}

// TestWhatTheHostMaySay of a principal when it is asked again.
func TestWhatTheHostMaySay(t *testing.T) {
	t.Parallel()
	good := person(rbac.ClientAdmin)
	other := good
	other.ID = "somebody-else"
	for _, c := range []struct {
		name string
		say  func() (rbac.Principal, error)
		want error
	}{
		{"the same", func() (rbac.Principal, error) { return good, nil }, nil},
		{"there is nobody", func() (rbac.Principal, error) { return rbac.Principal{}, provider.NotFound("") }, billing.ErrNotFound},
		{"cannot tell", func() (rbac.Principal, error) { return good, errors.New("down") }, billing.ErrAuthority},
		{"somebody else", func() (rbac.Principal, error) { return other, nil }, billing.ErrNotFound},
		{"a job", func() (rbac.Principal, error) { return rbac.System(good.ID), nil }, billing.ErrNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			policy := auditedPolicy()
			policy.Jobs = append(policy.Jobs, rbac.RevealRecipient)
			h := build(t, policy, func(cfg *billing.Config) {
				cfg.Authority = func(context.Context, string) (rbac.Principal, error) { return c.say() }
			})
			a, err := h.service.Session(good).Account(t.Context(), rbactest.Home)
			require.NoError(t, err)
			_, err = a.RevealRecipient(t.Context(), h.accounts[rbactest.Home].recipient, "call them")
			require.ErrorIs(t, err, c.want)
			if c.want != nil {
				require.Empty(t, h.world.CallsOf("Append", "Recipients"))
			}
		})
	}
}

// TestJobsAreNotLookedUp: a job of the host acts in every account, by what the policy grants to jobs, without the host
// being asked who it is.
func TestJobsAreNotLookedUp(t *testing.T) {
	t.Parallel()
	policy := rbac.ClientPolicy()
	policy.Jobs = append(policy.Jobs, rbac.RevealRecipient)
	h := build(t, policy, func(c *billing.Config) {
		c.Authority = func(context.Context, string) (rbac.Principal, error) { return rbac.Principal{}, errors.New("down") }
	})
	session := h.service.Session(rbac.System("mailer"))
	for _, id := range []string{rbactest.Home, rbactest.Other.AccountOf()} {
		a, err := session.Account(t.Context(), id)
		require.NoError(t, err)
		got, err := a.RevealRecipient(t.Context(), h.accounts[id].recipient, "sending the report")
		require.NoError(t, err)
		require.Contains(t, got.Email.Reveal(), h.accounts[id].canary)
		_, err = a.PaymentMethods(t.Context())
		require.ErrorIs(t, err, billing.ErrNotFound)
	}
	_, err := session.Account(t.Context(), "")
	require.ErrorIs(t, err, billing.ErrNotFound)
	_, err = session.Clients(t.Context(), billing.ClientsQuery{})
	require.ErrorIs(t, err, billing.ErrNotFound)
}

// TestTheListOfClientsMayFail: each failure by its kind.
func TestTheListOfClientsMayFail(t *testing.T) {
	t.Parallel()
	down := build(t, rbac.ClientPolicy(), func(c *billing.Config) {
		c.Authority = func(context.Context, string) (rbac.Principal, error) { return rbac.Principal{}, errors.New("down") }
	})
	_, err := down.service.Session(partner(rbac.PartnerAdmin)).Clients(t.Context(), billing.ClientsQuery{})
	require.ErrorIs(t, err, billing.ErrAuthority)
	require.Empty(t, down.world.Calls())

	h := build(t, rbac.ClientPolicy())
	session := h.as(partner(rbac.PartnerAdmin))
	h.world.FailNext("Clients", &provider.Error{Kind: provider.ErrRateLimited, RetryAfter: 5})
	panel, err := session.Clients(t.Context(), billing.ClientsQuery{})
	require.NoError(t, err)
	require.Equal(t, billing.RateLimited, panel.State)
	require.EqualValues(t, 5, panel.RetryAfter)
	h.world.FailNext("Clients", &provider.Error{Kind: provider.ErrInvalid})
	_, err = session.Clients(t.Context(), billing.ClientsQuery{})
	require.ErrorIs(t, err, provider.ErrInvalid)

	demoted := partner(rbac.PartnerAdmin)
	demoted.Roles = []rbac.Role{rbac.PartnerUser}
	h.knows(demoted)
	h.world.ResetCalls()
	_, err = session.Clients(t.Context(), billing.ClientsQuery{})
	require.ErrorIs(t, err, billing.ErrNotFound)
	require.Empty(t, h.world.Calls())
}

// TestAPartnerWhoseAssignmentCannotBeLookedUpAtTheAct is denied for now.
func TestAPartnerWhoseAssignmentCannotBeLookedUpAtTheAct(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy().With(rbac.PartnerAdmin, rbac.Assigned, rbac.RevealRecipient))
	account := rbactest.Assigned.AccountOf()
	a, err := h.as(partner(rbac.PartnerAdmin)).Account(t.Context(), account)
	require.NoError(t, err)
	h.world.FailNext("Assigned", &provider.Error{Kind: provider.ErrTimeout})
	_, err = a.RevealRecipient(t.Context(), h.accounts[account].recipient, "call them")
	require.ErrorIs(t, err, billing.ErrAuthority)
}

// TestWrongConfigurations are errors at construction, each with its field.
func TestWrongConfigurations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, field string
		change      func(*billing.Config)
	}{
		{"no payment provider", "Payments", func(c *billing.Config) { c.Payments = nil }},
		{"no records", "Records", func(c *billing.Config) { c.Records = nil }},
		{"no authorizer", "Authorizer", func(c *billing.Config) { c.Authorizer = nil }},
		{"no clock", "Clock", func(c *billing.Config) { c.Clock = nil }},
		{"no authority", "Authority", func(c *billing.Config) { c.Authority = nil }},
		{"records without an audit log", "Require", func(c *billing.Config) { c.Records = struct{ provider.Records }{c.Records} }},
		{"a missing ability that is required", "Require", func(c *billing.Config) {
			c.Payments, c.Require = struct{ provider.Payments }{c.Payments}, []provider.Capability{provider.CanOpenPortal}
		}},
		{"an ability that there is not", "Require", func(c *billing.Config) { c.Require = []provider.Capability{"flying"} }},
		{"a return URL without a host", "ReturnURL", func(c *billing.Config) { c.ReturnURL = "/billing" }},
		{"a return URL in the clear", "ReturnURL", func(c *billing.Config) { c.ReturnURL = "http://host.example/" }},
		{"a return URL with a user", "ReturnURL", func(c *billing.Config) { c.ReturnURL = "https://a:b@host.example/" }},
		{"a return URL with a backslash", "ReturnURL", func(c *billing.Config) { c.ReturnURL = `https://host.example\@evil.example` }},
		{"a return URL that is a script", "ReturnURL", func(c *billing.Config) { c.ReturnURL = "javascript:alert(1)" }},
		{"a negative page", "PageSize", func(c *billing.Config) { c.PageSize = -1 }},
		{"a page too large", "PageSize", func(c *billing.Config) { c.PageSize = 101 }},
		{"a short key", "SealKey", func(c *billing.Config) { c.SealKey = []byte("short") }},
		{"an empty key", "SealKey", func(c *billing.Config) { c.SealKey = []byte{} }},
		{"a support page that is none", "Support", func(c *billing.Config) { c.Support.URL = "support" }},
		{"a support address that is none", "Support", func(c *billing.Config) { c.Support.Email = "support" }},
		{"thresholds out of order", "Thresholds", func(c *billing.Config) {
			c.Thresholds.Approaching = c.Thresholds.ActionNeeded.Neg().Sub(usd("1").Decimal())
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := build(t, rbac.ClientPolicy()).config
			c.change(&config)
			_, err := billing.New(config)
			require.ErrorIs(t, err, billing.ErrConfig)
			var e *billing.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.field, e.Field)
		})
	}
	config := build(t, rbac.ClientPolicy()).config
	config.ReturnURL, config.SealKey, config.Support = "http://localhost:8080/billing", nil, billing.Support{}
	_, err := billing.New(config)
	require.NoError(t, err)
}

// TestTheConfigurationIsCopied: changing it afterwards changes nothing.
func TestTheConfigurationIsCopied(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy(), func(c *billing.Config) { c.DirectRoles = []rbac.Role{rbac.Admin} })
	h.config.DirectRoles[0], h.config.PortalHosts[0], h.config.SealKey[0] = "x", "x", 'x'
	entry, err := openPortal(t, h.home(rbac.Admin))
	require.NoError(t, err)
	require.Equal(t, billing.Direct, entry.Way)
	require.Equal(t, strings.Repeat("k", 31), string(h.config.SealKey[1:]))
}
