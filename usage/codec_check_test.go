package usage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/wire"
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
