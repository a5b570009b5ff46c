package chart

import (
	"html/template"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/usage"
)

// Level says how much attention a meter needs. It holds both vocabularies of usage (C4, C5).
type Level uint8

// The levels.
const (
	LevelUnavailable  Level = iota // the reading is missing
	LevelNotActive                 // not active yet
	LevelActive                    // active, on track
	LevelApproaching               // approaching limit, warning
	LevelActionNeeded              // action needed
	LevelOver                      // over limit
)

var levelClasses = [...]string{
	"bh-chart-unavailable", "bh-chart-not-active", "bh-chart-active", "bh-chart-approaching", "bh-chart-action", "bh-chart-over",
}

func (l Level) class() string {
	if int(l) >= len(levelClasses) {
		l = LevelUnavailable
	}
	return levelClasses[l]
}

// LevelOfState translates the vocabulary of the project cards (C4). What it does not know is unavailable.
func LevelOfState(s usage.State) Level {
	switch s {
	case usage.StateNotActive:
		return LevelNotActive
	case usage.StateActive:
		return LevelActive
	case usage.StateApproaching:
		return LevelApproaching
	case usage.StateOver:
		return LevelOver
	}
	return LevelUnavailable
}

// LevelOfHealth translates the second vocabulary (C5). What it does not know is unavailable.
func LevelOfHealth(h usage.Health) Level {
	switch h {
	case usage.HealthOnTrack:
		return LevelActive
	case usage.HealthWarning:
		return LevelApproaching
	case usage.HealthActionNeeded:
		return LevelActionNeeded
	case usage.HealthOver:
		return LevelOver
	}
	return LevelUnavailable
}

// Meter shows how much of an allowance is used. Use beyond it is drawn beyond it, to scale up to three times the
// allowance; more than that is drawn as three times, with a break. Without a reading the bar is hatched, without a limit
// it is dotted and its outline is dashed.
type Meter struct {
	Frame
	Used     usage.Quantity
	Included usage.Allowance
	HasLimit bool            // an allowance is known; false: Included says nothing
	Mark     decimal.Decimal // percent of the allowance where attention begins, above 0 to 100; else there is no mark
	Level    Level
	Texts    MeterTexts
	Format   func(decimal.Decimal) string // a number of units, for the table
}

// MeterTexts are the texts of a meter.
type MeterTexts struct {
	Value string // above the bar: "750 of 1,000 minutes", "no reading yet"
	Note  string // beside it and in the table: "approaching limit"
	Mark  string // under the mark: "80 %"; empty: none
	Limit string // under the end of the allowance when more is used: "1,000"; empty: none

	Used, Included, State string // heads of the table
	Unknown, Unlimited    string // in the table, instead of figures
}

// The bar in the drawing, in pixels.
const (
	meterHeight  = "18"
	meterLabeled = "34"
)

// gauge is where things stand in a meter.
type gauge struct {
	bounded bool // there is a limit and a reading
	fill    int  // end of the use within the allowance
	limit   int  // end of the allowance
	over    int  // end of the use beyond it; 0: none
	broken  bool // there is more than can be drawn
}

const (
	mostAllowances = 3   // that a bar can show
	leastShare     = 100 // of a part that is not nothing
)

func (m *Meter) gauge() gauge {
	if !known(m.Used) || !m.limited() {
		return gauge{limit: whole}
	}
	g := gauge{bounded: true, limit: whole}
	used, included := m.Used.Value, m.Included.Included
	switch {
	case used.Sign() <= 0:
	case included.Sign() <= 0:
		g.limit, g.over = 0, whole
	case used.LessThanOrEqual(included):
		g.fill = max(share(used, included), leastShare)
	case used.GreaterThan(included.Mul(decimal.New(mostAllowances, 0))):
		g.limit, g.over, g.broken = whole/mostAllowances, whole, true
	default:
		g.limit, g.over = min(share(included, used), whole-leastShare), whole
	}
	if g.over > 0 {
		g.fill = g.limit
	}
	return g
}

func (m *Meter) limited() bool {
	return m.HasLimit && !m.Included.Unlimited && drawable(m.Included.Included)
}

// share is part of all, rounded down; part is at most all.
func share(part, all decimal.Decimal) int {
	quotient, _ := part.Shift(4).QuoRem(all, 0)
	return int(quotient.IntPart())
}

// ground fills a bar of which no part can be told: hatched without a reading, dotted without a limit.
func (m *Meter) ground() pattern {
	if known(m.Used) {
		return dotted
	}
	return hatched
}

// HTML draws the meter. Errors: [ErrID], [ErrTitle].
func (m Meter) HTML() (template.HTML, error) {
	if err := m.validate(); err != nil {
		return "", err
	}
	g := m.gauge()
	mark, markText := m.mark(g)
	c := &canvas{}
	c.Grow(2048)
	c.begin(m.Frame, m.Level.class())
	c.caption(m.Texts.Value, m.Texts.Note)
	height, class := meterHeight, "bh-chart-meter"
	limitText := ""
	if g.over > 0 {
		limitText = m.Texts.Limit
	}
	if markText != "" || limitText != "" {
		height, class = meterLabeled, "bh-chart-meter bh-chart-labeled"
	}
	c.svg(m.Frame, class, height, "img")
	c.put(`<defs><clipPath id="`, c.id, `-clip"><rect width="100%" height="12" y="3" rx="6"/></clipPath>`)
	if !g.bounded {
		c.define(m.ground())
	}
	if g.over > 0 {
		c.define(striped)
	}
	c.WriteString(`</defs>`)
	c.meterBar(&m, g)
	if mark > 0 {
		c.meterMark("bh-chart-mark", mark)
		c.meterLabel(mark, markText)
	}
	if g.over > 0 {
		c.meterMark("bh-chart-mark bh-chart-mark-limit", g.limit)
		c.meterLabel(g.limit, limitText)
	}
	c.WriteString(`</svg></div>`)
	return c.html(), nil
}

// mark is where attention begins, 0 when that is not to be shown. Its text gives way to the text of the limit.
func (m *Meter) mark(g gauge) (at int, text string) {
	hundred := decimal.New(100, 0)
	if !g.bounded || g.limit == 0 || !drawable(m.Mark) || m.Mark.Sign() <= 0 || m.Mark.GreaterThan(hundred) {
		return 0, ""
	}
	if g.over == 0 || m.Texts.Limit == "" {
		text = m.Texts.Mark
	}
	return g.limit * share(m.Mark, hundred) / whole, text
}

func (c *canvas) caption(value, note string) {
	if value == "" && note == "" {
		return
	}
	c.WriteString(`<p class="bh-chart-caption"><span class="bh-chart-value">`)
	c.text(value)
	c.WriteString(`</span><span class="bh-chart-note">`)
	c.text(note)
	c.WriteString(`</span></p>`)
}

// meterBar draws the track, the use and what goes beyond.
func (c *canvas) meterBar(m *Meter, g gauge) {
	if !g.bounded {
		class := "bh-chart-track"
		if known(m.Used) {
			class = "bh-chart-track bh-chart-open"
		}
		c.put(`<rect class="`, class, `" width="100%" height="12" y="3" rx="6"`)
		c.fill(m.ground())
		c.WriteString(`/>`)
		return
	}
	c.put(`<g clip-path="url(#`, c.id, `-clip)">`)
	c.bar("bh-chart-trough", 0, whole)
	c.WriteString(`/>`)
	c.bar("bh-chart-fill", 0, g.fill)
	c.WriteString(`/>`)
	if g.over > 0 {
		c.bar("bh-chart-beyond", g.limit, g.over-g.limit)
		c.fill(striped)
		c.WriteString(`/>`)
	}
	if g.broken {
		for _, at := range []int{9100, 9300} {
			c.WriteString(`<line class="bh-chart-break" y1="16" y2="2"`)
			c.pct("x1", c.x(at))
			c.pct("x2", c.x(at+150))
			c.WriteString(`/>`)
		}
	}
	c.WriteString(`</g><rect class="bh-chart-track" width="100%" height="12" y="3" rx="6" fill="none"/>`)
}

func (c *canvas) bar(class string, at, width int) {
	c.put(`<rect class="`, class, `" y="3" height="12"`)
	c.span(at, width)
}

// meterMark draws a line across the bar, with a gap on both sides that keeps it apart from the fill.
func (c *canvas) meterMark(class string, at int) {
	for _, part := range []string{"bh-chart-gap", class} {
		c.put(`<line class="`, part, `" y1="0" y2="18"`)
		c.pct("x1", c.x(at))
		c.pct("x2", c.x(at))
		c.WriteString(`/>`)
	}
}

func (c *canvas) meterLabel(at int, text string) {
	if text != "" {
		c.label("bh-chart-tick", anchorAt(at), at, whole, "-.25em", text)
	}
}

// anchorAt keeps a text that belongs to a position within the drawing.
func anchorAt(at int) string {
	switch {
	case at < whole/8:
		return "start"
	case at > whole*7/8:
		return "end"
	}
	return "middle"
}

// Table gives the same data as text.
func (m Meter) Table() (caption string, head []string, rows [][]string) {
	used, included := m.Texts.Unknown, m.Texts.Unknown
	if known(m.Used) {
		used = formatNumber(m.Format, m.Used.Value)
	}
	switch {
	case m.HasLimit && m.Included.Unlimited:
		included = m.Texts.Unlimited
	case m.limited():
		included = formatNumber(m.Format, m.Included.Included)
	}
	return m.Title, []string{m.Texts.Used, m.Texts.Included, m.Texts.State}, [][]string{{used, included, m.Texts.Note}}
}

func formatNumber(format func(decimal.Decimal) string, v decimal.Decimal) string {
	if format == nil {
		return v.String()
	}
	return format(v)
}
