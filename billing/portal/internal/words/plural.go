package words

import (
	"fmt"
	"maps"
	"slices"

	"github.com/shopspring/decimal"
)

// category is a plural category of CLDR.
type category uint8

const (
	other category = iota
	zero
	one
	two
	few
	many
	categories // how many there are
)

var categoryNames = [categories]string{"other", "zero", "one", "two", "few", "many"}

func (c category) String() string { return categoryNames[c] }

// categoryOf finds a category by its name; what is none is "other".
func categoryOf(name string) category {
	return category(max(0, slices.Index(categoryNames[:], name))) //nolint:gosec // an index of the array
}

// number is what plural rules look at. Digits after the point are only ever shown when they are not zero, so it is
// enough to know whether there are any.
type number struct {
	whole    uint64 // of the magnitude; from a million on a number with the same last six digits
	fraction bool
}

// million is where whole starts to be cut. No rule looks further than at whether a number is a multiple of it.
const million = 1_000_000

// numberOf reads the argument "count". ok is false for what is no number.
func numberOf(v any) (n number, ok bool) {
	switch v := v.(type) {
	case int:
		return wholeNumber(int64(v)), true
	case int64:
		return wholeNumber(v), true
	case decimal.Decimal:
		return digitsOf(v).number()
	}
	return number{}, false
}

// number gives what chooses a plural form. ok is false for a number that is written with an exponent.
func (d digits) number() (n number, ok bool) {
	if d.scientific {
		return number{}, false
	}
	for i := range len(d.whole) {
		n.whole = n.whole*10 + uint64(d.whole[i]-'0')
		if i >= 6 {
			n.whole = million + n.whole%million
		}
	}
	n.fraction = d.fraction != ""
	return n, true
}

func wholeNumber(v int64) number {
	n := uint64(v)
	if v < 0 {
		n = -n
	}
	if n >= million {
		n = million + n%million
	}
	return number{whole: n}
}

// pluralRule is how a language chooses forms.
type pluralRule struct {
	needs  []category // beside "other"
	allows []category // may be left out: "other" is said then
	choose func(number) category
}

// check refuses forms that the language does not have, and asks for those that it needs.
func (r pluralRule) check(forms map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(forms)) {
		of := categoryOf(name)
		if of.String() != name || of != other && !slices.Contains(r.needs, of) && !slices.Contains(r.allows, of) {
			return fmt.Errorf("the language has no plural form %q", clip(name))
		}
	}
	for _, of := range append([]category{other}, r.needs...) {
		if _, ok := forms[of.String()]; !ok {
			return fmt.Errorf("the plural form %q is missing", of)
		}
	}
	return nil
}

// ruleOf gives the rule of a language. A language that the table does not have says everything with "other".
func ruleOf(tag string) pluralRule { return pluralRules[primaryOf(tag)] }

// pluralRules are those of CLDR, for numbers that are shown without zeros at their end.
var pluralRules = map[string]pluralRule{
	"en": {needs: []category{one}, choose: oneIfOne},
	"de": {needs: []category{one}, choose: oneIfOne},
	"nl": {needs: []category{one}, choose: oneIfOne},
	"sv": {needs: []category{one}, choose: oneIfOne},
	"nb": {needs: []category{one}, choose: oneIfOne},
	"fi": {needs: []category{one}, choose: oneIfOne},
	"tr": {needs: []category{one}, choose: oneIfOne},
	"da": {needs: []category{one}, choose: danish},
	"es": {needs: []category{one}, allows: []category{many}, choose: romance(oneIfOne)},
	"it": {needs: []category{one}, allows: []category{many}, choose: romance(oneIfOne)},
	"fr": {needs: []category{one}, allows: []category{many}, choose: romance(oneBelowTwo)},
	"pt": {needs: []category{one}, allows: []category{many}, choose: romance(oneBelowTwo)},
	"pl": {needs: []category{one, few, many}, choose: polish},
	"cs": {needs: []category{one, few, many}, choose: czech},
	"ru": {needs: []category{one, few, many}, choose: eastSlavic},
	"uk": {needs: []category{one, few, many}, choose: eastSlavic},
	"ar": {needs: []category{zero, one, two, few, many}, choose: arabic},
	"he": {needs: []category{one, two}, choose: hebrew},
	"ja": {},
	"ko": {},
	"zh": {},
}

func oneIfOne(n number) category {
	if n.whole == 1 && !n.fraction {
		return one
	}
	return other
}

func oneBelowTwo(n number) category {
	if n.whole < 2 {
		return one
	}
	return other
}

func danish(n number) category {
	if n.whole == 1 || n.whole == 0 && n.fraction {
		return one
	}
	return other
}

// romance adds the form for whole millions ("1 000 000 de …").
func romance(rule func(number) category) func(number) category {
	return func(n number) category {
		if n.whole != 0 && n.whole%million == 0 && !n.fraction {
			return many
		}
		return rule(n)
	}
}

func polish(n number) category {
	switch {
	case n.fraction:
		return other
	case n.whole == 1:
		return one
	case isFew(n.whole):
		return few
	}
	return many
}

func czech(n number) category {
	switch {
	case n.fraction:
		return many
	case n.whole == 1:
		return one
	case n.whole >= 2 && n.whole <= 4:
		return few
	}
	return other
}

func eastSlavic(n number) category {
	switch {
	case n.fraction:
		return other
	case n.whole%10 == 1 && n.whole%100 != 11:
		return one
	case isFew(n.whole):
		return few
	}
	return many
}

// isFew is 2 to 4, 22 to 24 and so on, but not 12 to 14.
func isFew(n uint64) bool {
	last, teens := n%10, n%100
	return last >= 2 && last <= 4 && (teens < 12 || teens > 14)
}

func arabic(n number) category {
	last := n.whole % 100
	switch {
	case n.fraction:
		return other
	case n.whole <= 2:
		return [...]category{zero, one, two}[n.whole]
	case last >= 3 && last <= 10:
		return few
	case last >= 11:
		return many
	}
	return other
}

func hebrew(n number) category {
	switch {
	case n.whole == 1 && !n.fraction, n.whole == 0 && n.fraction:
		return one
	case n.whole == 2 && !n.fraction:
		return two
	}
	return other
}
