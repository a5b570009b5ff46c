package billing_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/money"
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
		{"another account", memory.Fault{Alter: alter(func(x *provider.Account) { x.ID = "account-other" })}, provider.ErrForeign},
		{"without a zone", memory.Fault{Alter: alter(func(x *provider.Account) { x.Zone = nil })}, provider.ErrForeign},
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
			want = acts(op) * 2
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
			require.Equal(t, c.want, billing.Kind(err))
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

// reads are the operations that show a panel.
var reads = []string{"BillingEmail", "Portal", "Usage", "History", "Invoices", "Invoice", "InvoicePDF", "Recipients", "PaymentMethods", "Audit"}

func isRead(name string) bool {
	for _, r := range reads {
		if r == name {
			return true
		}
	}
	return false
}

// TestWhatIsNoStateOfAPanelIsAnError: a panel is drawn for the closed set of states only.
func TestWhatIsNoStateOfAPanelIsAnError(t *testing.T) {
	t.Parallel()
	h := build(t, auditedPolicy())
	a := h.home(rbac.ClientAdmin)
	for _, op := range calls {
		if !isRead(op.name) {
			continue
		}
		h.world.FailAlways("*", &provider.Error{Kind: provider.ErrInvalid})
		h.world.InjectAlways("Account", memory.Fault{})
		h.world.InjectAlways("Append", memory.Fault{})
		_, err := op.do(t.Context(), h, a, rbactest.InTarget)
		require.Equal(t, provider.ErrInvalid, billing.Kind(err), op.name)
	}
}

// TestACustomerThatTheProviderDoesNotKnow is a setup that is not finished, and not an account that does not exist.
func TestACustomerThatTheProviderDoesNotKnow(t *testing.T) {
	t.Parallel()
	h := build(t, auditedPolicy())
	h.world.DeleteCustomer(h.accounts[rbactest.Home].Customer)
	a := h.home(rbac.ClientAdmin)
	for name, status := range statuses(t, a) {
		require.Equal(t, billing.NotConfigured, status.State, name)
		require.NotNil(t, status.Support, name)
	}
	_, err := openPortalUnconfirmed(t, h, a)
	require.Equal(t, provider.ErrNotConfigured, billing.Kind(err))
}

// openPortalUnconfirmed opens the portal although its panel is not good, with a confirmation from before.
func openPortalUnconfirmed(t *testing.T, h *house, a *billing.Account) (billing.PortalEntry, error) {
	t.Helper()
	other := build(t, auditedPolicy())
	panel, err := other.home(rbac.ClientAdmin).Portal(t.Context()) // the same seal, person, account and clock
	require.NoError(t, err)
	return a.OpenPortal(t.Context(), panel.Confirm)
}

func statuses(t *testing.T, a *billing.Account) map[string]billing.Status {
	t.Helper()
	out := map[string]billing.Status{}
	ctx := t.Context()
	email, err := a.BillingEmail(ctx)
	require.NoError(t, err)
	out["email"] = email.Status
	portal, err := a.Portal(ctx)
	require.NoError(t, err)
	out["portal"] = portal.Status
	require.Equal(t, portal.State == billing.Ready, portal.Confirm != "")
	invoices, err := a.Invoices(ctx, billing.InvoicesQuery{})
	require.NoError(t, err)
	out["invoices"] = invoices.Status
	one, err := a.Invoice(ctx, "in_000003")
	if err == nil {
		out["invoice"] = one.Status
		require.Equal(t, one.State == billing.Ready, one.Invoice.ID != "")
	}
	history, err := a.History(ctx, billing.HistoryQuery{})
	require.NoError(t, err)
	out["history"] = history.Status
	recipients, err := a.Recipients(ctx)
	require.NoError(t, err)
	out["recipients"] = recipients.Status
	methods, err := a.PaymentMethods(ctx)
	require.NoError(t, err)
	out["methods"] = methods.Status
	return out
}

// mandatory has only the mandatory part of a payment provider.
type mandatory struct{ provider.Payments }

// TestAbilitiesThatAreMissing are a state of their own, and never a panic.
func TestAbilitiesThatAreMissing(t *testing.T) {
	t.Parallel()
	for _, direct := range []bool{true, false} {
		h := build(t, auditedPolicy(), func(c *billing.Config) {
			c.Payments = mandatory{c.Payments}
			if !direct {
				c.DirectRoles = []rbac.Role{}
			}
		})
		a := h.home(rbac.ClientAdmin)
		got := statuses(t, a)
		for _, name := range []string{"portal", "history", "recipients", "methods"} {
			require.Equal(t, billing.Unsupported, got[name].State, name)
		}
		for _, name := range []string{"email", "invoices", "invoice"} {
			require.Equal(t, billing.Ready, got[name].State, name)
		}
		page, err := a.Invoices(t.Context(), billing.InvoicesQuery{})
		require.NoError(t, err)
		require.False(t, page.Invoices[0].HasPDF)
		require.True(t, page.Coming.IsZero())
		pdf, err := a.InvoicePDF(t.Context(), h.accounts[rbactest.Home].invoice)
		require.NoError(t, err)
		require.Equal(t, billing.PDFMissing, pdf.Reason)
		_, err = a.ChangeBillingEmail(t.Context(), billing.EmailChange{Expected: h.accounts[rbactest.Home].email, New: "new@example.com"})
		require.Equal(t, provider.ErrUnsupported, billing.Kind(err))
		_, err = a.RevealRecipient(t.Context(), "x", "call them")
		require.Equal(t, provider.ErrUnsupported, billing.Kind(err))
	}
}

// TestAnAccountWithoutABillingEmail cannot log in by mail.
func TestAnAccountWithoutABillingEmail(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	h.world.SetEmail(h.accounts[rbactest.Home].Customer, "")
	require.NoError(t, h.world.Err())
	a := h.home(rbac.Admin)
	panel, err := a.Portal(t.Context())
	require.NoError(t, err)
	require.Equal(t, billing.NotConfigured, panel.State)
	email, err := a.BillingEmail(t.Context())
	require.NoError(t, err)
	require.Equal(t, billing.NothingYet, email.State)
}

// TestThePortalMayFail at its last step: then there is no link, by the kind of the failure.
func TestThePortalMayFail(t *testing.T) {
	t.Parallel()
	down := &provider.Error{Kind: provider.ErrMisconfigured}
	for role, op := range map[rbac.Role]string{rbac.Admin: "LoginLink", rbac.Billing: "PortalSession"} {
		h := build(t, rbac.OrganizationPolicy())
		h.world.FailNext(op, down)
		entry, err := openPortal(t, h.home(role))
		require.Equal(t, provider.ErrMisconfigured, billing.Kind(err), op)
		require.True(t, entry.URL.IsZero())
	}
}

// capture remembers where the portal is told to lead back to.
type capture struct {
	provider.Payments
	to string
}

func (c *capture) Unwrap() provider.Payments { return c.Payments }

func (c *capture) PortalSession(ctx context.Context, r provider.PortalRequest) (provider.PortalSession, error) {
	c.to = r.ReturnURL
	opener, _ := provider.As[provider.PortalOpener](c.Payments)
	return opener.PortalSession(ctx, r)
}

// TestThePortalLeadsBackToTheHost and names the account; without a URL of the host it is told nothing.
func TestThePortalLeadsBackToTheHost(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{"https://host.example/billing?x=1": "https://host.example/billing?account=acme&x=1", "": ""} {
		var seen *capture
		h := build(t, rbac.OrganizationPolicy(), func(c *billing.Config) {
			seen = &capture{Payments: c.Payments}
			c.Payments, c.ReturnURL = seen, base
		})
		_, err := openPortal(t, h.home(rbac.Billing))
		require.NoError(t, err)
		require.Equal(t, want, seen.to)
	}
}

// TestWrongQuestionsReachNoProvider: filters, limits and ids that cannot be.
func TestWrongQuestionsReachNoProvider(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	a := h.home(rbac.ClientAdmin)
	for _, q := range []billing.InvoicesQuery{{Filter: 9}, {Limit: -1}, {Limit: 101}} {
		_, err := a.Invoices(t.Context(), q)
		require.Equal(t, provider.ErrInvalid, billing.Kind(err))
	}
	for _, id := range []string{"", "../x", "in_1%00", "in 1", strings.Repeat("x", 65), "in_\u00e9"} {
		_, err := a.Invoice(t.Context(), id)
		require.Equal(t, billing.ErrNotFound, billing.Kind(err))
		_, err = a.InvoicePDF(t.Context(), id)
		require.Equal(t, billing.ErrNotFound, billing.Kind(err))
	}
	require.Empty(t, h.world.CallsOf("Invoices", "Invoice", "InvoicePDF"))
}

// TestADraftDoesNotExist, also when the provider shows it.
func TestADraftDoesNotExist(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	h.world.InjectAlways("Invoice", memory.Fault{Alter: alter(func(x *invoice.Invoice) { x.Status = invoice.Draft })})
	_, err := h.home(rbac.ClientAdmin).Invoice(t.Context(), h.accounts[rbactest.Home].invoice)
	require.Equal(t, billing.ErrNotFound, billing.Kind(err))
}

// TestTheNoticeOfAnOverdueInvoiceMayBeMissing without spoiling the page.
func TestTheNoticeOfAnOverdueInvoiceMayBeMissing(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.ClientPolicy())
	h.world.Inject("Invoices", memory.Fault{}, memory.Fault{Err: &provider.Error{Kind: provider.ErrUnavailable}})
	page, err := h.home(rbac.ClientAdmin).Invoices(t.Context(), billing.InvoicesQuery{Filter: provider.PaidInvoices})
	require.NoError(t, err)
	require.Equal(t, billing.Ready, page.State)
	require.Nil(t, page.Overdue)
	h.world.FailAlways("NextInvoice", &provider.Error{Kind: provider.ErrUnavailable})
	page, err = h.home(rbac.ClientAdmin).Invoices(t.Context(), billing.InvoicesQuery{})
	require.NoError(t, err)
	require.Equal(t, billing.Partial, page.State)
	require.Len(t, page.Invoices, 3)
}

// TestAnAccountWithoutACustomer is not set up: every panel says so, and the payment provider is not asked.
func TestAnAccountWithoutACustomer(t *testing.T) {
	t.Parallel()
	h := build(t, auditedPolicy())
	home := h.accounts[rbactest.Home]
	home.Customer = ""
	h.world.SetAccount(home.Account)
	require.NoError(t, h.world.Err())
	a := h.home(rbac.ClientAdmin)
	h.world.ResetCalls()
	for name, status := range statuses(t, a) {
		require.Equal(t, billing.NotConfigured, status.State, name)
	}
	for _, c := range h.world.Calls() {
		require.Equal(t, "Account", c.Op)
	}
}

// TestAWrongChangeReachesNoProvider: addresses that are none, and an account that is not set up.
func TestAWrongChangeReachesNoProvider(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	home := h.accounts[rbactest.Home]
	for _, c := range []struct {
		change billing.EmailChange
		want   error
	}{
		{billing.EmailChange{Expected: home.email, New: "nonsense"}, provider.ErrInvalid},
		{billing.EmailChange{Expected: "nonsense", New: "new@example.com"}, provider.ErrConflict},
	} {
		h.world.ResetCalls()
		_, err := h.home(rbac.Admin).ChangeBillingEmail(t.Context(), c.change)
		require.Equal(t, c.want, billing.Kind(err))
		require.Empty(t, h.world.CallsOf("UpdateEmail", "CustomersByEmail"))
	}
	home.Customer = ""
	h.world.SetAccount(home.Account)
	h.world.ResetCalls()
	_, err := h.home(rbac.Admin).ChangeBillingEmail(t.Context(), billing.EmailChange{Expected: home.email, New: "new@example.com"})
	require.Equal(t, provider.ErrNotConfigured, billing.Kind(err))
	require.Empty(t, h.world.CallsOf("UpdateEmail", "CustomersByEmail"))
}

// TestO5WhoSharesAnAddressMayBeUnknown (O5): then the page is partial, and nothing is changed or opened on the chance.
func TestO5WhoSharesAnAddressMayBeUnknown(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	home := h.accounts[rbactest.Home]
	h.world.FailAlways("CustomersByEmail", &provider.Error{Kind: provider.ErrUnavailable})
	a := h.home(rbac.Admin)
	email, err := a.BillingEmail(t.Context())
	require.NoError(t, err)
	require.Equal(t, billing.Partial, email.State)
	require.Equal(t, home.email, email.Email.Reveal())
	portal, err := a.Portal(t.Context())
	require.NoError(t, err)
	require.Equal(t, billing.Unavailable, portal.State)
	_, err = a.ChangeBillingEmail(t.Context(), billing.EmailChange{Expected: home.email, New: "new@example.com"})
	require.Equal(t, provider.ErrUnavailable, billing.Kind(err))
	require.Empty(t, h.world.CallsOf("UpdateEmail"))
}

// TestForeignHistoryAndAuditAreNotShown: amounts in another currency, entries of another account, cursors of nobody.
func TestForeignHistoryAndAuditAreNotShown(t *testing.T) {
	t.Parallel()
	h := build(t, auditedPolicy())
	a := h.home(rbac.ClientAdmin)
	h.world.InjectAlways("Discounts", memory.Fault{Alter: alter(func(p *provider.HistoryPage) {
		p.Items[0].Amount = money.MustParse("1", "EUR")
	})})
	history, err := a.History(t.Context(), billing.HistoryQuery{})
	require.NoError(t, err)
	require.Equal(t, billing.NeedsAttention, history.State)
	require.Empty(t, history.Items)
	_, err = a.History(t.Context(), billing.HistoryQuery{Cursor: "x"})
	require.Equal(t, provider.ErrInvalidCursor, billing.Kind(err))

	_, err = a.RevealRecipient(t.Context(), h.accounts[rbactest.Home].recipient, "call them")
	require.NoError(t, err)
	h.world.InjectAlways("Audit", memory.Fault{Alter: alter(func(p *provider.AuditPage) { p.Entries[0].Account = "account-other" })})
	_, err = a.Audit(t.Context(), billing.AuditQuery{})
	require.Equal(t, provider.ErrForeign, billing.Kind(err))
}

// withoutPlans are records that keep an audit trail and nothing else beyond the mandatory part.
type withoutPlans struct {
	provider.Records
	provider.AuditLog
}

// TestAReportNeedsTheRecords: each failure by its kind, never a report of less.
func TestAReportNeedsTheRecords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		op    string
		fault memory.Fault
		want  error
	}{
		{"the plan cannot be read", "Plan", memory.Fault{Err: &provider.Error{Kind: provider.ErrUnavailable}}, provider.ErrUnavailable},
		{"there is no plan", "Plan", memory.Fault{Err: &provider.Error{Kind: provider.ErrIncomplete}}, provider.ErrIncomplete},
		{"the plan has no price", "Plan", memory.Fault{Alter: alter(func(p *provider.Agreement) { p.Plan.Seats.Model = 0 })}, provider.ErrIncomplete},
		{"tenants break off", "Tenants", memory.Fault{Err: &provider.Error{Kind: provider.ErrTimeout}, Late: true}, provider.ErrTimeout},
		{"projects cannot be read", "Projects", memory.Fault{Err: &provider.Error{Kind: provider.ErrRateLimited}}, provider.ErrRateLimited},
		{"the account has another currency", "Account", memory.Fault{Alter: alter(func(p *provider.Account) { p.Currency = "EUR" })}, provider.ErrForeign},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, auditedPolicy())
			h.world.InjectAlways(c.op, c.fault)
			plan, err := h.home(rbac.ClientAdmin).Report(t.Context(), billing.ReportQuery{Month: "2026-09"})
			require.Equal(t, c.want, billing.Kind(err))
			require.Nil(t, plan)
			h.world.Heal()
			trail, err := h.home(rbac.ClientAdmin).Audit(t.Context(), billing.AuditQuery{Outcome: provider.Failed})
			require.NoError(t, err)
			require.Len(t, trail.Entries, 1)
		})
	}
	h := build(t, auditedPolicy(), func(c *billing.Config) {
		audit, _ := provider.As[provider.AuditLog](c.Records)
		c.Records = withoutPlans{c.Records, audit}
	})
	_, err := h.home(rbac.ClientAdmin).Report(t.Context(), billing.ReportQuery{Month: "2026-09"})
	require.Equal(t, provider.ErrUnsupported, billing.Kind(err))
}

// broken is a connection that is gone.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("connection reset by 10.0.0.1") }

// TestAReportThatIsNotWritten to its end is an error without the text of the connection, and on record as failed.
func TestAReportThatIsNotWritten(t *testing.T) {
	t.Parallel()
	h := build(t, auditedPolicy())
	a := h.home(rbac.ClientAdmin)
	for _, format := range []billing.Format{billing.Workbook, billing.CSV, billing.JSONLines} {
		plan, err := a.Report(t.Context(), billing.ReportQuery{Month: "2026-09", Format: format})
		require.NoError(t, err)
		_, err = plan.WriteTo(t.Context(), broken{})
		require.Equal(t, provider.ErrUnavailable, billing.Kind(err), format)
		require.NotContains(t, err.Error(), "10.0.0.1")
	}
	trail, err := a.Audit(t.Context(), billing.AuditQuery{Outcome: provider.Failed})
	require.NoError(t, err)
	require.Len(t, trail.Entries, 3)
}
