package stripefake

import (
	"crypto/sha256"
	"encoding/binary"
)

// newID makes the next id of a kind. Nobody can guess it without the seed. The lock is held, or nobody else is there yet.
func (s *Server) newID(kind string) string {
	s.counters[kind]++
	switch kind {
	case "cus":
		return kind + "_" + s.token(kind, s.counters[kind], 14)
	case "acct":
		return kind + "_1" + s.token(kind, s.counters[kind], 15)
	default:
		return kind + "_1" + s.token(kind, s.counters[kind], 23)
	}
}

// newToken makes the next secret of a kind, without a prefix.
func (s *Server) newToken(kind string, length int) string {
	s.counters[kind]++
	return s.token(kind, s.counters[kind], length)
}

// token spreads seed, kind and number over letters and digits.
func (s *Server) token(kind string, n uint64, length int) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	out := make([]byte, 0, length)
	for round := uint64(0); len(out) < length; round++ {
		seed := binary.BigEndian.AppendUint64([]byte(kind+"\x00"), s.options.Seed)
		seed = binary.BigEndian.AppendUint64(seed, n)
		seed = binary.BigEndian.AppendUint64(seed, round)
		for _, b := range sha256.Sum256(seed) {
			if len(out) < length {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}
