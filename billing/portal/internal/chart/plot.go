package chart

import "unicode/utf8"

// maxGutter is the longest label, in digits, for which there is room beside the plot.
const maxGutter = 14

var gutters = [...]string{
	"bh-chart-gutter-2", "bh-chart-gutter-4", "bh-chart-gutter-6", "bh-chart-gutter-8", "bh-chart-gutter-10",
	"bh-chart-gutter-12", "bh-chart-gutter-14",
}

// scale is an axis with its labels.
type scale struct {
	axis
	some   bool // there is something to show
	labels [maxSteps + 1]string
	gutter string // class that makes room for the labels; empty: they stand in the plot

	longest int // digits for which there is room beside the plot
}

// newScale takes labels from a function of the tick. Nothing to show has no labels.
func newScale(e extent, label func(axis, int) string) scale {
	s := scale{axis: newAxis(e), some: e.some, gutter: gutters[0]}
	if !e.some {
		return s
	}
	longest := 1 // in digits
	for i := range s.steps + 1 {
		s.labels[i] = label(s.axis, i)
		longest = max(longest, width(s.labels[i]))
	}
	s.gutter = ""
	if longest <= maxGutter {
		s.gutter, s.longest = gutters[(longest-1)/2], longest
	}
	return s
}

// width is about how many digits a text is wide: letters of East Asia count twice.
func width(text string) int {
	n := utf8.RuneCountInString(text)
	for _, r := range text {
		if r >= 0x1100 && (r < 0x2000 || r >= 0x2E80) {
			n++
		}
	}
	return n
}

// plotClass is the class of a plot with that axis.
func (s *scale) plotClass() string {
	if s.gutter == "" {
		return "bh-chart-plot bh-chart-inside"
	}
	return "bh-chart-plot " + s.gutter
}

// grid draws a line for every tick, a stronger one for zero. Without anything to show there is only that one.
func (c *canvas) grid(s *scale) {
	c.WriteString(`<g aria-hidden="true">`)
	for i := range s.steps + 1 {
		class := "bh-chart-grid"
		if s.first+int64(i) == 0 {
			class = "bh-chart-base"
		}
		if !s.some && i > 0 {
			break
		}
		y := whole - i*whole/s.steps
		c.put(`<line class="`, class, `" x1="0" x2="100%"`)
		c.pct("y1", y)
		c.pct("y2", y)
		c.WriteString(`/>`)
	}
	c.WriteString(`</g>`)
}

// ticks writes the labels of the axis: beside the plot, or above their lines when they are too long for that.
func (c *canvas) ticks(s *scale) {
	anchor, dy, move := "end", ".32em", "-8"
	if c.rtl {
		move = "8"
	}
	if s.gutter == "" {
		anchor, dy, move = "start", "-.35em", "0"
	}
	c.put(`<g transform="translate(`, move, `)">`)
	for i, text := range s.labels {
		if text != "" {
			c.label("bh-chart-tick", anchor, 0, whole-i*whole/s.steps, dy, text)
		}
	}
	c.WriteString(`</g>`)
}
