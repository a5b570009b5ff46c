package report_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/billhatch/billhatch/internal/agree"
	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/report"
	"github.com/billhatch/billhatch/report/xlsx"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
	"github.com/billhatch/billhatch/usage/pricing"
)

// book is a workbook that was read back.
type book struct {
	tb     testing.TB
	file   []byte
	result report.Result
	sheets []agree.Sheet
}

func workbook(tb testing.TB, st *usage.Statement, opt report.Options) *book {
	tb.Helper()
	var file bytes.Buffer
	result, err := report.Workbook(tb.Context(), &file, st, opt)
	require.NoError(tb, err)
	sheets, err := agree.ReadWorkbook(file.Bytes())
	require.NoError(tb, err)
	require.Len(tb, sheets, result.Tabs)
	return &book{tb: tb, file: file.Bytes(), result: result, sheets: sheets}
}

func (b *book) tabs() []string {
	var out []string
	for _, s := range b.sheets {
		out = append(out, s.Name)
	}
	return out
}

// rows gives the rows of a tab as texts joined by "|", formulas as their value, empty cells left out.
func (b *book) rows(name string) []string {
	b.tb.Helper()
	for _, s := range b.sheets {
		if s.Name != name {
			continue
		}
		var out []string
		last := 0
		for _, c := range s.Cells {
			if c.Row != last {
				out = append(out, c.Text+c.Number)
				last = c.Row
				continue
			}
			out[len(out)-1] += "|" + c.Text + c.Number
		}
		return out
	}
	require.Fail(b.tb, "no tab "+name, "%q", b.tabs())
	return nil
}

// text is everything that a tab says.
func (b *book) text(name string) string { return strings.Join(b.rows(name), "\n") }

// serial is the number of a civil day in a cell.
func serial(d civil.Date) string { return strconv.Itoa(d.Sub(civil.MustDate(1970, 1, 1)) + 25569) }

func TestO7TheWorkbookHasASummaryAndATabForEachTenantWithItsBillableUsers(t *testing.T) {
	t.Parallel()
	st := compute(t, everything(t))
	b := workbook(t, st, report.Options{})
	require.Equal(t, []string{"Summary", "Projects", "Ridge College", "Empty", "Acme - Head office"}, b.tabs())
	require.Equal(t, report.Result{Tabs: 5, Rows: 6, Shown: st.Total}, b.result)

	require.Equal(t, []string{
		"Usage report",
		"Account|Acme Holdings (acme)",
		"Period|2026-10-01 to 2026-10-31, both inclusive, 31 days",
		"Time zone|America/New_York",
		"Currency|USD",
		"Counting|Civil days; the first day is charged, the day of leaving is not",
		"Plan|Business",
		"Status|Final",
		"Tenant|ID|Tab|Group|Users|Units|Price|Amount",
		"Ridge College|t-campus|Ridge College|students|2|1.6452|1.10|1.81",
		"Ridge College|t-campus|Ridge College|staff|1|1.0000|3.20|3.20",
		"Ridge College, subtotal|3|5.01",
		"Empty|t-empty|Empty|0|0.0000|4.30|0.00",
		"Acme / Head office|t-head|Acme - Head office|3|1.4516|4.30|6.25",
		"All tenants|6|11.26",
		"Project|ID|Plan|State",
		"Hotline|p-hotline|Voice|over limit|17.93",
		"Lab|p-lab|Voice|approaching limit|9.00",
		"Next|p-next|Voice|not active yet|0.00",
		"Charges of the account|Details",
		"calls|Shared meter|70 used, 50 included, 20 over|2.00",
		"Platform fee|Fee|25.00",
		"Loyalty|Discount|10 % of USD 65.19, 21 of 31 days|-4.42",
		"Voucher|Discount|USD 500.00 for the period, 31 of 31 days, no more than there is to lower|-40.08",
		"Setup|Adjustment|2026-10-02|60.00",
		"Outage credit|Adjustment|2026-10-14|-3.21",
		"Total before taxes|77.48",
		"Units are users' shares of the period, rounded to 4 decimals here. Amounts are exact.",
		"The price of a seat stands where all seats have the same one; otherwise what all seats together cost is shared out by units.",
	}, b.rows("Summary"))

	require.Equal(t, []string{
		"Acme / Head office",
		"2026-10-01 to 2026-10-31, both inclusive, 31 days, USD. Final",
		"To the summary",
		"Name|Address|User ID|From|To (inclusive)|Days charged|Stretches|Price|Amount",
		"Ada Lovelace|ada@acme.example|a1|" + serial(day(1)) + "|" + serial(day(31)) + "|31|4.30|4.30",
		"=HYPERLINK(\"x\")|bob@acme.example|a2|" + serial(day(11)) + "|" + serial(day(21)) + "|11|4.30|1.53",
		"Cy, \"the\" third|cy@acme.example|a3|" + serial(day(3)) + "|" + serial(day(8)) + "|3|2|4.30|0.42",
		"Total|6.25",
	}, b.rows("Acme - Head office"))

	require.Equal(t, []string{
		"Name|Address|User ID|Group|From|To (inclusive)|Days charged|Stretches|Price|Amount",
		"Ann Lee|ann@students.ridge.edu|c1|students|" + serial(day(1)) + "|" + serial(day(31)) + "|31|1.10|1.10",
		"Bo Chen|bo@students.ridge.edu|c2|students|" + serial(day(12)) + "|" + serial(day(31)) + "|20|1.10|0.71",
		"Prof. Díaz|diaz@ridge.edu|c3|staff|" + serial(day(1)) + "|" + serial(day(31)) + "|31|3.20|3.20",
		"students, subtotal|1.81",
		"staff, subtotal|3.20",
		"Total|5.01",
	}, b.rows("Ridge College")[3:])

	require.Equal(t, []string{
		"Project|ID|Plan|State|Meter or fee|Unit|Remarks|Used|Included|Overage|Rate|Amount",
		"Hotline|p-hotline|Voice|over limit|minutes|minute|1234.5|1000|234.5|0.0125|2.93",
		"Hotline|p-hotline|Voice|over limit|sms|message|priced by packages|201|0|201|6.00",
		"Hotline|p-hotline|Voice|active|storage|GB|unlimited|7|0|0.00",
		"Hotline|p-hotline|Voice|approaching limit|calls|call|shared, see the summary|40|50|0.10",
		"Hotline|p-hotline|Voice|over limit|Voice fee|9.00",
		"Lab|p-lab|Voice|approaching limit|minutes|minute|850|1000|0|0.0125|0.00",
		"Lab|p-lab|Voice|active|sms|message|priced by packages|0|0|0|0.00",
		"Lab|p-lab|Voice|active|storage|GB|unlimited|0.25|0|0.00",
		"Lab|p-lab|Voice|active|calls|call|shared, see the summary|30|50|0.10",
		"Lab|p-lab|Voice|approaching limit|Voice fee|9.00",
		"Next|p-next|Voice|not active yet",
		"Total|26.93",
	}, b.rows("Projects")[3:])
}

func TestO7TheSummaryLeadsToEveryTabAndBack(t *testing.T) {
	t.Parallel()
	b := workbook(t, compute(t, everything(t)), report.Options{})
	leads := map[string]bool{}
	for _, to := range b.sheets[0].Links {
		leads[to] = true
	}
	require.Equal(t, map[string]bool{"'Ridge College'!A1": true, "'Empty'!A1": true, "'Acme - Head office'!A1": true, "'Projects'!A1": true}, leads)
	for _, s := range b.sheets[1:] {
		require.Equal(t, map[string]string{"A3": "'Summary'!A1"}, s.Links, s.Name)
		require.True(t, strings.HasPrefix(s.Filter, "A4:"), s.Name)
	}
}

func TestO7ATenantWithoutUsersSaysSo(t *testing.T) {
	t.Parallel()
	b := workbook(t, seats(t, tenant("t", "Quiet")), report.Options{})
	require.Equal(t, []string{"No billable users", "Total|0.00"}, b.rows("Quiet")[4:])
	require.Contains(t, b.text("Summary"), "Quiet|t|Quiet|0|0.0000|4.30|0.00")
}

func TestO7AnAccountWithoutTenantsSaysSo(t *testing.T) {
	t.Parallel()
	b := workbook(t, seats(t), report.Options{})
	require.Equal(t, []string{"Summary"}, b.tabs())
	require.Contains(t, b.rows("Summary"), "No tenants")
	require.Contains(t, b.rows("Summary"), "Total before taxes|0.00")
}

func TestO7ARunningMonthIsMarkedAsNotFinal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		finality usage.Finality
		asOf     int
		want     string
	}{
		{"to date", usage.ToDate, 17, "Not final: counted up to and including 2026-10-16"},
		{"before the first day is over", usage.ToDate, 1, "Not final: no day has been counted yet"},
		{"forecast", usage.Forecast, 17, "Forecast, an estimate: known up to and including 2026-10-16"},
		{"forecast on the first day", usage.Forecast, 1, "Forecast, an estimate: no day is known yet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := seatInput(t, tenant("t", "Acme", people(3)...))
			in.Finality, in.AsOf = c.finality, day(c.asOf)
			b := workbook(t, compute(t, in), report.Options{})
			require.Contains(t, b.rows("Summary"), "Status|"+c.want)
			require.Contains(t, b.text("Acme"), c.want)
			require.NotContains(t, b.text("Acme"), "illable in", "what is not known yet is not called not billable")
			require.NotContains(t, b.text("Acme"), "Billable:", "and the status says how far it goes")
		})
	}
}

func TestAMissingReadingIsShownAndTheTotalIsCalledIncomplete(t *testing.T) {
	t.Parallel()
	in := everything(t)
	in.Finality, in.AsOf = usage.Forecast, day(17)
	in.Projects = each(usage.Project{ID: "p", Plan: "Voice", Active: civil.Span{From: day(1)}, Readings: []usage.Reading{
		{Meter: "minutes", Used: usage.Known(decimal.NewFromInt(600))},
	}})
	st := compute(t, in)
	require.True(t, st.Incomplete)
	b := workbook(t, st, report.Options{})
	require.Contains(t, b.text("Summary"), "Incomplete: a meter has no reading")
	require.Contains(t, b.text("Projects"), "|Used|Expected|Included|")
	require.Contains(t, b.text("Projects"), "p|p|Voice|active|minutes|minute|600|1162.5|1000|162.5|0.0125|2.03")
	require.Contains(t, b.text("Projects"), "p|p|Voice|usage unavailable|sms|message|no reading, priced by packages|0")
	require.Contains(t, csvText(t, st, report.Options{}), "acme,2026-10,forecast,incomplete,")
}

func TestO11WhenATenantWasBillableStandsOnItsTab(t *testing.T) {
	t.Parallel()
	late := tenant("t1", "Late", people(2)...)
	late.FirstBillable = day(15)
	paused := tenant("t2", "Paused", people(2)...)
	paused.Pauses = []civil.Span{{From: day(10), To: day(21)}}
	never := tenant("t3", "Never", people(2)...)
	never.FirstBillable = day(40)
	b := workbook(t, seats(t, late, paused, never), report.Options{})
	require.Contains(t, b.rows("Late"), "Billable: 2026-10-15 to 2026-10-31")
	require.Contains(t, b.rows("Paused"), "Billable: 2026-10-01 to 2026-10-09, 2026-10-21 to 2026-10-31")
	require.Contains(t, b.rows("Never"), "Not billable in this period")
	require.Contains(t, b.rows("Never"), "No billable users")
}

func TestSecondsAreShownWithHoursBesideThem(t *testing.T) {
	t.Parallel()
	in := seatInput(t, tenant("t", "Acme", user("u", "Ada", "", 1, 0), user("v", "Bob", "", 3, 4)))
	in.Plan.Policy = usage.Seconds
	b := workbook(t, compute(t, in), report.Options{})
	require.Contains(t, b.rows("Acme"), "Name|Address|User ID|From|To (inclusive)|Hours (rounded)|Seconds charged|Stretches|Price|Amount")
	require.Contains(t, b.rows("Acme"), "Ada|u|"+serial(day(1))+"|"+serial(day(31))+"|744.00|2678400|4.30|4.30")
	require.Contains(t, b.rows("Acme"), "Bob|v|"+serial(day(3))+"|"+serial(day(3))+"|24.00|86400|4.30|0.14")
	require.Contains(t, b.rows("Summary"), "Counting|Elapsed seconds, 2678400 seconds")
}

func TestAPriceThatIsNoSinglePriceOfASeatIsLeftOut(t *testing.T) {
	t.Parallel()
	in := seatInput(t, tenant("t", "Acme", people(30)...))
	in.Plan.Seats = pricing.Price{Model: pricing.Graduated, Tiers: []pricing.Tier{
		{UpTo: decimal.NewFromInt(10), Unit: usd("5.00")}, {Unit: usd("3.00")},
	}}
	st := compute(t, in)
	b := workbook(t, st, report.Options{})
	row := st.Tenants[0].Groups[0]
	require.Contains(t, b.text("Summary"), "Acme|t|Acme|30|"+row.Units.Rat().FloatString(4)+"|"+minorText(t, row.Subtotal))
}

func TestPricesBelowTheMinorUnitKeepTheirDigits(t *testing.T) {
	t.Parallel()
	in := seatInput(t, tenant("t", "Acme", people(3)...))
	in.Plan.Seats.Unit = usd("0.123456789012345678")
	b := workbook(t, compute(t, in), report.Options{})
	require.Contains(t, b.text("Acme"), "|0.123456789012345678|0.12")
	require.Equal(t, 3+1, b.result.LongNumbers, "a spreadsheet keeps 15 digits, so they stand as text")
	require.Contains(t, b.text("Summary"), "Numbers with more than 15 digits, which stand as text so that nothing is lost: 4")
}

func TestAmountsOfMoreThan15DigitsAreNeverRounded(t *testing.T) {
	t.Parallel()
	in := seatInput(t, tenant("t", "Acme", user("u", "Ada", "", 1, 0), user("v", "Bob", "", 2, 0)))
	in.Plan.Seats.Unit = usd("12345678901234567.89")
	st := compute(t, in)
	b := workbook(t, st, report.Options{})
	require.Contains(t, b.text("Acme"), "|12345678901234567.89")
	require.Contains(t, b.text("Acme"), "Total|"+minorText(t, st.Total))
	require.Contains(t, b.text("Summary"), "Total before taxes|"+minorText(t, st.Total))
	for _, s := range b.sheets {
		for _, c := range s.Cells {
			require.LessOrEqual(t, len(strings.Trim(c.Number, "0.")), 15, "%s %s%d", s.Name, c.Column, c.Row)
		}
	}
}

func TestCurrenciesHaveTheirOwnDigits(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"JPY": "430|430", "USD": "430.00|430.00", "KWD": "430.000|430.000", "CLF": "430.0000|430.0000"} {
		in := seatInput(t, tenant("t", "Acme", user("u", "Ada", "", 1, 0)))
		in.Plan.Currency, in.Plan.Seats.Unit = code, money.MustParse("430", code)
		require.Contains(t, workbook(t, compute(t, in), report.Options{}).text("Acme"), "|31|"+want, code)
	}
}

func TestDatesBeforeSpreadsheetsBeginStandAsText(t *testing.T) {
	t.Parallel()
	in := seatInput(t, usage.Tenant{ID: "t", Name: "Old", Users: each(usage.Record{
		User: "u", Covered: usage.Days(civil.MustDate(1890, 3, 1), civil.Date{}),
	})})
	var err error
	in.Period, err = civil.ParseMonth("1890-03", in.Period.Zone())
	require.NoError(t, err)
	require.Contains(t, workbook(t, compute(t, in), report.Options{}).rows("Old"), "u|1890-03-01|1890-03-31|31|4.30|4.30")
}

func TestATenantThatFillsATabGoesOnInTheNext(t *testing.T) {
	t.Parallel()
	st := seats(t, tenant("t1", "Acme", people(23)...), tenant("t2", "Acme (2)", people(2)...))
	b := workbook(t, st, report.Options{}.WithRowsPerTab(19)) // 4 rows of head, 10 of users, 5 kept free
	require.Equal(t, []string{"Summary", "Acme", "Acme (3)", "Acme (4)", "Acme (2)"}, b.tabs())
	require.Contains(t, b.text("Summary"), "Acme|t1|Acme, Acme (3), Acme (4)|23|")

	seen := map[string]bool{}
	var parts, minor int64
	for _, name := range []string{"Acme", "Acme (3)", "Acme (4)"} {
		rows := b.rows(name)
		require.Equal(t, "Name|Address|User ID|From|To (inclusive)|Days charged|Stretches|Price|Amount", rows[3])
		for _, row := range rows[4:] {
			fields := strings.Split(row, "|")
			amount := fields[len(fields)-1]
			switch fields[0] {
			case "Subtotal of this tab":
				parts += parse(t, amount)
			case "Total":
				require.Equal(t, "Acme (4)", name)
				require.Equal(t, minorText(t, st.Tenants[0].Subtotal), amount)
			case "continued in the next tab":
				require.NotEqual(t, "Acme (4)", name)
			default:
				require.False(t, seen[fields[2]], row)
				seen[fields[2]] = true
				minor += parse(t, amount)
			}
		}
	}
	require.Len(t, seen, 23)
	want, err := st.Tenants[0].Subtotal.Minor()
	require.NoError(t, err)
	require.Equal(t, want, minor)
	require.Equal(t, want, parts)
}

func TestGroupsThatReachOverTabsKeepTheirSubtotals(t *testing.T) {
	t.Parallel()
	school := campus()
	var users []usage.Record
	for i := range 40 {
		domain := "ridge.edu"
		if i%2 == 0 {
			domain = "students.ridge.edu"
		}
		users = append(users, user(fmt.Sprintf("u%02d", i), "", fmt.Sprintf("u%d@%s", i, domain), 1+i%20, 0))
	}
	school.Users = each(users...)
	in := everything(t)
	in.Tenants = each(school)
	st := compute(t, in)
	b := workbook(t, st, report.Options{}.WithRowsPerTab(20))
	last := b.tabs()[len(b.tabs())-1]
	require.Equal(t, "Ridge College (4)", last)
	for _, g := range st.Tenants[0].Groups {
		require.Contains(t, b.rows(last), g.Name+", subtotal|"+minorText(t, g.Subtotal))
	}
	for _, name := range b.tabs()[2:] {
		require.LessOrEqual(t, len(b.rows(name)), 20, name)
	}
}

func TestATabThatCannotHoldARowStillMakesProgress(t *testing.T) {
	t.Parallel()
	b := workbook(t, seats(t, tenant("t", "Acme", people(3)...)), report.Options{}.WithRowsPerTab(1))
	require.Equal(t, []string{"Summary", "Acme", "Acme (2)", "Acme (3)"}, b.tabs())
}

func TestMoreThan255TabsAreWritten(t *testing.T) {
	t.Parallel()
	var all []usage.Tenant
	for i := range 300 {
		all = append(all, tenant(fmt.Sprintf("t%03d", i), "Same name", people(1)...))
	}
	b := workbook(t, seats(t, all...), report.Options{})
	require.Len(t, b.tabs(), 301)
	require.Contains(t, b.text("Summary"), "Same name|t299|Same name (300)|1|")
}

// hostileNames are names of tenants, users and accounts that break naive writers.
func hostileNames() []string {
	return []string{
		"", " ", "Summary", "SUMMARY", "Projects", "History", strings.Repeat("x", 32), strings.Repeat("😀", 16), `: \ / ? * [ ]`, "'quoted'",
		"acme", "ACME", strings.Repeat("y", 31) + "1", strings.Repeat("y", 31) + "2", "İ", "i̇", "ı", "ＡＣＭＥ", "\u202eevil", "a\x00b", "a\tb", "..", "=cmd",
		"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"http://x\")", "'=1", "\x01", "\ufffe", "bad \xff\xfe", "_x0041_", "a,b", "\"", "line\nbreak",
		"</t><f>1</f>", "＝1+1", "\u00a0=1", "\u2028", "$(x)", "%s%n",
	}
}

func TestHostileNamesGiveOneTabForEachTenantAndNoFormula(t *testing.T) {
	t.Parallel()
	var all []usage.Tenant
	for i, name := range hostileNames() {
		all = append(all, tenant(fmt.Sprintf("t%02d", i), name, user("u", name, name, 1, 0)))
	}
	in := seatInput(t, all...)
	in.Account.Name = "=1+1"
	st := compute(t, in)
	b := workbook(t, st, report.Options{})
	require.Len(t, b.sheets, 1+len(all))
	folded := map[string]bool{}
	for i, s := range b.sheets {
		require.LessOrEqual(t, len(utf16.Encode([]rune(s.Name))), xlsx.MaxTab)
		require.NotContains(t, s.Name, "\x00")
		require.False(t, folded[strings.ToLower(s.Name)], s.Name)
		folded[strings.ToLower(s.Name)] = true
		for _, c := range s.Cells {
			require.True(t, c.Formula == "" || strings.HasPrefix(c.Formula, "SUBTOTAL(109,"), c.Formula)
		}
		if i > 0 {
			id := fmt.Sprintf("t%02d", i-1)
			require.Contains(t, b.text("Summary"), id+"|"+s.Name+"|1|1.0000|4.30|4.30", "the summary says which tab is whose")
		}
	}
	require.Equal(t, "Summary", b.sheets[0].Name)
	require.Equal(t, "Summary (2)", b.sheets[3].Name)
}

func TestCellTextsReadBackAsTheyWere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"a formula", "=1+1", "=1+1"},
		{"a control character", "a\x01b", "a\ufffdb"},
		{"NUL", "a\x00b", "a\ufffdb"},
		{"no character", "a\ufffeb", "a\ufffdb"},
		{"bad UTF-8", "a\xffb", "a\ufffdb"},
		{"an escape", "_x0041_", "_x0041_"},
		{"blanks at the ends", "  a  ", "  a  "},
		{"an element", "</t><f>1</f>", "</t><f>1</f>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := workbook(t, seats(t, tenant("t", "Acme", user("u", c.text, "x", 1, 0))), report.Options{})
			require.Contains(t, b.rows("Acme")[4], c.want+"|x|u|")
		})
	}
}

func TestTextsThatAreTooLongAreCutAndCounted(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", xlsx.MaxText+1)
	b := workbook(t, seats(t, tenant("t", long, user("u", long, "", 1, 0), user("v", long[:100], "", 1, 0))), report.Options{})
	require.Equal(t, 3, b.result.CutTexts, "the name of the user, and that of the tenant on its tab and in the summary")
	require.Contains(t, b.text("Summary"), "Texts that were longer than a cell holds, and were cut: 3")
}

func minorText(tb testing.TB, a money.Amount) string {
	tb.Helper()
	text, _, ok := strings.Cut(a.String(), " ")
	require.True(tb, ok)
	return text
}

func parse(tb testing.TB, amount string) int64 {
	tb.Helper()
	n, err := money.MustParse(amount, "USD").Minor()
	require.NoError(tb, err)
	return n
}
