package pdf

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
)

// PageSize is the paper. The zero value is [A4].
type PageSize uint8

// The page sizes.
const (
	A4 PageSize = iota
	Letter
)

// points gives width and height; false for a size that is not known.
func (p PageSize) points() (width, height float64, ok bool) {
	switch p {
	case A4:
		return 595.28, 841.89, true
	case Letter:
		return 612, 792, true
	}
	return 0, 0, false
}

// Face is a TrueType face (.ttf) as bytes. Faces with CFF outlines (.otf), collections (.ttc) and web fonts are
// refused with [ErrFace], and so are faces whose licence forbids embedding.
type Face struct {
	Regular []byte
	Bold    []byte // empty: the regular weight is used for bold text too
}

// Options say how invoices look. The zero value gives A4 in English with Liberation Sans.
type Options struct {
	Page   PageSize
	Locale string // BCP 47, such as "de-DE"; for amounts, quantities and dates. Empty: "en"
	Labels Labels // every printed word; empty ones are English

	Logo   []byte // PNG or JPEG, drawn within 180 × 46 points; none: the seller's name
	Accent string // "#RRGGBB", the colour of title and total; empty: a dark blue

	Main      Face   // the face of all text; empty: Liberation Sans
	Fallbacks []Face // asked in order for signs that the main face lacks; Liberation Sans is always the last one
}

// MaxFaces bounds the fallback faces.
const MaxFaces = 16

// Labels are the words that are printed. An empty field is taken from [English].
type Labels struct {
	Title string

	// Marks below the title, for invoices that are not simply open.
	Draft, Paid, Void, Uncollectible, Unknown string

	Seller, Customer                              string
	Number, Issued, Due, Period, Terms, Reference string
	Currency                                      string
	NetTerms                                      string // {days} is replaced
	OnReceipt                                     string // terms of no days

	Description, Quantity, UnitPrice, Amount string
	NoLines                                  string
	CarriedForward, BroughtForward           string

	Subtotal                           string
	Tax                                string // {name}, {rate} and {base} are replaced
	Total                              string
	AmountCredited, AmountPaid, PaidOn string
	AmountDue                          string
	Note                               string // heads the payment note

	Page string // {page} and {pages} are replaced
}

// English gives the default words.
func English() Labels {
	return Labels{
		Title:          "INVOICE",
		Draft:          "DRAFT – not a demand for payment",
		Paid:           "PAID – thank you",
		Void:           "VOID – this invoice has been cancelled, do not pay it",
		Uncollectible:  "CLOSED – no payment is expected",
		Unknown:        "STATUS UNKNOWN – ask before you pay",
		Seller:         "From",
		Customer:       "Bill to",
		Number:         "Invoice number",
		Issued:         "Issue date",
		Due:            "Due date",
		Period:         "Billing period",
		Terms:          "Terms",
		Reference:      "Reference",
		Currency:       "Currency",
		NetTerms:       "Net {days}",
		OnReceipt:      "Due on receipt",
		Description:    "Description",
		Quantity:       "Quantity",
		UnitPrice:      "Unit price",
		Amount:         "Amount",
		NoLines:        "No charges in this period",
		CarriedForward: "Carried forward",
		BroughtForward: "Brought forward",
		Subtotal:       "Subtotal",
		Tax:            "{name} {rate}% on {base}",
		Total:          "Total",
		AmountCredited: "Credited",
		AmountPaid:     "Paid",
		PaidOn:         "Paid on",
		AmountDue:      "Amount due",
		Note:           "Payment",
		Page:           "Page {page} of {pages}",
	}
}

const (
	maxLabel  = 200 // bytes
	maxLocale = 35
)

// filled gives the labels with English ones for those that are empty.
func (l Labels) filled() (Labels, error) {
	english := reflect.ValueOf(English())
	value := reflect.ValueOf(&l).Elem()
	for i := range value.NumField() {
		field := value.Field(i)
		switch {
		case field.Len() == 0:
			field.SetString(english.Field(i).String())
		case field.Len() > maxLabel:
			return l, optionError("label %s is longer than %d bytes", value.Type().Field(i).Name, maxLabel)
		}
	}
	return l, nil
}

func optionError(format string, args ...any) error {
	return &Error{Kind: ErrOptions, Detail: fmt.Sprintf(format, args...)}
}

// accent reads "#RRGGBB".
func (o *Options) accent() (rgb, error) {
	if o.Accent == "" {
		return rgb{0x14, 0x3d, 0x6b}, nil
	}
	digits, hash := strings.CutPrefix(o.Accent, "#")
	value, err := strconv.ParseUint(digits, 16, 32)
	if !hash || len(digits) != 6 || err != nil {
		return rgb{}, optionError("accent %.10q, want #RRGGBB", o.Accent)
	}
	return rgb{uint8(value >> 16), uint8(value >> 8), uint8(value)}, nil
}

// language gives the locale as a tag that can stand in the document.
func (o *Options) language() (string, error) {
	if o.Locale == "" {
		return "en", nil
	}
	if len(o.Locale) > maxLocale {
		return "", optionError("locale is longer than %d bytes", maxLocale)
	}
	for _, part := range strings.Split(o.Locale, "-") {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool {
			return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}) {
			return "", optionError("locale %.40q, want a tag such as de-DE", o.Locale)
		}
	}
	return o.Locale, nil
}

// chain parses the faces.
func (o *Options) chain() (chain, error) {
	if len(o.Fallbacks) > MaxFaces {
		return chain{}, optionError("%d fallback faces, want %d at most", len(o.Fallbacks), MaxFaces)
	}
	var c chain
	add := func(name string, face Face) error {
		regular, err := parseFont(face.Regular)
		if err != nil {
			return fmt.Errorf("%s, regular: %w", name, err)
		}
		bold := regular
		if len(face.Bold) > 0 {
			if bold, err = parseFont(face.Bold); err != nil {
				return fmt.Errorf("%s, bold: %w", name, err)
			}
		}
		c.faces = append(c.faces, typeface{regular, bold})
		return nil
	}
	if len(o.Main.Regular) > 0 {
		if err := add("main face", o.Main); err != nil {
			return c, err
		}
	} else if len(o.Main.Bold) > 0 {
		return c, optionError("main face has a bold weight only")
	}
	builtin := Face{liberationsansregular.TTF, liberationsansbold.TTF}
	if len(c.faces) == 0 {
		if err := add("Liberation Sans", builtin); err != nil {
			return c, err
		}
	}
	for i, face := range o.Fallbacks {
		if err := add(fmt.Sprintf("fallback face %d", i+1), face); err != nil {
			return c, err
		}
	}
	if len(o.Main.Regular) > 0 {
		if err := add("Liberation Sans", builtin); err != nil {
			return c, err
		}
	}
	c.replacement = '?'
	for _, r := range []rune{'\uFFFD', '□'} {
		if c.has(r) {
			c.replacement = r
			break
		}
	}
	return c, nil
}
