package providertest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/provider"
	"github.com/billhatch/billhatch/provider/memory"
	"github.com/billhatch/billhatch/provider/providertest"
)

const maxPDF = 64 << 10

// good is a world of payments that keeps the contract.
func good() (*memory.World, providertest.PaymentsWorld) {
	w, _ := memory.Open(memory.Options{MaxPDF: maxPDF})
	stranger, _ := memory.Open(memory.Options{WebhookSecrets: []string{"another secret"}})
	return w, providertest.PaymentsWorld{
		Payments: w.Payments(), Now: w.Now, AddInvoice: w.AddInvoice, DeleteCustomer: w.DeleteCustomer, SetStatus: w.SetStatus,
		AddCustomer: func(c provider.Customer) string {
			id := w.AddAccount(provider.Account{Name: c.Name, Currency: c.Currency}).Customer
			w.SetEmail(id, c.Email.Reveal())
			return id
		},
		Advance:     w.Advance,
		LoseAnswer:  func(op string) { w.Inject(op, memory.Fault{Err: provider.ErrUnknown, Late: true}) },
		SetDocument: w.SetDocument, MaxPDF: maxPDF, SessionCustomer: w.SessionCustomer, SetNextInvoice: w.SetNextInvoice,
		AddDiscount: w.AddDiscount, AddAdjustment: w.AddAdjustment, SetRecipients: w.SetRecipients, SetSyncing: w.SetSyncing,
		SetMethods: w.SetMethods, SetHealth: w.SetHealth, Sign: w.Sign, Forge: stranger.Sign,
		Payload: func(e provider.Event) []byte { return w.Webhook(e).Payload },
	}
}

// goodRecords is a world of records that keeps the contract.
func goodRecords() (*memory.World, providertest.RecordsWorld) {
	w := memory.New()
	return w, providertest.RecordsWorld{
		Records: w.Records(), Now: w.Now, Advance: w.Advance, AddAccount: w.AddAccount, SetAccount: w.SetAccount,
		Assign: w.Assign, Revoke: w.Revoke, AddTenant: w.AddTenant, AddProject: w.AddProject, SetReadings: w.SetReadings, SetDaily: w.SetDaily,
		SetPlan: w.SetPlan, AddDiscount: w.AddDiscount, AddAdjustment: w.AddAdjustment,
	}
}

func TestThereAreEnoughCases(t *testing.T) {
	t.Parallel()
	payments, records := providertest.PaymentCases(), providertest.RecordCases()
	require.GreaterOrEqual(t, len(payments), 80)
	require.GreaterOrEqual(t, len(records), 120)
	audit := slices.DeleteFunc(slices.Clone(records), func(name string) bool { return providertest.GroupOf(name) != "audit trail" })
	require.GreaterOrEqual(t, len(audit), 30)
	t.Logf("%d cases of payments, %d of records, %d of them of the audit trail", len(payments), len(records), len(audit))

	for _, list := range [][]string{payments, records} {
		seen := map[string]bool{}
		for _, name := range list {
			require.False(t, seen[name], "two cases are called %q", name)
			seen[name] = true
		}
	}
}

func TestEveryAbilityHasItsCases(t *testing.T) {
	t.Parallel()
	w := memory.New()
	require.ElementsMatch(t, provider.Capabilities(w.Payments()), providertest.PaymentAbilities())
	require.ElementsMatch(t, provider.Capabilities(w.Records()), providertest.RecordAbilities())
}

func TestAGoodProviderHasNoFailures(t *testing.T) {
	t.Parallel()
	require.Empty(t, providertest.PaymentFailures(t, providertest.PaymentsHarness{
		Want: providertest.PaymentAbilities(),
		New: func(*testing.T) providertest.PaymentsWorld {
			_, pw := good()
			return pw
		},
	}))
	require.Empty(t, providertest.RecordFailures(t, providertest.RecordsHarness{
		Want: providertest.RecordAbilities(),
		New: func(*testing.T) providertest.RecordsWorld {
			_, rw := goodRecords()
			return rw
		},
	}))
}

// readOnly has nothing but what is mandatory.
type readOnly struct {
	provider.CustomerReader
	provider.InvoiceReader
}

func (readOnly) Name() string { return "readonly" }

// bare is a world of a provider that can do nothing beyond what is mandatory.
func bare(*testing.T) providertest.PaymentsWorld {
	w, pw := good()
	return providertest.PaymentsWorld{
		Payments: readOnly{w.Payments(), w.Payments()}, Now: pw.Now, AddCustomer: pw.AddCustomer, AddInvoice: pw.AddInvoice,
	}
}

func TestGapsAreDeclaredOrTheyFail(t *testing.T) {
	t.Parallel()
	t.Run("a provider without abilities passes when it declares none, and its gaps", func(t *testing.T) {
		t.Parallel()
		h := providertest.PaymentsHarness{New: bare, Lacks: []string{"DeleteCustomer", "SetStatus"}}
		require.Empty(t, providertest.PaymentFailures(t, h))
		skipped := strings.Join(providertest.Skipped(h), "\n")
		require.Contains(t, skipped, "portal sessions/an unknown customer has no session: the ability portal.session is not declared")
		require.Contains(t, skipped, "invoices/an invoice that is unknown says so, in the list and alone: the harness lacks SetStatus")
		require.NotContains(t, skipped, "pages of invoices/")
	})
	for _, tc := range []struct {
		name, in, text string
		change         func(h *providertest.PaymentsHarness)
	}{
		{
			"a gap that is not declared fails", "customers/a deleted customer is not found, as if it had never been",
			"no DeleteCustomer", func(h *providertest.PaymentsHarness) { h.Lacks = []string{"SetStatus"} },
		},
		{
			"an ability that is declared and missing fails", providertest.Declaration, `declares "portal.session"`,
			func(h *providertest.PaymentsHarness) { h.Want = []provider.Capability{provider.CanOpenPortal} },
		},
		{
			"the cases of an ability that is declared and missing fail", "portal sessions/an unknown customer has no session",
			"does not find it", func(h *providertest.PaymentsHarness) { h.Want = []provider.Capability{provider.CanOpenPortal} },
		},
		{
			"an ability of the other contract fails", providertest.Declaration, "no ability of this contract",
			func(h *providertest.PaymentsHarness) { h.Want = []provider.Capability{provider.CanAudit} },
		},
		{
			"a gap in what is required fails", providertest.Declaration, "lacks AddInvoice, which is required",
			func(h *providertest.PaymentsHarness) { h.Lacks = append(h.Lacks, "AddInvoice") },
		},
		{
			"a gap that is misspelt fails", providertest.Declaration, `lacks "SetStatuses", which no world has`,
			func(h *providertest.PaymentsHarness) { h.Lacks = append(h.Lacks, "SetStatuses") },
		},
		{
			"a gap that is none fails", providertest.Declaration, "lacks Now, which is required",
			func(h *providertest.PaymentsHarness) { h.Lacks = append(h.Lacks, "Now") },
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := providertest.PaymentsHarness{New: bare, Lacks: []string{"DeleteCustomer", "SetStatus"}}
			tc.change(&h)
			requireFailure(t, providertest.PaymentFailures(t, h, providertest.GroupOf(tc.in)), tc.in, tc.text)
		})
	}
	t.Run("an ability that is there and not declared fails", func(t *testing.T) {
		t.Parallel()
		h := providertest.PaymentsHarness{New: func(*testing.T) providertest.PaymentsWorld {
			_, pw := good()
			return pw
		}}
		requireFailure(t, providertest.PaymentFailures(t, h, "none"), providertest.Declaration, `finds "invoice.issue"`)
	})
	t.Run("a decorator that embeds the interface hides the abilities and fails", func(t *testing.T) {
		t.Parallel()
		type hides struct{ provider.Payments }
		h := providertest.PaymentsHarness{Want: providertest.PaymentAbilities(), New: func(*testing.T) providertest.PaymentsWorld {
			_, pw := good()
			pw.Payments = hides{pw.Payments}
			return pw
		}}
		failed := providertest.PaymentFailures(t, h, "none")
		require.Len(t, failed, len(providertest.PaymentAbilities()))
		requireFailure(t, failed, providertest.Declaration, "does a wrapper hide it?")

		type hidesRecords struct{ provider.Records }
		rh := providertest.RecordsHarness{Want: providertest.RecordAbilities(), New: func(*testing.T) providertest.RecordsWorld {
			_, rw := goodRecords()
			rw.Records = hidesRecords{rw.Records}
			return rw
		}}
		require.Len(t, providertest.RecordFailures(t, rh, "none"), len(providertest.RecordAbilities()))
	})
	t.Run("a decorator that unwraps keeps the abilities and passes", func(t *testing.T) {
		t.Parallel()
		h := providertest.PaymentsHarness{Want: providertest.PaymentAbilities(), New: func(*testing.T) providertest.PaymentsWorld {
			_, pw := good()
			pw.Payments = unwraps{pw.Payments}
			return pw
		}}
		require.Empty(t, providertest.PaymentFailures(t, h, "portal sessions", "issuing"))
	})
}

type unwraps struct{ provider.Payments }

func (u unwraps) Unwrap() provider.Payments { return u.Payments }

// requireFailure wants a case to have failed, with a text.
func requireFailure(t *testing.T, failed []providertest.Failure, name, text string) {
	t.Helper()
	found := slices.ContainsFunc(failed, func(f providertest.Failure) bool {
		return f.Case == name && strings.Contains(f.Text, text)
	})
	require.True(t, found, "want %q to fail with %q; failed have:\n%s", name, text, list(failed))
}

func list(failed []providertest.Failure) string {
	var b strings.Builder
	for _, f := range failed {
		b.WriteString(f.Case + ": " + f.Text + "\n")
	}
	return b.String()
}
