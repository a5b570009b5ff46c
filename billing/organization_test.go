package billing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/internal/agree"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage"
)

// open confirms and opens the portal.
func openPortal(t *testing.T, a *billing.Account) (billing.PortalEntry, error) {
	t.Helper()
	panel, err := a.Portal(t.Context())
	require.NoError(t, err)
	require.Equal(t, billing.Ready, panel.State)
	return a.OpenPortal(t.Context(), panel.Confirm)
}

// TestO2ThePageKnowsWhatToDraw (O2): the billing email, and which buttons a role has.
func TestO2ThePageKnowsWhatToDraw(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	for _, c := range []struct {
		role                            rbac.Role
		email, change, portal, download bool
	}{
		{rbac.Admin, true, true, true, true},
		{rbac.FullMember, true, false, false, true},
		{rbac.Sales, false, false, false, false},
		{rbac.Billing, true, false, true, true},
		{rbac.ExternalGuest, false, false, false, false},
	} {
		a := h.home(c.role)
		require.Equal(t, c.portal, a.Can("OpenPortal"), c.role)
		require.Equal(t, c.download, a.Can("Report"), c.role)
		panel, err := a.BillingEmail(t.Context())
		if !c.email {
			require.ErrorIs(t, err, billing.ErrForbidden, c.role)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, h.accounts[rbactest.Home].email, panel.Email.Reveal())
		require.Equal(t, c.change, panel.CanChange, c.role)
	}
}

// TestO3O4TwoWaysIn (O3, O4): direct for the Billing role and for listed accounts, by magic link for everybody else who may.
func TestO3O4TwoWaysIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		role   rbac.Role
		listed bool
		way    billing.Way // empty: may not
	}{
		{rbac.Admin, false, billing.MagicLink},
		{rbac.Admin, true, billing.Direct},
		{rbac.Billing, false, billing.Direct},
		{rbac.Billing, true, billing.Direct},
		{rbac.FullMember, true, ""},
		{rbac.Sales, true, ""},
		{rbac.ExternalGuest, true, ""},
	} {
		t.Run(fmt.Sprintf("%s, listed %v", c.role, c.listed), func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.OrganizationPolicy())
			home := h.accounts[rbactest.Home]
			home.Direct = c.listed
			h.world.SetAccount(home.Account)
			a := h.home(c.role)
			if c.way == "" {
				_, err := a.Portal(t.Context())
				require.ErrorIs(t, err, billing.ErrForbidden)
				return
			}
			entry, err := openPortal(t, a)
			require.NoError(t, err)
			require.Equal(t, c.way, entry.Way)
			customer, isSession := h.world.SessionCustomer(entry.URL)
			require.Equal(t, c.way == billing.Direct, isSession)
			if isSession {
				require.Equal(t, home.Customer, customer)
				return
			}
			u, err := url.Parse(entry.URL.Reveal())
			require.NoError(t, err)
			require.Equal(t, home.email, u.Query().Get("prefilled_email"))
			require.Empty(t, h.world.CallsOf("PortalSession"), "a magic link makes no session")
		})
	}
}

// TestO5TheExactAddressIsShown (O5), and an address that two customers share is warned of or refused.
func TestO5TheExactAddressIsShown(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	home := h.accounts[rbactest.Home]
	a := h.home(rbac.Admin)
	panel, err := a.Portal(t.Context())
	require.NoError(t, err)
	require.Equal(t, home.email, panel.Email.Reveal())
	require.False(t, panel.Shared)

	h.world.SetEmail(h.accounts[rbactest.Other.AccountOf()].Customer, strings.ToUpper(home.email[:3])+home.email[3:])
	email, err := a.BillingEmail(t.Context())
	require.NoError(t, err)
	require.True(t, email.Shared)
	panel, err = a.Portal(t.Context())
	require.NoError(t, err)
	require.True(t, panel.Shared)
	_, err = a.OpenPortal(t.Context(), panel.Confirm)
	require.ErrorIs(t, err, billing.ErrSharedEmail)

	_, err = a.ChangeBillingEmail(t.Context(), billing.EmailChange{Expected: home.email, New: h.accounts[rbactest.Assigned.AccountOf()].email})
	require.ErrorIs(t, err, billing.ErrSharedEmail)
	allowed := build(t, rbac.OrganizationPolicy(), func(c *billing.Config) { c.AllowSharedEmail = true })
	got, err := allowed.home(rbac.Admin).ChangeBillingEmail(t.Context(), billing.EmailChange{
		Expected: home.email, New: allowed.accounts[rbactest.Other.AccountOf()].email,
	})
	require.NoError(t, err)
	require.True(t, got.Shared, "where it is allowed it is warned of")
}

// TestO6OnlyAdminsChangeTheEmail (O6): an address that is not one is a field error, a change made meanwhile a conflict.
func TestO6OnlyAdminsChangeTheEmail(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	home := h.accounts[rbactest.Home]
	admin := h.home(rbac.Admin)
	for _, wrong := range []string{
		"", "x", "a@b", "a@b..c", "Ada <a@b.example>", "a@b.example,c@d.example", "a@b.example\r\nBcc: x@y.example",
		`"a@school.edu"@evil.example`, "a@" + strings.Repeat("b", 260) + ".example", "а@b.example",
	} {
		_, err := admin.ChangeBillingEmail(t.Context(), billing.EmailChange{Expected: home.email, New: wrong})
		require.ErrorIs(t, err, provider.ErrInvalid, wrong)
		var e *billing.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, "email", e.Field)
	}
	_, err := admin.ChangeBillingEmail(t.Context(), billing.EmailChange{Expected: "old@example.com", New: "new@example.com"})
	require.ErrorIs(t, err, provider.ErrConflict)
	_, err = admin.ChangeBillingEmail(t.Context(), billing.EmailChange{Expected: "", New: "new@example.com"})
	require.ErrorIs(t, err, provider.ErrConflict, "no expectation is the expectation of no address")
	require.Equal(t, home.email, h.emailOf(home.Customer))

	panel, err := admin.ChangeBillingEmail(t.Context(), billing.EmailChange{Expected: home.email, New: " new@example.com "})
	require.NoError(t, err)
	require.Equal(t, "new@example.com", panel.Email.Reveal())
	require.Equal(t, "new@example.com", h.emailOf(home.Customer), "the change goes to the provider's customer")
	for _, role := range []rbac.Role{rbac.FullMember, rbac.Sales, rbac.Billing, rbac.ExternalGuest} {
		_, err := h.home(role).ChangeBillingEmail(t.Context(), billing.EmailChange{Expected: "new@example.com", New: "x@example.com"})
		require.ErrorIs(t, err, billing.ErrForbidden, role)
	}
}

// TestO6AVersionStandsForTheAddress (O6): it can take the place of the address that was expected, tells nothing of it,
// and is worth nothing once the address has changed.
func TestO6AVersionStandsForTheAddress(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	home := h.accounts[rbactest.Home]
	admin := h.home(rbac.Admin)
	first, err := admin.BillingEmail(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, first.Version)
	again, err := h.home(rbac.Billing).BillingEmail(t.Context())
	require.NoError(t, err)
	require.Equal(t, first.Version, again.Version, "the same for every reader")

	for _, wrong := range []string{"x", first.Version[1:], first.Version + "A", h.versionOf(t, rbactest.Other)} {
		_, err := admin.ChangeBillingEmail(t.Context(), billing.EmailChange{Version: wrong, Expected: home.email, New: "new@example.com"})
		require.ErrorIs(t, err, provider.ErrConflict, wrong)
	}
	changed, err := admin.ChangeBillingEmail(t.Context(), billing.EmailChange{Version: first.Version, New: "new@example.com"})
	require.NoError(t, err)
	require.NotEqual(t, first.Version, changed.Version)
	_, err = admin.ChangeBillingEmail(t.Context(), billing.EmailChange{Version: first.Version, New: "newer@example.com"})
	require.ErrorIs(t, err, provider.ErrConflict)
	same, err := admin.ChangeBillingEmail(t.Context(), billing.EmailChange{Version: changed.Version, New: "new@example.com"})
	require.NoError(t, err)
	require.Equal(t, changed.Version, same.Version, "the same address keeps the version")
	require.Equal(t, "new@example.com", h.emailOf(home.Customer))

	h.world.FailNext("Customer", provider.ErrUnavailable)
	_, err = admin.ChangeBillingEmail(t.Context(), billing.EmailChange{Version: changed.Version, New: "newer@example.com"})
	require.ErrorIs(t, err, provider.ErrUnavailable, "a version that cannot be checked is no version")
}

// versionOf is the version of the address of another account with the same address on file.
func (h *house) versionOf(t *testing.T, scope rbactest.Scope) string {
	t.Helper()
	other := h.accounts[scope.AccountOf()]
	before := other.email
	h.world.SetEmail(other.Customer, h.accounts[rbactest.Home].email)
	a, err := h.as(rbac.Principal{ID: "user-elsewhere", Account: other.ID, Roles: []rbac.Role{rbac.Admin}}).Account(t.Context(), other.ID)
	require.NoError(t, err)
	panel, err := a.BillingEmail(t.Context())
	require.NoError(t, err)
	h.world.SetEmail(other.Customer, before)
	return panel.Version
}

// TestO12AReportIsCollectedByWhoeverMadeIt: by whoever made it, for its account, and only with tenants that the reader may see right now
// (O12). Each collection is on record.
func TestO12AReportIsCollectedByWhoeverMadeIt(t *testing.T) {
	t.Parallel()
	sees, broken := true, false
	h := build(t, rbac.OrganizationPolicy(), func(c *billing.Config) {
		c.SeesTenant = func(context.Context, rbac.Principal, string, string) (bool, error) {
			if broken {
				return false, errors.New("the host does not answer")
			}
			return sees, nil
		}
	})
	admin := h.home(rbac.Admin)
	plan, err := admin.Report(t.Context(), billing.ReportQuery{Month: "2026-09"})
	require.NoError(t, err)
	_, err = plan.WriteTo(t.Context(), io.Discard)
	require.NoError(t, err)
	_, err = plan.WriteTo(t.Context(), io.Discard)
	require.ErrorIs(t, err, provider.ErrInvalid, "a report is written once")
	h.world.ResetCalls()
	require.NoError(t, admin.CollectReport(t.Context(), plan))
	require.Len(t, h.world.CallsOf("Append"), 2, "attempt and end")

	require.ErrorIs(t, h.home(rbac.Billing).CollectReport(t.Context(), plan), billing.ErrNotFound, "somebody else's")
	require.ErrorIs(t, admin.CollectReport(t.Context(), nil), billing.ErrNotFound)
	require.ErrorIs(t, admin.CollectReport(t.Context(), &billing.ReportPlan{}), billing.ErrNotFound)
	moved := rbac.Principal{ID: "user-admin", Account: rbactest.Other.AccountOf(), Roles: []rbac.Role{rbac.Admin}}
	elsewhere, err := h.as(moved).Account(t.Context(), moved.Account)
	require.NoError(t, err)
	require.ErrorIs(t, elsewhere.CollectReport(t.Context(), plan), billing.ErrNotFound, "of another account")

	broken = true
	require.ErrorIs(t, admin.CollectReport(t.Context(), plan), billing.ErrAuthority)
	broken, sees = false, false
	require.ErrorIs(t, admin.CollectReport(t.Context(), plan), provider.ErrConflict, "a tenant in it may not be seen any more")
	short, err := admin.Report(t.Context(), billing.ReportQuery{Month: "2026-09"})
	require.NoError(t, err)
	require.NoError(t, admin.CollectReport(t.Context(), short), "one without the tenant is still good")
	full, err := h.home(rbac.Billing).Report(t.Context(), billing.ReportQuery{Month: "2026-09"})
	require.NoError(t, err)
	require.NoError(t, h.home(rbac.Billing).CollectReport(t.Context(), full), "every tenant by right")

	h.world.FailNext("Append", provider.ErrUnavailable)
	require.ErrorIs(t, admin.CollectReport(t.Context(), short), billing.ErrAuditUnavailable)
}

func (h *house) emailOf(customer string) string {
	c, err := h.world.Payments().Customer(context.Background(), customer)
	require.NoError(h.t, err)
	return c.Email.Reveal()
}

// TestO6OneOfManyEditorsWins (O6) for every address that was on file.
func TestO6OneOfManyEditorsWins(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	a := h.home(rbac.Admin)
	var wins, conflicts int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			_, err := a.ChangeBillingEmail(context.Background(), billing.EmailChange{
				Expected: h.accounts[rbactest.Home].email, New: fmt.Sprintf("editor%d@example.com", i),
			})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				wins++
			case errors.Is(err, provider.ErrConflict):
				conflicts++
			}
		})
	}
	all.Wait()
	require.Equal(t, 1, wins)
	require.Equal(t, 63, conflicts)
}

// report writes the report of a month as a workbook.
func report(t *testing.T, a *billing.Account, month string) (*billing.ReportPlan, []agree.Sheet, []byte) {
	t.Helper()
	plan, err := a.Report(t.Context(), billing.ReportQuery{Month: month})
	require.NoError(t, err)
	var b bytes.Buffer
	_, err = plan.WriteTo(t.Context(), &b)
	require.NoError(t, err)
	sheets, err := agree.ReadWorkbook(b.Bytes())
	require.NoError(t, err)
	return plan, sheets, b.Bytes()
}

// TestO7AnyMonthFrom2026 (O7): an earlier or a future month is a clear error, the running month is marked.
func TestO7AnyMonthFrom2026(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	a := h.home(rbac.Billing)
	for _, c := range []struct {
		month string
		final bool
		err   error
	}{
		{"2026-09", true, nil},
		{"2026-01", true, nil},
		{"2026-10", false, nil},
		{"2025-12", false, usage.ErrPeriodUnavailable},
		{"2026-11", false, usage.ErrPeriodUnavailable},
		{"2026-13", false, provider.ErrInvalid},
		{"", false, provider.ErrInvalid},
		{"October", false, provider.ErrInvalid},
	} {
		plan, err := a.Report(t.Context(), billing.ReportQuery{Month: c.month})
		require.ErrorIs(t, err, c.err, c.month)
		if c.err != nil {
			var e *billing.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, "month", e.Field)
			continue
		}
		require.Equal(t, c.final, plan.Final, c.month)
	}
	_, sheets, _ := report(t, a, "2026-09")
	require.Len(t, sheets, 4, "a summary, one tab for each tenant, and one for the projects")
	months, err := a.ReportMonths(t.Context())
	require.NoError(t, err)
	require.Len(t, months, 10)
	require.Equal(t, "2026-10", months[0].Period.String())
	require.False(t, months[0].Final)
	require.Equal(t, "2026-01", months[9].Period.String())
	_, err = a.Report(t.Context(), billing.ReportQuery{Month: "2026-09", Format: "pdf"})
	require.ErrorIs(t, err, provider.ErrInvalid)
}

// TestO8MissingUsageIsNoReport (O8): what is missing in the records is never a report of less.
func TestO8MissingUsageIsNoReport(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	a := h.home(rbac.Billing)
	h.world.AddTenant(rbactest.Home, usage.Tenant{ID: "silent", Name: "No roster"})
	_, err := a.Report(t.Context(), billing.ReportQuery{Month: "2026-09"})
	require.ErrorIs(t, err, provider.ErrIncomplete)
	require.NotContains(t, err.Error(), "silent")
}

// TestO9O10O11AreDecidedByUsage (O9, O10, O11): a report is the statement that usage computes, so its rules hold here too.
func TestO9O10O11AreDecidedByUsage(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	h.world.AddTenant(rbactest.Home, usage.Tenant{ID: "chosen", Name: "Chosen users", Selection: usage.Selection{Only: []string{"a"}}})
	_, err := h.home(rbac.Billing).Report(t.Context(), billing.ReportQuery{Month: "2026-09"})
	require.ErrorIs(t, err, provider.ErrIncomplete)
	require.ErrorIs(t, err, usage.ErrPartialCoverage, "the cause is there for the host")
}

// TestO12SensitiveTenants (O12): left out for who may not see them, and the report says so; Billing has every tab.
func TestO12SensitiveTenants(t *testing.T) {
	t.Parallel()
	sees := func(c *billing.Config) {
		c.SeesTenant = func(_ context.Context, p rbac.Principal, account, tenant string) (bool, error) {
			return p.ID == "user-"+string(rbac.Admin) && account == rbactest.Home && strings.HasPrefix(tenant, "secret-"), nil
		}
	}
	broken := func(c *billing.Config) {
		c.SeesTenant = func(context.Context, rbac.Principal, string, string) (bool, error) { return true, errors.New("down") }
	}
	for _, c := range []struct {
		name    string
		role    rbac.Role
		change  func(*billing.Config)
		partial bool
	}{
		{"Billing has every tab although it may not view tenants elsewhere", rbac.Billing, nil, false},
		{"a member whom the host names has it", rbac.Admin, sees, false},
		{"a member whom the host does not name has not", rbac.FullMember, sees, true},
		{"without an answer of the host nobody has", rbac.Admin, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			change := c.change
			if change == nil {
				change = func(*billing.Config) {}
			}
			h := build(t, rbac.OrganizationPolicy(), change)
			plan, sheets, data := report(t, h.home(c.role), "2026-09")
			require.Equal(t, c.partial, plan.Partial)
			all := strings.Join(unzip(t, data), "\n")
			if c.partial {
				require.Len(t, sheets, 3)
				require.NotContains(t, all, "secret-")
				require.Contains(t, strings.ToLower(all), "partial")
				return
			}
			require.Len(t, sheets, 4)
			require.Contains(t, all, "secret-")
		})
	}
	h := build(t, rbac.OrganizationPolicy(), broken)
	_, err := h.home(rbac.Admin).Report(t.Context(), billing.ReportQuery{Month: "2026-09"})
	require.ErrorIs(t, err, billing.ErrAuthority, "when the host cannot tell there is no report, rather than a short one")
}

// TestAConfirmationIsForOnePersonAccountAndTime (C10).
func TestC10AConfirmationIsForOnePersonAccountAndTime(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	admin, manager := h.home(rbac.ClientAdmin), h.home(rbac.ClientManager)
	panel, err := admin.Portal(t.Context())
	require.NoError(t, err)
	require.Equal(t, billing.Direct, panel.Way)
	require.Empty(t, h.world.CallsOf("PortalSession"), "no session before it is confirmed")
	for name, confirm := range map[string]string{
		"none": "", "nonsense": "yes", "cut": panel.Confirm[:len(panel.Confirm)-1], "changed": "3" + panel.Confirm[1:],
		"with a line break": panel.Confirm + "\n",
	} {
		_, err := admin.OpenPortal(t.Context(), confirm)
		require.ErrorIs(t, err, billing.ErrConfirmation, name)
	}
	_, err = manager.OpenPortal(t.Context(), panel.Confirm)
	require.ErrorIs(t, err, billing.ErrConfirmation, "somebody else's")
	require.Empty(t, h.world.CallsOf("PortalSession"))
	_, err = admin.OpenPortal(t.Context(), panel.Confirm)
	require.NoError(t, err)
	h.world.Advance(15 * time.Minute)
	_, err = admin.OpenPortal(t.Context(), panel.Confirm)
	require.ErrorIs(t, err, billing.ErrConfirmation, "too long ago")
}

// TestC10AForeignLinkIsNotHandedOut (C10): a session for another customer, or a link to another host.
func TestC10AForeignLinkIsNotHandedOut(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	a := h.home(rbac.ClientAdmin)
	h.world.Inject("PortalSession", memory.Fault{Alter: alter(func(x *provider.PortalSession) { x.Customer = "cus_other" })})
	_, err := openPortal(t, a)
	require.ErrorIs(t, err, provider.ErrForeign)
	evil, err := provider.NewSecretURL("https://evil.example/session/1")
	require.NoError(t, err)
	h.world.Inject("PortalSession", memory.Fault{Alter: alter(func(s *provider.PortalSession) { s.URL = evil })})
	_, err = openPortal(t, a)
	require.ErrorIs(t, err, provider.ErrForeign)
	require.NotContains(t, err.Error(), "evil")
}
