package usage

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/wire"
	"github.com/billhatch/billhatch/usage/civil"
)

// TestAStatementHasBounds: the encoder refuses what the decoder would.
func TestAStatementHasBounds(t *testing.T) {
	t.Parallel()
	group := func(users int, kept, shared bool) *codedLine {
		return &codedLine{Group: &codedGroup{
			Users: users, Kept: kept, Shared: shared, Units: codedUnits{1, 31},
			Pricing: codedPricing{Pool: codedUnits{1, 31}, Charge: &wire.Charge{}},
		}}
	}
	in := func(done codedEnd) *counted {
		return &counted{codedEnd: done, stage: inTenants, groups: map[wire.Text]bool{}}
	}
	one := codedEnd{Tenants: 1}
	require.Empty(t, in(one).take(group(maxCodedRows, true, true)))
	require.NotEmpty(t, in(one).take(group(maxCodedRows+1, true, false)))
	require.NotEmpty(t, in(codedEnd{Tenants: 1, Rows: 2}).take(group(maxCodedRows-1, true, false)))
	require.Empty(t, in(one).take(group(maxCodedRows+1, false, false)), "rows that are not kept are only a number")
	require.NotEmpty(t, in(one).take(group(1, false, true)))
	require.NotEmpty(t, in(codedEnd{Tenants: 1, Groups: maxCodedParts}).take(group(1, true, false)))
	require.NotEmpty(t, in(codedEnd{}).take(group(1, true, false)))
	for name, line := range map[string]*codedLine{
		"tenants":  {Tenant: &codedTenant{ID: "t"}},
		"projects": {Project: &codedProject{ID: "p"}},
		"charges":  {Charge: &codedCharge{Key: "k", Kind: "fee"}},
	} {
		require.Empty(t, in(one).take(line), name)
		full := in(codedEnd{Tenants: maxCodedParts, Projects: maxCodedParts, Charges: maxCodedParts})
		require.Equal(t, "too many parts", full.take(line), name)
	}
}

// TestAHeadSaysWhoseStatementItIsAndOfWhen.
func TestAHeadSaysWhoseStatementItIsAndOfWhen(t *testing.T) {
	t.Parallel()
	month, err := civil.Month(2026, time.September, time.UTC)
	require.NoError(t, err)
	days := func(n int) civil.Period {
		period, err := civil.NewPeriod(month.From(), month.From().AddDays(n), time.UTC)
		require.NoError(t, err)
		return period
	}
	for _, c := range []struct {
		name   string
		change func(h *codedHead)
		want   string
	}{
		{"a whole head", func(*codedHead) {}, ""},
		{"another version", func(h *codedHead) { h.Version++ }, "version"},
		{"no account", func(h *codedHead) { h.Account = "" }, "no account"},
		{"no period", func(h *codedHead) { h.Period = civil.Period{} }, "no period, or one that is too long"},
		{"the longest period", func(h *codedHead) { h.Period = days(maxCodedDays) }, ""},
		{"a longer one", func(h *codedHead) { h.Period = days(maxCodedDays + 1) }, "no period, or one that is too long"},
		{"a final statement as of a day", func(h *codedHead) { h.AsOf = month.From() }, "as-of date"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := codedHead{Version: codecVersion, Account: "acme", Period: month, Finality: Final}
			c.change(&h)
			require.Equal(t, c.want, (&counted{}).head(&h))
		})
	}
}

func TestProjectsStandInOrder(t *testing.T) {
	t.Parallel()
	c := &counted{}
	require.Empty(t, c.aProject(&codedProject{ID: "b"}))
	for _, id := range []wire.Text{"a", "b"} {
		require.Equal(t, "projects out of order, or twice", c.aProject(&codedProject{ID: id}), id)
	}
	require.Empty(t, c.aProject(&codedProject{ID: "c"}))
}

// TestAChargeHasTheDetailsOfItsKind, and no others.
func TestAChargeHasTheDetailsOfItsKind(t *testing.T) {
	t.Parallel()
	for _, kind := range []ChargeKind{ChargeFee, ChargeShared, ChargeMinimum, ChargeDiscount, ChargeAdjustment} {
		for _, discount := range []*codedDiscount{nil, {}} {
			for _, meter := range []*codedMeter{nil, {}} {
				c := &codedCharge{Key: "k", Kind: wire.Text(kind), Discount: discount, Meter: meter}
				good := (discount != nil) == (kind == ChargeDiscount) && (meter != nil) == (kind == ChargeShared)
				require.Equal(t, good, c.reason() == "", "%s, discount %t, meter %t", kind, discount != nil, meter != nil)
			}
		}
	}
	require.NotEmpty(t, (&codedCharge{Key: "k", Kind: "other"}).reason())
}
