package invoice

// Status is where an invoice stands. The zero value is [Unknown].
type Status uint8

// The closed set of states. What a provider says beyond it is [Unknown], never [Paid].
const (
	Unknown       Status = iota
	Draft                // not issued; never shown to a customer (C6)
	Open                 // issued, waiting for payment
	Paid                 // paid in full
	Void                 // cancelled after it was issued
	Uncollectible        // issued, given up
)

var statusNames = [...]string{"unknown", "draft", "open", "paid", "void", "uncollectible"}

// String gives the status in lower case, as ParseStatus reads it.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return statusNames[Unknown]
}

// ParseStatus reads a status exactly as String writes it. Anything else is [Unknown].
func ParseStatus(text string) Status {
	for i, name := range statusNames {
		if name == text {
			return Status(i)
		}
	}
	return Unknown
}

// MarshalText writes the name of the status.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a status; a name that is not known becomes [Unknown] without an error.
func (s *Status) UnmarshalText(text []byte) error {
	*s = ParseStatus(string(text))
	return nil
}
