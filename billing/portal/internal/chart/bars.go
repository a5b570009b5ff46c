package chart

import (
	"html/template"
	"net/url"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/money"
)

// Status is where the invoice of a bar stands. The zero value is unknown, which is never paid.
type Status uint8

// The statuses.
const (
	StatusUnknown Status = iota
	StatusPaid
	StatusOpen
	StatusOverdue
	StatusVoid
	StatusUncollectible
)

// look is how a status is drawn.
type look struct {
	name, class string
	pattern     *pattern
}

var looks = [...]look{
	StatusUnknown:       {"unknown", "bh-chart-status-unknown", &dotted},
	StatusPaid:          {"paid", "bh-chart-status-paid", nil},
	StatusOpen:          {"open", "bh-chart-status-open", nil},
	StatusOverdue:       {"overdue", "bh-chart-status-overdue", &striped},
	StatusVoid:          {"void", "bh-chart-status-void", &hatched},
	StatusUncollectible: {"uncollectible", "bh-chart-status-uncollectible", &crossed},
}

// orUnknown is a status of the closed set.
func (s Status) orUnknown() Status {
	if int(s) >= len(looks) {
		return StatusUnknown
	}
	return s
}

func (s Status) look() look { return looks[s.orUnknown()] }

// String gives the status in lower case.
func (s Status) String() string { return s.look().name }

// Bar is one invoice.
type Bar struct {
	Label  string       // under the bar: "Oct"; narrow pages leave some of them out
	Name   string       // in full, for tooltip, link and table: "October 2026"; empty: Label
	Amount money.Amount // below zero for a credit; unset: not known, which is not zero
	Status Status
	Href   string // where the bar leads to; empty: nowhere
}

// Bars show amounts of one currency, as the last twelve invoices are. An amount that is not known is a dashed outline.
type Bars struct {
	Frame
	Items  []Bar // oldest first
	Texts  BarTexts
	Format func(money.Amount) string // an amount
	Tick   func(money.Amount) string // an amount on the axis; nil: Format
	Status func(Status) string       // entry of the legend, and in the table; nil: the name of the status
}

// BarTexts are the texts of bars.
type BarTexts struct {
	Name, Amount, Status string // heads of the table
	Unknown              string // entry of the legend, and instead of an amount
	Empty                string // in the plot when there are no bars
}

// barDrawing is bars that are being drawn.
type barDrawing struct {
	canvas
	*Bars
	scale    scale
	currency string
	slots    int
	linked   bool
}

const (
	leastSlots = 6   // so that a single bar does not fill the plot
	barStart   = 18  // percent of the slot before the bar
	barWidth   = 64  // percent of the slot that is bar
	leastBar   = 120 // the least height of an amount that is not zero
)

// HTML draws the bars. Errors: [ErrID], [ErrTitle], [ErrSize], [ErrCurrency], [ErrLink].
func (b Bars) HTML() (template.HTML, error) {
	d := &barDrawing{Bars: &b, slots: max(leastSlots, len(b.Items))}
	if err := d.check(); err != nil {
		return "", err
	}
	d.measure()
	d.Grow(2500 + 600*len(b.Items))
	role, class := "img", d.scale.plotClass()
	if d.linked {
		role = "group"
	}
	if len(b.Items) <= leastSlots {
		class += " bh-chart-few"
	}
	d.begin(b.Frame, "bh-chart-bars")
	d.svg(b.Frame, class, "208", role)
	d.defs()
	d.grid(&d.scale)
	for i := range b.Items {
		d.bar(i)
	}
	d.ticks(&d.scale)
	d.labels()
	if len(b.Items) == 0 {
		d.label("bh-chart-empty", "middle", whole/2, whole/2, ".32em", b.Texts.Empty)
	}
	d.WriteString(`</svg>`)
	d.legend()
	d.WriteString(`</div>`)
	return d.html(), nil
}

// check refuses what cannot be drawn truly, and notes the currency and whether there are links.
func (d *barDrawing) check() error {
	if err := d.validate(); err != nil {
		return err
	}
	if len(d.Items) > MaxBars {
		return ErrSize
	}
	for i := range d.Items {
		bar := &d.Items[i]
		switch currency := bar.Amount.Currency(); {
		case bar.Href != "" && !validLink(bar.Href):
			return ErrLink
		case currency == "":
		case d.currency == "":
			d.currency = currency
		case d.currency != currency:
			return ErrCurrency
		}
		d.linked = d.linked || bar.Href != ""
	}
	return nil
}

func validLink(href string) bool {
	u, err := url.Parse(href)
	return err == nil && (u.Scheme == "" || u.Scheme == "http" || u.Scheme == "https")
}

func (d *barDrawing) measure() {
	var e extent
	for i := range d.Items {
		if amount := d.Items[i].Amount; amount.IsSet() {
			e.add(amount.Decimal())
		}
	}
	label := d.Tick
	if label == nil {
		label = d.Format
	}
	d.scale = newScale(e, func(a axis, i int) string {
		tick, err := money.New(a.tick(i), d.currency)
		if err != nil {
			return "" // beyond what an amount can be: the line stays without a label
		}
		return formatAmount(label, tick)
	})
}

// statuses tells which statuses have an amount that is drawn, and whether an amount is not known.
func (d *barDrawing) statuses() (drawn [len(looks)]bool, unknown bool) {
	for i := range d.Items {
		bar := &d.Items[i]
		if !bar.Amount.IsSet() {
			unknown = true
			continue
		}
		drawn[bar.Status.orUnknown()] = true
	}
	return drawn, unknown
}

func (d *barDrawing) defs() {
	drawn, _ := d.statuses()
	d.WriteString(`<defs>`)
	for status, used := range drawn {
		if p := looks[status].pattern; used && p != nil {
			d.define(*p)
		}
	}
	d.WriteString(`</defs>`)
}

// bar draws one bar with what answers to the pointer, as a link where it leads somewhere.
func (d *barDrawing) bar(i int) {
	bar := &d.Items[i]
	start, end := i*whole/d.slots, (i+1)*whole/d.slots
	element := "g"
	if bar.Href != "" {
		element = "a"
	}
	d.put(`<`, element, ` class="bh-chart-item"`)
	words := d.row(i)
	if bar.Href != "" {
		d.WriteString(` href="`)
		d.text(bar.Href)
		d.WriteString(`" aria-label="`)
		d.lines(words[:])
		d.WriteString(`"`)
	}
	d.WriteString(`><title>`)
	d.lines(words[:])
	d.WriteString(`</title><rect class="bh-chart-hit" height="100%" rx="4" fill="none"`)
	d.span(start, end-start)
	d.WriteString(`/>`)
	size := end - start
	d.shape(bar, start+size*barStart/100, size*barWidth/100)
	d.put(`</`, element, `>`)
}

// shape draws the amount.
func (d *barDrawing) shape(bar *Bar, x, width int) {
	zero := d.scale.y(decimal.Decimal{})
	y, height := 0, zero
	look := bar.Status.look()
	switch amount := bar.Amount; {
	case !amount.IsSet():
		look = looks[StatusUnknown]
		look.class, look.pattern = "bh-chart-amount-unknown", nil
	case amount.IsZero():
		d.WriteString(`<line class="bh-chart-zero"`)
		d.pct("x1", d.x(x))
		d.pct("x2", d.x(x+width))
		d.pct("y1", zero)
		d.pct("y2", zero)
		d.WriteString(`/>`)
		return
	case amount.Sign() > 0:
		y = min(d.scale.y(amount.Decimal()), zero-leastBar)
		height = zero - y
	default:
		y, height = zero, max(d.scale.y(amount.Decimal())-zero, leastBar)
	}
	d.put(`<rect class="bh-chart-bar `, look.class, `" rx="2"`)
	d.span(x, width)
	d.pct("y", y)
	d.pct("height", height)
	d.paint(look)
	d.WriteString(`/>`)
}

func (d *barDrawing) paint(l look) {
	if l.pattern != nil {
		d.fill(*l.pattern)
	}
}

func formatAmount(format func(money.Amount) string, a money.Amount) string {
	if format == nil {
		return a.String()
	}
	return format(a)
}
