package stripe

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/billhatch/billhatch/provider"
)

// maxCursor bounds what is looked at as a cursor, in bytes.
const maxCursor = 1024

// sumSize is how much of a cursor is its checksum, in bytes.
const sumSize = 16

// seal makes a cursor of a position in a list. It is bound to the list by a checksum over both, without a secret: any
// replica can read it, with whatever key. A cursor is no credential. Whoever makes one up gets a place in a list that is
// still his own, because every request names the customer and every object in the answer is checked to be his.
func (p *Provider) seal(position []string, list ...string) string {
	text := strings.Join(position, "\x00")
	return base64.RawURLEncoding.EncodeToString(append(p.checksum(text, list), text...))
}

// unseal gives the position, of so many parts, of a cursor of the same list. Anything else is ErrInvalidCursor.
func (p *Provider) unseal(cursor string, parts int, list ...string) ([]string, error) {
	bad := &provider.Error{Kind: provider.ErrInvalidCursor}
	if len(cursor) > maxCursor {
		return nil, bad
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) < sumSize {
		return nil, bad
	}
	text := string(raw[sumSize:])
	position := strings.Split(text, "\x00")
	if string(p.checksum(text, list)) != string(raw[:sumSize]) || len(position) != parts {
		return nil, bad
	}
	return position, nil
}

func (p *Provider) checksum(text string, list []string) []byte {
	mode := "test"
	if p.cfg.Live {
		mode = "live"
	}
	h := sha256.New()
	for _, part := range append([]string{"billhatch cursor 1", mode, p.cfg.Account, text}, list...) {
		h.Write([]byte(hashOf(part)))
	}
	return h.Sum(nil)[:sumSize]
}
