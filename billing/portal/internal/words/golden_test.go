package words_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/billing/portal/internal/words"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// golden is what Intl of Node prints; testdata/gen/golden.js writes it. Rows are cells by language.
type golden struct {
	Date, Month, Number, Percent, Plural map[string][][2]string
	Period, Time                         map[string][][3]string
}

func readGolden(t *testing.T) golden {
	t.Helper()
	data, err := os.ReadFile("testdata/golden.json")
	require.NoError(t, err)
	var g golden
	require.NoError(t, json.Unmarshal(data, &g))
	require.Len(t, g.Date, 21)
	return g
}

// everyLanguage has all languages whose formats the package knows: the shipped ones and empty added ones.
func everyLanguage(t *testing.T, g golden) *words.Catalog {
	t.Helper()
	added := map[string]string{}
	for lang := range g.Date {
		added[lang+".json"] = `{}`
	}
	return open(t, added)
}

func TestDatesAndNumbersAreWhatIntlPrints(t *testing.T) {
	t.Parallel()
	g := readGolden(t)
	c := everyLanguage(t, g)
	for lang := range g.Date {
		p := c.Match(lang)
		require.Equal(t, lang, p.Language())
		for _, row := range g.Date[lang] {
			require.Equal(t, row[1], p.Date(date(t, row[0])), "%s %s", lang, row[0])
		}
		for _, row := range g.Month[lang] {
			m, err := civil.ParseMonth(row[0], time.UTC)
			if err != nil { // December of the last year there is
				require.Equal(t, "9999-12", row[0])
				continue
			}
			require.Equal(t, row[1], p.Month(m), "%s %s", lang, row[0])
		}
		for _, row := range g.Time[lang] {
			instant, err := time.Parse(time.RFC3339, row[0])
			require.NoError(t, err)
			zone, err := civil.LoadZone(row[1])
			require.NoError(t, err)
			require.Equal(t, row[2], p.Time(instant, zone), "%s %s %s", lang, row[0], row[1])
		}
		for _, row := range g.Number[lang] {
			require.Equal(t, row[1], p.Number(number(row[0])), "%s %s", lang, row[0])
		}
		for _, row := range g.Percent[lang] {
			require.Equal(t, row[1], p.Percent(number(row[0])), "%s %s", lang, row[0])
		}
	}
	for _, lang := range []string{"en", "de", "fr"} {
		require.NotEmpty(t, g.Period[lang])
		for _, row := range g.Period[lang] {
			m, err := civil.NewPeriod(date(t, row[0]), date(t, row[1]).AddDays(1), time.UTC)
			require.NoError(t, err)
			require.Equal(t, row[2], c.Match(lang).Period(m), "%s %s", lang, m)
		}
	}
}

func date(t *testing.T, s string) civil.Date {
	t.Helper()
	d, err := civil.ParseDate(s)
	require.NoError(t, err)
	return d
}

// The forms name themselves, so that the one that was chosen can be read.
func TestPluralFormsAreThoseOfIntl(t *testing.T) {
	t.Parallel()
	g := readGolden(t)
	for lang, rows := range g.Plural {
		forms := map[string]string{"other": "other {count}"}
		for _, row := range rows {
			forms[row[1]] = row[1] + " {count}"
		}
		text, err := json.Marshal(map[string]any{"usage.tenant_count": forms})
		require.NoError(t, err)
		p := open(t, map[string]string{lang + ".json": string(text)}).Match(lang)
		for _, row := range rows {
			chosen, _, _ := strings.Cut(p.T("usage.tenant_count", "count", number(row[0])), " ")
			require.Equal(t, row[1], chosen, "%s %s", lang, row[0])
			if n := number(row[0]); n.IsInteger() {
				chosen, _, _ = strings.Cut(p.T("usage.tenant_count", "count", int(n.IntPart())), " ")
				require.Equal(t, row[1], chosen, "%s %s as an int", lang, row[0])
			}
		}
	}
}

func TestFormsOfAnAddedLanguage(t *testing.T) {
	t.Parallel()
	c := open(t, map[string]string{"it.json": `{}`, "es.json": `{}`, "sw.json": `{}`})
	it, es, sw := c.Match("it"), c.Match("es"), c.Match("sw")
	sydney, err := civil.LoadZone("Australia/Sydney")
	require.NoError(t, err)
	cycle, err := civil.NewPeriod(civil.MustDate(2026, time.October, 5), civil.MustDate(2026, time.November, 5), sydney)
	require.NoError(t, err)
	month, err := civil.Month(987, time.March, time.UTC)
	require.NoError(t, err)
	instant := time.Date(2026, time.October, 1, 4, 5, 59, 0, time.UTC)

	require.Equal(t, "5 ott 2026 – 4 nov 2026", it.Period(cycle), "no short form: two dates")
	require.Equal(t, "5 ott 2026 – 4 nov 2026", it.Month(cycle), "no civil month")
	require.Equal(t, "5 ott 2026 – 4 nov 2026", it.ShortMonth(cycle), "no civil month")
	require.Equal(t, "mar", it.ShortMonth(month))
	require.Equal(t, "2026-10-05 – 2026-11-04", sw.Period(cycle), "no known forms: ISO")
	require.Equal(t, "0987-03", sw.Month(month))
	require.Equal(t, "2026-10-01 14:05 UTC+10", sw.Time(instant, sydney))
	require.Equal(t, "2026-10-01 04:05 UTC", sw.Time(instant, nil), "without a zone it is UTC")
	require.Equal(t, "1,234.5%", sw.Percent(number("1234.5")))

	require.Equal(t, "EUR\u00a0-1234,50", it.Money(money.MustParse("-1234.5", "EUR")), "marks as in the other numbers")
	require.Equal(t, "EUR\u00a01.234.567,125", it.Money(money.MustParse("1234567.125", "EUR")))
	require.Equal(t, "JPY\u00a01.234.567", it.Money(money.MustParse("1234567", "JPY")))
	require.Equal(t, "1.234.567,00\u00a0€", es.Money(money.MustParse("1234567", "EUR")), "as package money writes it")
	require.Equal(t, "USD\u00a01,234.50", sw.Money(usd("1234.5")))
}

func TestAmountsAreThoseOfPackageMoney(t *testing.T) {
	t.Parallel()
	c := open(t, nil)
	for _, lang := range c.Languages() {
		for _, currency := range []string{"USD", "EUR", "JPY", "KWD", "CHF"} {
			for _, value := range []string{"0", "-1", "1234567.891", "0.05"} {
				a := money.MustParse(value, currency)
				require.Equal(t, a.Display(lang), c.Match(lang).Money(a))
			}
		}
	}
}

func TestTimesOfUnusualZones(t *testing.T) {
	t.Parallel()
	p := open(t, nil).Match("en")
	instant := time.Date(2026, time.October, 1, 12, 0, 0, 0, time.UTC)
	for offset, want := range map[int]string{
		0:              "Oct 1, 2026, 12:00\u202fPM UTC",
		-90 * 60:       "Oct 1, 2026, 10:30\u202fAM UTC\u22121:30",
		14 * 3600:      "Oct 2, 2026, 2:00\u202fAM UTC+14",
		5*3600 + 45*60: "Oct 1, 2026, 5:45\u202fPM UTC+5:45",
		-12 * 3600:     "Oct 1, 2026, 12:00\u202fAM UTC\u221212",
	} {
		require.Equal(t, want, p.Time(instant, time.FixedZone("LMT", offset)))
	}
	require.Equal(t, "12026-10-01T12:00:00Z UTC", p.Time(time.Date(12026, time.October, 1, 12, 0, 0, 0, time.UTC), time.UTC))
}

func TestNumbersThatNobodyReadsStayShort(t *testing.T) {
	t.Parallel()
	p := open(t, nil).Match("de")
	require.Equal(t, "1E2147483647", p.Number(number("1").Shift(1<<31-1)))
	require.Equal(t, "-12E-2147483646", p.Number(number("-12").Shift(-(1<<31 - 2))))
	require.Len(t, p.Number(number("1e100")), 101+33, "a googol is written out")
	require.Equal(t, "1E101", p.Number(number("1e101")))
	require.Equal(t, "0", p.Number(number("0e50")))
	require.Equal(t, "0", p.Number(number("-0.000")))
}
