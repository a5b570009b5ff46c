package billing_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing"
	"github.com/billhatch/billhatch/internal/frozen"
	"github.com/billhatch/billhatch/invoice"
	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/rbac"
	"github.com/billhatch/billhatch/rbac/rbactest"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// september is the month that the tests close.
func (h *house) september(account string) civil.Period {
	return h.period(h.accounts[account].Zone).Prev()
}

func (h *house) key(account string, revision int) provider.ClosingKey {
	p := h.september(account)
	return provider.ClosingKey{Account: account, From: p.From(), To: p.To(), Revision: revision}
}

// body is what closing September of an account would freeze right now.
func (h *house) body(account string) []byte {
	h.t.Helper()
	in, agreed, err := provider.Gather(h.t.Context(), h.world.Records(), &h.accounts[account].Account, h.september(account))
	require.NoError(h.t, err)
	st, err := usage.Compute(in)
	require.NoError(h.t, err)
	invoices, err := invoice.FromStatement(st, invoice.Options{})
	require.NoError(h.t, err)
	body, err := frozen.Encode(&frozen.Month{Customer: "cus", Statement: st, Agreement: agreed, Invoices: invoices})
	require.NoError(h.t, err)
	return body
}

// enter writes a revision of September into the ledger.
func (h *house) enter(account string, revision int, state provider.ClosingState, hash string) {
	h.t.Helper()
	_, err := h.world.Records().Put(h.t.Context(), provider.Closing{Key: h.key(account, revision), State: state, Hash: hash})
	require.NoError(h.t, err)
}

// freeze stores a body for a revision of September.
func (h *house) freeze(account string, revision int, body []byte) string {
	h.t.Helper()
	hash := frozen.Hash(body)
	require.NoError(h.t, h.world.Records().Freeze(h.t.Context(), provider.FrozenStatement{Key: h.key(account, revision), Hash: hash, Body: body}))
	return hash
}

// close freezes September as it is now.
func (h *house) close(account string, revision int, state provider.ClosingState) {
	h.t.Helper()
	h.enter(account, revision, state, h.freeze(account, revision, h.body(account)))
}

// change makes the records of September say more than they did.
func (h *house) change(account string) {
	s := h.accounts[account]
	h.world.SetReadings(account, "desk-"+s.canary, h.september(account), usage.Reading{Meter: "minutes", Used: usage.Known(decimal.NewFromInt(3000))})
	h.world.AddRoster(account, "hq-"+s.canary, usage.Record{
		User: "late-" + s.canary, Name: "Late", Address: "late@example.com", Covered: usage.Days(civil.MustDate(2026, 1, 1), civil.Date{}),
	})
	h.world.AddDiscount(account, usage.Discount{ID: "late", Name: "Late", Percent: decimal.NewFromInt(5), Valid: civil.Span{From: civil.MustDate(2026, 1, 1)}})
}

// septemberReport is the report of September in every form.
func septemberReport(t *testing.T, a *billing.Account) map[billing.Format]string {
	t.Helper()
	out := map[billing.Format]string{}
	for _, format := range []billing.Format{billing.Workbook, billing.CSV, billing.JSONLines} {
		plan, err := a.Report(t.Context(), billing.ReportQuery{Month: "2026-09", Format: format})
		require.NoError(t, err)
		require.True(t, plan.Final)
		var b bytes.Buffer
		_, err = plan.WriteTo(t.Context(), &b)
		require.NoError(t, err)
		out[format] = b.String()
	}
	return out
}

// TestO7AClosedMonthIsReportedAsItWasBilled (O7): records that change after the close change nothing, in no form.
func TestO7AClosedMonthIsReportedAsItWasBilled(t *testing.T) {
	t.Parallel()
	for _, state := range []provider.ClosingState{
		provider.Frozen, provider.Drafted, provider.Ready, provider.Issued, provider.Sent, provider.Empty, provider.Parked, provider.Voided,
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.OrganizationPolicy())
			a := h.home(rbac.Billing)
			before := septemberReport(t, a)
			h.close(rbactest.Home, 1, state)
			h.change(rbactest.Home)
			require.Equal(t, before, septemberReport(t, a))
			h.world.FailAlways("Plan", provider.ErrUnavailable)
			h.world.FailAlways("Projects", provider.ErrUnavailable)
			require.Equal(t, before, septemberReport(t, a), "they are not even asked")
		})
	}
}

// TestO7AMonthThatIsNotClosedIsComputed (O7) from what the records say now.
func TestO7AMonthThatIsNotClosedIsComputed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		then func(h *house)
	}{
		{"nothing in the ledger", func(*house) {}},
		{"planned", func(h *house) { h.enter(rbactest.Home, 1, provider.Planned, "") }},
		{"planned, with a statement stored that does not count yet", func(h *house) {
			h.freeze(rbactest.Home, 1, h.body(rbactest.Home))
			h.enter(rbactest.Home, 1, provider.Planned, "")
		}},
		{"parked before anything was frozen", func(h *house) { h.enter(rbactest.Home, 1, provider.Parked, "") }},
		{"taken over as it was billed elsewhere", func(h *house) { h.enter(rbactest.Home, 1, provider.Issued, "") }},
		{"voided, and billed elsewhere since", func(h *house) {
			h.close(rbactest.Home, 1, provider.Voided)
			h.enter(rbactest.Home, 2, provider.Issued, "")
		}},
		{"a group alone", func(h *house) {
			key := h.key(rbactest.Home, 1)
			key.Group = "staff"
			_, err := h.world.Records().Put(h.t.Context(), provider.Closing{Key: key, State: provider.Issued, Hash: "sha256:x"})
			require.NoError(h.t, err)
		}},
		{"another account is closed", func(h *house) { h.close(rbactest.Other.AccountOf(), 1, provider.Issued) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, rbac.OrganizationPolicy())
			a := h.home(rbac.Billing)
			before := septemberReport(t, a)
			c.then(h)
			require.Equal(t, before, septemberReport(t, a))
			h.change(rbactest.Home)
			require.NotEqual(t, before[billing.CSV], septemberReport(t, a)[billing.CSV])
		})
	}
}

// TestTheLatestRevisionCounts as soon as its statement is frozen.
func TestTheLatestRevisionCounts(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	a := h.home(rbac.Billing)
	first := septemberReport(t, a)
	h.close(rbactest.Home, 1, provider.Voided)
	h.change(rbactest.Home)
	now := h.body(rbactest.Home)
	hash := h.freeze(rbactest.Home, 2, now)
	h.enter(rbactest.Home, 2, provider.Planned, "")
	require.Equal(t, first, septemberReport(t, a), "the second is only planned")
	c, err := h.world.Records().Closing(t.Context(), h.key(rbactest.Home, 2))
	require.NoError(t, err)
	c.State, c.Hash = provider.Frozen, hash
	_, err = h.world.Records().Put(t.Context(), c)
	require.NoError(t, err)
	require.NotEqual(t, first[billing.CSV], septemberReport(t, a)[billing.CSV])
}

// TestWhatAReportLooksUp: a closed month costs its closings, its statement and the tenants by name; nothing is computed.
func TestWhatAReportLooksUp(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	a := h.home(rbac.Billing)
	lookups := func(month string) string {
		h.world.ResetCalls()
		_, err := a.Report(t.Context(), billing.ReportQuery{Month: month})
		require.NoError(t, err)
		var ops []string
		for _, c := range h.world.Calls() {
			require.Equal(t, rbactest.Home, c.Subject, c.Op)
			ops = append(ops, c.Op)
		}
		return strings.Join(ops, " ")
	}
	require.Equal(t, "Account Append Closing Plan Tenants Projects", lookups("2026-09"))
	require.Equal(t, "Account Append Plan Tenants Projects", lookups("2026-10"), "a running month cannot be closed")
	h.close(rbactest.Home, 1, provider.Voided)
	require.Equal(t, "Account Append Closing Closing Statement Tenants", lookups("2026-09"))
	h.close(rbactest.Home, 2, provider.Issued)
	require.Equal(t, "Account Append Closing Closing Closing Statement Tenants", lookups("2026-09"))
}

// TestABrokenStatementIsNeverComputedAnew: a closed month that cannot be shown is an error of the closed set, and is told
// to the log of the host.
func TestABrokenStatementIsNeverComputedAnew(t *testing.T) {
	t.Parallel()
	damage := func(change func(*provider.FrozenStatement)) func(h *house) {
		return func(h *house) {
			h.close(rbactest.Home, 1, provider.Issued)
			h.world.InjectAlways("Statement", memory.Fault{Alter: alter(change)})
		}
	}
	for _, c := range []struct {
		name string
		then func(h *house)
		want error
		logs bool
	}{
		{"it is missing", func(h *house) { h.enter(rbactest.Home, 1, provider.Issued, "sha256:x") }, provider.ErrIncomplete, true},
		{"its bytes were changed", damage(func(s *provider.FrozenStatement) { s.Body[len(s.Body)/2] ^= 1 }), provider.ErrIncomplete, true},
		{"it was replaced with its hash", damage(func(s *provider.FrozenStatement) {
			s.Body = []byte("{}\n")
			s.Hash = frozen.Hash(s.Body)
		}), provider.ErrIncomplete, true},
		{"the hash in the ledger is another one", func(h *house) {
			h.freeze(rbactest.Home, 1, h.body(rbactest.Home))
			h.enter(rbactest.Home, 1, provider.Issued, frozen.Hash([]byte("x")))
		}, provider.ErrIncomplete, true},
		{"it is no statement", func(h *house) {
			h.enter(rbactest.Home, 1, provider.Issued, h.freeze(rbactest.Home, 1, []byte("nonsense")))
		}, provider.ErrIncomplete, true},
		{"it is that of another account", func(h *house) {
			h.enter(rbactest.Home, 1, provider.Issued, h.freeze(rbactest.Home, 1, h.body(rbactest.Other.AccountOf())))
		}, provider.ErrForeign, false},
		{"it comes under another key", damage(func(s *provider.FrozenStatement) { s.Key.Account = rbactest.Other.AccountOf() }), provider.ErrForeign, false},
		{"the closing comes under another key", func(h *house) {
			h.close(rbactest.Home, 1, provider.Issued)
			h.world.InjectAlways("Closing", memory.Fault{Alter: alter(func(x *provider.Closing) { x.Key.Account = rbactest.Other.AccountOf() })})
		}, provider.ErrForeign, false},
		{"the ledger does not answer", func(h *house) { h.world.FailAlways("Closing", provider.ErrUnavailable) }, provider.ErrUnavailable, false},
		{"the store does not answer", func(h *house) {
			h.close(rbactest.Home, 1, provider.Issued)
			h.world.FailAlways("Statement", provider.ErrTimeout)
		}, provider.ErrTimeout, false},
		{"nobody knows which tenants are sensitive", func(h *house) {
			h.close(rbactest.Home, 1, provider.Issued)
			h.world.FailAlways("Tenants", provider.ErrUnavailable)
		}, provider.ErrUnavailable, false},
		{"it was closed without end", func(h *house) {
			for revision := 1; revision <= 64; revision++ {
				h.enter(rbactest.Home, revision, provider.Voided, "sha256:x")
			}
		}, provider.ErrIncomplete, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			h := build(t, rbac.OrganizationPolicy(), func(config *billing.Config) {
				config.Logger = slog.New(slog.NewTextHandler(&log, nil))
			})
			c.then(h)
			h.world.ResetCalls()
			_, err := h.home(rbac.Billing).Report(t.Context(), billing.ReportQuery{Month: "2026-09"})
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.want, billing.Kind(err))
			require.Empty(t, h.world.CallsOf("Plan", "Projects"), "nothing is computed")
			require.Empty(t, h.foreign(rbactest.Home, printed(err)...))
			require.NotContains(t, err.Error(), h.accounts[rbactest.Home].canary)
			require.Equal(t, c.logs, strings.Contains(log.String(), "closed"), log.String())
			require.NotContains(t, log.String(), h.accounts[rbactest.Home].canary)
			end := h.world.CallsOf("Append")
			require.Len(t, end, 2, "attempt and end are on record")
		})
	}
}

// TestO12ClosedMonthsHideSensitiveTenants (O12): those that were sensitive at the close, and those that are by now.
func TestO12ClosedMonthsHideSensitiveTenants(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	c := h.accounts[rbactest.Home].canary
	full := septemberReport(t, h.home(rbac.Billing))
	h.close(rbactest.Home, 1, provider.Issued)
	require.Equal(t, full, septemberReport(t, h.home(rbac.Billing)))

	partial := func() (csv string) {
		plan, err := h.home(rbac.FullMember).Report(t.Context(), billing.ReportQuery{Month: "2026-09", Format: billing.CSV})
		require.NoError(t, err)
		require.True(t, plan.Partial)
		var b bytes.Buffer
		_, err = plan.WriteTo(t.Context(), &b)
		require.NoError(t, err)
		return b.String()
	}
	require.Contains(t, partial(), "hq-"+c)
	require.NotContains(t, partial(), "secret-"+c)

	sensitive := func(id string, is bool) {
		h.world.InjectAlways("Tenants", memory.Fault{Alter: alter(func(x *usage.Tenant) {
			if x.ID == id {
				x.Sensitive = is
			}
		})})
	}
	sensitive("hq-"+c, true)
	require.NotContains(t, partial(), "hq-"+c, "it has become sensitive since")
	sensitive("secret-"+c, false)
	require.NotContains(t, partial(), "secret-"+c, "it was sensitive then")
	require.Equal(t, full, septemberReport(t, h.home(rbac.Billing)))
}

// onlyRecords are records that keep no closings.
type onlyRecords struct {
	provider.Records
	provider.AuditLog
	provider.PlanReader
	provider.TenantReader
	provider.ProjectReader
}

// onlyLedger keeps closings, but no statements.
type onlyLedger struct {
	onlyRecords
	provider.Ledger
}

// TestRecordsThatKeepNoClosingsAreComputed from what they say now.
func TestRecordsThatKeepNoClosingsAreComputed(t *testing.T) {
	t.Parallel()
	for _, ledger := range []bool{false, true} {
		h := build(t, rbac.OrganizationPolicy())
		r := h.world.Records()
		bare := onlyRecords{r, r, r, r, r}
		config := h.config
		config.Records = bare
		if ledger {
			config.Records = onlyLedger{bare, r}
		}
		service, err := billing.New(config)
		require.NoError(t, err)
		h.knows(person(rbac.Billing))
		a, err := service.Session(person(rbac.Billing)).Account(t.Context(), rbactest.Home)
		require.NoError(t, err)
		before := septemberReport(t, a)
		h.close(rbactest.Home, 1, provider.Issued)
		h.change(rbactest.Home)
		require.NotEqual(t, before[billing.CSV], septemberReport(t, a)[billing.CSV])
		require.Empty(t, h.world.CallsOf("Statement"))
	}
}

// onlyClosings are records without anything to compute from.
type onlyClosings struct {
	provider.Records
	provider.AuditLog
	provider.Ledger
	provider.StatementStore
}

// TestAClosedMonthNeedsNothingElse of the records.
func TestAClosedMonthNeedsNothingElse(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	before := septemberReport(t, h.home(rbac.Billing))
	h.close(rbactest.Home, 1, provider.Issued)
	r := h.world.Records()
	config := h.config
	config.Records = onlyClosings{r, r, r, r}
	service, err := billing.New(config)
	require.NoError(t, err)
	h.knows(person(rbac.Billing))
	a, err := service.Session(person(rbac.Billing)).Account(t.Context(), rbactest.Home)
	require.NoError(t, err)
	require.Equal(t, before, septemberReport(t, a))
	_, err = a.Report(t.Context(), billing.ReportQuery{Month: "2026-08"})
	require.ErrorIs(t, err, provider.ErrUnsupported)
}

// TestAClosedMonthKeepsItsCurrency, whatever the account has today.
func TestAClosedMonthKeepsItsCurrency(t *testing.T) {
	t.Parallel()
	h := build(t, rbac.OrganizationPolicy())
	before := septemberReport(t, h.home(rbac.Billing))
	h.close(rbactest.Home, 1, provider.Issued)
	h.world.InjectAlways("Account", memory.Fault{Alter: alter(func(x *provider.Account) { x.Currency = "EUR" })})
	require.Equal(t, before, septemberReport(t, h.home(rbac.Billing)))
	_, err := h.home(rbac.Billing).Report(t.Context(), billing.ReportQuery{Month: "2026-08"})
	require.ErrorIs(t, err, provider.ErrForeign)
}
