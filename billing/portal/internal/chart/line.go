package chart

import (
	"html/template"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/usage"
	"github.com/billhatch/billhatch/usage/civil"
)

// Day is the value of one day of a line.
type Day struct {
	Value   usage.Quantity
	Partial bool // the day is not over, or something is missing in the value: it is at least so much
}

// Cumulate gives the sums from the first day on. A day that is not known stays so, and the sums after it are partial.
func Cumulate(days []Day) []Day {
	sums := make([]Day, len(days))
	var sum decimal.Decimal
	partial := false
	for i, day := range days {
		if !known(day.Value) {
			partial = true
			continue
		}
		sum = sum.Add(day.Value.Value)
		partial = partial || day.Partial
		sums[i] = Day{Value: usage.Known(sum), Partial: partial}
	}
	return sums
}

// Line shows one value for each day of a period. Days that are not known are gaps with a hatched ground, partial ones
// are hollow points at a dashed line, days ahead are empty. The last value is marked and labelled.
//
// The values are drawn as they are. For what adds up to an allowance take sums ([Cumulate]) with the pace; for what is
// there at a time, such as seats, take each day's figure.
type Line struct {
	Frame
	Period   civil.Period
	Days     []Day // from the first day of the period on; what is missing at the end lies ahead
	Included usage.Allowance
	HasLimit bool // draw what is included as a limit; false: Included says nothing
	Pace     bool // draw what may be used until each day when use is even; needs a limit
	Texts    LineTexts

	Format func(decimal.Decimal) string // a value with its unit
	Tick   func(decimal.Decimal) string // a value on the axis; nil: Format
	Date   func(civil.Date) string      // a day
	Short  func(civil.Date) string      // a day under the axis; nil: Date
}

// LineTexts are the texts of a line.
type LineTexts struct {
	Series  string // entry of the legend, and head of the column of values
	Limit   string // entry of the legend
	Pace    string // entry of the legend
	Partial string // entry of the legend, and beside a partial value: "so far"
	Unknown string // entry of the legend, and instead of a value
	Empty   string // in the plot when no day is known
	Day     string // head of the column of days
	Note    string // head of the column that tells partial values
}

// lineDrawing is a line that is being drawn.
type lineDrawing struct {
	canvas
	*Line
	scale scale
	days  int
	limit bool
	last  int // the last day that is known; -1: none
	y     [MaxDays]int16
	rows  [][]string // the days in words
}

const nowhere = -1 // y of a day that is not known

// HTML draws the line. Errors: [ErrID], [ErrTitle], [ErrSize].
func (l Line) HTML() (template.HTML, error) {
	drawing, _, err := l.Draw()
	return drawing, err
}

// Draw gives the drawing and the rows of its table: with both of them no day is worded twice. Errors: [ErrID],
// [ErrTitle], [ErrSize].
func (l Line) Draw() (drawing template.HTML, rows [][]string, err error) {
	if err := l.validate(); err != nil {
		return "", nil, err
	}
	d := &lineDrawing{Line: &l, days: l.Period.Days(), last: -1}
	if d.days < 1 || d.days > MaxDays || len(l.Days) > d.days {
		return "", nil, ErrSize
	}
	d.rows = l.rows()
	d.measure()
	d.Grow(2600 + 240*len(l.Days))
	d.begin(l.Frame, "bh-chart-days")
	d.svg(l.Frame, d.scale.plotClass(), "208", "img")
	if d.has(unknownDay) {
		d.WriteString(`<defs>`)
		d.define(hatched)
		d.WriteString(`</defs>`)
		d.gaps()
	}
	d.grid(&d.scale)
	d.curves()
	for i := range l.Days {
		d.day(i)
	}
	d.ticks(&d.scale)
	d.dates()
	d.lastValue()
	d.WriteString(`</svg>`)
	d.legend()
	d.WriteString(`</div>`)
	return d.html(), d.rows, nil
}

// measure chooses the axis and places the days.
func (d *lineDrawing) measure() {
	var e extent
	for i, day := range d.Days {
		if known(day.Value) {
			e.add(day.Value.Value)
			d.last = i
		}
	}
	included := d.Included.Included
	d.limit = d.HasLimit && !d.Included.Unlimited && drawable(included) && included.Sign() > 0 && e.some
	if d.limit {
		e.add(included)
	}
	label := d.Tick
	if label == nil {
		label = d.Format
	}
	d.scale = newScale(e, func(a axis, i int) string { return formatNumber(label, a.tick(i)) })
	for i, day := range d.Days {
		d.y[i] = nowhere
		if known(day.Value) {
			d.y[i] = int16(d.scale.y(day.Value.Value))
		}
	}
}

// middle is the middle of a day.
func (d *lineDrawing) middle(i int) int { return (2*i + 1) * whole / (2 * d.days) }

// drawn tells whether there is such a day and its value.
func (d *lineDrawing) drawn(i int) bool { return i >= 0 && i < len(d.Days) && d.y[i] != nowhere }

type dayKind uint8

const (
	unknownDay dayKind = iota
	partialDay
)

func (d *lineDrawing) has(kind dayKind) bool {
	for i, day := range d.Days {
		if kind == unknownDay && !d.drawn(i) || kind == partialDay && d.drawn(i) && day.Partial {
			return true
		}
	}
	return false
}

// gaps draws the ground of the days that are not known, one piece for days that follow each other.
func (d *lineDrawing) gaps() {
	for i := 0; i < len(d.Days); i++ {
		from := i
		for i < len(d.Days) && !d.drawn(i) {
			i++
		}
		if i > from {
			start := from * whole / d.days
			d.WriteString(`<rect class="bh-chart-missing" height="100%"`)
			d.span(start, i*whole/d.days-start)
			d.fill(hatched)
			d.WriteString(`/>`)
		}
	}
}

// curves draws everything that is stretched with the plot; the width of lines is not.
func (d *lineDrawing) curves() {
	d.WriteString(`<svg class="bh-chart-curves" viewBox="0 0 10000 10000" preserveAspectRatio="none" width="100%" height="100%" overflow="visible">`)
	d.area()
	if d.limit {
		d.guide("bh-chart-limit", func() {
			y := d.scale.y(d.Included.Included)
			d.point("M", 0, y)
			d.point("L", whole, y)
		})
	}
	if d.paced() {
		d.guide("bh-chart-pace", func() {
			d.point("M", d.middle(0), d.paceY(0))
			d.point("L", d.middle(d.days-1), d.paceY(d.days-1))
		})
	}
	d.segments("bh-chart-series", false)
	d.segments("bh-chart-series bh-chart-partial", true)
	d.WriteString(`</svg>`)
}

func (d *lineDrawing) paced() bool { return d.limit && d.Pace && d.days > 1 }

// paceY is the height of what may be used until the end of a day.
func (d *lineDrawing) paceY(i int) int {
	zero := d.scale.y(decimal.Decimal{})
	return zero - (zero-d.scale.y(d.Included.Included))*(i+1)/d.days
}

func (d *lineDrawing) guide(class string, points func()) {
	d.put(`<path class="`, class, `" fill="none" vector-effect="non-scaling-stroke" d="`)
	points()
	d.WriteString(`"/>`)
}

// area fills the ground between the line and zero.
func (d *lineDrawing) area() {
	if d.last < 0 {
		return
	}
	zero := d.scale.y(decimal.Decimal{})
	d.WriteString(`<path class="bh-chart-area" d="`)
	for i := range d.Days {
		if !d.drawn(i) {
			continue
		}
		if !d.drawn(i - 1) {
			d.point("M", d.middle(i), zero)
		}
		d.point("L", d.middle(i), int(d.y[i]))
		if !d.drawn(i + 1) {
			d.point("L", d.middle(i), zero)
			d.WriteByte('Z')
		}
	}
	d.WriteString(`"/>`)
}

// segments draws the parts of the line that lead to days that are partial, or to those that are not.
func (d *lineDrawing) segments(class string, partial bool) {
	pen, some := false, false
	for i, day := range d.Days {
		if !d.drawn(i) || !d.drawn(i-1) || day.Partial != partial {
			pen = false
			continue
		}
		if !some {
			d.put(`<path class="`, class, `" fill="none" vector-effect="non-scaling-stroke" d="`)
			some = true
		}
		if !pen {
			d.point("M", d.middle(i-1), int(d.y[i-1]))
		}
		d.point("L", d.middle(i), int(d.y[i]))
		pen = true
	}
	if some {
		d.WriteString(`"/>`)
	}
}

// day draws what answers to the pointer, and the point of the day.
func (d *lineDrawing) day(i int) {
	start := i * whole / d.days
	d.WriteString(`<g class="bh-chart-day"><title>`)
	d.lines(d.rows[i])
	d.WriteString(`</title><rect class="bh-chart-hit" height="100%" fill="none"`)
	d.span(start, (i+1)*whole/d.days-start)
	d.WriteString(`/>`)
	if d.drawn(i) {
		radius := "3.5"
		d.WriteString(`<circle class="bh-chart-dot`)
		if d.Days[i].Partial {
			d.WriteString(` bh-chart-hollow`)
		}
		if i == d.last {
			radius = "5"
			d.WriteString(` bh-chart-last`)
		} else if !d.drawn(i-1) && !d.drawn(i+1) {
			d.WriteString(` bh-chart-single`)
		}
		d.put(`" r="`, radius, `"`)
		d.pct("cx", d.x(d.middle(i)))
		d.pct("cy", int(d.y[i]))
		d.WriteString(`/>`)
	}
	d.WriteString(`</g>`)
}
