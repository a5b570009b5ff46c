package memory

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/billhatch/billhatch/provider"
)

// keys make what outsiders must not read or make up: cursors, and tokens in links. They follow from the seed alone.
type keys struct {
	root []byte
	aead cipher.AEAD
}

func newKeys(seed uint64) keys {
	sum := sha256.Sum256(append([]byte("billhatch memory "), seedBytes(seed)...))
	k := keys{root: sum[:]}
	block, err := aes.NewCipher(k.mac("cursor"))
	if err == nil { // the key has the right length
		k.aead, err = cipher.NewGCM(block)
	}
	if err != nil {
		k.aead = nil
	}
	return k
}

func (k keys) mac(parts ...string) []byte {
	m := hmac.New(sha256.New, k.root)
	_, _ = m.Write([]byte(join(parts)))
	return m.Sum(nil)
}

// token gives 32 letters and digits that nobody guesses who does not know the seed.
func (k keys) token(kind string, n int64) string {
	return hex.EncodeToString(k.mac("token", kind, fmt.Sprint(n))[:16])
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

// seal makes a cursor of a position, for one list (its kind and everything that the question was about).
func (k keys) seal(position string, list ...string) string {
	bound := []byte(join(list))
	nonce := k.mac("nonce", position, string(bound))[:k.aead.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(k.aead.Seal(nonce, nonce, []byte(position), bound))
}

// maxCursor bounds what is looked at as a cursor, in bytes.
const maxCursor = 4096

// unseal gives the position of a cursor of the same list.
func (k keys) unseal(cursor string, list ...string) (string, error) {
	bad := &provider.Error{Kind: provider.ErrInvalidCursor}
	if len(cursor) > maxCursor {
		return "", bad
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) < k.aead.NonceSize() {
		return "", bad
	}
	nonce, sealed := raw[:k.aead.NonceSize()], raw[k.aead.NonceSize():]
	position, err := k.aead.Open(nil, nonce, sealed, []byte(join(list)))
	if err != nil {
		return "", bad
	}
	return string(position), nil
}

// place is a position in a list that is ordered by two numbers.
type place struct{ major, minor int64 }

func (p place) String() string {
	return string(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(p.major)), uint64(p.minor)))
}

func parsePlace(s string) (place, bool) {
	if len(s) != 16 {
		return place{}, false
	}
	return place{
		major: int64(binary.BigEndian.Uint64([]byte(s[:8]))),
		minor: int64(binary.BigEndian.Uint64([]byte(s[8:]))),
	}, true
}

// newer tells whether p comes before q in a list that is newest first.
func (p place) newer(q place) bool {
	return p.major > q.major || p.major == q.major && p.minor > q.minor
}
