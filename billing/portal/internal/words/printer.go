package words

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
	"github.com/billhatch/billhatch/usage/civil"
)

// unknownKey is the message for a value that is not set.
const unknownKey = "value.unknown"

// Printer writes one language.
type Printer struct {
	language, direction string
	format              *format
	money               bool    // package money knows the language
	layers              []layer // own messages first, then those that fill in
}

// Language gives the BCP 47 tag, such as "de".
func (p *Printer) Language() string { return p.language }

// Direction gives "ltr" or "rtl", as the attribute dir of HTML has it.
func (p *Printer) Direction() string { return p.direction }

// Name gives what the language calls itself, such as "Deutsch"; its tag when an added language does not say.
func (p *Printer) Name() string { return p.T(nameKey) }

// Has tells whether there is a message.
func (p *Printer) Has(key string) bool {
	_, ok := p.find(key)
	return ok
}

func (p *Printer) find(key string) (message, bool) {
	for _, messages := range p.layers {
		if m, ok := messages[key]; ok {
			return m, true
		}
	}
	return message{}, false
}

// T gives a message. The arguments are pairs of a name and a value; for a message with plural forms "count" is an int,
// an int64 or a decimal.Decimal and chooses the form. Amounts, dates, periods and numbers are written as the methods of
// the printer write them, everything else as text.
//
// A key that does not exist is shown in the brackets ⟦ ⟧, an argument that is missing in braces.
func (p *Printer) T(key string, args ...any) string {
	m, ok := p.find(key)
	if !ok {
		return "⟦" + key + "⟧"
	}
	var n number
	count, counted := argument(args, countName)
	if counted {
		n, counted = numberOf(count)
	}
	parts := m.form(n, counted)
	if len(parts) == 1 && parts[0].name == "" {
		return parts[0].text
	}
	var room [120]byte // for most texts
	b := room[:0]
	for _, part := range parts {
		if part.name == "" {
			b = append(b, part.text...)
			continue
		}
		if value, ok := argument(args, part.name); ok {
			b = append(b, p.value(value)...)
		} else {
			b = append(append(append(b, '{'), part.name...), '}')
		}
	}
	return string(b)
}

// Count gives a message that says how many: it is T with nothing but "count".
func (p *Printer) Count(key string, count decimal.Decimal) string {
	m, ok := p.find(key)
	if !ok {
		return p.T(key)
	}
	d := digitsOf(count)
	n, counted := d.number()
	var room [120]byte // for most texts
	b := room[:0]
	for _, part := range m.form(n, counted) {
		switch part.name {
		case "":
			b = append(b, part.text...)
		case countName:
			b = append(b, p.format.text(d)...)
		default:
			b = append(append(append(b, '{'), part.name...), '}')
		}
	}
	return string(b)
}

// argument finds the value of a name.
func argument(args []any, name string) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if given, ok := args[i].(string); ok && given == name {
			return args[i+1], true
		}
	}
	return nil, false
}

// value writes an argument.
func (p *Printer) value(v any) string {
	switch v := v.(type) {
	case nil:
		return p.T(unknownKey)
	case string:
		return v
	case int:
		return p.Int(v)
	case int64:
		return p.Number(decimal.NewFromInt(v))
	case decimal.Decimal:
		return p.Number(v)
	case money.Amount:
		return p.Money(v)
	case civil.Date:
		return p.Date(v)
	case civil.Period:
		return p.Period(v)
	}
	return fmt.Sprint(v)
}

// Money gives an amount. One that is not set is the message "value.unknown", never 0.
func (p *Printer) Money(a money.Amount) string {
	if !a.IsSet() {
		return p.T(unknownKey)
	}
	if p.money {
		return a.Display(p.language)
	}
	return p.format.money(a)
}

// Number gives a number with every digit that it has and without zeros at the end of its decimals.
func (p *Printer) Number(d decimal.Decimal) string { return p.format.text(digitsOf(d)) }

// Int gives a whole number.
func (p *Printer) Int(n int) string { return p.Number(decimal.NewFromInt(int64(n))) }

// Percent gives a number of percent: 12.5 is "12.5%".
func (p *Printer) Percent(d decimal.Decimal) string { return p.format.percent(digitsOf(d)) }

// Date gives a day, such as "Oct 1, 2026". The zero Date is the message "value.unknown".
func (p *Printer) Date(d civil.Date) string {
	if d.IsZero() {
		return p.T(unknownKey)
	}
	return p.format.day(d)
}

// Month gives the month of a period, such as "October 2026". A period that is no civil month is given as by
// [Printer.Period].
func (p *Printer) Month(m civil.Period) string {
	year, month, ok := m.Month()
	if !ok {
		return p.Period(m)
	}
	return p.format.wholeMonth(year, month)
}

// ShortMonth gives the month of a period without its year and as short as in dates, such as "Oct": for the axis of a
// drawing. A period that is no civil month is given as by [Printer.Period].
func (p *Printer) ShortMonth(m civil.Period) string {
	_, month, ok := m.Month()
	if !ok {
		return p.Period(m)
	}
	return p.format.short[month-1]
}

// Period gives the first and the last day of a period, both of which belong to it. The zero Period is the message
// "value.unknown".
func (p *Printer) Period(m civil.Period) string {
	if m.IsZero() {
		return p.T(unknownKey)
	}
	return p.format.span(m.From(), m.To().AddDays(-1))
}

// Time gives an instant to the minute as the clocks of a zone show it, with their distance from UTC:
// "Oct 1, 2026, 2:05 PM UTC+10". Without a zone it is UTC. The zero time is the message "value.unknown".
func (p *Printer) Time(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return p.T(unknownKey)
	}
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	return p.format.minute(t) + " " + distance(t)
}
