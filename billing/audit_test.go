package billing_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
)

// audited gives the policy in which Client Admins may do everything that is audited, and read the trail.
func auditedPolicy() rbac.Policy {
	return rbac.ClientPolicy().With(rbac.ClientAdmin, rbac.Own,
		rbac.ViewAudit, rbac.ViewBillingEmail, rbac.UpdateBillingEmail, rbac.DownloadReport)
}

// TestC17AuditedActsAreRecorded (C17) with actor, account, action, purpose, outcome and time; before they happen and after.
func TestC17AuditedActsAreRecorded(t *testing.T) {
	t.Parallel()
	h := build(t, auditedPolicy())
	a := h.home(rbac.ClientAdmin)
	names := map[string]rbac.Action{}
	for _, op := range billing.Operations() {
		if op.Audited {
			names[op.Name] = op.Action
		}
	}
	require.Len(t, names, 6)
	for _, op := range calls {
		action, audited := names[op.name]
		if !audited {
			continue
		}
		h.world.Advance(time.Minute)
		at := h.world.Now()
		_, err := op.do(t.Context(), h, a, rbactest.InTarget)
		require.NoError(t, err, op.name)
		trail, err := a.Audit(t.Context(), billing.AuditQuery{Action: string(action), From: at})
		require.NoError(t, err)
		require.Len(t, trail.Entries, acts(op)*2, op.name)
		require.Equal(t, provider.Succeeded, trail.Entries[0].Outcome)
		require.Equal(t, provider.Attempted, trail.Entries[1].Outcome)
		for _, e := range trail.Entries {
			require.Equal(t, "user-client_admin", e.Actor)
			require.Equal(t, rbactest.Home, e.Account)
			require.True(t, e.At.Equal(at))
		}
	}
	trail, err := a.Audit(t.Context(), billing.AuditQuery{Action: string(rbac.RevealRecipient)})
	require.NoError(t, err)
	require.Equal(t, "checking the address", trail.Entries[0].Purpose)
	require.Equal(t, h.accounts[rbactest.Home].recipient, trail.Entries[0].Target)
}

// TestC17TheTrailIsRead (C17) with filters and pages, by those who may, and only of the own account.
func TestC17TheTrailIsRead(t *testing.T) {
	t.Parallel()
	h := build(t, auditedPolicy(), func(c *billing.Config) { c.PageSize = 3 })
	a := h.home(rbac.ClientAdmin)
	s := h.accounts[rbactest.Home]
	for range 4 {
		h.world.Advance(time.Hour)
		_, err := a.RevealRecipient(t.Context(), s.recipient, "call them")
		require.NoError(t, err)
	}
	_, err := a.RevealRecipient(t.Context(), "nobody", "call them")
	require.ErrorIs(t, err, billing.ErrNotFound)
	seen := map[string]bool{}
	q := billing.AuditQuery{}
	for range 10 {
		page, err := a.Audit(t.Context(), q)
		require.NoError(t, err)
		for _, e := range page.Entries {
			require.False(t, seen[e.ID])
			seen[e.ID] = true
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	require.Len(t, seen, 10)
	for _, c := range []struct {
		q    billing.AuditQuery
		want int
	}{
		{billing.AuditQuery{Outcome: provider.Failed}, 1},
		{billing.AuditQuery{Actor: "nobody"}, 0},
		{billing.AuditQuery{Action: string(rbac.OpenPortal)}, 0},
		{billing.AuditQuery{To: now.Add(2 * time.Hour)}, 2},
		{billing.AuditQuery{From: now.Add(time.Hour), To: now.Add(2 * time.Hour), Outcome: provider.Succeeded}, 1},
	} {
		page, err := a.Audit(t.Context(), c.q)
		require.NoError(t, err)
		require.Len(t, page.Entries, c.want, "%+v", c.q)
	}
	_, err = h.home(rbac.ClientManager).Audit(t.Context(), billing.AuditQuery{})
	require.ErrorIs(t, err, billing.ErrForbidden)
	_, err = build(t, rbac.ClientPolicy()).home(rbac.ClientAdmin).Audit(t.Context(), billing.AuditQuery{})
	require.ErrorIs(t, err, billing.ErrForbidden, "nobody may until the host grants it")
	page, err := a.Audit(t.Context(), billing.AuditQuery{})
	require.NoError(t, err)
	_, err = a.Audit(t.Context(), billing.AuditQuery{Cursor: page.Next, Actor: "x"})
	require.ErrorIs(t, err, provider.ErrInvalidCursor, "a cursor belongs to its filter")
}

// TestWithTheAuditTrailDown: no reveal, no portal, no change of the email, no report, no document; reading goes on.
func TestWithTheAuditTrailDown(t *testing.T) {
	t.Parallel()
	h := build(t, auditedPolicy())
	h.world.FailAlways("Append", &provider.Error{Kind: provider.ErrUnavailable})
	a := h.home(rbac.ClientAdmin)
	audited := map[string]bool{}
	for _, op := range billing.Operations() {
		audited[op.Name] = op.Audited
	}
	for _, op := range calls {
		h.world.ResetCalls()
		value, err := op.do(t.Context(), h, a, rbactest.InTarget)
		if !audited[op.name] {
			require.NoError(t, err, op.name)
			continue
		}
		require.ErrorIs(t, err, billing.ErrAuditUnavailable, op.name)
		for _, c := range h.world.Calls() {
			require.Contains(t, []string{"Account", "Append", "Customer", "CustomersByEmail"}, c.Op, "%s still called %s", op.name, c.Op)
		}
		for _, text := range texts(value) {
			for _, private := range h.accounts[rbactest.Home].private {
				require.NotContains(t, text, private, op.name)
			}
		}
	}
	require.Equal(t, h.accounts[rbactest.Home].email, h.emailOf(h.accounts[rbactest.Home].Customer))
}

// TestTheRecordIsThereBeforeTheAct: at the moment of the act the attempt has been written.
func TestTheRecordIsThereBeforeTheAct(t *testing.T) {
	t.Parallel()
	acts := map[string]string{
		"RevealRecipient": "Recipients", "OpenPortal": "PortalSession", "ChangeBillingEmail": "UpdateEmail",
		"Report": "Tenants", "InvoicePDF": "InvoicePDF",
	}
	for _, op := range calls {
		providerOp, ok := acts[op.name]
		if !ok {
			continue
		}
		h := build(t, auditedPolicy())
		_, err := op.do(t.Context(), h, h.home(rbac.ClientAdmin), rbactest.InTarget)
		require.NoError(t, err)
		append1, acted := -1, -1
		for i, c := range h.world.Calls() {
			if c.Op == "Append" && append1 < 0 {
				append1 = i
			}
			if c.Op == providerOp && acted < 0 {
				acted = i
			}
		}
		require.GreaterOrEqual(t, append1, 0, op.name)
		require.Greater(t, acted, append1, op.name)
	}
}

// TestFreshAuthority: portal sessions, reveals and writes ask the host again for role and assignment. What a session was
// made with does not count any more.
func TestFreshAuthority(t *testing.T) {
	t.Parallel()
	down := func(c *billing.Config) {
		c.Authority = func(context.Context, string) (rbac.Principal, error) {
			return rbac.Principal{}, &provider.Error{Kind: provider.ErrUnavailable}
		}
	}
	for _, op := range billing.Operations() {
		i := indexOf(op.Name)
		if i < 0 || !op.Fresh {
			continue
		}
		for _, c := range []struct {
			name string
			p    rbac.Principal
			want string
		}{
			{"the role is gone", rbac.Principal{ID: "user-client_admin", Account: rbactest.Home, Roles: []rbac.Role{rbac.ClientStaff}}, "forbid"},
			{"the account is another one", rbac.Principal{ID: "user-client_admin", Account: "account-other", Roles: []rbac.Role{rbac.ClientAdmin}}, "hide"},
			{"suspended", rbac.Principal{ID: "user-client_admin", Account: rbactest.Home, Roles: []rbac.Role{rbac.ClientAdmin}, Suspended: true}, "hide"},
			{"somebody else", rbac.Principal{ID: "user-client_admin", Account: "", Roles: nil}, "hide"},
		} {
			h := build(t, auditedPolicy())
			a := h.home(rbac.ClientAdmin)
			panel, err := a.Portal(t.Context())
			require.NoError(t, err)
			h.knows(c.p)
			h.world.ResetCalls()
			if op.Name == "OpenPortal" {
				_, err = a.OpenPortal(t.Context(), panel.Confirm)
			} else {
				_, err = calls[i].do(t.Context(), h, a, rbactest.InTarget)
			}
			require.Equal(t, c.want, outcome(err), "%s: %s", op.Name, c.name)
			require.Empty(t, h.world.Calls(), "%s: %s", op.Name, c.name)
		}
		h := build(t, auditedPolicy(), down)
		_, err := calls[i].do(t.Context(), h, h.home(rbac.ClientAdmin), rbactest.InTarget)
		require.ErrorIs(t, err, billing.ErrAuthority, op.Name)
	}
}

func indexOf(name string) int {
	for i := range calls {
		if calls[i].name == name {
			return i
		}
	}
	return -1
}

// TestARevokedPartnerLosesFreshActs between opening the account and the act.
func TestARevokedPartnerLosesFreshActs(t *testing.T) {
	t.Parallel()
	policy := rbac.ClientPolicy().With(rbac.PartnerAdmin, rbac.Assigned, rbac.RevealRecipient)
	h := build(t, policy)
	account := rbactest.Assigned.AccountOf()
	a, err := h.as(partner(rbac.PartnerAdmin)).Account(t.Context(), account)
	require.NoError(t, err)
	_, err = a.RevealRecipient(t.Context(), h.accounts[account].recipient, "call them")
	require.NoError(t, err)
	h.world.Revoke(rbactest.Partner, account)
	_, err = a.RevealRecipient(t.Context(), h.accounts[account].recipient, "call them")
	require.ErrorIs(t, err, billing.ErrNotFound)
}

// TestNoCanaryLeaves: whatever one principal does, nothing that leaves the facade (values, errors, logs, audit) holds
// anything of an account outside its scope, and nothing that prints holds an address.
func TestNoCanaryLeaves(t *testing.T) {
	t.Parallel()
	for _, policy := range []rbac.Policy{auditedPolicy(), rbac.OrganizationPolicy().With(rbac.Admin, rbac.Own, rbac.ViewAudit)} {
		var logs bytes.Buffer
		h := build(t, policy, func(c *billing.Config) {
			c.Logger = slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		faults := []memory.Fault{
			{}, {Err: &provider.Error{Kind: provider.ErrUnavailable}}, {Err: fmt.Errorf("upstream says %s", h.accounts["account-other"].email)},
		}
		for _, fault := range faults {
			h.leaks(policy, fault, &logs)
		}
	}
}

func (h *house) leaks(policy rbac.Policy, fault memory.Fault, logs *bytes.Buffer) {
	h.t.Helper()
	for _, role := range policy.Roles {
		for _, p := range []rbac.Principal{person(role), partner(role)} {
			for _, op := range calls {
				for _, scope := range rbactest.Scopes() {
					if fault.Err != nil {
						h.world.Inject("*", fault, memory.Fault{}, fault)
					}
					logs.Reset()
					value, err := h.try(h.t.Context(), p, op, scope.AccountOf(), rbactest.InTarget)
					h.world.Heal()
					name := fmt.Sprintf("%s does %s in %s", p.ID, op.name, scope)
					allowed := ""
					if scope == rbactest.Own && p.Account != "" || scope == rbactest.Assigned && p.Partner != "" {
						allowed = scope.AccountOf()
					}
					require.Empty(h.t, h.foreign(allowed, append(texts(value), append(printed(err), logs.String())...)...), name)
					for _, text := range append(append(printed(value), printed(err)...), logs.String()) {
						if op.name == "Report" {
							break // the report is the list of users (O7)
						}
						for _, s := range h.accounts {
							for _, private := range s.private {
								require.NotContains(h.t, text, private, name)
							}
						}
					}
				}
			}
		}
	}
	for id := range h.accounts {
		page, err := h.world.Records().Audit(h.t.Context(), provider.AuditQuery{Account: id, Limit: 100})
		require.NoError(h.t, err)
		for _, text := range printed(page) {
			require.False(h.t, strings.Contains(text, "@example.com") && !strings.Contains(text, "***@"), "an address in the audit trail")
		}
	}
}

// TestPurposesAreMadeFit for the trail: one line, no address, bounded.
func TestPurposesAreMadeFit(t *testing.T) {
	t.Parallel()
	h := build(t, auditedPolicy())
	a := h.home(rbac.ClientAdmin)
	_, err := a.RevealRecipient(t.Context(), "x@example.com\n", "call ada@example.com\r\nAdmin deleted everything\u2028\x1b[31m")
	require.ErrorIs(t, err, billing.ErrNotFound)
	page, err := a.Audit(t.Context(), billing.AuditQuery{})
	require.NoError(t, err)
	for _, e := range page.Entries {
		require.NotContains(t, e.Purpose+e.Target, "@")
		require.False(t, strings.ContainsAny(e.Purpose+e.Target, "\r\n\x1b\u2028"))
		require.Contains(t, e.Purpose, "Admin deleted everything")
	}
}
