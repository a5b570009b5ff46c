package money

import "errors"

// maxJSON bounds the JSON of one amount, with room for white space.
const maxJSON = 1024

// MarshalJSON writes {"amount":"12.50","currency":"USD"}: the number as a string, padded to the
// currency's digits. The zero Amount is null.
func (a Amount) MarshalJSON() ([]byte, error) {
	if !a.IsSet() {
		return []byte("null"), nil
	}
	b := make([]byte, 0, 48)
	b = append(b, `{"amount":"`...)
	b = a.appendNumber(b)
	b = append(b, `","currency":"`...)
	b = append(b, a.cur.code()...)
	return append(b, `"}`...), nil
}

// UnmarshalJSON reads what MarshalJSON writes and nothing looser: both members once, in either order,
// both strings without escapes, the names in lower case, nothing else in the object and nothing after
// it. Null makes the zero Amount. Errors: [ErrFormat], [ErrInvalidNumber], [ErrCurrency]; the amount is
// then unchanged.
func (a *Amount) UnmarshalJSON(data []byte) error {
	if len(data) > maxJSON {
		return &FormatError{Input: clip(string(data[:maxJSON])), Reason: "too long"}
	}
	s := scanner{data: data}
	parsed, err := s.amount()
	var reason formatReason
	if errors.As(err, &reason) {
		return &FormatError{Input: clip(string(data)), Reason: string(reason)}
	}
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// formatReason is a fault in the shape, before the input is added to it.
type formatReason string

func (r formatReason) Error() string { return string(r) }

// scanner reads the JSON of one amount. It knows just that shape.
type scanner struct {
	data []byte
	at   int
}

func (s *scanner) amount() (Amount, error) {
	if s.skip(); string(s.data[s.at:min(s.at+4, len(s.data))]) == "null" {
		s.at += 4
		return Amount{}, s.end()
	}
	if !s.accept('{') {
		return Amount{}, formatReason("not an object")
	}
	var value, code []byte
	for {
		name, ok := s.text()
		if !ok {
			return Amount{}, formatReason("want a member name")
		}
		if !s.accept(':') {
			return Amount{}, formatReason("want a colon")
		}
		member := &value
		switch string(name) {
		case "amount":
		case "currency":
			member = &code
		default:
			return Amount{}, formatReason("unknown member")
		}
		if *member != nil {
			return Amount{}, formatReason("duplicate member")
		}
		if *member, ok = s.text(); !ok {
			return Amount{}, formatReason("amount and currency must be strings")
		}
		if s.accept(',') {
			continue
		}
		if s.accept('}') {
			break
		}
		return Amount{}, formatReason("want a comma or the end of the object")
	}
	if err := s.end(); err != nil {
		return Amount{}, err
	}
	if value == nil || code == nil {
		return Amount{}, formatReason("amount or currency is missing")
	}
	return Parse(string(value), string(code))
}

// skip passes white space.
func (s *scanner) skip() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// accept passes white space and one byte c; it reports false when another byte comes.
func (s *scanner) accept(c byte) bool {
	s.skip()
	if s.at == len(s.data) || s.data[s.at] != c {
		return false
	}
	s.at++
	return true
}

// text reads a string without escapes; the result is not nil when it is there.
func (s *scanner) text() ([]byte, bool) {
	if !s.accept('"') {
		return nil, false
	}
	from := s.at
	for ; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; {
		case c == '"':
			s.at++
			return s.data[from : s.at-1], true
		case c == '\\' || c < ' ':
			return nil, false
		}
	}
	return nil, false
}

func (s *scanner) end() error {
	if s.skip(); s.at < len(s.data) {
		return formatReason("data after the amount")
	}
	return nil
}
