package pdf

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// amount prints an amount as the locale writes it. Where no face has the currency's sign its ISO code stands in its
// place.
func (b *builder) amount(a money.Amount) string {
	text := strings.ReplaceAll(a.Display(b.locale), " ", "\u00A0")
	if b.drawable(text) {
		return text
	}
	before, number, after := split(text)
	if after != "" {
		return before + number + "\u00A0" + a.Currency()
	}
	sign := ""
	if strings.HasPrefix(before, "-") {
		sign = "-"
	}
	return sign + a.Currency() + "\u00A0" + number
}

// drawable tells whether a text is printed as it is, spaces apart.
func (b *builder) drawable(text string) bool {
	for _, r := range text {
		if !b.chain.has(r) && similar(r) == 0 && !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// split cuts a displayed amount at the first and after the last digit.
func split(text string) (before, number, after string) {
	first := strings.IndexFunc(text, unicode.IsDigit)
	last := strings.LastIndexFunc(text, unicode.IsDigit)
	if first < 0 {
		return text, "", ""
	}
	return text[:first], text[first : last+1], text[last+1:]
}

// number prints a quantity or a rate as the locale writes numbers, with every digit that it has.
func (b *builder) number(d decimal.Decimal) string {
	// A currency without decimals adds no digits of its own; check has found out that d is within the bounds.
	a, err := money.New(d, "JPY")
	if err != nil {
		return ""
	}
	before, number, _ := split(a.Display(b.locale))
	if strings.HasPrefix(before, "-") {
		return "-" + number
	}
	return number
}

// date prints a civil date as the language of the locale writes it; other languages get ISO 8601. The zero date is
// empty.
func (b *builder) date(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	year, month, day := d.Date()
	language, _, _ := strings.Cut(strings.ToLower(b.locale), "-")
	switch language {
	case "en":
		if strings.EqualFold(b.locale, "en-US") {
			return fmt.Sprintf("%s\u00A0%d, %04d", month.String()[:3], day, year)
		}
		return fmt.Sprintf("%d\u00A0%s\u00A0%04d", day, month.String()[:3], year)
	case "de":
		return fmt.Sprintf("%02d.%02d.%04d", day, month, year)
	case "fr", "es", "pt":
		return fmt.Sprintf("%02d/%02d/%04d", day, month, year)
	case "ja":
		return fmt.Sprintf("%04d/%02d/%02d", year, month, day)
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}

// period prints the first and the last day of the billing period.
func (b *builder) period() string {
	from, to := b.inv.Period.From(), b.inv.Period.To()
	if from.IsZero() || to.IsZero() {
		return ""
	}
	return b.date(from) + " – " + b.date(to.AddDays(-1))
}

// terms prints the payment terms.
func (b *builder) terms() string {
	if days := b.inv.Terms.Days(); days > 0 {
		return replace(b.labels.NetTerms, "{days}", itoa(days))
	}
	return b.labels.OnReceipt
}
