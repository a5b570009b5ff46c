package pricing_test

import (
	"encoding/json"
	"math/big"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/pricing"
)

// item is a priced quantity of testdata/vectors.json; the fields in use depend on the model.
type item struct {
	Model, Quantity string
	TierQuantity    string `json:"tier_quantity"`
	ZeroQuantity    string `json:"zero_quantity"`
	UnitPrice       string `json:"unit_price"`

	PackageSize     string `json:"package_size"`
	PackagePrice    string `json:"package_price"`
	PackageRounding string `json:"package_rounding"`
	FreeUnits       string `json:"free_units"`
	PaidQuantity    string `json:"paid_quantity"`
	RatePercent     string `json:"rate_percent"`
	FixedPerEvent   string `json:"fixed_per_event"`
	PaidEvents      string `json:"paid_events"`
	Policy          string
	Tiers           []struct {
		UpTo       *string `json:"up_to"`
		UnitPrice  string  `json:"unit_price"`
		Flat       string
		BlockSize  string `json:"block_size"`
		MaxBlocks  string `json:"max_blocks"`
		BlockPrice string `json:"block_price"`
	}
}

// vector is one case of testdata/vectors.json.
type vector struct {
	ID, Kind, About string
	item
	Components []item

	Price            *item
	Minimum, Maximum *string
	Steps            []struct{ Quantity, Amount, Increment string }

	Rule           string
	Usage          []string
	Included       *string
	Commitment     string
	UsedBefore     string `json:"used_before"`
	OverageFactor  string `json:"overage_factor"`
	AlreadyCharged string `json:"already_charged"`
	Units          string
	DivideBy       string                 `json:"divide_by"`
	UnitRounding   *struct{ Mode string } `json:"unit_rounding"`
	Expect         struct {
		Amount, Remaining, Billable, Converted string
		BillableEach                           []string `json:"billable_each"`
		Average                                *struct {
			Value string
			Scale int
		} `json:"average_unit_price"`
	}
}

// notOurs are the vectors whose convention the package does not offer.
var notOurs = map[string]string{
	"fx-k-10":   "a package that was begun is not charged; here it always is",
	"kb-bl-07":  "tiers made of packages; a price has tiers or packages",
	"om-m-03":   "the bound of what is left after earlier charges; here bounds apply to the whole quantity",
	"om-m-05":   "the bound of what is left after earlier charges; here bounds apply to the whole quantity",
	"lago-m-01": "a minimum that is a fraction, and its difference to an amount; here a minimum is an amount of money",
	"lago-m-02": "a minimum that is a fraction, and its difference to an amount; here a minimum is an amount of money",
	"om-cv-08":  "units converted and rounded down; packages round up",
	"om-cv-11":  "units converted and rounded to the nearest; packages round up",
	"om-cv-12":  "units converted and rounded to the nearest; packages round up",
	"om-cv-14":  "units converted and rounded to a decimal; packages round up",
	"om-cv-15":  "units converted and rounded to a decimal; packages round up",
}

func TestVectorsOfOtherBillingSystems(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var file struct{ Vectors []vector }
	require.NoError(t, json.Unmarshal(data, &file))
	checks := map[string]func(*testing.T, vector){
		"usage": checkUsage, "usage_series": checkSeries, "bounds": checkBounds, "allowance": checkAllowance, "convert": checkConvert,
	}
	seen := map[string]bool{}
	for _, v := range file.Vectors {
		require.False(t, seen[v.ID], "%s stands twice", v.ID)
		seen[v.ID] = true
		t.Run(v.ID+" "+v.About, func(t *testing.T) {
			t.Parallel()
			if reason := notOurs[v.ID]; reason != "" {
				t.Skip(reason)
			}
			check := checks[v.Kind]
			require.NotNil(t, check, "no check for kind %q: add one, or name the vector in notOurs", v.Kind)
			check(t, v)
		})
	}
	require.Len(t, seen, 64)
	for id := range notOurs {
		require.True(t, seen[id], "%s is no vector", id)
	}
}

// price turns the price of a vector into ours. Blocks of one unit are tiers whose bounds add up.
func (it item) price(t *testing.T) pricing.Price {
	t.Helper()
	p := pricing.Price{FlatAtZero: it.ZeroQuantity == "first_tier_flat"}
	switch {
	case it.Model == "per_unit":
		return flatPrice(it.UnitPrice)
	case it.Model == "package":
		require.Empty(t, it.PackageRounding)
		return pricing.Price{Model: pricing.Package, Size: bound(it.PackageSize), Unit: usd(it.PackagePrice)}
	case it.Model == "graduated" || it.Model == "blocks" && it.Policy == "all_tiers":
		p.Model = pricing.Graduated
	case it.Model == "volume" || it.Model == "blocks" && it.Policy == "top_tier":
		p.Model = pricing.Volume
	default:
		require.Fail(t, "unknown model", it.Model)
	}
	blocks := bound("0")
	for _, from := range it.Tiers {
		var tier pricing.Tier
		if it.Model == "blocks" {
			require.Equal(t, "1", from.BlockSize)
			blocks = blocks.Add(bound(from.MaxBlocks))
			tier.UpTo, tier.Unit = blocks, usd(from.BlockPrice)
		}
		if from.UpTo != nil {
			tier.UpTo = bound(*from.UpTo)
		}
		if from.UnitPrice != "" {
			tier.Unit = usd(from.UnitPrice)
		}
		if from.Flat != "" {
			tier.Flat = usd(from.Flat)
		}
		p.Tiers = append(p.Tiers, tier)
	}
	return p
}

// amount is what an item costs. A percentage is a flat price beside another one for the events.
func (it item) amount(t *testing.T) *big.Rat {
	t.Helper()
	quantity := rat(it.Quantity)
	if it.FreeUnits != "" {
		quantity.Sub(quantity, rat(it.FreeUnits))
		if quantity.Sign() < 0 {
			quantity.SetInt64(0)
		}
	}
	if it.Model == "percentage" {
		sum := exact(t, flatPrice(bound(it.RatePercent).Shift(-2).String()), quantity)
		return sum.Add(sum, exact(t, flatPrice(it.FixedPerEvent), rat(it.PaidEvents)))
	}
	var tierQuantity *big.Rat
	if it.TierQuantity != "" {
		tierQuantity = rat(it.TierQuantity)
	}
	charge, err := it.price(t).Charge(quantity, tierQuantity)
	require.NoError(t, err)
	return charge.Exact
}

func flatPrice(unit string) pricing.Price {
	return pricing.Price{Model: pricing.Flat, Unit: usd(unit)}
}

func exact(t *testing.T, p pricing.Price, q *big.Rat) *big.Rat {
	t.Helper()
	charge, err := p.Charge(q, nil)
	require.NoError(t, err)
	return charge.Exact
}

func equal(t *testing.T, want string, got *big.Rat) {
	t.Helper()
	require.Equal(t, rat(want).RatString(), got.RatString())
}

func checkUsage(t *testing.T, v vector) {
	items := v.Components
	if len(items) == 0 {
		items = []item{v.item}
	}
	sum := new(big.Rat)
	for _, it := range items {
		sum.Add(sum, it.amount(t))
	}
	equal(t, v.Expect.Amount, sum)
	if a := v.Expect.Average; a != nil {
		over := v.Quantity
		if v.PaidQuantity != "" {
			over = v.PaidQuantity
		}
		require.Equal(t, a.Value, new(big.Rat).Quo(sum, rat(over)).FloatString(a.Scale))
	}
	if v.Expect.Remaining != "" {
		equal(t, v.Expect.Remaining, sum.Sub(sum, rat(v.AlreadyCharged)))
	}
}

func checkSeries(t *testing.T, v vector) {
	require.NotEmpty(t, v.Steps)
	before := usd("0")
	for _, step := range v.Steps {
		amount, err := money.RoundRat(exact(t, v.Price.price(t), rat(step.Quantity)), "USD", money.HalfUp)
		require.NoError(t, err)
		require.True(t, usd(step.Amount).Equal(amount), amount)
		increment, err := amount.Sub(before)
		require.NoError(t, err)
		require.True(t, usd(step.Increment).Equal(increment), increment)
		before = amount
	}
}

func checkBounds(t *testing.T, v vector) {
	p := v.Price.price(t)
	if v.Minimum != nil {
		p.Minimum = usd(*v.Minimum)
	}
	if v.Maximum != nil {
		p.Maximum = usd(*v.Maximum)
	}
	equal(t, v.Expect.Amount, exact(t, p, rat(v.Price.Quantity)))
}

// checkAllowance states an allowance as a first tier that costs nothing, and a commitment as tiers of which the
// second has the price of the overage.
func checkAllowance(t *testing.T, v vector) {
	require.NotEmpty(t, v.Usage)
	if v.Rule == "commitment_with_overage_factor" {
		p := pricing.Price{Model: pricing.Graduated, Tiers: []pricing.Tier{
			{UpTo: bound(v.Commitment), Unit: usd("1")}, {Unit: usd(v.OverageFactor)},
		}}
		after := rat(v.UsedBefore)
		before := exact(t, p, after)
		for _, more := range v.Usage {
			after.Add(after, rat(more))
		}
		equal(t, v.Expect.Amount, new(big.Rat).Sub(exact(t, p, after), before))
		return
	}
	p := pricing.Price{Model: pricing.Graduated, Tiers: []pricing.Tier{{Unit: usd("0")}}}
	if v.Included != nil {
		p.Tiers = []pricing.Tier{{UpTo: bound(*v.Included), Unit: usd("0")}, {Unit: usd(v.UnitPrice)}}
	}
	sum, billable := new(big.Rat), new(big.Rat)
	for i, usage := range v.Usage {
		charge, err := p.Charge(rat(usage), nil)
		require.NoError(t, err)
		over := new(big.Rat)
		for _, part := range charge.Parts[1:] {
			over.Add(over, part.Quantity)
		}
		if len(v.Expect.BillableEach) > 0 {
			equal(t, v.Expect.BillableEach[i], over)
		}
		billable.Add(billable, over)
		sum.Add(sum, charge.Exact)
	}
	equal(t, v.Expect.Billable, billable)
	equal(t, v.Expect.Amount, sum)
}

// checkConvert counts packages, or takes a price for each thousandth where nothing is rounded.
func checkConvert(t *testing.T, v vector) {
	if v.UnitRounding == nil {
		require.Equal(t, "1000", v.DivideBy)
		equal(t, v.Expect.Converted, exact(t, flatPrice("0.001"), rat(v.Units)))
		return
	}
	require.Equal(t, "ceiling", v.UnitRounding.Mode)
	p := pricing.Price{Model: pricing.Package, Size: bound(v.DivideBy), Unit: usd("1")}
	equal(t, v.Expect.Converted, exact(t, p, rat(v.Units)))
}
