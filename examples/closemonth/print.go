package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// printer writes the statement as text. The first error stays.
type printer struct {
	w      io.Writer
	styled bool
	err    error
}

func (p *printer) line(format string, args ...any) {
	p.write(printable(fmt.Sprintf(format, args...)))
}

// strong is a line that stands out on a terminal.
func (p *printer) strong(text string) {
	text = printable(text)
	if p.styled {
		text = "\x1b[1m" + text + "\x1b[0m"
	}
	p.write(text)
}

func (p *printer) write(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, text+"\n")
	}
}

// maxPrinted bounds the tenants that are printed; the files have all of them.
const maxPrinted = 40

// statement prints what the reader may see of a statement.
func (p *printer) statement(st *usage.Statement, set *settings) {
	p.strong(fmt.Sprintf("%s, %s, %s", st.Account.Name, monthName(st.Period), status(st)))
	p.line("Plan %s: %s, %d days in %s", st.Plan, st.Policy, st.Period.Days(), st.Period.Zone())
	p.line("")
	shown, hidden, merged := tableOf(st, set)
	shown.print(p)
	p.line("")
	for _, line := range priceLines(st, set) {
		p.line("%s", line)
	}
	if merged > 0 {
		p.line("Repeated or overlapping records were united for %s: nobody pays twice.", count(merged, "user"))
	}
	if hidden > 0 {
		p.line("Partial: %s hidden from this reader, as are discounts, credits and the total.", isAre(hidden, "tenant"))
	}
}

// notes prints what the statement does not know.
func (p *printer) notes(st *usage.Statement, notCompared int) {
	if notCompared > 0 {
		p.line("Not compared with the directories of %s: they were not counted on the last day.", count(notCompared, "tenant"))
	}
	switch {
	case st.Finality == usage.Final:
	case st.AsOf == st.Period.From():
		p.line("Not final: nothing is counted yet. No invoice is written.")
	default:
		p.line("Not final: counted up to and including %s; tiers may still change. No invoice is written.", st.AsOf.AddDays(-1))
	}
}

// tableOf lays the statement out, one row for each group. Amounts of the account as a whole stay out of the table of a
// reader who may not see every tenant: they would tell about the others.
func tableOf(st *usage.Statement, set *settings) (t table, hidden, merged int) {
	t.add(headerRow, "Tenant", "Group", "Billed days", "Users", "Units", "Price", "Amount")
	printed, left, users := 0, 0, 0
	sum := []money.Amount{}
	for i := range st.Tenants {
		tenant := &st.Tenants[i]
		if !set.visible(tenant) {
			hidden++
			continue
		}
		sum = append(sum, tenant.Subtotal)
		for g := range tenant.Groups {
			merged += tenant.Groups[g].Merged
			users += tenant.Groups[g].Users
		}
		if printed++; printed > maxPrinted {
			left++
			continue
		}
		t.tenant(tenant, st.Period)
	}
	if left > 0 {
		t.add(bodyRow, fmt.Sprintf("… and %s", count(left, "more tenant")))
	}
	for i := range st.Charges {
		c := &st.Charges[i]
		if hidden > 0 && c.Kind != usage.ChargeFee {
			continue // it may depend on hidden tenants
		}
		sum = append(sum, c.Amount)
		t.add(chargeRow, c.Name, "", "", "", "", "", c.Amount.String())
	}
	if hidden > 0 {
		t.add(totalRow, "Sum of what is shown", "", "", fmt.Sprint(users), "", "", sumOf(st.Currency, sum))
		return t, hidden, merged
	}
	t.add(totalRow, "Total before taxes", "", "", fmt.Sprint(st.Users()), "", "", st.Total.String())
	return t, hidden, merged
}

// sumOf adds up amounts of a statement, which fit: its total does.
func sumOf(currency string, amounts []money.Amount) string {
	sum, err := money.Sum(currency, amounts...)
	if err != nil {
		return plain(err)
	}
	return sum.String()
}

// tenant adds the rows of one tenant.
func (t *table) tenant(tenant *usage.TenantStatement, period civil.Period) {
	name := tenant.Name
	if tenant.Sensitive {
		name += " (sensitive)"
	}
	for g := range tenant.Groups {
		group := &tenant.Groups[g]
		price := "by tiers"
		if group.Pricing.Unit.IsSet() {
			price = group.Pricing.Unit.String()
		}
		t.add(bodyRow, name, group.Name, days(tenant.Billable, period), fmt.Sprint(group.Users),
			group.Units.Rat().FloatString(3), price, group.Subtotal.String())
		name = ""
	}
	if len(tenant.Groups) > 1 {
		t.add(bodyRow, "", "together", "", "", "", "", tenant.Subtotal.String())
	}
}

// priceLines say why the prices are what they are: once for each price.
func priceLines(st *usage.Statement, set *settings) []string {
	var lines []string
	seen := map[string]bool{}
	for i := range st.Tenants {
		if !set.visible(&st.Tenants[i]) || set.readerIs == "member" {
			continue // how many users chose a tier tells about hidden tenants
		}
		for g := range st.Tenants[i].Groups {
			group := &st.Tenants[i].Groups[g]
			pr := &group.Pricing
			tier := pr.Charge.TierText()
			if tier == "" || pr.Scope != usage.OverAccount || seen[group.Name] {
				continue
			}
			seen[group.Name] = true
			what := group.Name
			if what == "" {
				what = "seats"
			}
			by := fmt.Sprintf("%s units", pr.Pool.Rat().FloatString(3))
			if pr.Basis == usage.HeadCount {
				by = fmt.Sprintf("%d users at the end", pr.Heads)
			}
			lines = append(lines, fmt.Sprintf("Price of %s: %s tier %s, by %s over all tenants.", what, pr.Price.Model, tier, by))
		}
	}
	return lines
}

// section prints further lines, if there are any.
func (p *printer) section(lines []string) {
	for _, line := range lines {
		p.line("%s", line)
	}
}

// files prints what was written and what to do next.
func (p *printer) files(list []written, st *usage.Statement, set *settings) {
	p.line("")
	p.strong("Written to " + set.out)
	var t table
	t.left = 1
	for _, f := range list {
		t.add(bodyRow, f.name, bytesText(f.size), f.note)
	}
	t.leftFrom = 2
	t.print(p)
	if set.explain == "" {
		p.line("Next: -explain USER shows how an amount came about%s.", firstUser(st, set))
	}
}

// firstUser suggests somebody to explain.
func firstUser(st *usage.Statement, set *settings) string {
	for i := range st.Tenants {
		t := &st.Tenants[i]
		if !set.visible(t) {
			continue
		}
		for g := range t.Groups {
			for row := range t.Groups[g].Rows() {
				if row.Pieces > 1 {
					return ", for example -explain " + row.User
				}
			}
		}
	}
	return ""
}

func monthName(p civil.Period) string {
	year, month, _ := p.Month()
	return fmt.Sprintf("%s %d", month, year)
}

func status(st *usage.Statement) string {
	if st.IsFinal() {
		return "final"
	}
	return "preview"
}

// days gives the billed days of a month as a reader counts them, both ends included.
func days(spans []civil.Span, period civil.Period) string {
	if len(spans) == 0 {
		return "none"
	}
	if len(spans) == 1 && spans[0] == period.Span() {
		return "all"
	}
	texts := make([]string, len(spans))
	for i, s := range spans {
		_, _, first := s.From.Date()
		_, _, last := s.To.AddDays(-1).Date()
		texts[i] = fmt.Sprintf("%d–%d", first, last)
	}
	return strings.Join(texts, ", ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func isAre(n int, what string) string {
	if n == 1 {
		return count(n, what) + " is"
	}
	return count(n, what) + " are"
}

// bytesText gives a size as 12.3 KB.
func bytesText(n int64) string {
	tenths := (n*10 + 500) / 1000
	if tenths < 10_000 {
		return fmt.Sprintf("%d.%d KB", tenths/10, tenths%10)
	}
	tenths = (n*10 + 500_000) / 1_000_000
	return fmt.Sprintf("%d.%d MB", tenths/10, tenths%10)
}

// rowKind says how a row looks.
type rowKind int

const (
	bodyRow rowKind = iota
	headerRow
	chargeRow // its text runs over the columns between the first and the last
	totalRow
)

// table aligns columns: the first ones to the left, the others to the right.
type table struct {
	rows     [][]string
	kinds    []rowKind
	left     int // columns to the left; 0: 3
	leftFrom int // columns from here on to the left, too; 0: none
}

func (t *table) add(kind rowKind, cells ...string) {
	t.kinds = append(t.kinds, kind)
	t.rows = append(t.rows, cells)
}

func (t *table) print(p *printer) {
	if t.left == 0 {
		t.left = 3
	}
	var widths []int
	for r, row := range t.rows {
		for c, cell := range row {
			if c == len(widths) {
				widths = append(widths, 0)
			}
			if t.kinds[r] != chargeRow || c > 0 {
				widths[c] = max(widths[c], utf8.RuneCountInString(cell))
			}
		}
	}
	for r, row := range t.rows {
		text := t.text(row, widths)
		if t.kinds[r] == headerRow || t.kinds[r] == totalRow {
			p.strong(text)
		} else {
			p.line("%s", text)
		}
	}
}

// text puts the cells of a row side by side. A cell that is too wide uses the room of empty ones behind it.
func (t *table) text(row []string, widths []int) string {
	var b strings.Builder
	at, used := 0, 0
	for c, cell := range row {
		n := utf8.RuneCountInString(cell)
		pad := 0
		if c >= t.left && (t.leftFrom == 0 || c < t.leftFrom) {
			pad = widths[c] - n
		}
		if cell != "" {
			b.WriteString(strings.Repeat(" ", max(at+pad-used, 0)) + cell)
			used = max(at+pad, used) + n
		}
		at += widths[c] + 2
	}
	return b.String()
}
