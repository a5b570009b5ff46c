package words

import "errors"

// ErrMessages is the kind of every error of [New].
var ErrMessages = errors.New("invalid messages")

// Error says which message of which file cannot be used.
type Error struct {
	File   string // such as "de.json"
	Key    string // empty: the file as a whole
	Detail string
	Err    error // a cause, or nil
}

func (e *Error) Error() string {
	msg := "words: " + ErrMessages.Error() + ": " + e.File
	if e.Key != "" {
		msg += ": " + clip(e.Key)
	}
	return msg + ": " + e.Detail
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrMessages}
	}
	return []error{ErrMessages, e.Err}
}

// clip cuts s to 60 runes, so that a message of ours is not as long as its input.
func clip(s string) string {
	const limit = 60
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
