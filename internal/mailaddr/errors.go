package mailaddr

import "errors"

var (
	// ErrAddress says that a string is not one plain e-mail address.
	ErrAddress = errors.New("mail address refused")
	// ErrDomain says that a string is not a plain ASCII domain name.
	ErrDomain = errors.New("mail domain refused")
)

// Error says why an address or a domain was refused. It is safe to log and to
// show: no field holds the input whole.
type Error struct {
	// Kind is ErrAddress or ErrDomain: the part at fault.
	Kind error
	// Reason is one of a fixed set of texts; it never quotes the input.
	Reason string
	// Input is the refused value, masked as [Address.Masked] does; what is not
	// a valid domain of two labels shows as three asterisks.
	Input string

	inAddress bool // the domain was part of an address
}

// Error returns the part at fault, the masked input and the reason.
func (e *Error) Error() string {
	what := "mail domain"
	if e.inAddress || errors.Is(e.Kind, ErrAddress) {
		what = "mail address"
	}
	return what + " " + e.Input + ": " + e.Reason
}

// Is reports whether target is e.Kind, or is ErrAddress when the refused
// domain belonged to an address.
func (e *Error) Is(target error) bool {
	return target == e.Kind || (e.inAddress && target == ErrAddress)
}

const (
	reasonTooLong      = "longer than 254 bytes"
	reasonNoAt         = "has no @"
	reasonManyAt       = "has more than one @"
	reasonNoLocal      = "local part is empty"
	reasonLongLocal    = "local part is longer than 64 bytes"
	reasonDots         = "local part has a dot at its start, at its end, or beside another"
	reasonEncodedWord  = "local part looks like an encoded word"
	reasonOneLabel     = "domain has only one label"
	reasonNoDomain     = "domain is empty"
	reasonLongDomain   = "domain is longer than 253 bytes"
	reasonEmptyLabel   = "domain has an empty label"
	reasonLongLabel    = "domain has a label longer than 63 bytes"
	reasonHyphen       = "domain has a label that starts or ends with a hyphen"
	reasonNumeric      = "domain ends in a number"
	reasonControl      = "holds a control character"
	reasonNotASCII     = "holds a character outside ASCII"
	reasonSpace        = "holds a space"
	reasonQuote        = "holds a quoted part"
	reasonComment      = "holds a comment"
	reasonAngle        = "holds a display name or angle brackets"
	reasonLiteral      = "holds an address literal"
	reasonColon        = "holds a colon"
	reasonNotPermitted = "holds a character that is not allowed there"
)

// reasonOf names what kind of sign c is, where c is not allowed.
func reasonOf(c byte) string {
	switch {
	case c >= 0x80:
		return reasonNotASCII
	case c < ' ' || c == 0x7f:
		return reasonControl
	}
	switch c {
	case ' ':
		return reasonSpace
	case '"', '\\':
		return reasonQuote
	case '(', ')':
		return reasonComment
	case '<', '>':
		return reasonAngle
	case '[', ']':
		return reasonLiteral
	case ':':
		return reasonColon
	default:
		return reasonNotPermitted
	}
}
