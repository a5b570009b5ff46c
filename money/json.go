package money

import "bytes"

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
	value, code, reason := s.members()
	if reason != "" {
		return &FormatError{Input: clip(string(data)), Reason: reason}
	}
	if value == nil {
		*a = Amount{}
		return nil
	}
	parsed, err := Parse(string(value), string(code))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// scanner reads the JSON of one amount. It knows just that shape.
type scanner struct {
	data []byte
	at   int
}

// members reads the whole text and returns both strings, or neither for null. The reason is "" when the
// shape is right.
func (s *scanner) members() (value, code []byte, reason string) {
	if s.skip(); bytes.HasPrefix(s.data[s.at:], []byte("null")) {
		s.at += 4
		return nil, nil, s.end()
	}
	if !s.accept('{') {
		return nil, nil, "not an object"
	}
	for {
		if reason = s.member(&value, &code); reason != "" {
			return nil, nil, reason
		}
		if s.accept(',') {
			continue
		}
		if !s.accept('}') {
			return nil, nil, "want a comma or the end of the object"
		}
		if value == nil || code == nil {
			return nil, nil, "amount or currency is missing"
		}
		return value, code, s.end()
	}
}

// member reads one name and its string into value or code.
func (s *scanner) member(value, code *[]byte) (reason string) {
	name, ok := s.text()
	if !ok {
		return "want a member name"
	}
	target := value
	switch string(name) {
	case "amount":
	case "currency":
		target = code
	default:
		return "unknown member"
	}
	if *target != nil {
		return "duplicate member"
	}
	if !s.accept(':') {
		return "want a colon"
	}
	if *target, ok = s.text(); !ok {
		return "amount and currency must be strings"
	}
	return ""
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

func (s *scanner) end() (reason string) {
	if s.skip(); s.at < len(s.data) {
		return "data after the amount"
	}
	return ""
}
