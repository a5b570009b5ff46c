package chart

import (
	_ "embed" // for the stylesheet
	"errors"

	"github.com/shopspring/decimal"

	"github.com/billhatch/billhatch/usage"
)

// The bounds of a picture.
const (
	MaxDays = 400 // days of a line
	MaxBars = 12  // bars
	maxText = 500 // characters of one text; the rest is cut
	maxID   = 64
)

// What can be wrong with a chart.
var (
	// ErrID: the ID is not a letter followed by up to 63 letters, digits, hyphens and underscores.
	ErrID = errors.New("chart: invalid id")
	// ErrTitle: there is no title, so that the picture would have no name for those who do not see it.
	ErrTitle = errors.New("chart: no title")
	// ErrSize: the period is missing or has more than MaxDays days, there are more values than days, or more than
	// MaxBars bars.
	ErrSize = errors.New("chart: too much to draw")
	// ErrCurrency: the amounts are in several currencies.
	ErrCurrency = errors.New("chart: several currencies")
	// ErrLink: a link is neither relative nor http nor https.
	ErrLink = errors.New("chart: invalid link")
)

//go:embed chart.css
var stylesheet string

// Stylesheet is the part of the page's stylesheet that the pictures need. It takes the colours of the page's theme, which
// are --bh-text, -text-muted, -surface, -border, -accent, -success, -warning, -danger and -focus, or where they are not
// set the host's --billing-* of the same names. All but border must have a contrast of 3:1 with the surface.
func Stylesheet() string { return stylesheet }

// Frame is what every picture has.
type Frame struct {
	ID          string // prefix of the ids in the picture: unique in the page; see [ErrID]
	Title       string // what the picture shows: its accessible name and the caption of its table
	Description string // what is to be seen in it; may be empty
	RightToLeft bool   // the page is read from right to left: time and amounts run that way too
}

func (f Frame) validate() error {
	switch {
	case !validID(f.ID):
		return ErrID
	case f.Title == "":
		return ErrTitle
	}
	return nil
}

func validID(id string) bool {
	for i := range len(id) {
		c := id[i] | 0x20
		letter := 'a' <= c && c <= 'z'
		if !letter && (i == 0 || id[i] != '-' && id[i] != '_' && (id[i] < '0' || id[i] > '9')) {
			return false
		}
	}
	return id != "" && len(id) <= maxID
}

// known tells whether there is a number to draw.
func known(q usage.Quantity) bool { return q.Known && drawable(q.Value) }

// drawable tells whether a number has a size that can be computed with: a decimal may hold 1e2147483647. One that has
// not is drawn as unknown.
func drawable(d decimal.Decimal) bool {
	const most = 64
	return d.Exponent() <= most && d.Exponent() >= -most && d.NumDigits() <= most
}
