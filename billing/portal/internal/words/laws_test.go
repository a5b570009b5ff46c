package words_test

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/billhatch/billhatch/billing/portal/internal/words"
	"github.com/billhatch/billhatch/money"
)

// marks are how a language writes 1234567.5 and -1: what it puts between digits, before decimals and for minus.
type marks struct{ group, point, minus string }

func marksOf(t require.TestingT, p *words.Printer) marks {
	shown := p.Number(number("1234567.5"))
	require.Len(t, strings.Split(shown, "234"), 2, shown)
	m := marks{
		group: strings.TrimSuffix(strings.TrimPrefix(shown, "1"), shown[strings.Index(shown, "234"):]),
		point: strings.TrimSuffix(shown[strings.Index(shown, "567")+3:], "5"),
		minus: strings.TrimSuffix(p.Number(number("-1")), "1"),
	}
	require.NotEqual(t, m.group, m.point)
	return m
}

// plain undoes what a language adds to a number.
func (m marks) plain(shown string) string {
	shown = strings.ReplaceAll(shown, m.group, "")
	shown = strings.Replace(shown, m.point, ".", 1)
	return strings.Replace(shown, m.minus, "-", 1)
}

var (
	someLanguages = rapid.SampledFrom([]string{"en", "de", "fr", "es", "it", "pl", "sv", "tr", "ar", "he", "ja", "sw"})
	someNumbers   = rapid.Custom(func(t *rapid.T) decimal.Decimal {
		digits := rapid.StringMatching(`-?([0-9]{1,4}|[0-9]{5,40})`).Draw(t, "digits")
		return decimal.RequireFromString(digits).Shift(int32(rapid.IntRange(-50, 50).Draw(t, "shift")))
	})
)

func languagesOfTheLaws(t *testing.T) *words.Catalog {
	added := map[string]string{}
	for _, lang := range []string{"es", "it", "pl", "sv", "tr", "ar", "he", "ja", "sw"} {
		added[lang+".json"] = `{}`
	}
	return open(t, added)
}

func TestLawTheDigitsOfANumberSurvive(t *testing.T) {
	t.Parallel()
	c := languagesOfTheLaws(t)
	rapid.Check(t, func(t *rapid.T) {
		p, d := c.Match(someLanguages.Draw(t, "language")), someNumbers.Draw(t, "number")
		m, shown := marksOf(t, p), p.Number(d)
		read, err := decimal.NewFromString(m.plain(shown))
		require.NoError(t, err, shown)
		require.True(t, read.Equal(d), "%s is shown as %s", d, shown)
		whole, _, _ := strings.Cut(strings.TrimPrefix(shown, m.minus), m.point)
		for i, group := range strings.Split(whole, m.group) {
			require.LessOrEqual(t, len(group), 4, shown)
			require.True(t, i == 0 || len(group) == 3, shown)
		}
		require.Equal(t, p.Number(d), p.T("page.title", "page", d)[:len(shown)])
		require.Contains(t, p.Percent(d), strings.TrimPrefix(shown, m.minus))
	})
}

func TestLawTheDigitsOfAnAmountSurvive(t *testing.T) {
	t.Parallel()
	c := languagesOfTheLaws(t)
	rapid.Check(t, func(t *rapid.T) {
		p := c.Match(someLanguages.Draw(t, "language"))
		d := someNumbers.Filter(func(d decimal.Decimal) bool { _, err := money.New(d, "CHF"); return err == nil }).Draw(t, "amount")
		a, err := money.New(d, "CHF")
		require.NoError(t, err)
		shown := p.Money(a)
		require.Contains(t, shown, "CHF")
		m := marksOf(t, p)
		read, err := decimal.NewFromString(strings.Map(func(r rune) rune {
			if strings.ContainsRune("-.0123456789", r) {
				return r
			}
			return -1
		}, m.plain(strings.ReplaceAll(shown, "\u2212", "-"))))
		require.NoError(t, err, shown)
		require.True(t, read.Equal(d), "%s is shown as %s", d, shown)
	})
}

func TestLawToCountIsToSayACount(t *testing.T) {
	t.Parallel()
	c := languagesOfTheLaws(t)
	rapid.Check(t, func(t *rapid.T) {
		p, d := c.Match(someLanguages.Draw(t, "language")), someNumbers.Draw(t, "number")
		key := rapid.SampledFrom([]string{"usage.seat_count", "quantity.minute", "quantity.other", "usage.title", "no.such_message"}).Draw(t, "key")
		require.Equal(t, p.T(key, "count", d), p.Count(key, d))
	})
}
