package billing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"github.com/billhatch/billhatch/provider"
)

// sealer binds what goes out to a browser to the principal, the account and the purpose that it was made for.
type sealer struct{ key []byte }

func newSealer(key []byte) *sealer { return &sealer{key} }

// tag is the code over all parts; no two lists of parts have the same.
func (s *sealer) tag(parts ...string) []byte {
	mac := hmac.New(sha256.New, s.key)
	var size [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(size[:], uint64(len(p)))
		mac.Write(size[:])
		mac.Write([]byte(p))
	}
	return mac.Sum(nil)[:16]
}

// maxCursor bounds what is accepted as a cursor, in bytes.
const maxCursor = 4096

// cursor seals a provider's cursor for a scope. An empty cursor stays empty.
func (s *sealer) cursor(inner string, scope ...string) string {
	if inner == "" {
		return ""
	}
	tag := s.tag(append([]string{"cursor", inner}, scope...)...)
	return base64.RawURLEncoding.EncodeToString(append(tag, inner...))
}

// openCursor gives the provider's cursor of a sealed one. Anything that was not sealed for this scope is
// ErrInvalidCursor, always in the same words.
func (s *sealer) openCursor(op, sealed string, scope ...string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	bad := &Error{Op: op, Kind: provider.ErrInvalidCursor}
	if len(sealed) > maxCursor { // guard: bounds the work; the answer is the same without it
		return "", bad
	}
	raw, err := decode(sealed)
	if err != nil || len(raw) <= 16 {
		return "", bad
	}
	inner := string(raw[16:])
	if !hmac.Equal(raw[:16], s.tag(append([]string{"cursor", inner}, scope...)...)) {
		return "", bad
	}
	return inner, nil
}

// decode reads base64 in its one form. The decoder alone would skip line breaks anywhere.
func decode(text string) ([]byte, error) {
	if at := strings.IndexAny(text, "\r\n"); at >= 0 {
		return nil, base64.CorruptInputError(at)
	}
	return base64.RawURLEncoding.Strict().DecodeString(text)
}

// confirmation seals the permission to do something until an instant.
func (s *sealer) confirmation(until time.Time, scope ...string) string {
	at := until.UTC().Format(time.RFC3339)
	tag := s.tag(append([]string{"confirm", at}, scope...)...)
	return at + "." + base64.RawURLEncoding.EncodeToString(tag)
}

// confirmed tells whether a confirmation was sealed for this scope and still holds.
func (s *sealer) confirmed(text string, now time.Time, scope ...string) bool {
	at, tag, ok := strings.Cut(text, ".")
	until, err := time.Parse(time.RFC3339, at)
	got, err2 := decode(tag)
	if !ok || err != nil || err2 != nil || !now.Before(until) {
		return false
	}
	return hmac.Equal(got, s.tag(append([]string{"confirm", at}, scope...)...))
}
