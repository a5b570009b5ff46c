package sqlstore

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/billhatch/billhatch/provider"
)

// keyring makes what outsiders must not read or make up.
type keyring []sealer

type sealer struct {
	root []byte
	aead cipher.AEAD
}

func newKeyring(keys [][]byte) (keyring, error) {
	if len(keys) == 0 {
		return nil, invalid("keys", "missing")
	}
	var ring keyring
	for _, key := range keys {
		if len(key) < minKey {
			return nil, invalid("keys", fmt.Sprintf("a key is shorter than %d bytes", minKey))
		}
		sum := sha256.Sum256(append([]byte("billhatch sqlstore "), key...))
		s := sealer{root: sum[:]}
		block, err := aes.NewCipher(s.mac("cursor"))
		if err != nil {
			return nil, invalid("keys", "cannot be used")
		}
		if s.aead, err = cipher.NewGCM(block); err != nil {
			return nil, invalid("keys", "cannot be used")
		}
		ring = append(ring, s)
	}
	return ring, nil
}

func (s sealer) mac(parts ...string) []byte {
	m := hmac.New(sha256.New, s.root)
	_, _ = m.Write([]byte(join(parts)))
	return m.Sum(nil)
}

// sign gives the seal of a text under the first key.
func (k keyring) sign(parts ...string) []byte { return k[0].mac(parts...) }

// signed tells whether a seal is that of a text under one of the keys.
func (k keyring) signed(seal []byte, parts ...string) bool {
	ok := false
	for _, s := range k {
		ok = hmac.Equal(seal, s.mac(parts...)) || ok
	}
	return ok
}

// join puts texts together so that no two lists give the same one.
func join(parts []string) string {
	var b strings.Builder
	for _, p := range parts {
		b.Write(binary.AppendUvarint(nil, uint64(len(p))))
		b.WriteString(p)
	}
	return b.String()
}

// split takes apart what join has put together, when it was that many texts.
func split(joined string, n int) ([]string, bool) {
	var parts []string
	for len(joined) > 0 {
		size, used := binary.Uvarint([]byte(joined[:min(len(joined), binary.MaxVarintLen64)]))
		if used <= 0 || size > uint64(len(joined)-used) {
			return nil, false
		}
		end := used + int(size)
		parts, joined = append(parts, joined[used:end]), joined[end:]
	}
	return parts, len(parts) == n
}

// seal makes a cursor of the place behind which a list goes on. The cursor belongs to one list: its kind, and everything
// that the question was about. The same place gives the same cursor.
func (k keyring) seal(place, list []string) string {
	s, plain, bound := k[0], join(place), join(list)
	nonce := s.mac("nonce", plain, bound)[:s.aead.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, []byte(plain), []byte(bound)))
}

// maxCursor bounds what is looked at as a cursor, in bytes.
const maxCursor = 8192

// unseal gives the place of a cursor of the same list, which has n parts. Without a cursor there is none.
func (k keyring) unseal(cursor string, n int, list []string) ([]string, error) {
	if cursor == "" {
		return nil, nil
	}
	bad := &provider.Error{Kind: provider.ErrInvalidCursor}
	if len(cursor) > maxCursor {
		return nil, bad
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return nil, bad
	}
	for _, s := range k {
		size := s.aead.NonceSize()
		if len(raw) < size {
			return nil, bad
		}
		plain, err := s.aead.Open(nil, raw[:size], raw[size:], []byte(join(list)))
		if err != nil {
			continue
		}
		if place, ok := split(string(plain), n); ok {
			return place, nil
		}
	}
	return nil, bad
}
