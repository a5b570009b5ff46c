package money_test

import (
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/money"
)

// vector is one case of testdata/vectors.json; the fields in use depend on the kind.
type vector struct {
	ID, Kind, About, Currency, Mode, Method, Amount, Code, Exponent string

	Factors, Values, Weights, Keys []string
	Scale                          int
	Commitment, Used               string
	NetExact                       string `json:"net_exact"`
	TaxPercent                     string `json:"tax_percent"`
	Rounding                       struct{ Step, Mode string }
	Expect                         any
}

// notOurs are the vectors whose convention the package does not offer.
var notOurs = map[string]string{
	"fo-a-01": "gives what is left to the first parts in order; Allocate uses the largest remainder",
}

func TestL2VectorsOfOtherBillingSystems(t *testing.T) {
	t.Parallel()
	var file struct{ Vectors []vector }
	readJSON(t, "testdata/vectors.json", &file)
	checks := map[string]func(*testing.T, vector){
		"round": checkRound, "round_sum": checkRoundSum, "true_up": checkTrueUp, "tax_chain": checkTaxChain,
		"allocate": checkAllocate, "currency": checkCurrency, "minor": checkMinor,
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
	require.Len(t, seen, 121)
	for id := range notOurs {
		require.True(t, seen[id], "%s is no vector", id)
	}
}

// currency is the vector's, or one with as many digits as its scale.
func (v vector) currency() string {
	switch {
	case v.Currency != "":
		return v.Currency
	case v.Scale == 0:
		return "JPY"
	case v.Scale == 3:
		return "KWD"
	case v.Scale == 4:
		return "CLF"
	}
	return "USD"
}

func (v vector) mode(t *testing.T) (m money.Rounding) {
	t.Helper()
	require.NoError(t, m.UnmarshalText([]byte(v.Mode)))
	return m
}

func (v vector) want(field string) string {
	s, _ := v.Expect.(map[string]any)[field].(string)
	return s
}

func checkRound(t *testing.T, v vector) {
	exact := money.MustParse("1", v.currency())
	fraction := big.NewRat(1, 1)
	for _, f := range v.Factors {
		d, err := money.ParseDecimal(f)
		require.NoError(t, err)
		exact, err = exact.Mul(d)
		require.NoError(t, err)
		fraction.Mul(fraction, d.Rat())
	}
	want := money.MustParse(v.want("value"), v.currency())
	requireAmount(t, want.String(), exact.RoundTo(v.Scale, v.mode(t)))
	if digits, _ := money.Exponent(v.currency()); digits == v.Scale {
		got, err := money.RoundRat(fraction, v.currency(), v.mode(t))
		require.NoError(t, err)
		requireAmount(t, want.String(), got)
	}
}

func checkRoundSum(t *testing.T, v vector) {
	exact, rounded := []money.Amount{}, []money.Amount{}
	for _, s := range v.Values {
		a := money.MustParse(s, v.currency())
		exact = append(exact, a)
		rounded = append(rounded, a.Round(v.mode(t)))
	}
	sumOfRounded, err := money.Sum(v.currency(), rounded...)
	require.NoError(t, err)
	sum, err := money.Sum(v.currency(), exact...)
	require.NoError(t, err)
	requireAmount(t, v.want("sum_of_rounded")+" "+v.currency(), sumOfRounded)
	requireAmount(t, v.want("rounded_sum")+" "+v.currency(), sum.Round(v.mode(t)))
}

func checkTrueUp(t *testing.T, v vector) {
	commitment, used := money.MustParse(v.Commitment, v.currency()), money.MustParse(v.Used, v.currency())
	first, err := commitment.Sub(used.Round(v.mode(t)))
	require.NoError(t, err)
	once, err := commitment.Sub(used)
	require.NoError(t, err)
	requireAmount(t, v.want("used_rounded_first")+" "+v.currency(), first)
	requireAmount(t, v.want("rounded_once")+" "+v.currency(), once.Round(v.mode(t)))
}

func checkTaxChain(t *testing.T, v vector) {
	net := money.MustParse(v.NetExact, v.currency()).Round(v.mode(t))
	percent, err := strconv.ParseInt(v.TaxPercent, 10, 64)
	require.NoError(t, err)
	tax, err := net.MulRat(percent, 100, v.mode(t))
	require.NoError(t, err)
	gross, err := net.Add(tax)
	require.NoError(t, err)
	for field, got := range map[string]money.Amount{"net": net, "tax": tax, "gross": gross} {
		if want := v.want(field); want != "" {
			requireAmount(t, want+" "+v.currency(), got)
		}
	}
}

func checkAllocate(t *testing.T, v vector) {
	order := make([]int, len(v.Weights))
	for i := range order {
		order[i] = i
	}
	if v.Keys != nil { // ties by key: the parts are asked for in the order of the keys
		slices.SortFunc(order, func(i, j int) int { return int(v.Keys[i][0]) - int(v.Keys[j][0]) })
	}
	weights := make([]*big.Rat, len(v.Weights))
	for i, from := range order {
		weights[i], _ = new(big.Rat).SetString(v.Weights[from])
	}
	parts, err := money.MustParse(v.Amount, v.currency()).AllocateRat(weights...)
	require.NoError(t, err)
	wants, ok := v.Expect.([]any)
	require.True(t, ok)
	require.Len(t, wants, len(parts))
	for i, from := range order {
		want, ok := wants[from].(string)
		require.True(t, ok)
		requireAmount(t, money.MustParse(want, v.currency()).String(), parts[i])
	}
}

func checkCurrency(t *testing.T, v vector) {
	digits, ok := money.Exponent(v.Code)
	if v.want("iso4217") == "" {
		require.False(t, ok, "not on the ISO list")
		return
	}
	require.True(t, ok)
	require.Equal(t, v.want("iso4217"), strconv.Itoa(digits))
}

// checkMinor rounds to a step of a power of ten minor units.
func checkMinor(t *testing.T, v vector) {
	v.Mode = v.Rounding.Mode
	digits, err := strconv.Atoi(v.Exponent)
	require.NoError(t, err)
	step, err := decimal.NewFromString(v.Rounding.Step)
	require.NoError(t, err)
	require.True(t, step.Equal(decimal.NewFromInt(10)))
	units, err := money.MustParse(v.Amount, v.Currency).RoundTo(digits-1, v.mode(t)).Minor()
	require.NoError(t, err)
	require.Equal(t, v.want("minor"), strconv.FormatInt(units, 10))
}
