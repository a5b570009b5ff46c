package report_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/report"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/pricing"
)

// all is a reader who may see these tenants.
func all(ids ...string) func(string) bool {
	return func(id string) bool {
		for _, visible := range ids {
			if id == visible {
				return true
			}
		}
		return false
	}
}

func TestO12AReportForAReaderWhoMayNotSeeATenantSaysThatItIsPartial(t *testing.T) {
	t.Parallel()
	st := compute(t, everything(t))
	b := workbook(t, st, report.Options{Visible: all("t-head", "t-empty")})
	require.Equal(t, []string{"Summary", "Projects", "Empty", "Acme - Head office"}, b.tabs())
	require.True(t, b.result.Partial)
	require.Equal(t, 1, b.result.Hidden)
	require.Equal(t, 3, b.result.Rows)
	require.Equal(t, "60.18 USD", b.result.Shown.String(), "6.25 of tenants, 26.93 of projects, 2.00 shared, 25.00 of fees")

	summary := b.rows("Summary")
	require.Equal(t, []string{
		"Status|Final",
		"Partial: tenants that you may not see are not included (1). Everything shown adds up to USD 60.18, which is not the total of the account.",
		"Discounts, minimum charges and adjustments of the account, if any, are not included either.",
		"Tenant|ID|Tab|Group|Users|Units|Price|Amount",
	}, summary[7:11])
	require.Contains(t, summary, "All tenants shown|3|6.25")
	require.Contains(t, summary, "Total of what is shown (partial)|60.18")
	require.NotContains(t, b.text("Summary"), "Total before taxes")

	require.Contains(t, csvText(t, st, report.Options{Visible: all()}), "acme,2026-10,final,partial,,,,,,3,")
	require.Contains(t, jsonText(t, st, report.Options{Visible: all()}), `"partial":true,"hidden":3}`)
	require.NotContains(t, jsonText(t, st, report.Options{Visible: all()}), `"total"`)
}

func TestO12AReaderWhoMaySeeEveryTenantGetsTheWholeReport(t *testing.T) {
	t.Parallel()
	st := compute(t, everything(t))
	for name, visible := range map[string]func(string) bool{"nobody is asked": nil, "everything is visible": func(string) bool { return true }} {
		b := workbook(t, st, report.Options{Visible: visible})
		require.False(t, b.result.Partial, name)
		require.Equal(t, st.Total, b.result.Shown, name)
		require.NotContains(t, b.text("Summary"), "Partial", name)
	}
}

func TestO12AReaderWhoMaySeeNoTenantGetsAPartialReport(t *testing.T) {
	t.Parallel()
	b := workbook(t, seats(t, tenant("t", "Acme", people(3)...)), report.Options{Visible: all()})
	require.Equal(t, []string{"Summary"}, b.tabs())
	require.Contains(t, b.rows("Summary"), "No tenants")
	require.Contains(t, b.rows("Summary"), "Total of what is shown (partial)|0.00")
}

// everyByte is all that a file says, its parts taken out of the archive.
func everyByte(tb testing.TB, file []byte) string {
	tb.Helper()
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(tb, err)
	var out strings.Builder
	for _, part := range archive.File {
		r, err := part.Open()
		require.NoError(tb, err)
		text, err := io.ReadAll(r)
		require.NoError(tb, err)
		out.Write(text)
		require.NoError(tb, r.Close())
		out.WriteString(part.Name)
	}
	return out.String()
}

func TestO12NothingOfAHiddenTenantIsInTheFile(t *testing.T) {
	t.Parallel()
	in := everything(t)
	secret := tenant("canary-id", "Canary name", user("canary-user", "Canary person", "canary@secret.example", 1, 0))
	secret.Sensitive = true
	in.Tenants = each(secret, tenant("t1", "canary NAME", people(2)...))
	in.Plan.Seats.Unit = usd("777.77")
	in.Adjustments[0].Name = "Credit for Canary name"
	st := compute(t, in)
	opt := report.Options{Visible: all("t1")}
	b := workbook(t, st, opt)
	require.Equal(t, []string{"Summary", "Projects", "canary NAME"}, b.tabs(), "the name of a visible tenant is not changed because of a hidden one")
	for format, text := range map[string]string{
		"workbook": everyByte(t, b.file), "CSV": csvText(t, st, opt), "JSON lines": jsonText(t, st, opt),
	} {
		for _, canary := range []string{"canary-", "Canary", "secret", minorText(t, st.Total), minorText(t, byID(st, "canary-id").Subtotal) + "|", "Loyalty", "Voucher"} {
			require.NotContains(t, text, canary, format)
		}
	}
}

func byID(st *usage.Statement, id string) *usage.TenantStatement {
	t, _ := st.Tenant(id)
	return t
}

// TestO12APartialReportDependsOnlyOnWhatItShows (O12) changes everything about hidden tenants, discounts and adjustments, and
// compares the bytes.
func TestO12APartialReportDependsOnlyOnWhatItShows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		hidden := rapid.IntRange(1, 3).Draw(rt, "hidden")
		secret := func(label string) []usage.Tenant {
			var out []usage.Tenant
			for i := range hidden {
				n := rapid.IntRange(0, 5).Draw(rt, label+" users")
				name := rapid.SampledFrom([]string{"Acme", "Summary", "Zeta", ""}).Draw(rt, label+" name")
				id := fmt.Sprintf("%s-%d", rapid.SampledFrom([]string{"a", "m", "z"}).Draw(rt, label+" id"), i)
				out = append(out, tenant(id, name, people(n)...))
			}
			return out
		}
		shown := []usage.Tenant{tenant("k1", "Acme", people(4)...), tenant("n1", "Zeta", people(2)...)}
		files := make([]string, 2)
		for i, label := range []string{"first", "second"} {
			in := everything(t)
			in.Tenants = each(append(secret(label), shown...)...)
			in.Discounts[0].Percent = decimal.NewFromInt(rapid.Int64Range(1, 50).Draw(rt, label+" percent"))
			in.Adjustments[0].Amount = usd(rapid.SampledFrom([]string{"-1.00", "2.00"}).Draw(rt, label+" adjustment"))
			st, err := usage.Compute(in)
			require.NoError(rt, err)
			opt := report.Options{Visible: all("k1", "n1"), Workers: 1}
			var file bytes.Buffer
			_, err = report.Workbook(t.Context(), &file, st, opt)
			require.NoError(rt, err)
			files[i] = file.String() + csvText(t, st, opt) + jsonText(t, st, opt)
		}
		require.Equal(rt, files[0], files[1])
	})
}

func TestO12AMinimumChargeDoesNotTellThatHiddenTenantsAreEmpty(t *testing.T) {
	t.Parallel()
	in := seatInput(t, tenant("t1", "Acme", people(2)...), tenant("t2", "Hidden"))
	in.Plan.Seats = pricing.Price{Model: pricing.Graduated, Minimum: usd("5.00"), Tiers: []pricing.Tier{{Unit: usd("3.00")}}}
	in.Plan.Tier.Scope = usage.OverTenant
	st := compute(t, in)
	require.Len(t, st.Charges, 1, "the hidden tenant has a minimum charge")
	require.NotContains(t, csvText(t, st, report.Options{Visible: all("t1")}), "minimum")
}

func TestO12VisibleIsAskedOnceForEachTenant(t *testing.T) {
	t.Parallel()
	st := seats(t, tenant("t1", "A", people(2)...), tenant("t2", "B", people(2)...))
	var asked []string
	workbook(t, st, report.Options{Visible: func(id string) bool { asked = append(asked, id); return true }})
	require.Equal(t, []string{"t1", "t2"}, asked)
}
